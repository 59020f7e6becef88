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

from ..alignment import AlignedQuery
from ..index import SearchIndex
from ..search import MIN_OVERLAP_POINTS, Candidate, search
from .index import CascadeIndex, Weighting, build_cascade, weigh
from .search import make_job, search_best

LEVEL: Final = 0.1
"""Share of its squares below which the variance of a row, or a query, is left to the plain scan: there the
rounding of a float32 inner product would show in the correlation."""
MARGIN: Final = 2e-5
"""Difference of scores up to which the plain scan's rounding may order two rows otherwise."""
SPARE: Final = 22
"""Rows that are asked for beyond the wanted, so that all within the margin are among them."""
_KEPT: Final = 4
_BLOCK_ROWS: Final = 4_096


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
    index = library.index
    rows = _candidate_rows(library, query, top, threads)
    if rows is None:
        return search(index, query, top=top)
    ids = tuple(index.ids[row] for row in rows.tolist())
    few = SearchIndex(index.grid, ids, index.root[rows], index.stretches[rows])
    found = search(few, query, top=top)
    return tuple(Candidate(int(rows[each.row]), each.shift, each.score) for each in found)


def _candidate_rows(
    library: PearsonCascade, query: AlignedQuery, top: int, threads: int | None
) -> NDArray[np.int64] | None:
    """Rows among which the best are for certain, ascending, or None where all have to be scored."""
    index = library.index
    if not library.cascade.compressed or 4 * (top + SPARE) > len(index):
        return None
    centred = _centred(query)
    if centred is None:
        return None
    ranges = _ranges_of(library, query)
    if 2 * ranges.others.size > len(index):
        return None
    job = make_job(library.cascade, index.root, top=top + SPARE, weighting=ranges.weighting)
    found = search_best(job, centred, penalties=query.penalty, sets=ranges.sets, threads=threads)
    scored = found.scores > -np.inf
    if scored.all() and found.scores[-1] >= found.scores[top - 1] - MARGIN:
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


def _measure(library: PearsonCascade, stretches: NDArray[np.int64]) -> _Ranges:
    index = library.index
    distinct, sets = np.unique(stretches, axis=0, return_inverse=True)
    covering = (index.stretches[:, 0] <= distinct[:, 0].min()) & (
        index.stretches[:, 1] >= distinct[:, 1].max()
    )
    sums, squares = np.zeros((2, len(distinct), len(index)))
    for start in range(0, len(index), _BLOCK_ROWS):
        block = index.root[start : start + _BLOCK_ROWS].astype(np.float64)
        part = slice(start, start + len(block))
        for number, (first, last) in enumerate(distinct.tolist()):
            values = block[:, first:last]
            sums[number, part] = values.sum(axis=1)
            squares[number, part] = np.einsum("ij,ij->i", values, values)
    spread = squares - sums * sums / (distinct[:, 1] - distinct[:, 0])[:, None]
    known = covering & (spread > LEVEL * squares).all(axis=0)
    weights = np.where(known, 1.0 / np.sqrt(np.where(known, spread, 1.0)), np.nan)
    return _Ranges(weigh(library.cascade, weights), sets.ravel().astype(np.int64), np.flatnonzero(~known))
