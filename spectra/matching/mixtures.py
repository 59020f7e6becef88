"""Mixtures: the few references whose non-negative sum explains a query, each earning its place.

Fitted in linear, broadened, baseline-corrected intensity (square roots do not add). All pairs of
the pool are fitted exactly on the Gram matrix. The best fit alone does not decide: instruments
differ in relative heights, which a wrong second component can mend. So the best-fitting pairs are
ranked by their weakest component, each judged by what the others leave of the query, and a third is
added on the same terms. One non-negative fit over the whole library is what this avoids: that
returns some twenty "components".
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .alignment import AlignedQuery
from .bands import explained
from .evidence import BAND_TOLERANCE_POINTS, Evidence, Side, log_odds, weigh_refined
from .index import Query, SearchIndex

POOL: Final = 400
"""References among which pairs are sought, the best by what they explain alone or after the best one."""

JUDGED: Final = 10
"""Subsets of each size whose components are weighed, the best-fitting first."""

MIN_SHARE: Final = 0.05
"""Share of the spectrum below which a component is not named."""


MIN_OWN: Final = 0.4
"""Share of a component's bands that must stand where no other component has one."""


@dataclass(frozen=True)
class Component:
    """One substance of a mixture.

    Attributes
    ----------
    row : int
        Row of the index.
    share : float
        Share of the fitted spectrum's area, 0 to 1; never weight percent.
    evidence : Evidence
        Of the reference against what the other components leave of the query.
    """

    row: int
    share: float
    evidence: Evidence


@dataclass(frozen=True)
class Mixture:
    """Two or three components that explain a query together.

    Attributes
    ----------
    components : tuple of Component
        Largest share first.
    whole : Evidence
        Of the fitted sum against the query.
    """

    components: tuple[Component, ...]
    whole: Evidence

    @property
    def weakest(self) -> float:
        """Log odds of the component with the least evidence."""
        return min(log_odds(component.evidence) for component in self.components)


def find_mixture(
    index: SearchIndex,
    query: Query,
    aligned: AlignedQuery,
    *,
    shift: int,
    exclude: frozenset[int] = frozenset(),
) -> Mixture | None:
    """Best mixture of two or three references.

    Parameters
    ----------
    index : SearchIndex
        The library.
    query : Query
        Gives the noise.
    aligned : AlignedQuery
        The query at every shift.
    shift : int
        Row of ``aligned`` to use: the offset is the instrument's, so one shift serves all
        components; take that of the best single candidate.
    exclude : frozenset of int
        Rows that may not be components.

    Returns
    -------
    Mixture or None
        None when no second reference improves the fit.
    """
    first, last = aligned.stretches[shift].tolist()
    target = aligned.root[shift] ** 2
    pool = _pool(index, target, exclude)
    if pool.size < 2:
        return None
    spectra = index.root[pool].astype(np.float64) ** 2
    spectra[:, :first] = 0.0
    spectra[:, last:] = 0.0
    fit = _Fit(index, pool, spectra, aligned, shift, query.noise)
    pair = _strongest(fit, _best_pairs(spectra, target))
    if pair is None:
        return None
    triple = _strongest(fit, _extensions(spectra, target, pair[0]))
    return triple[1] if triple is not None and triple[1].weakest > pair[1].weakest else pair[1]


