"""Two techniques, one item: whether they agree, disagree, or one adds nothing to the other.

Raman and near infrared both see vibrations of the same bonds: what fools one may fool the other, so
their probabilities are never multiplied, and no common probability is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from spectra.confidence.actions import next_action, safety_of
from spectra.confidence.identification import Identification, NextAction, SafetyCode, Verdict
from spectra.errors import SpectrumError
from spectra.label import Label
from spectra.units import Technique

from .disagreement import (
    about_library,
    feared_identities,
    named_identities,
    saw_container_only,
    seen_substances,
    states_content,
)
from .substances_energetic import safety_codes

Outcome = Literal["agreement", "disagreement", "no_added_information"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("agreement", "disagreement", "no_added_information")

_WEIGHT: Final[dict[Verdict, int]] = {
    "match": 3,
    "mixture": 3,
    "group": 3,
    "inconclusive": 2,
    "no_match": 1,
    "unusable": 0,
}
"""Which answer stands where the other adds nothing: the one that says more."""


@dataclass(frozen=True)
class Heard:
    """What one technique says of the item.

    Attributes
    ----------
    technique : str
        One of ``spectra.units.TECHNIQUES``.
    said : Identification
        Its answer, alone.
    """

    technique: Technique
    said: Identification


@dataclass(frozen=True)
class Seen:
    """A substance, and which techniques name it.

    Attributes
    ----------
    label : Label
        Of the first that names it; its form is empty where they name several.
    techniques : tuple of str
        In the order heard.
    """

    label: Label
    techniques: tuple[Technique, ...]


@dataclass(frozen=True)
class Combined:
    """What two techniques together say of one item.

    Attributes
    ----------
    outcome : str
        One of ``OUTCOMES``.
    verdict : str
        ``inconclusive`` where they disagree; never more than one of them says.
    alert : bool
        True when either raises one.
    substances : tuple of Seen
        What the verdict names; what both name stands first.
    reasons : tuple of str
        Codes that say why, most important first.
    next_action : str
        The one thing to do next, by the rules of ``spectra.confidence.actions``.
    blocks_release : bool
        True unless both name the same and neither raises an alert or a hint: then nothing may be
        read as advice to release. False is no such advice either.
    safety : tuple of str
        What must be said before the next action.
    """

    outcome: Outcome
    verdict: Verdict
    alert: bool
    substances: tuple[Seen, ...]
    reasons: tuple[str, ...]
    next_action: NextAction
    blocks_release: bool
    safety: tuple[SafetyCode, ...] = ()


def combine(first: Heard, second: Heard) -> Combined:
    """Combine what two techniques say of one item.

    * Both name something as found: *agreement* on the substances that both name, *disagreement* if
      there are none.
    * One names something, and the other has a good spectrum that nothing in its library explains:
      *disagreement*.
    * One raises an alert for a substance that the other, though it names something, does not name:
      *disagreement*, also where it is but a candidate.
    * Else one adds nothing to the other: *no added information*. That holds for an unusable scan, one that
      saw the container only, and candidates below the threshold.

    Substances are the same when their identities are; where their forms differ, the form is open.
    An alert of either stays an alert. The order of the two does not matter but for what stands first.

    Parameters
    ----------
    first, second : Heard
        Of two techniques.

    Raises
    ------
    SpectrumError
        When both are of one technique.
    """
    if first.technique == second.technique:
        raise SpectrumError(
            f"two answers by {first.technique}: expected two techniques. "
            "Scans of one technique are one item's replicates: identify them with --replicates."
        )
    both = first.said, second.said
    outcome = _outcome(*both)
    if outcome == "disagreement":
        verdict, names = "inconclusive", [each.label for each in seen_substances(both)]
        return _combined(outcome, "inconclusive", (first, second), names, reasons=("techniques_disagree",))
    if outcome == "agreement":
        common = named_identities(both[0]) & named_identities(both[1])
        verdict, names = _agreed(both, common)
        lonely = () if len(names) == len(common) else ("seen_by_one_technique",)
        return _combined(outcome, verdict, (first, second), names, reasons=("techniques_agree", *lonely))
    says_more = max(both, key=lambda said: (_WEIGHT[said.verdict], not saw_container_only(said)))
    names = [each.label for each in says_more.substances]
    return _combined(
        outcome,
        says_more.verdict,
        (first, second),
        names,
        reasons=("no_added_information", *says_more.reasons),
    )


def _outcome(first: Identification, second: Identification) -> Outcome:
    states = states_content(first), states_content(second)
    for said, other, other_states in ((first, second, states[1]), (second, first, states[0])):
        if other_states and feared_identities(said) - named_identities(other):
            return "disagreement"
        if other_states and said.verdict == "no_match":
            return "disagreement"
    if not all(states):
        return "no_added_information"
    return "agreement" if named_identities(first) & named_identities(second) else "disagreement"


def _agreed(both: Sequence[Identification], common: frozenset[str]) -> tuple[Verdict, list[Label]]:
    """Verdict on what both name; a component that one sees beside it is kept, a group's other member not."""
    names: dict[str, Label] = {}
    for said in both:
        for each in said.substances:
            if each.label.identity in common or said.verdict == "mixture":
                names.setdefault(each.label.identity, each.label)
    ordered = sorted(names.values(), key=lambda label: label.identity not in common)
    if any(said.verdict == "mixture" for said in both) and len(ordered) > 1:
        return "mixture", ordered
    return ("match" if len(ordered) == 1 else "group"), ordered


