"""Whether a measurement tells two candidates apart, given its noise and what instruments change.

The candidate with the most evidence is compared with every other as a signal in coloured noise: the
other is taken to be the truth, up to the noise and to what differs between two instruments
(relative response, axis, resolution, residue of the baseline), and the question is how far the
query departs from it towards the first. Below a few standard deviations nothing was measured that
speaks for the first and against the other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .alignment import AlignedQuery
from .bands import Bands
from .candidates import Weighed
from .evidence import BAND_TOLERANCE_POINTS, Side
from .index import Query, SearchIndex

WITHIN: Final = 6.0
"""Log odds below the best beyond which a candidate is told apart without a further look."""

MIN_POINTS: Final = 50
"""Common grid points below which nothing is told apart."""

BAND_RESPONSE: Final = 0.2
BAND_RESPONSE_CM1: Final = 40.0
"""Spread, natural logarithm, of the heights of neighbouring bands, and how far it reaches."""
RESPONSE: Final = 0.25
RESPONSE_CM1: Final = 600.0
"""The same of the smooth relative response: about a factor 1.3 between instruments."""
AXIS_CM1: Final = 1.0
"""What is left of an axis offset after alignment, and of a stretch 1000 cm⁻¹ from the middle."""
LOCAL_AXIS_CM1: Final = 0.5
LOCAL_AXIS_REACH_CM1: Final = 100.0
"""What is left of an axis that is not rigid."""
RESOLUTION_CM2: Final = 4.0
"""Spread of half the difference of two squared instrument widths."""
RESIDUE: Final = 0.02
RESIDUE_CM1: Final = 250.0
"""Residue of fluorescence, as a share of the highest point, and how fast it varies."""
SCATTER: Final = 0.05
FLOOR: Final = 0.005
"""What no term above holds, as shares of the intensity and of the highest point."""
FREE: Final = 10.0
"""Spread of the height of the whole spectrum: as good as free."""


@dataclass(frozen=True)
class Comparison:
    """How one candidate stands to the query and to the best candidate.

    Attributes
    ----------
    separation : float
        Standard deviations by which the query departs from this candidate towards the best one;
        0 for the best itself, inf where the evidence is more than ``WITHIN`` apart.
    agreed_cm1 : tuple of float
        Bands of the reference that the query has at the same place after alignment, ascending,
        on the reference's axis.
    """

    separation: float
    agreed_cm1: tuple[float, ...]


def compare(
    index: SearchIndex, query: Query, aligned: AlignedQuery, ranked: Sequence[Weighed]
) -> tuple[Comparison, ...]:
    """Compare every candidate with the query and with the best candidate.

    Parameters
    ----------
    index : SearchIndex
        The library.
    query : Query
        Gives the noise and the range.
    aligned : AlignedQuery
        The query at every shift.
    ranked : sequence of Weighed
        Of ``rank_candidates`` on these three, most evidence first.

    Returns
    -------
    tuple of Comparison
        One per candidate, in the same order.
    """
    intensity = aligned.root[int(np.abs(aligned.shifts_cm1).argmin())] ** 2
    side = Side(np.sqrt(intensity), query.first, query.last, query.noise)
    ours = side.bands(query.first, query.last)
    found = []
    for entry in ranked:
        z = 0.0 if entry is ranked[0] else math.inf
        if math.isinf(z) and ranked[0].log_odds - entry.log_odds <= WITHIN:
            z = _between(index, query, intensity, ranked[0], entry)
        found.append(Comparison(z, _agreed(index, query, ours, entry)))
    return tuple(found)


def separation(
    query: NDArray[np.float64],
    towards: NDArray[np.float64],
    null: NDArray[np.float64],
    *,
    noise: float,
    step_cm1: float,
) -> float:
    """Measure by how many standard deviations a query departs from one spectrum towards another.

    With S the covariance of what may be measured of ``null``, this is the generalised matched
    filter aᵀS⁻¹q / √(aᵀS⁻¹a) (Kay, Fundamentals of Statistical Signal Processing II, 1998,
    chapter 4): normal with mean 0 and variance 1 where ``null`` is the truth. S is diagonal plus a
    term of low rank, so it is inverted by Woodbury's identity (10.1137/1031049).

    Parameters
    ----------
    query, towards, null : array, shape (m,)
        Linear, broadened intensities on the same points, axes aligned.
    noise : float
        Standard deviation of the query's noise before broadening, in its unit.
    step_cm1 : float
        Grid step, cm⁻¹.
    """
    a, b = _scaled(towards, query), _scaled(null, query)
    spread, variance = covariance(query, b, noise=noise, step_cm1=step_cm1)
    weighted = spread / variance[:, None]
    inner = np.eye(spread.shape[1]) + spread.T @ weighted
    solved = a / variance - weighted @ np.linalg.solve(inner, weighted.T @ a)
    length = float(a @ solved)
    # a direction in which anything may have been measured tells nothing
    return float(solved @ query) / math.sqrt(length) if length > 1e-9 else 0.0


def covariance(
    query: NDArray[np.float64], null: NDArray[np.float64], *, noise: float, step_cm1: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Covariance of what another instrument may measure of a spectrum, in two parts.

    Parameters
    ----------
    query : array, shape (m,)
        Gives the scale.
    null : array, shape (m,)
        The spectrum, at the query's height.
    noise, step_cm1
        As for ``separation``.

    Returns
    -------
    spread : array, shape (m, k)
        The low-rank part is ``spread @ spread.T``.
    variance : array, shape (m,)
        The diagonal part. Noise counts as before the broadening: that correlates neighbours, so
        smooth differences see all of it.
    """
    x = (np.arange(null.size) - null.size / 2) * step_cm1
    slope = np.gradient(null, step_cm1)
    height = float(query.max(initial=0.0))
    columns = [
        FREE * null[:, None],
        BAND_RESPONSE * null[:, None] * _tents(null.size, BAND_RESPONSE_CM1 / step_cm1),
        RESPONSE * null[:, None] * _tents(null.size, RESPONSE_CM1 / step_cm1),
        AXIS_CM1 * slope[:, None],
        AXIS_CM1 * (slope * x / 1000.0)[:, None],
        LOCAL_AXIS_CM1 * slope[:, None] * _tents(null.size, LOCAL_AXIS_REACH_CM1 / step_cm1),
        RESOLUTION_CM2 * np.gradient(slope, step_cm1)[:, None],
        RESIDUE * height * _tents(null.size, RESIDUE_CM1 / step_cm1),
    ]
    variance = noise**2 + (FLOOR * height) ** 2 + (SCATTER * np.maximum(query, null)) ** 2
    return np.hstack(columns), np.maximum(variance, 1e-12)


