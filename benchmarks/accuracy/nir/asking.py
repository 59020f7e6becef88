"""Asks the engine for every scan, with its substance in the library and left out.

The answers are those of ``libraries.engine.Engine`` at default settings; the library is calibrated
once, whole, as ``contraspec library calibrate`` would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from libraries.calibrating import PIPELINES, fit_library
from libraries.engine import Engine
from libraries.library import Library
from spectra.confidence.identification import STATEMENTS, Identification

from ..cases import only
from .scans import Scan, library_of

BLEND: Final = " + "
"""Between the names of a blend's components."""

Round = tuple[Sequence[Scan], Sequence[Scan]]
"""Queries, and what the library holds; a query that stands in it is taken out of it."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the engine says of one scan.

    Attributes
    ----------
    scan : Scan
        With its truth.
    known : bool
        Whether the library held a reference of the substance.
    answer : Identification
        The engine's.
    """

    scan: Scan
    known: bool
    answer: Identification

    @property
    def states(self) -> bool:
        """Whether the answer names something as found."""
        return self.answer.verdict in STATEMENTS

    @property
    def named(self) -> tuple[frozenset[str], ...]:
        """Components of each substance that the answer names, at any verdict: a blend has several."""
        return tuple(parts(each.label.identity) for each in self.answer.substances)

    @property
    def right(self) -> bool:
        """Whether the truth, or a component of it, is stated: of a match all, of a group one member."""
        truth = parts(self.scan.substance)
        if not self.states:
            return False
        if self.answer.verdict == "mixture":
            return bool(frozenset().union(*self.named) & truth)
        if self.answer.verdict == "group":
            return any(member <= truth for member in self.named)
        return all(named <= truth for named in self.named)

    @property
    def false(self) -> bool:
        """Whether other names are stated and the truth is not."""
        return self.states and not self.right

    @property
    def holds(self) -> bool:
        """Whether the statement is right: of a mixture every component too."""
        if self.answer.verdict == "mixture":
            return frozenset().union(*self.named) <= parts(self.scan.substance)
        return self.right

    @property
    def score(self) -> float:
        """Score of the best candidate; -inf without one."""
        return self.answer.hits[0].score if self.answer.hits else -float("inf")

    @property
    def first_is_right(self) -> bool:
        """Whether the best candidate is the substance."""
        return bool(self.answer.hits) and self.answer.hits[0].name == self.scan.substance

    @property
    def line(self) -> str:
        """Scan and answer in one line."""
        named = ", ".join(each.label.substance for each in self.answer.substances) or "nothing"
        sure = "" if self.answer.probability is None else f", P {self.answer.probability:.3f}"
        return f"{self.scan.name}: {self.answer.verdict}, {named}{sure} ({' '.join(self.answer.reasons)})"


def parts(substance: str) -> frozenset[str]:
    """Components of a blend; a pure substance is its own."""
    return frozenset(substance.split(BLEND))


def can_ask() -> bool:
    """Whether the engine searches NIR libraries."""
    return "nir" in PIPELINES


def ask_all(rounds: Sequence[Round]) -> list[Outcome]:
    """Ask every query of every round twice.

    Parameters
    ----------
    rounds : sequence of Round
        Each with a library of its own.
    """
    return [outcome for number, each in enumerate(rounds) for outcome in _ask(each, f"round {number + 1}")]


def _ask(each: Round, name: str) -> Iterator[Outcome]:
    queries, references = each
    library = fit_library(library_of(references, name=name))
    ids = {reference.label.substance: set[str]() for reference in library.references}
    by_scan: dict[str, str] = {}
    for reference in library.references:
        ids[reference.label.substance].add(reference.id)
        by_scan[reference.provenance.file] = reference.id
    engines: dict[frozenset[str], Engine] = {}
    for query in queries:
        own = {by_scan[query.name]} if query.name in by_scan else set()
        same = ids.get(query.substance, set())
        for removed in dict.fromkeys((frozenset(own), frozenset(same | own))):
            if removed not in engines:
                engines[removed] = Engine([_less(library, removed)])
            answer = engines[removed].identify(query.spectrum).identification
            yield Outcome(query, bool(same - removed), answer)


def _less(library: Library, removed: frozenset[str]) -> Library:
    return only(library, {r.id for r in library.references} - removed) if removed else library
