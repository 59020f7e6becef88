"""How many of how many, with an interval."""

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """Successes and trials.

    Attributes
    ----------
    k, n : int
        Successes of trials.
    """

    k: int
    n: int

    @property
    def value(self) -> float | None:
        """K / n; None without trials."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval of 95 %."""
        return wilson(self.k, self.n)


def wilson(k: int, n: int, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Score interval of a share (Wilson, J. Am. Stat. Assoc. 22, 1927, 209).

    It takes trials for independent: of many scans of one sample it promises too much.

    Parameters
    ----------
    k, n : int
        Successes of trials; without trials the interval is 0 to 1.
    confidence : float
        Above 0 and below 1.

    Returns
    -------
    tuple of float
        Low and high end.
    """
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    centre = (k + z * z / 2.0) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4.0)
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high
