"""Agilent columns of made-up numbers."""

import numpy as np

N = 90


def values() -> list[str]:
    return [f"{0.1 + 0.05 * np.sin(i / 8.0):.12f}" for i in range(N)]


def asp(*, head: tuple[str, ...] = (str(N), "3999.75", "650.25", "1", "2", "4"), end: str = "\r\n") -> str:
    return end.join([*head, *values(), ""])
