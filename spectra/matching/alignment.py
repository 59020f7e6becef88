"""Bounded, penalised correction of a query's axis before it is compared.

Handheld axes are off by up to 8 cm⁻¹, which alone takes a derivative correlation from 0.97 to
0.06. Alignment inflates false matches unless it is paid for, so every shift costs
``weight · (shift / deviation)²`` of the correlation it gains (alignment before scoring:
10.3389/fchem.2018.00515).
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .index import Query, broaden_stretch

MAX_SHIFT_CM1: Final = 8.0
SHIFT_STEP_CM1: Final = 1.0
SHIFT_DEVIATION_CM1: Final = 4.0
"""Spread of axis offsets where nothing is known of the instrument."""
SHIFT_WEIGHT: Final = 0.005

FINE_SHIFTS_CM1: Final = (0.0, -0.5, 0.5, -1.0, 1.0)
"""Offsets from the scan's best shift that are tried for a candidate, the smallest first."""
FINE_WEIGHT: Final = 0.001

_ON_GRID: Final = 1e-9
"""Distance to a whole step, in steps, below which rounding must not decide."""

_LEVEL: Final = 1e-12
"""Share of its squares below which the spread of a derivative is rounding."""


@dataclass(frozen=True, eq=False)
class AlignedQuery:
    """A query at every shift of its axis.

    Attributes
    ----------
    shifts_cm1 : array, shape (s,)
        What is added to the axis.
    root : array, shape (s, m), float64
        Square root of the broadened, shifted intensity; 0 where nothing was measured.
    stretches : array, shape (s, 2), int64
        First measured column and the one after the last, at each shift.
    penalty : array, shape (s,)
        What each shift costs.
    """

    shifts_cm1: NDArray[np.float64]
    root: NDArray[np.float64]
    stretches: NDArray[np.int64]
    penalty: NDArray[np.float64]


@lru_cache(maxsize=8)
def _shift_grid(max_shift_cm1: float) -> NDArray[np.float64]:
    steps = int(np.floor(max_shift_cm1 / SHIFT_STEP_CM1 + 1e-9))
    return np.arange(-steps, steps + 1, dtype=np.float64) * np.float64(SHIFT_STEP_CM1)


def align(query: Query, *, max_shift_cm1: float = MAX_SHIFT_CM1) -> AlignedQuery:
    """Lay the query out at every shift within the bound.

    Shifts that differ by whole grid steps move the same values to other columns, so the query is
    interpolated and broadened only once for each fraction of a step.

    Parameters
    ----------
    query : Query
        On the library's grid.
    max_shift_cm1 : float
        Bound of the correction on either side.
    """
    shifts = _shift_grid(max_shift_cm1)
    step, m = query.grid.step, query.grid.n_points
    root = np.zeros((shifts.size, m))
    stretches = np.empty((shifts.size, 2), dtype=np.int64)
    laid_out: dict[float, _Layout] = {}
    for row, moved in enumerate((shifts / step).tolist()):
        whole = math.floor(moved + _ON_GRID)
        fraction = round(moved - whole, 9)
        if fraction not in laid_out:
            laid_out[fraction] = _lay_out(query, fraction)
        layout = laid_out[fraction]
        start, stop = layout.start + whole, layout.start + whole + layout.intensity.size
        first, last = min(max(start, 0), m), max(min(stop, m), 0)
        if (first, last) == (start, stop):
            root[row, first:last] = layout.root
        elif first < last:  # cut by the grid's end, which the broadening must not look beyond
            cut = layout.intensity[first - start : last - start]
            root[row, first:last] = np.sqrt(broaden_stretch(cut, step))
        stretches[row] = first, max(first, last)
    penalty = SHIFT_WEIGHT * (shifts / SHIFT_DEVIATION_CM1) ** 2
    return AlignedQuery(shifts, root, stretches, penalty)


class _Layout(NamedTuple):
    """A query moved by a fraction of a step: its first column, its values, their broadened root."""

    start: int
    intensity: NDArray[np.float64]
    root: NDArray[np.float64]


def _lay_out(query: Query, fraction: float) -> _Layout:
    """Move a query up by a fraction of a step, 0 to 1: onto the columns between its end points."""
    values = query.intensity[query.first : query.last]
    start = query.first
    if fraction > 0:
        start, values = start + 1, fraction * values[:-1] + (1.0 - fraction) * values[1:]
    return _Layout(start, values, np.sqrt(broaden_stretch(values, query.grid.step)))


def refine(
    root: NDArray[np.float64], reference: NDArray[np.float64], step: float
) -> tuple[NDArray[np.float64], float]:
    """Shift a query by the fraction of a step that fits one reference best.

    The scan's steps are half a grid point wide; a sharp band is compared wrongly by as much.

    Parameters
    ----------
    root : array, shape (m,)
        The query at the scan's best shift, on the common range.
    reference : array, shape (m,)
        The reference there.
    step : float
        Grid step, cm⁻¹.

    Returns
    -------
    root : array, shape (m,)
        The query, shifted.
    shift_cm1 : float
        What was added, one of ``FINE_SHIFTS_CM1``: where the derivatives correlate best, less a
        penalty that grows with its square.
    """
    if root.size < 2:
        return root, 0.0
    mixing, lags = _mixing(step)
    ours, theirs = root[1:] - root[:-1], reference[1:] - reference[:-1]
    steep = float(theirs @ theirs)
    theirs -= theirs.sum() / theirs.size
    rough = float(theirs @ theirs)
    reach = int(np.abs(lags).max())
    padded = np.zeros(ours.size + 2 * reach)  # beyond its ends the query is level
    padded[reach : reach + ours.size] = ours
    lagged = np.array([padded[reach - lag : reach - lag + ours.size] for lag in lags.tolist()])
    sums = mixing @ lagged.sum(axis=1)
    squares = ((mixing @ (lagged @ lagged.T)) * mixing).sum(axis=1)
    spread = (squares - sums * sums / ours.size) * rough
    known = (spread > _LEVEL * squares * rough) & (rough > _LEVEL * steep)
    correlation = np.where(known, mixing @ (lagged @ theirs) / np.sqrt(np.where(known, spread, 1.0)), 0.0)
    shift = FINE_SHIFTS_CM1[int((correlation - FINE_WEIGHT * np.square(FINE_SHIFTS_CM1)).argmax())]
    points = np.arange(root.size)
    return (np.interp(points - shift / step, points, root) if shift else root), shift


@lru_cache(maxsize=8)
def _mixing(step: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How the derivative at each fine shift is mixed from those at whole steps, shape (s, l), and these lags.

    Linear interpolation is linear in the values too: the correlations at all shifts follow from
    the products of a few lagged derivatives.
    """
    offsets = np.array(FINE_SHIFTS_CM1) / step
    whole = np.floor(offsets + _ON_GRID).astype(np.int64)
    fraction = np.clip(offsets - whole, 0.0, 1.0)
    lags = np.arange(whole.min(), whole.max() + 2)
    mixing = np.zeros((offsets.size, lags.size))
    rows = np.arange(offsets.size)
    mixing[rows, whole - lags[0]] = 1.0 - fraction
    mixing[rows, whole + 1 - lags[0]] = fraction
    return mixing, lags
