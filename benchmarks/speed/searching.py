"""Times the exact search by inner products beside what else finds the same rows.

Ours and the rivals take turns on the same queries. Every row of the table is checked: the same rows as
brute force in double precision, ties by the smaller row.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np

from spectra._parallel import usable_threads
from spectra.matching.cascade import (
    Job,
    build_cascade,
    make_job,
    search_best,
    search_many,
    search_one,
    shifted,
)
from spectra.matching.cascade._tables import NECK, TAIL

from . import rivals
from ._common import Row, four_digits, in_turns
from .machine import Peaks, measure, read_speed

REACH: Final = 10
"""Channels that a query is shifted either way."""
ASKED: Final = 16
"""Queries that are asked in turn, so that none is answered from the cache."""
SLOW: Final = 30_000
"""Rows up to which a batch is also asked of rivals that answer its queries one by one."""
CHECKED: Final = 64
"""Queries of a batch that are compared with brute force."""
MANY: Final = 200_000
"""Rows from which it is 16, and numpy, which is slower than faiss, is not asked for batches."""
WARM: Final = 4_096
"""Rows that are enough for an index with codes."""
NO_CODES: Final = "no codes: a library so small, or that they do not shorten, is scanned plainly"
_LARGE: Final = 100_000_000
"""Scores of a batch from which it has no use for a call that is not counted."""


@dataclass(frozen=True)
class Case:
    """A library, what is asked of it, and by how many threads."""

    rows: np.ndarray
    queries: np.ndarray
    job: Job
    threads: int
    seconds: float = 1.0

    @property
    def ours(self) -> int | None:
        """One thread, or as many as pay where all may be used."""
        return None if self.threads == usable_threads() > 1 else self.threads

    @cached_property
    def truth(self) -> np.ndarray:
        """Brute force's answers to the first queries."""
        checked = CHECKED if len(self.rows) <= MANY else ASKED
        return rivals.exact_rows(self.rows, self.queries[:checked])


def prepare(
    rows: np.ndarray, queries: np.ndarray, threads: int, *, seconds: float = 1.0
) -> tuple[Case, list[Row]]:
    """Build the index of a library; with the row of the table that says how long it took.

    Parameters
    ----------
    rows : array, shape (n, m), float32
        Of norm 1.
    queries : array, shape (b, m), float32
        Of norm 1. The first 16 are also asked one at a time.
    threads : int
        That both sides may use. There is a row only where that is all there are, as the index takes them.
    seconds : float
        For each job.
    """
    build_cascade(rows[:WARM])  # compiles
    started = time.perf_counter()
    index = build_cascade(rows)
    built = four_digits(1_000 * (time.perf_counter() - started))
    case = Case(rows, queries, make_job(index, rows, top=rivals.TOP), threads, seconds)
    size = f"index of {index.nbytes / rows.nbytes:.1%} of the matrix" if index.compressed else NO_CODES
    row = Row("build", len(rows), threads, built, "brute force builds nothing", None, True, size)
    return case, [row] if threads == usable_threads() else []


def time_library(case: Case, *, quick: bool = False) -> Iterator[Row]:
    """Time every job on one library; ``quick`` leaves out rivals that take long."""
    rows = case.rows
    sides = flat_sides(case)
    faiss, usearch = sides["faiss flat"], sides["usearch exact"]
    few = len(rows) <= SLOW
    if few and not quick:
        sides["scikit-learn brute"] = rivals.sklearn_brute(rows)
    yield from time_single(case, sides)
    products = {"blas sgemm": rivals.blas(rows)} if len(rows) <= MANY else {}
    yield from time_batch(case, {**products, "faiss flat": faiss})
    if few and not quick:
        yield from time_batch(replace(case, seconds=0.0), {"usearch exact": usearch})
    yield time_shifts(case)
    portable = make_job(case.job.cascade, rows, top=rivals.TOP, portable=True)
    yield from time_single(case, {"blas sgemv": rivals.blas(rows)}, name="single_portable", job=portable)


def flat_sides(case: Case) -> dict[str, rivals.Rival | None]:
    """Find what answers one query by looking at every row."""
    return {
        "blas sgemv": rivals.blas(case.rows),
        "faiss flat": rivals.faiss_flat(case.rows, case.threads),
        "usearch exact": rivals.usearch_exact(case.rows, case.threads),
    }


def time_large_batch(case: Case) -> Iterator[Row]:
    """Many queries at once, beside the faster of those that take a matrix product for it."""
    return time_batch(case, {"faiss flat": rivals.faiss_flat(case.rows, case.threads)})


def time_noise(case: Case, noise: np.ndarray) -> Iterator[Row]:
    """Ask with white noise, for which the bounds rule out little."""
    sides = {"blas sgemv": rivals.blas(case.rows)}
    return time_single(replace(case, queries=noise), sides, name="single_noise")


