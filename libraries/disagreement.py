"""What to say when several answers about one item do not agree: never less than any of them feared."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from spectra.confidence.decision import MAX_CANDIDATES
from spectra.confidence.identification import STATEMENTS, Identification, NamedSubstance
from spectra.label import ALERT_ROLES
from spectra.matching.hints import Hint

from .substances_energetic import made_safe

Answers = Sequence[Identification]


def saw_container_only(said: Identification) -> bool:
    """Whether nothing but the container was seen."""
    return "container_only" in said.reasons


def states_content(said: Identification) -> bool:
    """Whether the answer names something as found, and not only the container."""
    return said.verdict in STATEMENTS and not saw_container_only(said)


def named_identities(said: Identification) -> frozenset[str]:
    """Substances that the answer names, at any verdict, by the key that all their names share."""
    return frozenset(named.label.identity for named in said.substances)


def feared_identities(said: Identification) -> frozenset[str]:
    """Give the controlled substances and precursors among those."""
    return frozenset(n.label.identity for n in said.substances if n.label.role in ALERT_ROLES)


def seen_substances(answers: Answers) -> tuple[NamedSubstance, ...]:
    """List what the answers name as mere candidates: what is feared first, then what most of them name.

    Parameters
    ----------
    answers : sequence of Identification
        Of one item.

    Returns
    -------
    tuple of NamedSubstance
        At most as many as an ``inconclusive`` answer may hold; no probabilities, no shares.
    """
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], NamedSubstance] = {}
    for said in answers:
        for named in said.substances:
            key = named.label.identity, named.label.form
            counts[key] += 1
            first.setdefault(key, replace(named, probability=None, share=None, share_interval=None))
    ordered = sorted(first, key=lambda key: (first[key].label.role not in ALERT_ROLES, -counts[key], key))
    return tuple(first[key] for key in ordered[:MAX_CANDIDATES])


def all_hints(answers: Answers) -> tuple[Hint, ...]:
    """Hints of all answers, each substance and form once, by the first that gives it."""
    found: dict[tuple[str, str], Hint] = {}
    for said in answers:
        for hint in said.hints:
            found.setdefault((hint.table.substance, hint.table.form), hint)
    return tuple(found.values())


def about_library(answers: Answers) -> tuple[str, ...]:
    """Reasons that are about the library and so hold whatever the scans say."""
    codes = {code for said in answers for code in said.reasons}
    return tuple(code for code in ("starter_library", "library_unsigned") if code in codes)


def inconclusive(base: Identification, answers: Answers, *, reason: str) -> Identification:
    """Answer that names nothing as found and lists what was seen.

    Parameters
    ----------
    base : Identification
        Whose hits and quality are kept.
    answers : sequence of Identification
        All there are; an alert of any stays an alert, a hint of any stays.
    reason : str
        Code that says why.
    """
    heard = [base, *answers]
    alert = any(said.alert for said in heard)
    hints = all_hints(heard)
    changed = replace(
        base,
        verdict="inconclusive",
        alert=alert,
        probability=None,
        substances=seen_substances(answers),
        hints=hints,
        reasons=(reason, *(("hint",) if hints else ()), *about_library(heard)),
        unexplained_cm1=(),
        prediction_set=None,
        detection_limits=(),
        prior=None,
    )
    return made_safe(changed)
