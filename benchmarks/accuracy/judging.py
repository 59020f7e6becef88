"""Asks the engine for every case, with each case's substance in the library and left out.

The answers are those of ``libraries.engine.Engine`` and nothing else; the evidence behind an answer is
what the engine hands to ``spectra.confidence.decision.decide``, noted in passing.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal
from unittest.mock import patch

import numpy as np

from libraries.calibrating import PIPELINES, fit_library
from libraries.engine import Engine
from libraries.library import Library, save_library
from spectra.confidence import decision
from spectra.confidence.decision import Ranking
from spectra.confidence.identification import Identification
from spectra.label import Label
from spectra.matching.candidates import Weighed
from spectra.matching.components import NO_CASE
from spectra.matching.mixtures import Mixture
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

from .cases import Case, without

PIPELINE: Final = PIPELINES["raman"]
CHUNK: Final = 8
BLAS_THREADS: Final = "OPENBLAS_NUM_THREADS"
WORKERS: Final = max(1, min(2, os.cpu_count() or 1))

STATEMENTS: Final = ("match", "mixture", "group")
"""Verdicts that name a substance as found."""

AskedAs = Literal["known", "left_out", "stranger", "mixture"]


@dataclass(frozen=True, eq=False)
class Judged:
    """What the engine says of one case at default settings.

    Attributes
    ----------
    case : Case
        The spectrum and its truth.
    left_out : frozenset of str
        Identities that the library was asked without.
    answer : Identification
        The engine's.
    ranking : Ranking or None
        What it was decided on; None when the quality gate refused.
    """

    case: Case
    left_out: frozenset[str]
    answer: Identification
    ranking: Ranking | None

    @property
    def kind(self) -> AskedAs:
        """What the library was asked for; a mixture with a component left out is a mixture."""
        if self.case.kind == "known" and self.left_out:
            return "left_out"
        return self.case.kind

    @property
    def ranked(self) -> tuple[Weighed, ...]:
        """Candidates, most evidence first."""
        return self.ranking.ranked if self.ranking else ()

    @property
    def mixture(self) -> Mixture | None:
        """Best mixture, when one was sought and found."""
        return self.ranking.mixture if self.ranking else None

    @property
    def usable(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.ranked)

    @property
    def log_odds(self) -> float:
        """Evidence of the top candidate; -inf without one."""
        return self.ranked[0].log_odds if self.ranked else -np.inf

    @property
    def probability(self) -> float:
        """P(the top candidate is right); 0 without one or without a calibration."""
        found = self.ranking.probability(self.log_odds) if self.ranking and self.ranked else None
        return found or 0.0

    def identity(self, entry: Weighed) -> str:
        """Substance of a candidate, by the key that all its names share."""
        return self.ranking.labels[entry.candidate.row].identity if self.ranking else ""

    def is_truth(self, entry: Weighed) -> bool:
        """Whether a candidate is what the case is, and may be found."""
        return self.identity(entry) in self.case.truth - self.left_out

    @property
    def is_right(self) -> bool:
        """Whether the top candidate is."""
        return self.usable and self.is_truth(self.ranked[0])

    @property
    def false_component(self) -> float | None:
        """Log odds of the component that would make a false mixture of it; None where there is none."""
        if self.mixture is None or self.ranking is None:
            return None
        weighed = sorted((*self.mixture.components, *self.mixture.doubtful), key=lambda each: -each.log_odds)
        there = self.case.truth - self.left_out
        wrong = [each for each in weighed if self.ranking.labels[each.row].identity not in there]
        # where the substance itself is among them, one more name is enough
        named = wrong if len(wrong) < len(weighed) else wrong[1:]
        return named[0].log_odds if named and named[0].log_odds > NO_CASE else None

    @property
    def states(self) -> bool:
        """Whether the answer names something as found."""
        return self.answer.verdict in STATEMENTS

    @property
    def named(self) -> frozenset[str]:
        """Identities that the answer names, at any verdict."""
        return frozenset(each.label.identity for each in self.answer.substances)

    @property
    def names_truth(self) -> bool:
        """Whether the answer states at least one substance that the case is made of."""
        return self.states and bool(self.named & self.case.truth)

    @property
    def is_false(self) -> bool:
        """Whether the answer states substances of which the case has none."""
        return self.states and not self.names_truth

    @property
    def is_right_statement(self) -> bool:
        """Whether the statement holds: of a mixture every component, of the others one name."""
        if self.answer.verdict == "mixture":
            return self.named <= self.case.truth
        return self.names_truth

    @property
    def line(self) -> str:
        """Case and answer in one line."""
        named = ", ".join(each.label.substance for each in self.answer.substances) or "nothing"
        reasons = " ".join(self.answer.reasons)
        return f"{self.case.name}: {self.answer.verdict}, {named} (log odds {self.log_odds:.1f}; {reasons})"


class Asker:
    """One library with its engines: the whole, and one for each set of substances left out.

    Parameters
    ----------
    library : Library
        Whole; its calibration serves all engines.
    """

    def __init__(self, library: Library) -> None:
        self.library = library.with_prepared([PIPELINE])
        self._engines: dict[frozenset[str], Engine] = {}

    def judge(self, case: Case, left_out: frozenset[str] = frozenset()) -> Judged:
        """Ask for one case.

        Parameters
        ----------
        case : Case
            The spectrum.
        left_out : frozenset of str
            Identities to ask the library without.
        """
        if left_out not in self._engines:
            self._engines[left_out] = Engine([without(self.library, left_out)])
        return Judged(case, left_out, *identify(self._engines[left_out], case.spectrum))


def identify(engine: Engine, spectrum: Spectrum) -> tuple[Identification, Ranking | None]:
    """Answer of an engine, with what it decided on.

    Parameters
    ----------
    engine : Engine
        To ask.
    spectrum : Spectrum
        As measured.

    Raises
    ------
    RuntimeError
        When the engine decides in another way than by ``decision.decide``.
    """
    seen: list[Ranking] = []
    decide = decision.decide

    def noted(ranking: Ranking, quality: QualityReport, **rest: Any) -> Identification:
        seen.append(ranking)
        return decide(ranking, quality, **rest)

    with patch.object(decision, "decide", noted):
        answer = engine.identify(spectrum).identification
    if not seen and answer.verdict != "unusable":
        raise RuntimeError("the engine no longer calls decision.decide: its evidence cannot be seen")
    return answer, seen[-1] if seen else None


def plan(cases: Iterable[Case]) -> list[tuple[Case, frozenset[str]]]:
    """Each case once as the library stands, and once per substance of it with that left out."""
    planned: list[tuple[Case, frozenset[str]]] = []
    for case in cases:
        planned.append((case, frozenset()))
        if case.measured:
            planned.extend((case, frozenset({identity})) for identity in sorted(case.truth))
    return planned


def judge_all(
    library: Library, cases: Iterable[Case], *, pool: ProcessPoolExecutor | None = None
) -> list[Judged]:
    """Judge every planned case.

    Parameters
    ----------
    library : Library
        Calibrated, or not where only the evidence matters.
    cases : iterable of Case
        Those to plan.
    pool : ProcessPoolExecutor, optional
        Of ``processes``, for the same library; without one, this process does the work.

    Returns
    -------
    list of Judged
        In the order of ``plan``.
    """
    planned = plan(cases)
    if pool is None:
        asker = Asker(library)
        return [asker.judge(case, left_out) for case, left_out in planned]
    return list(pool.map(partial(_judge, library.calibration), planned, chunksize=CHUNK))


def fit_beside(pool: ProcessPoolExecutor) -> "Future[dict[str, Any] | None]":
    """Calibrate the pool's library as ``library build`` would, while others work.

    Parameters
    ----------
    pool : ProcessPoolExecutor
        Of ``processes``.
    """
    return pool.submit(_fit)


@contextmanager
def processes(library: Library, *, workers: int = WORKERS) -> Iterator[ProcessPoolExecutor]:
    """Pool of fresh processes with one BLAS thread each: two pools of threads on two cores fight.

    Parameters
    ----------
    library : Library
        That they will be asked about.
    workers : int
        How many.
    """
    before = os.environ.get(BLAS_THREADS)
    os.environ[BLAS_THREADS] = "1"
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "asked.h5"
            save_library(library, path)
            context = get_context("spawn")
            with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(path,)) as pool:
                yield pool
    finally:
        if before is None:
            del os.environ[BLAS_THREADS]
        else:
            os.environ[BLAS_THREADS] = before


def candidate_labels(library: Library) -> tuple[Label, ...]:
    """Label of each row of the library's matrix."""
    return tuple(library.by_id[each].label for each in library.candidates(PIPELINE).ids)


_HERE: dict[str, Any] = {}
"""Of a worker process: the library, and the one who asks it."""


def _start(path: Path) -> None:
    _HERE.update(library=Library.open(path), asker=None)


def _fit() -> dict[str, Any] | None:
    return fit_library(_HERE["library"]).calibration


def _judge(calibration: dict[str, Any] | None, planned: tuple[Case, frozenset[str]]) -> Judged:
    asker: Asker | None = _HERE["asker"]
    if asker is None or asker.library.calibration != calibration:
        asker = _HERE["asker"] = Asker(_HERE["library"].with_calibration(calibration))
    return asker.judge(*planned)


def by_kind(judged: Sequence[Judged]) -> dict[AskedAs, list[Judged]]:
    """Cases by what the library was asked for.

    Parameters
    ----------
    judged : sequence of Judged
        Every planned case.
    """
    found: dict[AskedAs, list[Judged]] = {"known": [], "left_out": [], "stranger": [], "mixture": []}
    for entry in judged:
        found[entry.kind].append(entry)
    return found
