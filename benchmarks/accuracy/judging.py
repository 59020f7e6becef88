"""Runs the engine's stages on cases, with each case's substance in the library and left out.

The stages are those that ``libraries.engine.Engine`` calls, taken apart so that the evidence can be
seen and the calibration changed; ``disagreements`` holds the answers against the engine's own.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np

from libraries.engine import PIPELINES, Engine, fit_library
from libraries.library import Library
from spectra.confidence import decision
from spectra.confidence.calibration import Calibration
from spectra.confidence.identification import Identification
from spectra.errors import SpectraError
from spectra.label import Label
from spectra.matching.candidates import Weighed, rank_candidates
from spectra.matching.index import SearchIndex, build_index, prepare_query
from spectra.matching.mixtures import Mixture, find_mixture
from spectra.quality import QualityReport, assess_quality

from .cases import Case, measured_library, without

PIPELINE: Final = PIPELINES["raman"]
CHUNK: Final = 8
BLAS_THREADS: Final = "OPENBLAS_NUM_THREADS"
WORKERS: Final = max(1, min(2, os.cpu_count() or 1))


@dataclass(frozen=True)
class Judged:
    """What the library says of one case.

    Attributes
    ----------
    case : Case
        The spectrum and its truth.
    left_out : frozenset of str
        Identities that the library was asked without.
    quality : QualityReport
        Of the gate.
    ranked : tuple of Weighed
        Most evidence first, rows of the whole library; empty when the gate refused.
    mixture : Mixture or None
        As the engine sought it.
    """

    case: Case
    left_out: frozenset[str]
    quality: QualityReport
    ranked: tuple[Weighed, ...]
    mixture: Mixture | None

    @property
    def usable(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.ranked)

    @property
    def log_odds(self) -> float:
        """Evidence of the top candidate; -inf without one."""
        return self.ranked[0].log_odds if self.ranked else -np.inf

    def is_right(self, labels: Sequence[Label]) -> bool:
        """Whether the top candidate is what the case is, and may be found."""
        found = labels[self.ranked[0].candidate.row].identity if self.ranked else None
        return found in self.case.truth - self.left_out

    def answer(self, labels: Sequence[Label], calibration: Calibration) -> Identification:
        """Answer at default settings."""
        if not self.usable:
            reasons = self.quality.unusable or ("too_little_overlap",)
            return decision.refuse(self.quality, reasons, "scan_again_longer")
        ranking = decision.Ranking(self.ranked, labels, self.mixture, calibration)
        return decision.decide(ranking, self.quality)


def judge_case(
    case: Case, index: SearchIndex, identities: Sequence[str], left_out: frozenset[str] = frozenset()
) -> Judged:
    """Judge one case.

    Parameters
    ----------
    case : Case
        The spectrum.
    index : SearchIndex
        The whole library.
    identities : sequence of str
        One per row.
    left_out : frozenset of str
        Identities to ask the library without.
    """
    quality = assess_quality(case.spectrum)
    refused = Judged(case, left_out, quality, (), None)
    if quality.unusable:
        return refused
    try:
        prepared = PIPELINE.apply(case.spectrum)
    except SpectraError:
        return refused
    rows = [row for row, identity in enumerate(identities) if identity not in left_out]
    asked = SearchIndex(
        index.grid, tuple(index.ids[row] for row in rows), index.root[rows], index.stretches[rows]
    )
    query = prepare_query(prepared, index.grid, noise=quality.noise)
    aligned, ranked = rank_candidates(asked, query)
    mixture = None
    if decision.wants_mixture(ranked):
        mixture = find_mixture(asked, query, aligned, shift=ranked[0].candidate.shift)
    if mixture is not None:
        components = tuple(replace(c, row=rows[c.row]) for c in mixture.components)
        mixture = replace(mixture, components=components)
    ranked = tuple(replace(w, candidate=replace(w.candidate, row=rows[w.candidate.row])) for w in ranked)
    return Judged(case, left_out, quality, ranked, mixture)


def plan(cases: Iterable[Case]) -> list[tuple[Case, frozenset[str]]]:
    """Each case once as the library stands, and once per substance of it with that left out."""
    planned: list[tuple[Case, frozenset[str]]] = []
    for case in cases:
        planned.append((case, frozenset()))
        planned.extend((case, frozenset({identity})) for identity in sorted(case.truth))
    return planned


def judge_all(
    library: Library, cases: Iterable[Case], *, data: Path | None = None, workers: int = WORKERS
) -> tuple[list[Judged], Calibration | None]:
    """Judge every planned case, on several processes.

    Parameters
    ----------
    library : Library
        References; a calibration is not needed to weigh evidence.
    cases : iterable of Case
        Those to plan.
    data : Path, optional
        The shared folder: its library is then calibrated beside the judging, as ``library build`` would.
    workers : int
        Processes; 1 works in this one.

    Returns
    -------
    judged : list of Judged
        In the order of ``plan``.
    calibration : Calibration or None
        Of the shared library, None without ``data``.
    """
    index, identities = build_index(library.candidates(PIPELINE)), _identities(library)
    planned = plan(cases)
    if workers == 1:
        judged = [judge_case(case, index, identities, left_out) for case, left_out in planned]
        return judged, None if data is None else Calibration.from_dict(_calibrate(data))
    with (
        _one_blas_thread(),
        ProcessPoolExecutor(
            workers, get_context("spawn"), initializer=_start, initargs=(index, identities)
        ) as pool,
    ):
        fitting: Future[dict[str, Any]] | None = pool.submit(_calibrate, data) if data else None
        judged = list(pool.map(_judge, planned, chunksize=CHUNK))
        return judged, None if fitting is None else Calibration.from_dict(fitting.result())


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Give processes that are started here one BLAS thread each: two pools on two cores fight."""
    before = os.environ.get(BLAS_THREADS)
    os.environ[BLAS_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[BLAS_THREADS]
        else:
            os.environ[BLAS_THREADS] = before


def disagreements(library: Library, judged: Iterable[Judged], calibration: Calibration) -> list[str]:
    """Names of cases that a real engine answers differently.

    Parameters
    ----------
    library : Library
        The whole one.
    judged : iterable of Judged
        A sample; one engine is built for each set of substances that was left out.
    calibration : Calibration
        Of the whole library.
    """
    labels = candidate_labels(library)
    calibrated = library.with_calibration(calibration.to_dict())
    engines: dict[frozenset[str], Engine] = {}
    different = []
    for entry in judged:
        if entry.left_out not in engines:
            engines[entry.left_out] = Engine([without(calibrated, entry.left_out)])
        engine = engines[entry.left_out].identify(entry.case.spectrum).identification
        ours = entry.answer(labels, calibration)
        same = engine.verdict == ours.verdict and engine.substances == ours.substances
        different += [] if same and engine.probability == ours.probability else [entry.case.name]
    return different


def candidate_labels(library: Library) -> tuple[Label, ...]:
    """Label of each row of the library's matrix."""
    return tuple(library.by_id[each].label for each in library.candidates(PIPELINE).ids)


def _identities(library: Library) -> tuple[str, ...]:
    return tuple(label.identity for label in candidate_labels(library))


def _calibrate(data: Path) -> dict[str, Any]:
    calibration = fit_library(measured_library(data)).calibration
    if calibration is None:
        raise ValueError(f"{data}: its library got no calibration")
    return calibration


_ASKED: dict[str, Any] = {}
"""Of a worker process: what every case is asked against."""


def _start(index: SearchIndex, identities: tuple[str, ...]) -> None:
    _ASKED.update(index=index, identities=identities)


def _judge(planned: tuple[Case, frozenset[str]]) -> Judged:
    case, left_out = planned
    return judge_case(case, _ASKED["index"], _ASKED["identities"], left_out)
