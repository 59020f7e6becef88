"""Baselines: the banded Whittaker family, and the door to pybaselines' other algorithms."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows, flat_rows
from .whittaker import Settings, WhittakerMethod, fit_row
from .whittaker_batch import fit_rows, suits

BATCH_FROM: Final = 1024
"""Rows from which on compiled loops earn back what loading numba costs: half a second."""


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


def baseline_of_many(
    axis: FloatArray, intensity: FloatArray, parameters: Mapping[str, Any]
) -> tuple[FloatArray, FloatArray]:
    """``baseline`` by compiled loops, however few the rows: for parts of a job that is large as a whole.

    Errors are those of ``fit_baseline``, and so is the result, to rounding. The weights jump
    where a residual changes its sign, so that once in many thousand rows rounding can show: of 25,000
    synthetic rows with arPLS five differed by more than 10⁻⁶ of their height, the worst by 1.3·10⁻⁴.

    Parameters
    ----------
    axis : array, shape (m,)
        Returned as given.
    intensity : array, shape (..., m)
        One or many spectra.
    parameters : mapping
        Those of ``fit_baseline``, by their names.

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
        Height above the baseline; 0 for a row that is constant up to rounding.
    """
    axis, intensity = as_rows(axis, intensity)
    rows = intensity.reshape(-1, axis.size)
    fitted, _ = fit_rows(rows, Settings(**parameters))
    return axis.copy(), intensity - fitted.reshape(intensity.shape)


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
        10.1039/c4an01061b), ``airpls`` (Zhang et al. 2010, 10.1039/b922045c), ``drpls`` (Xu et al.
        2019, Applied Optics 58, 3913, with eta 0.5).
    lam : float
        Smoothness, positive.
    p : float
        Weight of points above the baseline, between 0 and 1; used by ``asls`` only.
    diff_order : int
        Order of the difference that is penalised, 1 to 3; drPLS penalises the first besides, and
        takes 2 or 3.
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
    rows = intensity.reshape(-1, axis.size)
    if len(rows) >= BATCH_FROM and suits(settings):
        return fit_rows(rows, settings)[0].reshape(intensity.shape)
    fitted = rows.copy()
    for row in np.flatnonzero(~flat_rows(rows)):
        fitted[row] = fit_row(rows[row], settings)[0]
    return fitted.reshape(intensity.shape)


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
