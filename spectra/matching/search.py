"""Exact search of a library for the rows most like a query."""

from dataclasses import dataclass


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
