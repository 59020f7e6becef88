"""The one sharp band that blocks dilute: the highest local mean of a residual, as a score."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

WIDTHS: Final = (3, 9)
"""Channels over which a band is sought."""
_EULER: Final = 0.5772156649
_BESIDE: Final = 1.5
"""Variance of a mean less the average of two others, over that of a mean."""


def highest(standard: FloatArray) -> float:
    """Highest mean over a band's width, less the average of those beside it.

    Parameters
    ----------
    standard : array, shape (m,)
        Residuals over their standard deviations.

    Returns
    -------
    float
        In standard deviations of such a difference for independent channels; 0 where there are too few.
    """
    sums = np.concatenate(([0.0], np.cumsum(standard)))
    top = 0.0
    for width in WIDTHS:
        reach = 2 * width
        if standard.size < 3 * reach:
            continue
        means = (sums[width:] - sums[:-width]) / width
        stands = means[reach:-reach] - (means[: -2 * reach] + means[2 * reach :]) / 2.0
        top = max(top, float(stands.max()) * float(np.sqrt(width / _BESIDE)))
    return top


def tail_of_highest(top: float, *, mean: float, variance: float) -> float:
    """P(a highest mean is at least this one) by Gumbel's law of maxima with known moments.

    Gumbel (Statistics of Extremes, 1958): the limit for many channels, with a heavier tail than the highest
    of some hundred normal values has, so that the probability is rather too high.

    Parameters
    ----------
    top : float
        Of ``highest``.
    mean, variance : float
        Of ``highest`` where there is nothing.
    """
    scale = max(np.sqrt(6.0 * variance) / np.pi, 1e-6)
    place = (top - mean) / scale + _EULER
    return float(-np.expm1(-np.exp(-min(max(place, -30.0), 700.0))))
