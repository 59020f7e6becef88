"""Time for one answer: what is left out when it does not suffice, and how the answer says so.

The stages that name substances always run. What is left out, in this order: detection limits; then sums of
more than two references. An answer that left something out is never ``no_match``: what was not sought may
be there.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from .method import Answer

Stage = Literal["mixture", "limits"]

REASONS: Final[dict[Stage, str]] = {"limits": "degraded_limits", "mixture": "degraded_mixture"}
"""What an answer says of a stage that was cut short, in the order in which they are given up."""

SMALL_MIXTURE: Final = 2
"""References that a sum has at most where time is short."""

_DECAY: Final = 0.95
"""What is left of a long stage's weight after each shorter one."""


@dataclass(eq=False)
class Costs:
    """How long stages take on this machine with these libraries: two numbers, whatever is measured.

    Attributes
    ----------
    seconds : dict of str to float
        By stage, near the longest of late; 0 before the first.
    """

    seconds: dict[Stage, float] = field(default_factory=lambda: {"mixture": 0.0, "limits": 0.0})

    def note(self, stage: Stage, seconds: float) -> None:
        """Take one more measurement in."""
        self.seconds[stage] = max(seconds, _DECAY * self.seconds[stage])


@dataclass(eq=False)
class Allowance:
    """Time for one call, and what was given up to keep to it.

    Attributes
    ----------
    ends : float or None
        When the answer is due, by ``time.monotonic``; None for no deadline.
    costs : Costs
        What stages are expected to take.
    degraded : list of str
        Stages that were cut short.
    """

    ends: float | None = None
    costs: Costs = field(default_factory=Costs)
    degraded: list[Stage] = field(default_factory=list)

    def affords(self, stage: Stage) -> bool:
        """Whether a stage may run whole; notes where not.

        Parameters
        ----------
        stage : str
            ``mixture`` or ``limits``. Once mixtures were cut short, limits are given up too.
        """
        if self.ends is None:
            return True
        left = self.ends - time.monotonic()
        if "mixture" not in self.degraded and left > self.costs.seconds[stage]:
            return True
        if stage not in self.degraded:
            self.degraded.append(stage)
        return False

    @contextmanager
    def timed(self, stage: Stage) -> Iterator[None]:
        """Measure a stage that runs whole."""
        begun = time.monotonic()
        yield
        if stage not in self.degraded:
            self.costs.note(stage, time.monotonic() - begun)


def marked(answer: Answer, allowance: Allowance) -> Answer:
    """Answer that says what was given up.

    Parameters
    ----------
    answer : Answer
        As the method gave it.
    allowance : Allowance
        Of the same call.

    Returns
    -------
    Answer
        With a reason for each stage that was cut short; ``no_match`` becomes ``inconclusive``.
    """
    said = answer.identification
    codes = [code for stage, code in REASONS.items() if stage in allowance.degraded]
    if not codes or said.verdict == "unusable":
        return answer
    if said.verdict == "no_match":
        said = replace(said, verdict="inconclusive")
    return replace(answer, identification=replace(said, reasons=(*said.reasons, *codes)))
