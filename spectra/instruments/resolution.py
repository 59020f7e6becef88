"""The resolution of an instrument from the width of one narrow band."""

from dataclasses import dataclass
from typing import Final

import numpy as np

_LORENTZ: Final = 0.5346
_LORENTZ_SQUARE: Final = 0.2166


@dataclass(frozen=True)
class Resolution:
    """Full width at half maximum that the instrument gives to an infinitely narrow band.

    Attributes
    ----------
    width_cm1 : float
        Of the instrument.
    is_bound : bool
        True where the band's natural width is unknown: the instrument is at least that good.
    band_cm1, measured_cm1, natural_cm1 : float
        Which band, how wide it was measured, how wide it is by nature (0 where unknown).
    """

    width_cm1: float
    is_bound: bool
    band_cm1: float
    measured_cm1: float
    natural_cm1: float


def instrument_width(measured_cm1: float, *, natural_cm1: float) -> float:
    """Take a Lorentzian natural width out of the width of a Voigt profile.

    The full width of a Voigt profile is 0.5346 L + sqrt(0.2166 L² + G²) to 0.02 % (Olivero and Longbothum,
    J. Quant. Spectrosc. Radiat. Transfer 17 (1977) 233), solved for the Gaussian width G. The idea to use
    the 1085 cm⁻¹ band of calcite is that of ASTM E2529; its own conversion is not used here.

    Parameters
    ----------
    measured_cm1, natural_cm1 : float
        Full widths at half maximum.

    Returns
    -------
    float
        0 where the band is no wider than by nature.
    """
    rest = measured_cm1 - _LORENTZ * natural_cm1
    square = rest * rest - _LORENTZ_SQUARE * natural_cm1 * natural_cm1
    return float(np.sqrt(square)) if rest > 0 and square > 0 else 0.0


def estimate_resolution(band_cm1: float, measured_cm1: float, *, natural_cm1: float) -> Resolution:
    """Resolution from one band; an upper bound where its natural width is unknown (0)."""
    width = instrument_width(measured_cm1, natural_cm1=natural_cm1)
    return Resolution(width, natural_cm1 == 0, band_cm1, measured_cm1, natural_cm1)
