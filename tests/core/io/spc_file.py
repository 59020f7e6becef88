"""An independent writer of SPC files: every field by its place in the format's description."""

import struct
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tests.core.io.samples import axis, band

SHORT, MULTI, LABELS, OWN_X, X_VALUES = 0x01, 0x04, 0x20, 0x40, 0x80
FLOAT = -128
LOG = "LASER (NM) = 785 \nINSTRUMENT = BOX 1\nACQ. TIME (S) = 2.5\nACCUMULATIONS = 4\nREMARK = \n"


@dataclass(frozen=True)
class Spc:
    """What is to be written; the derived files change one field."""

    ys: tuple[NDArray[np.float64], ...] = (band(axis()),)
    xs: tuple[NDArray[np.float64], ...] = (axis(),)
    order: str = "<"
    flags: int = 0
    exponent: int = FLOAT
    sub_exponents: tuple[int, ...] | None = None
    n_points: int | None = None
    n_subfiles: int | None = None
    first: float | None = None
    last: float | None = None
    x_type: int = 13
    y_type: int = 4
    technique: int = 0
    date: int = 0
    labels: bytes = b""
    comment: bytes = b""
    source: bytes = b""
    log: str = ""
    log_offset: int | None = None
    stated: int = 0
    tail: bytes = b""
    spare: int = 0

    def with_(self, **changes) -> "Spc":
        return replace(self, **changes)

    def sub_exponent(self, index: int) -> int:
        return self.exponent if self.sub_exponents is None else self.sub_exponents[index]

    def ordinates(self, index: int) -> bytes:
        exponent, y = self.sub_exponent(index), self.ys[index]
        if FLOAT in (exponent, self.exponent):
            return y.astype(self.order + "f4").tobytes()
        # A lone subfile's own exponent of zero leaves the header's.
        if exponent == 0 and len(self.ys) == 1:
            exponent = self.exponent
        bits, kind = (16, "i2") if self.flags & SHORT else (32, "i4")
        return np.round(y * 2.0 ** (bits - exponent)).astype(self.order + kind).tobytes()

    def subheader(self, index: int) -> bytes:
        n = self.ys[index].size if self.flags & OWN_X else self.stated
        return struct.pack(
            self.order + "BbHfffIIf4x", 0, self.sub_exponent(index), index, index, index + 1, 0, n, 1, 0
        )

    def bytes(self) -> bytes:
        body, directory = b"", b""
        if self.flags & X_VALUES and not self.flags & OWN_X:
            body += self.xs[0].astype(self.order + "f4").tobytes()
        for index in range(len(self.ys)):
            own = self.xs[index].astype(self.order + "f4").tobytes() if self.flags & OWN_X else b""
            block = self.subheader(index) + own + self.ordinates(index) + bytes(self.spare)
            directory += struct.pack(self.order + "IIf", 512 + len(body), len(block), index)
            body += block
        n_points = self.ys[0].size
        if self.flags & OWN_X and self.flags & MULTI:
            n_points = 512 + len(body)
            body += directory
        end, text = 512 + len(body), self.log.encode("cp1252")
        if text:
            body += struct.pack(self.order + "IIIII", 64 + len(text), 4096, 64, 0, 0) + bytes(44) + text
        return self.header(n_points, end if text else 0) + body + self.tail

    def header(self, n_points: int, log_offset: int) -> bytes:
        version = 0x4C if self.order == ">" else 0x4B
        first, last = self.xs[0][0], self.xs[0][-1]
        return struct.pack(
            self.order + "BBBbIddIBBBBI9s9sH32x130s30sIIBBhf48sfIfB187x",
            self.flags, version, self.technique, self.exponent,
            n_points if self.n_points is None else self.n_points,
            first if self.first is None else self.first, last if self.last is None else self.last,
            len(self.ys) if self.n_subfiles is None else self.n_subfiles,
            self.x_type, self.y_type, 0, 0, self.date, b"4 cm-1", self.source, 0, self.comment, self.labels,
            log_offset if self.log_offset is None else self.log_offset,
            0, 0, 0, 0, 0, b"", 1, 0, 0, 0,
        )  # fmt: skip


def old(
    ys: tuple[NDArray[np.float64], ...], x: NDArray[np.float64], *, exponent: int = 11, flags: int = 0,
    labels: bytes = b"", x_type: int = 1, sub_exponent: int | None = None, n_points: float | None = None,
) -> bytes:  # fmt: skip
    """LabCalc file: a floating count, words swapped, no count of subfiles."""
    header = struct.pack(
        "<BBhfffBBHBBBB8sHH28x130s30s", flags, 0x4D, exponent, x.size if n_points is None else n_points,
        x[0], x[-1], x_type, 2, 0x5000 | 1992, 6, 14, 20, 19, b"4", 0, 0, b"old", labels,
    )  # fmt: skip
    for index, y in enumerate(ys):
        header += struct.pack(
            "<BbHfff16x", 0, exponent if sub_exponent is None else sub_exponent, index, 0, 0, 0
        )
        if flags & SHORT:
            header += np.round(y * 2.0 ** (16 - exponent)).astype("<i2").tobytes()
            continue
        for value in np.round(y * 2.0 ** (32 - exponent)).astype(int):
            header += struct.pack("<HH", (value >> 16) & 0xFFFF, value & 0xFFFF)
    return header
