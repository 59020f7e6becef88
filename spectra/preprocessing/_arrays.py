"""What all steps share: the array type, conversion at the edge, the test for flatness."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from ..errors import PipelineError

FloatArray = NDArray[np.float64]

FLAT_BELOW: Final = 1e-12
"""A row whose range is below this share of its magnitude is constant up to rounding."""


def as_rows(axis: ArrayLike, intensity: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both arrays as float64, with the spectral axis last and of the same length.

    The results may share memory with the inputs: a step must not write into them.

    Raises
    ------
    PipelineError
        When the last dimension of ``intensity`` is not the length of ``axis``.
    """
    points = np.asarray(axis, dtype=np.float64)
    values = np.asarray(intensity, dtype=np.float64)
    if points.ndim != 1 or values.ndim < 1 or values.shape[-1] != points.size or points.size == 0:
        raise PipelineError(f"axis {points.shape}, intensity {values.shape}: expected (m,) and (..., m)")
    return points, values


def flat_rows(intensity: FloatArray) -> NDArray[np.bool_]:
    """Which rows are constant up to rounding.

    Parameters
    ----------
    intensity : array, shape (..., m)
        Finite values.

    Returns
    -------
    array, shape (..., 1), bool
    """
    return flat_between(intensity.min(axis=-1, keepdims=True), intensity.max(axis=-1, keepdims=True))


def flat_between(low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
    """Whether rows with these minima and maxima are constant up to rounding."""
    flat: NDArray[np.bool_] = high - low <= FLAT_BELOW * np.maximum(np.abs(low), np.abs(high))
    return flat


def median(values: FloatArray) -> float:
    """Median of a finite, not empty array.

    ``numpy.median`` loads numpy's masked arrays to look for them: 10 ms of a cold start.
    """
    middle = ((values.size - 1) // 2, values.size // 2)
    ordered = np.partition(values, middle)
    return float(ordered[middle[0]] + ordered[middle[1]]) / 2


def medians(rows: FloatArray) -> FloatArray:
    """``median`` of each row, shape (n,); the rows have at least one value."""
    middle = ((rows.shape[-1] - 1) // 2, rows.shape[-1] // 2)
    ordered = np.partition(rows, middle, axis=-1)
    half: FloatArray = (ordered[..., middle[0]] + ordered[..., middle[1]]) / 2
    return half


def block_medians(values: FloatArray, size: int) -> FloatArray:
    """Medians of blocks of ``size`` values that overlap by half.

    Parameters
    ----------
    values : array, shape (..., m)
        At least ``size`` in a row, finite. What is left over at the end is in no block.
    size : int
        Values per block.

    Returns
    -------
    array, shape (..., b)
    """
    blocks = np.sort(sliding_window_view(values, size, axis=-1)[..., :: max(size // 2, 1), :], axis=-1)
    middles: FloatArray = (blocks[..., (size - 1) // 2] + blocks[..., size // 2]) / 2
    return middles
