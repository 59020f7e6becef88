"""The numbers in a JCAMP-DX table: ordinates behind an abscissa, pairs, and assigned peaks."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from . import asdf as _asdf

_CHUNK_LINES: Final = 20_000
# Words some writers put where a number failed; "n" and "a" are digits of the compressed forms.
_NOT_A_NUMBER: Final = re.compile(
    r"(?<![\w@%.])[+-]?(?:nan|inf(?:inity)?|n/a)(?:\([a-z]*\))?(?![\w.])", re.IGNORECASE
)
_FOREIGN: Final = re.compile(r"[^0-9eE+\-.,;?\s]")
_GLUED_SIGN: Final = re.compile(r"(?<=[\d.?])([+-])")
_PRINTED: Final = re.compile(r"[+-]?\d*\.?(\d*)(?:[eE]([+-]?\d{1,3}))?", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"(?<=\d),(?=\d)")
_GROUPS: Final = re.compile(r"\(([^()]*)\)")
_TEXTS: Final = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, eq=False)
class Steps:
    """Ordinates, and the abscissae that the lines print.

    Attributes
    ----------
    ordinates : array, shape (n,), float64
        Before YFACTOR; NaN where missing.
    starts, units : array, shape (lines,), float64
        Abscissa at the beginning of each line before XFACTOR, and the worth of its last digit.
    positions : array, shape (lines,), int64
        Number of the ordinate that stands there.
    texts : list of str
        The lines, for messages.
    warnings : tuple of str
        What had to be assumed.
    """

    ordinates: NDArray[np.float64]
    starts: NDArray[np.float64]
    units: NDArray[np.float64]
    positions: NDArray[np.int64]
    texts: list[str]
    warnings: tuple[str, ...] = ()

    @property
    def one_each(self) -> bool:
        """Whether every line holds one ordinate."""
        return self.ordinates.size > 1 and self.starts.size == self.ordinates.size


def unit_of(text: str) -> float:
    """Worth of the last digit of a printed number: 0.01 for ``399.36``."""
    found = _PRINTED.match(text.strip())
    if found is None:
        return 1.0
    # Python's own power of a far exponent is an error, not infinity.
    return float(10.0 ** max(-300, min(300, int(found[2] or 0) - len(found[1]))))


def steps_of(lines: Sequence[str], promised: int | None, name: str, *, room: int, comma: bool) -> Steps:
    """Read a table of the form ``(X++(Y..Y))`` in any of its notations.

    Parameters
    ----------
    lines : sequence of str
        Not empty.
    promised : int or None
        Points the header states, to tell a check from a point.
    name : str
        Of the file, for messages.
    room : int
        Most ordinates there may be.
    comma : bool
        Whether decimals stand behind a comma.

    Raises
    ------
    DamagedError
        What is no number, a line without ordinates, a failed check.
    """
    texts = _cleaned(lines, comma=comma)
    if any(_asdf.COMPRESSED.search(line) for line in texts):
        return _compressed(texts, promised, name, room=room)
    flat, sizes = _plain(texts, name)
    if int(sizes.min()) < 2:
        bad = texts[int(np.argmin(sizes))]
        raise DamagedError(f"{name}: {bad[:30]!r} has no value after its x. Export the file again.")
    ends = np.cumsum(sizes)
    first = ends - sizes
    is_start = np.zeros(flat.size, dtype=bool)
    is_start[first] = True
    units = np.array([unit_of(_first_cell(line)) for line in texts])
    return Steps(flat[~is_start], flat[first], units, first - np.arange(first.size), texts)


def _cleaned(lines: Sequence[str], *, comma: bool) -> list[str]:
    """Lines with a question mark for each word that is no number, and with decimal points."""
    texts = list(lines)
    if any(word in line for line in map(str.lower, texts) for word in ("nan", "inf", "n/a")):
        texts = [_NOT_A_NUMBER.sub(" ? ", line) for line in texts]
    if comma:
        # A comma between digits is a decimal one; behind a number and before a blank it parts.
        texts = [_DECIMAL_COMMA.sub(".", line) for line in texts]
    return texts


def _first_cell(line: str) -> str:
    return line.replace(",", " ").replace(";", " ").split(None, 1)[0]


def _compressed(texts: list[str], promised: int | None, name: str, *, room: int) -> Steps:
    lines = []
    # A header's count bounds what few digits may stand for.
    room = room if promised is None else min(room, promised + len(texts))
    for text in texts:
        lines.append(_asdf.decoded(text, name, room=room))
        # A check repeats one value, so no line counts less than its values but one.
        room -= len(lines[-1].values) - 1
    found = _asdf.joined(lines, promised, name)
    starts = np.array([float(line.x) for line in lines])
    units = np.array([unit_of(line.x) for line in lines])
    notes: tuple[str, ...] = ()
    if found.n_failed:
        where = "at the end" if found.n_failed == 1 else f"on {found.n_failed} lines"
        notes = (f"the check of the compressed values fails {where}; the header's count agrees",)
    return Steps(found.values, starts, units, found.positions, texts, notes)


def pairs_of(lines: Sequence[str], size: int, name: str, *, comma: bool) -> NDArray[np.float64]:
    """Read a table of pairs, or of groups of which only the first two numbers count.

    Parameters
    ----------
    lines : sequence of str
        Not empty.
    size : int
        Numbers in a group.
    name, comma
        As for `steps_of`.

    Returns
    -------
    array, shape (n, 2), float64

    Raises
    ------
    DamagedError
        What is no number, or a line that holds no whole groups.
    """
    texts = _cleaned(lines, comma=comma)
    flat, sizes = _plain(texts, name)
    uneven = np.flatnonzero(sizes % size)
    if uneven.size:
        bad = lines[int(uneven[0])]
        raise DamagedError(f"{name}: {bad[:30]!r} holds no pairs of x and y. Export the file again.")
    return flat.reshape(-1, size)[:, :2]


def assigned_of(lines: Sequence[str], name: str) -> NDArray[np.float64]:
    """Read peaks with a text or a letter each, as ``(27.0, 1.0, , <7>)`` or ``3300, 0.42 <OH>``.

    Returns
    -------
    array, shape (n, 2), float64
        NaN for a missing ordinate.

    Raises
    ------
    DamagedError
        When a group does not begin with a number.
    UnsupportedError
        When no peak has an ordinate.
    """
    text = _TEXTS.sub(" ", "\n".join(lines))
    groups = _GROUPS.findall(text) if "(" in text else text.replace(";", "\n").split("\n")
    rows = []
    for group in groups:
        cells = group.split(",") if "," in group else group.split()
        if not any(cell.strip() for cell in cells):
            continue
        x, y = _number(cells[0]), _number(cells[1] if len(cells) > 1 else "")
        if math.isnan(x):
            raise DamagedError(f"{name}: {group.strip()[:30]!r} begins with no number. Export again.")
        rows.append((x, y))
    table = np.array(rows, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(table[:, 1]).any():
        raise UnsupportedError(
            f"{name}: peaks without heights, expected x and y. Export the spectrum itself."
        )
    return table


def _number(cell: str) -> float:
    try:
        return float(cell) if _FOREIGN.search(cell) is None and cell.strip() else math.nan
    except ValueError:
        return math.nan


def _plain(texts: Sequence[str], name: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Numbers of all lines, and how many each line holds."""
    parts: list[NDArray[np.float64]] = []
    sizes: list[int] = []
    # In portions: a list of short strings takes ten times the memory of the text.
    for at in range(0, len(texts), _CHUNK_LINES):
        portion = "\n".join(texts[at : at + _CHUNK_LINES])
        if foreign := _FOREIGN.search(portion):
            line = portion[portion.rfind("\n", 0, foreign.start()) + 1 :].partition("\n")[0]
            raise DamagedError(f"{name}: {line[:30]!r} in the data, expected numbers. Export the file again.")
        portion = _GLUED_SIGN.sub(r" \1", portion.replace(",", " ").replace(";", " "))
        portion = portion.replace("?", " nan ")
        sizes += [len(line.split()) for line in portion.split("\n")]
        try:
            parts.append(np.array(portion.split(), dtype=np.float64))
        except ValueError as error:
            raise DamagedError(
                f"{name}: {_culprit(portion)!r} in the data, expected a number. Export the file again."
            ) from error
    return np.concatenate(parts), np.array(sizes, dtype=np.int64)


def _culprit(portion: str) -> str:
    for word in portion.split():
        try:
            float(word)
        except ValueError:
            return word[:30]
    return ""
