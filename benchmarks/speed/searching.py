"""Times the exact search by inner products beside what else finds the same rows.

::

    python -m benchmarks.speed.searching [--json FILE] [--quick] [--sizes N ...]

Rivals: numpy's BLAS with a partition, and faiss and usearch where they are installed. Ours and the rival
take turns on the same queries, a run of calls each, so that a busy machine slows down both; medians. One
thread for both sides, or as many as pay for ours and two for the rival. Every row is checked:
the same rows as brute force in double precision, ties by the smaller row.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from spectra.matching.cascade import (
    Job,
    build_cascade,
    make_job,
    search_best,
    search_many,
    search_one,
    shifted,
)

CHANNELS: Final = 1_024
TOP: Final = 10
REACH: Final = 10
"""Channels that a query is shifted either way."""
SIZES: Final = (1_000, 25_000, 100_000)
_ASKED: Final = 16
"""Queries that are asked in turn, so that none is answered from the cache."""
_SECONDS: Final = 1.5

Call = Callable[[int], Any]


@dataclass(frozen=True)
class Case:
    """A library, what is asked of it, and by how many threads."""

    rows: np.ndarray
    queries: np.ndarray
    job: Job
    threads: int

    @property
    def ours(self) -> int | None:
        """One thread, or as many as pay."""
        return 1 if self.threads == 1 else None


def library(n: int, rng: np.random.Generator, *, channels: int = CHANNELS) -> np.ndarray:
    """Draw Raman-like spectra of norm 1, 200 to 3,500 cm⁻¹, shape (n, channels), float32.

    A substance has 15 to 40 pseudo-Voigt bands of 6 to 30 cm⁻¹, six of them shared with its family, and
    is measured two or three times, with a small shift, other intensities and noise of 0.3 to 1.5 %.
    """
    axis = np.linspace(200.0, 3_500.0, channels)
    n_substances = max(1, round(n / 2.5))
    families = _places(rng, (max(20, n_substances // 40), 10))
    substances = [_bands(rng, families[rng.integers(len(families))]) for _ in range(n_substances)]
    rows = np.empty((n, channels), dtype=np.float32)
    for number in range(n):
        places, heights, widths, shares = substances[number % n_substances]
        measured = heights * np.exp(rng.normal(0, 0.15, heights.size))
        offset = (axis - (places + rng.normal(0, 0.7))[:, None]) / (widths / 2)[:, None]
        shapes = shares[:, None] / (1 + offset**2) + (1 - shares[:, None]) * np.exp2(-(offset**2))
        row = measured @ shapes
        row += rng.uniform(0.003, 0.015) * row.max() * rng.standard_normal(channels)
        rows[number] = np.maximum(row, 0.0)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _places(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Where bands stand: most in the fingerprint region, some among the C-H stretches."""
    drawn = rng.random(shape)
    fingerprint, stretches, rest = (
        rng.uniform(*span, shape) for span in ((200, 1800), (2800, 3150), (1800, 3500))
    )
    return np.where(drawn < 0.8, fingerprint, np.where(drawn < 0.95, stretches, rest))


def _bands(rng: np.random.Generator, family: np.ndarray) -> tuple[np.ndarray, ...]:
    n = int(rng.integers(15, 41))
    places = _places(rng, (n,))
    places[:6] = rng.choice(family, 6) + rng.normal(0, 4, 6)
    return places, rng.exponential(size=n), 6 + 24 * rng.random(n) ** 1.5, rng.uniform(0.3, 1.0, n)


