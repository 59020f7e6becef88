"""OMNIC files of made-up numbers."""

import struct
from dataclasses import dataclass, field

import numpy as np

N = 80
LASER = 15_798.0
STEP = LASER / 8192
FIRST = 4000.0
LAST = FIRST - STEP * (N - 1)
HISTORY = b"Collect Sample\r\n\t Bench Serial Number:AB12\r\n\0"


def values(shift: float = 0.0) -> np.ndarray:
    return (0.3 + shift + 0.2 * np.cos(np.arange(N) / 7.0)).astype("<f4")


@dataclass(frozen=True)
class Spectrum:
    x_code: int = 1
    y_code: int = 17
    ends: tuple[float, float] = (FIRST, LAST)
    y: np.ndarray = field(default_factory=values)
    n_points: int = N
    shift_laser_cm1: float = 0.0
    laser_cm1: float = LASER
    title: bytes = b"powder 7"

    def header(self) -> bytes:
        head = struct.pack("<II", 3, self.n_points) + struct.pack("<B3xB3x", self.x_code, self.y_code)
        head += struct.pack("<2f", *self.ends) + b"\0" * 12 + struct.pack("<I", 32)
        return (
            head.ljust(80, b"\0") + struct.pack("<f12xf", self.laser_cm1, self.shift_laser_cm1) + b"\0" * 40
        )


def omnic(*spectra: Spectrum, group: bool = False, comment: bytes = b"in KBr\0") -> bytes:
    parts = []
    for index, one in enumerate(spectra):
        parts.append((2, one.header(), index))
        if group:
            parts.append((107, one.title.ljust(256, b"\0") + struct.pack("<I", 3_913_142_400), index))
        else:
            parts += [(4, comment, 0), (27, HISTORY, 0)]
        parts.append((3, one.y.tobytes(), index))
        parts.append((102, b"\1" * 64, index))
    at = 304 + 16 * (len(parts) + 1)
    table = body = b""
    for key, data, index in parts:
        table += struct.pack("<BBIIHI", key, 0, at + len(body), len(data), index, 0)
        body += data
    head = b"Spectral Data File\r\n".ljust(30, b"\0") + b"powder 7".ljust(256, b"\0")
    head = head.ljust(294, b"\0") + struct.pack("<HI", len(parts), 3_913_142_400)
    return head.ljust(304, b"\0") + table + b"\0" * 16 + body
