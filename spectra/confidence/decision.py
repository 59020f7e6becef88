"""From ranked evidence to a verdict. A failure never looks like clear."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..label import ALERT_ROLES, Label
from ..matching.candidates import Weighed
from ..matching.evidence import Evidence, log_odds, score
from ..matching.hints import Hint
from ..matching.mixtures import Mixture
from ..matching.search import Hit
from ..quality import QualityReport
from .calibration import Calibration
from .identification import Identification, NamedSubstance, NextAction, Verdict

HITS: Final = 5
MAX_GROUP: Final = 5
MAX_CANDIDATES: Final = 3

GROUP_GAP: Final = 2.0
"""Log odds within which two good candidates cannot be told apart."""

CANDIDATE_FLOOR: Final = 0.1
"""Probability below which a candidate is not worth naming."""

ALARM_PROBABILITY: Final = 0.5
"""Probability from which a controlled component below the threshold still forbids a match."""

SCORE_MATCH: Final = 2.0
SCORE_FLOOR: Final = -2.2
"""Log odds that stand in for threshold and floor where a library has no calibration."""

EXPLAINED: Final = 0.95
"""Share of bands, both ways, from which one reference explains the whole spectrum."""

AXIS_OFFSET_CM1: Final = 3.0
LOW_COVERAGE: Final = 0.6
LONE_BAND: Final = 1.5

_FORM_DOUBTS: Final = frozenset({"axis_offset", "form_uncertain"})
"""Reasons that leave the substance standing but not its solid form."""


@dataclass(frozen=True)
class Ranking:
    """What one library says of one spectrum.

    Attributes
    ----------
    ranked : tuple of Weighed
        Most evidence first.
    labels : sequence of Label
        One per row of the library's index.
    mixture : Mixture or None
        Best mixture, when one was sought and found.
    calibration : Calibration or None
        Of the library.
    """

    ranked: tuple[Weighed, ...]
    labels: Sequence[Label]
    mixture: Mixture | None
    calibration: Calibration | None

    def label(self, entry: Weighed) -> Label:
        """Label of a candidate."""
        return self.labels[entry.candidate.row]

    def probability(self, log_odds: float) -> float | None:
        """P(one substance is right), or None without a calibration."""
        return None if self.calibration is None else self.calibration.single.probability(log_odds)

    def is_match(self, log_odds: float) -> bool:
        """Whether the evidence reaches the release threshold."""
        if self.calibration is None:
            return log_odds >= SCORE_MATCH
        return self.calibration.single.probability(log_odds) >= self.calibration.threshold

    def is_candidate(self, log_odds: float) -> bool:
        """Whether the candidate is worth naming."""
        if self.calibration is None:
            return log_odds >= SCORE_FLOOR
        return self.calibration.single.probability(log_odds) >= CANDIDATE_FLOOR


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
        Candidates, mixture and calibration.
    quality : QualityReport
        Of a spectrum that passed the gate.
    hints : sequence of Hint
        Recalled tables that fired; they change no verdict, but forbid any reassurance.
    reasons : sequence of str
        Codes that the caller adds, such as ``starter_library``.
    """
    answer = _verdict(ranking)
    if not _FORM_DOUBTS.isdisjoint(answer.reasons):
        formless = (replace(entry, label=replace(entry.label, form="")) for entry in answer.substances)
        answer = replace(answer, substances=tuple(formless))
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
    )


def _verdict(ranking: Ranking) -> _Answer:
    best = ranking.ranked[0] if ranking.ranked else None
    mixture = _mixture(ranking)
    if mixture is not None:
        return mixture
    if best is None or not ranking.is_candidate(best.log_odds):
        return _Answer("no_match", reasons=("no_candidate",), next_action="use_second_technique")
    if not ranking.is_match(best.log_odds):
        return _inconclusive(ranking, ("low_probability",))
    members = _indistinguishable(ranking)
    if len({ranking.label(entry).identity for entry in members}) > 1:
        return _group(ranking, members)
    return _match(ranking, members)


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


