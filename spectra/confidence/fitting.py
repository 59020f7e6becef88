"""Fits a library's calibration: which cases, and how they weigh.

Right statements are half simulated from the library itself (:mod:`.simulation`), half measured on
other instruments (:mod:`.measured`); where the library has enough replicates they are a third group.
Wrong ones are a third each simulated, measured strangers, and measured spectra whose substance was
left out. Simulated queries share the reference's own noise and response, so the simulated right
ones are moved and spread by what was measured to differ between instruments beyond the simulation.
The measured wrong ones, and the thresholds with them, grow with the number of substances.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import measured
from .calibration import PRIOR, Calibration, ReliabilityBin, evidence_fingerprint, growth_of_maximum
from .curves import SPREAD_POINTS, Curve, fit_curve, spread
from .groups import conformal_gap

MIN_RELEASE: Final = 0.5
"""A match is at least as probable as not, whatever strangers reach."""

MAX_RELEASE: Final = 0.995
SET_LEVEL: Final = 0.95
RELIABILITY_BINS: Final = 10
MIN_REPLICATES: Final = 20
"""Statements about replicates from which they are a group of their own among the right ones."""

MEASURED_SAMPLE: Final = 400
"""Cases that stand for a table of quantiles."""


@dataclass(frozen=True)
class Cases:
    """Log odds of statements that were right and of statements that were wrong.

    Attributes
    ----------
    right, wrong : tuple of float
        One per statement.
    gaps : tuple of float
        Log odds by which the top candidate beat the true one, one per query whose substance was
        in the library; 0 where the true one came first, infinite where it was not found.
    replicates : tuple of float
        Right statements about the library's own spectra.
    n_replicates : int
        Statements about these, right and wrong; the wrong ones are in ``wrong``.
    rates : tuple of float
        Statements made for each that could be right, and for each query on which none can be.
    """

    right: tuple[float, ...]
    wrong: tuple[float, ...]
    gaps: tuple[float, ...] = ()
    replicates: tuple[float, ...] = ()
    n_replicates: int = 0
    rates: tuple[float, float] = (1.0, 1.0)


def fit_calibration(
    single: Cases,
    mixture: Cases,
    *,
    n_references: int,
    pipeline: str,
    seed: int,
    n_substances: int | None = None,
) -> Calibration:
    """Fit a library's calibration.

    Parameters
    ----------
    single : Cases
        Top candidate with the substance in the library (right or wrong) and left out.
    mixture : Cases
        Simulated: weakest component of true mixtures and of mixtures that do not exist.
    n_references : int
        Size of the library.
    pipeline : str
        Fingerprint of the preprocessing.
    seed : int
        Of the simulation that made the cases.
    n_substances : int, optional
        Different substances in the library; as many as references by default.

    Raises
    ------
    CalibrationError
        When there are no cases of a kind.
    """
    n_substances = n_references if n_substances is None else n_substances
    growth = growth_of_maximum(n_substances)
    curve = _fit_single(single, growth)
    pairs = _fit_mixture(mixture, growth) if mixture.right else curve
    release = curve.probability(max(measured.STRANGERS_99, measured.WRONG_99) + growth)
    weakest = pairs.probability(measured.MIXTURE_998 + growth)
    n_single = len(single.right) + len(single.wrong) + len(single.replicates)
    return Calibration(
        single=curve,
        mixture=pairs,
        threshold=min(max(release, MIN_RELEASE), MAX_RELEASE),
        mixture_threshold=min(max(weakest, 0.5), MAX_RELEASE),
        prior=PRIOR,
        n_references=n_references,
        n_simulated=n_single - single.n_replicates + len(mixture.right) + len(mixture.wrong),
        n_measured=measured.RIGHT_CASES + measured.LEFT_OUT_CASES + measured.STRANGER_CASES,
        seed=seed,
        pipeline=pipeline,
        method=_method(single, growth),
        reliability=reliability_of(curve, np.array(single.right), np.array(single.wrong)),
        n_substances=n_substances,
        n_replicates=single.n_replicates,
        set_level=SET_LEVEL,
        set_gap=_set_gap(single),
        evidence=evidence_fingerprint(),
    )


def _fit_single(cases: Cases, growth: float) -> Curve:
    right = [spread(np.array(cases.right), *measured.DISCREPANCY), _from_quantiles(measured.RIGHT)]
    n_right = len(cases.right) + len(cases.replicates) + measured.RIGHT_CASES
    if len(cases.replicates) >= MIN_REPLICATES:
        right.append(np.array(cases.replicates))
    else:
        right[0] = np.concatenate([right[0], np.repeat(cases.replicates, SPREAD_POINTS)])
    wrong = [
        np.array(cases.wrong),
        _from_quantiles(measured.STRANGERS) + growth,
        _from_quantiles(measured.LEFT_OUT) + growth,
    ]
    n_wrong = len(cases.wrong) + measured.STRANGER_CASES + measured.LEFT_OUT_CASES
    return fit_curve(right, wrong, n_cases=(n_right, n_wrong))


def _fit_mixture(cases: Cases, growth: float) -> Curve:
    """Curve for a component: it may be right in one of two queries, and wrong in the other.

    Components are only weighed where the fit has found some, and that is rare in queries of one
    substance, so the curve of the statements made is moved by the log of how often they are made.
    """
    curve = fit_curve(
        [np.array(cases.right)],
        [np.array(cases.wrong), _from_quantiles(measured.MIXTURE_WRONG) + growth],
        n_cases=(len(cases.right), len(cases.wrong) + measured.MIXTURE_WRONG_CASES),
    )
    right, wrong = cases.rates
    wrong = max(wrong, measured.MIXTURE_WRONG_CASES / measured.MIXTURE_ASKED)
    return replace(curve, intercept=curve.intercept + math.log(max(right, 0.01) / wrong))


def _set_gap(cases: Cases) -> float:
    """Larger of the conformal quantiles of the library's own cases and of the measured ones."""
    known = (*measured.GAPS, *[0.0] * measured.RIGHT_CASES)
    return max(conformal_gap(known, SET_LEVEL), conformal_gap(cases.gaps, SET_LEVEL))


def _method(cases: Cases, growth: float) -> str:
    replicates = f", {cases.n_replicates} of the library's own replicates" if cases.n_replicates else ""
    mean, deviation = measured.DISCREPANCY
    return (
        f"logistic in the log odds of the evidence at prior {PRIOR:g}; right: half simulated from this "
        f"library and moved by what instruments differ beyond that ({mean:+g}, standard deviation "
        f"{deviation:g}), half measured on other instruments{replicates}; wrong: a third each simulated "
        f"with the substance left out, measured strangers, measured with the substance left out, the "
        f"measured raised by {growth:.2f} (error {growth * measured.GROWTH_ERROR / measured.GROWTH:.2f}) "
        f"from {measured.SUBSTANCES} substances to those of this library; match from the log odds that "
        f"one measured wrong statement in a hundred exceeds"
    )


def _from_quantiles(table: tuple[float, ...]) -> NDArray[np.float64]:
    """Cases that are spread as the quantiles say."""
    middles = (np.arange(MEASURED_SAMPLE) + 0.5) / MEASURED_SAMPLE
    return np.interp(middles, measured.LEVELS, table)


def reliability_of(
    curve: Curve, right: NDArray[np.float64], wrong: NDArray[np.float64]
) -> tuple[ReliabilityBin, ...]:
    """Compare what a curve claims with what was true, in bins of as many statements each."""
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
