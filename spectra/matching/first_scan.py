"""The search of a large library without compiled code, for who asks once.

Loading numba and one kernel takes longer than a scan of 25,000 references by numpy, so the first few do
without. Sums over the range of the query are the stored ones of whole rows less what lies outside it:
most scans cover most of a library's range, and reading a row twice would cost more than the product.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._parallel import default_threads, run_parts
from .alignment import AlignedQuery
from .index import SearchIndex
from .search import BLOCK_ROWS, MIN_OVERLAP_POINTS, MIN_SPREAD, best_of_sums, common_columns, sums_between

_CANCELLED: Final = 1e-4
"""Share of a row's squares below which a difference from the whole row's is no longer trusted."""

_ROWS_A_THREAD: Final = 8_192

_Sums = tuple[NDArray[np.float64], NDArray[np.float64]]


def scan_by_totals(index: SearchIndex, query: AlignedQuery) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Highest penalised correlation of each row, and the shift at which it is reached.

    Parameters
    ----------
    index : SearchIndex
        The library.
    query : AlignedQuery
        The query at every shift.

    Returns
    -------
    scores : array, shape (n,), float64
        As the compiled kernel has them, to rounding: see ``best_shift_numpy``.
    shifts : array, shape (n,), int64
    """
    root, columns = query.root.astype(np.float32), common_columns(index, query)
    scores, shifts = np.empty(len(index)), np.empty(len(index), dtype=np.int64)

    def work(start: int) -> None:
        rows = slice(start, start + BLOCK_ROWS)
        references, stretches = index.root[rows], index.stretches[rows]
        products = references[:, columns] @ root[:, columns].T
        sums = _sums_within(references, index.totals[rows], query.stretches), _query_sums(root, stretches)
        lows = np.maximum(stretches[:, :1], query.stretches[:, 0])
        n = np.minimum(stretches[:, 1:], query.stretches[:, 1]) - lows
        scores[rows], shifts[rows] = best_of_sums(
            n, *sums, products, query.penalty, min_points=MIN_OVERLAP_POINTS, min_spread=MIN_SPREAD
        )

    n_threads = default_threads(len(index), from_jobs=_ROWS_A_THREAD)
    run_parts(work, list(range(0, len(index), BLOCK_ROWS)), n_threads)
    return scores, shifts


def _query_sums(root: NDArray[np.float32], stretches: NDArray[np.int64]) -> _Sums:
    """Add up the query at each shift over the stretch of each row; many rows have the same."""
    distinct, places = np.unique(stretches, axis=0, return_inverse=True)
    sums, squares = sums_between(root, distinct[:, 0], distinct[:, 1])
    places = places.reshape(-1)
    return sums.T[places], squares.T[places]


def _sums_within(
    rows: NDArray[np.float32], totals: NDArray[np.float64], stretches: NDArray[np.int64]
) -> _Sums:
    """Add up each row, and its squares, over each stretch of the query."""
    first, last = stretches.T
    m = rows.shape[1]
    if int(first.max()) + m - int(last.min()) >= int(last.max()) - int(first.min()):
        return sums_between(rows, first, last)
    before, after = (
        sums_between(rows, np.zeros_like(first), first),
        sums_between(rows, last, np.full_like(last, m)),
    )
    sums, squares = (totals[:, kind, None] - before[kind] - after[kind] for kind in (0, 1))
    doubtful = np.flatnonzero((squares < _CANCELLED * totals[:, 1:]).any(axis=1))
    sums[doubtful], squares[doubtful] = sums_between(rows[doubtful], first, last)
    return sums, squares
