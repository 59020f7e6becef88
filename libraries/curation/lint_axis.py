"""Checks of the axes: offsets, and ranges that are too short."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from .findings import Finding, names_of, shown
from .survey import Survey

OFFSET_CM1: Final = 3.0
"""Offset from the instrument's own that is told: alignment leaves at most 1 cm⁻¹ (``separation``), and
polystyrene's positions carry 1.1 cm⁻¹ (ASTM E1840)."""

INSTRUMENT_CM1: Final = 2.0
"""Offset of a whole instrument that is told."""

MIN_STRENGTH: Final = -1.0
"""Log odds of one substance below which a shift means nothing."""

SAME_AXIS: Final = 3
"""References on one and the same axis that make it the instrument's."""

SHARE_OF_RANGE: Final = 0.85
"""Of the range that the instrument's references have."""

NEEDED_CM1: Final = (500.0, 1700.0)
"""Fingerprint region without which organic substances can't be told apart."""


def axis_offset(survey: Survey) -> Iterator[Finding]:
    """Axes that disagree with the shipped references, with replicates, or with the instrument's own axis."""
    told: set[int] = set()
    for group, places in survey.groups.items():
        shifts = {
            place: survey.opinions[place].own.shift_cm1
            for place in places
            if place in survey.opinions and survey.opinions[place].own.strength > MIN_STRENGTH
        }
        usual = float(np.median(list(shifts.values()))) if len(shifts) >= SAME_AXIS else 0.0
        if abs(usual) >= INSTRUMENT_CM1:
            references = [survey.reference(place) for place in shifts]
            yield Finding(
                "instrument_axis_offset", "warning", tuple(each.id for each in references), (),
                f"{group or 'the instrument'} reads {abs(usual):.1f} cm-1 too "
                f"{'low' if usual > 0 else 'high'} (median over {len(shifts)} substances)",
                "calibrate the axis with a standard of ASTM E1840 and build the library again",
            )  # fmt: skip
        for place, shift in shifts.items():
            if abs(shift - usual) >= OFFSET_CM1:
                told.add(place)
                yield _offset(survey, place, shift - usual, "the shipped reference of its substance")
    yield from _moved_axes(survey, told)
    yield from _replicate_offsets(survey, told)


def _moved_axes(survey: Survey, told: set[int]) -> Iterator[Finding]:
    """Axes that are the instrument's, but as a whole moved."""
    for places in survey.groups.values():
        axes: dict[tuple[int, float, float], list[int]] = {}
        for place in places:
            spectrum = survey.traits[place].spectrum
            key = (spectrum.n_points, round(float(spectrum.axis[0]), 2), round(float(spectrum.axis[-1]), 2))
            axes.setdefault(key, []).append(place)
        common = max(axes, key=lambda key: len(axes[key]))
        if len(axes[common]) < max(SAME_AXIS, len(places) / 2):
            continue
        for (n_points, first, last), moved in axes.items():
            by = first - common[1], last - common[2]
            rigid = n_points == common[0] and abs(by[0] - by[1]) < 0.25 * max(abs(by[0]), 1e-9)
            if rigid and min(map(abs, by)) >= OFFSET_CM1:
                for place in moved:
                    if place not in told and survey.traits[place].spectrum.unit == "raman_shift_cm-1":
                        told.add(place)
                        yield _offset(survey, place, -by[0], "the axis of the instrument's other references")


def _replicate_offsets(survey: Survey, told: set[int]) -> Iterator[Finding]:
    """Replicates and near-identical references that stand off each other."""
    pairs = [pair for group in survey.within.values() for pair in group]
    pairs += [pair for pair in survey.near if pair.likeness.strength > 0]
    for pair in pairs:
        shift = pair.likeness.shift_cm1
        if abs(shift) < OFFSET_CM1 or pair.likeness.strength <= 0 or {pair.one, pair.other} & told:
            continue
        one, other = survey.reference(pair.one), survey.reference(pair.other)
        told.update((pair.one, pair.other))
        yield Finding(
            "axis_offset", "warning", (one.id, other.id), names_of((one, other)),
            f"{shown(one)} and {shown(other)} agree only after a shift of {shift:+.1f} cm-1: one axis is off",
            "check both against a standard of ASTM E1840, and measure the one that is off again",
        )  # fmt: skip


def _offset(survey: Survey, place: int, shift: float, against: str) -> Finding:
    reference = survey.reference(place)
    return Finding(
        "axis_offset", "warning", (reference.id,), (reference.label.substance,),
        f"{shown(reference)}: {shift:+.1f} cm-1 must be added to its axis to agree with {against}",
        "measure again after a calibration of the axis (ASTM E1840)",
    )  # fmt: skip


def short_range(survey: Survey) -> Iterator[Finding]:
    """Ranges that are short for their instrument, or for any identification."""
    for group, places in survey.groups.items():
        firsts = [float(survey.traits[place].spectrum.axis[0]) for place in places]
        lasts = [float(survey.traits[place].spectrum.axis[-1]) for place in places]
        usual = float(np.median(firsts)), float(np.median(lasts))
        for place, first, last in zip(places, firsts, lasts, strict=True):
            unit = survey.traits[place].spectrum.unit
            low, high = max(first, usual[0]), min(last, usual[1])
            share = max(0.0, high - low) / (usual[1] - usual[0])
            reasons = []
            if len(places) >= SAME_AXIS and share < SHARE_OF_RANGE:
                owner = group or "its instrument"
                reasons.append(f"covers {100 * share:.0f} % of {usual[0]:.0f} to {usual[1]:.0f} of {owner}")
            if unit == "raman_shift_cm-1" and (first > NEEDED_CM1[0] or last < NEEDED_CM1[1]):
                reasons.append(f"lacks part of {NEEDED_CM1[0]:.0f} to {NEEDED_CM1[1]:.0f} cm-1")
            if reasons:
                reference = survey.reference(place)
                yield Finding(
                    "short_range", "warning", (reference.id,), (reference.label.substance,),
                    f"{shown(reference)}: from {first:.0f} to {last:.0f}: it {' and '.join(reasons)}",
                    "export the whole range of the instrument, or measure again",
                )  # fmt: skip
