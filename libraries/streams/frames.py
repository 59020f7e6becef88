"""Frames as they arrive: what is wrong with one, and what is missing between two."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectra.quality import is_saturated

from .config import StreamConfig

Trigger = Literal["begin", "end"]
Wrong = Literal["time", "not_later", "trigger", "not_numbers", "length", "not_finite", "saturated"]

INTERVALS: Final = 32
"""Times between frames of which the median is the usual one."""
RESTARTED: Final = 5
"""Frames in a row with earlier times, each later than the one before: the sender's clock has begun anew."""
_MISSING: Final = 1.6
"""Usual intervals from which on at least one frame is missing."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One exposure.

    Attributes
    ----------
    time_s : float
        By the sender's monotonic clock, ascending.
    intensity : array, shape (m,)
        As the detector gave it, on the stream's axis.
    trigger : str, optional
        ``begin``: this frame is an item's first. ``end``: it is its last.
    sequence : int, optional
        The sender's count, by which lost frames are counted exactly.
    """

    time_s: float
    intensity: ArrayLike
    trigger: Trigger | None = None
    sequence: int | None = None


@dataclass(frozen=True)
class Arrival:
    """When a frame came, beside those before it.

    Attributes
    ----------
    state : str
        ``in_time``; ``not_later``: it must be left out; ``restarted``: the clock has begun anew.
    lost : int
        Frames missing before it, as far as can be told.
    gap : bool
        Whether so much is missing that the item before may not be the item now.
    """

    state: Literal["in_time", "not_later", "restarted"]
    lost: int = 0
    gap: bool = False


@dataclass(eq=False)
class Clock:
    """Times of the frames of a stream.

    Attributes
    ----------
    gap_frames : float
        Usual intervals beyond which it is a gap.
    last_s : float or None
        Time of the last frame that came in time.
    """

    gap_frames: float
    last_s: float | None = None
    _sequence: int | None = None
    _intervals: deque[float] = field(default_factory=lambda: deque(maxlen=INTERVALS))
    _early: int = 0
    _early_s: float = -math.inf

    @property
    def interval_s(self) -> float:
        """Give the usual time between two frames; 0 before the second."""
        return float(np.median(self._intervals)) if self._intervals else 0.0

    def arrive(self, time_s: float, sequence: int | None) -> Arrival:
        """Take the time of a frame in."""
        if self.last_s is not None and time_s <= self.last_s:
            return self._earlier(time_s, sequence)
        self._early, self._early_s = 0, -math.inf
        lost, gap = 0, False
        if self.last_s is not None:
            passed = time_s - self.last_s
            lost, gap = self._missing(passed, sequence), self.is_gap(time_s)
            self._intervals.append(passed)  # of gaps too: a sender that has slowed down is usual soon
        self.last_s, self._sequence = time_s, sequence
        return Arrival("in_time", lost, gap)

    def is_gap(self, time_s: float) -> bool:
        """Whether at that time the last frame is too long ago for the next to be of the same item."""
        usual = self.interval_s
        return self.last_s is not None and usual > 0.0 and time_s - self.last_s > self.gap_frames * usual

    def _missing(self, passed: float, sequence: int | None) -> int:
        if sequence is not None and self._sequence is not None and sequence > self._sequence:
            return sequence - self._sequence - 1
        usual = self.interval_s
        return min(round(passed / usual), 1_000_000_000) - 1 if usual and passed > _MISSING * usual else 0

    def _earlier(self, time_s: float, sequence: int | None) -> Arrival:
        self._early = self._early + 1 if time_s > self._early_s else 1
        self._early_s = time_s
        if self._early < RESTARTED:
            return Arrival("not_later")
        self._early, self._early_s = 0, -math.inf
        self._intervals.clear()
        self.last_s, self._sequence = time_s, sequence
        return Arrival("restarted")


def read_time(time_s: object) -> float | None:
    """Time as a finite number; None where it is none."""
    if isinstance(time_s, bool) or not isinstance(time_s, int | float | np.integer | np.floating):
        return None
    try:
        seconds = float(time_s)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def read_intensity(values: ArrayLike, config: StreamConfig) -> NDArray[np.float64] | Wrong:
    """Own copy of a frame's values, or what is wrong with them.

    Parameters
    ----------
    values : array, shape (m,)
        As given.
    config : StreamConfig
        Of the stream.

    Returns
    -------
    array, shape (m,), or str
        ``not_numbers``, ``length``, ``not_finite`` or ``saturated``.
    """
    try:
        given = np.asarray(values)
    except (TypeError, ValueError):
        return "not_numbers"
    if given.dtype.kind not in "fiu":
        return "not_numbers"
    if given.shape != config.axis.shape:
        return "length"
    intensity = np.array(given, dtype=np.float64)
    if not bool(np.all(np.isfinite(intensity))) or float(np.abs(intensity).max()) > 1e150:
        return "not_finite"
    if config.full_scale is not None:
        return "saturated" if float(intensity.max()) >= config.full_scale else intensity
    return "saturated" if config.technique == "raman" and is_saturated(intensity) else intensity
