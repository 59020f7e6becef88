"""ASD files of made-up numbers."""

import struct
from dataclasses import dataclass

import numpy as np

N = 300
RAW, REFLECTANCE, RADIANCE, TRANSMITTANCE = 0, 1, 2, 6
FLOAT, INTEGER, DOUBLE = 0, 1, 2
DTYPES = {FLOAT: "<f4", INTEGER: "<i4", DOUBLE: "<f8"}
TYPE, START, STEP, FORM, CHANNELS, SHOWN, SATURATION = 186, 191, 195, 199, 204, 410, 422


def counts(shift: float = 0.0) -> np.ndarray:
    return np.round(2000.0 + shift + 900.0 * np.sin(np.arange(N) / 40.0))


@dataclass(frozen=True)
class File:
    version: bytes = b"as7"
    kind: int = REFLECTANCE
    form: int = DOUBLE
    taken: bool = True
    ratio: bool = False
    zero_at: int | None = None

    def header(self) -> bytes:
        head = bytearray(484)
        head[:3] = self.version
        head[3:20] = b"behind the glass\0"
        struct.pack_into("<9h", head, 160, 5, 4, 3, 2, 0, 124, 0, 0, 0)
        struct.pack_into("<BB", head, 178, 0x57, 0x70)
        struct.pack_into("<B4xffB", head, TYPE, self.kind, 1000.0, 2.0, self.form)
        struct.pack_into("<H", head, CHANNELS, N)
        struct.pack_into("<I", head, 390, 136)
        struct.pack_into("<H", head, 400, 6321)
        struct.pack_into("<2f", head, SHOWN, 1000.0, 1000.0 + 2.0 * (N - 1))
        struct.pack_into("<H", head, 429, 25)
        head[431] = 4
        return bytes(head)

    def data(self) -> bytes:
        dtype = DTYPES[self.form]
        sample = counts() / 4000.0 if self.ratio else counts()
        data = self.header() + sample.astype(dtype).tobytes()
        if self.version in (b"ASD", b"as2"):
            return data
        white = counts(500.0)
        if self.zero_at is not None:
            white[self.zero_at] = 0.0
        data += struct.pack("<HddH", 0xFFFF if self.taken else 0, 45_000.0, 45_000.5, 4) + b"spec"
        data += white.astype(dtype).tobytes()
        classifier = b"\1\1" + struct.pack("<h", 3) + b"abc" + struct.pack("<h", 0) * 19
        data += classifier + b"\0" * 4
        if self.version in (b"as7", b"as8"):
            data += b"\0" * 8 + b"\1" + b"\0" * 29 + counts().astype("<f8").tobytes()
        return data
