"""From evidence to probability: a calibration that knows its cases.

P(the statement is right) is a logistic function of the evidence's log odds, rising, fitted by
maximum likelihood with the smoothed targets of Platt (Advances in Large Margin Classifiers, 1999),
on cases with the right substance in the library and, with the same weight, on cases without it.
Right statements are half simulated from the library itself (:mod:`.simulation`), half measured
(:mod:`.measured`); wrong ones a third each simulated, measured strangers, and measured spectra whose
substance was left out. Simulated queries share the reference's own noise and response and flatter.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import CalibrationError
from . import measured

SCHEMA: Final = "contraspec.calibration/1"
PRIOR: Final = 0.5
"""P(the substance is in the library) that every probability assumes."""

MIN_RELEASE: Final = 0.8
"""Four to one at even prior odds: with less a statement is no match, whatever strangers reach."""

MIN_SLOPE: Final = 0.05
_N_MEASURED: Final = (measured.RIGHT_CASES, measured.LEFT_OUT_CASES + measured.STRANGER_CASES)
RELIABILITY_BINS: Final = 10
MEASURED_SAMPLE: Final = 400
"""Cases that stand for a table of quantiles."""


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


@dataclass(frozen=True)
class Cases:
    """Log odds of statements that were right and of statements that were wrong.

    Attributes
    ----------
    right, wrong : tuple of float
        One per case.
    """

    right: tuple[float, ...]
    wrong: tuple[float, ...]


@dataclass(frozen=True)
class ReliabilityBin:
    """What was claimed and what came true for one tenth of the simulated cases."""

    claimed: float
    came_true: float
    n: int


@dataclass(frozen=True)
class Calibration:
    """Probability for one library.

    Attributes
    ----------
    single, mixture : Curve
        For one substance, and for the weakest component of a mixture.
    threshold : float
        Probability from which a substance is called a match: no lower than the one that one
        measured stranger in a hundred reaches, nor than ``MIN_RELEASE``.
    mixture_threshold : float
        Probability that the weakest component must reach; no lower than what any measured
        spectrum of one substance reached.
    prior : float
        P(the substance is in the library) that the probabilities assume.
    n_references : int
        References among which the maxima were taken.
    n_simulated, n_measured : int
        Cases behind the curves.
    seed : int
        Of the simulation.
    pipeline : str
        Fingerprint of the preprocessing.
    method : str
        How it was fitted, in words.
    reliability : tuple of ReliabilityBin
        On the simulated cases.
    """

    single: Curve
    mixture: Curve
    threshold: float
    mixture_threshold: float
    prior: float
    n_references: int
    n_simulated: int
    n_measured: int
    seed: int
    pipeline: str
    method: str
    reliability: tuple[ReliabilityBin, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Calibration":
        """Read what ``to_dict`` wrote.

        Raises
        ------
        CalibrationError
            Another schema, missing or impossible values.
        """
        if document.get("schema") != SCHEMA:
            raise CalibrationError(
                f"schema {document.get('schema')!r}: expected {SCHEMA}; calibrate the library again"
            )
        fields = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        try:
            fields["single"], fields["mixture"] = Curve(**fields["single"]), Curve(**fields["mixture"])
            fields["reliability"] = tuple(ReliabilityBin(**entry) for entry in fields["reliability"])
            calibration = cls(**fields)
            curves = (calibration.single, calibration.mixture)
            sound = (
                all(
                    math.isfinite(c.intercept) and 0 < c.slope < math.inf and 0 < c.ceiling <= 1
                    for c in curves
                )
                and 0 < calibration.threshold < 1
                and 0 < calibration.mixture_threshold < 1
            )
        except (KeyError, TypeError) as error:
            raise CalibrationError(f"calibration without {error}: calibrate the library again") from error
        if not sound:
            raise CalibrationError(
                "calibration with a falling curve or no threshold: calibrate the library again"
            )
        return calibration


def fit_calibration(
    single: Cases, mixture: Cases, *, n_references: int, pipeline: str, seed: int
) -> Calibration:
    """Fit a library's calibration.

    Parameters
    ----------
    single : Cases
        Simulated: top candidate with the substance in the library (right or wrong) and left out.
    mixture : Cases
        Simulated: weakest component of true mixtures and of mixtures that do not exist.
    n_references : int
        Size of the library.
    pipeline : str
        Fingerprint of the preprocessing.
    seed : int
        Of the simulation that made the cases.

    Raises
    ------
    CalibrationError
        When there are no cases of a kind.
    """
    real_right, left_out, strangers, misled = map(
        _from_quantiles,
        (measured.RIGHT, measured.LEFT_OUT, measured.STRANGERS, measured.MIXTURE_WRONG),
    )
    sim_right, sim_wrong = np.array(single.right), np.array(single.wrong)
    curve = fit_curve((sim_right, real_right), (sim_wrong, strangers, left_out), n_measured=_N_MEASURED)
    pairs = curve
    if mixture.right:  # a library of a few, or of one family, has no mixture that stands its test
        pairs = fit_curve(
            (np.array(mixture.right),),
            (np.array(mixture.wrong), misled),
            n_measured=(0, measured.MIXTURE_WRONG_CASES),
        )
    threshold = curve.probability(measured.STRANGERS_99)
    return Calibration(
        single=curve,
        mixture=pairs,
        threshold=min(max(threshold, MIN_RELEASE), 0.995),
        mixture_threshold=min(max(pairs.probability(measured.MIXTURE_WORST), 0.5), 0.995),
        prior=PRIOR,
        n_references=n_references,
        n_simulated=sim_right.size + sim_wrong.size + len(mixture.right) + len(mixture.wrong),
        n_measured=sum(_N_MEASURED),
        seed=seed,
        pipeline=pipeline,
        method=(
            "logistic in the log odds of the evidence; right: half simulated from this library, half "
            "measured; wrong: a third each simulated, measured strangers, measured with the substance "
            f"left out; measured against {measured.REFERENCES} references"
        ),
        reliability=_reliability(curve, sim_right, sim_wrong),
    )


def fit_curve(
    right: Sequence[NDArray[np.float64]],
    wrong: Sequence[NDArray[np.float64]],
    *,
    n_measured: tuple[int, int] = (0, 0),
) -> Curve:
    """Logistic regression on groups of cases, each group with the same weight.

    Parameters
    ----------
    right, wrong : sequence of array
        Groups of log odds; both sides weigh the same in all (prior 0.5).
    n_measured : tuple of int
        Cases that stand behind groups given as quantiles, of the right and of the wrong side.

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
    n_right = right[0].size + n_measured[0]
    n_wrong = wrong[0].size + n_measured[1]
    high, low = (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2)
    target = np.concatenate([np.full(group.size, high if y else low) for group, y, _ in sides])
    curve = _newton(np.clip(z, -30.0, 30.0), target, weight)
    if curve.slope < MIN_SLOPE:  # evidence that misleads: say what holds on average, no more
        share = float((weight * target).sum() / weight.sum())
        curve = Curve(math.log(share / (1.0 - share)) - MIN_SLOPE * float((weight * z).sum()), MIN_SLOPE)
    return replace(curve, ceiling=high)


