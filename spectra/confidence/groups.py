"""Candidates that one measurement cannot tell apart, and sets that hold the truth at a stated rate.

A group has three sources. Candidates whose evidence is about that of the best; candidates that the
query's noise, as seen by :mod:`..matching.separation`, does not separate from it, whatever the
evidence says; and, where all that was seen belongs to a class (one strong band, a phenyl ring),
the members of that class. A prediction set is another thing: its width is the conformal quantile of
calibration cases, and it claims a rate for substances that the library holds.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from ..errors import CalibrationError
from ..label import Label
from ..matching.candidates import Weighed
from .identification import PredictionSet
from .ranking import ALARM_GAP, GROUP_GAP, Ranking

MIN_SEPARATION: Final = 3.0
"""Standard deviations from which a query speaks against a candidate: one true one in 740 exceeds it.

In the simulated trials behind ``GROUP_GAP`` this merges the 7 pairs that the gap leaves apart, at 3 %
more groups, and in the measured ones 2 of 11 at 5 %. To ask for both, or for this alone, is worse:
the model of what instruments change is not the whole of it, and 92 of the 290 would be missed.
"""

LONE_BAND: Final = 1.5
"""Effective number of bands of the reference below which it stands for a class."""

FITS: Final = 0.5
"""Share of bands, both ways, from which a candidate has what the class has."""

BREATHING_CM1: Final = (996.0, 1008.0)
PHENYL_CM1: Final = (
    (614.0, 628.0),
    BREATHING_CM1,
    (1023.0, 1037.0),
    (1148.0, 1187.0),
    (1578.0, 1612.0),
    (3045.0, 3075.0),
)
"""Bands of a singly substituted benzene ring, whatever it is bound to: ring deformation 621, breathing
1002, in-plane C-H 1030 and 1155 to 1180, ring stretching 1583 to 1605, C-H stretching 3060 cm⁻¹ (Varsányi,
Assignments for Vibrational Spectra of Seven Hundred Benzene Derivatives, 1974), each with some 5 cm⁻¹
for the library's own axis."""

SAME_BAND_CM1: Final = 8.0
"""Distance up to which bands of two references are the same."""


def conformal_gap(gaps: Iterable[float], level: float) -> float:
    """Width of the prediction sets that hold the truth at a stated rate.

    Split conformal prediction (Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World,
    2005; for spectral libraries 10.1002/cem.70017): with n calibration cases exchangeable with the
    query, the ⌈(n + 1) level⌉-th smallest gap holds the query's own with at least that rate.
    The rate is marginal, over cases of substances that the library holds.

    Parameters
    ----------
    gaps : iterable of float
        One per calibration case: log odds of the top candidate less those of the true one, 0 where
        the top is the truth, inf where the truth was not among the candidates.
    level : float
        Rate, above 0 and below 1.

    Returns
    -------
    float
        inf when there are too few cases for the rate.

    Raises
    ------
    CalibrationError
        A level that is no rate, a gap that is negative or no number.
    """
    if not 0.0 < level < 1.0:
        raise CalibrationError(f"level {level!r} of a prediction set: expected more than 0 and less than 1")
    ordered = sorted(gaps)
    if any(not gap >= 0.0 for gap in ordered):
        raise CalibrationError("a gap below 0 or no number: expected top candidate less true one")
    rank = math.ceil((len(ordered) + 1) * level - 1e-9)  # 100 · 0.55 is 55, not 55.00000000000001
    return ordered[rank - 1] if rank <= len(ordered) else math.inf


def prediction_set(ranking: Ranking) -> PredictionSet | None:
    """Candidates within the calibration's conformal gap of the best.

    Parameters
    ----------
    ranking : Ranking
        Its calibration says gap and level. The search weighs a fixed number of candidates, which
        bounds the set; a truth beyond them counts as an infinite gap when the gap is fitted.

    Returns
    -------
    PredictionSet or None
        One label per identity; None without a candidate, a calibration or a finite gap.
    """
    calibration = ranking.calibration
    if calibration is None or not ranking.ranked or not math.isfinite(calibration.set_gap):
        return None
    best = ranking.ranked[0].log_odds
    inside = (entry for entry in ranking.ranked if best - entry.log_odds <= calibration.set_gap)
    labels: dict[str, Label] = {}
    for entry in inside:
        label = ranking.label(entry)
        labels.setdefault(label.identity, label)
    return PredictionSet(calibration.set_level, tuple(labels.values()))


