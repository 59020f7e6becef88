"""Renishaw WDF files of made-up numbers."""

import struct
from dataclasses import dataclass, field

import numpy as np

N = 50
RAMAN_SHIFT, WAVENUMBER, NM, MICRON, COUNTS, PIXELS = 1, 2, 3, 5, 6, 16
AXIS = np.linspace(1800.0, 300.0, N).astype("<f4")
TICKS_2024 = 133_485_408_000_000_000  # 2024-01-01 00:00 UTC in tenths of a microsecond since 1601
FLAGS, TRACKS, POINTS, ROOM, DONE, Y_COUNT, X_COUNT, ORIGINS = 16, 52, 60, 64, 72, 84, 88, 92


def intensity(n_spectra: int) -> np.ndarray:
    rows = np.arange(n_spectra)[:, None]
    return (100.0 * rows + 50.0 + 20.0 * np.sin(np.arange(N) / 5.0)).astype("<f4")


def item(kind: str, key: int, raw: bytes, flags: int = 0) -> bytes:
    return struct.pack("<BBH", ord(kind), flags, key) + raw


def text(kind: str, key: int, value: str) -> bytes:
    raw = value.encode()
    return item(kind, key, struct.pack("<I", len(raw)) + raw)


def nested(key: int, *items: bytes) -> bytes:
    raw = b"".join(items)
    return item("p", key, struct.pack("<I", len(raw)) + raw)


def properties(*items: bytes) -> bytes:
    raw = b"".join(items)
    return b"PSET" + struct.pack("<I", len(raw)) + raw


EXPOSURE, CAMERA, SCAN = 0x8001, 0x8002, 0x8003
SETTINGS = properties(
    text("k", EXPOSURE, "Exposure Time"),
    text("k", SCAN, "Scan"),
    text("k", 0x8005, "Accumulations"),
    item("i", 0x8009, struct.pack("<I2i", 2, 7, 7), flags=0x80),
    nested(SCAN, item("i", EXPOSURE, struct.pack("<i", 2500)), item("i", 0x8005, struct.pack("<i", 4))),
    text("k", CAMERA, "CCD serial number"),
    text("u", CAMERA, "C-77"),
)


def block(name: str, data: bytes) -> bytes:
    return name.encode() + struct.pack("<IQ", 0, 16 + len(data)) + data


def origin(kind: int, values: np.ndarray) -> bytes:
    return struct.pack("<II16s", kind | 0x80000000, 0, b"x") + values.tobytes()


@dataclass(frozen=True)
class File:
    n_spectra: int = 1
    n_done: int | None = None
    unit: int = RAMAN_SHIFT
    axis: np.ndarray = field(default_factory=lambda: AXIS)
    laser_cm1: float = 1e7 / 785.0
    flags: int = 0
    spectrum_flags: int = 0

    def data(self) -> bytes:
        done = self.n_spectra if self.n_done is None else self.n_done
        tracks = self.axis.shape[0] if self.axis.ndim == 2 else 0
        x = np.arange(self.n_spectra, dtype="<f8") * 1.5
        lists = [
            origin(3, x),
            origin(11, np.full(self.n_spectra, TICKS_2024, dtype="<i8")),
            origin(17, np.full(self.n_spectra, self.spectrum_flags, dtype="<i8")),
        ]
        head = struct.pack(
            "<4sIQQ16s12xIIIQQIIII24s4HIIQQIf48x32s160s112x",
            b"WDF1", 1, 512, self.flags, b"", tracks, 0, N, self.n_spectra, done, 3, 1, N, len(lists),
            b"WiRE", 5, 1, 2, 3, 1, 1, TICKS_2024, 0, COUNTS, self.laser_cm1, b"me", b"my map",
        )  # fmt: skip
        blocks = [
            block("DATA", intensity(self.n_spectra).tobytes()),
            block("YLST", struct.pack("<IIf", 4, PIXELS, 33.0)),
            block("XLST", struct.pack("<II", 19, self.unit) + self.axis.tobytes()),
            block("ORGN", struct.pack("<I", len(lists)) + b"".join(lists)),
            block("WXDM", SETTINGS),
        ]
        return head + b"".join(blocks)
