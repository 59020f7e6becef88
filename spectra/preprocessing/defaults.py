"""The preprocessing that contraspec uses when nobody says otherwise: all constants in one place."""

from typing import Final

from ..grid import Grid
from .pipeline import Pipeline, Step

RAMAN_GRID: Final = Grid(100.0, 2.0, 1751)
"""100 to 3600 cm⁻¹: every handheld's range; 2 cm⁻¹ is a quarter of the sharpest resolution."""

RAMAN_LAM: Final = 1e4
"""Smoothness of the arPLS baseline for points 2 cm⁻¹ apart.

Share of its height that a lone Gaussian band keeps (median of five draws of white noise):

============  =====  =====  =====  =====  =====  =====  =====
height/noise  20     60     100    150    300    400    500 cm⁻¹ FWHM
============  =====  =====  =====  =====  =====  =====  =====
3,300         1.00   1.00   1.00   1.00   0.99   0.98   0.45
330           1.00   0.99   0.98   0.97   0.00   0.00   0.00
33            0.99   0.94   0.81   0.03   0.00   0.00   0.00
============  =====  =====  =====  =====  =====  =====  =====

arPLS is a switch: what it takes for a band it leaves whole, what it takes for background it
removes, and the cleaner the spectrum, the broader a band may be.
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

NIR_GRID: Final = Grid(740.0, 2.0, 931, "wavelength_nm")
"""740 to 2600 nm: every handheld's range; 2 nm is finer than the points of any of them (3 to 16 nm)."""

NIR_PIPELINE: Final = Pipeline(
    (Step("resample", {"start": NIR_GRID.start, "step": NIR_GRID.step, "n_points": NIR_GRID.n_points}),)
)
"""Absorbance on the grid, and nothing else: shares of a mixture need its amplitude, which scatter
correction takes away. What is compared, scatter-corrected derivatives, is made of it in
``matching.nir.domain``."""
