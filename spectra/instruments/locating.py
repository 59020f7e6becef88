"""Bands of a standard in a spectrum, each located to a fraction of a pixel."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..matching.bands import Bands
from ..quality import is_saturated
from ..spectrum import Spectrum
from .assigning import Assignment
from .axis import AxisFit, BandPair
from .peaks import Peak, fit_peak
from .standards import STRENGTHS, ShiftBand, ShiftStandard

MAX_STANDARD_CM1: Final = 2.0
"""A position that is known no better than this is not used."""

_MARGIN_CM1: Final = 150.0
_FINGERPRINT_CM1: Final = 1250.0
"""A standard must account for everything up to here, wherever its own bands end."""
_NEARLY: Final = 0.97
"""Share of the highest intensity from which on a saturated spectrum's bands are cut."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Located:
    """A band of the standard, what was fitted to it, and how high the detector went there."""

    band: ShiftBand
    peak: Peak
    top: float

    @property
    def pair(self) -> BandPair:
        """What the axis is fitted to."""
        known, measured = self.band.expanded_cm1 / 2, self.peak.standard_cm1
        return BandPair(self.band.position_cm1, self.peak.position_cm1, known, measured)


def locate(axis: Array, intensity: Array, found: Assignment, *, noise: float) -> list[Located]:
    """Fit every band that was found; those that cannot be located well are left out."""
    located = []
    for band, place in found.pairs:
        peak = fit_peak(axis, intensity, near_cm1=place, noise=noise)
        if peak and peak.standard_cm1 <= MAX_STANDARD_CM1:
            located.append(Located(band, peak, float(intensity[int(np.argmin(np.abs(axis - place)))])))
    return located


def bands_about(standard: ShiftStandard, bands: Bands) -> Bands:
    """Bands in the range of the standard: laser line, room light and C-H region of others do not count."""
    low = standard.bands[0].position_cm1 - _MARGIN_CM1
    high = max(standard.bands[-1].position_cm1 + _MARGIN_CM1, _FINGERPRINT_CM1)
    near = (bands.position >= low) & (bands.position <= high)
    return Bands(bands.position[near], bands.prominence[near])


def astray_share(axis: AxisFit, peaks: list[Located]) -> float:
    """Share of the located bands, weighted by strength, that the fit left out."""
    weights = {one.band.position_cm1: STRENGTHS[one.band.strength] for one in peaks}
    left = sum(weights[band.pair.certified_cm1] for band in axis.bands if not band.used)
    return left / sum(weights.values())


def saturated_from(spectrum: Spectrum) -> float:
    """Intensity from which on a band is cut by the detector's limit; infinity where none is."""
    full, top = spectrum.metadata.get("detector_max"), spectrum.metadata.get("raw_max")
    stated = isinstance(full, (int, float)) and isinstance(top, (int, float)) and float(top) >= float(full)
    if not stated and not is_saturated(spectrum.intensity):
        return float("inf")
    return _NEARLY * float(spectrum.intensity.max())
