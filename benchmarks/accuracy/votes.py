"""One vote per substance and source: spectra of one substance on one instrument fail together.

A substance counts as *detected* by the share of its spectra that were, and as *falsely matched* when
any of its spectra was: the reading that is less flattering to us. Fractions of a vote add up, and
the interval is that of the number of votes. The plain count of spectra stands beside each.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import figures

Figures = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Scored:
    """One score per spectrum, and what it votes for.

    Attributes
    ----------
    scores : array, shape (n,)
        Higher means surer; -inf where nothing right (or nothing at all) is stated.
    votes : tuple of str
        Substance and source of each.
    """

    scores: NDArray[np.float64]
    votes: tuple[str, ...]


def scored(scores: Sequence[float], votes: Sequence[str]) -> Scored:
    """Scores with their votes."""
    return Scored(np.asarray(scores, dtype=np.float64), tuple(votes))


def sizes(votes: Sequence[str]) -> NDArray[np.int64]:
    """How many spectra share the vote of each.

    Parameters
    ----------
    votes : sequence of str
        One per spectrum.
    """
    _, place, counts = np.unique(np.asarray(votes, dtype=str), return_inverse=True, return_counts=True)
    return np.asarray(counts[place], dtype=np.int64)


def counted(flags: Sequence[bool], votes: Sequence[str], *, worst: bool = False) -> Figures:
    """Count by votes and by spectra, each with Wilson's interval.

    Parameters
    ----------
    flags : sequence of bool
        Whether it happened, one per spectrum.
    votes : sequence of str
        Of each spectrum.
    worst : bool
        A vote counts whole when any of its spectra does; else by the share of its spectra.
    """
    happened = np.asarray(flags, dtype=np.float64)
    n_votes = len(set(votes))
    if worst:
        k_votes = float(len({vote for vote, flag in zip(votes, flags, strict=True) if flag}))
    else:
        k_votes = float((happened / sizes(votes)).sum()) if n_votes else 0.0
    k_votes = round(k_votes, 6)
    k_votes = int(k_votes) if k_votes.is_integer() else k_votes
    return {
        "votes": asdict(figures.share(k_votes, n_votes)),
        "spectra": asdict(figures.share(int(happened.sum()), happened.size)),
    }


def worst_scores(of: Scored) -> NDArray[np.float64]:
    """Highest score of each vote.

    Parameters
    ----------
    of : Scored
        Of cases whose statement would be wrong.
    """
    names, place = np.unique(np.asarray(of.votes, dtype=str), return_inverse=True)
    highest = np.full(names.size, -np.inf)
    np.maximum.at(highest, place, of.scores)
    return highest


def operating_point(right: Scored, false: Scored, rate: float) -> Figures:
    """Find the detection where a share of the false votes, or of the false spectra, is matched.

    Parameters
    ----------
    right : Scored
        Cases that could be detected.
    false : Scored
        Strangers.
    rate : float
        Share that is allowed.
    """
    by_votes = figures.threshold_at(worst_scores(false), rate)
    _, by_spectra = figures.detected_at(right.scores, false.scores, rate)
    found = counted((right.scores > by_votes).tolist(), right.votes)
    return {"threshold": by_votes, "votes": found["votes"], "spectra": asdict(by_spectra)}


def trade_off(right: Scored, false: Scored, *, highest_rate: float = 0.3) -> dict[str, list[float]]:
    """Set detection against false matches, both by votes: the points of an ROC curve.

    Parameters
    ----------
    right, false : Scored
        Of ``operating_point``.
    highest_rate : float
        Share of false matches at which the curve ends.
    """
    worst = np.sort(worst_scores(false))[::-1]
    n_last = int(highest_rate * worst.size)
    weight = 1.0 / sizes(right.votes) / max(len(set(right.votes)), 1)
    rates: list[float] = []
    detected: list[float] = []
    for k in range(min(n_last + 1, worst.size)):
        value = round(float(weight[right.scores > worst[k]].sum()), 4)
        if not detected or value > detected[-1]:
            rates.append(round(k / worst.size, 5))
            detected.append(value)
    return {"false_matches": rates, "detected": detected}
