"""Best subsets: the few terms whose positive sum is nearest to a query.

All quantities come from the Gram matrix of the terms, so one subset costs as little as its size.
One and two terms are exact over all terms, and so are three, by branch and bound (:mod:`.triples`), up
to ``EXACT_TRIPLES`` terms. Otherwise the best addition to the smaller subset is followed by replacements,
each sought among all terms, until none improves the fit (sequential replacement: Miller, Subset
Selection in Regression, 2002).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .triples import Triple, best_triple

EXACT_TRIPLES: Final = 512
"""Terms up to which the best triple is sought among all: a pool has at most 400."""

MAX_TERMS: Final = 6
TRIED: Final = 3
"""Replacements of each member that are fitted, those that promise most."""

MIN_DISTINCT: Final = 1e-3
"""Share of a term's square that must lie outside the span of the others."""

GROWTH_F: Final = 4.0
"""Partial F below which a subset is not grown further; what is kept must reach far more."""

FALSE_ADDITION: Final = 0.01
"""Chance that one of all terms enters a subset although none belongs there."""

Subset = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Terms:
    """What a query may be the sum of, as inner products.

    Attributes
    ----------
    gram : array, shape (n, n)
        Of the terms, each of unit length.
    product : array, shape (n,)
        Of each term with the query.
    square : float
        Of the query.
    same : array, shape (n, n), bool
        Pairs that may not stand in one subset, such as two spectra of one substance.
    n_independent : float
        Independent points of the query.
    """

    gram: NDArray[np.float64]
    product: NDArray[np.float64]
    square: float
    same: NDArray[np.bool_]
    n_independent: float

    def __len__(self) -> int:
        return self.product.size


@dataclass(frozen=True, eq=False)
class Solution:
    """A subset whose heights are all positive.

    Attributes
    ----------
    subset : tuple of int
        Terms.
    heights : array, shape (k,)
        Of the unit terms.
    gain : float
        What the subset explains of the query's square.
    inverse : array, shape (k, k)
        Of the subset's Gram matrix.
    proven : bool
        True where no subset of as many terms explains more.
    """

    subset: Subset
    heights: NDArray[np.float64]
    gain: float
    inverse: NDArray[np.float64]
    proven: bool = False

    def rest(self, terms: Terms) -> float:
        """Give what the subset leaves of the query's square; at least its rounding error."""
        return max(terms.square - self.gain, 1e-12 * terms.square, 1e-300)

    def variance(self, terms: Terms) -> float:
        """Residual variance for one independent point of unit terms."""
        return self.rest(terms) / max(terms.n_independent - len(self.subset), 1.0)

    def partial_f(self, terms: Terms) -> NDArray[np.float64]:
        """F of each member with 1 and n - k degrees of freedom, shape (k,)."""
        return self.heights**2 / np.diag(self.inverse) / self.variance(terms)


def solve(terms: Terms, subset: Sequence[int]) -> Solution | None:
    """Least squares on a subset; None where a height is not positive, so that a smaller one serves.

    Parameters
    ----------
    terms : Terms
        All of them.
    subset : sequence of int
        At least one.
    """
    members = list(subset)
    block = terms.gram[np.ix_(members, members)]
    try:
        inverse = np.linalg.inv(block)
    except np.linalg.LinAlgError:
        return None
    heights: NDArray[np.float64] = inverse @ terms.product[members]
    if not bool(np.all(heights > 0)):
        return None
    return Solution(tuple(members), heights, float(heights @ terms.product[members]), np.asarray(inverse))


def best_subset(terms: Terms, *, limit: int = MAX_TERMS) -> Solution | None:
    """Grow the best subset until nothing more is worth a term.

    Parameters
    ----------
    terms : Terms
        All of them.
    limit : int
        Largest subset.

    Returns
    -------
    Solution or None
        None when not even one term is like the query.
    """
    if not len(terms):
        return None
    found = _proven(solve(terms, (int(np.argmax(terms.product)),)))
    while found is not None and len(found.subset) < limit:
        bigger = _grown(terms, found)
        if bigger is None:
            break
        if (bigger.gain - found.gain) / bigger.variance(terms) < GROWTH_F:
            break
        found = bigger
    return found


def refit(terms: Terms, subset: Sequence[int]) -> Solution | None:
    """Solve for a subset and replace its members while that improves the fit.

    A member whose height is not positive is left out; None when none is left.
    """
    members = list(subset)
    while members:
        found = solve(terms, members)
        if found is not None:
            return _replaced(terms, found)
        block = terms.gram[np.ix_(members, members)]
        heights = np.linalg.lstsq(block, terms.product[members], rcond=None)[0]
        del members[int(np.argmin(heights))]
    return None


