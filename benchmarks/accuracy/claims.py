"""Whether the probabilities mean what they say: reliability, sure statements, prediction sets."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from . import figures
from .judging import Judged
from .votes import counted, sizes

SEED: Final = 20_260_101
DRAWS: Final = 1000
SURE: Final = 0.95
Figures = dict[str, Any]


def reliability(outcomes: Sequence[Judged], *, draws: int = DRAWS) -> Figures:
    """Of the statement "it is the top candidate", each substance and source weighing the same.

    Cases with the substance in the library get half of the weight, as the prior of 0.5 says; the
    interval of the calibration error resamples whole votes.

    Parameters
    ----------
    outcomes : sequence of Judged
        With the substance in the library, left out, and strangers.
    draws : int
        Of the bootstrap.
    """
    stated = [o for o in outcomes if o.usable]
    claimed = np.array([o.probability for o in stated])
    true = np.array([o.is_right for o in stated])
    present = np.array([o.kind == "known" for o in stated])
    clusters = [o.case.vote for o in stated]
    weight = figures.even_prior(present, 1.0 / sizes([f"{o.kind} {o.case.vote}" for o in stated]))
    bins = figures.reliability(claimed, true, weight)
    low, high = figures.calibration_error_interval(claimed, true, present, clusters, seed=SEED, draws=draws)
    return {
        "n": len(stated),
        "bins": [asdict(each) for each in bins],
        "ece": figures.calibration_error(bins),
        "ece_interval": [low, high],
        "ece_draws": draws,
        "brier": figures.brier(claimed, true, weight),
    }


def sure_statements(outcomes: Sequence[Judged], *, level: float = SURE) -> Figures:
    """How many statements of at least this probability are wrong.

    A statement is an answer match, mixture or group. Wrong is a match or group that names no true
    substance, or a mixture that names any that is not there.

    Parameters
    ----------
    outcomes : sequence of Judged
        With the substance in the library, left out, strangers, and mixtures.
    level : float
        Probability from which a statement counts.
    """
    sure = [o for o in outcomes if o.states and (o.answer.probability or 0.0) >= level]
    return {
        "level": level,
        "wrong": _wrong_statements(sure),
        "wrong_without_doubtful": _wrong_statements([o for o in sure if not o.case.doubt]),
        "wrong_at_prior": _wrong_at_prior(outcomes, level),
        "which": [o.line for o in sure if not o.is_right_statement],
    }


def _wrong_statements(stated: Sequence[Judged]) -> Figures:
    # a substance in the library and the same one left out are two votes
    votes = [f"{o.kind} {o.case.vote}" for o in stated]
    return counted([not o.is_right_statement for o in stated], votes, worst=True)


def _wrong_at_prior(outcomes: Sequence[Judged], level: float) -> float | None:
    """Share of wrong ones among sure statements where every second spectrum's substance is in the library."""
    pure = [o for o in outcomes if o.kind != "mixture"]
    present = np.array([o.kind == "known" for o in pure])
    weight = figures.even_prior(present, 1.0 / sizes([f"{o.kind} {o.case.vote}" for o in pure]))
    sure = np.array([o.states and (o.answer.probability or 0.0) >= level for o in pure])
    wrong = np.array([not o.is_right_statement for o in pure])
    whole = float(weight[sure].sum())
    return float(weight[sure & wrong].sum()) / whole if whole else None


def prediction_sets(known: Sequence[Judged]) -> Figures:
    """How often the prediction set holds the truth, for substances that the library has.

    Parameters
    ----------
    known : sequence of Judged
        Cases of one substance that the library has.
    """
    given = [(o, o.answer.prediction_set) for o in known]
    made = [(o, each) for o, each in given if each is not None]
    if not made:
        return {"level": None, "without": len(given)}
    truth = {id(o): bool({label.identity for label in each.labels} & o.case.truth) for o, each in made}
    lengths = [len(each.labels) for _, each in made]
    return {
        "level": made[0][1].level,
        "without": len(given) - len(made),
        "covered": counted(list(truth.values()), [o.case.vote for o, _ in made]),
        "covered_of_all": counted([truth.get(id(o), False) for o in known], [o.case.vote for o in known]),
        "mean_size": float(np.mean(lengths)),
        "largest": max(lengths),
        "single": sum(length == 1 for length in lengths),
        "missed": [o.line for o, _ in made if not truth[id(o)]],
    }