def _newton(z: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]) -> Curve:
    intercept, slope = 0.0, 0.3
    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-(intercept + slope * z)))
        residual, curvature = weight * (target - p), weight * p * (1 - p)
        gradient = np.array([residual.sum(), (residual * z).sum()])
        cross = float((curvature * z).sum())
        hessian = np.array([[curvature.sum(), cross], [cross, (curvature * z * z).sum()]])
        step = np.linalg.solve(hessian + 1e-9 * np.eye(2), gradient)
        step *= min(1.0, 2.0 / float(np.abs(step).max() + 1e-12))
        intercept, slope = intercept + float(step[0]), slope + float(step[1])
        if float(np.abs(step).max()) < 1e-10:
            break
    return Curve(intercept, slope)


def _from_quantiles(table: tuple[float, ...]) -> NDArray[np.float64]:
    """Cases that are spread as the quantiles say."""
    middles = (np.arange(MEASURED_SAMPLE) + 0.5) / MEASURED_SAMPLE
    return np.interp(middles, measured.LEVELS, table)


def _reliability(
    curve: Curve, right: NDArray[np.float64], wrong: NDArray[np.float64]
) -> tuple[ReliabilityBin, ...]:
    claimed = np.array([curve.probability(float(z)) for z in np.concatenate([right, wrong])])
    true = np.concatenate([np.ones(right.size), np.zeros(wrong.size)])
    order = np.argsort(claimed, kind="stable")
    return tuple(
        ReliabilityBin(
            round(float(claimed[part].mean()), 4), round(float(true[part].mean()), 4), int(part.size)
        )
        for part in np.array_split(order, RELIABILITY_BINS)
        if part.size
    )
