"""Mixtures in the near infrared, from references of the pure substances alone.

Every non-negative sum of one to four substances out of a screened pool is fitted to second derivatives
(:mod:`.mixture_parts`, :mod:`.mixture_fits`). The largest sum stands in which every component has
its own evidence (:mod:`.mixture_evidence`). What no substance of the library explains stays
unexplained: a residual that is too large forbids any second name. Shares are shares of the spectrum.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..metrics import hqi
from ..mixtures import Component, Mixture
from .mixture_basis import NirBasis
from .mixture_evidence import (
    MAX_REST,
    MIN_DROP,
    MIN_STABILITY,
    WEIGHTS,
    NirComponentEvidence,
    weigh_components,
)
from .mixture_fits import Fit, Pool, best_fit, subsets
from .mixture_parts import NirParts, cut_nir_parts
from .mixture_residual import Scatter, height_covariance, scatter_of, scatter_of_replicates

Evidence = tuple[NirComponentEvidence, ...]

MIN_LOG_ODDS: Final = 2.0
"""Log odds that a component needs where no calibration says otherwise."""

MAX_SIZE: Final = 3
"""Substances that are tried unless told otherwise; one more where as many stand."""

SHIFTS_NM: Final = (-2.0, -1.0, 1.0, 2.0)
"""What the query's axis may be off by."""

SHIFT_COST: Final = 0.25
"""Share of the residual that a shift of 1 nm must take away, growing with its square."""

RESPONSE: Final = 0.4
"""Spread of the size of one substance's spectrum between powders, natural logarithm.

With it the intervals hold 92 and 96 % of the shares in two sets of powders mixed by computer whose
reflectance bends, and all where absorbances add up exactly (``docs/method-nir.md``).
"""

UNEXPLAINED: Final = 0.15
"""Of the query's deepest bend, what the residual must reach to be listed."""

Z_95: Final = 1.96
"""Standard deviations of a normal distribution that hold 95 % of it."""


def mixture_settings() -> dict[str, object]:
    """Plain values of what decides which components are named."""
    return {
        "weights": dict(WEIGHTS),
        "min_log_odds": MIN_LOG_ODDS,
        "min_drop": MIN_DROP,
        "min_stability": MIN_STABILITY,
        "max_rest": MAX_REST,
        "max_size": MAX_SIZE,
        "shift_cost": SHIFT_COST,
    }


def find_nir_mixture(
    basis: NirBasis,
    query: NDArray[np.float64],
    *,
    allowed: NDArray[np.bool_] | None = None,
    replicates: NDArray[np.float64] | None = None,
    min_log_odds: float = MIN_LOG_ODDS,
    largest: int = MAX_SIZE + 1,
) -> Mixture | None:
    """Best mixture of up to four substances.

    Parameters
    ----------
    basis : NirBasis
        The library.
    query : array, shape (m,)
        Absorbance on the library's grid, not scaled, NaN where it was not measured.
    allowed : array, shape (n,), bool, optional
        Rows that may be components; all when left out.
    replicates : array, shape (r, m), optional
        Single scans of the query; from four on they give the covariance of the residual.
    min_log_odds : float
        Evidence that each component needs.
    largest : int
        Substances that are tried; one more where as many stand.
    largest : int
        Most substances that are summed.

    Returns
    -------
    Mixture or None
        With one component where only one stands, with none where none does. None when no reference
        covers what was measured, or nothing has a band.
    """
    cut = cut_nir_parts(basis, query, allowed=allowed, replicates=replicates)
    if cut is None:
        return None
    pool, places = cut.pool()
    if not len(pool) or not float(cut.query @ cut.query) > 0:
        return None
    target, shift = _at_best_shift(cut, pool, query)
    scatter_from = _scatter_from(cut, replicates)
    number = int(np.unique(cut.substances).size)

    def weigh(found: Fit) -> Evidence:
        return weigh_components(pool, target, found, n_substances=number, scatter_from=scatter_from)

    judged = _largest_that_stands(pool, target, weigh, min_log_odds, largest)
    if judged is None:
        return None
    fitted = _Fitted(cut, pool, places, target, scatter_from)
    components = fitted.components(judged.fit, judged.evidence)
    found = [each for each in components if each.log_odds >= min_log_odds]
    doubtful = [each for each in components if each.log_odds < min_log_odds]
    if judged.grown is not None:
        named = pool.substances[list(judged.fit.members)]
        grown = zip(fitted.components(*judged.grown), judged.grown[0].members, strict=True)
        doubtful += [each for each, member in grown if pool.substances[member] not in named]
    return Mixture(
        components=_sorted(found, basis),
        doubtful=_sorted(doubtful, basis),
        unexplained_cm1=(),
        explained=1.0 - judged.fit.rest / float(target @ target),
        proven=len(judged.fit.members) <= largest,
        unexplained_nm=_unexplained(target, target - judged.fit.fitted(pool), basis.axis_nm[cut.columns]),
        shift_nm=shift,
    )


@dataclass(frozen=True, eq=False)
class _Judged:
    """Largest fit whose members all stand, and the next larger one that improves it, if any."""

    fit: Fit
    evidence: Evidence
    grown: tuple[Fit, Evidence] | None


def _sorted(components: Sequence[Component], basis: NirBasis) -> tuple[Component, ...]:
    return tuple(sorted(components, key=lambda each: (-each.share, basis.ids[each.row])))


