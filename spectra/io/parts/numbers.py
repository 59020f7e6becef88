"""Cells of text to numbers, the same in every locale."""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

MISSING: Final = frozenset(
    {
        "", "na", "n/a", "nan", "-nan", "+nan", "nan(ind)", "-nan(ind)", "null", "none", "-", "--", "?",
        "inf", "+inf", "-inf", "infinity", "-infinity", "#n/a", "#na", "#value!", "#div/0!", "#num!",
        "1.#inf", "-1.#inf", "1.#qnan", "-1.#ind", "1.#ind", "-1.#qnan",
    }
)  # fmt: skip
"""Words that stand in a cell without a value, in lower case."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d{1,4})?", re.ASCII)
_LEADING: Final = re.compile(r"\s*([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,4})?)", re.ASCII)


def number(cell: str) -> float | None:
    """Read a cell with a decimal point: NaN for a missing-value word, None for what is no number."""
    cell = cell.strip().strip('"').strip()
    # float() alone would take "1_000" and digits of other scripts.
    if _NUMBER.fullmatch(cell):
        return float(cell.replace("d", "e").replace("D", "e"))
    return float("nan") if cell.lower() in MISSING else None


def leading_number(text: str) -> float | None:
    """Read the number that begins a header value such as ``785 nm`` or ``784,82``; None without one."""
    found = _LEADING.match(text)
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    return value if np.isfinite(value) else None


def column(cells: Sequence[str], *, decimal: str = ".") -> NDArray[np.float64] | int:
    """Numbers of one column, or the position of the first cell that is none.

    Parameters
    ----------
    cells : sequence of str
        The column, one cell a row.
    decimal : str
        ``"."`` or ``","``.
    """
    values = [cell.replace(",", ".") for cell in cells] if decimal == "," else cells
    joined = "".join(values)
    if "_" not in joined and joined.isascii():
        # Most columns are all numbers, most others have only missing-value words besides.
        for convert in (float, _float_or_missing):
            try:
                return np.array([convert(value) for value in values], dtype=np.float64)
            except ValueError:
                continue
    slow = np.empty(len(values), dtype=np.float64)
    for row, value in enumerate(values):
        parsed = number(value)
        if parsed is None:
            return row
        slow[row] = parsed
    return slow


def _float_or_missing(cell: str) -> float:
    return float("nan") if cell.strip().lower() in MISSING else float(cell)


def split_cells(line: str, separator: str | None) -> list[str]:
    """Cells of a line; None splits at white space. Quotes are honoured, unbalanced ones left in."""
    if separator is not None and '"' in line:
        try:
            return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            return line.split(separator)
    return line.split(separator)


def strip_cells(cells: Iterable[str]) -> list[str]:
    """Cells without white space and quotes around them."""
    return [cell.strip().strip('"').strip() for cell in cells]


def middle(values: NDArray[np.float64]) -> float:
    """Median of at least one value, the upper of two middle ones; numpy's own loads much of numpy."""
    at = values.size // 2
    return float(np.partition(values, at)[at])
