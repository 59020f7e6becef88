"""What was measured, before anything is diluted into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..grid import Grid
from ..matching.bands import Bands, find_bands
from ..matching.basis import Parts
from ..matching.evidence import MIN_BAND_SHARE
from ..matching.subsets import MIN_DISTINCT, Solution, gains_after, solve
from .instruments import draw_instruments

Array = NDArray[np.float64]


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
        noise = self.noise * draw_instruments(self.grid).noise[:, self.columns]
        slopes: Array = np.diff(noise, axis=1)
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
        return np.asarray(np.linalg.solve(gram[np.ix_(members, members)], gram[members]), dtype=np.float64)

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
