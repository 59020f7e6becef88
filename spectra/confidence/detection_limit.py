"""What a benign answer cannot exclude: the share below which a watched substance would be missed.

The reference of each watched substance is diluted into what was measured, as ``DRAWS`` other
instruments would have seen it, and the mixture's own test is asked whether it would have named it. With
y the query's slopes, d_j those of the reference as instrument j sees it, with the area of the fitted
background, e_j those of a draw of noise of the query's level, and f the share,

    y_j(f) = y + f / (1 - f) · d_j + (1 / (1 - f)² - 1)^½ · e_j

is, times 1 - f, a spectrum that holds the share f at the query's noise: 1 - f of the background brings
1 - f of its noise, and the rest is drawn anew. The background is the query itself, so all that the
library does not explain of it stays in the way. An instrument differs from the library's in its relative
response, in the height of neighbouring bands, in its resolution and by an error of the axis that no
common shift mends (:mod:`.instruments`).

The limit is the smallest share at which all draws are named. That is 95 %: the next draw from the same
distribution needs more than the largest of n with the chance 1 / (n + 1), whatever the distribution
(Wilks, Ann. Math. Stat. 12, 91, 1941), and n is 19. It is never less than the share that the spectrum
may already hold unnamed: that of the watched substance in the least-squares fit beside the found
ones, with the upper bound of its error.

What it does not know: weight percent (substances scatter with different strength; the share is one of
the spectrum's area); any other spot of the item; a solid form that the library lacks; fluorescence that
the watched substance would bring.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..matching.alignment import AlignedQuery
from ..matching.basis import POOL, Basis, Parts, at_best_shift, cut_parts
from ..matching.index import Query
from ..matching.mixtures import MIN_LOG_ODDS, MIN_RANGE_POINTS, RESPONSE, common_columns
from ..matching.subsets import gains_after
from .background import Background, areas_of, fit_background
from .dilution import Dilution, dilute
from .instruments import DRAWS

LEVEL: Final = DRAWS / (DRAWS + 1)
"""Rate of detection at the limit."""

SHARES: Final = (
    0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3, 0.35, 0.4,
    0.5, 0.6, 0.7, 0.8, 0.9, 0.95,
)  # fmt: skip
"""Shares that are tried."""

Z_95: Final = 1.645
"""Deviations of the upper bound of what the spectrum may already hold, one-sided."""

NEAREST: Final = 8
"""Rows of other substances most like a watched one that compete with it in a large library."""

STRONGEST: Final = 60
"""Rows that explain most beside the found ones, which compete there too."""

_EVERY: Final = 4
"""Columns on which a large library is scanned for the nearest."""

Limits = tuple[tuple[int, float | None], ...]


def detection_limits(
    basis: Basis,
    query: Query,
    *,
    aligned: AlignedQuery,
    found: Sequence[int],
    watched: Iterable[int],
    min_log_odds: float = MIN_LOG_ODDS,
) -> Limits:
    """Share of the spectrum below which each watched reference would have been missed.

    Parameters
    ----------
    basis : Basis
        The library.
    query : Query
        Gives the noise.
    aligned : AlignedQuery
        The query at every shift.
    found : sequence of int
        Rows that explain the query: the match, or the components of the mixture.
    watched : iterable of int
        Rows of watched substances; of measured references only, never of grades D and E.
    min_log_odds : float
        Evidence that a component of a mixture needs.

    Returns
    -------
    tuple of (int, float or None)
        Row and share, 0 to 1, in the order of ``watched`` and without rows of the found substances;
        None where the substance would have been missed at any share.
    """
    substances = set(basis.substances[list(found)].tolist())
    rows = [row for row in dict.fromkeys(watched) if int(basis.substances[row]) not in substances]
    limits: dict[int, float | None] = dict.fromkeys(rows)
    for parts, chunk in _cuts(basis, aligned, list(found), rows):
        terms = {row: term for term, row in enumerate(parts.rows.tolist())}
        members = [terms[row] for row in found if row in terms]
        background = fit_background(parts, members, noise=query.noise, grid=basis.index.grid)
        if background is None:
            continue
        for row in chunk:
            if row in terms:
                limits[row] = _limit(dilute(background, terms[row]), min_log_odds)
    return tuple(limits.items())


def _limit(dilution: Dilution, min_log_odds: float) -> float | None:
    """Bisect the shares: more of a substance does not hide it."""
    low, high = -1, len(SHARES)
    while high - low > 1:
        middle = (low + high) // 2
        if dilution.all_named(SHARES[middle], min_log_odds):
            high = middle
        else:
            low = middle
    if high == len(SHARES):
        return None
    return max(SHARES[high], share_held(dilution.background, dilution.term))


def share_held(background: Background, term: int) -> float:
    """Upper bound of the share of a substance that a spectrum may already hold.

    Parameters
    ----------
    background : Background
        What was measured.
    term : int
        The substance: its height in the fit beside the found ones, plus ``Z_95`` deviations of the
        noise and of the spread of relative responses.

    Returns
    -------
    float
        0 to 1.
    """
    parts, members = background.parts, [*background.members, term]
    terms = parts.terms
    inverse = np.linalg.inv(terms.gram[np.ix_(members, members)])
    heights = inverse @ terms.product[members]
    rest = max(terms.square - float(heights @ terms.product[members]), 0.0)
    variance = rest / max(terms.n_independent - len(members), 1.0) * float(inverse[-1, -1])
    variance += (RESPONSE * max(float(heights[-1]), 0.0)) ** 2
    upper = max(float(heights[-1]) + Z_95 * variance**0.5, 0.0)
    amounts = areas_of(parts, members) * [*np.maximum(heights[:-1], 0.0), upper]
    return float(amounts[-1] / max(float(amounts.sum()), 1e-300))


def _cuts(
    basis: Basis, aligned: AlignedQuery, found: list[int], watched: list[int]
) -> Iterator[tuple[Parts, list[int]]]:
    """Watched rows, and the part of the library among which each is sought."""
    everything = np.ones(len(basis), dtype=bool)
    first, last = common_columns(basis, aligned, everything)
    if last - first < MIN_RANGE_POINTS:
        return
    queries = aligned.root[:, first:last] ** 2
    parts = cut_parts(basis, queries[int(np.argmin(aligned.penalty))], first, everything)
    if parts is None:
        return
    parts = at_best_shift(parts, queries, aligned.penalty)
    if len(basis) <= POOL:
        yield parts, watched
        return
    terms = [term for term, row in enumerate(parts.rows.tolist()) if row in found]
    strongest = parts.rows[np.argsort(-gains_after(parts.terms, terms)[0], kind="stable")[:STRONGEST]]
    nearest = _nearest(basis, watched, slice(first, last, _EVERY))
    size = (POOL - STRONGEST - len(found)) // (NEAREST + 1)
    for start in range(0, len(watched), size):
        chunk = slice(start, start + size)
        allowed = ~everything
        for rows in (found, strongest, watched[chunk], nearest[chunk].ravel()):
            allowed[rows] = True
        cut = cut_parts(basis, parts.query, first, allowed)
        if cut is not None:
            yield cut, watched[chunk]


def _nearest(basis: Basis, rows: list[int], columns: slice) -> NDArray[np.int64]:
    """Rows of other substances whose root correlates best with each row's, shape (k, NEAREST)."""
    root = basis.index.root
    wanted = _standard(root[rows, columns])
    likeness = np.empty((len(rows), len(root)), dtype=np.float32)
    for start in range(0, len(root), POOL):
        block = slice(start, start + POOL)
        likeness[:, block] = wanted @ _standard(root[block, columns]).T
    substances = basis.substances[: len(root)]
    likeness[substances[rows][:, None] == substances] = -np.inf
    return np.argsort(-likeness, axis=1, kind="stable")[:, :NEAREST]


def _standard(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    standard: NDArray[np.float32] = centred / np.maximum(
        np.linalg.norm(centred, axis=1, keepdims=True), 1e-12
    )
    return standard
