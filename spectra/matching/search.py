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

from ..grid import Grid
from ..matrix import SpectralMatrix
from .alignment import AlignedQuery, align
from .index import Query, SearchIndex, build_index

KERNEL_FROM: Final = 1_000
"""References from which on the compiled kernel is used.

It is faster from the first hundred on (``python -m benchmarks.speed``), but loading it costs a cold
start 0.3 s, which only a large library earns back.
"""

BLOCK_ROWS: Final = 512
"""Rows that are compared at once by the kernel: 3.6 MB on the default grid, which stay in the cache."""

MIN_SPREAD: Final = 1e-8
"""Product of the two sides' variances, each over its mean square, below which one of them is
constant up to the rounding of the float32 products, and the pair has no correlation."""

CODES_FROM: Final = 4_000
"""References from which on it pays to rule most of them out by their codes (``cascade``)."""

COMPRESS_AFTER: Final = 20
COMPRESS_ROWS: Final = 600_000
"""Searches, and rows searched beyond them, after which a library that came without codes is compressed.

That takes about as long as so much searching without codes (1.6 s beside 0.05 s a search for 25,000
references), so that a few spectra do not wait for what only many earn back.
"""

LOAD_ROWS: Final = 50_000
"""Rows searched after which stored codes are used: loading their kernels takes 0.1 s, which a single
spectrum against a smaller library does not earn back."""

KERNEL_ROWS: Final = 100_000
"""Rows searched after which the compiled kernel is loaded: before that numpy is done sooner."""

CLOSE: Final = 1e-4
"""Difference of scores up to which the rounding of float32 products may order two rows otherwise: it is
10⁻⁶ for spectra and reaches 2·10⁻⁵ for noise, whose square roots lie far from 0 beside their spread."""
SPARE: Final = 22
"""Rows beyond the wanted that are scored in double precision, where so many are that close."""

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
    if not len(index):
        return ()
    index.usage.searches += 1
    by_codes = _promising(index, query, top) if len(index) >= CODES_FROM else None
    return _ranked(index, query, _score_all(index, query), top) if by_codes is None else by_codes


def rank_rows(
    index: SearchIndex, query: AlignedQuery, rows: NDArray[np.int64], *, top: int
) -> tuple[Candidate, ...]:
    """Do as ``search``, among some rows.

    Parameters
    ----------
    rows : array, shape (r,)
        Distinct, ascending.
    """
    ids = tuple(index.ids[row] for row in rows.tolist())
    few = SearchIndex(index.grid, ids, index.root[rows], index.stretches[rows])
    found = _ranked(few, query, _score_all(few, query), top)
    return tuple(Candidate(int(rows[each.row]), each.shift, each.score) for each in found)


def compile_kernels() -> None:
    """Compile what a search of ``KERNEL_FROM`` references or more needs, or load it from the cache."""
    from .cascade.pearson import compile_kernels as compile_cascade

    grid = Grid(0.0, 2.0, MIN_OVERLAP_POINTS)
    measured = np.ones((1, grid.n_points), dtype=bool)
    index = build_index(SpectralMatrix(grid, measured.astype(np.float32), measured, ("warm",)))
    _compiled(index, align(Query(grid, np.ones(grid.n_points), 0, grid.n_points)))
    compile_cascade()


_Best = tuple[NDArray[np.float64], NDArray[np.int64]]


def _score_all(index: SearchIndex, query: AlignedQuery) -> _Best:
    if len(index) < KERNEL_FROM:
        return _plain(index, query)
    if index.usage.searches * len(index) > KERNEL_ROWS:
        return _compiled(index, query)
    from .first_scan import scan_by_totals  # it takes what it shares from here

    return scan_by_totals(index, query)


def _ranked(index: SearchIndex, query: AlignedQuery, best: _Best, top: int) -> tuple[Candidate, ...]:
    """Rank the best, and what float32 cannot tell from them, by scores in double precision.

    So the figures are the same whether or not codes were used. Where many rows are that close, in
    a library of copies, the scores stay as they are.
    """
    scores, shifts = best
    found = _within(scores, top, CLOSE)
    if found.size <= top + SPARE:
        scores, shifts = np.full(len(index), -np.inf), np.zeros(len(index), dtype=np.int64)
        scores[found], shifts[found] = _score_exactly(index, query, found)
    found = _within(scores, top, 0.0)
    order = sorted(found.tolist(), key=lambda row: (-scores[row], index.ids[row]))
    return tuple(Candidate(row, int(shifts[row]), float(scores[row])) for row in order[:top])


def _within(scores: NDArray[np.float64], top: int, margin: float) -> NDArray[np.int64]:
    """Rows with a score that is not below the last of the best by more than a margin."""
    found = np.flatnonzero(np.isfinite(scores))
    if found.size > top:
        kth = np.partition(scores[found], found.size - top)[found.size - top]
        found = found[scores[found] >= kth - margin]
    return found


def _score_exactly(index: SearchIndex, query: AlignedQuery, rows: NDArray[np.int64]) -> _Best:
    """Score some rows by products in double precision; equal rows equally, wherever they stand."""
    if not rows.size:
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    references, root = index.root[rows], query.root.astype(np.float32)
    products = np.einsum("rm,sm->rs", references.astype(np.float64), root.astype(np.float64))
    arguments = (index.stretches[rows], root, query.stretches, query.penalty, products)
    return best_shift_numpy(references, *arguments, MIN_OVERLAP_POINTS, MIN_SPREAD)


