"""What one library says of one spectrum, and from where on that says something."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from ..label import ALERT_ROLES, Label
from ..matching.candidates import Weighed
from ..matching.mixtures import Mixture
from ..matching.separation import Comparison
from .calibration import Calibration

CANDIDATE_FLOOR: Final = 0.1
"""Probability, at even prior odds, below which a candidate is not worth naming."""

ALARM_PROBABILITY: Final = 0.5
"""Probability, at even prior odds, from which a controlled substance that is not the best answer still
forbids a match."""

SCORE_MATCH: Final = 2.0
SCORE_ALARM: Final = 0.0
SCORE_FLOOR: Final = -2.2
"""Log odds that stand in for threshold, alarm and floor where a library has no calibration."""

GROUP_GAP: Final = 2.0
"""Log odds within which the evidence does not tell a candidate from the best.

Measured on a reference beside a doctored copy of it (one band more, or one of another height or
place): of 439 simulated and 290 measured queries that the wrong one of the two led, above the
threshold, the truth stood within 2.0 in 432 and 279, within 3.0 in 436 and 283; of the queries that
the right one led, 65 and 62 % give a group at 2.0, 78 and 75 % at 3.0.
"""

ALARM_GAP: Final = 4.0
"""Log odds within which a likely controlled substance is kept beside a better benign one.

In no trial behind ``GROUP_GAP`` with a signal of 20 times the noise or more did the truth stand
further below the best.
"""


@dataclass(frozen=True)
class Ranking:
    """What one library says of one spectrum.

    Attributes
    ----------
    ranked : tuple of Weighed
        Most evidence first.
    labels : sequence of Label
        One per row of the library's index.
    mixture : Mixture or None
        Best mixture, when one was sought and found.
    calibration : Calibration or None
        Of the library.
    comparisons : tuple of Comparison
        One per entry of ``ranked``, or empty where none were made: the evidence alone then says
        what can be told apart.
    unexplained_cm1 : tuple of float
        Bands of the query that the best candidate does not have, ascending.
    """

    ranked: tuple[Weighed, ...]
    labels: Sequence[Label]
    mixture: Mixture | None
    calibration: Calibration | None
    comparisons: tuple[Comparison, ...] = ()
    unexplained_cm1: tuple[float, ...] = ()

    @cached_property
    def alarming_labels(self) -> tuple[tuple[int, Label], ...]:
        """Rows of controlled substances and precursors, with their labels."""
        return tuple((row, label) for row, label in enumerate(self.labels) if label.role in ALERT_ROLES)

    def label(self, entry: Weighed) -> Label:
        """Label of a candidate.

        Where a row of the same substance fits not much worse and alarms, so does this one: a
        library that gives the role with one form only must not hide it.
        """
        label = self.labels[entry.candidate.row]
        if label.role in ALERT_ROLES:
            return label
        for other in self.ranked:
            twin = self.labels[other.candidate.row]
            near = entry.log_odds - other.log_odds <= ALARM_GAP
            if near and twin.identity == label.identity and twin.role in ALERT_ROLES:
                return replace(label, role=twin.role)
        return label

    def alarms(self, entry: Weighed) -> bool:
        """Whether a candidate is a controlled substance or precursor."""
        return self.label(entry).role in ALERT_ROLES

    def probability(self, log_odds: float) -> float | None:
        """P(one substance is right), or None without a calibration."""
        return None if self.calibration is None else self.calibration.single.probability(log_odds)

    def is_match(self, log_odds: float) -> bool:
        """Whether the evidence reaches the release threshold."""
        if self.calibration is None:
            return log_odds >= SCORE_MATCH
        return self.calibration.single.probability(log_odds) >= self.calibration.threshold

    def is_likely(self, log_odds: float) -> bool:
        """Whether it would be more likely there than not, were it the best candidate."""
        if self.calibration is None:
            return log_odds >= SCORE_ALARM
        return self.calibration.single.probability(log_odds) >= self.calibration.bound(ALARM_PROBABILITY)

    def is_candidate(self, log_odds: float) -> bool:
        """Whether the candidate is worth naming."""
        if self.calibration is None:
            return log_odds >= SCORE_FLOOR
        return self.calibration.single.probability(log_odds) >= self.calibration.bound(CANDIDATE_FLOOR)
