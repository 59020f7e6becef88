"""A watched reference diluted into a query: what the mixture's test would say at each share.

All that the test (:mod:`..matching.components`) asks is linear in how much of the reference is added,
or small: inner products are taken once for a substance, and one share costs only their sums.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..grid import Grid
from ..matching.bands import Bands, explained, find_bands
from ..matching.basis import Parts
from ..matching.components import BAND_HALF_POINTS, OWN_POINTS, VISIBLE, ComponentEvidence
from ..matching.evidence import BAND_TOLERANCE_POINTS, BROADENED_NOISE, MIN_BAND_SHARE, NOISE_FACTOR
from ..matching.index import broaden_stretch
from ..matching.subsets import MIN_DISTINCT, Solution, critical_f, gains_after, solve
from .simulation import BAND_RESPONSE, RESPONSE

DRAWS: Final = 19
"""Instruments that are drawn."""

OFFSET_CM1: Final = 1.0
"""Spread of the axis beside the one shift that serves the background."""

BROADENING_CM1: Final = (0.0, 2.0, 4.0)
"""Widths beside the common broadening, in turn."""

RESPONSE_CM1: Final = 600.0
BAND_RESPONSE_CM1: Final = 40.0
"""Lengths over which the two responses of :mod:`.simulation` change."""

_SEED: Final = 20_260_101
_TINY: Final = 1e-300

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Instruments:
    """How other instruments see a reference, one row each.

    Attributes
    ----------
    offset_points : array, shape (DRAWS,)
        By which its bands stand higher, in grid points.
    response : array, shape (DRAWS, m)
        By which intensities are multiplied.
    noise : array, shape (DRAWS, m)
        Broadened white noise of unit deviation.
    """

    offset_points: Array
    response: Array
    noise: Array


@lru_cache(maxsize=4)
def draw_instruments(grid: Grid) -> Instruments:
    """Draw the instruments; for one grid always the same.

    Parameters
    ----------
    grid : Grid
        Of Raman shifts.
    """
    rng = np.random.default_rng(_SEED)
    # quantiles in random order: what 19 draws have at the ends is no matter of luck
    normal = [NormalDist(0.0, OFFSET_CM1).inv_cdf((draw + 0.5) / DRAWS) for draw in range(DRAWS)]
    response = [
        RESPONSE * _curve(grid.axis, RESPONSE_CM1, rng)
        + BAND_RESPONSE * _curve(grid.axis, BAND_RESPONSE_CM1, rng)
        for _ in range(DRAWS)
    ]
    noise = [broaden_stretch(rng.normal(size=grid.n_points), grid.step) for _ in range(DRAWS)]
    return Instruments(rng.permutation(normal) / grid.step, np.exp(response), np.array(noise))


def _curve(axis: Array, length: float, rng: np.random.Generator) -> Array:
    """Random curve of about unit variance that changes over about ``length``."""
    knots = np.arange(axis[0] - length, axis[-1] + 2 * length, length)
    curve: Array = np.interp(axis, knots + rng.uniform(0, length), rng.normal(size=knots.size))
    return curve


@dataclass(frozen=True, eq=False)
class Background:
    """What was measured, with the found substances fitted to it.

    Attributes
    ----------
    parts : Parts
        The library on the query's range, and the query.
    found : Solution
        Fit of the found substances.
    noise : float
        Standard deviation of the query's noise before broadening.
    grid : Grid
        Of the library.
    """

    parts: Parts
    found: Solution
    noise: float
    grid: Grid

    @property
    def members(self) -> list[int]:
        """Terms of the found substances."""
        return list(self.found.subset)

    @property
    def columns(self) -> slice:
        """Of the grid."""
        return slice(self.parts.first, self.parts.first + self.parts.query.size)

    @cached_property
    def area(self) -> float:
        """Of the found substances' intensity, as fitted."""
        return float(areas_of(self.parts, self.members) @ self.found.heights)

    @cached_property
    def slopes(self) -> Array:
        """First differences of the query, shape (m - 1,)."""
        slopes: Array = np.diff(self.parts.query)
        return slopes

    @cached_property
    def noise_slopes(self) -> Array:
        """Those of broadened noise of the query's level, shape (DRAWS, m - 1)."""
        slopes: Array = self.noise * np.diff(draw_instruments(self.grid).noise[:, self.columns], axis=1)
        return slopes

    @cached_property
    def noise_products(self) -> tuple[Array, Array, Array]:
        """Noise with each term, shape (n, DRAWS); with the query and with itself, shape (DRAWS,)."""
        noise = self.noise_slopes
        return self.parts.slopes @ noise.T, noise @ self.slopes, np.einsum("dm,dm->d", noise, noise)

    @cached_property
    def projection(self) -> Array:
        """Heights of the found terms that make each term, shape (k, n)."""
        gram, members = self.parts.terms.gram, self.members
        heights: Array = np.linalg.solve(gram[np.ix_(members, members)], gram[members])
        return heights

    @cached_property
    def distinct(self) -> Array:
        """Share of each term's square outside the found terms, shape (n,); 0 where it may not join them."""
        _, distinct = gains_after(self.parts.terms, self.members)
        same = self.parts.terms.same[:, self.members].any(axis=1)
        return np.where((distinct > MIN_DISTINCT) & ~same, distinct, 0.0)

    @cached_property
    def taken(self) -> Array:
        """Positions of the found substances' bands, in grid points."""
        return np.concatenate([bands_of(self.parts.spectra[term]).position for term in self.members])


