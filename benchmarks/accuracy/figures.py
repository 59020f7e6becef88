"""The figures themselves: plain functions over arrays, each with its source."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectra.confidence.measured import LEVELS

N_BINS: Final = 10


@dataclass(frozen=True)
class Share:
    """How many of how many, with an interval.

    Attributes
    ----------
    k, n : int
        Successes and trials.
    low, high : float
        Wilson's interval of 95 %.
    """

    k: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """K / n, or NaN without trials."""
        return self.k / self.n if self.n else float("nan")


@dataclass(frozen=True)
class Bin:
    """Statements of about the same claimed probability.

    Attributes
    ----------
    claimed, came_true : float
        Weighted means.
    weight : float
        Share of all weight.
    n : int
        Statements.
    """

    claimed: float
    came_true: float
    weight: float
    n: int


def share(k: int, n: int) -> Share:
    """Count with Wilson's interval."""
    return Share(k, n, *wilson(k, n))


def wilson(k: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson, J. Am. Stat. Assoc. 22, 1927, 10.1080/01621459.1927.10502953).

    Parameters
    ----------
    k, n : int
        Successes and trials; (0, 1) without trials.
    confidence : float
        Two-sided.
    """
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return (0.0 if k == 0 else centre - half), (1.0 if k == n else centre + half)


def threshold_at(false: ArrayLike, rate: float) -> float:
    """Lowest score that no more than this share of the false cases exceeds.

    Parameters
    ----------
    false : array
        Scores of cases whose statement is wrong; -inf where there was none.
    rate : float
        Share of false matches that is allowed.
    """
    scores = np.sort(np.asarray(false, dtype=np.float64))[::-1]
    return float(scores[min(int(np.floor(rate * scores.size + 1e-9)), scores.size - 1)])


def detected_at(right: ArrayLike, false: ArrayLike, rate: float) -> tuple[float, Share]:
    """Threshold, and the right statements above it.

    Parameters
    ----------
    right : array
        One score per case that could be detected; -inf where the statement was wrong or none.
    false : array
        Of ``threshold_at``.
    rate : float
        Share of false matches that is allowed.
    """
    threshold = threshold_at(false, rate)
    scores = np.asarray(right, dtype=np.float64)
    return threshold, share(int((scores > threshold).sum()), scores.size)


def reliability(
    claimed: ArrayLike, true: ArrayLike, weight: ArrayLike, *, n_bins: int = N_BINS
) -> tuple[Bin, ...]:
    """Bins of equal weight, from the least to the most claimed.

    Parameters
    ----------
    claimed : array, shape (n,)
        Probabilities.
    true : array, shape (n,)
        1 where the statement came true, else 0.
    weight : array, shape (n,)
        Of each statement.
    n_bins : int
        A statement belongs to the bin in which the middle of its weight falls.
    """
    p, y, w = (np.asarray(values, dtype=np.float64) for values in (claimed, true, weight))
    order = np.argsort(p, kind="stable")
    p, y, w = p[order], y[order], w[order] / w.sum()
    place = np.minimum((n_bins * (np.cumsum(w) - w / 2)).astype(int), n_bins - 1)
    return tuple(
        Bin(
            float(np.average(p[place == b], weights=w[place == b])),
            float(np.average(y[place == b], weights=w[place == b])),
            float(w[place == b].sum()),
            int((place == b).sum()),
        )
        for b in range(n_bins)
        if bool((place == b).any())
    )


def calibration_error(bins: tuple[Bin, ...]) -> float:
    """Average the gap between claim and outcome (ECE: Naeini et al., AAAI 2015)."""
    return sum(b.weight * abs(b.claimed - b.came_true) for b in bins)


def brier(claimed: ArrayLike, true: ArrayLike, weight: ArrayLike) -> float:
    """Mean squared error of probabilities (Brier, Mon. Weather Rev. 78, 1950).

    Parameters
    ----------
    claimed, true, weight : array, shape (n,)
        Of ``reliability``.
    """
    p, y = np.asarray(claimed, dtype=np.float64), np.asarray(true, dtype=np.float64)
    return float(np.average((p - y) ** 2, weights=np.asarray(weight, dtype=np.float64)))


def even_prior(present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights under which cases with the substance in the library weigh as much as the others.

    Parameters
    ----------
    present : array, shape (n,), bool
        True where the substance was in the library.
    """
    n_present = int(present.sum())
    n_absent = present.size - n_present
    return np.where(present, 0.5 / max(n_present, 1), 0.5 / max(n_absent, 1))


def quantiles(values: ArrayLike, *, levels: tuple[float, ...] = LEVELS) -> tuple[float, ...]:
    """Compute the quantiles at the levels of ``measured.py``, to two decimals."""
    found = np.quantile(np.asarray(values, dtype=np.float64), levels)
    return tuple(float(np.round(value, 2)) + 0.0 for value in found)
