"""One cell of a heading: its number and the words around it, and the run of cells that is an axis."""

import math
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..parts.numbers import number

_MAX_CELL: Final = 60

_UNIT: Final = r"nm|cm\s?\^?\s?[-−⁻]\s?[1¹]|1\s?/\s?cm|[µμu]m"
_UNIT_AFTER: Final = re.compile(rf"[\s_.(\[]*({_UNIT})\s?[)\]]?$", re.IGNORECASE)
_UNIT_BEFORE: Final = re.compile(rf"^({_UNIT})[\s_.:=]+", re.IGNORECASE)
_LAST_NUMBER: Final = re.compile(r"(\d+(?:[.,]\d+)?)(\D*)$", re.ASCII)


class Words(NamedTuple):
    """What stands around the numbers of an axis: the same in each of its cells."""

    before: str = ""
    after: str = ""
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.before}{self.after}".strip(" _.-:")


PLAIN: Final = Words()
Parsed = tuple[Words, float] | None
"""What `axis_cell` finds in a cell."""


@dataclass(frozen=True, eq=False)
class Axis:
    """The cells of a heading that are the axis.

    Attributes
    ----------
    start, stop : int
        First cell and one past the last.
    values : array, shape (stop - start,)
        In the order of the file.
    words : Words
        What stands around the numbers.
    others : tuple of Axis
        Further blocks of columns.
    fault : str
        What contradicts itself in the heading; empty when nothing does.
    left_out : tuple of str
        Numbers beside the axis that do not belong to it.
    """

    start: int
    stop: int
    values: NDArray[np.float64]
    words: Words
    others: tuple["Axis", ...] = ()
    fault: str = ""
    left_out: tuple[str, ...] = ()


def axis_cell(cell: str, *, decimal_comma: bool) -> Parsed:
    """Split a heading cell into its number and the words around it."""
    text = cell[: _MAX_CELL + 1].strip()
    if text.isdigit() and text.isascii():
        return PLAIN, float(text)
    if not text or len(text) > _MAX_CELL or not any(char.isdigit() for char in text):
        return None
    plain = number(text.replace(",", ".") if decimal_comma else text)
    if plain is not None:
        return (PLAIN, plain) if math.isfinite(plain) else None
    unit = ""
    for pattern in (_UNIT_AFTER, _UNIT_BEFORE):
        found = pattern.search(text)
        if found:
            unit = found[1].lower()
            text = text[: found.start()] + text[found.end() :]
            break
    found = _LAST_NUMBER.search(text)
    if found is None:
        return None
    before, after = text[: found.start()], found[2]
    if before and not any(char.isalpha() for char in before):
        return None
    return Words(before.casefold(), after.casefold().strip(), unit), float(found[1].replace(",", "."))
