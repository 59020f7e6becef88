"""One query against one library: search, then evidence for what was found."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .alignment import AlignedQuery, align
from .evidence import Evidence, Side, log_odds, weigh_refined
from .index import Query, SearchIndex
from .search import Candidate, search

SEARCHED: Final = 12
"""Candidates of the search that are weighed; the rest cannot become the answer."""


@dataclass(frozen=True)
class Weighed:
    """A candidate with its evidence.

    Attributes
    ----------
    candidate : Candidate
        Where the search found it.
    evidence : Evidence
        What speaks for it.
    log_odds : float
        The evidence in one figure.
    """

    candidate: Candidate
    evidence: Evidence
    log_odds: float


def rank_candidates(
    index: SearchIndex, query: Query, *, top: int = SEARCHED
) -> tuple[AlignedQuery, tuple[Weighed, ...]]:
    """Search a library and weigh what was found.

    Parameters
    ----------
    index : SearchIndex
        The library.
    query : Query
        On the library's grid.
    top : int
        How many candidates to weigh.

    Returns
    -------
    aligned : AlignedQuery
        The query at every shift.
    ranked : tuple of Weighed
        Most evidence first; ties go to the smaller id.
    """
    aligned = align(query)
    weighed = [_weigh(index, query, aligned, found) for found in search(index, aligned, top=top)]
    weighed.sort(key=lambda entry: (-entry.log_odds, index.ids[entry.candidate.row]))
    return aligned, tuple(weighed)


def _weigh(index: SearchIndex, query: Query, aligned: AlignedQuery, found: Candidate) -> Weighed:
    first, last = aligned.stretches[found.shift].tolist()
    low, high = index.stretches[found.row].tolist()
    evidence = weigh_refined(
        Side(aligned.root[found.shift], first, last, query.noise),
        Side(index.root[found.row].astype(np.float64), low, high),
        shift_cm1=float(aligned.shifts_cm1[found.shift]),
        penalty=float(aligned.penalty[found.shift]),
        step_cm1=index.grid.step,
    )
    return Weighed(found, evidence, log_odds(evidence))