def gains_after(terms: Terms, subset: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """List what each term would add to a subset.

    Returns
    -------
    gains : array, shape (n,)
        Of the query's square; 0 for what may not be added.
    distinct : array, shape (n,)
        Share of each term's square outside the subset's span.
    """
    members = list(subset)
    if not members:
        return np.maximum(terms.product, 0.0) ** 2, np.ones(len(terms))
    columns = terms.gram[:, members]
    heights = np.linalg.solve(terms.gram[np.ix_(members, members)], columns.T)
    product = terms.product - heights.T @ terms.product[members]
    distinct = 1.0 - np.einsum("ij,ji->i", columns, heights)
    may = (distinct > MIN_DISTINCT) & ~terms.same[:, members].any(axis=1)
    return np.where(may, np.maximum(product, 0.0) ** 2 / np.where(may, distinct, 1.0), 0.0), distinct


def pair_gains_of(terms: Terms, products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gain of the best pair, or of the best single term, for several queries.

    Parameters
    ----------
    terms : Terms
        Gives the Gram matrix.
    products : array, shape (n, s)
        Of each term with each query.

    Returns
    -------
    array, shape (s,)
        Of each query's square.
    """
    single = np.maximum(products, 0.0).max(axis=0, initial=0.0) ** 2
    pairs = [_pair_gains(terms.gram, product, ~terms.same)[0].max(initial=0.0) for product in products.T]
    best: NDArray[np.float64] = np.maximum(single, pairs)
    return best


def critical_f(n_terms: int, degrees_of_freedom: float) -> float:
    """F that one of so many terms exceeds by chance in one query of ``1 / FALSE_ADDITION``.

    Bonferroni's bound; quantile of Student's t from the normal one by the first three terms of its
    expansion (Abramowitz and Stegun, 26.7.5): within 1 % from 19 degrees of freedom on.
    """
    from statistics import NormalDist  # its import costs a cold start more than most modules of ours

    z = NormalDist().inv_cdf(1.0 - 0.5 * FALSE_ADDITION / max(n_terms, 1))
    v = max(degrees_of_freedom, 4.0)
    t = z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
    t += (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    return t * t


def _grown(terms: Terms, found: Solution) -> Solution | None:
    if len(found.subset) == 1:
        pair = _best_pair(terms)
        return None if pair is None else _proven(solve(terms, pair))
    triple = _best_triple(terms) if len(found.subset) == 2 and len(terms) <= EXACT_TRIPLES else None
    if triple is not None and triple.proven:
        return _proven(solve(terms, triple.members)) if triple.members else None
    added = _best_addition(terms, found)
    if triple is not None and triple.gain > (0.0 if added is None else added.gain):
        return solve(terms, triple.members)
    return added


def _proven(solution: Solution | None) -> Solution | None:
    return None if solution is None else replace(solution, proven=True)


def _best_addition(terms: Terms, found: Solution) -> Solution | None:
    """Best term beside a subset, then each member replaced where that fits better."""
    gains, _ = gains_after(terms, found.subset)
    for term in np.argsort(-gains, kind="stable")[:TRIED].tolist():
        bigger = solve(terms, (*found.subset, term)) if gains[term] > 0 else None
        if bigger is not None:
            return _replaced(terms, bigger)
    return None


def _replaced(terms: Terms, found: Solution) -> Solution:
    """Replace one member after the other, by any term, until no replacement improves the fit."""
    improved = True
    while improved:
        improved = False
        for better in _replacements(terms, found):
            if better.gain > found.gain * (1 + 1e-9):
                found, improved = better, True
                break
    return found


def _replacements(terms: Terms, found: Solution) -> Iterator[Solution]:
    for place in range(len(found.subset)):
        others = found.subset[:place] + found.subset[place + 1 :]
        gains, _ = gains_after(terms, others)
        for term in np.argsort(-gains, kind="stable")[:TRIED].tolist():
            if gains[term] > 0 and term not in found.subset:
                solution = solve(terms, (*others, term))
                if solution is not None:
                    yield solution


def _pair_gains(
    gram: NDArray[np.float64], product: NDArray[np.float64], may: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gain of each pair of unit terms with positive heights, else 0, and the height of its first."""
    determinant = 1.0 - gram * gram
    may = may & (determinant > MIN_DISTINCT)
    heights = (product[:, None] - gram * product[None, :]) / np.where(may, determinant, 1.0)
    may &= (heights > 0) & (heights.T > 0)
    return np.where(may, heights * product[:, None] + heights.T * product[None, :], 0.0), heights


def _best_pair(terms: Terms) -> Subset | None:
    gains, _ = _pair_gains(terms.gram, terms.product, ~terms.same)
    best = int(np.argmax(gains))
    pair = divmod(best, len(terms))
    return (min(pair), max(pair)) if gains.flat[best] > 0 else None


def _best_triple(terms: Terms) -> Triple:
    return best_triple(terms.gram, terms.product, terms.same, min_distinct=MIN_DISTINCT)
