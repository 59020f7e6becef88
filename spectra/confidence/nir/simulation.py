"""Near infrared queries as another instrument, another filling of the cup and another day would give them.

Perturbs absorbance on the library's grid. What differs, each drawn from a stated spread: the scatter's
offset, slope and bend, the path length and the bend of the response, the axis, the resolution, temperature
and hydrogen bonds (bands that move and change their height), moisture, a film of plastic, noise.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

OFFSET_NM: Final = 1.0
STRETCH: Final = 0.0005
"""Of the axis, about its middle."""
BROADENING_NM: Final = (1.0, 5.0)
PATH: Final = 0.25
"""Spread of the path length, natural logarithm."""
RESPONSE_BEND: Final = 0.1
"""Spread of the second-order term of the response, over the range of the absorbance."""
SCATTER: Final = (0.5, 0.4, 0.15)
"""Spread of offset, slope and bend of the scatter's background, over the range of the absorbance."""
BAND_SHIFT_NM: Final = 0.8
BAND_SHIFT_REACH_NM: Final = 120.0
"""Spread of the shift of neighbouring bands with temperature, and how far it reaches."""
BAND_RESPONSE: Final = 0.08
BAND_RESPONSE_REACH_NM: Final = 80.0
"""Spread of the height of neighbouring bands, natural logarithm."""
MOISTURE: Final = 0.04
"""Spread of the water that is there more or less, its band near 1930 nm over the range of the absorbance."""
WATER_NM: Final = ((970.0, 30.0, 0.03), (1190.0, 35.0, 0.05), (1450.0, 45.0, 0.5), (1930.0, 40.0, 1.0))
"""Bands of liquid water: place, Gaussian width, relative height (facts of the shipped band table)."""
FILM: Final = 0.06
FILM_SHARE: Final = 0.3
"""Largest height of a film's bands over the range of the absorbance, and how often there is one."""
FILM_NM: Final = (
    (1210.0, 12.0, 0.25), (1392.0, 9.0, 0.15), (1416.0, 9.0, 0.15), (1730.0, 10.0, 0.8),
    (1765.0, 10.0, 0.6), (2310.0, 12.0, 1.0), (2350.0, 12.0, 0.8),
)  # fmt: skip
"""Overtones of the methylene chains of polyethylene."""
SNR: Final = (150.0, 3000.0)
"""Range of the absorbance over the noise; drawn evenly on a logarithmic scale."""
PITCH_NM: Final = (3.0, 10.0)
"""Distance of the other instrument's points, which its noise is drawn on."""


def perturb_nir(
    absorbance: NDArray[np.float64], axis_nm: NDArray[np.float64], rng: "np.random.Generator"
) -> tuple[NDArray[np.float64], float, float]:
    """One draw of what another measurement would have given.

    Parameters
    ----------
    absorbance : array, shape (m,)
        As it was measured, without gaps.
    axis_nm : array, shape (m,)
        Even.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    absorbance : array, shape (m,)
    noise : float
        Standard deviation of the noise.
    pitch_nm : float
        Distance of the points that carry it.
    """
    size = float(np.ptp(absorbance)) or 1.0
    middle, length = float(axis_nm.mean()), float(np.ptp(axis_nm))
    step = length / (axis_nm.size - 1)
    moved = middle + (axis_nm - middle) * (1 + rng.normal(0, STRETCH)) + rng.normal(0, OFFSET_NM)
    moved = moved + BAND_SHIFT_NM * _smooth(axis_nm, BAND_SHIFT_REACH_NM, rng)
    values = np.interp(axis_nm, moved, _broadened(absorbance, rng.uniform(*BROADENING_NM) / step))
    values = (values - values.min()) * np.exp(BAND_RESPONSE * _smooth(axis_nm, BAND_RESPONSE_REACH_NM, rng))
    values = values * np.exp(rng.normal(0, PATH))
    values = values + rng.normal(0, RESPONSE_BEND) * values**2 / size
    values = values + rng.normal(0, MOISTURE) * size * _bands(axis_nm, WATER_NM)
    if rng.random() < FILM_SHARE:
        values = values + rng.uniform(0, FILM) * size * _bands(axis_nm, FILM_NM)
    x = (axis_nm - middle) / (length / 2)
    for spread, power in zip(SCATTER, (x**0, x, x**2), strict=True):
        values = values + rng.normal(0, spread) * size * power
    pitch = float(rng.uniform(*PITCH_NM))
    noise = size / float(np.exp(rng.uniform(*np.log(SNR))))
    knots = np.arange(axis_nm[0] - pitch, axis_nm[-1] + 2 * pitch, pitch)
    return values + np.interp(axis_nm, knots, rng.normal(0, noise, knots.size)), noise, pitch


def _bands(
    axis_nm: NDArray[np.float64], table: tuple[tuple[float, float, float], ...]
) -> NDArray[np.float64]:
    total = np.zeros(axis_nm.size)
    for place, width, height in table:
        total += height * np.exp(-0.5 * ((axis_nm - place) / width) ** 2)
    return total


def _broadened(values: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    reach = int(np.ceil(4 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, weights / weights.sum(), mode="valid")


def _smooth(axis_nm: NDArray[np.float64], reach: float, rng: "np.random.Generator") -> NDArray[np.float64]:
    """Random curve of about unit variance that changes over ``reach``, without kinks."""
    knots = np.arange(axis_nm[0] - reach, axis_nm[-1] + 2 * reach, reach) + rng.uniform(0, reach)
    heights = rng.normal(size=knots.size)
    place = np.clip((axis_nm - knots[0]) / reach, 0, knots.size - 1.001)
    left = place.astype(np.intp)
    inside = place - left
    blend = inside**2 * (3 - 2 * inside)
    curve: NDArray[np.float64] = heights[left] * (1 - blend) + heights[left + 1] * blend
    return curve
