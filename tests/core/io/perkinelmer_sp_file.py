"""PerkinElmer SP files of made-up numbers."""

import struct

import numpy as np

N = 60
RANGE, LIMITS, STEP, N_POINTS, X_LABEL, Y_LABEL, KIND, DATA, NAME, HISTORY = (
    35698, 35699, 35700, 35701, 35703, 35704, 35707, 35708, 35709, 35711,
)  # fmt: skip


def values() -> np.ndarray:
    return 0.2 + 0.1 * np.sin(np.arange(N) / 6.0)


def block(number: int, data: bytes) -> bytes:
    return struct.pack("<Hi", number, len(data)) + data


def text(value: str) -> bytes:
    raw = value.encode("cp1252")
    return struct.pack("<HH", 0x7523, len(raw)) + raw


def sp(*, leave_out: int = 0, after: bytes = b"", **change: object) -> bytes:
    said = {
        "first": 4000.0, "last": 4000.0 - 4.0 * (N - 1), "step": -4.0, "n": N, "y": values(),
        "x_label": "cm-1", "y_label": "A", "kind": "Spectrum", "limits": None, "note": "Absorbance",
    } | change  # fmt: skip
    y = np.asarray(said["y"])
    limits = said["limits"] or (float(values().min()), float(values().max()))
    record = block(35699, text(str(said["note"]))) + block(35700, text("Mon Jan 01 10:00:00 2024"))
    members = {
        HISTORY: block(121, record),
        RANGE: struct.pack("<H2d", 0x751D, said["first"], said["last"]),
        LIMITS: struct.pack("<H2d", 0x751D, *limits),
        STEP: struct.pack("<Hd", 0x751B, said["step"]),
        N_POINTS: struct.pack("<Hi", 0x752B, said["n"]),
        X_LABEL: text(str(said["x_label"])),
        Y_LABEL: text(str(said["y_label"])),
        KIND: text(str(said["kind"])),
        DATA: struct.pack("<HI", 0x7516, y.nbytes) + y.astype("<f8").tobytes(),
        NAME: text("powder.sp"),
    }
    body = b"".join(block(number, data) for number, data in members.items() if number != leave_out)
    head = b"PEPE2D constant interval DataSet file".ljust(44, b"\0")
    return head + block(120, body) + after
