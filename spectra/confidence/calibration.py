"""From evidence to probability: a calibration that knows its cases.

P(the statement is right) is a logistic function of the evidence's log odds, rising, fitted by
maximum likelihood with the smoothed targets of Platt (Advances in Large Margin Classifiers, 1999),
on cases with the right substance in the library and, with the same weight, on cases without it.
Where the cases come from and how they weigh is in :mod:`.fitting`.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from ..errors import CalibrationError
from ..matching import components
from ..matching.evidence import WEIGHTS
from . import measured
from .curves import Curve, restate

SCHEMA: Final = "contraspec.calibration/2"
PRIOR: Final = 0.5
"""P(the substance is in the library) that a calibration is fitted at."""

__all__ = [
    "PRIOR",
    "SCHEMA",
    "Calibration",
    "Curve",
    "ReliabilityBin",
    "check_prior",
    "evidence_fingerprint",
    "growth_of_maximum",
]

AGAIN: Final = "calibrate the library again with 'contraspec library calibrate'"


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
        Probability from which a substance is called a match.
    mixture_threshold : float
        Probability that the weakest component must reach; no lower than what any measured
        spectrum of one substance reached.
    prior : float
        P(the substance is in the library) that the probabilities and thresholds assume.
    n_references : int
        References among which the maxima were taken.
    n_simulated, n_measured : int
        Cases behind the curves: statements about simulated queries of one substance and of
        mixtures, and about spectra of other instruments, which are shipped as quantiles.
    seed : int
        Of the simulation.
    pipeline : str
        Fingerprint of the preprocessing.
    method : str
        How it was fitted, in words.
    reliability : tuple of ReliabilityBin
        On the simulated cases, at the prior 0.5.
    n_substances : int
        Substances that the references are.
    n_replicates : int
        Statements about the library's own spectra, each against the others of its substance.
    set_level : float
        Share of in-library cases whose truth a prediction set contains.
    set_gap : float
        Log odds below the best candidate that such a set reaches; infinite when there are too few
        cases for the level.
    evidence : str
        Fingerprint of the weights that the log odds come from.
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
    n_substances: int = 0
    n_replicates: int = 0
    set_level: float = 0.95
    set_gap: float = math.inf
    evidence: str = ""

    def bound(self, probability: float) -> float:
        """Restate a bound that is written for the prior ``PRIOR``: it stays at the same evidence."""
        return restate(probability, PRIOR, self.prior)

    def at_prior(self, prior: float) -> "Calibration":
        """Return the calibration restated for another prior, by Bayes' rule on the odds.

        Thresholds stay at the same evidence: what is a match does not depend on the prior, only
        how probable it is.

        Parameters
        ----------
        prior : float
            P(the substance is in the library).

        Raises
        ------
        CalibrationError
            When it is not inside 0 and 1.
        """
        check_prior(prior)
        if prior == self.prior:
            return self
        return replace(
            self,
            single=self.single.at_prior(self.prior, prior),
            mixture=self.mixture.at_prior(self.prior, prior),
            threshold=restate(self.threshold, self.prior, prior),
            mixture_threshold=restate(self.mixture_threshold, self.prior, prior),
            prior=prior,
        )

    def for_substances(self, n_substances: int) -> "Calibration":
        """Return the calibration for a search among more substances than it was fitted on.

        The same probability then takes more evidence, by what the maximum grows; among fewer it
        stays as it is.

        Parameters
        ----------
        n_substances : int
            Different substances that are searched as one.
        """
        more = growth_of_maximum(n_substances) - growth_of_maximum(self.n_substances)
        if more <= 0:
            return self
        return replace(self, single=self.single.delayed(more), mixture=self.mixture.delayed(more))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which has no infinity."""
        gap = self.set_gap if math.isfinite(self.set_gap) else None
        return {"schema": SCHEMA, **asdict(self), "set_gap": gap}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Calibration":
        """Read what ``to_dict`` wrote.

        Raises
        ------
        CalibrationError
            Another schema, missing or impossible values.
        """
        if document.get("schema") != SCHEMA:
            raise CalibrationError(f"schema {document.get('schema')!r}, expected {SCHEMA}: {AGAIN}")
        try:
            fields = {name: document[name] for name in cls.__dataclass_fields__}
            fields["single"], fields["mixture"] = Curve(**fields["single"]), Curve(**fields["mixture"])
            fields["set_gap"] = math.inf if fields["set_gap"] is None else fields["set_gap"]
            fields["reliability"] = tuple(ReliabilityBin(**entry) for entry in fields["reliability"])
            calibration = cls(**fields)
            sound = _is_sound(calibration)
        except (KeyError, TypeError) as error:
            raise CalibrationError(f"calibration without {error}: {AGAIN}") from error
        if not sound:
            raise CalibrationError(f"calibration with a falling curve or an impossible threshold: {AGAIN}")
        return calibration


def check_prior(prior: float) -> None:
    """Refuse a prior probability that Bayes' rule cannot start from.

    Parameters
    ----------
    prior : float
        P(the substance is in the library).

    Raises
    ------
    CalibrationError
        When it is not inside 0 and 1.
    """
    if not 0.0 < prior < 1.0:
        raise CalibrationError(f"prior {prior!r}: expected a probability above 0 and below 1")


def growth_of_maximum(n_substances: int) -> float:
    """By how much the best of ``n_substances`` beats that of the measured statistics' library.

    A stranger's best candidate is a maximum, which grows with the logarithm of the number of
    candidates where the upper tail is exponential (Gumbel, Statistics of Extremes, 1958).
    ``measured.GROWTH`` per unit, with an error of ``measured.GROWTH_ERROR``; never negative, so
    that a small library gains nothing.

    Parameters
    ----------
    n_substances : int
        Different substances in the library.

    Returns
    -------
    float
        Log odds of the evidence.
    """
    return measured.GROWTH * math.log(max(n_substances, measured.SUBSTANCES) / measured.SUBSTANCES)


def evidence_fingerprint() -> str:
    """SHA-256 of the weights that make the log odds: a calibration knows no others."""
    weights = {"substance": dict(WEIGHTS), "component": dict(components.WEIGHTS)}
    return hashlib.sha256(json.dumps(weights, sort_keys=True).encode("ascii")).hexdigest()


def _is_sound(calibration: Calibration) -> bool:
    shares = (
        calibration.threshold,
        calibration.mixture_threshold,
        calibration.prior,
        calibration.set_level,
    )
    return (
        all(
            math.isfinite(curve.intercept) and 0 < curve.slope < math.inf and 0 < curve.ceiling <= 1
            for curve in (calibration.single, calibration.mixture)
        )
        and all(0 < share < 1 for share in shares)
        and calibration.set_gap >= 0
    )
