"""The best two or three of a whole large library on the heights of a query, by branch and bound.

Slopes, on which mixtures are decided, set no bound to what a row that was not looked at could explain;
heights, which are not negative, do (:mod:`.branching`). So of a library too large to compare all slopes,
the rows that explain most beside each other are scanned for, and the best set on heights joins them.
A container that stands in the way is projected out first, so that rows compete for what lies behind it.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .basis import Basis

SECONDS: Final = 2.0
"""After which the best so far is taken, whatever machine this is."""

STEPS: Final = 5_000_000
"""The same as a number of steps, which comes first on most machines: so a query has one answer.

As many as leave an answer from 25,000 references within 0.2 s: of 40 made-up scans that no one reference
explains 8 stay unproven, of 8 million steps 6, of 150 million one."""


@dataclass(frozen=True, eq=False)
class WholeSet:
    """What branch and bound has found.

    Attributes
    ----------
    rows : array, shape (k,), int64
        Of the basis, three at most.
    proven : bool
        No other two or three of all rows explain more of the heights. False when the time was up.
    """

    rows: NDArray[np.int64]
    proven: bool


def best_of_all(
    basis: "Basis",
    query: NDArray[np.float64],
    *,
    rows: NDArray[np.int64],
    first: int,
    behind: NDArray[np.int64],
    seconds: float = SECONDS,
) -> WholeSet:
    """Best set of up to three rows on the heights of a query.

    Loads numba.

    Parameters
    ----------
    basis : Basis
        The library.
    query : array, shape (m,)
        Broadened intensity on a stretch of the library's grid.
    rows : array, shape (n,)
        That may take part, ascending.
    first : int
        Column of the grid where the stretch begins.
    behind : array, shape (b,)
        Containers that are projected out of rows and query.
    seconds : float
        After which the best so far is given.
    """
    heights = basis.heights.of(basis, rows, first, query.size)
    if heights is None:  # too large for memory: left to the scans
        return WholeSet(np.zeros(0, dtype=np.int64), proven=False)
    from .branching.rows import prepare_rows
    from .branching.search import best_triple

    _load_kernels()
    background = basis.intensity(behind, first, first + query.size) if behind.size else None
    prepared = prepare_rows(heights.matrix, background=background, groups=basis.substances[rows])
    found = best_triple(prepared, query, allowed=~np.isin(rows, behind), seconds=seconds, steps=STEPS)
    return WholeSet(rows[list(found.rows)].astype(np.int64), found.proven)


@lru_cache(maxsize=1)
def _load_kernels() -> None:
    """Have the kernels loaded, or compiled, before a clock runs: a cold process answers as a warm one."""
    from .branching.rows import prepare_rows
    from .branching.search import best_triple

    drawn = np.random.default_rng(0).random((12, 256), dtype=np.float32) ** 4
    drawn.flags.writeable = False
    best_triple(prepare_rows(drawn), drawn[:5].sum(axis=0))
    best_triple(prepare_rows(drawn, background=np.ones((1, 256))), drawn[:5].sum(axis=0))
