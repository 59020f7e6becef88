"""Savitzky-Golay for any axis: smoothing and derivatives, window in axis units, straight onto a grid."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import PipelineError, SpectrumError
from ..spectrum import MIN_POINTS
from ._arrays import FloatArray, as_rows
from .axis import covered_columns

_ON_EDGE: Final = 1e-6
"""Share of the window by which a point may lie outside and still count: rounding of an axis."""


def derivative_nm(
    axis: FloatArray,
    intensity: FloatArray,
    *,
    start: float,
    step: float,
    n_points: int,
    window_nm: float = 25.0,
    poly_order: int = 2,
    order: int = 2,
) -> tuple[FloatArray, FloatArray]:
    """Smoothed spectrum or derivative on the points of a grid that were measured.

    One window in nm is the same filter on an instrument with points 2 nm apart and on one with points
    10 nm apart, which a window in points is not. See `local_polynomial`.

    Parameters
    ----------
    axis : array, shape (m,)
        Wavelength in nm, ascending, not necessarily even.
    intensity : array, shape (..., m)
        One or many spectra.
    start, step : float
        First point and distance of the grid, nm.
    n_points : int
        Points of the grid.
    window_nm : float
        Full width of the window. Where it holds too few points for the polynomial it is widened.
    poly_order, order : int
        Degree of the polynomial; 0 smooths, 1 and 2 are derivatives.

    Returns
    -------
    axis : array, shape (k,)
        The grid's own points inside the measured range.
    intensity : array, shape (..., k)
        In intensity per nm to the power ``order``.

    Raises
    ------
    PipelineError
        When the grid or the polynomial cannot exist.
    SpectrumError
        When fewer than 20 grid points were measured, or fewer points than the polynomial takes.
    """
    axis, intensity = as_rows(axis, intensity)
    if not (step > 0 and n_points >= 2):
        raise PipelineError(f"grid of step {step}, {n_points} points: expected step > 0, points >= 2")
    columns = covered_columns(axis, start=start, step=step, n_points=n_points)
    if columns.stop - columns.start < MIN_POINTS:
        raise SpectrumError(
            f"{axis[0]:g} to {axis[-1]:g} nm covers {columns.stop - columns.start} points of the grid "
            f"from {start:g} in steps of {step:g}: expected at least {MIN_POINTS}"
        )
    at = start + step * np.arange(columns.start, columns.stop, dtype=np.float64)
    return at, local_polynomial(axis, intensity, at=at, window=window_nm, poly_order=poly_order, order=order)


def local_polynomial(
    axis: FloatArray,
    intensity: FloatArray,
    *,
    at: FloatArray,
    window: float,
    poly_order: int = 2,
    order: int = 0,
) -> FloatArray:
    """Value or derivative of polynomials fitted in a sliding window, read off anywhere.

    At each measured point a polynomial is fitted to the points within half a window by least squares, as
    Savitzky and Golay did for an even axis (1964, 10.1021/ac60214a047; uneven: Gorry 1991,
    10.1021/ac00007a031); at both ends the outermost full window serves. Between two measured points
    their two polynomials are blended by a cubic that is flat at both, so that nothing jumps or bends
    where the window takes in another point. On the measured points of an even axis it is the
    Savitzky-Golay filter of scipy's ``mode="interp"``; polynomials up to ``poly_order`` pass
    exactly on any axis. The weights of an axis are kept for the next spectra on it.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending.
    intensity : array, shape (..., m)
        One or many spectra.
    at : array, shape (k,)
        Where it is read off, within the axis up to rounding.
    window : float
        Full width of the window, in the unit of ``axis``. Where it holds fewer points than the
        polynomial takes, it is widened to as many.
    poly_order, order : int
        Degree of the polynomial, and of the derivative.

    Returns
    -------
    array, shape (..., k)
        In intensity per axis unit to the power ``order``.

    Raises
    ------
    PipelineError
        A window that is not positive, degrees that do not fit, or points outside the axis.
    SpectrumError
        Fewer points than the polynomial takes.
    """
    axis, intensity = as_rows(axis, intensity)
    at = np.asarray(at, dtype=np.float64)
    if not (window > 0 and 0 <= order <= poly_order):
        raise PipelineError(
            f"window {window:g}, poly_order {poly_order}, derivative {order}: "
            "expected window > 0 and 0 <= derivative <= poly_order"
        )
    if axis.size <= poly_order:
        raise SpectrumError(f"{axis.size} points: a polynomial of degree {poly_order} takes more")
    slack = _ON_EDGE * window
    if at.size and not (axis[0] - slack <= at.min() and at.max() <= axis[-1] + slack):
        raise PipelineError(f"points from {at.min():g} to {at.max():g}: expected none outside the axis")
    weights = _weights(axis.tobytes(), at.tobytes(), float(window), poly_order, order)
    # The level is taken out first, so that a constant stays exactly constant.
    level = intensity[..., :1]
    result: FloatArray = (intensity - level) @ weights.T
    return result + level if order == 0 else result


@lru_cache(maxsize=8)
def _weights(axis_bytes: bytes, at_bytes: bytes, window: float, poly_order: int, order: int) -> FloatArray:
    """Row i gives the result at point i of ``at`` from all points of the axis."""
    axis, at = np.frombuffer(axis_bytes), np.frombuffer(at_bytes)
    first, last = _windows(axis, window, poly_order)
    left = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, axis.size - 2)
    inside = np.clip((at - axis[left]) / (axis[left + 1] - axis[left]), 0.0, 1.0)
    blend = inside**2 * (3 - 2 * inside)
    weights = np.zeros((at.size, axis.size))
    for centre, share in ((left, 1 - blend), (left + 1, blend)):
        length = last[centre] - first[centre]
        for size in np.unique(length[share > 0]):
            rows = np.flatnonzero((length == size) & (share > 0))
            columns = first[centre[rows]][:, None] + np.arange(size)
            fitted = _fit(axis[columns], at[rows], poly_order, order)
            weights[rows[:, None], columns] += share[rows, None] * fitted
    weights.flags.writeable = False
    return weights


def _windows(axis: FloatArray, window: float, poly_order: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First index, and the one past the last, of the window around each measured point."""
    half, slack = window / 2, _ON_EDGE * window
    centre = np.clip(axis, axis[0] + half, axis[-1] - half)
    if axis[-1] - axis[0] <= window:
        centre = np.full(axis.size, (axis[0] + axis[-1]) / 2)
    first = np.searchsorted(axis, centre - half - slack, side="left")
    last = np.searchsorted(axis, centre + half + slack, side="right")
    few = np.flatnonzero(last - first <= poly_order)
    reach = (poly_order + 1) // 2
    size = min(2 * reach + 1, axis.size)
    first[few] = np.clip(few - reach, 0, axis.size - size)
    last[few] = first[few] + size
    return first, last


def _fit(points: FloatArray, at: FloatArray, poly_order: int, order: int) -> FloatArray:
    """Weights of the points of each window, both of shape (r, w), for the result at ``at``, shape (r,)."""
    middle, half = (points[:, :1] + points[:, -1:]) / 2, (points[:, -1:] - points[:, :1]) / 2
    half = np.where(half > 0, half, 1.0)
    powers = ((points - middle) / half)[..., None] ** np.arange(poly_order + 1)
    place = (at[:, None] - middle) / half
    wanted = np.zeros((at.size, poly_order + 1))
    for degree in range(order, poly_order + 1):
        factor = float(np.prod(np.arange(degree - order + 1, degree + 1)))
        wanted[:, degree] = factor * place[:, 0] ** (degree - order)
    across, triangle = np.linalg.qr(powers)
    solved = np.linalg.solve(triangle.transpose(0, 2, 1), wanted[..., None])
    weights: FloatArray = (across @ solved)[..., 0] / half**order
    return weights
