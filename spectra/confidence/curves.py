"""The rising logistic curve that turns log odds of the evidence into a probability."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import CalibrationError

MIN_SLOPE: Final = 0.05
SPREAD_POINTS: Final = 9
"""Cases that stand for one whose log odds are uncertain."""


@dataclass(frozen=True)
class Curve:
    """Rising logistic function of the log odds.

    Attributes
    ----------
    intercept, slope : float
        Of the exponent.
    ceiling : float
        Highest probability that the number of cases supports.
    """

    intercept: float
    slope: float
    ceiling: float = 1.0

    def probability(self, log_odds: float) -> float:
        """P(right) for a figure of evidence."""
        exponent = self.intercept + self.slope * log_odds
        return min(self.ceiling, 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, exponent)))))

    def log_odds(self, probability: float) -> float:
        """Evidence at which the curve reaches a probability above 0 and below 1."""
        return (_logit(probability) - self.intercept) / self.slope

    def at_prior(self, before: float, after: float) -> "Curve":
        """Return the curve for another prior probability, its ceiling restated too.

        Parameters
        ----------
        before, after : float
            Prior that the curve assumes, and the one to assume.
        """
        shift = _logit(after) - _logit(before)
        return Curve(self.intercept + shift, self.slope, restate(self.ceiling, before, after))

    def delayed(self, log_odds: float) -> "Curve":
        """Return the curve that promises the same for so much more evidence."""
        return replace(self, intercept=self.intercept - self.slope * log_odds)


def restate(probability: float, before: float, after: float) -> float:
    """Restate a probability for another prior: the same evidence, other odds before it (Bayes).

    Parameters
    ----------
    probability : float
        From 0 to 1; both ends stay.
    before, after : float
        Prior that it assumes, and the one to assume, inside 0 and 1.
    """
    yes = probability * after * (1.0 - before)
    return yes / (yes + (1.0 - probability) * (1.0 - after) * before)


def spread(values: NDArray[np.float64], mean: float, deviation: float) -> NDArray[np.float64]:
    """Cases that stand for those of ``values`` moved by a normal error of which each could have any.

    Parameters
    ----------
    values : array, shape (n,)
        Log odds.
    mean, deviation : float
        Of the error.

    Returns
    -------
    array, shape (n * SPREAD_POINTS,)
        Each value moved to the middles of ``SPREAD_POINTS`` equally probable parts.
    """
    from statistics import NormalDist  # its import costs more than reading a calibration

    levels = [(k + 0.5) / SPREAD_POINTS for k in range(SPREAD_POINTS)]
    errors = mean + deviation * np.array([NormalDist().inv_cdf(level) for level in levels])
    moved: NDArray[np.float64] = (values[:, None] + errors).ravel()
    return moved


def fit_curve(
    right: Sequence[NDArray[np.float64]],
    wrong: Sequence[NDArray[np.float64]],
    *,
    n_cases: tuple[int, int] | None = None,
) -> Curve:
    """Logistic regression on groups of cases, each group with the same weight.

    Parameters
    ----------
    right, wrong : sequence of array
        Groups of log odds; both sides weigh the same in all (prior 0.5).
    n_cases : tuple of int, optional
        Cases that stand behind the right and the wrong side where that is not the number of
        values, as with quantiles.

    Raises
    ------
    CalibrationError
        When a side has no cases.
    """
    right, wrong = [g for g in right if g.size], [g for g in wrong if g.size]
    if not right or not wrong:
        raise CalibrationError("no cases to calibrate on: expected right and wrong statements")
    sides = [(group, 1.0, 0.5 / len(right)) for group in right]
    sides += [(group, 0.0, 0.5 / len(wrong)) for group in wrong]
    z = np.concatenate([group for group, _, _ in sides])
    weight = np.concatenate([np.full(group.size, share / group.size) for group, _, share in sides])
    # Platt's targets keep the curve finite when the sides do not overlap
    n_right, n_wrong = n_cases or (sum(g.size for g in right), sum(g.size for g in wrong))
    high, low = (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2)
    target = np.concatenate([np.full(group.size, high if y else low) for group, y, _ in sides])
    curve = _newton(np.clip(z, -30.0, 30.0), target, weight)
    if curve.slope < MIN_SLOPE:  # evidence that misleads: say what holds on average, no more
        share = float((weight * target).sum() / weight.sum())
        curve = Curve(_logit(share) - MIN_SLOPE * float((weight * z).sum()), MIN_SLOPE)
    return replace(curve, ceiling=high)


def _newton(z: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]) -> Curve:
    """Minimise the convex log loss; a step that would raise it is halved, or it may swing for ever."""

    def loss(at: NDArray[np.float64]) -> float:
        exponent = at[0] + at[1] * z
        return float((weight * (np.logaddexp(0.0, exponent) - target * exponent)).sum())

    at = np.zeros(2)
    for _ in range(200):
        p = 1.0 / (1.0 + np.exp(-(at[0] + at[1] * z)))
        residual, curvature = weight * (target - p), weight * p * (1 - p)
        gradient = np.array([residual.sum(), (residual * z).sum()])
        cross = float((curvature * z).sum())
        hessian = np.array([[curvature.sum(), cross], [cross, (curvature * z * z).sum()]])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        now = loss(at)
        while loss(at + step) > now and float(np.abs(step).max()) > 1e-10:
            step = step / 2
        at = at + step
        if float(np.abs(step).max()) < 1e-10:
            break
    return Curve(float(at[0]), float(at[1]))


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
