"""What the components of a mixture say to the decision: which stand, which are feared.

A component stands on its own evidence, given the others (:mod:`..matching.components`). One that
does not stand is not named, unless what it might be is an alarm: a match to the cutting agent alone
would then look like a clear.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ..label import ALERT_ROLES, ROLES, Label
from ..matching.candidates import Weighed
from ..matching.mixtures import MIN_LOG_ODDS, Component
from . import groups
from .identification import NamedSubstance
from .ranking import ALARM_GAP, ALARM_PROBABILITY, GROUP_GAP, Ranking

__all__ = ["Judged", "feared_instead", "judge"]


@dataclass(frozen=True)
class Judged:
    """Components of a mixture that the decision must know of, each largest share first.

    Attributes
    ----------
    standing : tuple of NamedSubstance
        Those with the evidence to be named. Drawn references (grade D: a table's, or the hump of
        glass) stay in the fit, but are never among them.
    alarming : tuple of NamedSubstance
        Controlled substances and precursors that are more likely there than not, whether they stand
        or not, drawn ones too.
    """

    standing: tuple[NamedSubstance, ...]
    alarming: tuple[NamedSubstance, ...]

    @property
    def stands_alarming(self) -> bool:
        """Whether naming those that stand is an alert."""
        return any(entry.label.role in ALERT_ROLES for entry in self.standing)

    @property
    def all_packaging(self) -> bool:
        """Whether nothing but containers stands."""
        return bool(self.standing) and all(entry.label.role == "packaging" for entry in self.standing)


def judge(ranking: Ranking) -> Judged:
    """Say which components of the mixture stand, and which are feared.

    Parameters
    ----------
    ranking : Ranking
        Without a mixture nothing stands. Without a calibration the evidence stands in for the
        probability, at ``mixtures.MIN_LOG_ODDS``.
    """
    mixture, calibration = ranking.mixture, ranking.calibration
    if mixture is None:
        return Judged((), ())
    standing, alarming = [], []
    for component in sorted(chain(mixture.components, mixture.doubtful), key=lambda each: -each.share):
        entry = _named(ranking, component)
        if calibration is None:
            stands = likely = component.log_odds >= MIN_LOG_ODDS
        else:
            known = calibration.mixture.probability(component.log_odds)
            stands = known >= calibration.mixture_threshold
            likely = stands or known >= calibration.bound(ALARM_PROBABILITY)
        if stands and entry.label.grade != "D":
            standing.append(entry)
        if likely and entry.label.role in ALERT_ROLES:
            alarming.append(entry)
    return Judged(tuple(standing), tuple(alarming))


def feared_instead(ranking: Ranking, standing: Sequence[NamedSubstance]) -> list[Weighed]:
    """Find controlled substances that may be there instead of what stands, most evidence first.

    Those that are likely to explain alone what benign ones explain together, and those that are to
    one of the benign ones what the members of a group are to each other. Only the candidates of the
    search are looked at: a twin of a component that the whole spectrum hides is not among them.

    Parameters
    ----------
    ranking : Ranking
        Whose mixture was judged.
    standing : sequence of NamedSubstance
        Components that are to be named, none of which alarms.
    """
    named = {entry.label.identity for entry in standing}
    first: dict[str, int] = {}
    for place, entry in enumerate(ranking.ranked):
        first.setdefault(ranking.label(entry).identity, place)
    places = [place for identity, place in first.items() if identity in named]
    feared = []
    for other, entry in enumerate(ranking.ranked):
        if not ranking.alarms(entry):
            continue
        below = ranking.ranked[0].log_odds - entry.log_odds
        alone = ranking.is_likely(entry.log_odds) and below <= ALARM_GAP
        if alone or any(_is_twin(ranking, place, other) for place in places):
            feared.append(entry)
    return feared


def _is_twin(ranking: Ranking, place: int, other: int) -> bool:
    """Whether a candidate has the bands that speak for a component, and nothing tells them apart."""
    own, entry = ranking.ranked[place], ranking.ranked[other]
    if not ranking.is_candidate(entry.log_odds):
        return False
    near = own.log_odds - entry.log_odds <= GROUP_GAP
    if not ranking.comparisons:
        return near
    ours, theirs = ranking.comparisons[place], ranking.comparisons[other]
    # candidates are compared with the first one only
    alike = place == 0 and theirs.separation < groups.MIN_SEPARATION
    return alike or (near and groups.has_all(theirs.agreed_cm1, ours.agreed_cm1))


def _named(ranking: Ranking, component: Component) -> NamedSubstance:
    alone = next((entry for entry in ranking.ranked if entry.candidate.row == component.row), None)
    label = ranking.labels[component.row] if alone is None else ranking.label(alone)
    label = _with_role_of_forms(ranking, component.row, label)
    known = None
    if ranking.calibration is not None and label.grade != "D":
        # no measured case stands behind the drawn widths of a band table
        known = ranking.calibration.mixture.probability(component.log_odds)
    hqi = component.hqi if alone is None else alone.evidence.hqi
    return NamedSubstance(label, known, component.share, hqi, component.share_interval)


def _with_role_of_forms(ranking: Ranking, row: int, label: Label) -> Label:
    """Label with the role of another form of its substance, where nothing tells the forms apart.

    Where both are among the candidates, ``Ranking.label`` has compared them. A mixture has one row
    of a substance only, which says nothing of the others.
    """
    if label.role in ALERT_ROLES:
        return label
    ranked = {entry.candidate.row for entry in ranking.ranked}
    roles = [
        twin.role
        for other, twin in ranking.alarming_labels
        if twin.identity == label.identity and not (row in ranked and other in ranked)
    ]
    return replace(label, role=min(roles, key=ROLES.index)) if roles else label
