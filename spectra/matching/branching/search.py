"""The best pair and the best triple of a whole library for one query."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import SpectrumError
from ..gram._kernels import best_of_gram
from . import _kernels as kernels
from .rows import Rows
from .state import Beside, Best, Field

POOL: Final = 96
"""Rows among which a first good set is sought, those that explain most alone."""

ADDED: Final = 32
"""Rows that each round adds to a pool for each member that it leaves out."""

ROUNDS: Final = 4
"""Rounds of improving the first good set, at most."""

BUDGET: Final = 1_000_000
"""Steps between two looks at the clock: some milliseconds."""


@dataclass(frozen=True, eq=False)
class Found:
    """The best set of rows that was found.

    Attributes
    ----------
    rows : tuple of int
        Ascending. Fewer than were asked for where more explain nothing more; none where no row does.
    heights : array, shape (k,)
        Of the rows as they were given to ``prepare_rows``; all positive.
    gain : float
        Share of the square of what the background leaves of the query, 0 to 1.
    proven : bool
        No other set is better, but for rounding. False when the time was up before.
    compared : int
        Inner products of two rows that were worked out.
    """

    rows: tuple[int, ...]
    heights: NDArray[np.float64]
    gain: float
    proven: bool
    compared: int


def best_pair(
    rows: Rows,
    query: ArrayLike,
    *,
    allowed: NDArray[np.bool_] | None = None,
    seconds: float | None = None,
    steps: int | None = None,
) -> Found:
    """Two rows whose sum with heights that are not negative is nearest to a query.

    Parameters
    ----------
    rows : Rows
        The library.
    query : array, shape (m,)
        Finite, of either sign.
    allowed : array, shape (n,), bool, optional
        Rows that may take part; all when left out.
    seconds : float, optional
        After which the best so far is returned. A first good set is always sought.
    steps : int, optional
        The same as a number of steps, of which a second has some hundred million: looked at as rarely as
        the clock, and unlike it the same for the same query on any machine.

    Returns
    -------
    Found
        The highest gain of all pairs and single rows. Ties, to 10⁻⁹, go to fewer rows, then to smaller
        ones. Rows are told apart, and sets admitted, by a determinant of their unit rows above 10⁻⁶.

    Raises
    ------
    SpectrumError
        For a query or a mask that does not fit.
    """
    return _best_set(rows, query, 2, allowed, _Limit(seconds, steps))


def best_triple(
    rows: Rows,
    query: ArrayLike,
    *,
    allowed: NDArray[np.bool_] | None = None,
    seconds: float | None = None,
    steps: int | None = None,
) -> Found:
    """Three rows whose sum with heights that are not negative is nearest to a query.

    Parameters, result and errors are those of ``best_pair``; pairs and single rows are compared too.
    """
    return _best_set(rows, query, 3, allowed, _Limit(seconds, steps))


class _Limit:
    """How long a search may take."""

    def __init__(self, seconds: float | None, steps: int | None) -> None:
        self._end = math.inf if seconds is None else time.monotonic() + seconds
        self._left = math.inf if steps is None else steps

    def spend(self, steps: int) -> None:
        self._left -= steps

    def reached(self) -> bool:
        return self._left <= 0 or (self._end < math.inf and time.monotonic() >= self._end)


def _best_set(
    rows: Rows, query: ArrayLike, size: int, allowed: NDArray[np.bool_] | None, limit: _Limit
) -> Found:
    target, length = _target(rows, query)
    hunt = _begin(rows, target, allowed, limit)
    proven = True
    if hunt.best.rows[0] >= 0:
        _improve(hunt, 2)
        proven = _prove_pairs(hunt)
        if size == 3:
            _improve(hunt, 3)
            proven = proven and _prove_triples(hunt)
    members = hunt.best.rows[hunt.best.rows >= 0]
    return Found(
        rows=tuple(members.tolist()),
        heights=_heights(rows, target, members) * length,
        gain=min(float(hunt.best.gain[0]), 1.0),
        proven=proven,
        compared=int(hunt.best.work[0]),
    )


@dataclass(frozen=True, eq=False)
class _Hunt:
    """One search: the library, the query's products with it, and the best set so far."""

    rows: Rows
    target: NDArray[np.float64]
    products: NDArray[np.float64]  # with each unit row; -inf for what may not take part
    best: Best
    limit: _Limit

    def count(self) -> None:
        """Charge the steps of the last call to the limit."""
        self.limit.spend(int(self.best.work[1]))
        self.best.work[1] = 0

    def late(self) -> bool:
        self.count()
        return self.limit.reached()

    def field(self, least: float) -> Field:
        """Rows whose product with the query may reach a value, highest first."""
        order = np.flatnonzero(self.products + self.rows.error >= least)
        order = order[np.argsort(-self.products[order], kind="stable")]
        return Field(
            matrix=self.rows.matrix,
            inverse=self.rows.inverse,
            hidden=self.rows.hidden,
            groups=self.rows.groups,
            order=order,
            high=self.products[order] + self.rows.error,
            query=self.target,
            error=self.rows.error,
            lowest=self.rows.lowest,
        )