def fit_background(parts: Parts, found: Sequence[int], *, noise: float, grid: Grid) -> Background | None:
    """Fit the found substances to the query.

    Parameters
    ----------
    parts : Parts
        The library on the query's range, and the query.
    found : sequence of int
        Terms; those that the fit would make negative are left out.
    noise : float
        Standard deviation of the query's noise before broadening.
    grid : Grid
        Of the library.

    Returns
    -------
    Background or None
        None when the query has nothing of them on its range.
    """
    members = [term for term in found if parts.terms.product[term] > 0]
    while members:
        solution = solve(parts.terms, members)
        if solution is not None:
            return Background(parts, solution, noise, grid)
        block = parts.terms.gram[np.ix_(members, members)]
        del members[int(np.argmin(np.linalg.lstsq(block, parts.terms.product[members], rcond=None)[0]))]
    return None


def bands_of(intensity: Array, floor: float = 0.0) -> Bands:
    """Bands above a floor and above the usual share of the highest."""
    least = max(MIN_BAND_SHARE * float(intensity.max(initial=0.0)), floor)
    return find_bands(intensity, min_prominence=least if least > 0 else np.inf)


def areas_of(parts: Parts, terms: Sequence[int]) -> Array:
    """Area of each term of unit length, shape (k,)."""
    areas: Array = parts.spectra[terms].sum(axis=1) / parts.lengths[terms]
    return areas