@lru_cache(maxsize=32)
def _tents(size: int, reach_points: float) -> NDArray[np.float64]:
    """Piecewise linear curves, each 1 at its knot and 0 at the next: shape (size, knots)."""
    knots = np.arange(0.0, size + reach_points, reach_points)
    tents: NDArray[np.float64] = np.maximum(
        0.0, 1.0 - np.abs(np.arange(size)[:, None] - knots[None, :]) / reach_points
    )
    tents.flags.writeable = False
    return tents


def _scaled(spectrum: NDArray[np.float64], query: NDArray[np.float64]) -> NDArray[np.float64]:
    size = float(spectrum @ spectrum)
    return spectrum * (max(float(query @ spectrum), 0.0) / size if size > 0 else 0.0)


def _between(
    index: SearchIndex, query: Query, intensity: NDArray[np.float64], best: Weighed, other: Weighed
) -> float:
    """Separation on the range that all three share, in the query's frame."""
    step = index.grid.step
    first, last, moved = float(query.first), float(query.last), []
    points = np.arange(index.grid.n_points)
    for entry in (best, other):
        shift = entry.evidence.shift_cm1 / step
        low, high = index.stretches[entry.candidate.row].tolist()
        first, last = max(first, low - shift), min(last, high - shift)
        reference = index.root[entry.candidate.row].astype(np.float64) ** 2
        moved.append(np.interp(points + shift, points, reference))
    common = slice(math.ceil(first), max(math.ceil(first), math.floor(last)))
    if common.stop - common.start < MIN_POINTS:
        return 0.0
    towards, null = (spectrum[common] for spectrum in moved)
    return separation(intensity[common], towards, null, noise=query.noise, step_cm1=step)


def _agreed(index: SearchIndex, query: Query, ours: Bands, entry: Weighed) -> tuple[float, ...]:
    """Bands of a reference that the query has, counted as ``evidence`` counts half a credit."""
    grid, row = index.grid, entry.candidate.row
    low, high = index.stretches[row].tolist()
    theirs = Side(index.root[row].astype(np.float64), low, high).bands(low, high).position + low
    shifted = ours.position + query.first + entry.evidence.shift_cm1 / grid.step
    if not shifted.size:
        return ()
    distance = np.abs(theirs[:, None] - shifted[None, :]).min(axis=1)
    near = theirs[distance <= 2.0 / 3.0 * BAND_TOLERANCE_POINTS]
    return tuple(float(x) for x in grid.start + grid.step * near)
