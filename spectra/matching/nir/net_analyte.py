"""Screening by net analyte signal: the part of a spectrum that others cannot make up.

The net analyte signal is what of a reference stands at a right angle to everything else that may be in
the item (Lorber, Anal. Chem. 58, 1986, 10.1021/ac00297a042). A reference whose own part is not in the query
need not be fitted, so a large library shrinks to a pool that can be searched exhaustively.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

POOL: Final = 15
"""Substances that are fitted exhaustively."""

POOL_ROWS: Final = 20
"""Their spectra: of a substance with several, those that fit best in some company."""

MIN_DISTINCT: Final = 1e-3
"""Share of a spectrum's square that must lie outside the span of the others."""


def net_gains(
    rows: NDArray[np.float64], query: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How much of a query the net analyte signal of each row explains.

    Parameters
    ----------
    rows : array, shape (n, m)
        Spectra in the domain of the fit.
    query : array, shape (m,)
        In the same domain.
    others : array, shape (k, m)
        What stands beside each row; none when k is 0.

    Returns
    -------
    array, shape (n,)
        Of the query's square; 0 where the row has no signal of its own, or would have to be subtracted.
    """
    square = np.einsum("ij,ij->i", rows, rows)
    if not others.size:
        own, rest = square, query
    else:
        span = np.linalg.qr(others.T)[0]
        rest = query - span @ (span.T @ query)
        own = square - ((rows @ span) ** 2).sum(axis=1)
    may = (own > MIN_DISTINCT * square) & (square > 0)
    gains: NDArray[np.float64] = np.where(
        may, np.maximum(rows @ rest, 0.0) ** 2 / np.where(may, own, 1.0), 0.0
    )
    return gains


def screen(
    rows: NDArray[np.float64],
    query: NDArray[np.float64],
    substances: NDArray[np.int64],
    *,
    pool: int = POOL,
) -> NDArray[np.int64]:
    """Pick the rows of which the query may be the sum: those that explain most alone and beside others.

    Each round looks beside what the rounds before found best: beside nothing, beside the best row, beside
    the best two. Of a substance with several spectra the best of each round is taken.

    Parameters
    ----------
    rows : array, shape (n, m)
        Spectra in the domain of the fit.
    query : array, shape (m,)
        In the same domain.
    substances : array, shape (n,), int64
        Equal for rows of one substance.
    pool : int
        Substances to keep.

    Returns
    -------
    array, shape (k,), int64
        Places, ascending.
    """
    chosen: list[int] = []
    kept: dict[int, None] = {}
    rounds = []
    for _ in range(3):
        gains = net_gains(rows, query, rows[chosen])
        gains[np.isin(substances, substances[chosen])] = 0.0
        rounds.append(_best_of_each(gains, substances))
        if not rounds[-1]:
            break
        chosen.append(rounds[-1][0])
    if len(chosen) > 1:  # the main component's best spectrum is another one beside a second
        gains = net_gains(rows, query, rows[chosen[1:2]])
        gains[substances != substances[chosen[0]]] = 0.0
        rounds.insert(0, _best_of_each(gains, substances))
    for place in _taking_turns(rounds):
        if len(kept) < POOL_ROWS and len({int(substances[each]) for each in (*kept, place)}) <= pool:
            kept[place] = None
    return np.sort(np.array(list(kept), dtype=np.int64))


def _best_of_each(gains: NDArray[np.float64], substances: NDArray[np.int64]) -> list[int]:
    """Best row of each substance that explains anything, most first; ties by place."""
    best: dict[int, int] = {}
    for place in np.argsort(-gains, kind="stable").tolist():
        if gains[place] > 0:
            best.setdefault(int(substances[place]), place)
    return list(best.values())


def _taking_turns(rounds: Sequence[Sequence[int]]) -> list[int]:
    """First of each round, then the second of each, and so on."""
    longest = max((len(each) for each in rounds), default=0)
    return [each[turn] for turn in range(longest) for each in rounds if turn < len(each)]
