"""Fit of the evidence's weights: a logistic model whose weights keep the sign they must have."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

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


@dataclass(frozen=True, eq=False)
class Weighable:
    """One case whose candidates can be ranked by any weights.

    Attributes
    ----------
    entry : Judged
        The case, usable.
    terms : array, shape (k, t)
        One row per candidate.
    right : array, shape (k,), bool
        Which candidates are what the case is, and may be found.
    """

    entry: Judged
    terms: NDArray[np.float64]
    right: NDArray[np.bool_]


def weighable(judged: Iterable[Judged]) -> list[Weighable]:
    """Terms of every candidate of every usable case.

    Parameters
    ----------
    judged : iterable of Judged
        Cases of one substance.
    """
    return [
        Weighable(
            entry,
            np.array([terms(each.evidence) for each in entry.ranked]),
            np.array([entry.is_truth(each) for each in entry.ranked]),
        )
        for entry in judged
        if entry.usable
    ]


def state(cases: Sequence[Weighable], weights: Weights) -> Statements:
    """Rank anew and keep the top candidates.

    Parameters
    ----------
    cases : sequence of Weighable
        Of ``weighable``.
    weights : array
        To rank by.
    """
    best = [int(np.argmax(case.terms @ weights[:-1])) for case in cases]
    entries = [case.entry for case in cases]
    return Statements(
        np.array([case.terms[top] for case, top in zip(cases, best, strict=True)]),
        np.array([case.right[top] for case, top in zip(cases, best, strict=True)], dtype=bool),
        np.array([e.case.kind == "known" and not e.left_out for e in entries]),
        np.array([not e.case.truth for e in entries]),
        np.array([e.case.source for e in entries]),
    )


def fit_weights(cases: Sequence[Weighable]) -> tuple[Weights, Statements]:
    """Weights by maximum likelihood, right and wrong statements weighing the same.

    Doubtful truths teach nothing and are passed over.

    Parameters
    ----------
    cases : sequence of Weighable
        Of ``weighable``.
    """
    sure = [case for case in cases if not case.entry.case.doubt]
    weights = shipped()
    for _ in range(ROUNDS):
        statements = state(sure, weights)
        weights = _fit(statements.terms, statements.right)
    return weights, statements


def shipped() -> Weights:
    """Weights of ``spectra.matching.evidence``."""
    return np.array([*(WEIGHTS[name] for name in TERMS), WEIGHTS["constant"]])


def unseen(cases: Sequence[Weighable]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Log odds of each case's top candidate, and whether it is right, by weights that never saw its source.

    Parameters
    ----------
    cases : sequence of Weighable
        Of ``weighable``.
    """
    _, fitted = fit_weights(cases)
    sources = np.array([case.entry.case.source for case in cases])
    log_odds, right = np.empty(len(cases)), np.empty(len(cases), dtype=bool)
    for source in np.unique(sources):
        others = fitted.source != source
        weights = _fit(fitted.terms[others], fitted.right[others])
        own = np.flatnonzero(sources == source)
        stated = state([cases[place] for place in own.tolist()], weights)
        log_odds[own] = stated.terms @ weights[:-1] + weights[-1]
        right[own] = stated.right
    return log_odds, right


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
