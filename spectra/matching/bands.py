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
    slopes = y[1:] - y[:-1]
    tops = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0)) + 1
    tops = tops[y[tops] >= min_prominence]
    if not tops.size:
        return Bands(np.zeros(0), np.zeros(0))
    prominence = _prominences(y, tops)
    keep = prominence >= min_prominence
    tops, prominence = tops[keep], prominence[keep]
    left, top, right = y[tops - 1], y[tops], y[tops + 1]
    curvature = left - 2 * top + right
    offset = np.zeros(tops.size)
    np.divide(left - right, 2 * curvature, out=offset, where=curvature < 0)
    return Bands(tops.astype(np.float64) + np.minimum(np.maximum(offset, -0.5), 0.5), prominence)


def _prominences(y: NDArray[np.float64], tops: NDArray[np.intp]) -> NDArray[np.float64]:
    """Prominence of each top; both ends of the array count as tops that may end a descent.

    Only tops and the lowest points between them matter: a walk from one top that meets a higher
    point climbs on from there to a higher top, so the lowest point on the way is the same.
    """
    posts = np.concatenate([[0], tops, [y.size - 1]])
    heights = y[posts].tolist()
    valleys = np.minimum.reduceat(y, posts)[:-1].tolist()  # valleys[i]: from post i up to post i + 1
    left = _saddles(heights, valleys)
    right = _saddles(heights[::-1], valleys[::-1])[::-1]
    return y[tops] - np.maximum(left, right)


def _saddles(heights: list[float], valleys: list[float]) -> list[float]:
    """Lowest point between each inner post and the nearest higher one before it, or the first post.

    The stack holds the posts that nothing higher has followed yet, each with the lowest point
    before it: a higher post swallows the lower ones.
    """
    saddles = []
    stack = [(heights[0], heights[0])]
    for height, valley in zip(heights[1:-1], valleys[:-1], strict=True):
        low = valley
        while stack and stack[-1][0] <= height:
            low = min(low, stack.pop()[1])
        saddles.append(low)
        stack.append((height, low))
    return saddles


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
    credit = np.minimum(np.maximum(1.5 * (1.0 - distance / tolerance), 0.0), 1.0)
    weight = np.sqrt(bands.prominence)
    return float(weight @ credit) / float(weight.sum())
