"""Times the best pair and the best triple of a whole library beside one BLAS query.

``ratio`` is the rival's time over ours: 0.1 is ten BLAS queries. The queries are sums of two or three
references with noise. A triple is also sought where there are only two: then a third row explains next
to nothing, few triples are ruled out by their ceiling, and that is the hardest case. Equal means: every
answer is proven, no sum of the true references is better, and in a small library the answers are those
of fitting all sets one by one.
"""

import statistics
import time
from collections.abc import Callable
from itertools import combinations
from typing import Final

import numpy as np

from spectra.grid import Grid
from spectra.matching.branching.rows import Rows, prepare_rows
from spectra.matching.branching.search import Found, best_pair, best_triple

from ._common import median_ms, raman_like

GRID: Final = Grid(200.0, 3.0, 1_024)
NOISE: Final = 0.01
"""Of the highest point of a query."""

SECONDS: Final = 20.0
"""Deadline of one search."""

SMALL: Final = 40
"""Rows among which every set is fitted."""

SEARCHES: Final = {2: best_pair, 3: best_triple}
JOBS: Final = (("pairs", 2, 2), ("triples", 3, 3), ("triples_of_two", 3, 2))
"""Name, rows that are sought, rows that the query is made of."""


def time_mixing(
    n: int, queries: int, rng: np.random.Generator, *, rows: np.ndarray | None = None
) -> list[dict[str, object]]:
    """Time the searches against n references: a row of the table for each job.

    Parameters
    ----------
    n : int
        Synthetic references.
    queries : int
        For each job; their median counts.
    rng : numpy.random.Generator
        For references, queries and noise.
    rows : array, shape (n, m), float32, optional
        References to take instead.
    """
    matrix = raman_like(n, GRID, rng) if rows is None else rows
    library = prepare_rows(matrix)
    return [_row(job, size, _asked(matrix, made_of, queries, rng), library) for job, size, made_of in JOBS]


def _row(job: str, size: int, asked: list[tuple[np.ndarray, np.ndarray]], library: Rows) -> dict[str, object]:
    search, matrix = SEARCHES[size], library.matrix
    search(library, asked[0][0])  # compiles
    ours, rival, equal = [], [], _equals_all_sets(matrix[:SMALL], size)
    for query, members in asked:
        single = query.astype(np.float32)
        rival.append(median_ms(_blas(matrix, single), 5))
        started = time.perf_counter()
        found = search(library, query, seconds=SECONDS)
        ours.append(1000 * (time.perf_counter() - started))
        truth = _fit(matrix, members[:size], query)
        equal &= (
            found.proven and found.gain >= truth * (1 - 1e-6) and _gain_is_that_of_a_fit(found, matrix, query)
        )
    ratios = [theirs / own for own, theirs in zip(ours, rival, strict=True)]
    return {
        "job": job,
        "n": len(library),
        "threads": "BLAS default",
        "ours_ms": round(statistics.median(ours), 3),
        "rival": "blas single query",
        "rival_ms": round(statistics.median(rival), 3),
        "ratio": round(statistics.median(ratios), 4),
        "equal": equal,
    }


def _asked(
    matrix: np.ndarray, made_of: int, queries: int, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw queries, each with the rows that it is the sum of."""
    asked = []
    for _ in range(queries):
        members = rng.choice(len(matrix), made_of, replace=False)
        query = rng.uniform(0.2, 1.0, made_of) @ matrix[members].astype(np.float64)
        asked.append((query + NOISE * query.max() * rng.normal(size=query.size), members))
    return asked


def _blas(matrix: np.ndarray, query: np.ndarray) -> Callable[[], object]:
    """Search for the ten most similar rows as numpy does it."""
    return lambda: np.argpartition(matrix @ query, -10)[-10:]


def _fit(matrix: np.ndarray, members: np.ndarray, query: np.ndarray) -> float:
    """Share of the query's square that rows explain; 0 where a height is negative."""
    span = matrix[members].astype(np.float64).T
    heights, *_ = np.linalg.lstsq(span, query, rcond=None)
    rest = query - span @ heights
    return 1 - float(rest @ rest) / float(query @ query) if heights.min() > 0 else 0.0


def _gain_is_that_of_a_fit(found: Found, matrix: np.ndarray, query: np.ndarray) -> bool:
    return abs(_fit(matrix, np.array(found.rows), query) - found.gain) < 1e-9


def _equals_all_sets(matrix: np.ndarray, size: int) -> bool:
    """Compare with a fit of every set of a small library."""
    query = np.array([0.5, 0.3, 0.2][:size]) @ matrix[:size].astype(np.float64)
    query += NOISE * query.max() * np.sin(np.arange(query.size))
    sets = [each for count in range(1, size + 1) for each in combinations(range(len(matrix)), count)]
    best = max(sets, key=lambda each: _fit(matrix, np.array(each), query))
    found = SEARCHES[size](prepare_rows(matrix), query)
    return found.rows == best and _gain_is_that_of_a_fit(found, matrix, query)
