"""Evidence that one component of a mixture is there, beside the others.

A component is judged by what the others leave of the query: whether its bands stand there as high
as the fit says, and how many; whether one at least is its own; whether another substance would do
as well; whether it stays when the noise is drawn anew; and by how much of the query the whole sum
explains. The F of the fit alone names strangers: any reference mends the shape of another's bands.
"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .bands import Bands, explained, find_bands
from .basis import Parts
from .evidence import BAND_TOLERANCE_POINTS, BROADENED_NOISE, MIN_BAND_SHARE, NOISE_FACTOR
from .subsets import Solution, gains_after

WEIGHTS: Final = MappingProxyType(
    {
        "constant": -13.5,
        "heights": 6.2,
        "stability": 1.1,
        "advantage": 0.7,
        "distinct": 2.6,
        "structure": 1.1,
        "explained": 0.32,
        "query_explained": 2.7,
    }
)

NO_CASE: Final = -30.0
"""Log odds of a component that has nothing of its own to show."""

MIN_BANDS: Final = 1.2
"""Effective number of bands that any but the main component must show: one more band is no proof."""

OWN_POINTS: Final = 2.0
"""Grid points that a component's own band must keep from those of the others."""

BAND_HALF_POINTS: Final = 6
"""Grid points to either side of a band on which its height is compared."""

VISIBLE: Final = 2.0
"""Times the residual's square, on the points around a band, that the band's own must be."""

RESAMPLED: Final = 40
"""Draws of the noise."""

_SEED: Final = 1


@dataclass(frozen=True)
class ComponentEvidence:
    """What speaks for one component, given the others.

    Attributes
    ----------
    partial_f : float
        F of the component in the fit, with 1 and n - k degrees of freedom.
    heights : float
        Share of its bands that are as high in the query as the fit makes them, 0 to 1: full
        credit from half to twice the height, none at 0 and at 3.3 times.
    own : float
        Share of its bands where no other component has one, 0 to 1; with none it has no case. None
        where the query has no more bands than the sum has components: two halves of one band.
    stability : float
        Share of draws of the noise in which no other substance fits better in its place.
    advantage : float
        F by which it fits better than the best other substance in its place.
    distinct : float
        Length of its slopes outside the span of the others', 0 to 1.
    structure : float
        Effective number of its bands that stand out from what the sum leaves.
    explained : float
        Share of the query's slopes, squared, that the whole sum explains, 0 to 1.
    query_explained : float
        Share of the query's bands that the whole sum has at the same place, 0 to 1.
    main : bool
        Whether it has the largest area.
    """

    partial_f: float
    heights: float
    own: float
    stability: float
    advantage: float
    distinct: float
    structure: float
    explained: float
    query_explained: float
    main: bool = False

    @property
    def log_odds(self) -> float:
        """Log odds that the component is there, at even prior odds.

        Logistic, each weight bounded to the sign that it must have; fitted on components found in
        sums of two and three measured spectra of one instrument against the library of another,
        with one of them left out too, and on those found, wrongly, in measured spectra of single
        substances (``docs/method.md``).
        """
        # else all it does is to mend the shape of others' bands, or to explain one more
        if self.own == 0.0 or not (self.main or self.structure >= MIN_BANDS):
            return NO_CASE
        whole = min(max(self.explained, 0.002), 0.998)
        return (
            WEIGHTS["constant"]
            + WEIGHTS["heights"] * self.heights
            + WEIGHTS["stability"] * self.stability
            + WEIGHTS["advantage"] * math.log1p(max(self.advantage, 0.0))
            + WEIGHTS["distinct"] * math.log(max(self.distinct, 0.01))
            + WEIGHTS["structure"] * math.log(max(self.structure, 1.0))
            + WEIGHTS["explained"] * math.log(whole / (1.0 - whole))
            + WEIGHTS["query_explained"] * self.query_explained
        )


def weigh_components(parts: Parts, found: Solution, *, noise: float) -> tuple[ComponentEvidence, ...]:
    """Evidence for each member of a subset.

    Parameters
    ----------
    parts : Parts
        The basis on the query's range, and the query.
    found : Solution
        Fit of the subset.
    noise : float
        Standard deviation of the query's noise before broadening, in its unit.

    Returns
    -------
    tuple of ComponentEvidence
        In the order of the subset.
    """
    members = list(found.subset)
    fitted = (found.heights / parts.lengths[members])[:, None] * parts.spectra[members]
    total, main = fitted.sum(axis=0), int(np.argmax(fitted.sum(axis=1)))
    floor = NOISE_FACTOR * BROADENED_NOISE * noise
    residual = np.diff(parts.query - total)
    variance = float(residual @ residual) / max(residual.size, 1)
    all_bands = [_bands(each, MIN_BAND_SHARE * float(each.max(initial=0.0))) for each in fitted]
    query_bands = _bands(parts.query, max(MIN_BAND_SHARE * float(parts.query.max(initial=0.0)), floor))
    sum_bands = _bands(total, MIN_BAND_SHARE * float(total.max(initial=0.0)))
    whole = max(found.gain, 0.0) / max(parts.terms.square, 1e-300)
    explained_both = explained(query_bands, sum_bands, tolerance=BAND_TOLERANCE_POINTS)
    enough = _n_explained(query_bands, sum_bands) > len(members)
    partial_f, rivals = found.partial_f(parts.terms), _rivals(parts, found)
    evidence = []
    for place, all_own in enumerate(all_bands):
        left = parts.query - (total - fitted[place])
        bands = _visible(all_own, np.diff(fitted[place]), variance)
        others = [each for other, each in enumerate(all_bands) if other != place]
        evidence.append(
            ComponentEvidence(
                partial_f=float(partial_f[place]),
                heights=_heights(bands, np.diff(left), np.diff(fitted[place])),
                own=_own(all_own, others) if enough else 0.0,
                stability=rivals[place][0],
                advantage=rivals[place][1],
                distinct=float(found.inverse[place, place]) ** -0.5,
                structure=bands.structure,
                explained=whole,
                query_explained=explained_both,
                main=place == main,
            )
        )
    return tuple(evidence)