def indistinguishable(ranking: Ranking) -> list[Weighed]:
    """Candidates that are not told apart from the best, most evidence first.

    Parameters
    ----------
    ranking : Ranking
        With at least one candidate.

    Returns
    -------
    list of Weighed
        The best, those within ``GROUP_GAP`` of it (one just below the threshold is no less like
        it), those worth naming that the query's noise does not separate from it, and controlled
        ones that are likely and within ``ALARM_GAP``, or in the prediction set.
    """
    best = ranking.ranked[0].log_odds
    members = []
    for place, entry in enumerate(ranking.ranked):
        gap, worth = best - entry.log_odds, ranking.is_candidate(entry.log_odds)
        alike = worth and _separation(ranking, place) < MIN_SEPARATION and _counts(ranking, entry)
        feared = worth and gap <= _alarm_gap(ranking, entry) and ranking.alarms(entry)
        if gap <= GROUP_GAP or alike or feared:
            members.append(entry)
    return members


def class_reasons(ranking: Ranking) -> tuple[str, ...]:
    """Why what was seen names a class at best; empty where it may name a substance.

    Parameters
    ----------
    ranking : Ranking
        With at least one candidate.
    """
    reasons = []
    if ranking.ranked[0].evidence.structure < LONE_BAND or len(_agreed(ranking, 0)) == 1:
        reasons.append("one_band_only")
    if is_phenyl_only(_agreed(ranking, 0)):
        reasons.append("phenyl_only")
    return tuple(reasons)


def class_members(ranking: Ranking, reasons: Sequence[str]) -> list[Weighed]:
    """Candidates that share with the best what ``reasons`` found the class to be.

    Parameters
    ----------
    ranking : Ranking
        With at least one candidate.
    reasons : sequence of str
        Of ``class_reasons``.

    Returns
    -------
    list of Weighed
        Most evidence first.
    """
    members = [ranking.ranked[0]]
    for place, entry in enumerate(ranking.ranked[1:], start=1):
        evidence = entry.evidence
        band = min(evidence.query_explained, evidence.reference_explained) >= FITS
        ring = evidence.reference_explained >= FITS and has_all(_agreed(ranking, place), _agreed(ranking, 0))
        belongs = ("one_band_only" in reasons and band) or ("phenyl_only" in reasons and ring)
        if belongs and _counts(ranking, entry):
            members.append(entry)
    return members


def is_phenyl_only(agreed_cm1: Sequence[float]) -> bool:
    """Whether all bands that agree are those of any singly substituted benzene ring.

    Parameters
    ----------
    agreed_cm1 : sequence of float
        On the reference's axis. The ring's breathing and one band more must be among them: methanol
        has a band at 1030 cm⁻¹ too.
    """
    places = {_within(x, PHENYL_CM1) for x in agreed_cm1}
    return None not in places and BREATHING_CM1 in places and len(places) > 1


def shown(ranking: Ranking, entries: Iterable[Weighed], limit: int) -> list[Weighed]:
    """Best entry of each identity; where not all fit, those that alarm stay, in their order.

    Parameters
    ----------
    ranking : Ranking
        Gives the labels.
    entries : iterable of Weighed
        Most evidence first.
    limit : int
        How many to show; the first is always shown.
    """
    first: dict[str, Weighed] = {}
    for entry in entries:
        first.setdefault(ranking.label(entry).identity, entry)
    unique = list(first.values())
    alarming = [entry for entry in unique[1:] if ranking.alarms(entry)][: limit - 1]
    others = [entry for entry in unique if entry not in alarming][: limit - len(alarming)]
    return [entry for entry in unique if entry in alarming or entry in others]


def _within(x: float, ranges: Iterable[tuple[float, float]]) -> tuple[float, float] | None:
    return next((found for found in ranges if found[0] <= x <= found[1]), None)


def _counts(ranking: Ranking, entry: Weighed) -> bool:
    """Whether a candidate with less evidence may undo a match to the best.

    A drawn reference (grade D) does only where it alarms and no measured one of its substance has
    more evidence: a possibility that nobody fears does not undo what was measured.
    """
    label = ranking.label(entry)
    if label.grade != "D":
        return True
    better = (ranking.label(each) for each in ranking.ranked[: ranking.ranked.index(entry)])
    measured = any(each.identity == label.identity and each.grade != "D" for each in better)
    return ranking.alarms(entry) and not measured


def _alarm_gap(ranking: Ranking, entry: Weighed) -> float:
    gap = ALARM_GAP if ranking.is_likely(entry.log_odds) else 0.0
    if ranking.calibration is None or not math.isfinite(ranking.calibration.set_gap):
        return gap
    return max(gap, ranking.calibration.set_gap)


def _separation(ranking: Ranking, place: int) -> float:
    return ranking.comparisons[place].separation if ranking.comparisons else math.inf


def _agreed(ranking: Ranking, place: int) -> tuple[float, ...]:
    return ranking.comparisons[place].agreed_cm1 if ranking.comparisons else ()


def has_all(theirs: Sequence[float], ours: Sequence[float]) -> bool:
    """Whether each of our bands, of which there are some, is one of theirs, cm⁻¹."""
    return bool(ours) and all(any(abs(x - y) <= SAME_BAND_CM1 for y in theirs) for x in ours)
