"""The preprocessing that contraspec uses when nobody says otherwise: all constants in one place."""

from typing import Final

from ..grid import Grid
from .pipeline import Pipeline, Step

RAMAN_GRID: Final = Grid(100.0, 2.0, 1751)
"""100 to 3600 cm⁻¹: every handheld's range; 2 cm⁻¹ is a quarter of the sharpest resolution."""

RAMAN_LAM: Final = 1e4
"""Smoothness of the arPLS baseline for points 2 cm⁻¹ apart.

Measured on synthetic spectra: a band of 60 cm⁻¹ FWHM keeps 99, 98 and 91 % of its height at a
height of 3,300, 330 and 33 times the noise (20 cm⁻¹: 100 % at each). A hump of 300 cm⁻¹ FWHM is
removed to below its noise where it is up to 300 times the noise high; at 3,000 times it stays and
one of 400 cm⁻¹ is removed. arPLS is a switch: what it takes for a band it leaves whole, and the
cleaner the spectrum, the broader a band may be. With 1e4 the limit lies about 100 cm⁻¹ higher.
"""

RAMAN_PIPELINE: Final = Pipeline(
    (
        Step("despike"),
        Step(
            "resample",
            {"start": RAMAN_GRID.start, "step": RAMAN_GRID.step, "n_points": RAMAN_GRID.n_points},
        ),
        Step("baseline", {"method": "arpls", "lam": RAMAN_LAM, "diff_order": 2}),
        Step("clip", {"minimum": 0.0}),
    )
)
