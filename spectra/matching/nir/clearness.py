"""Whether a near infrared spectrum has bands that stand clear of its noise, where it is compared.

A second derivative makes much of noise: what looks strong as absorbance may be nothing there. So the noise
is carried through the same filter, and the smooth trend of scattering is no signal.
"""

from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...quality import NIR_STRONG
from .domain import curvature, window_points
from .index import NirQuery

TREND_DEGREE: Final = 4
"""Of the polynomial that is taken out of the second derivative: one of degree 6 in absorbance."""

MIN_CLEARNESS: Final = 2.0
"""Bands over noise below which nothing can be said. Featureless curves with noise give 0.7 to 1.3;
of scans of three handhelds the weakest 8.7, with 5 mAU of noise added 1.4 to 6.5."""

CLEAR: Final = 8.0
"""From here on a spectrum that nothing explains is of something else; below, noise may be why."""

MIN_BAND_SHARE: Final = 0.2
"""Share of the second derivative that must be left without its trend: lines, parabolas and other smooth
curves leave 0.09 at most, scans of powders 0.76 and more."""

Weakness = Literal["flat", "too_weak"]


def weakness(query: NirQuery) -> Weakness | None:
    """Why a spectrum says nothing: ``flat`` where it has no bands, ``too_weak`` where noise hides them.

    Parameters
    ----------
    query : NirQuery
        With its noise and the distance of its points.

    Returns
    -------
    str or None
        None where bands stand out.
    """
    whole, bands = _sizes(query)
    noise = noise_curvature(query)
    if bands < MIN_BAND_SHARE * whole:
        return "flat"
    if bands > MIN_CLEARNESS * noise:
        return None
    first, last = query.stretches[0].tolist()
    return "flat" if np.ptp(query.absorbance[0, first:last]) >= NIR_STRONG * query.noise else "too_weak"


def clearness(query: NirQuery) -> float:
    """Compare the second derivative without its trend with that of noise alone, by root mean squares.

    Parameters
    ----------
    query : NirQuery
        With its noise and the distance of its points.
    """
    noise = noise_curvature(query)
    return _sizes(query)[1] / noise if noise > 0.0 else float("inf")


def noise_curvature(query: NirQuery) -> float:
    """Give the standard deviation that the noise of the measured points leaves in the second derivative.

    Parameters
    ----------
    query : NirQuery
        With its noise and the distance of its points.
    """
    return query.noise * _gain(round(query.pitch_nm, 3), query.grid.step)


@lru_cache(maxsize=64)
def _gain(pitch: float, step: float) -> float:
    """Factor of white noise of points ``pitch`` apart, by interpolation or averaging too."""
    points = 4 * window_points(step) + 8 * round(pitch / step) + 1
    away = np.abs(np.arange(points) - points // 2) * step
    response = curvature(np.maximum(1.0 - away / max(pitch, step), 0.0) * min(pitch / step, 1.0), step)
    return float(np.sqrt(step / pitch * np.sum(response**2)))


def _sizes(query: NirQuery) -> tuple[float, float]:
    """Root mean square of the compared second derivative, and of what its trend leaves."""
    first, last = query.stretches[0].tolist()
    reach = window_points(query.grid.step) // 2
    curved = curvature(query.absorbance[0, first - reach : last + reach], query.grid.step)[reach:-reach]
    x = np.linspace(-1.0, 1.0, curved.size)
    fit = np.polynomial.polynomial.polyfit(x, curved, min(TREND_DEGREE, curved.size - 1))
    return _rms(curved), _rms(curved - np.polynomial.polynomial.polyval(x, fit))


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))