def _largest_that_stands(
    pool: Pool,
    target: NDArray[np.float64],
    weigh: Callable[[Fit], Evidence],
    min_log_odds: float,
    largest: int,
) -> _Judged | None:
    """Fit of one where no larger one stands, even where it does not stand itself."""
    fits: dict[int, tuple[Fit, Evidence]] = {}
    stands: dict[int, bool] = {}
    for size in range(1, largest + 1):
        if size > MAX_SIZE and not stands[MAX_SIZE]:
            break
        found = best_fit(pool, target, subsets(pool, size))
        if found is None:
            break
        fits[size] = found, weigh(found)
        stands[size] = all(each.log_odds >= min_log_odds for each in fits[size][1])
    if not fits:
        return None
    size = max((each for each, good in stands.items() if good), default=1)
    larger = [fit for each, fit in fits.items() if each > size and all(one.improves for one in fit[1])]
    return _Judged(*fits[size], larger[0] if larger else None)


def _scatter_from(
    cut: NirParts, replicates: NDArray[np.float64] | None
) -> Callable[[NDArray[np.float64]], Scatter]:
    """Covariance by the query's replicates where there are at least four, else by the residual itself."""
    if replicates is None or len(replicates) < 4:
        return scatter_of
    known = scatter_of_replicates(cut.derive(np.asarray(replicates, dtype=np.float64)))

    def choose(residual: NDArray[np.float64]) -> Scatter:
        own = scatter_of(residual)
        # the more careful of both: replicates know nothing of the model's errors
        return known if known.n_independent < own.n_independent else own

    return choose


def _at_best_shift(
    cut: NirParts, pool: Pool, query: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Query, and what was added to its axis, where a pair of references leaves least."""
    pairs = subsets(pool, 2) or subsets(pool, 1)
    best, chosen, least = cut.query, 0.0, _least(pool, cut.query, pairs)
    for shift in SHIFTS_NM:
        moved = np.interp(cut.axis_nm, cut.axis_nm + shift, query)
        moved[~np.isfinite(query)] = np.nan
        target = cut.derive(moved)
        if not bool(np.isfinite(target).all()):
            continue
        left = _least(pool, target, pairs) * math.exp(SHIFT_COST * shift * shift)
        if left < least:
            best, chosen, least = target, shift, left
    return best, chosen


def _least(pool: Pool, target: NDArray[np.float64], pairs: list[tuple[int, ...]]) -> float:
    found = best_fit(pool, target, pairs)
    square = max(float(target @ target), 1e-300)
    return 1.0 if found is None else found.rest / square


@dataclass(frozen=True, eq=False)
class _Fitted:
    """What turns a fit into components."""

    cut: NirParts
    pool: Pool
    places: NDArray[np.int64]
    target: NDArray[np.float64]
    scatter_from: Callable[[NDArray[np.float64]], Scatter]

    def components(self, found: Fit, evidence: Evidence) -> list[Component]:
        """In the order of the members."""
        members = list(found.members)
        rows = self.places[members]
        scatter = self.scatter_from(self.target - found.fitted(self.pool))
        covariance = height_covariance(found.design(self.pool), found.rest, scatter)
        sizes = absorbance_sizes(self.cut.absorbance[rows][:, self.cut.columns])
        shares, intervals = _shares(found.heights, sizes, covariance[: len(members), : len(members)])
        return [
            Component(
                row=int(self.cut.rows[row]),
                share=share,
                share_interval=interval,
                hqi=hqi(self.target, self.pool.rows[member]),
                evidence=each,
            )
            for row, member, share, interval, each in zip(
                rows, members, shares, intervals, evidence, strict=True
            )
        ]


def _unexplained(
    target: NDArray[np.float64], residual: NDArray[np.float64], axis_nm: NDArray[np.float64]
) -> tuple[float, ...]:
    """Wavelengths of the residual's bands (minima), where it leaves more than bent powders do."""
    square = float(target @ target)
    if float(residual @ residual) <= MAX_REST * square:
        return ()
    depth = -residual
    inner = depth[1:-1]
    lowest = UNEXPLAINED * float(np.max(np.abs(target)))
    bands = np.flatnonzero((inner > depth[:-2]) & (inner >= depth[2:]) & (inner > lowest)) + 1
    return tuple(round(float(axis_nm[place]), 1) for place in bands)


def absorbance_sizes(absorbance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Size of spectra that offset and slope do not change: root mean square about the straight line.

    Parameters
    ----------
    absorbance : array, shape (n, m)
        Without gaps.

    Returns
    -------
    array, shape (n,)
    """
    line = np.linalg.qr(np.vander(np.linspace(-1.0, 1.0, absorbance.shape[1]), 2))[0]
    rest = absorbance - (absorbance @ line) @ line.T
    sizes: NDArray[np.float64] = np.sqrt((rest**2).mean(axis=1))
    return sizes


def _shares(
    heights: NDArray[np.float64], sizes: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[list[float], list[tuple[float, float]]]:
    """Shares of the spectrum with intervals, the covariance of the heights carried on linearly."""
    amounts = sizes * heights
    whole = max(float(amounts.sum()), 1e-300)
    shares = amounts / whole
    spread = covariance + np.diag((RESPONSE * heights) ** 2)
    jacobian = (np.diag(sizes) - shares[:, None] * sizes[None, :]) / whole
    reach = Z_95 * np.sqrt(np.maximum(np.diag(jacobian @ spread @ jacobian.T), 0.0))
    low, high = np.clip(shares - reach, 0.0, 1.0), np.clip(shares + reach, 0.0, 1.0)
    return shares.tolist(), list(zip(low.tolist(), high.tolist(), strict=True))
