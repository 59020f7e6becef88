"""Savitzky-Golay smoothing and derivatives."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows


def smooth(
    axis: FloatArray, intensity: FloatArray, *, window: int = 9, poly_order: int = 2
) -> tuple[FloatArray, FloatArray]:
    """Smooth by a polynomial fitted in a sliding window (Savitzky and Golay 1964, 10.1021/ac60214a047).

    At both ends, where the window would stick out, the polynomial of the outermost full window
    is read off, as scipy's ``mode="interp"`` does.

    Parameters
    ----------
    axis : array, shape (m,)
        Evenly spaced; an uneven axis is treated as even.
    intensity : array, shape (..., m)
        One or many spectra.
    window : int
        Odd, points.
    poly_order : int
        Degree of the polynomial, below ``window``.

    Returns
    -------
    axis : array, shape (m,)
        As given.
    intensity : array, shape (..., m)

    Raises
    ------
    PipelineError
        An even window, one longer than the spectrum, or a degree that does not fit.
    """
    axis, intensity = as_rows(axis, intensity)
    return axis.copy(), savgol(intensity, window, poly_order=poly_order)


def derivative(
    axis: FloatArray, intensity: FloatArray, *, window: int = 9, poly_order: int = 2, order: int = 1
) -> tuple[FloatArray, FloatArray]:
    """Savitzky-Golay derivative with respect to the axis.

    Parameters
    ----------
    axis : array, shape (m,)
        Evenly spaced; an uneven axis is treated as even with its mean distance.
    intensity : array, shape (..., m)
        One or many spectra.
    window : int
        Odd, points.
    poly_order : int
        Degree of the polynomial, at least ``order`` and below ``window``.
    order : int
        1 for the first derivative.

    Returns
    -------
    axis : array, shape (m,)
        As given.
    intensity : array, shape (..., m)
        In intensity per axis unit to the power ``order``.

    Raises
    ------
    PipelineError
        An even window, one longer than the spectrum, or orders that do not fit.
    """
    axis, intensity = as_rows(axis, intensity)
    distance = float(axis[-1] - axis[0]) / max(axis.size - 1, 1)
    return axis.copy(), savgol(intensity, window, poly_order=poly_order, order=order) / distance**order


def savgol(intensity: FloatArray, window: int, *, poly_order: int, order: int = 0) -> FloatArray:
    """Savitzky-Golay filter per point (distance 1), polynomial ends.

    Parameters
    ----------
    intensity : array, shape (..., m)
        One or many spectra.
    window : int
        Odd, at most m.
    poly_order, order : int
        Degree of the polynomial, and of the derivative.

    Returns
    -------
    array, shape (..., m)

    Raises
    ------
    PipelineError
        When the numbers do not fit each other or the spectrum.
    """
    n_points = intensity.shape[-1]
    if window % 2 == 0 or not 1 <= window <= n_points:
        raise PipelineError(f"window {window}: expected an odd number from 1 to the {n_points} points")
    if not 0 <= order <= poly_order < window:
        raise PipelineError(
            f"derivative {order}, poly_order {poly_order}, window {window}: "
            "expected derivative <= poly_order < window"
        )
    half = window // 2
    filters = _filters(window, poly_order, order)
    # The level is taken out first, so that a constant stays exactly constant.
    level = intensity[..., :1]
    centred = intensity - level
    result = np.empty_like(centred)
    result[..., half : n_points - half] = sliding_window_view(centred, window, axis=-1) @ filters[half]
    result[..., :half] = centred[..., :window] @ filters[:half].T
    result[..., n_points - half :] = centred[..., n_points - window :] @ filters[half + 1 :].T
    return result + level if order == 0 else result


@lru_cache(maxsize=32)
def _filters(window: int, poly_order: int, order: int) -> FloatArray:
    """Row i gives the fitted value or derivative at point i of the window."""
    offset = np.arange(window, dtype=np.float64) - window // 2
    half = max(window // 2, 1)
    powers = (offset / half)[:, None] ** np.arange(poly_order + 1)
    to_coefficients = np.linalg.pinv(powers)
    derived = np.zeros_like(powers)
    for degree in range(order, poly_order + 1):
        factor = float(np.prod(np.arange(degree - order + 1, degree + 1)))
        derived[:, degree] = factor * (offset / half) ** (degree - order)
    filters: FloatArray = derived @ to_coefficients / float(half) ** order
    filters.flags.writeable = False
    return filters
