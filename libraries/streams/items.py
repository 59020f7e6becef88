"""One item: its frames, its average, its looks. What begins and ends it is decided in ``stream``."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spectra.confidence.identification import Identification
from spectra.preprocessing.spikes import despike
from spectra.quality import estimate_nir_noise, estimate_noise
from spectra.streams.averaging import Average
from spectra.streams.background import Background
from spectra.streams.cusum import Cusum, limit_for, two_frames
from spectra.streams.likeness import unlikeness
from spectra.streams.sequential import Evidence

from .config import BEGIN_REFERENCE, CHANGE_REFERENCE, END_LIMIT, END_REFERENCE, StreamConfig
from .events import BegunBy
from .judging import Judgement

FloatArray = NDArray[np.float64]

HELD: Final = 32
"""Frames held back while they may be of the empty place or of another item."""
_KNOWN: Final = 4
"""Frames in an average from which on a frame can be compared with it."""

After = Literal["same", "gone", "changed"]


class Clean(NamedTuple):
    """A frame without cosmic rays, and the standard deviation of its noise."""

    time_s: float
    intensity: FloatArray
    noise: float


def cleaned(time_s: float, intensity: FloatArray, config: StreamConfig) -> Clean:
    """Make a frame ready to be averaged.

    Parameters
    ----------
    time_s : float
        Of the frame.
    intensity : array, shape (m,)
        As measured.
    config : StreamConfig
        Of the stream.
    """
    if config.technique == "raman":
        intensity = despike(config.axis, intensity)[1]
        noise = estimate_noise(intensity)
    else:
        noise = estimate_nir_noise(intensity)
    return Clean(time_s, intensity, max(noise, 1e-12 * float(np.abs(intensity).max()), 1e-150))


def begin_test(config: StreamConfig) -> Cusum:
    """Give the test for a beginning: no lone frame passes it."""
    limit = limit_for(config.false_start_frames, reference=BEGIN_REFERENCE)
    return Cusum(BEGIN_REFERENCE, limit, two_frames(limit, reference=BEGIN_REFERENCE))


def change_test(config: StreamConfig) -> Cusum:
    """Give the test for another spectrum inside an item, with the same rate of false alarms."""
    limit = limit_for(config.false_start_frames, reference=CHANGE_REFERENCE)
    return Cusum(CHANGE_REFERENCE, limit, two_frames(limit, reference=CHANGE_REFERENCE))


@dataclass(eq=False)
class Item:
    """What is known of the item that is there.

    Attributes
    ----------
    number : int
        From 1.
    by : str
        What began it.
    begun_s : float
        Time of its first frame.
    config : StreamConfig
        Of the stream.
    background : Background or None
        Of the empty place, which does not learn while the item is there; None where it is not known yet.
    present : bool
        False while frames of a triggered item look like the empty place.
    flags : list of str
        Codes of what is to be known of it, each once.
    """

    number: int
    by: BegunBy
    begun_s: float
    config: StreamConfig
    background: Background | None
    present: bool = True
    decided: bool = False
    frames: int = 0
    rejected: int = 0
    lost: int = 0
    stuck_told: int = 0
    until_s: float = 0.0
    first_s: float = 0.0
    last_s: float = 0.0
    looked_at: int = 0
    flags: list[str] = field(default_factory=list)
    heard: list[Identification] = field(default_factory=list)
    latest: Judgement | None = None
    latest_bound: float = 1.0
    latest_share: float = 0.0
    average: Average = field(default_factory=Average)
    faint: Average = field(default_factory=Average)
    held: deque[Clean] = field(default_factory=deque)
    _due: int = 0

    def __post_init__(self) -> None:
        self.until_s = self.begun_s
        self.evidence = Evidence(self.config.schedule.looks, self.config.alpha)
        self._arrive = begin_test(self.config)
        self._leave = Cusum(-END_REFERENCE, END_LIMIT)  # of the score's negative
        self._differ = change_test(self.config)
        self._scheduled = self.config.schedule.frames
        if self.background is None:
            self.flag("no_background")
        elif self.by == "trigger":
            self.present = False  # a photo cell may see it before the spectrometer does

    def flag(self, code: str) -> None:
        """Note what is to be known of it."""
        if code not in self.flags:
            self.flags.append(code)

    def begin_with(self, frames: list[Clean]) -> None:
        """Take frames that are its own beyond doubt."""
        for frame in frames:
            self.frames += 1
            self._average(frame)

    def take(self, frame: Clean) -> After:
        """Take a frame in.

        Parameters
        ----------
        frame : Clean
            The next.

        Returns
        -------
        str
            ``gone``: the place has been empty for some frames. ``changed``: another spectrum has come.
            ``same``: neither.
        """
        self.frames += 1
        score = 0.0 if self.background is None else self.background.score(frame.intensity)
        if not self.present:
            self._await(frame, score)
            return "same"
        self.held.append(frame)
        gone = self.background is not None and self._leave.add(-score)
        if self.average.n >= _KNOWN and self._differ.add(self._unlike(frame)):
            return "changed"
        if gone:
            return "gone"
        if self._leave.total == 0.0 and self._differ.total == 0.0:
            self._release(len(self.held))
        elif len(self.held) > HELD:
            self._release(1)
        return "same"

    def leave_place(self) -> None:
        """Drop the frames of the empty place; what comes now is none of it until it is seen again."""
        self.settle()
        self.present = False
        self._arrive.clear()

    def split(self) -> list[Clean]:
        """Give up the frames of the other spectrum; those before the change stay."""
        own = max(len(self.held) - self._differ.run, 0)
        others = list(self.held)[own:]
        self._release(own)
        self.held.clear()
        return others

    def settle(self) -> None:
        """Take what was held back and is beyond doubt; drop the rest."""
        doubtful = max(self._leave.run, self._differ.run)
        if self.present:
            self._release(max(len(self.held) - doubtful, 0))
        self.held.clear()
        self._leave.clear()
        self._differ.clear()

    def due(self) -> bool:
        """Whether the average has come to a scheduled look; each counts once."""
        due = False
        while self._due < len(self._scheduled) and self.average.n >= self._scheduled[self._due]:
            self._due, due = self._due + 1, True
        return due

    def to_judge(self) -> Average | None:
        """Average that the last look is at: of all frames where none stood out; None without any."""
        if self.average.n:
            return self.average
        if self.faint.n:
            self.flag("no_signal")
            return self.faint
        return None

    def _await(self, frame: Clean, score: float) -> None:
        """Wait for a triggered item to be seen: what comes before is the empty place."""
        if not self.average.n:
            self.first_s = frame.time_s if self.faint.n == 0 else self.first_s
            self.faint.add(frame.intensity, frame.noise)
            self.last_s = self.until_s = frame.time_s
        self.held.append(frame)
        if len(self.held) > HELD:
            self.held.popleft()
        if self._arrive.add(score):
            for _ in range(max(len(self.held) - self._arrive.run, 0)):
                self.held.popleft()
            self.present = True
            self._arrive.clear()
            if self.average.n < _KNOWN:  # else the next frames tell whether it is the same
                self._release(len(self.held))
            self.held.clear()

    def _unlike(self, frame: Clean) -> float:
        known = self.background
        return unlikeness(
            frame.intensity,
            self.average.mean,
            self.average.n,
            blocks=self.config.blocks,
            background=None if known is None else known.mean,
            smoothing=None if known is None else known.smoothing,
        )

    def _release(self, n: int) -> None:
        for _ in range(n):
            self._average(self.held.popleft())

    def _average(self, frame: Clean) -> None:
        self.until_s = frame.time_s
        if self.decided:
            return  # what was stated stays a statement about these frames
        if self.average.n == 0:
            self.first_s = frame.time_s
        self.last_s = frame.time_s
        self.average.add(frame.intensity, frame.noise)