def _visible(bands: Bands, slopes: NDArray[np.float64], variance: float) -> Bands:
    """Bands of a component that stand out from what the whole sum does not explain.

    Only they can speak for it: of the many weak bands of one component in a dense mixture most
    are below the errors of the others.
    """
    energy = np.array([float((slopes[near] ** 2).sum()) for near in _windows(bands)])
    seen = energy >= VISIBLE * variance * 2 * BAND_HALF_POINTS
    return Bands(bands.position[seen], bands.prominence[seen]) if len(bands) else bands


def _windows(bands: Bands) -> list[slice]:
    """Slopes around each band."""
    return [
        slice(max(0, round(position) - BAND_HALF_POINTS), round(position) + BAND_HALF_POINTS)
        for position in bands.position.tolist()
    ]


def _bands(intensity: NDArray[np.float64], floor: float) -> Bands:
    return find_bands(intensity, min_prominence=floor if floor > 0 else np.inf)


def _heights(bands: Bands, left: NDArray[np.float64], fitted: NDArray[np.float64]) -> float:
    """Compare heights band by band, as the regression of one's slopes on the other's."""
    if not len(bands):
        return 0.0
    weight = np.sqrt(bands.prominence)
    ratio = np.zeros(len(bands))
    for place, near in enumerate(_windows(bands)):
        square = float(fitted[near] @ fitted[near])
        ratio[place] = float(left[near] @ fitted[near]) / square if square > 0 else 0.0
    credit = np.clip(np.minimum(2.0 * ratio, 2.5 - 0.75 * ratio), 0.0, 1.0)
    return float((weight * credit).sum() / weight.sum())


def _own(bands: Bands, others: list[Bands]) -> float:
    """Share of the bands, by root prominence, that keep away from those of the others."""
    if not len(bands):
        return 0.0
    weight = np.sqrt(bands.prominence)
    taken = np.concatenate([each.position for each in others]) if others else np.zeros(0)
    distance = np.abs(bands.position[:, None] - taken[None, :]).min(axis=1, initial=np.inf)
    return float(weight[distance > OWN_POINTS].sum() / weight.sum())


def _n_explained(bands: Bands, by: Bands) -> int:
    distance = np.abs(bands.position[:, None] - by.position[None, :]).min(axis=1, initial=np.inf)
    return int((distance < BAND_TOLERANCE_POINTS).sum())


def _rivals(parts: Parts, found: Solution) -> list[tuple[float, float]]:
    """Stability of each member, and the F by which it beats the best other substance in its place.

    The noise is drawn anew by turning the signs of the residual block by block (wild bootstrap:
    Liu, Ann. Stat. 16, 1988), which keeps its size and its correlation between neighbours.
    """
    terms, members = parts.terms, list(found.subset)
    slopes = np.diff(parts.query)
    fitted = found.heights @ parts.slopes[members]
    block = max(1, round(slopes.size / terms.n_independent))
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(-(-slopes.size // block), RESAMPLED))
    drawn = np.repeat(signs, block, axis=0)[: slopes.size] * (slopes - fitted)[:, None]
    products = np.concatenate([terms.product[:, None], parts.slopes @ (fitted[:, None] + drawn)], axis=1)
    variance = found.variance(terms)
    rivals = []
    for place, member in enumerate(members):
        others = members[:place] + members[place + 1 :]
        left, distinct = products, np.ones(len(terms))
        may = np.ones(len(terms), dtype=bool)
        if others:
            columns = terms.gram[:, others]
            heights = np.linalg.solve(terms.gram[np.ix_(others, others)], columns.T)
            left = products - heights.T @ products[others]
            _, distinct = gains_after(terms, others)
            may = (distinct > 1e-3) & ~terms.same[:, others].any(axis=1)
        gains = np.maximum(left, 0.0) ** 2 / np.where(may, distinct, np.inf)[:, None]
        alternatives = gains[~terms.same[member]]
        best_other = alternatives.max(axis=0, initial=0.0)
        stays = gains[terms.same[member]].max(axis=0) >= best_other
        advantage = float(gains[member, 0] - best_other[0]) / variance
        rivals.append((float(stays[1:].mean()), advantage))
    return rivals
