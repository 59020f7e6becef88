"""Tables with one spectrum a row, of made-up numbers."""

from collections.abc import Callable

import numpy as np

N = 60
AXIS = 900.0 + 5.0 * np.arange(N)
ROWS = np.round(0.4 + 0.2 * np.sin(np.arange(3)[:, None] + AXIS / 40.0), 5)
KeyOf = Callable[[float], str]


def plain(value: float) -> str:
    return f"{value:g}"


def wide_text(
    key: KeyOf = plain,
    *,
    lead: tuple[str, ...] = ("ID",),
    trail: tuple[str, ...] = (),
    above: str = "",
    separator: str = ",",
    axis: np.ndarray = AXIS,
    rows: np.ndarray = ROWS,
) -> str:
    lines = [separator.join([*lead, *(key(value) for value in axis), *trail])]
    for at, row in enumerate(rows):
        names = [f"s{at}" if i == 0 else f"m{at}{i}" for i in range(len(lead))]
        lines.append(separator.join([*names, *(f"{y:.5f}" for y in row), *(f"t{at}" for _ in trail)]))
    return above + "\n".join([*lines, ""])