@dataclass(frozen=True, eq=False)
class Dilution:
    """One watched reference beside a background, ready for any share.

    Attributes
    ----------
    background : Background
        What was measured.
    term : int
        The watched reference.
    added : array, shape (m,)
        It, with the area of the background.
    slopes : array, shape (DRAWS, m - 1)
        Of the same as each instrument sees it.
    """

    background: Background
    term: int
    added: Array
    slopes: Array

    @property
    def members(self) -> list[int]:
        """Terms of the found substances, then the watched one."""
        return [*self.background.members, self.term]

    def all_named(self, share: float, min_log_odds: float) -> bool:
        """Whether a mixture with the watched substance would be named on every instrument.

        Parameters
        ----------
        share : float
            Of the spectrum's area, above 0 and below 1.
        min_log_odds : float
            Evidence that a component needs.
        """
        terms = self.background.parts.terms
        least = critical_f(len(terms), terms.n_independent - len(self.members))
        evidence, heights = self._weigh_apart(share)

        def named(query_explained: float) -> bool:
            weighed = (replace(each, query_explained=query_explained) for each in evidence)
            return all(each.partial_f >= least and each.log_odds >= min_log_odds for each in weighed)

        # more evidence never lowers the log odds, so the bounds mostly settle what costs as much
        # as all the rest
        return named(1.0) and (named(0.0) or named(self._query_explained(heights, share)))

    def weigh(self, share: float) -> tuple[ComponentEvidence, ...]:
        """Evidence for the watched substance, one for each instrument.

        Parameters
        ----------
        share : float
            Of the spectrum's area, above 0 and below 1.
        """
        evidence, heights = self._weigh_apart(share)
        query_explained = self._query_explained(heights, share)
        return tuple(replace(each, query_explained=query_explained) for each in evidence)

    def _weigh_apart(self, share: float) -> tuple[tuple[ComponentEvidence, ...], Array]:
        """Evidence but for ``query_explained``, and the mean heights of the members."""
        factors, ground, terms = _Factors.of(share), self.background, self.background.parts.terms
        products = terms.product[:, None] + factors.added * self._products
        products += factors.noise * ground.noise_products[0]
        square = self._square(factors)
        heights = self._heights(products[self.members])
        rest = square - (heights * (2.0 * products[self.members] - self._gram @ heights)).sum(axis=0)
        rest = np.maximum(rest, 1e-12 * square)
        variance = rest / max(terms.n_independent - len(heights), 1.0)
        partial_f = heights[-1] ** 2 / self._inverse[-1, -1] / variance
        agreement, structure = self._bands_agree(heights, factors, rest / self.slopes.shape[1])
        rivals = self._best_rival(products) / variance
        main = (areas_of(ground.parts, self.members)[:, None] * heights).argmax(axis=0)
        evidence = (
            ComponentEvidence(
                partial_f=float(partial_f[draw]),
                heights=float(agreement[draw]),
                own=self._own,
                stability=self._stability(float(partial_f[draw])),
                advantage=float(partial_f[draw] - rivals[draw]),
                distinct=float(self._inverse[-1, -1]) ** -0.5,
                structure=float(structure[draw]),
                explained=float(1.0 - rest[draw] / square[draw]),
                query_explained=0.0,
                main=int(main[draw]) == len(heights) - 1,
            )
            for draw in range(DRAWS)
        )
        return tuple(evidence), heights.mean(axis=1)

    @cached_property
    def _gram(self) -> Array:
        return self.background.parts.terms.gram[np.ix_(self.members, self.members)]

    @cached_property
    def _inverse(self) -> Array:
        inverse: Array = np.linalg.inv(self._gram)
        return inverse

    @cached_property
    def _products(self) -> Array:
        """Of each term with the added slopes, shape (n, DRAWS)."""
        products: Array = self.background.parts.slopes @ self.slopes.T
        return products

    @cached_property
    def _bands(self) -> Bands:
        return bands_of(self.background.parts.spectra[self.term])

    @cached_property
    def _own(self) -> float:
        weight = np.sqrt(self._bands.prominence)
        distance = np.abs(self._bands.position[:, None] - self.background.taken).min(axis=1, initial=np.inf)
        return float(weight[distance > OWN_POINTS].sum() / max(float(weight.sum()), _TINY))

    @cached_property
    def _in_windows(self) -> tuple[Array, Array, Array, Array, Array]:
        """Slopes of the term around each of its bands with themselves, query, reference, noise, found terms."""
        ground, slopes = self.background, self.background.parts.slopes
        points, centre = np.arange(slopes.shape[1]), np.rint(self._bands.position)[:, None]
        around = (points >= centre - BAND_HALF_POINTS) & (points < centre + BAND_HALF_POINTS)
        windows = np.where(around, slopes[self.term], 0.0)
        return (
            (windows @ slopes[self.term])[:, None],
            (windows @ ground.slopes)[:, None],
            windows @ self.slopes.T,
            windows @ ground.noise_slopes.T,
            windows @ slopes[ground.members].T,
        )

    @cached_property
    def _rivals(self) -> NDArray[np.int64]:
        """Terms of other substances that may stand in the watched one's place."""
        return np.flatnonzero((self.background.distinct > 0) & ~self.background.parts.terms.same[self.term])

    @cached_property
    def _likest(self) -> float:
        """Correlation of the watched term with the likest rival, outside the found terms, 0 to 1."""
        ground, rivals = self.background, self._rivals
        gram = ground.parts.terms.gram
        along = gram[self.term, rivals] - ground.projection[:, self.term] @ gram[ground.members][:, rivals]
        like = along / np.sqrt(ground.distinct[rivals] * max(float(ground.distinct[self.term]), MIN_DISTINCT))
        return min(float(like.max(initial=0.0)), 1.0)

    @cached_property
    def _squares(self) -> tuple[float, Array, Array, Array]:
        """Of the query's slopes; of the added ones; of these with the query and with the noise."""
        ground, added = self.background, self.slopes
        return (
            ground.parts.terms.square,
            np.einsum("dm,dm->d", added, added),
            added @ ground.slopes,
            np.einsum("dm,dm->d", added, ground.noise_slopes),
        )

    def _square(self, factors: "_Factors") -> Array:
        """Of the slopes of each sum, shape (DRAWS,)."""
        query, added, query_added, added_noise = self._squares
        _, query_noise, noise = self.background.noise_products
        square = query + factors.added**2 * added + factors.noise**2 * noise
        cross = factors.added * (query_added + factors.noise * added_noise) + factors.noise * query_noise
        return np.maximum(square + 2.0 * cross, _TINY)

    def _heights(self, products: Array) -> Array:
        """Heights of the members, shape (k, DRAWS); what would be negative is left out of the fit."""
        heights: Array = self._inverse @ products
        for draw in np.flatnonzero((heights <= 0).any(axis=0)).tolist():
            kept, solved = list(range(len(heights))), heights[:, draw]
            while kept and bool((solved <= 0).any()):
                del kept[int(np.argmin(solved))]
                solved = np.linalg.solve(self._gram[np.ix_(kept, kept)], products[kept, draw])
            heights[:, draw] = 0.0
            heights[kept, draw] = solved
        return heights

    def _bands_agree(self, heights: Array, factors: "_Factors", variance: Array) -> tuple[Array, Array]:
        """Share of the visible bands that are as high as fitted, and their effective number, (DRAWS,)."""
        own, query, added, noise, found = self._in_windows
        left = query + factors.added * added + factors.noise * noise - found @ heights[:-1]
        ratio = left / np.maximum(own * heights[-1], _TINY)
        credit = np.clip(np.minimum(2.0 * ratio, 2.5 - 0.75 * ratio), 0.0, 1.0)
        seen = own * heights[-1] ** 2 >= VISIBLE * variance * 2 * BAND_HALF_POINTS
        weight = np.sqrt(self._bands.prominence)[:, None] * seen
        whole = weight.sum(axis=0)
        some = np.where(whole > 0, whole, 1.0)
        return (weight * credit).sum(axis=0) / some, whole * whole / np.where(
            whole > 0, (weight**2).sum(axis=0), 1.0
        )

    def _best_rival(self, products: Array) -> Array:
        """Gain of the best other substance in the watched one's place, shape (DRAWS,)."""
        ground, rivals = self.background, self._rivals
        left = products[rivals] - ground.projection[:, rivals].T @ products[ground.members]
        gains: Array = np.maximum(left, 0.0) ** 2 / ground.distinct[rivals, None]
        best: Array = gains.max(axis=0, initial=0.0)
        return best

    def _stability(self, partial_f: float) -> float:
        """Chance that the likest rival does not win when the noise is drawn anew.

        Outside the found terms the fit is √F noise deviations along the watched term and ρ√F along
        the rival; the noise of their difference has the variance 2 (1 - ρ).
        """
        return 0.5 * math.erfc(-0.5 * math.sqrt(max(partial_f, 0.0) * (1.0 - self._likest)))

    def _query_explained(self, heights: Array, share: float) -> float:
        """Share of the query's bands that the fitted sum has, the reference as the library has it."""
        parts, factors = self.background.parts, _Factors.of(share)
        total = (heights / parts.lengths[self.members]) @ parts.spectra[self.members]
        floor = NOISE_FACTOR * BROADENED_NOISE * self.background.noise * factors.scale
        query_bands = bands_of(parts.query + factors.added * self.added, floor)
        return explained(query_bands, bands_of(total), tolerance=BAND_TOLERANCE_POINTS)


