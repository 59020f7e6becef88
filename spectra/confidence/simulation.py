"""Queries as another instrument would have measured a reference.

What differs between instruments, each drawn from a stated spread: the axis (offset and stretch),
the resolution, the relative response, the heights of single bands, shot and read noise, a residue
of fluorescence, what despiking leaves of a cosmic ray. Perturbs prepared spectra, so that one run of
the preprocessing serves all draws.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..grid import Grid

OFFSET_CM1: Final = 2.5
STRETCH: Final = 0.001
BROADENING_CM1: Final = (1.0, 4.0)
RESPONSE: Final = 0.25
"""Spread of the smooth relative response, natural logarithm: about a factor 1.3."""
BAND_RESPONSE: Final = 0.2
"""Spread of the height of neighbouring bands (orientation, polarisation), natural logarithm."""
SNR: Final = (15.0, 300.0)
"""Height of the highest band over the noise there; drawn evenly on a logarithmic scale."""
SHOT_SHARE: Final = (0.2, 0.8)
"""Share of the noise's variance at the highest band that is shot noise; the rest is read noise."""
RESIDUE: Final = 0.06
"""Spread of the largest residue of fluorescence, over the highest band."""
SPIKES: Final = 0.5
"""Cosmic rays per query that despiking did not take away whole, on average."""
SPIKE_HEIGHT: Final = 0.04
"""Largest height of what is left of one, over the highest band."""


def perturb(
    intensity: NDArray[np.float64], grid: Grid, rng: "np.random.Generator"
) -> tuple[NDArray[np.float64], float]:
    """One draw of what another instrument would have seen.

    Parameters
    ----------
    intensity : array, shape (m,)
        Baseline-corrected, 0 where nothing was measured; ``grid`` gives its axis.
    grid : Grid
        Of ``intensity``.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    intensity : array, shape (m,)
        Clipped at 0, the highest point about 1.
    noise : float
        Standard deviation of the noise where there is no signal.
    """
    axis = grid.axis
    centre = axis[axis.size // 2]
    moved = centre + (axis - centre) * (1 + rng.normal(0, STRETCH)) + rng.normal(0, OFFSET_CM1)
    values = np.interp(axis, moved, _gaussian(intensity, rng.uniform(*BROADENING_CM1) / grid.step))
    values *= np.exp(
        _smooth_curve(axis, 600.0, rng) * RESPONSE + _smooth_curve(axis, 40.0, rng) * BAND_RESPONSE
    )
    height = float(values.max())
    values /= height if height > 0 else 1.0
    values += rng.uniform(0, RESIDUE) * np.abs(_smooth_curve(axis, 250.0, rng))
    noise = 1.0 / float(np.exp(rng.uniform(*np.log(SNR))))
    shot = rng.uniform(*SHOT_SHARE)
    level = np.sqrt(1.0 - shot + shot * np.clip(values, 0.0, None))
    values += rng.normal(0, noise, values.size) * level
    _add_spikes(values, rng)
    return np.maximum(values, 0.0), noise * float(np.sqrt(1.0 - shot))


def _add_spikes(values: NDArray[np.float64], rng: "np.random.Generator") -> None:
    """Add what despiking leaves: a stump of one to three points."""
    for _ in range(int(rng.poisson(SPIKES))):
        place, width = int(rng.integers(values.size)), int(rng.integers(1, 4))
        values[place : place + width] += rng.uniform(0, SPIKE_HEIGHT)


def _gaussian(values: NDArray[np.float64], deviation: float) -> NDArray[np.float64]:
    reach = int(np.ceil(4 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    return np.convolve(values, weights / weights.sum(), mode="same")


def _smooth_curve(
    axis: NDArray[np.float64], length: float, rng: "np.random.Generator"
) -> NDArray[np.float64]:
    """Random curve of unit variance that changes over about ``length``."""
    knots = np.arange(axis[0] - length, axis[-1] + 2 * length, length)
    curve: NDArray[np.float64] = np.interp(axis, knots + rng.uniform(0, length), rng.normal(size=knots.size))
    return curve
