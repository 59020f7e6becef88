"""Repeated looks at a growing average, and still a stated rate of false statements.

A probability that is calibrated for one look says nothing of the best of several, and looks at nested
averages depend on each other in a way that nobody can write down, so neither Wald's bounds nor Ville's
inequality hold: both need the likelihood ratio of *new* data given the old. What does hold is this. Let a
look state something with probability p at the prior π, and L = p/(1 − p) · (1 − π)/π. If p is calibrated for
a single look, then E[L; statement wrong] = (1 − π)/π · E[p; stated] ≤ 1 − π: L is an e-value of "the
statement is wrong". A weighted mean of e-values with weights fixed beforehand is one too, whatever depends on
what (Vovk and Wang, Annals of Statistics 49, 2021, 10.1214/20-AOS2020), and the looks seen so far never add
up to more than all of them. By Markov's inequality the sum of w·L over looks that say the same reaches 1/α
with a wrong statement on at most a share α of the items that the library does not hold, and on at most
α (1 − π) of all items. Spending α over the looks (the union bound) is the case in which one look must reach
it alone.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from ..errors import StreamError

MOST_LOOKS: Final = 100


@dataclass(frozen=True)
class Schedule:
    """When the average is looked at: fixed before the first frame.

    Attributes
    ----------
    looks : int
        At the most, from 1; the last is that at the item's end or deadline.
    first : int
        Frames at the first look.
    ratio : float
        Of frames between a look and the next, above 1.
    """

    looks: int = 3
    first: int = 8
    ratio: float = 4.0

    def __post_init__(self) -> None:
        if not 1 <= self.looks <= MOST_LOOKS:
            raise StreamError(f"{self.looks} looks: expected 1 to {MOST_LOOKS}")
        if self.first < 1 or not 1.0 < self.ratio <= 1000.0:
            raise StreamError(
                f"first look after {self.first} frames, ratio {self.ratio:g}: expected at least 1 frame "
                "and a ratio above 1, at most 1000"
            )

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames at which looks fall before the last, ascending."""
        found: list[int] = []
        for turn in range(self.looks - 1):
            due = math.ceil(self.first * min(self.ratio**turn, 1e15))
            found.append(max(due, found[-1] + 1) if found else due)
        return tuple(found)


@dataclass(eq=False)
class Evidence:
    """What looks at one item add up to.

    Attributes
    ----------
    looks : int
        Looks that may be made; each weighs one over this.
    alpha : float
        Error rate, above 0 and below 1.
    used : int
        Looks made.
    sums : dict
        Weighted sum of the likelihood ratios by statement.
    """

    looks: int
    alpha: float
    used: int = 0
    sums: dict[frozenset[str], float] = field(default_factory=dict)

    def add(self, statement: frozenset[str] | None, probability: float | None, prior: float | None) -> None:
        """Count a look.

        Parameters
        ----------
        statement : frozenset of str, or None
            Identities that it states; None where it states nothing.
        probability : float or None
            P(the statement is right), calibrated for one look; None counts for nothing.
        prior : float or None
            That the probability assumes; 0.5 where it is not said.

        Raises
        ------
        StreamError
            More looks than were allowed: the stated error rate would not hold.
        """
        if self.used >= self.looks:
            raise StreamError(f"look {self.used + 1} of {self.looks}: no more may be made at this item")
        self.used += 1
        if statement is None or probability is None:
            return
        ratio = likelihood_ratio(probability, 0.5 if prior is None else prior)
        self.sums[statement] = self.sums.get(statement, 0.0) + ratio / self.looks

    def bound(self, statement: frozenset[str] | None) -> float:
        """Error rate at which what was seen suffices for a statement: at most 1."""
        total = 0.0 if statement is None else self.sums.get(statement, 0.0)
        return min(1.0, 1.0 / total) if total > 0.0 else 1.0

    def suffices(self, statement: frozenset[str] | None) -> bool:
        """Whether the statement may be made at the stated rate."""
        return self.bound(statement) <= self.alpha


def likelihood_ratio(probability: float, prior: float) -> float:
    """Odds of a probability over those of its prior; finite for a probability of 1.

    Parameters
    ----------
    probability : float
        From 0 to 1.
    prior : float
        Inside 0 and 1.
    """
    odds = probability / max(1.0 - probability, 1e-12)
    return odds * (1.0 - prior) / prior
