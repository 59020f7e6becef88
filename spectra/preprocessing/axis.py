"""Steps that change the axis: resampling onto a grid, cropping."""

from typing import Final

import numpy as np

from ..errors import PipelineError, SpectrumError
from ..spectrum import MIN_POINTS
from ._arrays import FloatArray, as_rows

_ON_GRID: Final = 1e-6
"""Distance to a grid point, in steps, below which a measured point stands on it."""


def covered_columns(axis: FloatArray, *, start: float, step: float, n_points: int) -> slice:
    """Columns of a grid that lie inside the measured range.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending.
    start, step : float
        First point and distance of the grid, in the unit of ``axis``.
    n_points : int
        Points of the grid.

    Returns
    -------
    slice
        Of consecutive columns, empty where the ranges do not meet.
    """
    first = max(0, int(np.ceil((axis[0] - start) / step - _ON_GRID)))
    last = min(n_points, int(np.floor((axis[-1] - start) / step + _ON_GRID)) + 1)
    return slice(first, max(first, last))


def resample(
    axis: FloatArray, intensity: FloatArray, *, start: float, step: float, n_points: int
) -> tuple[FloatArray, FloatArray]:
    """Average onto the stretch of a grid that was measured.

    Each value is the mean of the piecewise-linear interpolant over the bin of width ``step``
    around its grid point, from exact integrals: a finer source is averaged, not picked from,
    so nothing aliases. A bin that sticks out past the first or last measured point is averaged
    over its measured part; nothing is extrapolated. Where a stretch of the source already
    stands on the grid, its values are returned as they are, so the step is idempotent.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending, not necessarily even.
    intensity : array, shape (..., m)
        One or many spectra.
    start, step : float
        First point and distance of the grid, in the unit of ``axis``.
    n_points : int
        Points of the grid.

    Returns
    -------
    axis : array, shape (k,)
        The grid's own points inside the measured range, bit for bit those of ``Grid.axis``.
    intensity : array, shape (..., k)

    Raises
    ------
    PipelineError
        When the grid cannot exist.
    SpectrumError
        When fewer than 20 grid points were measured.
    """
    axis, intensity = as_rows(axis, intensity)
    if not (step > 0 and n_points >= 2):
        raise PipelineError(f"resample to step {step}, {n_points} points: expected step > 0, points >= 2")
    columns = covered_columns(axis, start=start, step=step, n_points=n_points)
    if columns.stop - columns.start < MIN_POINTS:
        raise SpectrumError(
            f"{axis[0]:g} to {axis[-1]:g} covers {columns.stop - columns.start} points of the grid "
            f"from {start:g} in steps of {step:g}: expected at least {MIN_POINTS}"
        )
    points = start + step * np.arange(columns.start, columns.stop, dtype=np.float64)
    same = _same_points(axis, points, step)
    if same is not None:
        return points, intensity[..., same].copy()
    edges = np.concatenate(([points[0] - step / 2], points + step / 2))
    edges = np.clip(edges, axis[0], axis[-1])
    width = np.diff(edges)
    level = intensity[..., :1]
    mean = np.diff(_integral(axis, intensity - level, edges), axis=-1) / width
    return points, mean + level


def _same_points(axis: FloatArray, points: FloatArray, step: float) -> slice | None:
    first = int(np.searchsorted(axis, points[0] - _ON_GRID * step))
    found = axis[first : first + points.size]
    if found.size == points.size and bool(np.all(np.abs(found - points) <= _ON_GRID * step)):
        return slice(first, first + points.size)
    return None


def _integral(axis: FloatArray, intensity: FloatArray, at: FloatArray) -> FloatArray:
    """Integral of the piecewise-linear interpolant from the first point to each of ``at``."""
    spacing = np.diff(axis)
    pieces = (intensity[..., 1:] + intensity[..., :-1]) * (spacing / 2)
    total = np.zeros_like(intensity)
    np.cumsum(pieces, axis=-1, out=total[..., 1:])
    left = np.clip(np.searchsorted(axis, at, side="right") - 1, 0, axis.size - 2)
    inside = at - axis[left]
    slope = np.diff(intensity, axis=-1)
    slope /= spacing
    integral: FloatArray = np.take(slope, left, axis=-1)  # in place from here on: a library is many rows
    integral *= inside / 2
    integral += np.take(intensity, left, axis=-1)
    integral *= inside
    integral += np.take(total, left, axis=-1)
    return integral


def crop(
    axis: FloatArray, intensity: FloatArray, *, low: float, high: float
) -> tuple[FloatArray, FloatArray]:
    """Keep the points from ``low`` to ``high``, both included.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending.
    intensity : array, shape (..., m)
        One or many spectra.
    low, high : float
        Ends of the range that is kept, in the unit of ``axis``.

    Returns
    -------
    axis : array, shape (k,)
    intensity : array, shape (..., k)

    Raises
    ------
    PipelineError
        When ``low`` is not below ``high``.
    SpectrumError
        When fewer than 20 points remain.
    """
    axis, intensity = as_rows(axis, intensity)
    if not low < high:
        raise PipelineError(f"crop from {low} to {high}: expected low < high")
    first, last = np.searchsorted(axis, [low, np.nextafter(high, np.inf)])
    if last - first < MIN_POINTS:
        raise SpectrumError(f"{last - first} points from {low} to {high}: expected at least {MIN_POINTS}")
    return axis[first:last].copy(), intensity[..., first:last].copy()