def time_incompressible(case: Case, noise: np.ndarray) -> Iterator[Row]:
    """Ask a library of white noise, of which no code keeps enough."""
    job = make_job(build_cascade(noise), noise, top=rivals.TOP)
    level = replace(case, rows=noise, queries=noise[:ASKED], job=job)
    return time_single(level, {"blas sgemv": rivals.blas(noise)}, name="single_incompressible")


def time_single(
    case: Case, sides: dict[str, rivals.Rival | None], *, name: str = "single", job: Job | None = None
) -> Iterator[Row]:
    """One query at a time; a row for each rival."""
    job, n = job or case.job, min(ASKED, len(case.queries))
    found = [search_one(job, query, threads=case.ours) for query in case.queries[:n]]
    equal = np.array_equal([each.rows for each in found], case.truth[:n])
    calls = [None if rival is None else _asking(rival, case.queries[:n]) for rival in sides.values()]
    ours, *theirs = in_turns(
        [lambda number: search_one(job, case.queries[number % n], threads=case.ours), *calls],
        run=ASKED,
        seconds=case.seconds,
    )
    note = _reading(case, np.mean([each.counts for each in found], axis=0), ours)
    yield from _rows(name, case, ours, dict(zip(sides, theirs, strict=True)), equal=equal, note=note)


def time_batch(case: Case, sides: dict[str, rivals.Rival | None]) -> Iterator[Row]:
    """All queries at once; a row for each rival."""
    found = search_many(case.job, case.queries, threads=case.ours).rows
    equal = np.array_equal(found[: len(case.truth)], case.truth)
    calls = [None if rival is None else _asking_all(rival, case.queries) for rival in sides.values()]
    ours, *theirs = in_turns(
        [lambda _: search_many(case.job, case.queries, threads=case.ours), *calls],
        seconds=case.seconds,
        warm=len(case.rows) * len(case.queries) < _LARGE,
    )
    times = dict(zip(sides, theirs, strict=True))
    note = _computing(case, ours, times.get("blas sgemm"))
    yield from _rows(f"batch{len(case.queries)}", case, ours, times, equal=equal, note=note)


def time_shifts(case: Case) -> Row:
    """Best of all shifts of one query."""
    asked = [shifted(query, REACH)[0] for query in case.queries[:ASKED]]
    equal = all(
        np.array_equal(
            search_best(case.job, queries, threads=case.ours).rows,
            rivals.exact_rows(case.rows, queries, best=True),
        )
        for queries in asked[:3]
    )
    rival = rivals.blas_of_all(case.rows)
    ours, theirs = in_turns(
        [
            lambda number: search_best(case.job, asked[number % len(asked)], threads=case.ours),
            lambda number: rival(asked[number % len(asked)]),
        ],
        run=4,
        seconds=case.seconds,
    )
    return next(_rows(f"shifts{REACH}", case, ours, {"blas sgemm": theirs}, equal=equal))


def _asking(rival: rivals.Rival, queries: np.ndarray) -> Callable[[int], Any]:
    return lambda number: rival(queries[number % len(queries)][None])


def _asking_all(rival: rivals.Rival, queries: np.ndarray) -> Callable[[int], Any]:
    return lambda _: rival(queries)


def _rows(
    job: str,
    case: Case,
    ours: float | None,
    theirs: dict[str, float | None],
    *,
    equal: bool,
    note: str = "",
) -> Iterator[Row]:
    """Give a row for each rival; the note goes with the first."""
    for number, (name, rival_ms) in enumerate(theirs.items()):
        said = "" if number else note
        yield Row(job, len(case.rows), case.threads, ours or 0.0, name, rival_ms, equal, said)


def _reading(case: Case, counts: np.ndarray, ours_ms: float | None) -> str:
    """Say which share of the library's bytes was read, and how fast beside a plain read of as many."""
    index, (n, m) = case.job.cascade, case.rows.shape
    refined, scored, scanned = counts
    read = 4 * m * (scored + scanned)
    if index.compressed:
        neck = min(NECK + TAIL, index.middle.shape[1])  # the other codes of few are read besides
        read += index.head.nbytes + 8 * n + refined * neck
    rate = read / (1e6 * (ours_ms or np.inf))
    speed = read_speed(int(read), case.threads)
    return (
        f"{read / case.rows.nbytes:.1%} of the bytes at {rate:.1f} GB/s; a plain read of as many runs at "
        f"{speed:.1f} GB/s ({rate / speed:.0%})"
    )


def _computing(case: Case, ours_ms: float | None, blas_ms: float | None) -> str:
    """Compare with the arithmetic of brute force, which is what BLAS has to do."""
    if blas_ms is None:
        return ""
    work = 2e-6 * case.rows.size * len(case.queries)  # 10⁹ operations, and milliseconds
    peak = _peaks(case.threads).gflops
    return (
        f"brute force in as long would need {work / (ours_ms or np.inf) / peak:.1f} times the peak of "
        f"{peak:.0f} GFLOP/s that compiled multiply-adds reach; blas with its partition is at "
        f"{work / blas_ms / peak:.0%}"
    )


@lru_cache(maxsize=4)
def _peaks(threads: int) -> Peaks:
    return measure(threads, megabytes=16)