def _promising(index: SearchIndex, query: AlignedQuery, top: int) -> tuple[Candidate, ...] | None:
    """Search by codes; None where there are none yet, or where they are of no use to this query."""
    usage = index.usage
    enough = COMPRESS_AFTER + COMPRESS_ROWS // len(index) if index.codes is None else LOAD_ROWS // len(index)
    if usage.searches <= enough:
        return None
    from .cascade import pearson

    if usage.cascade is None:
        usage.cascade = pearson.cascade_of(index)
    return pearson.search_codes(usage.cascade, query, top=top)


def _plain(index: SearchIndex, query: AlignedQuery) -> _Best:
    root, columns = query.root.astype(np.float32), common_columns(index, query)
    products = index.root[:, columns] @ root[:, columns].T
    arguments = (index.stretches, root, query.stretches, query.penalty, products)
    return best_shift_numpy(index.root, *arguments, MIN_OVERLAP_POINTS, MIN_SPREAD)


def _compiled(index: SearchIndex, query: AlignedQuery) -> _Best:
    """Block after block, so that the kernel finds the rows in the cache that BLAS has just read."""
    from ._kernels import best_shift  # numba loads only for a library that needs it

    root, columns = query.root.astype(np.float32), common_columns(index, query)
    scores, shifts = np.empty(len(index)), np.empty(len(index), dtype=np.int64)
    for start in range(0, len(index), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        references, stretches = index.root[rows], index.stretches[rows]
        products = references[:, columns] @ root[:, columns].T
        arguments = (stretches, root, query.stretches, query.penalty, products)
        scores[rows], shifts[rows] = best_shift(
            references, index.totals[rows], *arguments, MIN_OVERLAP_POINTS, MIN_SPREAD
        )
    return scores, shifts


def common_columns(index: SearchIndex, query: AlignedQuery) -> slice:
    """Find the columns outside which either all references or the query at every shift are 0."""
    first = max(int(index.stretches[:, 0].min()), int(query.stretches[:, 0].min()))
    last = min(int(index.stretches[:, 1].max()), int(query.stretches[:, 1].max()))
    return slice(first, max(first, last))


def best_shift_numpy(
    references: NDArray[np.float32],
    reference_stretches: NDArray[np.int64],
    queries: NDArray[np.float32],
    query_stretches: NDArray[np.int64],
    penalty: NDArray[np.float64],
    products: NDArray[np.floating],
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
    products : array, shape (n, s)
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
    r_first, r_last = reference_stretches[:, :1], reference_stretches[:, 1:]
    q_first, q_last = query_stretches.T
    n = np.minimum(r_last, q_last) - np.maximum(r_first, q_first)
    r_sum, r_square = sums_between(references, q_first, q_last)
    # a side is 0 outside its stretch, so that of the other is the common range
    q_sum, q_square = (sums.T for sums in sums_between(queries, r_first[:, 0], r_last[:, 0]))
    return best_of_sums(
        n,
        (r_sum, r_square),
        (q_sum, q_square),
        products,
        penalty,
        min_points=min_points,
        min_spread=min_spread,
    )


def best_of_sums(
    n: NDArray[np.int64],
    reference: tuple[NDArray[np.float64], NDArray[np.float64]],
    query: tuple[NDArray[np.float64], NDArray[np.float64]],
    products: NDArray[np.floating],
    penalty: NDArray[np.float64],
    *,
    min_points: int,
    min_spread: float,
) -> _Best:
    """Best penalised correlation of each row, from sums on the common range at each shift.

    Parameters
    ----------
    n : array, shape (r, s)
        Common points.
    reference, query : tuple of array, shape (r, s)
        Sums of values and of squares.
    products : array, shape (r, s)
        Sums of products.
    penalty, min_points, min_spread
        As in ``best_shift_numpy``.

    Returns
    -------
    scores : array, shape (r,), float64
    shifts : array, shape (r,), int64
    """
    (r_sum, r_square), (q_sum, q_square) = reference, query
    points = np.maximum(n, 1)
    spread = (r_square - r_sum * r_sum / points) * (q_square - q_sum * q_sum / points)
    known = (n >= min_points) & (spread > min_spread * r_square * q_square)
    correlation = (products - r_sum * q_sum / points) / np.sqrt(np.where(known, spread, 1.0))
    score = np.where(known, np.minimum(correlation, 1.0) - penalty, -np.inf)
    where = score.argmax(axis=1)
    return score[np.arange(where.size), where], where


def sums_between(
    rows: NDArray[np.float32], first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add up each row, and its squares, over each range of columns: shape (rows, ranges)."""
    edges, places = np.unique(np.concatenate([first, np.maximum(first, last)]), return_inverse=True)
    start, stop = places.reshape(2, -1)
    values = rows[:, edges[0] : edges[-1]].astype(np.float64)
    if not values.shape[1]:
        return np.zeros((len(rows), first.size)), np.zeros((len(rows), first.size))
    results = []
    for each in (values, values * values):
        sums = np.zeros((len(rows), edges.size))
        np.cumsum(np.add.reduceat(each, edges[:-1] - edges[0], axis=1), axis=1, out=sums[:, 1:])
        results.append(sums[:, stop] - sums[:, start])
    return results[0], results[1]
