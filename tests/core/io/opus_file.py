"""OPUS files of made-up numbers."""

import struct
from dataclasses import dataclass, field

import numpy as np

N = 120
LASER = 15_800.0
STEP = LASER / 4096
AXIS = 4000.0 - STEP * np.arange(N)
ABSORBANCE, REFLECTANCE, RAMAN, SINGLE, INTERFEROGRAM = 4, 12, 10, 1, 2


def values(shift: float = 0.0) -> np.ndarray:
    return (0.5 + 0.4 * np.sin(np.arange(N) / 9.0) + shift).astype("<f4")


def type_code(kind: int, *, side: int = 3, status: bool = False, parameters: int = 0, rest: int = 0) -> int:
    return 3 | side << 2 | (1 if status else parameters) << 4 | kind << 10 | rest << 19


def parameter(name: str, value: object) -> bytes:
    if isinstance(value, int):
        code, raw = 0, struct.pack("<i", value)
    elif isinstance(value, float):
        code, raw = 1, struct.pack("<d", value)
    else:
        raw = str(value).encode("latin-1") + b"\0"
        code, raw = 2, raw + b"\0" * (len(raw) % 2)
    return name.encode() + b"\0" + struct.pack("<2h", code, len(raw) // 2) + raw


def parameters(**named: object) -> bytes:
    raw = b"".join(parameter(name, value) for name, value in named.items()) + b"END\0" + b"\0" * 4
    return raw + b"\0" * (-len(raw) % 4)


@dataclass(frozen=True)
class Curve:
    kind: int = ABSORBANCE
    side: int = 3
    y: np.ndarray = field(default_factory=values)
    factor: float = 1.0
    unit: str = "WN"
    ends: tuple[float, float] = (float(AXIS[0]), float(AXIS[-1]))
    padding: int = 1
    status: dict[str, object] = field(default_factory=dict)

    def blocks(self) -> list[tuple[int, bytes]]:
        scaled = self.factor * self.y.astype(float)
        said = {
            "DPF": 1, "NPT": self.y.size, "FXV": self.ends[0], "LXV": self.ends[1], "CSF": self.factor,
            "MXY": float(scaled.max()), "MNY": float(scaled.min()), "DAT": "01/02/2024",
            "TIM": "10:11:12.345 (GMT+1)", "DXU": self.unit,
        } | self.status  # fmt: skip
        told = {name: value for name, value in said.items() if value is not None}
        data = self.y.tobytes() + b"\0" * 4 * self.padding
        return [
            (type_code(self.kind, side=self.side), data),
            (type_code(self.kind, side=self.side, status=True), parameters(**told)),
        ]


INSTRUMENT = (type_code(0, side=0, parameters=2) & ~3, parameters(INS="TENSOR X", SRN="42", LWN=LASER))
SAMPLE = (type_code(0, side=0, parameters=10) & ~3, parameters(SNM="white powder", SFM="pellet"))
HISTORY = (type_code(0, side=0, rest=5) & ~3, b"Operator:Me\tVersion 8.1 Build: 8\t\0")


def opus(*curves: Curve, extra: tuple[tuple[int, bytes], ...] = (INSTRUMENT, SAMPLE, HISTORY)) -> bytes:
    blocks = [block for curve in curves for block in curve.blocks()] + list(extra)
    at = 24 + 40 * 12
    entries = [struct.pack("<3i", 13 << 10, 40 * 3, 24)]
    body = b""
    for code, data in blocks:
        data += b"\0" * (-len(data) % 4)
        entries.append(struct.pack("<3i", code, len(data) // 4, at + len(body)))
        body += data
    head = b"\n\n\xfe\xfe" + struct.pack("<d3i", 920_622.0, 24, 40, len(entries))
    return head + b"".join(entries).ljust(40 * 12, b"\0") + body
