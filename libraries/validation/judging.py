"""What the engine said of each case, and whether it was right."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from spectra.confidence.identification import STATEMENTS, Identification
from spectra.errors import SpectraError
from spectra.label import ALERT_ROLES

from .._layout import is_candidate
from ..engine import Engine
from ..substances import find_substance
from .cases import Case, identities_of, known_names

Outcome = Literal["detected", "false_match", "container", "inconclusive", "no_match", "unusable", "failed"]

OUTCOMES: Final[tuple[Outcome, ...]] = (
    "detected", "false_match", "container", "inconclusive", "no_match", "unusable", "failed",
)  # fmt: skip


@dataclass(frozen=True)
class Named:
    """A substance that an answer states."""

    identity: str
    name: str
    form: str


@dataclass(frozen=True)
class Judged:
    """One case and its answer.

    Attributes
    ----------
    file, index : str, int
        Which spectrum.
    sha256 : str
        Of the file; empty where it could not be read.
    truth, form : str
        As labelled.
    identity : str or None
        Identity of the truth in the library; None for a stranger.
    verdict : str
        Empty where the case failed.
    named : tuple of Named
        What is stated; nothing for ``inconclusive``, ``no_match`` and ``unusable``.
    alert : bool
        Of the answer.
    dangerous : bool or None
        Whether the truth is a controlled substance or precursor, by library or table; None: not known.
    outcome : str
        One of ``OUTCOMES``. ``detected``: the truth is among what a match, mixture or group states.
        ``false_match``: something is stated and the truth is not among it. ``container``: only a
        container that is not the truth was stated, which says nothing of what is in it.
    false : tuple of Named
        Stated and not true; of a group that holds the truth, nothing.
    problem : str
        Why the case failed.
    """

    file: str
    index: int
    sha256: str
    truth: str
    form: str
    identity: str | None
    verdict: str
    named: tuple[Named, ...]
    alert: bool
    dangerous: bool | None
    outcome: Outcome
    false: tuple[Named, ...] = ()
    problem: str = ""


def judge_cases(engine: Engine, cases: Iterable[Case]) -> Iterator[Judged]:
    """Ask an engine about each case.

    Parameters
    ----------
    engine : Engine
        Of the library that is tried.
    cases : iterable of Case
        As ``read_cases`` gives them.

    Yields
    ------
    Judged
        One per case; one that the engine cannot judge has failed, and is no answer.
    """
    labels = [label for library in engine.libraries for label in library.labels if is_candidate(label)]
    names = known_names([(label.substance, label.identity) for label in labels])
    alarming = {label.identity for label in labels if label.role in ALERT_ROLES}
    for case in cases:
        identity = identities_of(names, case.of.substance)
        dangerous = identity in alarming if identity else _by_table(case.of.substance)
        problem, said = case.problem, None
        if case.spectrum is not None:
            try:
                said = engine.identify(case.spectrum).identification
            except SpectraError as error:
                problem = str(error)
        yield _judged(case, identity, dangerous, said=said, problem=problem)


def _judged(
    case: Case, identity: str | None, dangerous: bool | None, *, said: Identification | None, problem: str
) -> Judged:
    digest = case.spectrum.metadata.get("source_sha256", "") if case.spectrum is not None else ""
    named: tuple[Named, ...] = ()
    if said is not None and said.verdict in STATEMENTS:
        named = tuple(Named(e.label.identity, e.label.substance, e.label.form) for e in said.substances)
    outcome = _outcome(said, identity, named)
    others = tuple(each for each in named if each.identity != identity)
    grouped = said is not None and said.verdict == "group" and outcome == "detected"
    return Judged(
        file=case.of.file,
        index=case.index,
        sha256=str(digest),
        truth=case.of.substance,
        form=case.of.form,
        identity=identity,
        verdict=said.verdict if said else "",
        named=named,
        alert=bool(said and said.alert),
        dangerous=dangerous,
        outcome=outcome,
        false=() if grouped or outcome == "container" else others,
        problem=problem,
    )


def _outcome(said: Identification | None, identity: str | None, named: tuple[Named, ...]) -> Outcome:
    if said is None:
        return "failed"
    if said.verdict == "inconclusive" or said.verdict == "no_match" or said.verdict == "unusable":
        return said.verdict
    if identity is not None and any(each.identity == identity for each in named):
        return "detected"
    return "container" if "container_only" in said.reasons else "false_match"


def _by_table(substance: str) -> bool | None:
    """Whether the shipped table knows a stranger as controlled or precursor."""
    record = find_substance(substance) if substance else None
    return None if record is None else record.role in ALERT_ROLES
