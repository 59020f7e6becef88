"""Bands of a spectrum: local maxima that stand out from their surroundings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Bands:
    """Bands in order of position.

    Attributes
    ----------
    position : array, shape (k,), float64
        In grid points, refined by the parabola through the maximum and its neighbours.
    prominence : array, shape (k,), float64
        Height above the higher of the two saddles that part the band from higher ones.
    """

    position: NDArray[np.float64]
    prominence: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.position.size)

    @property
    def structure(self) -> float:
        """Effective number of bands, (Σw)²/Σw² with w the square root of the prominence.

        One band gives 1, k bands of equal prominence give k, none gives 0.
        """
        if not len(self):
            return 0.0
        weight = np.sqrt(self.prominence)
        return float(weight.sum() ** 2 / (weight * weight).sum())


def find_bands(intensity: NDArray[np.floating], *, min_prominence: float) -> Bands:
    """Local maxima of at least the given prominence.

    Parameters
    ----------
    intensity : array, shape (m,)
        Baseline-corrected.
    min_prominence : float
        In the unit of ``intensity``.

    Returns
    -------
    Bands
        Maxima on the ends of the array are not bands. Prominence as in topography, the definition
        that ``scipy.signal.peak_prominences`` uses too.
    """
    y = np.asarray(intensity, dtype=np.float64)
    inner = (y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:]) & (y[1:-1] >= min_prominence)
    tops = np.flatnonzero(inner) + 1
    prominence = np.array([_prominence(y, top) for top in tops.tolist()])
    keep = prominence >= min_prominence if tops.size else np.zeros(0, dtype=bool)
    tops, prominence = tops[keep], prominence[keep]
    left, top, right = y[tops - 1], y[tops], y[tops + 1]
    curvature = left - 2 * top + right
    offset = np.where(curvature < 0, 0.5 * (left - right) / np.where(curvature < 0, curvature, -1.0), 0.0)
    return Bands(tops + np.clip(offset, -0.5, 0.5), prominence)


def _prominence(y: NDArray[np.float64], top: int) -> float:
    higher = np.flatnonzero(y > y[top])
    place = int(np.searchsorted(higher, top))
    left = int(higher[place - 1]) if place > 0 else 0
    right = int(higher[place]) if place < higher.size else y.size - 1
    return float(y[top] - max(y[left : top + 1].min(), y[top : right + 1].min()))


def explained(bands: Bands, by: Bands, *, tolerance: float) -> float:
    """Share of ``bands`` that ``by`` has at the same place, weighted by root prominence.

    Parameters
    ----------
    bands, by : Bands
        What is to be explained, and what explains it.
    tolerance : float
        Grid points within which a band counts as there; the credit falls from 1 at a third of
        this distance to 0 at the whole.

    Returns
    -------
    float
        0 to 1; 0 when there is nothing to explain.
    """
    if not len(bands) or not len(by):
        return 0.0
    distance = np.abs(bands.position[:, None] - by.position[None, :]).min(axis=1)
    credit = np.clip(1.5 * (1.0 - distance / tolerance), 0.0, 1.0)
    weight = np.sqrt(bands.prominence)
    return float((weight * credit).sum() / weight.sum())
