"""Checks of each reference's signal: noise, background, spikes, saturation, resolution."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from .findings import Finding, Severity, shown
from .robust import centre_and_spread, reached_by_most
from .survey import Survey

LOW_SNR: Final = (50.0, 250.0)
"""What is told whatever is usual: its noise adds to that of every query it is compared with; and what is
never told, since it is far below the noise of a handheld's scan."""

WEAKER: Final = 0.4
"""Share of the signal-to-noise that nine in ten of the instrument's references reach."""

SMOOTHER: Final = 10.0
"""Times the signal-to-noise that nine in ten of them stay below: no instrument does that, a filter does."""

BACKGROUND_LIMITS: Final = (0.4, 0.5, 0.9)
"""Share of the signal that is smooth background: least that is ever told, limit where the group is too
small to say what is usual, and what is told whatever is usual."""

MORE_BACKGROUND: Final = 3.0
"""Times the odds of background to bands that nine in ten of the instrument's references stay below."""

OUTLYING: Final = 4.0
"""Robust standard deviations from the instrument's other references."""

FLOOR: Final = 0.1
"""Constant offset, as a share of the highest band, that is never told."""

BROADER_CM1: Final = 5.0
"""Width (standard deviation, cm⁻¹) by which a reference is broader than the shipped one of its substance
beyond what its instrument is: 12 cm⁻¹ at half height."""

FINEST_CM1: Final = 30.0
"""No band narrower than this: either a liquid with broad bands only, or no resolution."""

COARSE_CM1: Final = 8.0
"""Distance of points that leaves two for a handheld's narrowest band."""

INSTRUMENT_CM1: Final = 15.0
"""Ph. Eur. 2.2.48: resolution of a Raman spectrometer for identification."""


def low_snr(survey: Survey) -> Iterator[Finding]:
    """Noise, absolute and against what the instrument gives else."""
    ratios = [traits.quality.snr for traits in survey.traits]
    usual = _reached(survey, ratios, least=True)
    for place, snr in enumerate(ratios):
        weaker = place in usual and snr < WEAKER * usual[place] and snr < LOW_SNR[1]
        if snr < LOW_SNR[0] or weaker:
            note = f"; nine in ten of its instrument reach {usual[place]:.0f}" if place in usual else ""
            yield _one(
                survey, place, "low_snr", "warning",
                f"signal-to-noise {snr:.0f}{note}",
                "measure again with longer integration or more averages",
            )  # fmt: skip


def residual_baseline(survey: Survey) -> Iterator[Finding]:
    """Background that the instrument's other references don't have, and constant offsets."""
    if survey.library.technique != "raman":  # level and slope of an absorbance are scatter
        return
    shares = [min(max(traits.quality.fluorescence, 1e-4), 1 - 1e-4) for traits in survey.traits]
    most = _reached(survey, [share / (1 - share) for share in shares], least=False)
    floor, ceiling = BACKGROUND_LIMITS[0], BACKGROUND_LIMITS[2]
    for place, share in enumerate(shares):
        limit = BACKGROUND_LIMITS[1]
        if place in most:
            limit = 1 - 1 / (1 + MORE_BACKGROUND * most[place])
        limit = min(max(limit, floor), ceiling)
        if share > limit:
            yield _one(
                survey, place, "residual_baseline", "warning",
                f"{100 * share:.0f} % of the signal is smooth background, limit {100 * limit:.0f} %",
                "measure again after bleaching or at a longer wavelength, or correct dark and background",
            )  # fmt: skip
    yield from _offsets(survey)


def _offsets(survey: Survey) -> Iterator[Finding]:
    """Find constant offsets that the instrument's other references don't have."""
    for places in survey.groups.values():
        usual = centre_and_spread([survey.traits[place].floor for place in places], least=FLOOR / OUTLYING)
        if usual is None:
            continue
        for place in places:
            floor = survey.traits[place].floor
            if abs(floor - usual[0]) > OUTLYING * usual[1]:
                yield _one(
                    survey, place, "intensity_offset", "warning",
                    f"stands {floor:.2g} times its highest band above zero, others {usual[0]:.2g} times",
                    "subtract the dark spectrum as for the others, or measure again",
                )  # fmt: skip


