"""Evidence that one component of a near-infrared mixture is there, beside the others.

Nearly every substance improves every fit: broad bands lie on broad bands. What tells a component from a
stand-in is that it takes away most of what the others leave (a real drop of the residual), that no
other substance would do nearly as well in its place, also when the noise is drawn anew, and that
the whole sum leaves little. The F of the fit is a condition beside these, not a proof.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..subsets import critical_f
from .mixture_fits import Fit, Pool, fit_one, rest_of_all
from .mixture_residual import Scatter, partial_f, scatter_of
from .net_analyte import MIN_DISTINCT

WEIGHTS: Final = MappingProxyType(
    {"constant": -15.0, "advantage": 2.8, "explained": 2.8, "significance": 1.1}
)

WHOLE: Final = 0.99
"""Share of the query's square beyond which explaining more says nothing: instruments differ by as much."""

NO_CASE: Final = -30.0
"""Log odds of a component that fails a condition."""

MIN_DROP: Final = 0.5
"""Share of what the others leave that a component must take away."""

MIN_STABILITY: Final = 0.95
"""Share of draws of the noise in which a component must keep its place."""

MAX_REST: Final = 0.08
"""Share of the query's square that may be left where more than the main component is named."""

RESAMPLED: Final = 100
"""Draws of the noise."""

_SEED: Final = 1


@dataclass(frozen=True)
class NirComponentEvidence:
    """What speaks for one component, given the others.

    Attributes
    ----------
    partial_f : float
        F of the component in the fit, with the residual's covariance.
    needed_f : float
        F that the best of all substances of the library exceeds by chance in one query of a hundred.
    drop : float
        Share of what the others leave, fitted anew without it, that it takes away; at most 1.
    advantage : float
        How many times as much is left with the best other substance in its place; at least 1 where
        the fit is the best of its size.
    stability : float
        Share of draws of the noise in which its height is positive and no other substance fits better
        in its place.
    distinct : float
        Length of its unit spectrum outside the span of the others' (net analyte signal), 0 to 1.
    explained : float
        Share of the query's square that the whole sum explains, 0 to 1.
    main : bool
        Whether it has the largest part in the sum.
    """

    partial_f: float
    needed_f: float
    drop: float
    advantage: float
    stability: float
    distinct: float
    explained: float
    main: bool = False

    @property
    def improves(self) -> bool:
        """Whether it takes away more than chance would, much of what is left, and keeps its place."""
        significant = self.partial_f >= self.needed_f
        return significant and self.drop >= MIN_DROP and self.stability >= MIN_STABILITY

    @property
    def log_odds(self) -> float:
        """Log odds that the component is there, at even prior odds.

        Logistic, weights bounded to the sign that they must have; fitted on the weakest component of sums of
        one to three scans of one day, their reflectance mixed by computer, against references of another
        (``docs/method-nir.md``). The drop got the weight 0 beside the advantage, which it bounds.
        """
        if not self.improves or (not self.main and 1.0 - self.explained > MAX_REST):
            return NO_CASE
        return (
            WEIGHTS["constant"]
            + WEIGHTS["advantage"] * math.log(max(self.advantage, 1.0))
            + WEIGHTS["explained"] * _logit(min(self.explained, WHOLE))
            + WEIGHTS["significance"] * math.log(max(self.partial_f / self.needed_f, 1e-3))
        )


def weigh_components(
    pool: Pool,
    query: NDArray[np.float64],
    found: Fit,
    *,
    n_substances: int,
    scatter_from: Callable[[NDArray[np.float64]], Scatter] = scatter_of,
) -> tuple[NirComponentEvidence, ...]:
    """Evidence for each member of a fit.

    Parameters
    ----------
    pool : Pool
        The references.
    query : array, shape (m,)
        In the domain of the fit.
    found : Fit
        The best of its size.
    n_substances : int
        Among which the pool was picked.
    scatter_from : callable
        Gives the covariance of a residual.

    Returns
    -------
    tuple of NirComponentEvidence
        In the order of the members.
    """
    members, square = found.members, max(float(query @ query), 1e-300)
    residual = query - found.fitted(pool)
    scatter = scatter_from(residual)
    design = found.design(pool)
    heights = np.concatenate([found.heights, found.between_heights])
    ratios = partial_f(design, heights, found.rest, scatter)
    needed = critical_f(n_substances, scatter.n_independent - design.shape[1])
    sizes = found.heights * np.sqrt((pool.rows[list(members)] ** 2).sum(axis=1))
    stays, distinct = _stability(pool, query, found, scatter)
    rest = max(found.rest, 1e-12 * square)
    evidence = []
    for place in range(len(members)):
        without, instead = _rests_without(pool, query, members, place)
        evidence.append(
            NirComponentEvidence(
                partial_f=float(ratios[place]),
                needed_f=needed,
                drop=1.0 - rest / without,
                advantage=min(instead, without) / rest,
                stability=float(stays[place]),
                distinct=float(distinct[place]),
                explained=1.0 - rest / square,
                main=place == int(np.argmax(sizes)),
            )
        )
    return tuple(evidence)


def _logit(share: float) -> float:
    share = min(max(share, 0.002), 0.998)
    return math.log(share / (1.0 - share))


def _rests_without(
    pool: Pool, query: NDArray[np.float64], members: tuple[int, ...], place: int
) -> tuple[float, float]:
    """Give what is left without a member, and with the best other substance in its place."""
    square = max(float(query @ query), 1e-300)
    others = members[:place] + members[place + 1 :]
    smaller = fit_one(pool, query, others) if others else None
    without = min(smaller.rest, square) if smaller is not None else square
    taken = pool.substances[list(members)]
    swaps = [(*others, other) for other in range(len(pool)) if pool.substances[other] not in taken]
    if not swaps:
        return without, without
    return without, float(rest_of_all(pool, query, np.array(swaps, dtype=np.int64)).min())


def _stability(
    pool: Pool, query: NDArray[np.float64], found: Fit, scatter: Scatter
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of draws in which each member keeps its place, and how distinct it is.

    The residual's signs are turned block by block (wild bootstrap: Liu, Ann. Stat. 16, 1988), a block being
    the length of one independent point. Bend and tilts stay as they were fitted.
    """
    members = list(found.members)
    straight = found.heights @ pool.rows[members]
    residual = query - straight - found.drift()
    block = max(1, round(query.size / scatter.n_independent))
    count = -(-query.size // block)
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(count, RESAMPLED))
    drawn = straight[:, None] + np.repeat(signs, block, axis=0)[: query.size] * residual[:, None]
    lengths = np.sqrt(np.maximum((pool.rows**2).sum(axis=1), 1e-300))
    units = pool.rows / lengths[:, None]
    stays, distinct = np.zeros(len(members)), np.zeros(len(members))
    for place, member in enumerate(members):
        others = members[:place] + members[place + 1 :]
        span = np.linalg.qr(units[others].T)[0] if others else np.zeros((query.size, 0))
        own = units - (units @ span) @ span.T
        squares = (own**2).sum(axis=1)
        may = squares > MIN_DISTINCT
        gains = np.where(may[:, None], np.maximum(own @ drawn, 0.0) ** 2, 0.0)
        gains /= np.where(may, squares, 1.0)[:, None]
        same = pool.substances == pool.substances[member]
        best_own = gains[same].max(axis=0)
        best_other = gains[~same].max(axis=0, initial=0.0)
        stays[place] = float(((best_own > 0) & (best_own >= best_other)).mean())
        distinct[place] = math.sqrt(max(float(squares[member]), 0.0))
    return stays, distinct
