"""Tables with one spectrum a row: where the axis stands in the heading, and what the rows hold.

The rules, in this order:

1. The heading is the first line among a hundred with a run of cells that are numbers in one direction,
   with the same words around them: ``950``, ``950.5 nm``, ``X950``, ``spectrum_740.0``. Twenty make an
   axis; numbers that only count columns do not. The longest run is the axis.
2. Runs that step back a little, as where two detectors meet, are one axis. A second run is another
   block of columns: it is named and left out. A heading cell that breaks the axis is damage.
3. Where the first column is called an axis and runs on like one, and where the line above is filled like
   the heading, the table is not of this kind.
4. Columns beside the axis describe the spectrum of their row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..parts.numbers import MISSING, number, split_cells, strip_cells
from ..parts.vocabulary import axis_kind
from ._wide_cells import Axis, Parsed, axis_cell
from ._wide_faults import USUAL_STEPS, fault_of

MIN_AXIS: Final = 20
HEAD_LINES: Final = 100
SEPARATORS: Final[tuple[str | None, ...]] = ("\t", ";", ",", "|", None)
_MAX_OVERLAPS: Final = 3
_MAX_OVERLAP_SHARE: Final = 0.05
# Up to three numbers beside the axis, ten steps away from it, are years or numbers of samples.
_FEW: Final = 3
_FAR_STEPS: Final = 10.0
_TALL_ROWS: Final = 20
_SAMPLE_ROWS: Final = 200
_SPECTRAL_EXTENT: Final = 100.0


@dataclass(frozen=True, eq=False)
class Heading:
    """The heading line of a table with one spectrum a row.

    Attributes
    ----------
    at : int
        Position of the line.
    cells : tuple of str
        All its cells.
    separator : str or None
        None is white space.
    axis : Axis
        The cells that are the axis.
    """

    at: int
    cells: tuple[str, ...]
    separator: str | None
    axis: Axis


def find_heading(lines: Sequence[str]) -> Heading | None:
    """Find the heading of a table with one spectrum a row; None when the text holds no such table."""
    for at, line in enumerate(lines[:HEAD_LINES]):
        found = _heading(line, at)
        if found is not None:
            return None if _is_tall(found, lines) or _is_row(found, lines) else found
    return None


def row_cells(line: str, separator: str | None) -> list[str]:
    """Cells of a line of the table, without white space and quotes around them."""
    return strip_cells(split_cells(line, separator))


def _size(heading: Heading) -> int:
    return heading.axis.stop - heading.axis.start


def _heading(line: str, at: int) -> Heading | None:
    if len(line) < 2 * MIN_AXIS - 1:
        return None
    best: Heading | None = None
    for separator in SEPARATORS:
        n_cells = line.count(separator) + 1 if separator else len(line.split())
        if n_cells < MIN_AXIS or (separator is None and best is not None):
            continue
        cells = row_cells(line, separator)
        axis = find_axis(cells, decimal_comma=separator != ",")
        if axis is not None and (best is None or axis.stop - axis.start > _size(best)):
            best = Heading(at, tuple(cells), separator, axis)
    return best


def find_axis(cells: Sequence[str], *, decimal_comma: bool = False) -> Axis | None:
    """Find the axis among the cells of one line; None when there is none.

    Parameters
    ----------
    cells : sequence of str
        The line.
    decimal_comma : bool
        Whether a comma inside a number is a decimal sign.
    """
    parsed = [axis_cell(cell, decimal_comma=decimal_comma) for cell in cells]
    runs = _runs(parsed)
    if not runs or max(run.stop - run.start for run in runs) < MIN_AXIS:
        return None
    n_numbers = sum(one is not None for one in parsed)
    longest = max(runs, key=lambda run: (run.stop - run.start, -run.start))
    blocks = [run for run in runs if run.stop - run.start >= MIN_AXIS]
    # A line of a matrix has some neighbours in order too.
    if 2 * sum(run.stop - run.start for run in blocks) < n_numbers or not _is_axis(longest):
        return None
    strays = [run for run in runs if run is not longest]
    others = tuple(run for run in strays if run.stop - run.start >= MIN_AXIS and _restarts(run, longest))
    trimmed, left_out = _trim(longest, cells)
    beside = [run for run in strays if run not in others and run.words == longest.words]
    fault = fault_of(trimmed, parsed, cells, others, comma=decimal_comma)
    if not fault and any(run.stop - run.start > _FEW for run in beside):
        fault = f"the heading holds {len(beside) + 1} pieces of an axis that do not follow on each other"
    left_out += tuple(cell for run in beside for cell in cells[run.start : run.stop])
    return Axis(trimmed.start, trimmed.stop, trimmed.values, trimmed.words, others, fault, left_out[:5])


def _runs(parsed: Sequence[Parsed]) -> list[Axis]:
    """Longest stretches of neighbouring cells with the same words and values in one direction."""
    pieces: list[tuple[int, int]] = []
    start, direction = 0, 0.0
    for at in range(1, len(parsed) + 1):
        before, here = parsed[at - 1], parsed[at] if at < len(parsed) else None
        joined = before is not None and here is not None and before[0] == here[0]
        step = here[1] - before[1] if joined and here is not None and before is not None else 0.0
        if step and step * direction >= 0:
            direction = step
            continue
        end = at
        if step and at - start < MIN_AXIS and abs(direction) > abs(step):
            # The turning point begins the axis; a number before it only happens to be on its other side.
            end = at - 1
        if before is not None and end > start:
            pieces.append((start, end))
        start, direction = end, step if end < at else 0.0
    runs = [_axis(start, stop, parsed) for start, stop in pieces]
    return _joined(runs, parsed)


def _axis(start: int, stop: int, parsed: Sequence[Parsed]) -> Axis:
    cells = [one for one in parsed[start:stop] if one is not None]
    return Axis(start, stop, np.array([value for _, value in cells]), cells[0][0])


def _joined(runs: list[Axis], parsed: Sequence[Parsed]) -> list[Axis]:
    """Neighbouring runs where a second detector takes over made one."""
    joined: list[Axis] = []
    overlaps = 0
    for run in runs:
        last = joined[-1] if joined else None
        if last is not None and overlaps < _MAX_OVERLAPS and _overlap(last, run):
            joined[-1] = _axis(last.start, run.stop, parsed)
            overlaps += 1
        else:
            joined.append(run)
            overlaps = 0
    return joined


def _overlap(first: Axis, second: Axis) -> bool:
    if first.stop != second.start or first.words != second.words:
        return False
    if min(first.values.size, second.values.size) < MIN_AXIS:
        return False
    steps, after = np.diff(first.values), np.diff(second.values)
    if np.sign(steps[-1]) != np.sign(after[0]):
        return False
    extent = abs(float(second.values[-1] - first.values[0]))
    back = abs(float(second.values[0] - first.values[-1]))
    usual = float(np.median(np.abs(np.concatenate((steps, after)))))
    beside = max(abs(float(steps[-1])), abs(float(after[0])))
    return back <= _MAX_OVERLAP_SHARE * extent and beside <= USUAL_STEPS * usual


def _is_axis(run: Axis) -> bool:
    values = run.values
    if float(values.min()) < 0:
        return False
    counts = values[0] in (0.0, 1.0) and bool(np.all(np.diff(values) == 1.0))
    # Micrometres need their unit; other axes reach far.
    return not counts and (float(np.ptp(values)) >= MIN_AXIS or run.words.unit in ("um", "µm", "μm"))


def _restarts(run: Axis, main: Axis) -> bool:
    """Whether a run is a block of its own: it has other words, or is the same axis again."""
    if run.words != main.words:
        return True
    usual = float(np.median(np.abs(np.diff(main.values))))
    same_start = abs(float(run.values[0] - main.values[0])) <= 2 * usual
    return same_start and run.values.size == main.values.size


def _trim(run: Axis, cells: Sequence[str]) -> tuple[Axis, tuple[str, ...]]:
    """Take numbers off the ends that are too far away to belong to the axis."""
    steps = np.abs(np.diff(run.values))
    usual = float(np.median(steps))
    far = np.flatnonzero(steps > _FAR_STEPS * usual)
    first = int(max((at + 1 for at in far if at < _FEW), default=0))
    last = int(min((at + 1 for at in far if at >= steps.size - _FEW), default=run.values.size))
    if last - first < MIN_AXIS or (first == 0 and last == run.values.size):
        return run, ()
    out = (*cells[run.start : run.start + first], *cells[run.start + last : run.stop])
    return Axis(run.start + first, run.start + last, run.values[first:last], run.words), tuple(out)


def _is_tall(heading: Heading, lines: Sequence[str]) -> bool:
    """Whether the first column is the axis and the heading only numbers the samples."""
    if heading.axis.start == 0:
        return False
    corner = axis_kind(heading.cells[0]) if heading.cells[0] else None
    if heading.cells[0] and corner in (None, "pixel"):
        return False
    firsts = []
    for line in lines[heading.at + 1 : heading.at + 1 + _SAMPLE_ROWS]:
        if not line.strip():
            continue
        value = number(row_cells(line, heading.separator)[0])
        if value is None or not np.isfinite(value):
            return False
        firsts.append(value)
    if len(firsts) < _TALL_ROWS:
        return False
    steps = np.diff(firsts)
    one_way = bool((steps > 0).all() or (steps < 0).all())
    counts = firsts[0] in (0.0, 1.0) and bool(np.all(steps == 1.0))
    if not one_way or counts:
        return False
    return corner is not None or float(np.ptp(firsts)) >= _SPECTRAL_EXTENT


def _is_row(heading: Heading, lines: Sequence[str]) -> bool:
    """Whether the line is a row of a table that began above it, its values in order by chance."""
    above = next((line for line in reversed(lines[: heading.at]) if line.strip()), "")
    cells = row_cells(above, heading.separator)[heading.axis.start : heading.axis.stop]
    filled = [cell for cell in cells if cell]
    if 2 * len(filled) < heading.axis.stop - heading.axis.start:
        return False
    values = [number(cell) for cell in filled]
    counts = None not in values and bool(np.all(np.diff(np.array(values, dtype=np.float64)) == 1.0))
    return not counts


def is_word(cell: str) -> bool:
    """Whether a cell holds a word in place of a number, as ``saturated``; a number torn in two is none."""
    return cell.lower() not in MISSING and not any(char.isdigit() for char in cell)
