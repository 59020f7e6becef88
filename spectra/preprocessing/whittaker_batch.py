"""Whittaker baselines of many spectra at once, by compiled loops.

The results are those of ``whittaker.fit_row`` to rounding, with the same numbers of iterations, at a
twentieth of its time. What the loops are not made for is handed to it row by row: other difference
orders than 2, extreme ``lam``, systems at the edge of singularity.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._parallel import default_threads, run_parts, spans
from ..errors import PipelineError
from ._arrays import FloatArray, flat_between
from .whittaker import Settings, fit_row, penalty_bands

MIN_POINTS: Final = 4
LAM_RANGE: Final = (1e-6, 1e12)
"""Outside, weights divided by lam would drown, or drown the penalty, before LAPACK's solver notices."""
ROWS_A_THREAD: Final = 128


def fit_rows(
    rows: FloatArray, settings: Settings, *, n_threads: int | None = None
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Baselines of many spectra, and their numbers of iterations.

    Loads numba: for a handful of spectra ``fit_row`` is done sooner.

    Parameters
    ----------
    rows : array, shape (n, m)
        Spectra.
    settings : Settings
        See ``fit_baseline``.
    n_threads : int, optional
        The results do not depend on it. By default one for fewer than 256 rows, then as many as
        there are processors.

    Returns
    -------
    fitted : array, shape (n, m)
        Equal to the input for a row that is constant up to rounding.
    iterations : array, shape (n,)
        0 for a row that is constant up to rounding.

    Raises
    ------
    PipelineError
        Fewer points than ``diff_order`` + 2, a row that is not finite, or a ``lam`` so large that the
        system cannot be solved in double precision.
    """
    rows = np.ascontiguousarray(rows, dtype=np.float64)
    n_rows, n_points = rows.shape
    if n_points < settings.diff_order + 2:
        raise PipelineError(f"baseline over {n_points} points: expected at least {settings.diff_order + 2}")
    fitted, iterations = np.empty_like(rows), np.zeros(n_rows, dtype=np.int64)
    if n_rows == 0:
        return fitted, iterations
    low, high = rows.min(axis=1), rows.max(axis=1)
    flat = flat_between(low, high)
    fitted[flat] = rows[flat]
    todo = np.flatnonzero(~flat)
    if suits(settings):
        threads = n_threads or default_threads(n_rows, from_jobs=ROWS_A_THREAD)
        scales = np.stack([low, high - low, _totals(rows, low, settings)], axis=1)
        todo = _fit_fast((rows, scales), todo, settings, (fitted, iterations), n_threads=threads)
    for row in todo:
        fitted[row], iterations[row] = fit_row(rows[row], settings)
    return fitted, iterations


def suits(settings: Settings) -> bool:
    """Whether the compiled loops are made for these settings."""
    return settings.diff_order == 2 and LAM_RANGE[0] <= settings.lam <= LAM_RANGE[1]


def _fit_fast(
    spectra: tuple[FloatArray, FloatArray],
    todo: NDArray[np.intp],
    settings: Settings,
    results: tuple[FloatArray, NDArray[np.int64]],
    *,
    n_threads: int,
) -> NDArray[np.intp]:
    """Fit what the loops can, into ``results``; returns the rows that are left."""
    from . import _kernels

    (rows, scales), (fitted, iterations) = spectra, results
    code = {
        "asls": _kernels.ASLS,
        "arpls": _kernels.ARPLS,
        "airpls": _kernels.AIRPLS,
        "drpls": _kernels.DRPLS,
    }[settings.method]
    shape = settings.eta if code == _kernels.DRPLS else settings.p
    numbers = (code, float(settings.lam), float(shape), int(settings.max_iter), float(settings.tol))
    penalty = _penalty(rows.shape[1], settings)

    def work(span: tuple[int, int]) -> None:
        part = todo[slice(*span)]
        whole = part.size == part[-1] + 1 - part[0]  # nothing is left out: no copies
        chosen = slice(part[0], part[-1] + 1) if whole else part
        own_rows, own_fitted, rounds = rows[chosen], fitted[chosen], iterations[chosen]
        _kernels.fit_lanes(own_rows, scales[chosen], penalty, numbers, own_fitted, rounds)
        if not whole:
            fitted[chosen], iterations[chosen] = own_fitted, rounds

    if todo.size:
        run_parts(work, spans(todo.size, n_threads), n_threads)
    left: NDArray[np.intp] = todo[iterations[todo] == _kernels.REDO]
    return left


def _totals(rows: FloatArray, low: FloatArray, settings: Settings) -> FloatArray:
    """Sum of the magnitudes of each row, which only airPLS asks for; few have negative values."""
    if settings.method != "airpls":
        return np.zeros(len(rows))
    totals: FloatArray = rows.sum(axis=1)
    negative = np.flatnonzero(low < 0)
    totals[negative] = [np.abs(rows[row]).sum() for row in negative]
    return totals


def _penalty(n_points: int, settings: Settings) -> FloatArray:
    """Rows of DᵀD and of the first-order penalty, divided by lam, for the left half and the middle."""
    band, first = penalty_bands(n_points, 2), penalty_bands(n_points, 1)
    n_half = (n_points + 1) // 2
    penalty = np.zeros((n_half, 5))
    penalty[1:, 0] = band[: n_half - 1, 1]
    penalty[:, 1:3] = band[:n_half, :2]
    if settings.method == "drpls":
        penalty[:, 3] = first[:n_half, 0] / settings.lam
        penalty[:, 4] = 1 / settings.lam
    return penalty
