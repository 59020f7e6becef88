"""Bounded, penalised correction of a query's axis before it is compared.

Handheld axes are off by up to 8 cm⁻¹, which alone takes a derivative correlation from 0.97 to
0.06. Alignment inflates false matches unless it is paid for, so every shift costs
``weight · (shift / deviation)²`` of the correlation it gains (alignment before scoring:
10.3389/fchem.2018.00515).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .index import Query, broaden
from .metrics import pearson

MAX_SHIFT_CM1: Final = 8.0
SHIFT_STEP_CM1: Final = 1.0
SHIFT_DEVIATION_CM1: Final = 4.0
"""Spread of axis offsets where nothing is known of the instrument."""
SHIFT_WEIGHT: Final = 0.005

FINE_SHIFTS_CM1: Final = (0.0, -0.5, 0.5, -1.0, 1.0)
"""Offsets from the scan's best shift that are tried for a candidate, the smallest first."""
FINE_WEIGHT: Final = 0.001


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

    Parameters
    ----------
    query : Query
        On the library's grid.
    max_shift_cm1 : float
        Bound of the correction on either side.
    """
    shifts = _shift_grid(max_shift_cm1)
    axis, m = query.grid.axis, query.grid.n_points
    measured = axis[query.first : query.last]
    values = query.intensity[query.first : query.last]
    rows = np.zeros((shifts.size, m))
    stretches = np.empty((shifts.size, 2), dtype=np.int64)
    columns = np.arange(m)
    for row, shift in enumerate(shifts.tolist()):
        # rounding must not decide whether the end point of an unshifted axis belongs
        first = int(np.searchsorted(axis, measured[0] + shift - 1e-9))
        last = int(np.searchsorted(axis, measured[-1] + shift + 1e-9, side="right"))
        rows[row, first:last] = np.interp(axis[first:last], measured + shift, values)
        stretches[row] = first, last
    mask = (columns >= stretches[:, :1]) & (columns < stretches[:, 1:])
    penalty = SHIFT_WEIGHT * (shifts / SHIFT_DEVIATION_CM1) ** 2
    return AlignedQuery(shifts, np.sqrt(broaden(rows, mask, query.grid.step)), stretches, penalty)


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
    points, slopes = np.arange(root.size), np.diff(reference)
    best, best_shift, best_score = root, 0.0, -np.inf
    for shift in FINE_SHIFTS_CM1:
        moved = np.interp(points - shift / step, points, root) if shift else root
        score = pearson(np.diff(moved), slopes) - FINE_WEIGHT * shift**2
        if score > best_score:
            best, best_shift, best_score = moved, shift, score
    return best, best_shift
