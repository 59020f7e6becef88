"""Baselines: the banded Whittaker family, and the door to pybaselines' other algorithms.

A Whittaker baseline z minimises Σ w (y - z)² + lam Σ (Δᵈ z)². The three methods differ in how
they set the weights w from the residual: points above the baseline lose theirs. Results and
iteration counts equal those of pybaselines 1.2 (to about 1e-9 of the range), at a tenth of its
import time.

scipy's LAPACK is imported when the first baseline is fitted: a command that fits none must not
pay for it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows, flat_rows
from ._lapack import banded_solver

WhittakerMethod = Literal["asls", "arpls", "airpls"]

_TINY: Final = float(np.finfo(np.float64).tiny)
_MAX_EXPONENT: Final = 700.0
_AIRPLS_MAX_ITERATION: Final = 50
"""airPLS sharpens its weights with each iteration; from here on no more, as in pybaselines."""


def baseline(
    axis: FloatArray,
    intensity: FloatArray,
    *,
    method: WhittakerMethod = "arpls",
    lam: float = 1e5,
    p: float = 0.01,
    diff_order: int = 2,
    max_iter: int = 50,
    tol: float = 1e-3,
) -> tuple[FloatArray, FloatArray]:
    """Subtract the baseline that ``fit_baseline`` finds; parameters and errors are described there.

    Parameters
    ----------
    axis : array, shape (m,)
        Evenly spaced for ``lam`` to mean the same everywhere; returned as given.
    intensity : array, shape (..., m)
        One or many spectra.
    method, lam, p, diff_order, max_iter, tol
        See ``fit_baseline``.

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
        Height above the baseline; 0 for a row that is constant up to rounding.
    """
    axis, intensity = as_rows(axis, intensity)
    fitted = fit_baseline(
        axis, intensity, method=method, lam=lam, p=p, diff_order=diff_order, max_iter=max_iter, tol=tol
    )
    return axis.copy(), intensity - fitted


def fit_baseline(
    axis: FloatArray,
    intensity: FloatArray,
    *,
    method: WhittakerMethod = "arpls",
    lam: float = 1e5,
    p: float = 0.01,
    diff_order: int = 2,
    max_iter: int = 50,
    tol: float = 1e-3,
) -> FloatArray:
    """Baseline under the bands of each spectrum.

    Parameters
    ----------
    axis : array, shape (m,)
        Only its length counts: the penalty is per point, so ``lam`` belongs to a point distance
        (twice the points per cm⁻¹ want 2^(2·diff_order) times the ``lam``).
    intensity : array, shape (..., m)
        One or many spectra. The result follows a factor, and for ``asls`` and ``arpls`` an
        offset too; airPLS measures its convergence on the offset as well.
    method : str
        ``asls`` (Eilers and Boelens 2005, asymmetric least squares), ``arpls`` (Baek et al. 2015,
        10.1039/c4an01061b), ``airpls`` (Zhang et al. 2010, 10.1039/b922045c).
    lam : float
        Smoothness, positive.
    p : float
        Weight of points above the baseline, between 0 and 1; used by ``asls`` only.
    diff_order : int
        Order of the difference that is penalised, 1 to 3.
    max_iter : int
        At most ``max_iter + 1`` solutions are computed.
    tol : float
        Stop when the weights change by less than this share (airPLS: when what lies below the
        baseline is less than this share of the whole).

    Returns
    -------
    array, shape (..., m)
        Equal to the input for a row that is constant up to rounding.

    Raises
    ------
    PipelineError
        A parameter out of its range, fewer points than ``diff_order`` + 2, or a ``lam`` so large
        that the system cannot be solved in double precision.
    """
    axis, intensity = as_rows(axis, intensity)
    settings = Settings(method, lam, p, diff_order, max_iter, tol)
    if axis.size < diff_order + 2:
        raise PipelineError(f"baseline over {axis.size} points: expected at least {diff_order + 2}")
    fitted = intensity.copy()
    flat = flat_rows(intensity).reshape(-1)
    rows = fitted.reshape(-1, axis.size)
    for row in np.flatnonzero(~flat):
        rows[row] = fit_row(rows[row], settings)[0]
    return rows.reshape(intensity.shape)


@dataclass(frozen=True)
class Settings:
    """What ``fit_baseline`` takes, checked once."""

    method: WhittakerMethod = "arpls"
    lam: float = 1e5
    p: float = 0.01
    diff_order: int = 2
    max_iter: int = 50
    tol: float = 1e-3

    def __post_init__(self) -> None:
        if self.method not in _REWEIGHT:
            raise PipelineError(f"baseline method {self.method!r}: expected {', '.join(_REWEIGHT)}")
        if not (self.lam > 0 and self.tol > 0 and 0 < self.p < 1):
            raise PipelineError(f"lam {self.lam}, tol {self.tol}, p {self.p}: expected > 0, and p below 1")
        if not (1 <= self.diff_order <= 3 and self.max_iter >= 0):
            raise PipelineError(
                f"diff_order {self.diff_order}, max_iter {self.max_iter}: expected 1 to 3, and at least 0"
            )


def fit_row(intensity: FloatArray, settings: Settings) -> tuple[FloatArray, int]:
    """Baseline of one spectrum that is not constant, and the number of iterations.

    The row is brought to the range 0 to 1 first, so that tiny and huge units behave alike.
    """
    low = float(intensity.min())
    height = float(intensity.max()) - low
    y = (intensity - low) / height
    total = float(np.sum(np.abs(intensity / height)))
    reweight = _REWEIGHT[settings.method]
    weights = np.ones_like(y)
    fitted = y
    n_done = 0
    for iteration in range(1, settings.max_iter + 2):
        solution = _solve(weights, y, settings)
        if solution is None:
            if iteration == 1:
                raise PipelineError(f"lam {settings.lam:g} is too large for double precision: lower it")
            break
        fitted = solution
        new, change = reweight(y - fitted, weights, _Round(iteration, settings.p, total))
        if new is None:
            break
        n_done = iteration
        if change < settings.tol:
            break
        weights = new
    return low + height * fitted, n_done


@dataclass(frozen=True)
class _Round:
    """What a reweighting may need beside the residual."""

    iteration: int
    p: float
    total: float


_Reweighted = tuple[FloatArray | None, float]


def _asls(residual: FloatArray, weights: FloatArray, now: _Round) -> _Reweighted:
    new = np.where(residual > 0, now.p, 1 - now.p)
    return new, _relative_change(weights, new)


def _arpls(residual: FloatArray, weights: FloatArray, now: _Round) -> _Reweighted:
    below = np.compress(residual < 0, residual)
    if below.size < 2:
        return None, 0.0
    mean = float(below.sum()) / below.size
    below -= mean
    deviation = math.sqrt(float(below @ below) / (below.size - 1)) or _TINY
    new = residual - (2 * deviation - mean)  # from here on in place: fifty rounds of small arrays
    new *= 2 / deviation
    np.minimum(new, _MAX_EXPONENT, out=new)
    np.exp(new, out=new)
    new += 1.0
    np.divide(1.0, new, out=new)
    return new, _relative_change(weights, new)


def _airpls(residual: FloatArray, weights: FloatArray, now: _Round) -> _Reweighted:
    below = residual < 0
    if np.count_nonzero(below) < 2:
        return None, 0.0
    depth = float(-residual[below].sum())
    new = np.zeros_like(residual)
    sharpness = min(now.iteration, _AIRPLS_MAX_ITERATION) / depth
    new[below] = np.exp(np.minimum(sharpness * -residual[below], _MAX_EXPONENT))
    return new, depth / now.total


_REWEIGHT: Final[dict[str, Callable[[FloatArray, FloatArray, _Round], _Reweighted]]] = {
    "asls": _asls,
    "arpls": _arpls,
    "airpls": _airpls,
}


def _relative_change(old: FloatArray, new: FloatArray) -> float:
    difference = new - old
    return math.sqrt(float(difference @ difference)) / max(math.sqrt(float(old @ old)), _TINY)


def _solve(weights: FloatArray, y: FloatArray, settings: Settings) -> FloatArray | None:
    """Whittaker smoother for the given weights, None where the system is singular.

    LAPACK's dpbsv: Cholesky of the band, lower form, m · (diff_order + 1)² operations.
    """
    band = _weighted_penalty(y.size, settings.diff_order, settings.lam).copy()
    band[:, 0] += weights
    _, solution, info = banded_solver()(band.T, weights * y, lower=1, overwrite_ab=1, overwrite_b=1)
    if info != 0 or not math.isfinite(float(solution.sum())):
        return None
    return np.asarray(solution, dtype=np.float64)


@lru_cache(maxsize=16)
def _weighted_penalty(n_points: int, diff_order: int, lam: float) -> FloatArray:
    band = _penalty(n_points, diff_order) * lam
    band.flags.writeable = False
    return band


@lru_cache(maxsize=16)
def _penalty(n_points: int, diff_order: int) -> FloatArray:
    """DᵀD of the difference matrix, shape (n_points, diff_order + 1): column s is the s-th subdiagonal."""
    stencil = np.array([1.0])
    for _ in range(diff_order):
        stencil = np.convolve(stencil, [-1.0, 1.0])
    n_rows = n_points - diff_order
    band = np.zeros((n_points, diff_order + 1))
    for shift in range(diff_order + 1):
        for first in range(diff_order + 1 - shift):
            band[first : first + n_rows, shift] += stencil[first] * stencil[first + shift]
    band.flags.writeable = False
    return band


def pybaselines_baseline(
    axis: FloatArray, intensity: FloatArray, *, method: str, parameters: Mapping[str, float] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Subtract a baseline fitted by any one-dimensional algorithm of pybaselines.

    Parameters
    ----------
    axis : array, shape (m,)
        Handed to pybaselines as ``x_data``; returned as given.
    intensity : array, shape (..., m)
        One or many spectra.
    method : str
        Name of a method of ``pybaselines.Baseline``, such as ``modpoly`` or ``snip``.
    parameters : mapping, optional
        Its keyword arguments.

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
        Height above the baseline; 0 for a row that is constant up to rounding.

    Raises
    ------
    PipelineError
        A method that pybaselines does not have, or parameters that it refuses.
    """
    import warnings

    from pybaselines import Baseline
    from pybaselines.utils import ParameterWarning

    axis, intensity = as_rows(axis, intensity)
    fitter = Baseline(x_data=axis)
    algorithm = getattr(fitter, method, None)
    if method.startswith("_") or not callable(algorithm):
        raise PipelineError(f"pybaselines has no method {method!r}: see its list of algorithms")
    corrected = np.zeros_like(intensity)
    rows, results = intensity.reshape(-1, axis.size), corrected.reshape(-1, axis.size)
    for row in np.flatnonzero(~flat_rows(intensity)):
        height = float(np.abs(rows[row]).max())
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ParameterWarning)
                fitted = algorithm(rows[row] / height, **dict(parameters or {}))[0]
        except (TypeError, ValueError, KeyError) as error:
            raise PipelineError(f"pybaselines {method} with {dict(parameters or {})}: {error}") from error
        results[row] = rows[row] - height * np.asarray(fitted, dtype=np.float64)
    return axis.copy(), results.reshape(intensity.shape)