def _group(ranking: Ranking, members: list[Weighed]) -> _Answer:
    shown = _shown(ranking, members, MAX_GROUP)
    named = _candidates(ranking, shown)
    reasons = ("near_identical_members", *_remarks(shown[0].evidence))
    if any(entry.label.grade == "D" for entry in named):
        return _inconclusive(ranking, ("grade_d", *reasons))
    return _Answer("group", named, ranking.probability(shown[0].log_odds), reasons, "send_to_lab")


def _inconclusive(ranking: Ranking, reasons: tuple[str, ...]) -> _Answer:
    worth = [entry for entry in ranking.ranked if ranking.is_candidate(entry.log_odds)]
    shown = _shown(ranking, worth, MAX_CANDIDATES)
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
    whole = calibration.single.probability(log_odds(mixture.whole))
    weakest = calibration.mixture.probability(mixture.weakest)
    named = _components(ranking, mixture, calibration, whole)
    identities = {entry.label.identity for entry in named}
    if whole < calibration.threshold or len(identities) < len(named):
        return None
    reasons = ("mixture_components", *_remarks(mixture.whole))
    if any(entry.label.grade == "D" for entry in named):
        doubts: tuple[str, ...] = ("grade_d",)
    else:
        doubts = ("low_probability",) if weakest < calibration.mixture_threshold else ()
    if not doubts:
        return _Answer("mixture", named, min(whole, weakest), reasons, "send_to_lab")
    # below the threshold a second component is not named, unless what it might be is an alarm:
    # a match to the cutting agent alone would then look like a clear
    alarming = any(entry.label.role in ALERT_ROLES for entry in named)
    if alarming and weakest >= ALARM_PROBABILITY:
        shown = tuple(replace(entry, share=None) for entry in named[:MAX_CANDIDATES])
        probability = None if "grade_d" in doubts else min(whole, weakest)
        return _Answer("inconclusive", shown, probability, (*doubts, *reasons), "send_to_lab")
    return None


def _components(
    ranking: Ranking, mixture: Mixture, calibration: Calibration, whole: float
) -> tuple[NamedSubstance, ...]:
    alone = {entry.candidate.row: entry.evidence.hqi for entry in ranking.ranked}
    named = []
    for component in mixture.components:
        label = ranking.labels[component.row]
        probability = min(whole, calibration.mixture.probability(log_odds(component.evidence)))
        hqi = alone.get(component.row, component.evidence.hqi)
        known = None if label.grade == "D" else probability
        named.append(NamedSubstance(label, known, component.share, hqi))
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


def _indistinguishable(ranking: Ranking) -> list[Weighed]:
    best = ranking.ranked[0].log_odds
    return [
        entry
        for entry in ranking.ranked
        if best - entry.log_odds <= GROUP_GAP and ranking.is_match(entry.log_odds)
    ]


def _shown(ranking: Ranking, entries: Sequence[Weighed], limit: int) -> list[Weighed]:
    """Best entry of each identity; where not all fit, those that alarm stay, in their order."""
    first: dict[str, Weighed] = {}
    for entry in entries:
        first.setdefault(ranking.label(entry).identity, entry)
    unique = list(first.values())
    alarming = [entry for entry in unique[1:] if ranking.label(entry).role in ALERT_ROLES][: limit - 1]
    others = [entry for entry in unique if entry not in alarming][: limit - len(alarming)]
    return [entry for entry in unique if entry in alarming or entry in others]


def _remarks(evidence: Evidence) -> list[str]:
    remarks = []
    if evidence.query_explained < 0.7:
        remarks.append("unexplained_bands")
    if evidence.coverage < LOW_COVERAGE:
        remarks.append("low_coverage")
    if evidence.structure < LONE_BAND:
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
