"""Abscissae of JCAMP-DX data, the header's statements against what the lines print.

For data of even step the header defines x by FIRSTX, LASTX and the count, and every line prints the x of
its first point: the witnesses. When they disagree, a statement that stands alone against all others is
set aside with a warning; when none stands alone, nothing is read.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError
from .ends import settled_ruler
from .header import Facts, check_far, count_notes, end_notes
from .numbers import Steps
from .ruler import Ruler, by_ends, line_of

_HALF_STEP: Final = 0.55
_ONE_STEP: Final = 1.05
# How well the lines must fit before a count is set aside, and how badly with the other count.
_TIGHT: Final = 0.1
_CLEARLY_OFF: Final = 0.3
# Lines without any rounding of their own tell more of an end than the half step allows.
_EXACT: Final = 0.05

Axis = tuple[NDArray[np.float64], tuple[str, ...]]


def even_axis(steps: Steps, facts: Facts, name: str) -> Axis:
    """Abscissae of a table of the form ``(X++(Y..Y))``.

    Parameters
    ----------
    steps : Steps
        The table.
    facts : Facts
        What the header says.
    name : str
        Of the file, for messages.

    Returns
    -------
    axis : array, shape (n,), float64
    warnings : tuple of str

    Raises
    ------
    DamagedError
        When header and lines contradict each other and no statement stands alone.
    """
    n = steps.ordinates.size
    check_far(facts, name)
    notes = _count_notes(steps, facts, name)
    printed = steps.starts * facts.x_factor
    if n == 1:
        return printed, notes
    if steps.one_each and not _even(printed, steps.units * abs(facts.x_factor)):
        note = "XYDATA holds one x and y a line, unevenly spaced: x as printed"
        return printed, (*notes, note, *end_notes(printed, facts, name))
    for ruler in _rulers(steps, facts):
        if ruler.misfit(steps, facts.x_factor, facts.unit) <= _HALF_STEP and not _worse(ruler, steps, facts):
            settled = None if ruler.note else settled_ruler(ruler, steps, facts)
            return _drawn(settled or ruler, n, facts, notes)
    beyond = _beyond_value(steps, facts)
    if beyond is not None:
        return _drawn(beyond, n, facts, notes)
    raise _contradiction(steps, facts, name)


def _count_notes(steps: Steps, facts: Facts, name: str) -> tuple[str, ...]:
    n, promised = steps.ordinates.size, facts.n_points
    settled = False
    if promised is not None and n > 2 and promised > 1 and steps.starts.size > 2:
        found, stated = by_ends(facts, n), by_ends(facts, promised)
        settled = (
            found is not None
            and stated is not None
            and found.misfit(steps, facts.x_factor) <= _TIGHT
            and stated.misfit(steps, facts.x_factor) >= _CLEARLY_OFF
        )
    return count_notes(n, facts, name, settled=settled)


def _even(printed: NDArray[np.float64], units: NDArray[np.float64]) -> bool:
    """Whether printed abscissae of single points are even, within their digits."""
    if not np.all(np.isfinite(printed)):
        return True
    return bool(np.all(np.abs(printed - np.linspace(printed[0], printed[-1], printed.size)) <= units))


def _rulers(steps: Steps, facts: Facts) -> list[Ruler]:
    """List what may define x, the surest first."""
    n = steps.ordinates.size
    rulers = []
    ends = by_ends(facts, n)
    if ends is not None:
        rulers.append(ends)
        if steps.starts.size > 1 and facts.last is not None:
            swapped = "FIRSTX and LASTX stand the wrong way round"
            rulers.append(Ruler(facts.last, -ends.step, swapped))
    line = line_of(steps, facts)
    if facts.delta:
        step = facts.delta if line is None or line.step * facts.delta > 0 else -facts.delta
        if facts.first is not None:
            wrong = "is missing" if facts.last is None else f"{facts.last:g} contradicts DELTAX and the lines"
            rulers.append(Ruler(facts.first, step, f"LASTX {wrong}: x counted from FIRSTX by DELTAX"))
        elif facts.last is None:
            start = float(steps.starts[0]) * facts.x_factor
            rulers.append(Ruler(start, step, "FIRSTX is missing: x counted from the first line's by DELTAX"))
    if line is not None:
        rulers += _beside(line, steps, facts)
    return rulers


def _worse(ruler: Ruler, steps: Steps, facts: Facts) -> bool:
    """Whether lines that print exactly even x contradict a ruler within the digits they print."""
    line = line_of(steps, facts)
    if line is None or steps.starts.size < 4:
        return False
    off = float(np.max(np.abs(ruler.offsets(steps, facts.x_factor))))
    return off > _HALF_STEP and float(np.max(np.abs(line.offsets(steps, facts.x_factor)))) <= _EXACT


def _beside(line: Ruler, steps: Steps, facts: Facts) -> list[Ruler]:
    """Take the lines' own x, where one end of the header agrees with it or the header names none."""
    end = line.first + line.step * (steps.ordinates.size - 1)
    near = _HALF_STEP * abs(line.step) + facts.unit + abs(facts.x_factor) * float(np.median(steps.units))
    first, last = facts.first, facts.last
    if first is None and last is None:
        ruler = Ruler(line.first, line.step, "FIRSTX and LASTX are missing: x as the lines print it")
        return [ruler] if steps.starts.size > 2 else []
    if first is not None and abs(first - line.first) <= near:
        wrong = "is missing" if last is None else f"{last:g} contradicts FIRSTX and all lines"
        return [Ruler(first, line.step, f"LASTX {wrong}: x as the lines print it")]
    if last is not None and abs(last - end) <= near:
        wrong = "is missing" if first is None else f"{first:g} contradicts LASTX and all lines"
        return [Ruler(line.first + last - end, line.step, f"FIRSTX {wrong}: x as the lines print it")]
    return []


