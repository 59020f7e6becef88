"""What contradicts itself in the axis of a heading: a cell that breaks it, a value beside its grid."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._wide_cells import Axis, Parsed, axis_cell

USUAL_STEPS: Final = 1.6
_REGULAR_SHARE: Final = 0.9
_OFF_GRID: Final = 0.05
# Half a unit by rounding, and what the line itself is off by.
_ROUNDED: Final = 0.75
_MAX_OFF: Final = 2
_EXACT: Final = 1e-6
_CONTINUES: Final = 0.6
_LOOK_BEYOND: Final = 3
_MAX_TORN: Final = 24
_MAX_DECIMALS: Final = 6


def fault_of(
    main: Axis, parsed: Sequence[Parsed], cells: Sequence[str], others: tuple[Axis, ...], *, comma: bool
) -> str:
    """Name what contradicts itself in a heading; empty when nothing does.

    Parameters
    ----------
    main : Axis
        Numbers that are too far away taken off its ends.
    parsed : sequence
        What `axis_cell` finds in each cell.
    cells : sequence of str
        The heading.
    others : tuple of Axis
        Further blocks of columns.
    comma : bool
        Whether a comma inside a number is a decimal sign.
    """
    return (
        _broken(main, parsed, cells, others)
        or _beyond_the_ends(main, parsed, cells, comma=comma)
        or _off_grid(main.values)
    )


def lacks_a_value(values: NDArray[np.float64]) -> bool:
    """Whether one step is about twice those beside it, as where a value was lost."""
    steps = np.abs(np.diff(values))
    beside = np.maximum(steps[:-2], steps[2:])
    return bool(np.any(steps[1:-1] > USUAL_STEPS * beside))


def _broken(main: Axis, parsed: Sequence[Parsed], cells: Sequence[str], others: tuple[Axis, ...]) -> str:
    """Name a cell that stands between two parts of one axis, as a damaged one does."""
    inside = {at for run in others for at in range(run.start, run.stop)}
    direction = np.sign(main.values[-1] - main.values[0])
    usual = float(np.median(np.abs(np.diff(main.values))))
    for edge, step in ((main.stop, 1), (main.start - 1, -1)):
        end = main.values[-1] if step > 0 else main.values[0]
        for gap in range(1, 4):
            following = [edge + step * (gap + k) for k in range(3)]
            if any(at in inside or not 0 <= at < len(parsed) for at in following):
                break
            found = [one for one in (parsed[at] for at in following) if one is not None]
            if len(found) < 3 or any(one[0] != main.words for one in found):
                continue
            values = np.array([end, *(one[1] for one in found)])
            steps = np.diff(values) * direction * step
            near = steps[0] <= 2 * (gap + 1) * USUAL_STEPS * usual and steps[1:].max() <= 2 * usual
            if (steps > 0).all() and near:
                return f"heading cell {cells[edge][:20]!r} breaks the axis"
    return ""


def _beyond_the_ends(main: Axis, parsed: Sequence[Parsed], cells: Sequence[str], *, comma: bool) -> str:
    """Name a cell beside the axis that is one wrong character away from going on with it.

    A value that goes on with it behind other cells shows that the one between is damaged.
    """
    ends = (
        (main.stop, 1, main.values[-1], main.values[-1] - main.values[-2]),
        (main.start - 1, -1, main.values[0], main.values[0] - main.values[1]),
    )
    for edge, way, end, step in ends:
        for beyond in range(_LOOK_BEYOND + 1):
            at = edge + way * beyond
            if not 0 <= at < len(cells):
                break
            wanted = float(end + (beyond + 1) * step)
            near = _CONTINUES * abs(float(step))
            goes_on = _is_near(parsed[at], main, wanted, near)
            if goes_on or (beyond == 0 and _is_torn(cells[at], cells[at - way], main, (wanted, near), comma)):
                return f"heading cell {cells[edge][:20]!r} breaks the axis"
    return ""


def _is_near(one: Parsed, main: Axis, wanted: float, near: float) -> bool:
    return one is not None and one[0] == main.words and abs(one[1] - wanted) <= near


def _is_torn(cell: str, beside: str, main: Axis, wanted: tuple[float, float], comma: bool) -> bool:
    """Whether one character put right makes a cell the value that is wanted there."""
    if not any(char.isdigit() for char in cell) or len(cell) > _MAX_TORN or abs(len(cell) - len(beside)) > 2:
        return False
    return any(
        _is_near(axis_cell(text, decimal_comma=comma), main, *wanted)
        for text in _put_right(cell, sorted({*"0123456789.", *beside}))
    )


def _put_right(cell: str, chars: Sequence[str]) -> Iterator[str]:
    """All texts that one character more, less or another makes of a cell."""
    for at in range(len(cell) + 1):
        before, after = cell[:at], cell[at:]
        if after:
            yield before + after[1:]
        for char in chars:
            yield before + char + after
            if after:
                yield before + char + after[1:]


def _off_grid(values: NDArray[np.float64]) -> str:
    """Name a value beside the grid of an otherwise regular axis."""
    steps = np.diff(values)
    usual = float(np.median(steps))
    near = np.abs(steps - usual) <= _EXACT * np.abs(values[1:]) + 1e-9
    if np.count_nonzero(near) >= _REGULAR_SHARE * steps.size:
        pairs = steps[:-1] + steps[1:]
        off = (np.abs(steps[:-1] - usual) > _OFF_GRID * abs(usual)) & (
            np.abs(pairs - 2 * usual) <= _EXACT * abs(usual)
        )
        places = [int(at) + 1 for at in np.flatnonzero(off)] or _off_line(values)
    else:
        places = _off_line(values)
    return f"heading value {values[places[0]]:g} is beside the regular axis" if places else ""


def _off_line(values: NDArray[np.float64]) -> list[int]:
    """Places of few values beside a grid that all others lie on, but for the digits they are printed with."""
    at = np.arange(values.size)
    good = np.ones(values.size, dtype=bool)
    for _ in range(_MAX_OFF + 1):
        slope, origin = np.polyfit(at[good], values[good], 1)
        off = np.abs(values - origin - slope * at)
        allowed = _ROUNDED * _unit(values[good]) + _EXACT * np.abs(values)
        if np.all(off[good] <= allowed[good]):
            # The ends of a slightly curved axis lie off too, but hardly more than their neighbours.
            least = np.maximum(allowed, max(_OFF_GRID * abs(slope), 2 * float(off[good].max())))
            return [int(i) for i in np.flatnonzero(~good & (off > least))]
        good[int(np.argmax(np.where(good, off, -1.0)))] = False
    return []


def _unit(values: NDArray[np.float64]) -> float:
    """Worth of the last digit of values as they were printed."""
    for decimals in range(_MAX_DECIMALS):
        if np.allclose(values, np.round(values, decimals), rtol=0, atol=1e-9):
            return float(10.0**-decimals)
    return 0.0
