"""Which measured band is which of a standard's, however far the axis is off; and whether it is that one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..matching.bands import Bands
from ..spectrum import MAX_OFFSET_CM1
from .standards import STRENGTHS, ShiftBand, ShiftStandard

TOLERANCE_CM1: Final = 5.0
"""How far a band may stand from its place after one offset for all: room for a stretch."""
CLOSE_CM1: Final = 4.0
"""The same after offset and stretch: what is left is the place of a local maximum on a slope."""
MIN_FOUND: Final = 0.6
"""Share of the standard's bands in range, weighted by strength, that must be there."""
MIN_EXPLAINED: Final = 0.6
"""Share of the spectrum's bands, weighted by root prominence, that the standard must have."""
MIN_MAIN: Final = 0.2
"""Height of the standard's strongest band, as a share of the highest band of the spectrum."""

SEEN_UNTIL_CM1: Final = 2500.0
"""Raman shift up to which a detector sees strong bands: beyond, silicon goes blind behind a 785 nm laser.

On 19 measured spectra of standards by eight instruments no strong band is missing at all, only two weak and
a medium one.
"""

_EXPECTED: Final = {"strongest": 0.5, "strong": 0.1, "medium": 0.03, "weak": 0.01}
"""Share of the highest prominence from which on a band of a strength counts fully."""
_NOTABLE: Final = 0.05
"""Share of the highest prominence from which on the standard must have a band."""
_EDGE_CM1: Final = 10.0
_STRONG: Final = frozenset({"strongest", "strong"})

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Assignment:
    """What was found of a standard.

    Attributes
    ----------
    in_range : tuple of ShiftBand
        Bands of the standard that the axis covers.
    pairs : tuple of (ShiftBand, float)
        Bands that were found, and where their local maxima stand in cm⁻¹.
    offset_cm1 : float
        Rough offset, to be added to the axis.
    found, explained, main : float
        Shares that ``MIN_FOUND``, ``MIN_EXPLAINED`` and ``MIN_MAIN`` are for.
    complete : bool
        Whether no strong band up to ``SEEN_UNTIL_CM1`` is missing, and of the bands that tell the standard
        from a look-alike one at least is there, as far as the axis covers any.
    """

    in_range: tuple[ShiftBand, ...]
    pairs: tuple[tuple[ShiftBand, float], ...]
    offset_cm1: float
    found: float
    explained: float
    main: float
    complete: bool

    @property
    def is_standard(self) -> bool:
        """Whether it can be the standard."""
        likely = self.found >= MIN_FOUND and self.explained >= MIN_EXPLAINED and self.main >= MIN_MAIN
        return likely and self.complete


def assign(bands: Bands, standard: ShiftStandard, *, low_cm1: float, high_cm1: float) -> Assignment:
    """Find the one offset that brings most of a standard's bands to bands of the spectrum.

    Parameters
    ----------
    bands : Bands
        Of the spectrum, positions in cm⁻¹.
    standard : ShiftStandard
        What was said to be measured.
    low_cm1, high_cm1 : float
        Ends of the axis.

    Returns
    -------
    Assignment
        Of all offsets within ``MAX_OFFSET_CM1`` the one with most weight; of equal ones the smallest.
    """
    in_range = tuple(
        b for b in standard.bands if low_cm1 + _EDGE_CM1 <= b.position_cm1 <= high_cm1 - _EDGE_CM1
    )
    if not in_range or not len(bands):
        return Assignment(in_range, (), 0.0, 0.0, 0.0, 0.0, complete=False)
    places = np.array([band.position_cm1 for band in in_range])
    weights = np.array([STRENGTHS[band.strength] for band in in_range])
    expected = np.array([_EXPECTED[band.strength] for band in in_range]) * float(bands.prominence.max())
    fullness = np.sqrt(np.minimum(bands.prominence[None, :] / expected[:, None], 1.0))
    apart = places[:, None] - bands.position[None, :]
    worth = fullness > 0.5
    offsets = np.unique(np.round(apart[worth & (np.abs(apart) <= MAX_OFFSET_CM1)], 1))
    offsets = offsets[np.argsort(np.abs(offsets), kind="stable")]
    best, score = 0.0, -1.0
    for offset in offsets.tolist():
        reached = float(weights @ _credit(apart - offset, fullness).max(axis=1))
        if reached > score + 1e-9:
            best, score = offset, reached
    credit = _credit(apart - best, fullness)
    chosen = credit.argmax(axis=1)
    there = credit.max(axis=1) > 0
    pairs = tuple(
        (band, float(bands.position[at]))
        for band, at, found in zip(in_range, chosen.tolist(), there.tolist(), strict=True)
        if found
    )
    share = float(weights @ there) / float(weights.sum())
    explained = explained_after(bands, standard, bands.position + best, tolerance_cm1=TOLERANCE_CM1)
    complete = _complete(standard, in_range, frozenset(band for band, _ in pairs))
    return Assignment(in_range, pairs, best, share, explained, _main(bands, standard, best), complete)


def explained_after(
    bands: Bands, standard: ShiftStandard, corrected_cm1: Array, *, tolerance_cm1: float = CLOSE_CM1
) -> float:
    """Share of the spectrum's notable bands that a standard has, once the axis was corrected.

    Parameters
    ----------
    bands : Bands
        Of the spectrum.
    standard : ShiftStandard
        What was said to be measured.
    corrected_cm1 : array, shape (k,)
        Corrected positions of ``bands``.
    tolerance_cm1 : float
        How far from a band of the standard they may stand.

    Returns
    -------
    float
        0 to 1, weighted by root prominence; bands below 5 % of the highest prominence do not count.
    """
    notable = bands.prominence >= _NOTABLE * float(bands.prominence.max())
    known = np.array([*(band.position_cm1 for band in standard.bands), *standard.others_cm1])
    weight = np.sqrt(bands.prominence[notable])
    apart = np.abs(corrected_cm1[notable][:, None] - known[None, :]).min(axis=1)
    return float(weight @ (apart <= tolerance_cm1)) / float(weight.sum())


def _complete(standard: ShiftStandard, in_range: tuple[ShiftBand, ...], found: frozenset[ShiftBand]) -> bool:
    """Whether nothing is missing that the standard cannot lack."""
    strong = [b for b in in_range if b.strength in _STRONG and b.position_cm1 <= SEEN_UNTIL_CM1]
    telltale = [b for b in in_range if b.position_cm1 in standard.telltale_cm1]
    return found.issuperset(strong) and (not telltale or not found.isdisjoint(telltale))


def _credit(apart: Array, fullness: Array) -> Array:
    """Weigh each pair of bands by nearness and height, shape (standard's, spectrum's)."""
    near: Array = np.maximum(1.0 - (apart / TOLERANCE_CM1) ** 2, 0.0) * fullness
    return near


def _main(bands: Bands, standard: ShiftStandard, offset_cm1: float) -> float:
    near = np.abs(bands.position + offset_cm1 - standard.main_band.position_cm1) <= TOLERANCE_CM1
    highest = float(bands.prominence.max())
    return float(bands.prominence[near].max()) / highest if bool(near.any()) else 0.0
