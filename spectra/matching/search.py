"""Exact search of a library for the rows most like a query.

The score of a row is its Pearson correlation with the query in the square-root domain on the
range that both were measured, at the best penalised shift of the query's axis. Every row is
compared: there is no screening. Square roots weigh weak and strong bands alike and tame what is
left of the baseline; in a trial on unseen instruments they took detection at 1 % false matches from 0.58
(linear intensities) to 0.89.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .alignment import AlignedQuery
from .index import SearchIndex

KERNEL_FROM: Final = 1_000
"""References from which on the compiled kernel is used.

It is faster from the first hundred on (``python -m benchmarks.speed``), but loading it costs a cold
start 0.3 s, which only a large library earns back.
"""

MIN_SPREAD: Final = 1e-8
"""Product of the two sides' variances, each over its mean square, below which one of them is
constant up to the rounding of the float32 products, and the pair has no correlation."""

MIN_OVERLAP_POINTS: Final = 200
"""Grid points that query and reference must share, 400 cm⁻¹ on the default grid.

In a shorter stretch a stranger has one band or two, and some reference always has them too.
"""


@dataclass(frozen=True)
class Hit:
    """One ranked candidate.

    Attributes
    ----------
    rank : int
        1 is best.
    reference_id : str
        Row of the library.
    name : str
        Substance as the library names it.
    hqi : float
        Hit quality index max(r, 0)², r the Pearson correlation on the common range, 0 to 1.
    score : float
        What the ranking goes by, 0 to 1: coverage-aware evidence after alignment.
    """

    rank: int
    reference_id: str
    name: str
    hqi: float
    score: float


@dataclass(frozen=True)
class Candidate:
    """A row that the search found, with the shift at which it fits best.

    Attributes
    ----------
    row : int
        Row of the index.
    shift : int
        Row of ``AlignedQuery`` at which the penalised correlation is highest.
    score : float
        That penalised correlation, at most 1.
    """

    row: int
    shift: int
    score: float


def search(index: SearchIndex, query: AlignedQuery, *, top: int = 10) -> tuple[Candidate, ...]:
    """Rows with the highest penalised correlation, best first; ties go to the smaller id.

    Parameters
    ----------
    index : SearchIndex
        The library.
    query : AlignedQuery
        The query at every shift.
    top : int
        How many to return at the most.

    Returns
    -------
    tuple of Candidate
        Rows without enough common range are left out.
    """
    root = query.root.astype(np.float32)
    products = index.root @ root.T
    arguments = (index.root, index.stretches, root, query.stretches, query.penalty, products)
    if len(index) >= KERNEL_FROM:
        from ._kernels import best_shift  # numba loads only for a library that needs it

        scores, shifts = best_shift(*arguments, MIN_OVERLAP_POINTS, MIN_SPREAD)
    else:
        scores, shifts = best_shift_numpy(*arguments, MIN_OVERLAP_POINTS, MIN_SPREAD)
    found = np.flatnonzero(np.isfinite(scores))
    if found.size > 4 * top:
        kth = np.partition(scores[found], found.size - top)[found.size - top]
        found = found[scores[found] >= kth]
    order = sorted(found.tolist(), key=lambda row: (-scores[row], index.ids[row]))
    return tuple(Candidate(row, int(shifts[row]), float(scores[row])) for row in order[:top])


def compile_kernels() -> None:
    """Compile what a search of ``KERNEL_FROM`` references or more needs, or load it from the cache."""
    from ._kernels import best_shift

    rows = np.ones((1, 2), dtype=np.float32)
    stretches = np.array([[0, 2]], dtype=np.int64)
    products = rows @ rows.T
    best_shift(rows, stretches, rows, stretches, np.zeros(1), products, MIN_OVERLAP_POINTS, MIN_SPREAD)


def best_shift_numpy(
    references: NDArray[np.float32],
    reference_stretches: NDArray[np.int64],
    queries: NDArray[np.float32],
    query_stretches: NDArray[np.int64],
    penalty: NDArray[np.float64],
    products: NDArray[np.float32],
    min_points: int,
    min_spread: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Twin of the kernel ``best_shift`` in numpy.

    Parameters
    ----------
    references : array, shape (n, m), float32
        0 outside their stretches.
    reference_stretches : array, shape (n, 2)
        First measured column and the one after the last.
    queries : array, shape (s, m), float32
        The query at each shift, 0 outside its stretch.
    query_stretches : array, shape (s, 2)
        The same for the queries.
    penalty : array, shape (s,)
        Cost of each shift.
    products : array, shape (n, s), float32
        ``references @ queries.T``.
    min_points : int
        Common points below which a pair has no score.
    min_spread : float
        Relative product of the variances from which a pair has one.

    Returns
    -------
    scores : array, shape (n,), float64
        Highest penalised correlation; -inf where no shift leaves enough common points or a side
        is constant there.
    shifts : array, shape (n,), int64
        Shift at which it is reached; the first of equals.
    """
    n_rows, n_shifts = products.shape
    best = np.full(n_rows, -np.inf)
    where = np.zeros(n_rows, dtype=np.int64)
    reference_sums, query_sums = _running_sums(references), _running_sums(queries)
    rows = np.arange(n_rows)
    for shift in range(n_shifts):
        first = np.maximum(reference_stretches[:, 0], query_stretches[shift, 0])
        last = np.maximum(first, np.minimum(reference_stretches[:, 1], query_stretches[shift, 1]))
        n = np.maximum(last - first, 1)
        r_sum, r_square = (sums[rows, last] - sums[rows, first] for sums in reference_sums)
        q_sum, q_square = (sums[shift, last] - sums[shift, first] for sums in query_sums)
        spread = (r_square - r_sum * r_sum / n) * (q_square - q_sum * q_sum / n)
        known = (last - first >= min_points) & (spread > min_spread * r_square * q_square)
        correlation = (products[:, shift] - r_sum * q_sum / n) / np.sqrt(np.where(known, spread, 1.0))
        score = np.where(known, np.minimum(correlation, 1.0) - penalty[shift], -np.inf)
        better = score > best
        best[better], where[better] = score[better], shift
    return best, where


def _running_sums(rows: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    zero = np.zeros((rows.shape[0], 1))
    values = rows.astype(np.float64)
    return (
        np.concatenate([zero, np.cumsum(values, axis=1)], axis=1),
        np.concatenate([zero, np.cumsum(values * values, axis=1)], axis=1),
    )
