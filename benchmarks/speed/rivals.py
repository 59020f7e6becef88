"""What else finds the rows with the highest inner products: numpy's BLAS, faiss, usearch, scikit-learn."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

TOP: Final = 10
BLOCK: Final = 25_000
QUERIES: Final = 256
"""Rows and queries that BLAS is given at once, so that the scores do not fill the memory."""

Rival = Callable[[np.ndarray], Any]
"""Called with queries, shape (b, m)."""


def blas(rows: np.ndarray) -> Rival:
    """Scan with one matrix product, and partition the scores."""

    def best(queries: np.ndarray) -> np.ndarray:
        if len(queries) == 1:
            return _top(rows @ queries[0])
        return np.concatenate(
            [_batch(rows, queries[at : at + QUERIES]) for at in range(0, len(queries), QUERIES)]
        )

    return best


def blas_of_all(rows: np.ndarray) -> Rival:
    """Like ``blas``, with the highest score of all queries: the shifts of one."""
    return lambda queries: _top((rows @ queries.T).max(axis=1))


def _batch(rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    found, scores = [], []
    for start in range(0, len(rows), BLOCK):
        products = queries @ rows[start : start + BLOCK].T
        places = _top(products)
        found.append(places + start)
        scores.append(np.take_along_axis(products, places, axis=1))
    if len(found) == 1:
        return found[0]
    best = _top(np.concatenate(scores, axis=1))
    return np.take_along_axis(np.concatenate(found, axis=1), best, axis=1)


def _top(scores: np.ndarray) -> np.ndarray:
    kth = max(scores.shape[-1] - TOP, 0)
    return np.argpartition(scores, kth, axis=-1)[..., kth:]


def faiss_flat(rows: np.ndarray, threads: int) -> Rival | None:
    """Exact search of faiss, or None where it is not installed."""
    if find_spec("faiss") is None:
        return None
    import faiss

    faiss.omp_set_num_threads(threads)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    return lambda queries: flat.search(queries, TOP)


def usearch_exact(rows: np.ndarray, threads: int) -> Rival | None:
    """Exact search of usearch, or None where it is not installed."""
    if find_spec("usearch") is None:
        return None
    from usearch.index import MetricKind, search

    return lambda queries: search(rows, queries, TOP, MetricKind.IP, exact=True, threads=threads)


def sklearn_brute(rows: np.ndarray) -> Rival | None:
    """Nearest neighbours of scikit-learn, brute force, or None: for rows of norm 1 the same order."""
    if find_spec("sklearn") is None:
        return None
    from sklearn.neighbors import NearestNeighbors

    neighbours = NearestNeighbors(n_neighbors=TOP, algorithm="brute").fit(rows)
    return lambda queries: neighbours.kneighbors(queries, return_distance=False)


def exact_rows(rows: np.ndarray, queries: np.ndarray, *, best: bool = False) -> np.ndarray:
    """Brute force in double precision, shape (q, k) or, for the best shift of one query, (k,).

    All rows are scored in single precision, and those within its error of the k-th best once more. For
    rows and queries of norm 1.
    """
    error = 2 * 2.0**-24 * rows.shape[1]
    if best:
        return _exact((rows @ queries.T).max(axis=1), rows, queries, error)
    found = []
    for start in range(0, len(queries), QUERIES // 4):
        some = queries[start : start + QUERIES // 4]
        for query, scores in zip(some, some @ rows.T, strict=True):
            found.append(_exact(scores, rows, query[None], error))
    return np.array(found)


def _exact(scores: np.ndarray, rows: np.ndarray, queries: np.ndarray, error: float) -> np.ndarray:
    top = min(TOP, len(rows))
    last = np.partition(scores, len(rows) - top)[len(rows) - top]
    close = np.flatnonzero(scores >= last - 2 * error)
    wide = rows[close].astype(np.float64)
    true = np.max([(wide * query).sum(axis=1) for query in queries.astype(np.float64)], axis=0)
    return close[np.lexsort((close, -true))[:top]]
