"""Compressed ordinates of JCAMP-DX (ASDF): squeezed, difference and duplicate digits.

Published in McDonald and Wilks, Applied Spectroscopy 42 (1988) 151. The first character of a number says
what it is: SQZ its first digit and sign, DIF the same of a difference from the value before, DUP how
often the number before it stands. A line that ends in differences has its last value again at the
beginning of the next: the check of the ordinates, made in `joined`.
"""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError

SQZ: Final = {mark: str(digit) for digit, mark in enumerate("@ABCDEFGHI")} | {
    mark: str(-digit) for digit, mark in enumerate("abcdefghi", start=1)
}
DIF: Final = {mark: str(digit) for digit, mark in enumerate("%JKLMNOPQR")} | {
    mark: str(-digit) for digit, mark in enumerate("jklmnopqr", start=1)
}
DUP: Final = {mark: str(digit) for digit, mark in enumerate("STUVWXYZs", start=1)}

COMPRESSED: Final = re.compile(r"[@%A-DF-Za-df-s]")
"""A character that plain numbers don't have; E and e may be an exponent."""

MAX_POINTS: Final = 5_000_000
"""Ordinates of one file altogether."""

_X: Final = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))", re.ASCII)
_TOKEN: Final = re.compile(
    r"([@%A-Za-s])(\d*\.?\d*)|([+-]?(?:\d+\.?\d*|\.\d+)|\?)|([^\s,;])",
    re.ASCII,
)
_SAME: Final = 1e-9


@dataclass(frozen=True)
class Line:
    """One line decoded.

    Attributes
    ----------
    x : str
        The abscissa as printed.
    values : list of float
        Before YFACTOR; NaN for ``?``.
    ends_in_difference : bool
        Whether the next line begins with a check.
    """

    x: str
    values: list[float]
    ends_in_difference: bool


@dataclass(frozen=True, eq=False)
class Ordinates:
    """The lines of a table put together.

    Attributes
    ----------
    values : array, shape (n,), float64
    positions : array, shape (lines,), int64
        Number of the ordinate that stands at each line's abscissa.
    n_failed : int
        Checks that failed although the values are believed.
    """

    values: NDArray[np.float64]
    positions: NDArray[np.int64]
    n_failed: int = 0


def decoded(text: str, name: str, *, room: int = MAX_POINTS) -> Line:
    """Decode one line.

    Parameters
    ----------
    text : str
        With its abscissa at the beginning.
    name : str
        Of the file, for messages.
    room : int
        Most values the line may have.

    Raises
    ------
    DamagedError
        What is no number, a difference or repetition of nothing, a line without values or with too many.
    """
    found = _X.match(text)
    if found is None:
        raise DamagedError(f"{name}: line {text[:20]!r} has no abscissa. Export the file again.")
    values: list[float] = []
    step: float | None = None
    for mark, digits, number, junk in _TOKEN.findall(text, found.end()):
        if mark in DIF:
            if not values:
                raise DamagedError(f"{name}: a difference from nothing in {text[:20]!r}. Export again.")
            step = _joined(DIF[mark], digits)
            values.append(values[-1] + step)
        elif mark in DUP:
            _repeat(values, step, _times(DUP[mark], digits, len(values), room, name))
        elif junk or (mark and mark not in SQZ):
            raise DamagedError(f"{name}: {(junk or mark)!r} in compressed data. Export again.")
        else:
            step = None
            values.append(_joined(SQZ[mark], digits) if mark in SQZ else float(number.replace("?", "nan")))
    if not values or len(values) > room:
        raise DamagedError(
            f"{name}: line {text[:20]!r} holds {len(values)} values, expected 1 to {room}. Export again."
        )
    return Line(found[1], values, step is not None)


def joined(lines: Sequence[Line], promised: int | None, name: str) -> Ordinates:
    """Put lines together, each value that only repeats the one before as a check left out.

    When checks fail, two kinds of writer are believed if the header's count agrees: one that leaves the
    check out on most lines, and one that fails only at a last line of one value.

    Parameters
    ----------
    lines : sequence of Line
        At least one.
    promised : int or None
        Points the header states.
    name : str
        Of the file, for messages.

    Raises
    ------
    DamagedError
        When a check fails.
    """
    checked = [at for at in range(1, len(lines)) if lines[at - 1].ends_in_difference]
    failed = [at for at in checked if not _same(lines[at - 1].values[-1], lines[at].values[0])]
    if not failed:
        return _assembled(lines, frozenset(checked))
    for left_out in _other_readings(lines, checked, failed):
        ordinates = _assembled(lines, left_out, len(failed))
        if ordinates.values.size == promised:
            return ordinates
    at = failed[0]
    raise DamagedError(
        f"{name}: line {lines[at].x!r} begins with {lines[at].values[0]:g}, the line before ends with "
        f"{lines[at - 1].values[-1]:g}: the check of the compressed values fails. Export the file again."
    )


def _other_readings(lines: Sequence[Line], checked: list[int], failed: list[int]) -> list[frozenset[int]]:
    """List what else the lines may mean: sets of those whose first value is only a check."""
    readings = []
    if 2 * len(failed) > len(checked) > 1:
        readings.append(frozenset[int]())
    if failed == [len(lines) - 1] and len(lines[-1].values) == 1:
        readings.append(frozenset(checked[:-1]))
        if lines[-1].values[0] == 0:
            # Some programs end with a zero where the check should stand.
            readings.append(frozenset(checked))
    return readings


def _assembled(lines: Sequence[Line], checks: frozenset[int], n_failed: int = 0) -> Ordinates:
    flat = array("d")
    positions = np.empty(len(lines), dtype=np.int64)
    for at, line in enumerate(lines):
        repeated = at in checks
        positions[at] = len(flat) - repeated
        flat.extend(line.values[1:] if repeated else line.values)
    return Ordinates(np.array(flat, dtype=np.float64), positions, n_failed)


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * abs(one) or (one != one and other != other)


def _repeat(values: list[float], step: float | None, times: int) -> None:
    if step is None:
        values.extend([values[-1]] * times)
        return
    for _ in range(times):
        values.append(values[-1] + step)


def _times(first: str, digits: str, n_values: int, room: int, name: str) -> int:
    """How often more the number before stands."""
    again = int(first + digits) - 1 if digits.isdigit() or not digits else -1
    if not n_values or again < 0 or n_values + again > room:
        raise DamagedError(f"{name}: a repetition of nothing, or of too much. Export again.")
    return again


def _joined(first: str, digits: str) -> float:
    """Join a first digit with its sign and the digits after it."""
    return float(first + digits)
