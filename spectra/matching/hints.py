"""Hints: unverified band tables (grade E), a reason to look, never evidence.

A table fires only when every one of its at least four bands stands in the spectrum. There
is no score: a recollection is either there in full, or it says nothing. The thresholds were
chosen on measured spectra of substances that have no table: none of 878 spectra (163 samples)
fires one, and 2 at most when their axes are displaced by up to 3 cm⁻¹ (``tests/core/test_hints.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bands import find_bands

MIN_BANDS: Final = 4
"""A table with fewer bands never fires."""

SMOOTHING: Final = (1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0)
"""Binomial kernel, full width at half maximum about 5 cm⁻¹ on a 2 cm⁻¹ grid."""


@dataclass(frozen=True)
class HintTable:
    """Recalled bands of one substance.

    Attributes
    ----------
    substance, form, cas : str
        What the table claims to describe.
    bands_cm1 : tuple of float
        Positions as recalled, cm⁻¹.
    strong : tuple of bool
        Which of them were recalled as strong.
    source : str
        Where the recollection is believed to stem from.
    """

    substance: str
    form: str
    cas: str
    bands_cm1: tuple[float, ...]
    strong: tuple[bool, ...]
    source: str = ""


@dataclass(frozen=True)
class Hint:
    """Agreement of a spectrum with a recalled band table.

    Attributes
    ----------
    table : HintTable
        The recollection that fired.
    found_cm1 : tuple of float
        Where the spectrum has the bands, one per band of the table.
    """

    table: HintTable
    found_cm1: tuple[float, ...]


class _Bands(NamedTuple):
    """Local maxima of a spectrum: position, height and prominence."""

    position_cm1: NDArray[np.float64]
    height: NDArray[np.float64]
    prominence: NDArray[np.float64]


def find_hints(
    axis: NDArray[np.float64],
    intensity: NDArray[np.float64],
    noise: float,
    tables: Iterable[HintTable],
    *,
    tolerance_cm1: float = 5.0,
    min_strong: float = 0.1,
    min_weak: float = 0.01,
    min_snr: float = 5.0,
) -> tuple[Hint, ...]:
    """Tables all of whose bands stand in the spectrum.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending Raman shift on an even grid of 2 cm⁻¹.
    intensity : array, shape (m,)
        Baseline-corrected spectrum.
    noise : float
        Standard deviation of the noise of one point of ``intensity``.
    tables : iterable of HintTable
        Those with fewer than four bands, or with a band outside ``axis``, cannot fire.
    tolerance_cm1 : float
        Farthest a band may stand from its recalled position.
    min_strong, min_weak : float
        Least prominence of a strong and of any other band, as a share of the spectrum's
        highest point.
    min_snr : float
        Least prominence of any band, as a multiple of the noise after smoothing.

    Returns
    -------
    hints : tuple of Hint
        In the order of ``tables``.
    """
    tables = tuple(tables)
    if not tables or axis.size < len(SMOOTHING):
        return ()
    smooth = np.convolve(intensity, SMOOTHING, mode="same")
    tallest = float(smooth.max())
    if not tallest > 0:
        return ()
    noise_left = noise * float(np.linalg.norm(SMOOTHING))
    bands = _local_maxima(axis, smooth, max(min_snr * noise_left, min_weak * tallest))
    hints: list[Hint] = []
    for table in tables:
        if not _can_fire(table, axis):
            continue
        chosen = _choose(table, bands, tolerance_cm1, min_strong * tallest)
        if chosen is not None:
            hints.append(Hint(table, tuple(float(bands.position_cm1[band]) for band in chosen)))
    return tuple(hints)


def _can_fire(table: HintTable, axis: NDArray[np.float64]) -> bool:
    if len(table.bands_cm1) < MIN_BANDS:
        return False
    return bool(min(table.bands_cm1) >= axis[0] and max(table.bands_cm1) <= axis[-1])


def _choose(
    table: HintTable, bands: _Bands, tolerance_cm1: float, strong_floor: float
) -> Sequence[int] | None:
    """One local maximum per band of the table, all different; None when one is missing."""
    chosen: list[int] = []
    for position, strong in zip(table.bands_cm1, table.strong, strict=True):
        near = np.abs(bands.position_cm1 - position) <= tolerance_cm1
        if strong:
            near &= bands.prominence >= strong_floor
        candidates = np.flatnonzero(near)
        if candidates.size == 0:
            return None
        chosen.append(int(candidates[np.argmax(bands.prominence[candidates])]))
    if len(set(chosen)) < len(chosen):
        return None
    return chosen


def _local_maxima(axis: NDArray[np.float64], y: NDArray[np.float64], min_prominence: float) -> _Bands:
    """Local maxima of at least a given prominence, their tops interpolated by a parabola."""
    found = find_bands(y, min_prominence=min_prominence)
    step = float(axis[1] - axis[0])
    return _Bands(axis[0] + found.position * step, y[np.rint(found.position).astype(int)], found.prominence)
