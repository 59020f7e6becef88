"""From ranked evidence to a verdict. A failure never looks like clear."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..label import ALERT_ROLES
from ..matching.candidates import Weighed
from ..matching.evidence import Evidence, score
from ..matching.hints import Hint
from ..matching.mixtures import Component, Mixture
from ..matching.search import Hit
from ..quality import QualityReport
from . import groups
from .calibration import Calibration
from .identification import Identification, NamedSubstance, NextAction, PredictionSet, Verdict
from .ranking import (
    ALARM_GAP,
    ALARM_PROBABILITY,
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

AXIS_OFFSET_CM1: Final = 3.0
LOW_COVERAGE: Final = 0.6

_FORM_DOUBTS: Final = frozenset({"axis_offset", "form_uncertain"})
"""Reasons that leave the substance standing but not its solid form."""


@dataclass(frozen=True)
class _Answer:
    verdict: Verdict
    substances: tuple[NamedSubstance, ...] = ()
    probability: float | None = None
    reasons: tuple[str, ...] = ()
    next_action: NextAction = "send_to_lab"


def wants_mixture(ranked: Sequence[Weighed]) -> bool:
    """Whether the best candidate leaves something that a mixture might explain."""
    if not ranked:
        return False
    best = ranked[0].evidence
    return min(best.query_explained, best.reference_explained, best.hqi) < EXPLAINED


def wants_comparison(ranked: Sequence[Weighed]) -> bool:
    """Whether the best candidate may become a statement, so that its rivals must be looked at."""
    return bool(ranked) and ranked[0].log_odds >= SCORE_FLOOR


def refuse(quality: QualityReport, reasons: Sequence[str], next_action: NextAction) -> Identification:
    """Answer for a spectrum that must not be judged.

    Parameters
    ----------
    quality : QualityReport
        What the gate measured.
    reasons : sequence of str
        At least one code.
    next_action : str
        What would give a spectrum that can be judged.
    """
    return Identification("unusable", False, None, (), (), (), tuple(reasons), next_action, quality)


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
    action: NextAction = "send_to_lab" if alert or hints else answer.next_action
    return Identification(
        verdict=answer.verdict,
        alert=alert,
        probability=answer.probability,
        substances=answer.substances,
        hits=_hits(ranking),
        hints=tuple(hints),
        reasons=tuple(dict.fromkeys(codes)),
        next_action=action,
        quality=quality,
        unexplained_cm1=_unexplained(ranking, answer),
        prediction_set=found,
        prior=None if ranking.calibration is None else ranking.calibration.prior,
    )


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
    best = ranking.ranked[0] if ranking.ranked else None
    mixture = _mixture(ranking)
    if mixture is not None:
        return mixture
    if best is None or not ranking.is_candidate(best.log_odds):
        return _Answer("no_match", reasons=("no_candidate",), next_action="use_second_technique")
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
    action: NextAction = "send_to_lab"
    if label.role == "packaging":
        reasons.insert(0, "container_only")
        action = "move_spot"
    elif "axis_offset" in reasons:
        action = "check_instrument"
    probability = ranking.probability(best.log_odds)
    named = NamedSubstance(label, probability, 1.0, best.evidence.hqi)
    return _Answer("match", (named,), probability, tuple(reasons), action)


def _group(ranking: Ranking, members: list[Weighed], why: tuple[str, ...]) -> _Answer:
    shown = groups.shown(ranking, members, MAX_GROUP)
    named = _candidates(ranking, shown)
    reasons = (*why, *_remarks(shown[0].evidence))
    if any(entry.label.grade == "D" for entry in named):
        return _inconclusive(ranking, ("grade_d", *reasons))
    probability = ranking.probability(shown[0].log_odds)
    return _Answer("group", named, probability, tuple(dict.fromkeys(reasons)), "send_to_lab")


def _inconclusive(ranking: Ranking, reasons: tuple[str, ...]) -> _Answer:
    feared = [entry for entry in groups.indistinguishable(ranking) if ranking.alarms(entry)]
    feared += [entry for entry in groups.class_members(ranking, reasons) if ranking.alarms(entry)]
    worth = [e for e in ranking.ranked if ranking.is_candidate(e.log_odds) or e in feared]
    shown = groups.shown(ranking, worth, MAX_CANDIDATES)
    named = _candidates(ranking, shown)
    codes = [*reasons, *_remarks(shown[0].evidence)]
    action: NextAction = "check_instrument" if "axis_offset" in codes else "scan_again_longer"
    if "grade_d" in codes:
        action = "send_to_lab"
    return _Answer("inconclusive", named, named[0].probability, tuple(dict.fromkeys(codes)), action)


def _mixture(ranking: Ranking) -> _Answer | None:
    mixture, calibration = ranking.mixture, ranking.calibration
    if mixture is None or calibration is None:
        return None
    judged = (*mixture.components, *mixture.doubtful)
    named = _components(ranking, judged, calibration)
    likely = [(calibration.mixture.probability(c.log_odds), n) for c, n in zip(judged, named, strict=True)]
    standing = [(p, entry) for p, entry in likely if p >= calibration.mixture_threshold]
    components = tuple(entry for _, entry in standing)
    reasons = ("mixture_components", *_mixture_remarks(mixture))
    # below the threshold a second component is not named, unless what it might be is an alarm:
    # a match to the cutting agent alone would then look like a clear
    bound = calibration.bound(ALARM_PROBABILITY)
    alarming = [entry for p, entry in likely if entry.label.role in ALERT_ROLES and p >= bound]
    if len(standing) > 1 and all(entry.label.grade != "D" for entry in components):
        if alarming and not any(entry in components for entry in alarming):
            components = (*components, *alarming)
            doubts: tuple[str, ...] = ("low_probability",)
        else:
            feared = () if alarming else _feared_instead(ranking)
            if not feared:
                return _Answer("mixture", components, min(p for p, _ in standing), reasons, "send_to_lab")
            components, doubts = (*components, *feared), ("ambiguous_candidates",)
        shown = _at_most(MAX_CANDIDATES, components)
        return _Answer("inconclusive", shown, None, (*doubts, *reasons), "send_to_lab")
    if len(likely) > 1 and alarming:
        doubt = "grade_d" if any(entry.label.grade == "D" for entry in alarming) else "low_probability"
        probability = None if doubt == "grade_d" else max(p for p, entry in likely if entry in alarming)
        shown = _at_most(MAX_CANDIDATES, named)
        return _Answer("inconclusive", shown, probability, (doubt, *reasons), "send_to_lab")
    return None


def _mixture_remarks(mixture: Mixture) -> list[str]:
    remarks = ["unexplained_bands"] if mixture.unexplained_cm1 else []
    return [*remarks, "axis_offset"] if abs(mixture.shift_cm1) > AXIS_OFFSET_CM1 else remarks


def _feared_instead(ranking: Ranking) -> tuple[NamedSubstance, ...]:
    """Name likely controlled substances that explain alone what benign ones explain together."""
    best = ranking.ranked[0].log_odds if ranking.ranked else 0.0
    close = [e for e in ranking.ranked if best - e.log_odds <= ALARM_GAP]
    feared = [e for e in close if ranking.is_likely(e.log_odds) and ranking.alarms(e)]
    return _candidates(ranking, groups.shown(ranking, feared, MAX_CANDIDATES))


def _at_most(limit: int, named: Sequence[NamedSubstance]) -> tuple[NamedSubstance, ...]:
    """Candidates instead of components; where not all fit, those that alarm stay."""
    kept = [entry for entry in named if entry.label.role in ALERT_ROLES][:limit]
    others = [entry for entry in named if entry not in kept][: limit - len(kept)]
    chosen = [entry for entry in named if entry in kept or entry in others]
    return tuple(replace(entry, share=None, share_interval=None) for entry in chosen)


def _components(
    ranking: Ranking, judged: Sequence[Component], calibration: Calibration
) -> tuple[NamedSubstance, ...]:
    alone = {entry.candidate.row: entry for entry in ranking.ranked}
    named = []
    for component in judged:
        entry = alone.get(component.row)
        label = ranking.label(entry) if entry else ranking.labels[component.row]
        known = None if label.grade == "D" else calibration.mixture.probability(component.log_odds)
        hqi = entry.evidence.hqi if entry else component.hqi
        named.append(NamedSubstance(label, known, component.share, hqi, component.share_interval))
    return tuple(named)


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
    if abs(evidence.shift_cm1) > AXIS_OFFSET_CM1:
        remarks.append("axis_offset")
    return remarks


def _hits(ranking: Ranking) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            rank=place + 1,
            reference_id=ranking.label(entry).id,
            name=ranking.label(entry).substance,
            hqi=entry.evidence.hqi,
            score=score(entry.evidence),
        )
        for place, entry in enumerate(ranking.ranked[:HITS])
    )
