"""Why a Raman spectrum is too weak: light that is not Raman light drowns it.

Two kinds ask for different things. Fluorescence comes from the item, or from coloured packaging before
it. Thermal light says that the laser heats a dark item, which must not get more of it. Planck's law tells
them apart: at what a laser may heat a powder to, thermal light grows ever more steeply towards longer
wavelengths, so much of it stands at the end of the spectrum; fluorescence is a hump or a slope.
"""

from typing import Final, Literal

import numpy as np

from ..quality import QualityReport
from ..spectrum import Spectrum

Glare = Literal["heating", "fluorescent"]

BLOCKS: Final = 16
MIN_GLOW: Final = 30.0
"""Range of a background that grows as thermal light does over the noise, from which on it is taken for that.

White noise and an empty scan stay below 3.
"""
MIN_FLUORESCENCE: Final = 100.0
"""Range of any other background over the noise, from which on a longer scan helps little: it is the
shot noise of some 10,000 photons a point, and the detector would be full first."""
STEEP: Final = 0.4
"""Share of the whole range that thermal light has in the last quarter: 0.72, 0.58 and 0.49 at 500, 700 and
900 K between 200 and 2300 cm⁻¹ from 785 nm (Planck's law); a straight slope has 0.27."""


def glare(spectrum: Spectrum, quality: QualityReport) -> Glare | None:
    """Say what drowns a spectrum.

    Parameters
    ----------
    spectrum : Spectrum
        Raman, as measured.
    quality : QualityReport
        Of it.

    Returns
    -------
    str or None
        ``heating`` or ``fluorescent`` of a spectrum that is too weak; None of any other, and where there is
        too little light of any kind.
    """
    if "too_weak" not in quality.unusable or quality.noise <= 0:
        return None
    levels = np.array([np.median(block) for block in np.array_split(spectrum.intensity, BLOCKS)])
    spread = float(np.ptp(levels)) / quality.noise
    late = BLOCKS // 4
    grows = bool(np.all(np.diff(levels[-2 * late :]) > 0)) and float(levels[-1]) == float(levels.max())
    steep = float(levels[-1] - levels[-1 - late]) >= STEEP * float(np.ptp(levels))
    if grows and steep and spread >= MIN_GLOW:
        return "heating"
    return "fluorescent" if spread >= MIN_FLUORESCENCE else None
