"""From ranked evidence to a verdict. A failure never looks like clear."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..label import ALERT_ROLES
from ..matching.candidates import Weighed
from ..matching.evidence import OFF_AXIS_CM1, Evidence, score_of
from ..matching.hints import Hint
from ..matching.search import Hit
from ..quality import QualityReport
from . import groups
from .actions import advised
from .identification import Identification, NamedSubstance, PredictionSet, Verdict
from .mixed import Judged, feared_instead, judge
from .ranking import (
    CANDIDATE_FLOOR,
    GROUP_GAP,
    SCORE_FLOOR,
    SCORE_MATCH,
    Ranking,
)

__all__ = [
    "CANDIDATE_FLOOR",
    "GROUP_GAP",
    "SCORE_MATCH",
    "Ranking",
    "decide",
    "refuse",
    "wants_comparison",
    "wants_mixture",
]

HITS: Final = 5
MAX_GROUP: Final = 5
MAX_CANDIDATES: Final = 3

EXPLAINED: Final = 0.95
"""Share of bands, both ways, from which one reference explains the whole spectrum."""

CLASS_CEILING: Final = 0.9
"""Highest probability of a statement that rests on one band, or on those of any phenyl.

Of measured spectra that were so named, 12 of the 151 whose substance was in the library and 6 of
1,657 strangers: 0.96 at even prior odds, its 95 % interval from 0.88 on.
"""

LOW_COVERAGE: Final = 0.6

_FORM_DOUBTS: Final = frozenset({"axis_offset", "form_uncertain"})
"""Reasons that leave the substance standing but not its solid form."""


@dataclass(frozen=True)
class _Answer:
    verdict: Verdict
    substances: tuple[NamedSubstance, ...] = ()
    probability: float | None = None
    reasons: tuple[str, ...] = ()


def wants_mixture(ranked: Sequence[Weighed]) -> bool:
    """Whether the best candidate leaves something that a mixture might explain."""
    if not ranked:
        return False
    best = ranked[0].evidence
    return min(best.query_explained, best.reference_explained, best.hqi) < EXPLAINED


def wants_comparison(ranked: Sequence[Weighed]) -> bool:
    """Whether the best candidate may become a statement, so that its rivals must be looked at."""
    return bool(ranked) and ranked[0].log_odds >= SCORE_FLOOR


def refuse(quality: QualityReport, reasons: Sequence[str]) -> Identification:
    """Answer for a spectrum that must not be judged.

    Parameters
    ----------
    quality : QualityReport
        What the gate measured.
    reasons : sequence of str
        At least one code; the first says what to do next.
    """
    return advised(
        Identification("unusable", False, None, (), (), (), tuple(reasons), "send_to_lab", quality)
    )


def decide(
    ranking: Ranking,
    quality: QualityReport,
    *,
    hints: Sequence[Hint] = (),
    reasons: Sequence[str] = (),
) -> Identification:
    """Turn what a library says of a spectrum into an answer.

    Parameters
    ----------
    ranking : Ranking
        Candidates, what was compared of them, mixture and calibration.
    quality : QualityReport
        Of a spectrum that passed the gate.
    hints : sequence of Hint
        Recalled tables that fired; they change no verdict, but forbid any reassurance.
    reasons : sequence of str
        Codes that the caller adds, such as ``starter_library``.
    """
    answer = _verdict(ranking)
    found = _prediction_set(ranking, answer)
    if not _FORM_DOUBTS.isdisjoint(answer.reasons):
        formless = (replace(entry, label=replace(entry.label, form="")) for entry in answer.substances)
        answer = replace(answer, substances=tuple(formless))
        if found is not None:
            found = replace(found, labels=tuple(replace(label, form="") for label in found.labels))
    alert = any(named.label.role in ALERT_ROLES for named in answer.substances)
    codes = [*answer.reasons]
    codes += ["uncalibrated"] if ranking.calibration is None else []
    codes += ["hint"] if hints else []
    codes += list(reasons)
    named = ranking.mixture if answer.verdict == "mixture" else None
    said = Identification(
        verdict=answer.verdict,
        alert=alert,
        probability=answer.probability,
        substances=answer.substances,
        hits=_hits(ranking),
        hints=tuple(hints),
        reasons=tuple(dict.fromkeys(codes)),
        next_action="send_to_lab",
        quality=quality,
        unexplained_cm1=_unexplained(ranking, answer),
        unexplained_nm=named.unexplained_nm if named else (),
        proven=named.proven if named else None,
        prediction_set=found,
        prior=None if ranking.calibration is None else ranking.calibration.prior,
    )
    return advised(said)


def _unexplained(ranking: Ranking, answer: _Answer) -> tuple[float, ...]:
    """Bands that nothing named explains; of candidates that are not stated, none is said."""
    if answer.verdict == "mixture" and ranking.mixture is not None:
        return ranking.mixture.unexplained_cm1
    return ranking.unexplained_cm1 if answer.verdict in ("match", "group") else ()


def _prediction_set(ranking: Ranking, answer: _Answer) -> PredictionSet | None:
    """None for mixtures too: the cases behind its rate are of one substance each."""
    speaks = answer.verdict in ("match", "group", "inconclusive")
    return groups.prediction_set(ranking) if speaks else None


def _verdict(ranking: Ranking) -> _Answer:
    alone = _alone(ranking)
    return alone if ranking.mixture is None else _mixture(ranking, judge(ranking), alone)


def _alone(ranking: Ranking) -> _Answer:
    """Answer of one substance, or of those that cannot be told from it."""
    best = ranking.ranked[0] if ranking.ranked else None
    if best is None or not ranking.is_candidate(best.log_odds):
        return _Answer("no_match", reasons=("no_candidate",))
    if not ranking.is_match(best.log_odds):
        return _inconclusive(ranking, ("low_probability",))
    members = groups.indistinguishable(ranking)
    several = len({ranking.label(entry).identity for entry in members}) > 1
    reasons = groups.class_reasons(ranking)
    if reasons:
        of_class = groups.class_members(ranking, reasons)
        members = [entry for entry in ranking.ranked if entry in members or entry in of_class]
    if several:
        reasons = (*reasons, "near_identical_members")
    return _group(ranking, members, reasons) if reasons else _match(ranking, members)


def _match(ranking: Ranking, members: list[Weighed]) -> _Answer:
    best = members[0]
    label = ranking.label(best)
    reasons = _remarks(best.evidence)
    if len({ranking.label(entry).form for entry in members}) > 1:
        reasons.append("form_uncertain")
    if label.grade == "D":
        return _inconclusive(ranking, ("grade_d", *reasons))
    if label.role == "packaging":
        reasons.insert(0, "container_only")
    probability = ranking.probability(best.log_odds)
    named = NamedSubstance(label, probability, 1.0, best.evidence.hqi)
    return _Answer("match", (named,), probability, tuple(reasons))


def _group(ranking: Ranking, members: list[Weighed], why: tuple[str, ...]) -> _Answer:
    shown = groups.shown(ranking, members, MAX_GROUP)
    named = _candidates(ranking, shown)
    reasons = (*why, *_remarks(shown[0].evidence))
    if any(entry.label.grade == "D" for entry in named):
        return _inconclusive(ranking, ("grade_d", *reasons))
    probability = ranking.probability(shown[0].log_odds)
    if "one_band_only" in why or "phenyl_only" in why:
        named = tuple(replace(e, probability=_at_class(ranking, e.probability)) for e in named)
        probability = _at_class(ranking, probability)
    return _Answer("group", named, probability, tuple(dict.fromkeys(reasons)))


def _at_class(ranking: Ranking, probability: float | None) -> float | None:
    if probability is None or ranking.calibration is None:
        return probability
    return min(probability, ranking.calibration.bound(CLASS_CEILING))


def _inconclusive(ranking: Ranking, reasons: tuple[str, ...]) -> _Answer:
    feared = [entry for entry in groups.indistinguishable(ranking) if ranking.alarms(entry)]
    feared += [entry for entry in groups.class_members(ranking, reasons) if ranking.alarms(entry)]
    worth = [e for e in ranking.ranked if ranking.is_candidate(e.log_odds) or e in feared]
    shown = groups.shown(ranking, worth, MAX_CANDIDATES)
    named = _candidates(ranking, shown)
    codes = [*reasons, *_packaging(ranking, named), *_remarks(shown[0].evidence)]
    return _Answer("inconclusive", named, named[0].probability, tuple(dict.fromkeys(codes)))


def _mixture(ranking: Ranking, judged: Judged, alone: _Answer) -> _Answer:
    """Answer of what components say, or of one substance where they say nothing against it."""
    several = len(judged.standing) > 1 and ranking.calibration is not None
    if several and judged.stands_alarming:
        return _stated(ranking, judged)
    if judged.alarming:
        return alone if not several and _is_named(ranking, judged, alone) else _feared(ranking, judged)
    if not several:
        silent = alone.verdict == "no_match" and judged.standing and not judged.all_packaging
        return _part(ranking, judged) if silent else alone
    feared = feared_instead(ranking, judged.standing)
    instead = _candidates(ranking, groups.shown(ranking, feared, MAX_CANDIDATES))
    if not instead:
        return _stated(ranking, judged)
    shown = _at_most(MAX_CANDIDATES, (*judged.standing, *instead))
    reasons = ("ambiguous_candidates", *_mixture_reasons(ranking))
    return _Answer("inconclusive", shown, None, reasons)


def _stated(ranking: Ranking, judged: Judged) -> _Answer:
    """Name the components that stand."""
    reasons = _mixture_reasons(ranking)
    if judged.all_packaging:
        reasons = ("container_only", *reasons)
    weakest = min(entry.probability or 0.0 for entry in judged.standing)
    return _Answer("mixture", judged.standing, weakest, reasons)


def _part(ranking: Ranking, judged: Judged) -> _Answer:
    """Name what stands in a sum of which nothing else does: part of the item, if that."""
    shown = _at_most(MAX_CANDIDATES, judged.standing)
    reasons = ("low_probability", *_packaging(ranking, shown), *_mixture_reasons(ranking))
    return _Answer("inconclusive", shown, shown[0].probability, reasons)


def _packaging(ranking: Ranking, named: Sequence[NamedSubstance]) -> tuple[str, ...]:
    """Say that the packaging is part of what was seen: less of it makes the rest plainer."""
    fitted = ranking.mixture.components if ranking.mixture else ()
    labels = [*(entry.label for entry in named), *(ranking.labels[each.row] for each in fitted)]
    return ("packaging_in_scan",) if any(label.role == "packaging" for label in labels) else ()


def _feared(ranking: Ranking, judged: Judged) -> _Answer:
    """Withhold a statement that would leave out a component which alarms."""
    drawn = any(entry.label.grade == "D" for entry in judged.alarming)
    doubt = "grade_d" if drawn else "low_probability"
    probability = None if drawn else max((entry.probability for entry in judged.alarming), key=_or_zero)
    others = tuple(entry for entry in judged.standing if entry not in judged.alarming)
    together = sorted((*others, *judged.alarming), key=lambda entry: -_or_zero(entry.share))
    shown = _at_most(MAX_CANDIDATES, together)
    return _Answer("inconclusive", shown, probability, (doubt, *_mixture_reasons(ranking)))


def _or_zero(value: float | None) -> float:
    return 0.0 if value is None else value


def _is_named(ranking: Ranking, judged: Judged, alone: _Answer) -> bool:
    """Whether all that alarms is the best candidate, which the answer of one substance names.

    The best only: another may lose its place in a group as evidence for the best grows.
    """
    if not ranking.ranked:
        return False
    best = ranking.label(ranking.ranked[0]).identity
    named = {entry.label.identity for entry in alone.substances if entry.label.role in ALERT_ROLES}
    return best in named and all(entry.label.identity == best for entry in judged.alarming)


def _mixture_reasons(ranking: Ranking) -> tuple[str, ...]:
    mixture = ranking.mixture
    reasons = ["mixture_components"]
    if mixture is not None and (mixture.unexplained_cm1 or mixture.unexplained_nm):
        reasons.append("unexplained_bands")
    if mixture is not None and abs(mixture.shift_cm1) > OFF_AXIS_CM1:
        reasons.append("axis_offset")
    return tuple(reasons)


def _at_most(limit: int, named: Sequence[NamedSubstance]) -> tuple[NamedSubstance, ...]:
    """Candidates instead of components; where not all fit, those that alarm stay."""
    kept = [entry for entry in named if entry.label.role in ALERT_ROLES][:limit]
    feared = {entry.label.identity for entry in kept}
    others = [entry for entry in named if entry.label.identity not in feared][: limit - len(kept)]
    chosen = [entry for entry in named if entry in kept or entry in others]
    return tuple(replace(entry, share=None, share_interval=None) for entry in chosen)


def _candidates(ranking: Ranking, entries: Sequence[Weighed]) -> tuple[NamedSubstance, ...]:
    return tuple(
        NamedSubstance(
            ranking.label(entry),
            # no measured case stands behind the drawn widths of a band table
            None if ranking.label(entry).grade == "D" else ranking.probability(entry.log_odds),
            None,
            entry.evidence.hqi,
        )
        for entry in entries
    )


def _remarks(evidence: Evidence) -> list[str]:
    remarks = []
    if evidence.query_explained < 0.7:
        remarks.append("unexplained_bands")
    if evidence.coverage < LOW_COVERAGE:
        remarks.append("low_coverage")
    if evidence.structure < groups.LONE_BAND:
        remarks.append("one_band_only")
    if evidence.off_axis:
        remarks.append("axis_offset")
    return remarks


def _hits(ranking: Ranking) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            rank=place + 1,
            reference_id=ranking.label(entry).id,
            name=ranking.label(entry).substance,
            hqi=entry.evidence.hqi,
            score=score_of(entry.log_odds),
        )
        for place, entry in enumerate(ranking.ranked[:HITS])
    )
