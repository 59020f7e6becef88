"""How other instruments see a reference: always the same few draws, all at once.

The spreads of the relative response are those of :mod:`.simulation`, which draws whole queries. With
them and no offset or broadening a reference leaves 3 % of its own squared slopes unexplained, with the
offset 5 %; between two 785 nm spectrometers it is 3 % in the median of 27 substances, which stand -2 to
0.5 cm⁻¹ off and look as if broadened by 0 to 3 cm⁻¹. The limits that follow from these spreads are
tried on measured spectra by ``benchmarks/accuracy/limits.py``.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..grid import Grid
from ..matching.index import broaden_stretch
from .simulation import BAND_RESPONSE, RESPONSE

DRAWS: Final = 19
"""Instruments that are drawn."""

OFFSET_CM1: Final = 1.0
"""Spread of the axis beside the one shift that serves a whole query."""

BROADENING_CM1: Final = (0.0, 2.0, 4.0)
"""Widths beside the common broadening, in turn."""

RESPONSE_CM1: Final = 600.0
BAND_RESPONSE_CM1: Final = 40.0
"""Lengths over which the two responses change."""

_SEED: Final = 20_260_101

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Instruments:
    """How other instruments see a reference, one row each.

    Attributes
    ----------
    offset_points : array, shape (DRAWS,)
        By which its bands stand higher, in grid points.
    response : array, shape (DRAWS, m)
        By which intensities are multiplied.
    noise : array, shape (DRAWS, m)
        Broadened white noise of unit deviation.
    """

    offset_points: Array
    response: Array
    noise: Array


@lru_cache(maxsize=4)
def draw_instruments(grid: Grid) -> Instruments:
    """Draw the instruments; for one grid always the same.

    Parameters
    ----------
    grid : Grid
        Of Raman shifts.
    """
    from statistics import NormalDist  # its import costs a cold start more than most modules of ours

    rng = np.random.default_rng(_SEED)
    # quantiles in random order: what 19 draws have at the ends is no matter of luck
    normal = [NormalDist(0.0, OFFSET_CM1).inv_cdf((draw + 0.5) / DRAWS) for draw in range(DRAWS)]
    response = [
        RESPONSE * _curve(grid.axis, RESPONSE_CM1, rng)
        + BAND_RESPONSE * _curve(grid.axis, BAND_RESPONSE_CM1, rng)
        for _ in range(DRAWS)
    ]
    noise = [broaden_stretch(rng.normal(size=grid.n_points), grid.step) for _ in range(DRAWS)]
    return Instruments(rng.permutation(normal) / grid.step, np.exp(response), np.array(noise))


def _curve(axis: Array, length: float, rng: "np.random.Generator") -> Array:
    """Random curve of about unit variance that changes over about ``length``."""
    knots = np.arange(axis[0] - length, axis[-1] + 2 * length, length)
    curve: Array = np.interp(axis, knots + rng.uniform(0, length), rng.normal(size=knots.size))
    return curve


def see(spectrum: Array, first: int, grid: Grid) -> Array:
    """Show a reference to every instrument.

    Parameters
    ----------
    spectrum : array, shape (m,)
        Broadened intensity on a stretch of the grid.
    first : int
        Column of the grid where the stretch begins.
    grid : Grid
        Of Raman shifts.

    Returns
    -------
    array, shape (DRAWS, m)
        Without noise, each of the area of ``spectrum``: a share is one of the spectrum as measured.
    """
    instruments = draw_instruments(grid)
    widths = [
        broaden_stretch(spectrum, grid.step, deviation_cm1=width) if width else spectrum
        for width in BROADENING_CM1
    ]
    broadened = np.array([widths[draw % len(widths)] for draw in range(DRAWS)])
    response = instruments.response[:, first : first + spectrum.size]
    seen: Array = _moved(broadened, instruments.offset_points) * response
    seen *= spectrum.sum() / np.maximum(seen.sum(axis=1, keepdims=True), 1e-300)
    return seen


def _moved(rows: Array, points: Array) -> Array:
    """Rows moved up their columns by a fraction of points each, level beyond their ends."""
    whole = np.floor(points).astype(np.int64)
    fraction = (points - whole)[:, None]
    columns = np.arange(rows.shape[1]) - whole[:, None]
    at = np.take_along_axis(rows, np.clip(columns, 0, rows.shape[1] - 1), axis=1)
    below = np.take_along_axis(rows, np.clip(columns - 1, 0, rows.shape[1] - 1), axis=1)
    moved: Array = (1.0 - fraction) * at + fraction * below
    return moved
