"""Mixtures: the few references whose positive sum explains a query, each earning its place.

Fitted to slopes (:mod:`.basis`) by best subsets (:mod:`.subsets`). A component stays when its partial
F is beyond what the best of all references reaches by chance, and it is named when its own evidence
(:mod:`.components`) reaches the threshold.
One non-negative fit over the whole library is what this avoids: that returns some twenty "components".
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from .alignment import AlignedQuery
from .basis import Basis, Parts, at_best_shift, cut_parts
from .components import weigh_components
from .index import Query
from .metrics import hqi
from .subsets import MAX_TERMS, Solution, best_subset, critical_f, refit, solve
from .unexplained import unexplained_bands

MIN_LOG_ODDS: Final = -0.6
"""Log odds that a component needs where no calibration says otherwise."""

MIN_RANGE_POINTS: Final = 200
"""Grid points that must be fitted; see ``search.MIN_OVERLAP_POINTS``."""

RESPONSE: Final = 0.38
"""Spread of the height of one band between instruments, natural logarithm.

With it the intervals hold 95 % of the shares in sums of two to six measured spectra of one
instrument, fitted with the library of another (``docs/method.md``).
"""

Z_95: Final = 1.96
"""Standard deviations of a normal distribution that hold 95 % of it."""


class Standing(Protocol):
    """Evidence for one component: each technique weighs its own."""

    @property
    def log_odds(self) -> float:
        """That the component is there, at even prior odds."""

    @property
    def main(self) -> bool:
        """Whether it has the largest part."""


@dataclass(frozen=True)
class Component:
    """One substance of a mixture.

    Attributes
    ----------
    row : int
        Row of the basis.
    share : float
        Share of the fitted spectrum's area, 0 to 1; never weight percent.
    share_interval : tuple of float
        95 %: of the noise and of the spread of relative responses.
    hqi : float
        Hit quality index of the reference against the whole query, 0 to 1.
    evidence : Standing
        What speaks for it, given the others.
    """

    row: int
    share: float
    share_interval: tuple[float, float]
    hqi: float
    evidence: Standing

    @property
    def log_odds(self) -> float:
        """Of the evidence."""
        return self.evidence.log_odds


@dataclass(frozen=True)
class Mixture:
    """Up to six components that explain a query together.

    Attributes
    ----------
    components : tuple of Component
        Those that stand, largest share first; perhaps one, perhaps none.
    doubtful : tuple of Component
        Those that improve the fit but do not stand. They stay in the fit, so that they do not
        speak against the others, and are not named.
    unexplained_cm1 : tuple of float
        Bands of the query that the sum of the components lacks, ascending.
    explained : float
        Share of the query's slopes, squared, that the sum explains, 0 to 1.
    shift_cm1 : float
        What was added to the query's axis.
    proven : bool
        True where no other two, or three, of the references explain more: all are compared, up to
        ``basis.POOL`` of them. Of more, those are compared that the scans and branch and bound bring
        together, and it is True where none of all would explain more of the heights. Larger sets are
        grown and exchanged, which proves nothing; nor does a search whose time was up.
    unexplained_nm : tuple of float
        Near infrared: wavelengths at which the query bends and the sum of the components does not.
    shift_nm : float
        Near infrared: what was added to the query's axis.
    """

    components: tuple[Component, ...]
    doubtful: tuple[Component, ...]
    unexplained_cm1: tuple[float, ...]
    explained: float
    shift_cm1: float = 0.0
    proven: bool = False
    unexplained_nm: tuple[float, ...] = ()
    shift_nm: float = 0.0

    @property
    def weakest(self) -> float:
        """Log odds of the component with the least evidence."""
        return min((component.log_odds for component in self.components), default=-math.inf)


def find_mixture(
    basis: Basis,
    query: Query,
    aligned: AlignedQuery,
    *,
    allowed: NDArray[np.bool_] | None = None,
    min_log_odds: float = MIN_LOG_ODDS,
    largest: int = MAX_TERMS,
) -> Mixture | None:
    """Best mixture of up to six references.

    Parameters
    ----------
    basis : Basis
        The library.
    query : Query
        Gives the noise.
    aligned : AlignedQuery
        The query at every shift. The offset is the instrument's, so one shift serves all
        components: that at which the best pair explains most, less the shift's penalty.
    allowed : array, shape (n,), bool, optional
        Rows that may be components; all when left out.
    min_log_odds : float
        Evidence that each component needs.
    largest : int
        Most references that are summed.

    Returns
    -------
    Mixture or None
        None when no second reference improves the fit, or too little was measured.
    """
    rows = np.ones(len(basis), dtype=bool) if allowed is None else allowed
    first, last = common_columns(basis, aligned, rows)
    if last - first < MIN_RANGE_POINTS:
        return None
    queries = aligned.root[:, first:last] ** 2
    unshifted = int(np.argmin(aligned.penalty))
    parts = cut_parts(basis, queries[unshifted], first, rows)
    if parts is not None:
        parts = at_best_shift(parts, queries, aligned.penalty)
    found = None if parts is None else best_subset(parts.terms, limit=largest)
    if parts is None or found is None or len(found.subset) < 2:
        return None
    found = _significant(parts, found)
    judged = sorted(
        _components(parts, found, query.noise), key=lambda each: (-each.share, basis.ids[each.row])
    )
    return Mixture(
        components=tuple(each for each in judged if each.log_odds >= min_log_odds),
        doubtful=tuple(each for each in judged if each.log_odds < min_log_odds),
        unexplained_cm1=unexplained_bands(
            parts.query,
            found.heights / parts.lengths[list(found.subset)] @ parts.spectra[list(found.subset)],
            noise=query.noise,
            axis=basis.index.grid.axis[parts.first :],
        ),
        explained=found.gain / max(parts.terms.square, 1e-300),
        shift_cm1=float(aligned.shifts_cm1[parts.shift]),
        proven=found.proven and parts.whole,
    )


def common_columns(basis: Basis, aligned: AlignedQuery, allowed: NDArray[np.bool_]) -> tuple[int, int]:
    """Columns that the query has at every shift, and that references are typically measured on.

    Parameters
    ----------
    basis : Basis
        The library.
    aligned : AlignedQuery
        The query at every shift.
    allowed : array, shape (n,), bool
        Rows that count.

    Returns
    -------
    first, last : int
        First column and the one after the last.
    """
    first, last = int(aligned.stretches[:, 0].max()), int(aligned.stretches[:, 1].min())
    stretches = basis.index.stretches[allowed[: len(basis.index)]]
    if not stretches.size:
        return first, first
    low, high = np.median(stretches, axis=0).astype(np.int64).tolist()
    return max(first, low), min(last, high)


def _significant(parts: Parts, found: Solution) -> Solution:
    """Take out, one after the other, what the best of all references would reach by chance."""
    while len(found.subset) > 1:
        partial_f = found.partial_f(parts.terms)
        weakest = int(np.argmin(partial_f))
        freedom = parts.terms.n_independent - len(found.subset)
        if partial_f[weakest] >= critical_f(len(parts.terms), freedom):
            break
        found = _without(parts, found, weakest)
    return found


def _without(parts: Parts, found: Solution, place: int) -> Solution:
    """Solution without one member; at worst that of the strongest member alone."""
    kept = found.subset[:place] + found.subset[place + 1 :]
    smaller = refit(parts.terms, kept)
    if smaller is None or len(smaller.subset) >= len(found.subset):
        # the gain is the sum of height times product, so one of the products is positive
        strongest = max(found.subset, key=lambda member: float(parts.terms.product[member]))
        smaller = solve(parts.terms, (strongest,)) or found
    return smaller


def _components(parts: Parts, found: Solution, noise: float) -> list[Component]:
    members = list(found.subset)
    areas = parts.spectra[members].sum(axis=1) / parts.lengths[members]
    evidence = weigh_components(parts, found, noise=noise)
    shares, intervals = _shares(parts, found, areas, [each.structure for each in evidence])
    return [
        Component(int(parts.rows[member]), share, interval, hqi(parts.query, parts.spectra[member]), each)
        for member, share, interval, each in zip(members, shares, intervals, evidence, strict=True)
    ]


def _shares(
    parts: Parts, found: Solution, areas: NDArray[np.float64], structures: list[float]
) -> tuple[list[float], list[tuple[float, float]]]:
    """Shares of the area with intervals, the covariance of the heights carried on linearly.

    The heights vary by the residual's variance, and each by the response over its bands.
    """
    amounts = areas * found.heights
    whole = float(amounts.sum())
    shares = amounts / whole
    response = RESPONSE * found.heights / np.sqrt(np.maximum(structures, 1.0))
    covariance = found.variance(parts.terms) * found.inverse + np.diag(response**2)
    jacobian = (np.diag(areas) - shares[:, None] * areas[None, :]) / whole
    spread = Z_95 * np.sqrt(np.maximum(np.diag(jacobian @ covariance @ jacobian.T), 0.0))
    low, high = np.clip(shares - spread, 0.0, 1.0), np.clip(shares + spread, 0.0, 1.0)
    return shares.tolist(), list(zip(low.tolist(), high.tolist(), strict=True))
