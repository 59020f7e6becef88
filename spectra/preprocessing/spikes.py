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

from .._parallel import default_threads, run_parts
from ._arrays import FloatArray, as_rows, block_medians, median, medians

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
_ROWS: Final = 32
"""Spectra that are looked at together: few enough to stay in the cache."""
_ROWS_A_THREAD: Final = 256


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

        def work(start: int) -> None:
            block = slice(start, start + _ROWS)
            _clean_rows(rows[block], marks[block], threshold)

        n_threads = default_threads(len(rows), from_jobs=_ROWS_A_THREAD)
        run_parts(work, list(range(0, len(rows), _ROWS)), n_threads)
        return rows.reshape(intensity.shape), marks.reshape(intensity.shape)
    return cleaned, spikes


def _clean_rows(rows: FloatArray, marks: NDArray[np.bool_], threshold: float) -> None:
    """Clean own rows in place; pass after pass, since one spike can hide the next."""
    left = np.arange(len(rows))
    for _ in range(_MAX_PASSES):
        found = _spikes_of_rows(rows[left], threshold)
        hit = found.any(axis=1)
        left, found = left[hit], found[hit]
        for place, pixels in zip(left.tolist(), found, strict=True):
            kept = np.flatnonzero(~pixels)
            rows[place, pixels] = np.interp(np.flatnonzero(pixels), kept, rows[place, kept])
            marks[place] |= pixels
        if not left.size:
            return


def _spikes_of_rows(rows: FloatArray, threshold: float) -> NDArray[np.bool_]:
    found = np.zeros(rows.shape, dtype=bool)
    rank = rows.shape[1] - 1 - rows.shape[1] // 20
    smallest = _MIN_SHARE * (np.partition(rows, rank, axis=1)[:, rank] - rows.min(axis=1))
    least = np.maximum(threshold * _local_noise(rows), smallest[:, None])
    reach = _BESIDE + 1
    for width in range(1, MAX_WIDTH + 1):
        places, runs = _steep_runs(rows, width, least)
        windows = rows[places[:, None], runs[:, None] + np.arange(-reach, width + reach)]
        left, right = windows[:, reach - 1], windows[:, reach + width]
        share = (np.arange(width) + 1) / (width + 1)
        above = windows[:, reach : reach + width] - (left[:, None] + (right - left)[:, None] * share)
        height = above.max(axis=1)
        fall_off = (left - windows[:, 0] + right - windows[:, -1]) / 2
        top = windows[:, reach : reach + width].max(axis=1)
        # At a cliff (a filter's edge) the line cuts off the corner: the run must rise on both sides.
        rises = top - np.maximum(left, right) > _MIN_RISE * height
        spikes = (height > least[places, runs]) & rises & (np.abs(fall_off) < _MAX_FALL_OFF * height)
        for shift in range(width):
            hit = spikes & (above[:, shift] > _MIN_PART * height)
            found[places[hit], runs[hit] + shift] = True
    return found


def _steep_runs(rows: FloatArray, width: int, least: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and first pixels of the runs that can be spikes: few, so that only these are looked at closely.

    A spike rises over its higher neighbour by ``_MIN_RISE`` of a height that is more than ``least``.
    """
    reach = _BESIDE + 1
    n = rows.shape[1] - width - 2 * reach + 1
    top = rows[:, reach : reach + n]
    for shift in range(1, width):
        top = np.maximum(top, rows[:, reach + shift : reach + shift + n])
    beside = np.maximum(rows[:, reach - 1 : reach - 1 + n], rows[:, reach + width : reach + width + n])
    places, first = np.nonzero(top - beside > _MIN_RISE * least[:, reach : reach + n])
    return places, first + reach


def _local_noise(rows: FloatArray) -> FloatArray:
    """Estimate the standard deviation of the noise at each pixel, shape (n, m).

    Median of the second differences' size in half-overlapping blocks, and nowhere below that of
    the whole. For the whole the largest over several lags counts, because a device that
    interpolates or smooths hides its noise from neighbouring points. Exact zeros, as in stretches
    that a device clipped, say nothing and are left out.
    """
    typical = [_typical(_second_difference(rows, lag)) for lag in _LAGS]
    overall = np.max(typical, axis=0)[:, None]
    second = _second_difference(rows, 1)
    second = np.where(second == 0, overall, second)
    level = np.maximum(block_medians(second, _BLOCK), overall)
    centres = _BLOCK / 2 + _BLOCK // 2 * np.arange(level.shape[1])
    pixels = np.arange(rows.shape[1])
    sigma = np.array([np.interp(pixels, centres, each) for each in level])
    return sigma * (_MAD_TO_SIGMA / _SECOND_DIFFERENCE_NORM)


def _second_difference(rows: FloatArray, lag: int) -> FloatArray:
    return np.abs(rows[:, : -2 * lag] - 2 * rows[:, lag:-lag] + rows[:, 2 * lag :])


def _typical(second: FloatArray) -> FloatArray:
    """Median of what is not 0 in each row; 0 for a row that has nothing else."""
    typical = np.zeros(len(second))
    plain = second.all(axis=1)
    typical[plain] = medians(second[plain])
    for row in np.flatnonzero(~plain).tolist():
        informative = second[row][second[row] > 0]
        typical[row] = median(informative) if informative.size else 0.0
    return typical
