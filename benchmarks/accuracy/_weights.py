"""Fit of the evidence's weights: a logistic model whose weights keep the sign they must have."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from spectra.label import Label
from spectra.matching.alignment import SHIFT_DEVIATION_CM1
from spectra.matching.evidence import WEIGHTS, Evidence

from .judging import Judged

TERMS: Final = tuple(name for name in WEIGHTS if name != "constant")
BOUNDS: Final = [(0.0, None) if WEIGHTS[name] > 0 else (None, 0.0) for name in TERMS]
ROUNDS: Final = 4
"""Of fitting and ranking anew: the weights decide which candidate is the top one."""
RIDGE: Final = 2e-4
Weights = NDArray[np.float64]
"""Those of ``TERMS``, then the constant."""


@dataclass(frozen=True, eq=False)
class Statements:
    """The top candidate of each judged case under some weights.

    Attributes
    ----------
    terms : array, shape (n, k)
        Of the top candidates.
    right : array, shape (n,), bool
        Whether the statement is true.
    present : array, shape (n,), bool
        Whether the substance was in the library.
    stranger : array, shape (n,), bool
        Whether the library never had it.
    source : array, shape (n,), str
        Of the case.
    """

    terms: NDArray[np.float64]
    right: NDArray[np.bool_]
    present: NDArray[np.bool_]
    stranger: NDArray[np.bool_]
    source: NDArray[np.str_]


def terms(evidence: Evidence) -> list[float]:
    """List what each weight is multiplied by; ``evidence.log_odds`` is the weighted sum.

    Parameters
    ----------
    evidence : Evidence
        Of one candidate.
    """
    structure = max(evidence.structure, 1.0)
    derivative = min(max(evidence.derivative, 0.002), 0.998)
    values = {
        "derivative": math.log(derivative / (1.0 - derivative)),
        "query_explained": evidence.query_explained,
        "reference_explained": evidence.reference_explained,
        "coverage": evidence.coverage,
        "lone_band": 1.0 / structure,
        "shift": (evidence.shift_cm1 / SHIFT_DEVIATION_CM1) ** 2 / structure,
    }
    return [values[name] for name in TERMS]


def state(judged: Sequence[Judged], labels: Sequence[Label], weights: Weights) -> Statements:
    """Rank anew and keep the top candidates.

    Parameters
    ----------
    judged : sequence of Judged
        Cases of one substance.
    labels : sequence of Label
        One per row of the library.
    weights : array
        To rank by.
    """
    usable = [entry for entry in judged if entry.usable]
    chosen, right = [], []
    for entry in usable:
        rows = np.array([terms(candidate.evidence) for candidate in entry.ranked])
        best = int(np.argmax(rows @ weights[:-1]))
        chosen.append(rows[best])
        found = labels[entry.ranked[best].candidate.row].identity
        right.append(found in entry.case.truth - entry.left_out)
    return Statements(
        np.array(chosen),
        np.array(right),
        np.array([bool(e.case.truth) and not e.left_out for e in usable]),
        np.array([not e.case.truth for e in usable]),
        np.array([e.case.source for e in usable]),
    )


def fit_weights(judged: Sequence[Judged], labels: Sequence[Label]) -> tuple[Weights, Statements]:
    """Weights by maximum likelihood, right and wrong statements weighing the same.

    Parameters
    ----------
    judged : sequence of Judged
        Cases of one substance.
    labels : sequence of Label
        One per row of the library.
    """
    weights = shipped()
    for _ in range(ROUNDS):
        statements = state(judged, labels, weights)
        weights = _fit(statements.terms, statements.right)
    return weights, statements


def shipped() -> Weights:
    """Weights of ``spectra.matching.evidence``."""
    return np.array([*(WEIGHTS[name] for name in TERMS), WEIGHTS["constant"]])


def leave_one_source_out(statements: Statements) -> NDArray[np.float64]:
    """Log odds of each statement under weights fitted without its source.

    Parameters
    ----------
    statements : Statements
        Of ``fit_weights``.
    """
    log_odds = np.empty(statements.right.size)
    for source in np.unique(statements.source):
        own = statements.source == source
        weights = _fit(statements.terms[~own], statements.right[~own])
        log_odds[own] = statements.terms[own] @ weights[:-1] + weights[-1]
    return log_odds


def _fit(X: NDArray[np.float64], right: NDArray[np.bool_]) -> Weights:
    share = np.where(right, 0.5 / max(int(right.sum()), 1), 0.5 / max(int((~right).sum()), 1))
    sign = np.where(right, 1.0, -1.0)

    def loss(weights: Weights) -> tuple[float, Weights]:
        margin = sign * (X @ weights[:-1] + weights[-1])
        slope = -sign * share / (1.0 + np.exp(np.clip(margin, -500, 500)))
        ridge = RIDGE * weights[:-1]
        value = float((share * np.logaddexp(0.0, -margin)).sum() + 0.5 * ridge @ weights[:-1])
        return value, np.append(X.T @ slope + ridge, slope.sum())

    start = np.append([0.3 if low is not None else -0.3 for low, _ in BOUNDS], 0.0)
    bounds = [*BOUNDS, (None, None)]
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
