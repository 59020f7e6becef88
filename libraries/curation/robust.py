"""What most of a group have in common: quantiles, so that a fault does not hide itself."""

from collections.abc import Sequence
from typing import Final

import numpy as np

MIN_GROUP: Final = 6
"""Members below which a group says nothing about its members."""

NINE_IN_TEN: Final = 0.9

_MAD_TO_SIGMA: Final = 1.4826


def reached_by_most(values: Sequence[float], *, least: bool) -> float | None:
    """Value that nine in ten of a group reach, or stay below.

    A quantile and not a multiple of the spread: signal strengths of different substances spread over
    decades without tails, and a tenth of the group may be faulty.

    Parameters
    ----------
    values : sequence of float
        One per member.
    least : bool
        True for what nine in ten exceed, False for what they stay below.

    Returns
    -------
    float or None
        None for a group of fewer than ``MIN_GROUP``.
    """
    if len(values) < MIN_GROUP:
        return None
    return float(np.quantile(values, 1.0 - NINE_IN_TEN if least else NINE_IN_TEN))


def centre_and_spread(values: Sequence[float], *, least: float) -> tuple[float, float] | None:
    """Median and robust standard deviation of a group.

    The spread is that of the median absolute deviation (Hampel, JASA 69, 1974, 383), which up to half of
    the group being faulty does not move far.

    Parameters
    ----------
    values : sequence of float
        One per member.
    least : float
        Smallest spread to report: members that agree to the digit don't make the next one an outlier.

    Returns
    -------
    tuple of float or None
        None for a group of fewer than ``MIN_GROUP``.
    """
    if len(values) < MIN_GROUP:
        return None
    array = np.asarray(values, dtype=np.float64)
    centre = float(np.median(array))
    spread = _MAD_TO_SIGMA * float(np.median(np.abs(array - centre)))
    return centre, max(spread, least)