def _combined(
    outcome: Outcome,
    verdict: Verdict,
    heard: tuple[Heard, Heard],
    names: Sequence[Label],
    *,
    reasons: tuple[str, ...],
) -> Combined:
    said = [each.said for each in heard]
    alert, hints = any(one.alert for one in said), any(one.hints for one in said)
    substances = tuple({label.identity: _seen(label, heard) for label in names}.values())
    if outcome == "agreement" and any(_forms(each.label.identity, heard) > 1 for each in substances):
        reasons += ("form_uncertain",)
    told = tuple(dict.fromkeys((*reasons, *(("hint",) if hints else ()), *about_library(said))))
    energetic = _energetic(said)
    action = _action(outcome, verdict, told, said=said, energetic=energetic)
    return Combined(
        outcome,
        verdict,
        alert,
        substances,
        told,
        action,
        outcome != "agreement" or alert or hints or bool(energetic),
        safety_of(energetic, action, [each.technique for each in heard]),
    )


def _seen(label: Label, heard: Sequence[Heard]) -> Seen:
    techniques = [each.technique for each in heard if label.identity in named_identities(each.said)]
    if _forms(label.identity, heard) > 1:
        label = Label(
            label.id,
            label.substance,
            role=label.role,
            grade=label.grade,
            identity=label.identity,
        )
    return Seen(label, tuple(techniques))


def _forms(identity: str, heard: Sequence[Heard]) -> int:
    """How many forms the answers state of a substance."""
    labels = [named.label for each in heard for named in each.said.substances]
    return len({label.form for label in labels if label.identity == identity and label.form})


def _action(
    outcome: Outcome,
    verdict: Verdict,
    reasons: Sequence[str],
    *,
    said: Sequence[Identification],
    energetic: Sequence[SafetyCode],
) -> NextAction:
    """Next action of both together; another technique was tried already."""
    alert, hinted = any(one.alert for one in said), any(one.hints for one in said)
    decisive = [code for code in reasons if code != "no_added_information"]
    if outcome == "agreement":
        decisive = ["techniques_agree"]
    action = next_action(verdict, decisive, alert=alert, hinted=hinted, safety=energetic)
    return "send_to_lab" if action == "use_second_technique" else action


def _energetic(said: Sequence[Identification]) -> tuple[SafetyCode, ...]:
    """List what either names or hints at that a laser may set off."""
    named = [(entry.label.substance, entry.label.cas) for one in said for entry in one.substances]
    hinted = [(hint.table.substance, hint.table.cas) for one in said for hint in one.hints]
    return safety_codes([*named, *hinted])
