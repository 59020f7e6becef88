"""Steps that change the heights only: SNV, normalisation, clipping, square root."""

from typing import Literal

import numpy as np

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows, flat_rows


def snv(axis: FloatArray, intensity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Bring each spectrum to mean 0 and standard deviation 1: the standard normal variate.

    After Barnes et al. (1989, 10.1366/0003702894202201), with n - 1 in the denominator as there.

    Parameters
    ----------
    axis : array, shape (m,)
        Not used, returned as given.
    intensity : array, shape (..., m)
        One or many spectra.

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
        Without unit; all 0 for a row that is constant up to rounding.
    """
    axis, intensity = as_rows(axis, intensity)
    flat = flat_rows(intensity) | (intensity.shape[-1] < 2)
    unit = intensity / _nonzero(np.abs(intensity).max(axis=-1, keepdims=True))
    centred = unit - unit.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(np.sum(centred**2, axis=-1, keepdims=True) / max(intensity.shape[-1] - 1, 1))
    return axis.copy(), np.where(flat, 0.0, centred / _nonzero(deviation))


def normalize(
    axis: FloatArray, intensity: FloatArray, *, method: Literal["max", "area", "l2"] = "max"
) -> tuple[FloatArray, FloatArray]:
    """Divide each spectrum by one number: its highest value, its area or its length.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending.
    intensity : array, shape (..., m)
        One or many spectra.
    method : str
        ``max``: largest absolute value; ``area``: trapezoidal area under the absolute values,
        in the unit of ``axis``; ``l2``: root of the sum of squares.

    Returns
    -------
    axis : array, shape (m,)
        As given.
    intensity : array, shape (..., m)
        All 0 for a row that is constant up to rounding: a level alone says nothing.

    Raises
    ------
    PipelineError
        An unknown method.
    """
    axis, intensity = as_rows(axis, intensity)
    unit = intensity / _nonzero(np.abs(intensity).max(axis=-1, keepdims=True))
    match method:
        case "max":
            size = np.ones((*unit.shape[:-1], 1))
        case "area":
            above = np.abs(unit)
            pieces = (above[..., 1:] + above[..., :-1]) * (np.diff(axis) / 2)
            size = pieces.sum(axis=-1, keepdims=True)
        case "l2":
            size = np.sqrt(np.sum(unit**2, axis=-1, keepdims=True))
        case _:
            raise PipelineError(f"normalize by {method!r}: expected max, area or l2")
    return axis.copy(), np.where(flat_rows(intensity), 0.0, unit / _nonzero(size))


def clip(axis: FloatArray, intensity: FloatArray, *, minimum: float = 0.0) -> tuple[FloatArray, FloatArray]:
    """Raise values below ``minimum`` to it.

    Parameters
    ----------
    axis : array, shape (m,)
        Not used, returned as given.
    intensity : array, shape (..., m)
        One or many spectra.
    minimum : float
        In the unit of ``intensity``.

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
    """
    axis, intensity = as_rows(axis, intensity)
    return axis.copy(), np.maximum(intensity, minimum)


def square_root(axis: FloatArray, intensity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Square root of the heights, negative values taken as 0.

    It evens out shot noise (Anscombe 1948, 10.1093/biomet/35.3-4.246) and keeps a few strong
    bands from deciding a comparison alone.

    Parameters
    ----------
    axis : array, shape (m,)
        Not used, returned as given.
    intensity : array, shape (..., m)
        One or many spectra, above their baseline.

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
        In root of the unit given.
    """
    axis, intensity = as_rows(axis, intensity)
    return axis.copy(), np.sqrt(np.maximum(intensity, 0.0))


def _nonzero(size: FloatArray) -> FloatArray:
    return np.where(size > 0, size, 1.0)
