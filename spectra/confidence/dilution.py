"""A watched reference diluted into a query: what the mixture's test would say at each share.

All that the test (:mod:`..matching.components`) asks is linear in how much of the reference is added,
or small: inner products are taken once for a substance, and one share costs only their sums.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..matching.bands import Bands, explained
from ..matching.components import BAND_HALF_POINTS, OWN_POINTS, VISIBLE, ComponentEvidence
from ..matching.evidence import BAND_TOLERANCE_POINTS, BROADENED_NOISE, NOISE_FACTOR
from ..matching.subsets import MIN_DISTINCT, critical_f
from .background import Background, areas_of, bands_of
from .instruments import DRAWS, see

_TINY: Final = 1e-300

Array = NDArray[np.float64]


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

        def named(weighed: Iterable[ComponentEvidence]) -> bool:
            return all(each.partial_f >= least and each.log_odds >= min_log_odds for each in weighed)

        # more evidence never lowers the log odds: what fails with every band explained needs no look
        return named(evidence) and named(self._look_at_bands(evidence, heights, share))

    def weigh(self, share: float) -> tuple[ComponentEvidence, ...]:
        """Evidence for the watched substance, one for each instrument.

        Parameters
        ----------
        share : float
            Of the spectrum's area, above 0 and below 1.
        """
        return self._look_at_bands(*self._weigh_apart(share), share)

    def _weigh_apart(self, share: float) -> tuple[tuple[ComponentEvidence, ...], Array]:
        """Evidence as if every band of the query were explained, and the mean heights of the members."""
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
                query_explained=1.0,
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
        return np.asarray(np.linalg.inv(self._gram), dtype=np.float64)

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
        """Slopes around each of the term's bands with themselves, query, reference, noise and found terms."""
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
        cross = factors.added * (query_added + factors.noise * added_noise) + factors.noise * query_noise
        square: Array = query + factors.added**2 * added + factors.noise**2 * noise + 2.0 * cross
        return np.maximum(square, _TINY)

    def _heights(self, products: Array) -> Array:
        """Heights of the members, shape (k, DRAWS); what would be negative is left out of the fit."""
        heights = np.asarray(self._inverse @ products, dtype=np.float64)
        for draw in np.flatnonzero((heights <= 0).any(axis=0)).tolist():
            kept = list(range(len(heights)))
            solved = np.array(heights[:, draw])
            while kept and bool((solved <= 0).any()):
                del kept[int(np.argmin(solved))]
                block = self._gram[np.ix_(kept, kept)]
                solved = np.array(np.linalg.solve(block, products[kept, draw]), dtype=np.float64)
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
        squares = np.where(whole > 0, (weight * weight).sum(axis=0), 1.0)
        return (weight * credit).sum(axis=0) / np.where(whole > 0, whole, 1.0), whole * whole / squares

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

    def _look_at_bands(
        self, evidence: tuple[ComponentEvidence, ...], heights: Array, share: float
    ) -> tuple[ComponentEvidence, ...]:
        """Complete the evidence by the bands that the fitted sum explains, without any error."""
        parts, factors = self.background.parts, _Factors.of(share)
        total = (heights / parts.lengths[self.members]) @ parts.spectra[self.members]
        floor = NOISE_FACTOR * BROADENED_NOISE * self.background.noise * factors.scale
        query_bands = bands_of(parts.query + factors.added * self.added, floor)
        sum_bands = bands_of(total)
        whole = explained(query_bands, sum_bands, tolerance=BAND_TOLERANCE_POINTS)
        own = self._own if n_explained(query_bands, sum_bands) > len(self.members) else 0.0
        return tuple(replace(each, query_explained=whole, own=own) for each in evidence)


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


def n_explained(bands: Bands, by: Bands) -> int:
    """How many bands have another within the tolerance."""
    distance = np.abs(bands.position[:, None] - by.position[None, :]).min(axis=1, initial=np.inf)
    return int((distance < BAND_TOLERANCE_POINTS).sum())


def dilute(background: Background, term: int) -> Dilution:
    """Prepare a watched reference to be diluted into a background.

    Parameters
    ----------
    background : Background
        What was measured.
    term : int
        The watched reference, of another substance than the found ones.
    """
    parts = background.parts
    spectrum = parts.spectra[term] * (background.area / max(float(parts.spectra[term].sum()), _TINY))
    seen = see(spectrum, parts.first, background.grid)
    return Dilution(background, term, spectrum, np.diff(seen, axis=1))