def queries_of(rows: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows as another instrument would see them: 2 % noise on a bent baseline of 5 %, norm 1."""
    taken = rows[rng.integers(0, len(rows), n)].astype(np.float64)
    height = taken.max(axis=1, keepdims=True)
    t = np.linspace(0, 1, rows.shape[1])
    a, b, bend = rng.random((n, 1)), rng.random((n, 1)), rng.uniform(0.5, 2, (n, 1))
    baseline = 0.05 * height * np.maximum(a * (1 - t) + b * t + 0.5 * np.sin(np.pi * t * bend), 0)
    seen = np.maximum(taken + baseline + 0.02 * height * rng.standard_normal(taken.shape), 0)
    return (seen / np.linalg.norm(seen, axis=1, keepdims=True)).astype(np.float32)


def _blas_threads(threads: int) -> AbstractContextManager[Any]:
    """Hold BLAS to a number of threads where threadpoolctl is installed."""
    if find_spec("threadpoolctl") is None:
        return nullcontext()
    from threadpoolctl import threadpool_limits

    return threadpool_limits(threads)


def _top_of(scores: np.ndarray) -> np.ndarray:
    kth = max(scores.shape[-1] - TOP, 0)
    return np.argpartition(scores, kth, axis=-1)[..., kth:]


def _blas(case: Case, queries: np.ndarray, *, best: bool = False) -> np.ndarray:
    if best:
        return _top_of((case.rows @ queries.T).max(axis=1))
    if len(queries) == 1:
        return _top_of(case.rows @ queries[0])
    return _top_of(queries @ case.rows.T)


def rivals(case: Case) -> dict[str, Callable[[np.ndarray], Any] | None]:
    """Find what answers the same queries; None for a package that is not installed."""
    found: dict[str, Callable[[np.ndarray], Any] | None] = {"blas": partial(_blas, case)}
    found["faiss"] = found["usearch"] = None
    if find_spec("faiss"):
        import faiss

        faiss.omp_set_num_threads(case.threads)
        flat = faiss.IndexFlatIP(case.rows.shape[1])
        flat.add(case.rows)
        found["faiss"] = lambda queries: flat.search(queries, TOP)
    if find_spec("usearch"):
        from usearch.index import MetricKind, search

        found["usearch"] = lambda queries: search(
            case.rows, queries, TOP, MetricKind.IP, exact=True, threads=case.threads
        )
    return found


def in_turns(
    ours: Call, rival: Call | None, *, run: int, seconds: float = _SECONDS
) -> tuple[float, float | None]:
    """Medians in ms of calls with the number of the query; each side makes a run of calls, then the other.

    A rival that reads the whole library leaves nothing of the index in the cache: taking turns after
    every call would time how fast it is fetched again.
    """
    calls = [ours] if rival is None else [ours, rival]
    taken: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call(0)
    number, started = 0, time.perf_counter()
    while number < 3 or (time.perf_counter() - started < seconds and number < 400):
        for call, times in zip(calls, taken, strict=True):
            for query in range(number, number + run):
                before = time.perf_counter()
                call(query)
                times.append(1_000 * (time.perf_counter() - before))
        number += run
    medians = [statistics.median(times) for times in taken]
    return medians[0], medians[1] if rival is not None else None


def exact_rows(rows: np.ndarray, queries: np.ndarray, *, best: bool = False) -> np.ndarray:
    """Brute force in double precision, shape (q, k) or, for the best shift of one query, (k,)."""
    wide = queries.astype(np.float64)
    scores = np.concatenate(
        [rows[at : at + 4096].astype(np.float64) @ wide.T for at in range(0, len(rows), 4096)]
    )
    tables = [scores.max(axis=1)] if best else list(scores.T)
    order = np.array([np.lexsort((np.arange(len(rows)), -scores))[:TOP] for scores in tables])
    return order[0] if best else order


def time_single(case: Case, name: str, rival: Callable[[np.ndarray], Any] | None) -> dict[str, object]:
    """One query at a time."""
    n = len(case.queries)
    found = [search_one(case.job, query, threads=case.ours).rows for query in case.queries[:_ASKED]]
    equal = np.array_equal(found, exact_rows(case.rows, case.queries[:_ASKED]))
    times = in_turns(
        lambda number: search_one(case.job, case.queries[number % n], threads=case.ours),
        None if rival is None else lambda number: rival(case.queries[number % n][None]),
        run=_ASKED,
    )
    return row_of("single", case, name, times, equal=equal)


def time_batch(case: Case, name: str, rival: Callable[[np.ndarray], Any] | None) -> dict[str, object]:
    """All queries at once."""
    found = search_many(case.job, case.queries, threads=case.ours).rows
    equal = np.array_equal(found[:_ASKED], exact_rows(case.rows, case.queries[:_ASKED]))
    times = in_turns(
        lambda _: search_many(case.job, case.queries, threads=case.ours),
        None if rival is None else lambda _: rival(case.queries),
        run=1,
    )
    return row_of(f"batch{len(case.queries)}", case, name, times, equal=equal)


def time_shifts(case: Case) -> dict[str, object]:
    """Best of all shifts of one query."""
    asked = [shifted(query, REACH)[0] for query in case.queries[:_ASKED]]
    equal = all(
        np.array_equal(
            search_best(case.job, queries, threads=case.ours).rows,
            exact_rows(case.rows, queries, best=True),
        )
        for queries in asked[:3]
    )
    times = in_turns(
        lambda number: search_best(case.job, asked[number % _ASKED], threads=case.ours),
        lambda number: _blas(case, asked[number % _ASKED], best=True),
        run=4,
    )
    return row_of(f"shifts{REACH}", case, "blas", times, equal=equal)


def row_of(
    job: str, case: Case, rival: str, times: tuple[float, float | None], *, equal: bool
) -> dict[str, object]:
    """One line of the table."""
    ours, theirs = times
    return {
        "job": job,
        "n": len(case.rows),
        "threads": case.threads,
        "ours_ms": round(ours, 4),
        "rival": rival,
        "rival_ms": None if theirs is None else round(theirs, 3),
        "ratio": None if theirs is None else round(theirs / ours, 2),
        "equal": equal,
    }


def time_library(rows: np.ndarray, queries: np.ndarray, threads: int) -> list[dict[str, object]]:
    """Every job on one library by a number of threads."""
    started = time.perf_counter()
    index = build_cascade(rows)
    built = 1_000 * (time.perf_counter() - started)
    case = Case(rows, queries, make_job(index, rows, top=TOP), threads)
    build = row_of(
        "build", case, f"index, {index.nbytes / rows.nbytes:.3f} of the matrix", (built, None), equal=True
    )
    results = [build]
    with _blas_threads(threads):
        for name, rival in rivals(case).items():
            results += [time_single(case, name, rival), time_batch(case, name, rival)]
        results.append(time_shifts(case))
        portable = Case(rows, queries, make_job(index, rows, top=TOP, portable=True), threads)
        results.append({**time_single(portable, "blas", partial(_blas, portable)), "job": "single_portable"})
    return results


def time_searching(
    sizes: tuple[int, ...], rng: np.random.Generator, *, batch: int = 256
) -> list[dict[str, object]]:
    """Every job on libraries of several sizes, by one thread and by two where there are two."""
    counts = (1, 2) if (os.cpu_count() or 1) > 1 else (1,)
    results = []
    for n in sizes:
        rows = library(n, rng)
        queries = queries_of(rows, batch, rng)
        for threads in counts:
            results += time_library(rows, queries, threads)
    return results


def main(arguments: list[str] | None = None) -> int:
    """Print the table; exit code 1 when a row's results differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.searching", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the rows here")
    parser.add_argument("--quick", action="store_true", help="25,000 rows only")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="rows of the libraries")
    options = parser.parse_args(arguments)
    sizes = (25_000,) if options.quick else tuple(options.sizes)
    results = time_searching(sizes, np.random.default_rng(0))
    print(f"{'job':16}{'n':>9}{'threads':>8}{'ours ms':>10}{'rival ms':>10}{'ratio':>8}  equal rival")
    for row in results:
        times = [f"{row[key]:g}" if row[key] is not None else "-" for key in ("ours_ms", "rival_ms", "ratio")]
        print(
            f"{row['job']:16}{row['n']:>9}{row['threads']:>8}{times[0]:>10}{times[1]:>10}{times[2]:>8}  "
            f"{row['equal']!s:5} {row['rival']}"
        )
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0 if all(row["equal"] for row in results) else 1


if __name__ == "__main__":
    sys.exit(main())
