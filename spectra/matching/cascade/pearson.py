"""The project's own score on the cascade: penalised Pearson correlation on the common range.

On the range of a query that a row covers, the correlation is an inner product of the row with the
centred query, times a weight of the row alone: the query's sum is 0, so the row need not be centred.
Rows that cover the query at every shift are compared by their codes; the few others, and those that
hardly vary there, are scanned plainly. What is left is scored by ``spectra.matching.search`` itself.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..._parallel import run_parts, spans, usable_threads
from .._kernels import range_sums
from ..alignment import AlignedQuery
from ..index import SearchIndex
from ..search import CLOSE, MIN_OVERLAP_POINTS, SPARE, Candidate, rank_rows, search
from .index import CascadeIndex, Weighting, build_cascade, weigh
from .search import compile_kernels as compile_search
from .search import make_job, search_best

LEVEL: Final = 0.1
"""Share of its squares below which the variance of a row, or a query, is left to the plain scan: there the
rounding of a float32 inner product would show in the correlation."""
MOST_OTHERS: Final = 3
"""Share of the rows, as a divisor, that may be left to the plain scan before it takes all."""
_KEPT: Final = 4
"""Ranges of instruments whose weights are kept."""
_WORK: Final = 8_000_000
"""Values that are worth a thread."""


@dataclass(frozen=True, eq=False)
class PearsonCascade:
    """A library and the index of its rows.

    Attributes
    ----------
    index : SearchIndex
    cascade : CascadeIndex
        Built from ``index.root``.
    """

    index: SearchIndex
    cascade: CascadeIndex
    _ranges: dict[bytes, "_Ranges"] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class _Ranges:
    """Weights of the rows on each range of an instrument's queries, and the rows that have none."""

    weighting: Weighting
    sets: NDArray[np.int64]
    others: NDArray[np.int64]


def build_pearson(index: SearchIndex) -> PearsonCascade:
    """Compress a library for ``search_pearson``."""
    return PearsonCascade(index, build_cascade(index.root))


def cascade_of(index: SearchIndex) -> PearsonCascade:
    """Take the codes that a library came with, or compress it.

    Raises
    ------
    CascadeError
        When the codes are of other rows.
    """
    if index.codes is None:
        return build_pearson(index)
    cascade = CascadeIndex(**index.codes)
    make_job(cascade, index.root)  # raises
    return PearsonCascade(index, cascade)


def search_pearson(
    library: PearsonCascade, query: AlignedQuery, *, top: int = 10, threads: int | None = None
) -> tuple[Candidate, ...]:
    """Find what ``search`` finds, most rows being ruled out by their codes.

    Parameters
    ----------
    library : PearsonCascade
        From ``build_pearson``.
    query : AlignedQuery
        The query at every shift.
    top : int
        How many to return at the most.
    threads : int, optional
        As many as pay by default.
    """
    found = search_codes(library, query, top=top, threads=threads)
    return search(library.index, query, top=top) if found is None else found


def search_codes(
    library: PearsonCascade, query: AlignedQuery, *, top: int = 10, threads: int | None = None
) -> tuple[Candidate, ...] | None:
    """Do as ``search_pearson``, but leave it to the caller where the codes are of no use: None."""
    rows = _candidate_rows(library, query, top, threads)
    return None if rows is None else rank_rows(library.index, query, rows, top=top)


def _candidate_rows(
    library: PearsonCascade, query: AlignedQuery, top: int, threads: int | None
) -> NDArray[np.int64] | None:
    """Rows among which the best are for certain, ascending, or None where all have to be scored."""
    index = library.index
    if not library.cascade.compressed or 4 * (top + SPARE) > len(index):
        return None
    if not _mostly_covered(index, query.stretches):
        return None
    centred = _centred(query)
    if centred is None:
        return None
    ranges = _ranges_of(library, query)
    if MOST_OTHERS * ranges.others.size > len(index):
        return None
    job = make_job(library.cascade, index.root, top=top + SPARE, weighting=ranges.weighting)
    found = search_best(job, centred, penalties=query.penalty, sets=ranges.sets, threads=threads)
    scored = found.scores > -np.inf
    if scored.all() and found.scores[-1] >= found.scores[top - 1] - CLOSE:
        return None
    return np.union1d(found.rows[scored], ranges.others)


def _centred(query: AlignedQuery) -> NDArray[np.float32] | None:
    """Bring queries to mean 0 and norm 1 on their ranges; None where one is too level or too short."""
    rows = np.zeros(query.root.shape, dtype=np.float32)
    for into, root, (first, last) in zip(rows, query.root, query.stretches.tolist(), strict=True):
        values = root[first:last]
        square = float(values @ values)
        spread = values - values.mean() if values.size else values
        rest = float(spread @ spread)
        if values.size < MIN_OVERLAP_POINTS or not rest > LEVEL * square:
            return None
        into[first:last] = spread / np.sqrt(rest)
    return rows


def _ranges_of(library: PearsonCascade, query: AlignedQuery) -> _Ranges:
    """Weights for a query's ranges: those of an instrument are the same for all of its queries."""
    key = query.stretches.tobytes()
    known = library._ranges.get(key)
    if known is None:
        known = _measure(library, query.stretches)
        while len(library._ranges) >= _KEPT:
            library._ranges.pop(next(iter(library._ranges)), None)
        library._ranges[key] = known
    return known


def _covering(index: SearchIndex, stretches: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows that were measured wherever the query was, at every shift."""
    first, last = stretches[:, 0].min(), stretches[:, 1].max()
    covering: NDArray[np.bool_] = (index.stretches[:, 0] <= first) & (index.stretches[:, 1] >= last)
    return covering


def _mostly_covered(index: SearchIndex, stretches: NDArray[np.int64]) -> bool:
    return MOST_OTHERS * int((~_covering(index, stretches)).sum()) <= len(index)


def _measure(library: PearsonCascade, stretches: NDArray[np.int64]) -> _Ranges:
    index = library.index
    distinct, sets = np.unique(stretches, axis=0, return_inverse=True)
    sums, squares = np.empty((2, len(distinct), len(index)))

    def add_up(span: tuple[int, int]) -> None:
        range_sums(index.root, distinct, sums, squares, *span)

    threads = min(usable_threads(), 1 + index.root.size // _WORK)
    run_parts(add_up, spans(len(index), threads), threads)
    spread = squares - sums * sums / (distinct[:, 1] - distinct[:, 0])[:, None]
    known = _covering(index, stretches) & (spread > LEVEL * squares).all(axis=0)
    weights = np.where(known, 1.0 / np.sqrt(np.where(known, spread, 1.0)), np.nan)
    return _Ranges(weigh(library.cascade, weights), sets.ravel().astype(np.int64), np.flatnonzero(~known))


def compile_kernels() -> None:
    """Compile what a search by codes needs, or load it from the cache."""
    compile_search()
    sums = np.empty((1, 1))
    rows = np.ones((1, 2), dtype=np.float32)
    rows.flags.writeable = False
    range_sums(rows, np.array([[0, 2]]), sums, sums.copy(), 0, 1)
