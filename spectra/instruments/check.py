"""The check of an instrument: one spectrum of one standard, judged against limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import UnsupportedError
from ..preprocessing.spikes import clean_spikes
from ..quality import assess_quality, estimate_noise
from ..spectrum import Spectrum
from .assigning import MIN_EXPLAINED, Assignment, assign, explained_after
from .axis import PIVOT_CM1, AxisFit, fit_axis
from .limits import DEFAULT_LIMITS, Limits
from .locating import Located, astray_share, bands_about, locate, saturated_from
from .peaks import candidate_bands
from .resolution import Resolution, estimate_resolution
from .standards import ShiftStandard

_MAX_ASTRAY: Final = 1 / 6
"""Share of the bands, weighted by strength, that one line may leave out: a band that is there but not at its
place tells a look-alike from the standard. Measured: benzyl alcohol taken for polystyrene 0.20, real
standards 0.14 at most."""
_MAX_BENT_CM1: Final = 2.0
"""With larger residuals than this there is no offset that means anything."""
_NEARLY: Final = 0.97
"""Share of the highest intensity from which on a saturated spectrum's bands are cut."""
_MIN_SHARE: Final = 0.5
"""Of the bands that were found, how many the fit must keep."""
_MIN_HEIGHT: Final = 0.05
"""Share of the strongest band from which on a height is worth comparing."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class InstrumentCheck:
    """What one spectrum of a standard says of its instrument.

    Attributes
    ----------
    standard : str
        Key of the standard.
    passed : bool
        Whether no limit is exceeded.
    reasons : tuple of str
        Why not: ``saturated``, ``too_weak``, ``wrong_standard``, ``too_few_bands``, ``axis_offset``,
        ``axis_residual``, ``resolution``.
    axis : AxisFit or None
        None for what is not the standard, or has too few bands.
    resolution : Resolution or None
        None where no band tells.
    snr : float
        Height of the strongest band of the standard over the noise.
    brightness : float or None
        Counts a second of that band; None where the integration time is unknown.
    heights : mapping of float to float
        Certified position to height relative to the strongest band, from 5 % on.
    n_in_range : int
        Bands of the standard that the axis covers.
    found, explained : float
        Shares of the standard's bands that were found, and of the spectrum's that it explains.
    """

    standard: str
    passed: bool
    reasons: tuple[str, ...]
    axis: AxisFit | None
    resolution: Resolution | None
    snr: float
    brightness: float | None
    heights: Mapping[float, float]
    n_in_range: int
    found: float
    explained: float


def check_instrument(
    spectrum: Spectrum, standard: ShiftStandard, *, limits: Limits = DEFAULT_LIMITS
) -> InstrumentCheck:
    """Measure an axis, a resolution and a signal with a standard.

    Parameters
    ----------
    spectrum : Spectrum
        Of the standard, Raman, as the device exported it.
    standard : ShiftStandard
        What was measured.
    limits : Limits
        What counts as passed.

    Returns
    -------
    InstrumentCheck
        What is not the standard gets no axis: a wrong standard never gives an offset.

    Raises
    ------
    UnsupportedError
        A spectrum that is not Raman with Raman shifts.
    """
    if spectrum.technique != "raman" or spectrum.unit != "raman_shift_cm-1":
        raise UnsupportedError(
            f"a {spectrum.technique} spectrum in {spectrum.unit}: an instrument check needs a Raman spectrum "
            f"in cm-1; the wavelength axis of NIR instruments is not checked here: use the maker's check "
            f"with its rare-earth or polystyrene standard"
        )
    clean, _ = clean_spikes(spectrum.axis, spectrum.intensity)
    noise = estimate_noise(clean)
    bands = bands_about(standard, candidate_bands(spectrum.axis, clean, noise))
    low, high = float(spectrum.axis[0]), float(spectrum.axis[-1])
    found = assign(bands, standard, low_cm1=low, high_cm1=high)
    if not found.is_standard:
        return _not_checked(standard, found, _weak(spectrum) or ("wrong_standard",))
    cut = saturated_from(spectrum)
    peaks = [one for one in locate(spectrum.axis, clean, found, noise=noise) if one.top < cut]
    saturated = not any(one.band == standard.main_band for one in peaks)
    if not peaks or saturated:
        cause = "saturated" if np.isfinite(cut) else "too_few_bands"
        return _not_checked(standard, found, (cause,))
    axis = fit_axis([one.pair for one in peaks], common_standard_cm1=standard.common_cm1)
    corrected = bands.position + axis.offset_cm1 + axis.stretch * (bands.position - PIVOT_CM1)
    strange = explained_after(bands, standard, corrected) < MIN_EXPLAINED
    if strange or astray_share(axis, peaks) > _MAX_ASTRAY:
        return _not_checked(standard, found, ("wrong_standard",))
    return _judged(spectrum, standard, found, axis=axis, peaks=peaks, noise=noise, limits=limits)


def _weak(spectrum: Spectrum) -> tuple[str, ...]:
    return ("too_weak",) if set(assess_quality(spectrum).unusable) - {"saturated"} else ()


def _not_checked(standard: ShiftStandard, found: Assignment, reasons: tuple[str, ...]) -> InstrumentCheck:
    return InstrumentCheck(
        standard.key,
        False,
        reasons,
        None,
        None,
        0.0,
        None,
        {},
        len(found.in_range),
        found.found,
        found.explained,
    )


def _judged(
    spectrum: Spectrum,
    standard: ShiftStandard,
    found: Assignment,
    *,
    axis: AxisFit,
    peaks: list[Located],
    noise: float,
    limits: Limits,
) -> InstrumentCheck:
    strongest = max(one.peak.height for one in peaks)
    resolution = _resolution(standard, peaks)
    snr = strongest / noise
    reasons = _exceeded(axis, resolution, found, limits)
    if snr < limits.min_snr:
        reasons.append("too_weak")
    seconds = spectrum.metadata.get("integration_time_s")
    known = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds > 0
    return InstrumentCheck(
        standard=standard.key,
        passed=not reasons,
        reasons=tuple(reasons),
        axis=axis if "too_few_bands" not in reasons and axis.rms_cm1 <= _MAX_BENT_CM1 else None,
        resolution=resolution,
        snr=snr,
        brightness=strongest / float(seconds) if known and seconds else None,
        heights=_heights(peaks, strongest),
        n_in_range=len(found.in_range),
        found=found.found,
        explained=found.explained,
    )


def _exceeded(axis: AxisFit, resolution: Resolution | None, found: Assignment, limits: Limits) -> list[str]:
    if axis.n_used < max(_MIN_SHARE * len(found.pairs), min(3, len(found.in_range))):
        return ["too_few_bands"]
    reasons = []
    low, high = axis.range_cm1
    if max(abs(axis.correction_cm1(low)), abs(axis.correction_cm1(high))) > limits.max_offset_cm1:
        reasons.append("axis_offset")
    if axis.rms_cm1 > limits.max_residual_cm1:
        reasons.append("axis_residual")
    if resolution and not resolution.is_bound and resolution.width_cm1 > limits.max_resolution_cm1:
        reasons.append("resolution")
    return reasons


def _heights(peaks: list[Located], strongest: float) -> dict[float, float]:
    """Certified position to relative height, of bands that are high enough to compare."""
    shares = {one.band.position_cm1: one.peak.height / strongest for one in peaks}
    return {at: share for at, share in shares.items() if share >= _MIN_HEIGHT}


def _resolution(standard: ShiftStandard, peaks: list[Located]) -> Resolution | None:
    natural = standard.natural_width_cm1
    for one in peaks:
        if one.band.position_cm1 == standard.width_band_cm1:
            return estimate_resolution(one.band.position_cm1, one.peak.width_cm1, natural_cm1=natural)
    return None
