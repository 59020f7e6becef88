"""Checks of names against spectra: one spectrum under two names, two spectra under one, wrong labels."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from .findings import Finding, names_of, shown
from .survey import Pair, Survey

IDENTICAL: Final = 0.97
"""Correlation of the roots, in units of what the noise allows, from which two substances have one spectrum.

On 80 substances of one instrument the true duplicates have 0.981 to 0.999, the nearest two
different substances 0.956. Slopes of near-infrared absorbances reach 0.968 between two substances."""

SYNONYMOUS: Final = 0.93
"""The same for two names that the substance table holds for one substance."""

DISSIMILAR: Final = -1.0
"""Log odds of one substance below which two spectra of one name are two substances."""

INCONSISTENT: Final = 0.9
"""Correlation of replicates of one instrument, in units of what the noise allows, below which it is told."""

LIKELY: Final = 0.0
MARGIN: Final = 4.0
"""Log odds by which another substance must explain a spectrum better than the stated one."""


def same_spectrum(survey: Survey) -> Iterator[Finding]:
    """Near-identical spectra under two names."""
    for pair in survey.near:
        one, other = survey.reference(pair.one), survey.reference(pair.other)
        synonyms = one.label.identity == other.label.identity
        if pair.correlation < (SYNONYMOUS if synonyms else IDENTICAL):
            continue
        why = "synonyms in the substance table" if synonyms else "to noise and alignment"
        yield Finding(
            "same_spectrum", "warning", (one.id, other.id), names_of((one, other)),
            f"{shown(one)} and {shown(other)} are near-identical (correlation {pair.correlation:.3f}; {why})",
            "keep one name, or deprecate the reference whose label is wrong; identify calls both a group",
        )  # fmt: skip


def dissimilar_name(survey: Survey) -> Iterator[Finding]:
    """One name over spectra that are not of one substance."""
    for pairs in survey.within.values():
        apart = [pair for pair in pairs if pair.likeness.strength < DISSIMILAR]
        if not apart:
            continue
        blamed = _blamed(apart)
        references = [survey.reference(place) for place in blamed]
        yield Finding(
            "dissimilar_name", "error", tuple(each.id for each in references), names_of(references),
            f"{', '.join(map(shown, references))}: one name over spectra that don't agree with its others "
            f"({len(apart)} of {len(pairs)} pairs)",
            "look at the spectra beside each other, correct the label or deprecate the wrong one",
        )  # fmt: skip


def inconsistent_replicates(survey: Survey) -> Iterator[Finding]:
    """Replicates of one instrument that agree less than replicates do."""
    if survey.library.technique != "raman":  # slopes of packed powders vary as much as substances do
        return
    for pairs in survey.within.values():
        apart = [
            pair
            for pair in pairs
            if pair.correlation < INCONSISTENT
            and pair.likeness.strength >= DISSIMILAR
            and survey.traits[pair.one].group == survey.traits[pair.other].group
        ]
        if apart:
            references = [survey.reference(place) for place in _blamed(apart)]
            worst = min(pair.correlation for pair in apart)
            yield Finding(
                "inconsistent_replicates", "warning",
                tuple(each.id for each in references), names_of(references),
                f"{', '.join(map(shown, references))}: replicates on one instrument correlate {worst:.2f}",
                "measure again; state the solid form where there are several",
            )  # fmt: skip


def mislabelled(survey: Survey) -> Iterator[Finding]:
    """Spectra whose nearest neighbours are another substance."""
    told: set[int] = set()
    for place, opinion in survey.opinions.items():
        better = opinion.other_strength - opinion.own.strength
        if opinion.own.strength < LIKELY and opinion.other_strength > LIKELY and better > MARGIN:
            reference = survey.reference(place)
            told.add(place)
            yield Finding(
                "mislabelled", "error", (reference.id,), (reference.label.substance,),
                f"{shown(reference)}: looks like {opinion.other}, not like the shipped reference of its name",
                "check the sample and the file; correct the label or deprecate the reference",
            )  # fmt: skip
    yield from _strangers(survey, told)


def _strangers(survey: Survey, told: set[int]) -> Iterator[Finding]:
    """Find references nearer to replicates of another name than to their own (leave one out)."""
    own: dict[int, float] = {}
    for pairs in survey.within.values():
        for pair in pairs:
            for place in (pair.one, pair.other):
                own[place] = max(own.get(place, -1e9), pair.likeness.strength)
    best: dict[int, tuple[float, int]] = {}
    for pair in survey.near:
        one, other = survey.reference(pair.one), survey.reference(pair.other)
        if one.label.identity == other.label.identity:
            continue
        for place, neighbour in ((pair.one, pair.other), (pair.other, pair.one)):
            best[place] = max(best.get(place, (-1e9, -1)), (pair.likeness.strength, neighbour))
    for place, (strength, neighbour) in best.items():
        lonely = own.get(place, -1e9) < LIKELY and place in own
        homely = own.get(neighbour, -1e9) > LIKELY  # the neighbour is at home with its own replicates
        if place not in told and lonely and homely and strength > LIKELY:
            reference = survey.reference(place)
            yield Finding(
                "mislabelled", "error", (reference.id,), (reference.label.substance,),
                f"{shown(reference)}: its nearest neighbour is {shown(survey.reference(neighbour))}, "
                f"not a replicate of its own name",
                "check the sample and the file; correct the label or deprecate the reference",
            )  # fmt: skip


def _blamed(apart: list[Pair]) -> list[int]:
    """Fewest references that all these pairs have in common: the odd ones out; both of a lone pair."""
    left, blamed = list(apart), []
    while left:
        counts = Counter(place for pair in left for place in (pair.one, pair.other))
        (worst, most), *others = counts.most_common()
        if most == 1 or (others and others[0][1] == most):
            blamed += sorted(counts)
            break
        blamed.append(worst)
        left = [pair for pair in left if worst not in (pair.one, pair.other)]
    return sorted(set(blamed))
