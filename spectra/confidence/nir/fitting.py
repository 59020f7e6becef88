"""Fits the calibration of a near infrared library."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...label import Label
from ..calibration import PRIOR, Calibration
from ..curves import Curve, fit_curve
from ..fitting import MAX_RELEASE, MIN_RELEASE, MIN_REPLICATES, SET_LEVEL, Cases, reliability_of
from ..groups import conformal_gap
from . import measured
from .curve import growth, nir_fingerprint

SAMPLE: Final = 400
"""Cases that stand for a table of quantiles."""


def fit_nir(cases: Cases, labels: Sequence[Label], *, pipeline: str, seed: int) -> Calibration:
    """Fit a library's calibration.

    Parameters
    ----------
    cases : Cases
        Of the library: simulated, and its own replicates.
    labels : sequence of Label
        One per row.
    pipeline : str
        Fingerprint of the preprocessing.
    seed : int
        Of the simulation.

    Raises
    ------
    CalibrationError
        When there are no cases of a kind.
    """
    n_substances = len({label.identity for label in labels})
    more = growth(n_substances)
    right = [np.array(cases.right), _from_quantiles(measured.RIGHT)]
    if len(cases.replicates) >= MIN_REPLICATES:
        right.append(np.array(cases.replicates))
    else:
        right[0] = np.concatenate([right[0], np.array(cases.replicates)])
    wrong = [
        np.array(cases.wrong),
        _from_quantiles(measured.LEFT_OUT) + more,
        _from_quantiles(measured.STRANGERS) + more,
    ]
    n_right = len(cases.right) + len(cases.replicates) + measured.RIGHT_CASES
    n_wrong = len(cases.wrong) + measured.LEFT_OUT_CASES + measured.STRANGER_CASES
    curve = fit_curve(right, wrong, n_cases=(n_right, n_wrong))
    release = curve.probability(measured.RELEASE + more)
    threshold = min(max(release, MIN_RELEASE), MAX_RELEASE)
    component = Curve(*measured.COMPONENT, ceiling=measured.COMPONENT_CEILING)
    return Calibration(
        single=curve,
        mixture=component,
        threshold=threshold,
        mixture_threshold=component.probability(measured.COMPONENT_RELEASE),
        prior=PRIOR,
        n_references=len(labels),
        n_simulated=len(cases.right) + len(cases.wrong),
        n_measured=measured.RIGHT_CASES + measured.LEFT_OUT_CASES + measured.STRANGER_CASES,
        seed=seed,
        pipeline=pipeline,
        method=_method(cases, more),
        reliability=reliability_of(curve, np.array(cases.right), np.array(cases.wrong)),
        n_substances=n_substances,
        n_replicates=cases.n_replicates,
        set_level=SET_LEVEL,
        set_gap=conformal_gap(cases.gaps, SET_LEVEL),
        evidence=nir_fingerprint(),
    )


def _method(cases: Cases, more: float) -> str:
    replicates = f", {cases.n_replicates} of the library's own replicates" if cases.n_replicates else ""
    return (
        f"near infrared: logistic in the log odds of the evidence at prior {PRIOR:g}; right: simulated from "
        f"this "
        f"library and measured on other days and instruments{replicates}; wrong: simulated with the "
        f"substance left out, measured with it left out, measured strangers, the measured "
        f"raised by {more:.2f} from "
        f"{measured.SUBSTANCES} substances to those of this library; match from the log odds "
        f"{measured.RELEASE + more:.2f}, which no measured wrong statement exceeds"
    )


def _from_quantiles(table: tuple[float, ...]) -> NDArray[np.float64]:
    """Cases that are spread as the quantiles say."""
    if not table:
        return np.zeros(0)
    middles = (np.arange(SAMPLE) + 0.5) / SAMPLE
    return np.interp(middles, measured.LEVELS, table)