def _beyond_value(steps: Steps, facts: Facts) -> Ruler | None:
    """Take the header's x, when the lines confirm its even progress though not its values."""
    ruler = by_ends(facts, steps.ordinates.size)
    if ruler is None or steps.starts.size < 3 or facts.n_points != steps.ordinates.size:
        return None
    if ruler.misfit(steps, facts.x_factor, facts.unit) <= _ONE_STEP:
        note = "the lines print x up to one step beside the header's: x from FIRSTX and LASTX"
        return replace(ruler, note=note)
    if ruler.misfit(steps, 1.0, facts.unit) <= _HALF_STEP:
        return replace(ruler, note="XFACTOR is not that of the lines: x from FIRSTX and LASTX")
    if any(Ruler(origin, 1.0).misfit(steps, 1.0) <= 0 for origin in (0.0, 1.0)):
        return replace(ruler, note="the lines count points: x from FIRSTX and LASTX")
    return None


def _drawn(ruler: Ruler, n: int, facts: Facts, notes: tuple[str, ...]) -> Axis:
    axis: NDArray[np.float64] = ruler.first + ruler.step * np.arange(n, dtype=np.float64)
    if ruler.note:
        notes = (*notes, ruler.note)
    elif facts.last is not None:
        axis[-1] = facts.last
    if facts.delta and abs(abs(facts.delta) - abs(ruler.step)) * (n - 1) > max(1.0, 0.001 * n) * abs(
        ruler.step
    ):
        notes = (*notes, f"DELTAX is {facts.delta:g}, the step is {ruler.step:g}")
    return axis, notes


def _contradiction(steps: Steps, facts: Facts, name: str) -> DamagedError:
    ruler = by_ends(facts, steps.ordinates.size)
    if ruler is None:
        return DamagedError(
            f"{name}: FIRSTX or LASTX is missing or both are the same, and the lines do not say x. "
            "Export the spectrum again."
        )
    off = np.abs(ruler.first + ruler.step * steps.positions - steps.starts * facts.x_factor)
    worst = int(np.argmax(np.nan_to_num(off, nan=np.inf)))
    expected = ruler.first + ruler.step * float(steps.positions[worst])
    return DamagedError(
        f"{name}: line {steps.texts[worst][:20]!r} should begin at x = {expected:.6g}. "
        "Points are missing or doubled: export the file again."
    )
