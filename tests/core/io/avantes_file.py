"""AvaSoft text and its two binary generations, of made-up numbers."""

import struct

import numpy as np

N = 60
PIXEL = 12 + np.arange(N)
FIT = np.array([900.0, 3.25, -0.5e-3, 0.0, 0.0])
X = np.polynomial.polynomial.polyval(PIXEL, FIT)
SAMPLE = 800.0 + 300.0 * np.sin(X / 40.0)
DARK = 50.0 + np.cos(X)
REFERENCE = 4000.0 + 500.0 * np.cos(X / 90.0)
SHARE = (SAMPLE - DARK) / (REFERENCE - DARK)


def float32(values: np.ndarray) -> bytes:
    return np.asarray(values).astype("<f4").tobytes()


def avasoft_text(*, new: bool = False, decimal: str = ".", names: str = "", units: str = "") -> str:
    head = ["", "Integration time [ms]:  84.900", "Averaging Nr. [scans]: 10",
            "Smoothing Nr. [pixels]: 1", "Data measured with spectrometer [name]: 1501154U1"]  # fmt: skip
    old = ["M- leaf", "Integration time: 175 ms", "Average: 20 scans",
           "Nr of pixels used for smoothing: 0",
           "Data measured with spectrometer serial number: 0411041S1"]  # fmt: skip
    names = names or "Wave   ;Sample   ;Dark     ;Reference;Reflectance"
    units = units or "[nm]   ;[counts] ;[counts] ;[counts] ;[%]"
    rows = [
        ";".join(f"{value:8.3f}" for value in row) + f";{100 * share:.5f}"
        for row, share in zip(np.transpose([X, SAMPLE, DARK, REFERENCE]), SHARE, strict=True)
    ]
    rows = [row.replace(".", decimal) for row in rows]
    lines = [*(head if new else old), names, units, *([""] if new else []), *rows, ""]
    return "\r\n".join(lines)


def avasoft6(
    version: int = 70,
    *,
    columns: int = 3,
    fit: np.ndarray = FIT,
    end: tuple[float, float, float] = (84.9, 10, 0),
    whole: bool = False,
) -> bytes:
    serial = np.array([ord(c) for c in "1305084U1"], dtype=float)
    pixels = [PIXEL[0], PIXEL[-1]]
    if version == 70:
        head = np.concatenate([[70], serial, np.zeros(64), fit, pixels, [1], np.zeros(18)])
    else:
        head = np.concatenate([[60], fit, serial, pixels, [1, 0]])
    triples = np.transpose([SAMPLE, REFERENCE, DARK])
    body = triples.ravel() if columns == 3 else SAMPLE
    return float32(np.concatenate([head, body.round() if whole else body, end]))


def part(mode: int, *, pixels: tuple[int, int] = (12, 12 + N - 1), gap: int = 0) -> bytes:
    ident = b"1904090M1\0" + b"me".ljust(64, b"\0") + b"\1"
    config = struct.pack("<HHfII", *pixels, 84.9, 0, 10) + bytes(25)
    date = 2023 << 20 | 5 << 16 | 17 << 11 | 13 << 6 | 45
    misc = struct.pack("<II5f5d", 0, date, *[0.0] * 5, *FIT)
    body = b"".join(float32(column) for column in (X, SAMPLE, DARK, REFERENCE)) + bytes(gap)
    rest = bytes([0, mode, 16, 0]) + ident + config + misc + b"leaf".ljust(130, b"\0") + body
    return struct.pack("<I", len(rest) + 4) + rest + bytes(10)


def avasoft8(mode: int = 0, *, parts: int = 1, version: bytes = b"AVS84", **changes) -> bytes:
    return version + bytes([parts]) + part(mode, **changes) * parts
