"""The figures themselves: plain functions over arrays, each with its source."""

from collections.abc import Sequence
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
    k : float
        Successes; a substance of which only some spectra succeed counts by their share.
    n : int
        Trials.
    low, high : float
        Wilson's interval of 95 %.
    """

    k: float
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


def share(k: float, n: int) -> Share:
    """Count with Wilson's interval."""
    return Share(k, n, *wilson(k, n))


def wilson(k: float, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson, J. Am. Stat. Assoc. 22, 1927, 10.1080/01621459.1927.10502953).

    Parameters
    ----------
    k, n : float, int
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


def threshold_at(false: ArrayLike, rate: float, *, weight: ArrayLike | None = None) -> float:
    """Lowest score that no more than this share of the false cases exceeds.

    Parameters
    ----------
    false : array
        Scores of cases whose statement is wrong; -inf where there was none.
    rate : float
        Share of false matches that is allowed.
    weight : array, optional
        Of each case; else each weighs the same.
    """
    scores = np.asarray(false, dtype=np.float64)
    each = np.ones(scores.size) if weight is None else np.asarray(weight, dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    above = np.cumsum(each[order]) / each.sum()  # of this one and all higher ones
    return float(scores[order][min(int((above <= rate + 1e-12).sum()), scores.size - 1)])


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


def even_prior(present: NDArray[np.bool_], weight: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Weights under which cases with the substance in the library weigh as much as the others.

    Parameters
    ----------
    present : array, shape (n,), bool
        True where the substance was in the library.
    weight : array, shape (n,), optional
        Of the cases before; else each weighs the same.
    """
    each = np.ones(present.size) if weight is None else weight
    inside, outside = float(each[present].sum()), float(each[~present].sum())
    return each * np.where(present, 0.5 / max(inside, 1e-12), 0.5 / max(outside, 1e-12))


def calibration_error_interval(
    claimed: NDArray[np.float64],
    true: NDArray[np.bool_],
    present: NDArray[np.bool_],
    clusters: Sequence[str],
    *,
    seed: int,
    draws: int = 1000,
) -> tuple[float, float]:
    """Bootstrap interval of 95 % of the calibration error: whole clusters are drawn, with replacement.

    The error of a resample is too high on average, since each bin's noise counts as a gap, so the
    interval lies rather above than below the truth (percentile method: Efron, Ann. Stat. 7, 1979).

    Parameters
    ----------
    claimed, true : array, shape (n,)
        Of ``reliability``.
    present : array, shape (n,), bool
        Whether the substance was in the library; both kinds keep half of the weight.
    clusters : sequence of str
        Statements of one cluster stand or fall together.
    seed : int
        Of the draws.
    draws : int
        Resamples.
    """
    rng = np.random.default_rng(seed)
    names, place = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    sizes = np.bincount(place)[place]
    errors = np.empty(draws)
    for draw in range(draws):
        times = np.bincount(rng.integers(0, names.size, names.size), minlength=names.size)[place]
        drawn = times > 0
        weight = even_prior(present[drawn], times[drawn] / sizes[drawn])
        errors[draw] = calibration_error(reliability(claimed[drawn], true[drawn], weight))
    low, high = np.quantile(errors, (0.025, 0.975))
    return float(low), float(high)


def quantiles(values: ArrayLike, *, levels: tuple[float, ...] = LEVELS) -> tuple[float, ...]:
    """Compute the quantiles at the levels of ``measured.py``, to two decimals."""
    found = np.quantile(np.asarray(values, dtype=np.float64), levels)
    return tuple(float(np.round(value, 2)) + 0.0 for value in found)
