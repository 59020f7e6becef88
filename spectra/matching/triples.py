"""The best three terms of all, by branch and bound on their Gram matrix; products of either sign.

With heights w >= 0, what a set of unit terms explains is F(w) = 2 w·b - w·G w. Of three terms that is
the sum over their three pairs of w_j b_j + w_k b_k - w_j²/2 - w_k²/2 - 2 G_jk w_j w_k, so the best F
is at most the sum of the best that each pair reaches in this alone::

    F <= (Q_ij + Q_ik + Q_jk) / 2,     Q_jk = what j and k would explain if their product were 2 G_jk

Q is worked out once for all pairs; where 2 G_jk <= -1 it sets no limit, and the two are compared with
all others. Unlike the bound of :mod:`.branching` this one needs no product to be positive.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LOOKED_AT: Final = 8_000_000
"""Pairs beside a first term, each counted both ways, after which the best so far is given: a tenth of
a second. It is enough for 280 terms whatever they are, and for slopes of references many times over."""

_NO_LIMIT: Final = 1e300
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Triple:
    """Three terms with positive heights.

    Attributes
    ----------
    members : tuple of int
        Ascending; empty where no three terms have positive heights.
    gain : float
        What they explain of the query's square.
    proven : bool
        No other three explain more. False when too many would have had to be looked at.
    """

    members: tuple[int, ...]
    gain: float
    proven: bool


def best_triple(
    gram: NDArray[np.float64],
    product: NDArray[np.float64],
    same: NDArray[np.bool_],
    *,
    min_distinct: float,
    limit: int = LOOKED_AT,
) -> Triple:
    """Three terms that explain most of a query with positive heights.

    Parameters
    ----------
    gram : array, shape (n, n)
        Inner products of unit terms.
    product : array, shape (n,)
        With the query.
    same : array, shape (n, n), bool
        Pairs that may not stand together.
    min_distinct : float
        Share of each member's square that must lie outside the span of the other two.
    limit : int
        Pairs to look at; a count and not a time, so that the same query has the same answer.
    """
    ceilings = _pair_ceilings(gram, product, same)
    reach = ceilings.max(axis=1, initial=0.0)
    order = np.argsort(-reach, kind="stable")
    best, looked_at = Triple((), 0.0, proven=True), 0
    for place, first in enumerate(order[:-2].tolist()):
        least = best.gain * (1 - _ROUNDING)
        if 1.5 * reach[first] <= least:
            break
        if looked_at > limit:
            return Triple(best.members, best.gain, proven=False)
        later = order[place + 1 :]
        beside = ceilings[first, later]
        later = later[(beside + beside.max() + reach[later]) / 2 > least]
        looked_at += later.size**2
        members, gain = _best_with(gram, product, same, min_distinct, (first, later))
        if gain > best.gain * (1 + 1e-12):
            best = Triple(members, gain, proven=True)
    return best


def _pair_ceilings(
    gram: NDArray[np.float64], product: NDArray[np.float64], same: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Q of each pair; for one that may not stand together, minus what no other reaches."""
    twice = 2 * gram
    inside = np.abs(twice) < 1 - _ROUNDING
    held = np.where(inside, twice, 0.0)
    heights = product[:, None] - held * product[None, :]
    both = inside & (heights > 0) & (heights.T > 0)
    explained = (heights * product[:, None] + heights.T * product[None, :]) / (1 - held * held)
    single = np.maximum(product, 0.0) ** 2
    ceilings: NDArray[np.float64] = np.where(both, explained, np.maximum(single[:, None], single[None, :]))
    ceilings[twice <= _ROUNDING - 1] = _NO_LIMIT
    ceilings[same] = -_NO_LIMIT
    return ceilings


def _best_with(
    gram: NDArray[np.float64],
    product: NDArray[np.float64],
    same: NDArray[np.bool_],
    min_distinct: float,
    split: tuple[int, NDArray[np.int64]],
) -> tuple[tuple[int, ...], float]:
    """Best triple of one term and two others: project it out, and take the best pair of what is left."""
    first, others = split
    along = gram[first, others]
    apart = 1.0 - along * along
    fit = (apart > min_distinct) & ~same[first, others]
    others, along, apart = others[fit], along[fit], apart[fit]
    if others.size < 2:
        return (), 0.0
    left = product[others] - along * product[first]
    block = np.ix_(others, others)
    between = gram[block] - along[:, None] * along[None, :]
    determinant = apart[:, None] * apart[None, :] - between * between
    widest = np.maximum(np.maximum(apart[:, None], apart[None, :]), 1.0 - gram[block] ** 2)
    may = (determinant > min_distinct * widest) & ~same[block]
    heights = (left[:, None] * apart[None, :] - between * left[None, :]) / np.where(may, determinant, 1.0)
    lowered = along[:, None] * heights
    may &= (heights > 0) & (heights.T > 0) & (product[first] > lowered + lowered.T)
    gains = np.where(may, heights * left[:, None] + heights.T * left[None, :] + product[first] ** 2, 0.0)
    j, k = divmod(int(np.argmax(gains)), others.size)
    members = sorted((first, int(others[j]), int(others[k])))
    return tuple(members), float(gains[j, k])