@dataclass(frozen=True)
class _Factors:
    """Of reference and noise beside the query, and of what was shrunk to make room for them."""

    added: float
    noise: float
    scale: float

    @classmethod
    def of(cls, share: float) -> "_Factors":
        scale = 1.0 / (1.0 - share)
        return cls(share * scale, math.sqrt(scale * scale - 1.0), scale)


def dilute(background: Background, term: int) -> Dilution:
    """Prepare a watched reference to be diluted into a background.

    Parameters
    ----------
    background : Background
        What was measured.
    term : int
        The watched reference, of another substance than the found ones.
    """
    grid, spectrum = background.grid, background.parts.spectra[term]
    instruments = draw_instruments(grid)
    widths = [
        broaden_stretch(spectrum, grid.step, deviation_cm1=width) if width else spectrum
        for width in BROADENING_CM1
    ]
    broadened = np.array([widths[draw % len(widths)] for draw in range(DRAWS)])
    seen = _moved(broadened, instruments.offset_points) * instruments.response[:, background.columns]
    # the share is one of the spectrum as it was measured, so each draw has the same area
    seen *= background.area / np.maximum(seen.sum(axis=1, keepdims=True), _TINY)
    added = spectrum * (background.area / max(float(spectrum.sum()), _TINY))
    return Dilution(background, term, added, np.diff(seen, axis=1))


def _moved(rows: Array, points: Array) -> Array:
    """Rows moved up their columns by a fraction of points each, level beyond their ends."""
    whole = np.floor(points).astype(np.int64)
    fraction = (points - whole)[:, None]
    columns = np.arange(rows.shape[1]) - whole[:, None]
    at = np.take_along_axis(rows, np.clip(columns, 0, rows.shape[1] - 1), axis=1)
    below = np.take_along_axis(rows, np.clip(columns - 1, 0, rows.shape[1] - 1), axis=1)
    moved: Array = (1.0 - fraction) * at + fraction * below
    return moved
