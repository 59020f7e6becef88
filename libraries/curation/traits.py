"""What is measured on each reference by itself before it is compared with any other."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra.matching.bands import find_bands
from spectra.preprocessing.baseline import fit_baseline
from spectra.preprocessing.spikes import clean_spikes
from spectra.quality import QualityReport, assess_quality
from spectra.spectrum import Spectrum

from ..reference import Reference

_BAND_SHARE: Final = 0.1
_BAND_NOISE: Final = 10.0
"""A band whose width is trusted has this share of the height and this many times the noise."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Traits:
    """One reference, measured.

    Attributes
    ----------
    reference : Reference
        As it stands in the library.
    group : str
        Instrument, serial number and laser: references with the same key share an axis and a noise.
    quality : QualityReport
        Of the raw spectrum.
    floor : float
        Lowest point of the smooth background over the height of the highest band: a constant offset.
    finest_cm1 : float or None
        Width at half prominence of the narrowest trusted band, in the unit of the axis; None without one.
    """

    reference: Reference
    group: str
    quality: QualityReport
    floor: float
    finest_cm1: float | None

    @property
    def spectrum(self) -> Spectrum:
        """Raw spectrum of the reference."""
        return self.reference.spectrum


def measure(reference: Reference) -> Traits:
    """Measure one reference.

    Parameters
    ----------
    reference : Reference
        Of any technique.
    """
    spectrum = reference.spectrum
    quality = assess_quality(spectrum)
    clean, _ = clean_spikes(spectrum.axis, spectrum.intensity)
    background = _background(spectrum.axis, clean)
    above = clean - background
    height = float(above.max(initial=0.0)) or 1.0
    return Traits(
        reference=reference,
        group=group_of(reference),
        quality=quality,
        floor=float(background.min()) / height,
        finest_cm1=_finest(spectrum.axis, above, quality.noise),
    )


def group_of(reference: Reference) -> str:
    """Key of the instrument that a reference was measured on."""
    metadata, provenance = reference.spectrum.metadata, reference.provenance
    instrument = provenance.instrument or str(metadata.get("instrument") or "")
    laser = "" if provenance.laser_nm is None else f"{provenance.laser_nm:.0f} nm"
    return " ".join(filter(None, (instrument, str(metadata.get("serial") or ""), laser)))


def _background(axis: Array, clean: Array) -> Array:
    """Smooth background on at most 1,000 even points, so that its stiffness means the same for all."""
    n_points = min(axis.size, 1000)
    points = np.linspace(axis[0], axis[-1], n_points)
    fitted = fit_baseline(points, np.interp(points, axis, clean), method="arpls", lam=1e4, max_iter=25)
    background: Array = np.interp(axis, points, fitted)
    return background


def _finest(axis: Array, above: Array, noise: float) -> float | None:
    """Width of the narrowest band, or None."""
    height = float(above.max(initial=0.0))
    bands = find_bands(above, min_prominence=max(_BAND_SHARE * height, _BAND_NOISE * noise, 1e-300))
    widths = [
        width
        for place, prominence in zip(bands.position.tolist(), bands.prominence.tolist(), strict=True)
        if (width := _width(axis, above, round(place), float(prominence))) is not None
    ]
    return min(widths, default=None)


def _width(axis: Array, above: Array, top: int, prominence: float) -> float | None:
    """Full width at half prominence, interpolated; None where the end of the axis cuts it."""
    level = float(above[top]) - prominence / 2
    below = above <= level
    left, right = np.flatnonzero(below[:top]), np.flatnonzero(below[top + 1 :])
    if not left.size or not right.size:
        return None
    ends = []
    for outer, inner in ((int(left[-1]), int(left[-1]) + 1), (top + 1 + int(right[0]), top + int(right[0]))):
        share = (level - above[outer]) / (above[inner] - above[outer])
        ends.append(float(axis[outer] + share * (axis[inner] - axis[outer])))
    return ends[1] - ends[0]