def spikes(survey: Survey) -> Iterator[Finding]:
    """Cosmic rays."""
    for place, traits in enumerate(survey.traits):
        n = traits.quality.n_spikes
        if n:
            yield _one(
                survey, place, "spikes", "warning",
                f"{n} cosmic-ray spike{'s' if n > 1 else ''} in the raw spectrum",
                "measure again, or average several scans with the instrument's spike filter",
            )  # fmt: skip


def saturation(survey: Survey) -> Iterator[Finding]:
    """Plateaus where the detector was at its limit."""
    for place, traits in enumerate(survey.traits):
        if traits.quality.saturated:
            yield _one(
                survey, place, "saturation", "error",
                "its highest band is a plateau: the detector was at its limit",
                "measure again with a shorter integration or less laser power",
            )  # fmt: skip


def resolution(survey: Survey) -> Iterator[Finding]:
    """Bands broader than the instrument, the substance or the rules for identification allow."""
    broad = {place: opinion.broadening_cm1 for place, opinion in survey.opinions.items()}
    known = [float(width) for width in broad.values() if width is not None]
    usual = float(np.median(known)) if known else 0.0
    too_smooth = _too_smooth(survey)
    for place, traits in enumerate(survey.traits):
        step = float(np.median(np.diff(traits.spectrum.axis)))
        in_cm1 = traits.spectrum.unit.endswith("cm-1")
        width = broad.get(place)
        reasons = []
        if in_cm1 and step > COARSE_CM1:
            reasons.append(f"its points are {step:.1f} cm-1 apart")
        if width is not None and width - usual >= BROADER_CM1 and survey.opinions[place].own.strength > -5.0:
            reasons.append(f"broader than the shipped reference by {2.355 * (width - usual):.0f} cm-1 (FWHM)")
        if in_cm1 and traits.finest_cm1 is not None and traits.finest_cm1 > FINEST_CM1:
            reasons.append(f"its narrowest band is {traits.finest_cm1:.0f} cm-1 wide")
        if place in too_smooth:
            reasons.append("it has less noise between neighbouring points than its instrument can give")
        if reasons:
            yield _one(
                survey, place, "low_resolution", "warning", "; ".join(reasons),
                "export without smoothing, or measure again with the instrument's own resolution",
            )  # fmt: skip
    yield from _instruments(survey)


def _instruments(survey: Survey) -> Iterator[Finding]:
    """Instruments whose sharpest bands are too broad to identify with."""
    for group, places in survey.groups.items():
        finest = [width for place in places if (width := survey.traits[place].finest_cm1) is not None]
        if survey.library.technique != "raman" or len(finest) < 6:
            continue
        best = float(np.quantile(finest, 0.1))
        if best > INSTRUMENT_CM1:
            yield Finding(
                "instrument_resolution", "info", (), (),
                f"the sharpest bands of {group or 'the instrument'} are {best:.0f} cm-1 wide, "
                f"expected at most {INSTRUMENT_CM1:.0f} (Ph. Eur. 2.2.48)",
                "check slit and focus, or use the library with instruments of like resolution only",
            )  # fmt: skip


def _too_smooth(survey: Survey) -> set[int]:
    """Places whose noise is far below that of the same instrument: they were smoothed."""
    ratios = [traits.quality.snr for traits in survey.traits]
    usual = _reached(survey, ratios, least=False)
    return {place for place, most in usual.items() if ratios[place] > SMOOTHER * most}


def _reached(survey: Survey, values: Sequence[float], *, least: bool) -> dict[int, float]:
    """Find what nine in ten of each place's instrument reach, or stay below."""
    found = {}
    for places in survey.groups.values():
        usual = reached_by_most([values[place] for place in places], least=least)
        if usual is not None:
            found.update(dict.fromkeys(places, usual))
    return found


def _one(survey: Survey, place: int, code: str, severity: Severity, message: str, remedy: str) -> Finding:
    """Make the finding about one reference."""
    reference = survey.reference(place)
    text = f"{shown(reference)}: {message}"
    return Finding(code, severity, (reference.id,), (reference.label.substance,), text, remedy)
