"""What stands between an instrument and an item: a plastic bag, a vial, a glass jar.

Drawn from rounded band positions with heights roughly in proportion: good enough to disturb a
simulated query, never to be matched. Against the polyethylene, polypropylene, poly(ethylene
terephthalate) and polystyrene of one 785 nm handheld their square roots correlate by 0.76 to 0.89.
Glass is what a 785 nm laser gives: a broad emission near 1355 cm⁻¹, as it stands in a measured sodium
carbonate in its jar, over low silicate humps.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..grid import Grid

PLASTIC_DEVIATION_CM1: Final = 5.0
"""Standard deviation of a plastic's bands, cm⁻¹."""

PLASTICS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "polyethylene": (
        (1063, 0.55), (1130, 0.6), (1296, 1.0), (1417, 0.45), (1440, 0.9), (1460, 0.5), (2848, 1.6),
        (2882, 2.0),
    ),
    "polypropylene": (
        (398, 0.45), (809, 0.85), (841, 0.75), (973, 0.45), (1152, 0.6), (1220, 0.2), (1330, 0.6),
        (1360, 0.35), (1458, 1.0), (2840, 1.5), (2883, 2.0),
    ),
    "poly(ethylene terephthalate)": (
        (632, 0.4), (703, 0.2), (858, 0.5), (1096, 0.35), (1117, 0.35), (1290, 0.6), (1615, 1.0),
        (1727, 0.75),
    ),
    "polystyrene": (
        (621, 0.2), (795, 0.1), (1001, 1.0), (1031, 0.3), (1155, 0.1), (1450, 0.15), (1602, 0.4),
        (2904, 0.4), (3054, 0.7),
    ),
}  # fmt: skip
"""Position in cm⁻¹ and height of each band."""

GLASS: Final = ((1355.0, 33.0, 1.0), (560.0, 50.0, 0.2), (470.0, 60.0, 0.2), (1090.0, 40.0, 0.1))
"""Position and standard deviation in cm⁻¹, and height of each hump."""


@lru_cache(maxsize=4)
def draw_plastics(grid: Grid) -> NDArray[np.float64]:
    """Spectrum of each plastic.

    Parameters
    ----------
    grid : Grid
        Of Raman shifts.

    Returns
    -------
    array, shape (k, m), read-only
        In the order of ``PLASTICS``, each 1 high where the grid reaches its bands.
    """
    rows = np.array(
        [
            _sum([(place, PLASTIC_DEVIATION_CM1, height) for place, height in bands], grid.axis)
            for bands in PLASTICS.values()
        ]
    )
    rows.flags.writeable = False
    return rows


@lru_cache(maxsize=4)
def draw_glass(grid: Grid) -> NDArray[np.float64]:
    """Spectrum of glass under a 785 nm laser, shape (m,), read-only, 1 high."""
    row = _sum(GLASS, grid.axis)
    row.flags.writeable = False
    return row


def _sum(
    bands: tuple[tuple[float, float, float], ...] | list[tuple[float, float, float]],
    axis: NDArray[np.float64],
) -> NDArray[np.float64]:
    total = np.zeros(axis.size)
    for place, deviation, height in bands:
        total += height * np.exp(-0.5 * ((axis - place) / deviation) ** 2)
    highest = float(total.max())
    drawn: NDArray[np.float64] = total / highest if highest > 0 else total
    return drawn