def fit_shares(spectra: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Non-negative least squares for a handful of components.

    Parameters
    ----------
    spectra : array, shape (k, m)
        Components, k at most about six: every subset is tried.
    target : array, shape (m,)
        What they should add up to.

    Returns
    -------
    array, shape (k,)
        Heights; 0 for components that would be negative.
    """
    k = spectra.shape[0]
    gram, product = spectra @ spectra.T, spectra @ target
    best, best_gain = np.zeros(k), 0.0
    for subset in range(1, 2**k):
        members = [i for i in range(k) if subset >> i & 1]
        block = gram[np.ix_(members, members)]
        heights = np.linalg.lstsq(block, product[members], rcond=None)[0]
        gain = float(heights @ product[members])
        if bool(np.all(heights > 0)) and gain > best_gain * (1 + 1e-12):
            best, best_gain = np.zeros(k), gain
            best[members] = heights
    return best


def _pool(index: SearchIndex, target: NDArray[np.float64], exclude: frozenset[int]) -> NDArray[np.int64]:
    rows = np.array([row for row in range(len(index)) if row not in exclude], dtype=np.int64)
    if rows.size <= POOL:
        return rows
    spectra = index.root[rows] ** 2
    norms = np.maximum(np.sqrt((spectra * spectra).sum(axis=1)), 1e-12)
    alone = (spectra @ target.astype(np.float32)) / norms
    best = spectra[alone.argmax()] / norms[alone.argmax()]
    rest = target - float(best @ target) * best
    after = (spectra @ rest.astype(np.float32)) / norms
    half = POOL // 2
    ranked = np.unique(np.concatenate([np.argsort(-alone)[:half], np.argsort(-after)[:half]]))
    return np.asarray(rows[ranked], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Fit:
    """What every subset is fitted with."""

    index: SearchIndex
    pool: NDArray[np.int64]
    spectra: NDArray[np.float64]
    aligned: AlignedQuery
    shift: int
    noise: float


def _strongest(fit: _Fit, subsets: list[tuple[int, ...]]) -> tuple[tuple[int, ...], Mixture] | None:
    described = ((subset, _describe(fit, subset)) for subset in subsets)
    found = [(subset, mixture) for subset, mixture in described if mixture is not None]
    return max(found, key=lambda entry: entry[1].weakest, default=None)


def _best_pairs(spectra: NDArray[np.float64], target: NDArray[np.float64]) -> list[tuple[int, ...]]:
    unit = spectra / np.maximum(np.sqrt((spectra * spectra).sum(axis=1)), 1e-12)[:, None]
    gains = np.triu(_pair_gains(unit @ unit.T, unit @ target), 1)
    order = np.argsort(-gains, axis=None, kind="stable")[:JUDGED].tolist()
    return [divmod(flat, len(unit)) for flat in order if gains.flat[flat] > 0]


def _extensions(
    spectra: NDArray[np.float64], target: NDArray[np.float64], pair: tuple[int, ...]
) -> list[tuple[int, ...]]:
    basis, _ = np.linalg.qr(spectra[list(pair)].T)
    rest = spectra - (spectra @ basis) @ basis.T
    norms = np.sqrt((rest * rest).sum(axis=1))
    own = norms > 1e-3 * np.sqrt((spectra * spectra).sum(axis=1))  # else the pair spans it
    gains = np.where(own, rest @ target / np.where(own, norms, 1.0), 0.0)
    order = np.argsort(-gains, kind="stable")[:JUDGED].tolist()
    return [(*pair, k) for k in order if gains[k] > 0 and k not in pair]


def _pair_gains(gram: NDArray[np.float64], product: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared norm that each pair explains when both heights are positive, else 0."""
    determinant = 1.0 - gram * gram
    safe = np.where(determinant > 1e-6, determinant, 1.0)
    a = (product[:, None] - gram * product[None, :]) / safe
    both = (a > 0) & (a.T > 0) & (determinant > 1e-6)
    return np.where(both, a * product[:, None] + a.T * product[None, :], 0.0)


def _have_own_bands(roots: NDArray[np.float32], stretches: NDArray[np.int64], first: int, last: int) -> bool:
    """Whether each member has bands where the others have none.

    A second phenyl compound or a second sulfate mends the shape of the first one's bands, and
    would pass on its share of the fit alone.
    """
    low, high = max(first, int(stretches[:, 0].max())), min(last, int(stretches[:, 1].min()))
    if high - low < 3:
        return False
    bands = [Side(root.astype(np.float64), low, high).bands(low, high) for root in roots]
    for place, own in enumerate(bands):
        others = [band for other, band in enumerate(bands) if other != place]
        taken = max(explained(own, other, tolerance=BAND_TOLERANCE_POINTS) for other in others)
        if taken > 1.0 - MIN_OWN:
            return False
    return True


def _describe(fit: _Fit, subset: tuple[int, ...]) -> Mixture | None:
    """Shares and evidence of one subset; None when a member has next to no share."""
    aligned, shift = fit.aligned, fit.shift
    first, last = aligned.stretches[shift].tolist()
    target = aligned.root[shift] ** 2
    members = fit.spectra[list(subset)]
    parts = members * fit_shares(members, target)[:, None]
    areas = parts.sum(axis=1)
    if not bool(np.all(areas >= MIN_SHARE * areas.sum())) or areas.sum() <= 0:
        return None

    def judge(intensity: NDArray[np.float64], reference: Side) -> Evidence:
        root = np.sqrt(np.maximum(intensity, 0.0))
        return weigh_refined(
            Side(root, first, last, fit.noise),
            reference,
            shift_cm1=float(aligned.shifts_cm1[shift]),
            penalty=float(aligned.penalty[shift]),
            step_cm1=fit.index.grid.step,
        )

    rows = fit.pool[list(subset)]
    stretches = fit.index.stretches[rows]
    total = parts.sum(axis=0)
    components = []
    for row, part, area, stretch in zip(rows.tolist(), parts, areas, stretches.tolist(), strict=True):
        reference = Side(fit.index.root[row].astype(np.float64), *stretch)
        evidence = judge(target - (total - part), reference)
        components.append(Component(row, float(area / areas.sum()), evidence))
    common = Side(np.sqrt(total), int(stretches[:, 0].max()), int(stretches[:, 1].min()))
    if not _have_own_bands(fit.index.root[rows], stretches, first, last):
        return None
    ordered = sorted(components, key=lambda c: (-c.share, fit.index.ids[c.row]))
    return Mixture(tuple(ordered), judge(target, common))
