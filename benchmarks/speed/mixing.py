"""Times the best pair and the best triple of a whole library beside one BLAS query.

The queries are sums of two or three references with noise. A triple is also sought where there are only
two: then a third row explains next to nothing, few triples are ruled out by their ceiling, and that is the
hardest case. Equal means: every answer is proven, no sum of the true references is better, and in a small
library the answers are those of fitting all sets one by one.
"""

import statistics
import time
from itertools import combinations
from typing import Final

import numpy as np

from spectra.matching.branching.rows import Rows, prepare_rows
from spectra.matching.branching.search import Found, best_pair, best_triple

from . import rivals
from ._common import Row, four_digits, median_ms

NOISE: Final = 0.01
"""Of the highest point of a query."""

SECONDS: Final = 20.0
"""Deadline of one search."""

SMALL: Final = 24
"""Rows among which every set is fitted."""

SEARCHES: Final = {2: best_pair, 3: best_triple}
JOBS: Final = (("pairs", 2, 2), ("triples", 3, 3), ("triples_of_two", 3, 2))
"""Name, rows that are sought, rows that the query is made of."""
QUICK_JOBS: Final = JOBS[:2]


def time_mixing(
    rows: np.ndarray,
    queries: int,
    threads: int,
    rng: np.random.Generator,
    *,
    jobs: tuple[tuple[str, int, int], ...] = JOBS,
) -> list[Row]:
    """Time the searches of one library: a row of the table for each job.

    Parameters
    ----------
    rows : array, shape (n, m), float32
        The references, not negative.
    queries : int
        For each job; their median counts.
    threads : int
        Of the rival. The search has one.
    rng : numpy.random.Generator
        For queries and noise.
    jobs : tuple
        Those of ``JOBS``, or some.
    """
    library = prepare_rows(rows)
    return [
        _row(job, size, _asked(rows, made_of, queries, rng), library, threads) for job, size, made_of in jobs
    ]


def _row(job: str, size: int, asked: list[tuple[np.ndarray, np.ndarray]], library: Rows, threads: int) -> Row:
    search, matrix = SEARCHES[size], library.matrix
    ours, rival, equal = [], [], _equals_all_sets(matrix[:SMALL], size)  # also compiles
    single = rivals.blas(matrix)
    for query, members in asked:
        narrow = query.astype(np.float32)[None]
        rival.append(median_ms(lambda narrow=narrow: single(narrow), 5))
        started = time.perf_counter()
        found = search(library, query, seconds=SECONDS)
        ours.append(1000 * (time.perf_counter() - started))
        truth = _fit(matrix, members[:size], query)
        equal &= (
            found.proven and found.gain >= truth * (1 - 1e-6) and _gain_is_that_of_a_fit(found, matrix, query)
        )
    own, theirs = four_digits(statistics.median(ours)), four_digits(statistics.median(rival))
    note = f"worst of {len(ours)}: {max(ours):.0f} ms; {own / theirs:.1f} times the rival"
    return Row(job, len(library), threads, own, "blas single query", theirs, equal, note)


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
