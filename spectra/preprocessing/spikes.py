"""Cosmic rays: found by their shape, replaced by a straight line.

A cosmic ray hits one to three neighbouring pixels. Optics spread every real band over more, so
a real band falls off gradually beside its top, a cosmic ray at once. A run of pixels is a spike
when it stands out of the line between its two neighbours by many times the local noise *and* the
signal beside it falls off by only a small share of that height. The height alone, as in the
modified z-score of Whitaker and Hayes (2018, 10.1016/j.chemolab.2018.06.009), also clips sharp
bands of a strong spectrum; the fall-off does not depend on the strength.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._arrays import FloatArray, as_rows, block_medians, median

MAX_WIDTH: Final = 3
"""Pixels; wider events look like bands and are left alone."""
_BESIDE: Final = 2
"""Pixels over which the fall-off beside the run is measured."""
_MAX_FALL_OFF: Final = 0.1
"""Share of the height. A band of 3 pixels FWHM has 0.37 or more; calcite at 2.4 pixels had 0.16."""
_MIN_RISE: Final = 0.5
_MIN_PART: Final = 0.2
"""Shares of the height: of the run's top over its higher neighbour, of a pixel that is part of it."""
_MAX_PASSES: Final = 4
_BLOCK: Final = 32
"""Pixels over which the local noise is measured."""
_LAGS: Final = (1, 2, 4)
_MAD_TO_SIGMA: Final = 1.4826
_SECOND_DIFFERENCE_NORM: Final = float(np.sqrt(6.0))
_MIN_SHARE: Final = 1e-4
"""Of the range without the highest pixels; lower events do not matter to any comparison."""


def find_spikes(axis: FloatArray, intensity: FloatArray, *, threshold: float = 8.0) -> NDArray[np.bool_]:
    """Pixels hit by cosmic rays.

    Events one to three pixels wide are found on the detector's own pixels; where a device
    exports smoothed or interpolated data, its spikes have the shape of bands and are not found.
    Narrow bands down to 2.5 pixels FWHM are kept. The first and last three pixels are not judged.

    Parameters
    ----------
    axis : array, shape (m,)
        Not used but for its length.
    intensity : array, shape (..., m)
        One or many spectra.
    threshold : float
        Height over the line between the neighbours, in standard deviations of the local noise.

    Returns
    -------
    array, shape (..., m), bool
        True on a spike; all False where the spectrum is too short.
    """
    return clean_spikes(axis, intensity, threshold=threshold)[1]


def despike(
    axis: FloatArray, intensity: FloatArray, *, threshold: float = 8.0
) -> tuple[FloatArray, FloatArray]:
    """Replace cosmic-ray spikes by the straight line between the pixels beside them.

    Parameters
    ----------
    axis : array, shape (m,)
        Returned as given. The step belongs before any resampling.
    intensity : array, shape (..., m)
        One or many spectra.
    threshold : float
        As in ``find_spikes``, which also says what is and is not found.

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
    """
    cleaned, _ = clean_spikes(axis, intensity, threshold=threshold)
    return np.array(axis, dtype=np.float64), cleaned


def clean_spikes(
    axis: FloatArray, intensity: FloatArray, *, threshold: float = 8.0
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """``despike`` and ``find_spikes`` in one, for who needs both.

    Parameters
    ----------
    axis, intensity, threshold
        As there.

    Returns
    -------
    cleaned : array, shape (..., m)
    spikes : array, shape (..., m), bool
    """
    axis, intensity = as_rows(axis, intensity)
    cleaned = intensity.copy()
    spikes = np.zeros(intensity.shape, dtype=bool)
    if axis.size >= _BLOCK + 2 * max(_LAGS):
        rows, marks = cleaned.reshape(-1, axis.size), spikes.reshape(-1, axis.size)
        for row, mark in zip(rows, marks, strict=True):
            _clean_row(row, mark, threshold)
        return rows.reshape(intensity.shape), marks.reshape(intensity.shape)
    return cleaned, spikes


def _clean_row(row: FloatArray, mark: NDArray[np.bool_], threshold: float) -> None:
    """Clean one own row in place; pass after pass, since one spike can hide the next."""
    for _ in range(_MAX_PASSES):
        found = _spikes_of_row(row, threshold)
        if not found.any():
            return
        mark |= found
        kept = np.flatnonzero(~found)
        row[found] = np.interp(np.flatnonzero(found), kept, row[kept])


def _spikes_of_row(row: FloatArray, threshold: float) -> NDArray[np.bool_]:
    found = np.zeros(row.size, dtype=bool)
    rank = row.size - 1 - row.size // 20
    smallest = _MIN_SHARE * (np.partition(row, rank)[rank] - row.min())
    least = np.maximum(threshold * _local_noise(row), smallest)
    reach = _BESIDE + 1
    for width in range(1, MAX_WIDTH + 1):
        runs = _steep_runs(row, width, least)
        windows = row[runs[:, None] + np.arange(-reach, width + reach)]
        left, right = windows[:, reach - 1], windows[:, reach + width]
        share = (np.arange(width) + 1) / (width + 1)
        above = windows[:, reach : reach + width] - (left[:, None] + (right - left)[:, None] * share)
        height = above.max(axis=1)
        fall_off = (left - windows[:, 0] + right - windows[:, -1]) / 2
        top = windows[:, reach : reach + width].max(axis=1)
        # At a cliff (a filter's edge) the line cuts off the corner: the run must rise on both sides.
        rises = top - np.maximum(left, right) > _MIN_RISE * height
        spikes = (height > least[runs]) & rises & (np.abs(fall_off) < _MAX_FALL_OFF * height)
        for shift in range(width):
            hit = spikes & (above[:, shift] > _MIN_PART * height)
            found[runs[hit] + shift] = True
    return found


def _steep_runs(row: FloatArray, width: int, least: FloatArray) -> NDArray[np.intp]:
    """First pixels of the runs that can be spikes: few, so that only these are looked at closely.

    A spike rises over its higher neighbour by ``_MIN_RISE`` of a height that is more than ``least``.
    """
    reach = _BESIDE + 1
    n = row.size - width - 2 * reach + 1
    top = row[reach : reach + n]
    for shift in range(1, width):
        top = np.maximum(top, row[reach + shift : reach + shift + n])
    beside = np.maximum(row[reach - 1 : reach - 1 + n], row[reach + width : reach + width + n])
    return np.flatnonzero(top - beside > _MIN_RISE * least[reach : reach + n]) + reach


def _local_noise(row: FloatArray) -> FloatArray:
    """Estimate the standard deviation of the noise at each pixel, shape (m,).

    Median of the second differences' size in half-overlapping blocks, and nowhere below that of
    the whole. For the whole the largest over several lags counts, because a device that
    interpolates or smooths hides its noise from neighbouring points. Exact zeros, as in stretches
    that a device clipped, say nothing and are left out.
    """
    overall = max(_typical(_second_difference(row, lag)) for lag in _LAGS)
    second = _second_difference(row, 1)
    second[second == 0] = overall
    level = np.maximum(block_medians(second, _BLOCK), overall)
    centres = _BLOCK / 2 + _BLOCK // 2 * np.arange(level.size)
    sigma: FloatArray = np.interp(np.arange(row.size), centres, level)
    return sigma * (_MAD_TO_SIGMA / _SECOND_DIFFERENCE_NORM)


def _second_difference(row: FloatArray, lag: int) -> FloatArray:
    return np.abs(row[: -2 * lag] - 2 * row[lag:-lag] + row[2 * lag :])


def _typical(second: FloatArray) -> float:
    informative = second[second > 0]
    return median(informative) if informative.size else 0.0
