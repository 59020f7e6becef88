"""One near infrared query against one library: exact search, then evidence for what was found."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..candidates import Weighed
from ..search import Candidate, best_shift_numpy
from .evidence import NirEvidence, NirSide, information, nir_log_odds, weigh_nir
from .index import SHIFTS_NM, NirIndex, NirQuery

MIN_OVERLAP_NM: Final = 100.0
"""Common range below which nothing is compared."""

MIN_COVERAGE: Final = 0.08
"""Share of a reference's information inside what was measured, below which it is no candidate: that of
references from 1300 to 2600 nm that handhelds to 1700 nm measure is 0.08 to 0.25."""

MIN_SPREAD: Final = 1e-12
SEARCHED: Final = 12
"""Substances that are weighed."""

BLOCK_ROWS: Final = 2048


def rank_nir(
    index: NirIndex,
    query: NirQuery,
    identities: Sequence[str],
    *,
    top: int = SEARCHED,
    allowed: NDArray[np.bool_] | None = None,
) -> tuple[Weighed, ...]:
    """Search a library and weigh the best reference of each substance.

    Parameters
    ----------
    index : NirIndex
        The library.
    query : NirQuery
        On the library's grid.
    identities : sequence of str
        One per row: replicates of one substance and form share it, and the best of them speaks.
    top : int
        How many substances to weigh.
    allowed : array, shape (n,), bool, optional
        Rows that may be found; all when left out.

    Returns
    -------
    tuple of Weighed
        Most evidence first; ties go to the smaller id. ``Candidate.shift`` is a row of the query.
    """
    scores, shifts = score_all(index, query)
    found = np.flatnonzero(np.isfinite(scores) if allowed is None else np.isfinite(scores) & allowed)
    best: dict[str, int] = {}
    for row in sorted(found.tolist(), key=lambda row: (-scores[row], index.ids[row])):
        if len(best) == top:
            break
        best.setdefault(identities[row], row)
    candidates = (Candidate(row, int(shifts[row]), float(scores[row])) for row in best.values())
    weighed = [_weigh(index, query, candidate) for candidate in candidates]
    weighed.sort(key=lambda entry: (-entry.log_odds, index.ids[entry.candidate.row]))
    return tuple(weighed)


def score_all(index: NirIndex, query: NirQuery) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Penalised correlation of every reference at its best shift.

    Returns
    -------
    scores : array, shape (n,), float64
        -inf where too little of the reference was measured.
    shifts : array, shape (n,), int64
        Row of the query.
    """
    scores, shifts = np.full(len(index), -np.inf), np.zeros(len(index), dtype=np.int64)
    minimum = round(MIN_OVERLAP_NM / index.grid.step)
    for start in range(0, len(index), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        root, stretches = index.root[rows], index.stretches[rows]
        products = root @ query.root.T
        arguments = (root, stretches, query.root, query.stretches, query.penalty, products)
        scores[rows], shifts[rows] = best_shift_numpy(*arguments, minimum, MIN_SPREAD)
    first, last = query.stretches[0].tolist()
    for row in np.flatnonzero(np.isfinite(scores)).tolist():
        low, high = index.stretches[row].tolist()
        if (low < first or high > last) and information(index.root[row], slice(first, last)) < MIN_COVERAGE:
            scores[row] = -np.inf
    return scores, shifts


def share_compared(index: NirIndex, query: NirQuery) -> float:
    """Share of a library's references that a query can be compared with at all.

    Parameters
    ----------
    index : NirIndex
        The library.
    query : NirQuery
        On the library's grid.
    """
    scores, _ = score_all(index, query)
    return float(np.mean(np.isfinite(scores)))


def _weigh(index: NirIndex, query: NirQuery, found: Candidate) -> Weighed:
    first, last = query.stretches[found.shift].tolist()
    low, high = index.stretches[found.row].tolist()
    evidence: NirEvidence = weigh_nir(
        NirSide(query.absorbance[found.shift], query.root[found.shift], first, last),
        NirSide(index.absorbance[found.row], index.root[found.row], low, high),
        step_nm=index.grid.step,
        shift_nm=SHIFTS_NM[found.shift],
        penalty=float(query.penalty[found.shift]),
    )
    return Weighed(found, evidence, nir_log_odds(evidence))
