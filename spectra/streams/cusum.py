"""Cumulative sums: the quickest way to notice that a stream of numbers has moved.

Page (Biometrika 41, 1954, 100): S = max(0, S + x − k); an alarm when S exceeds h. Lorden (Annals of
Mathematical Statistics 42, 1971, 1897) shows that no test of the same mean time between false alarms
notices a known shift sooner.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from ..errors import StreamError

LONGEST_RUN: Final = 1e9
_NODES: Final = 24
_NODES_A_UNIT: Final = 6.0
"""Nodes of the integral for each standard deviation of the limit."""


@dataclass(eq=False)
class Cusum:
    """One-sided cumulative sum of standard normal scores.

    Attributes
    ----------
    reference : float
        k: half the shift that is to be noticed soonest.
    limit : float
        h: sum from which it is an alarm.
    cap : float
        Highest score taken in: no lone frame can raise an alarm where this is below k + h.
    total : float
        S.
    run : int
        Frames since the sum was last zero: the change came with the first of them (Page's estimate).
    """

    reference: float
    limit: float
    cap: float = math.inf
    total: float = 0.0
    run: int = 0

    def add(self, score: float) -> bool:
        """Take one score in; whether the sum is now beyond its limit."""
        self.total = max(0.0, self.total + min(score, self.cap) - self.reference)
        self.run = self.run + 1 if self.total > 0.0 else 0
        return self.total > self.limit

    def clear(self) -> None:
        """Begin anew."""
        self.total, self.run = 0.0, 0


def average_run_length(limit: float, *, reference: float, shift: float = 0.0) -> float:
    """Mean number of frames until an alarm, by Page's integral equation.

    Solved at the nodes of Gauss and Legendre (Nyström's method; Crowder, Technometrics 29, 1987, 401, does so
    for another chart).

    Parameters
    ----------
    limit : float
        h, above 0.
    reference : float
        k.
    shift : float
        Mean of the scores, which are normal with variance 1 and independent; 0 gives the mean number of
        frames between false alarms.

    Returns
    -------
    float
    """
    nodes, weights = np.polynomial.legendre.leggauss(max(_NODES, math.ceil(_NODES_A_UNIT * limit)))
    nodes, weights = (nodes + 1.0) * limit / 2.0, weights * limit / 2.0
    start = np.concatenate(([0.0], nodes))
    moved = reference - shift
    steps = nodes[None, :] - start[:, None] + moved
    kernel = np.empty((start.size, start.size))
    kernel[:, 0] = [0.5 * math.erfc((value - moved) / math.sqrt(2.0)) for value in start]
    kernel[:, 1:] = weights * np.exp(-0.5 * steps * steps) / math.sqrt(2.0 * math.pi)
    solved = np.linalg.solve(np.eye(start.size) - kernel, np.ones(start.size))
    return float(solved[0])


@lru_cache(maxsize=32)
def limit_for(run_length: float, *, reference: float) -> float:
    """Limit at which false alarms come every so many frames in the mean.

    Parameters
    ----------
    run_length : float
        Frames between false alarms, from 10 to 1e9.
    reference : float
        k, from 0.5.

    Returns
    -------
    float
        h.

    Raises
    ------
    StreamError
        A run length outside that range.
    """
    if not 10.0 <= run_length <= LONGEST_RUN:
        raise StreamError(f"{run_length:g} frames between false alarms: expected 10 to {LONGEST_RUN:g}")
    low, high = 0.0, math.log(run_length) / reference + 2.0  # the run length grows like exp(2 k h)
    for _ in range(40):
        middle = (low + high) / 2.0
        if average_run_length(middle, reference=reference) < run_length:
            low = middle
        else:
            high = middle
    return high


def two_frames(limit: float, *, reference: float) -> float:
    """Cap at which no lone frame raises an alarm, but two in a row that are beyond doubt do."""
    return reference + 0.51 * limit


def change_point(scores: Sequence[float]) -> int:
    """Place of the first score after a change of unknown size: the likeliest one.

    For independent normal scores of mean 0 before and any mean above 0 after it (Hinkley, Biometrika 57,
    1970, 1).

    Parameters
    ----------
    scores : sequence of float
        At least one; an alarm came with the last.

    Returns
    -------
    int
        From 0 to ``len(scores) - 1``.
    """
    best, place, total = -math.inf, len(scores) - 1, 0.0
    for first in range(len(scores) - 1, -1, -1):
        total += scores[first]
        gain = total * abs(total) / (len(scores) - first)
        if gain > best:
            best, place = gain, first
    return place