def _target(rows: Rows, query: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """Project the background out of the query; unit, and its length. Zeros where nothing is left."""
    target = np.array(query, dtype=np.float64)
    if target.shape != (rows.matrix.shape[1],) or not np.all(np.isfinite(target)):
        raise SpectrumError(f"a query must be finite of shape ({rows.matrix.shape[1]},), not {target.shape}")
    scale = max(float(np.abs(target).max()), 1e-300)
    target /= scale
    whole = float(target @ target)
    target -= rows.span @ (rows.span.T @ target)
    square = float(target @ target)
    if square <= 1e-24 * whole:
        return np.zeros_like(target), 0.0
    return target / square**0.5, square**0.5 * scale


def _begin(
    rows: Rows, target: NDArray[np.float64], allowed: NDArray[np.bool_] | None, limit: _Limit
) -> _Hunt:
    """Scan the library once; the best single row is the first set."""
    usable = rows.inverse > 0
    if allowed is not None:
        if np.shape(allowed) != (len(rows),):
            raise SpectrumError(f"a mask of shape {np.shape(allowed)} does not fit {len(rows)} rows")
        usable &= allowed
    products = kernels.products(rows.matrix, rows.inverse, target.astype(np.float32))
    products[~usable] = -np.inf
    best = Best(np.zeros(1), np.full(3, -1, dtype=np.int64), np.zeros(2, dtype=np.int64))
    highest = float(products.max())
    if highest > -rows.error:
        hunt = _Hunt(rows, target, products, best, limit)
        kernels.try_singles(hunt.field(highest - 2 * rows.error), best)
    return _Hunt(rows, target, products, best, limit)


def _improve(hunt: _Hunt, size: int) -> None:
    """Seek a good set among the rows that explain most alone, for triples also beside other members."""
    pool = _highest(hunt.products, POOL)
    if size == 2:
        _try_pool(hunt, pool, size)
    for _ in range(ROUNDS if size == 3 else 0):
        before = float(hunt.best.gain[0])
        pool = np.concatenate([pool, *(_highest(scores, ADDED) for scores in _scores_beside(hunt))])
        _try_pool(hunt, np.unique(pool), size)
        if hunt.best.gain[0] <= before * (1 + kernels.TIE):
            return


def _try_pool(hunt: _Hunt, pool: NDArray[np.int64], size: int) -> None:
    unit = hunt.rows.matrix[pool] * hunt.rows.inverse[pool, None]
    found = best_of_gram(unit @ unit.T, unit @ hunt.target, hunt.rows.groups[pool], size)
    chosen = pool[[place for place in found[1:] if place >= 0]].tolist()
    if len(chosen) == 2:
        kernels.try_pair(hunt.field(np.inf), hunt.best, *chosen)
    elif len(chosen) == 3:
        kernels.try_triple(hunt.field(np.inf), hunt.best, *chosen)


def _scores_beside(hunt: _Hunt) -> list[NDArray[np.float64]]:
    """Product of each unit row with what all but one of the best set's members leave, for each member.

    Of a pair, which wants a third member, with what both leave.
    """
    members = hunt.best.rows[hunt.best.rows >= 0]
    scores: list[NDArray[np.float64]] = []
    for place in range(members.size) if members.size == 3 else [members.size]:
        others = members[np.arange(members.size) != place]
        unit = hunt.rows.matrix[others] * hunt.rows.inverse[others, None]
        rest = hunt.target - _unit_heights(hunt.rows, hunt.target, others) @ unit
        scores.append(kernels.products(hunt.rows.matrix, hunt.rows.inverse, rest.astype(np.float32)))
        scores[-1][~np.isfinite(hunt.products)] = -np.inf
    return scores


def _unit_heights(rows: Rows, target: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Least squares on a set of unit rows."""
    unit = rows.matrix[members] * rows.inverse[members, None]
    return np.asarray(np.linalg.lstsq(unit.T, target, rcond=None)[0], dtype=np.float64)


def _heights(rows: Rows, target: NDArray[np.float64], members: NDArray[np.int64]) -> NDArray[np.float64]:
    return _unit_heights(rows, target, members) / rows.lengths[members] if members.size else np.zeros(0)


def _highest(scores: NDArray[np.floating], n: int) -> NDArray[np.int64]:
    """Rows of the highest finite scores, in any order."""
    usable = np.flatnonzero(np.isfinite(scores))
    if usable.size <= n:
        return usable
    return usable[np.argpartition(-scores[usable], n)[:n]]


def _least(hunt: _Hunt, ceiling: Callable[[float, float], float]) -> float:
    """Least product that the weakest member of a better set has, given the highest product of all."""
    top = float(hunt.products.max()) + hunt.rows.error
    cut = float(hunt.best.gain[0]) * (1 - kernels.SLACK)
    low, high = (0.0 if hunt.rows.lowest == 0.0 else -1.0 - hunt.rows.error), top
    for _ in range(40):  # to 10⁻¹²; the ceiling rises with the product
        middle = (low + high) / 2
        low, high = (low, middle) if ceiling(top, middle) > cut else (middle, high)
    return low


def _prove_pairs(hunt: _Hunt) -> bool:
    """Compare every pair that could be better; say whether there was time for all."""
    lowest = hunt.rows.lowest
    field = hunt.field(_least(hunt, lambda top, b: kernels.pair_ceiling(top, b, lowest)))
    start = 0
    while start < field.order.size - 1:
        if hunt.late():
            return False
        start = kernels.scan_pairs(field, hunt.best, start, BUDGET)
    return True


def _prove_triples(hunt: _Hunt) -> bool:
    """Compare every triple that could be better; say whether there was time for all."""
    lowest = hunt.rows.lowest
    field = hunt.field(
        _least(hunt, lambda top, b: kernels.triple_ceiling(top, top, b, lowest, lowest, lowest))
    )
    n = field.order.size
    beside = Beside(np.empty(n), np.empty(n), np.empty(n + 1), np.zeros(2, dtype=np.int64))
    for first in range(n - 2):
        a, b, c = field.high[first : first + 3].tolist()
        ceiling = kernels.triple_ceiling(a, b, c, lowest, lowest, lowest)
        if ceiling <= hunt.best.gain[0] * (1 - kernels.SLACK):
            return True
        if hunt.late():
            return False
        kernels.open_triples(field, hunt.best, beside, first)
        hunt.count()
        start = first + 1
        while start < beside.ends[0]:
            start = kernels.scan_triples(field, hunt.best, beside, first, start, BUDGET)
            if start < beside.ends[0] and hunt.late():
                return False
    return True
