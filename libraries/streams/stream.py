"""A stream: frames in, events out. Time is that of the frames; equal frames give equal events."""

from collections import deque
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from spectra.confidence.identification import STATEMENTS
from spectra.errors import StreamError
from spectra.streams.background import Background
from spectra.streams.cusum import change_point

from ..disagreement import named_identities
from .config import StreamConfig
from .deciding import Decider
from .events import (
    BackgroundReady,
    BegunBy,
    EndedBy,
    Event,
    Fault,
    FrameRejected,
    ItemBegun,
    ItemEnded,
    Started,
    Stuck,
)
from .frames import Arrival, Clock, Frame, Wrong, read_intensity, read_time
from .items import Clean, Item, begin_test, cleaned
from .judging import Failed, Judge, ask

FloatArray = NDArray[np.float64]

DELAY: Final = 16
"""Frames that the background waits before it learns one: an item's faint beginning is not learned."""
CHECKED_EVERY: Final = 10_000
"""Frames learned after which the engine looks at the background again."""


class Stream:
    """Continuous mode for one detector.

    Parameters
    ----------
    engine : Judge
        Judges averages: ``libraries.embedded.Embedded``.
    config : StreamConfig
        Axis, error rates, times.

    Examples
    --------
    >>> from libraries.embedded import Embedded
    >>> stream = Stream(Embedded(), StreamConfig(np.linspace(200.0, 2000.0, 900)))
    >>> [type(event).__name__ for event in stream.push(Frame(0.0, np.ones(900)))]
    ['Started']
    """

    def __init__(self, engine: Judge, config: StreamConfig) -> None:
        self.config = config
        self._engine = engine
        self._decider = Decider(engine, config)
        self._blocks = config.blocks
        self._clock = Clock(config.gap_frames)
        self._item: Item | None = None
        self._items = self._rejected = 0
        self._triggered = bool(config.trigger)
        self._window = False  # between the triggers begin and end
        self._closed = False
        self._begin_background()

    def push(self, frame: Frame) -> list[Event]:
        """Take a frame in.

        Parameters
        ----------
        frame : Frame
            The next. Whatever is wrong with it is an event and never raised.

        Returns
        -------
        list of Event
            What is known by it, in order.

        Raises
        ------
        StreamError
            After ``close``.
        """
        self._check_open()
        time_s = read_time(frame.time_s)
        if time_s is None:
            return [self._reject(None, "time")]
        fresh = self._clock.last_s is None
        arrival = self._clock.arrive(time_s, _count(frame.sequence))
        if arrival.state == "not_later":
            return [self._reject(time_s, "not_later")]
        events: list[Event] = [self._started(time_s, "first_frame")] if fresh else []
        events += self._before(arrival, time_s)
        events += self._put(frame, time_s)
        return events + self._waiting(time_s)

    def tick(self, time_s: float) -> list[Event]:
        """Say that time has passed without a frame: deadlines end and gaps are noticed.

        Parameters
        ----------
        time_s : float
            By the clock of the frames; one that is not later than the last frame says nothing.

        Raises
        ------
        StreamError
            After ``close``.
        """
        self._check_open()
        now = read_time(time_s)
        if now is None or self._clock.last_s is None or now <= self._clock.last_s:
            return []
        events = self._waiting(now)
        if self._item is not None and self._clock.is_gap(now):
            events += self._end(now, "gap")
        return events

    def relearn(self) -> list[Event]:
        """Forget the background: the place is empty now, whatever it looks like. An item there is ended.

        Raises
        ------
        StreamError
            After ``close``.
        """
        self._check_open()
        events = self._end(self._clock.last_s or 0.0, "relearn")
        self._begin_background()
        return events

    def close(self) -> list[Event]:
        """End the stream: an item that is there is ended, undecided if it is. Closing again says nothing."""
        if self._closed:
            return []
        events = self._end(self._clock.last_s or 0.0, "stream_ended")
        self._closed = True
        return events

    def _begin_background(self) -> None:
        config = self.config
        self._background = Background(self._blocks, config.background_frames, config.memory_frames)
        self._recent: deque[tuple[float, FloatArray, float]] = deque()
        self._arrive = begin_test(config)
        self._learning_since: float | None = None
        self._decider.background = None
        self._decider.around = frozenset()

    def _check_open(self) -> None:
        if self._closed:
            raise StreamError("this stream was closed: make a new one")

    def _started(self, time_s: float, reason: Literal["first_frame", "clock_restarted"]) -> Started:
        config = self.config
        return Started(
            time_s,
            reason,
            int(config.axis.size),
            self._blocks.n,
            config.false_start_frames,
            config.alpha,
            config.schedule.frames,
        )

    def _before(self, arrival: Arrival, time_s: float) -> list[Event]:
        """Mind what is missing before a frame."""
        if arrival.state == "restarted":
            self._forget_recent()
            self._learning_since = None
            return [*self._end(time_s, "clock_restarted"), self._started(time_s, "clock_restarted")]
        if self._item is not None and arrival.lost:
            self._item.lost += arrival.lost
            self._item.flag("frames_lost")
        if not arrival.gap:
            return []
        self._forget_recent()
        return self._end(time_s, "gap")

    def _forget_recent(self) -> None:
        """Frames on both sides of a gap never stand together for one beginning."""
        self._recent.clear()
        self._arrive.clear()

    def _put(self, frame: Frame, time_s: float) -> list[Event]:
        events: list[Event] = []
        trigger = frame.trigger if self.config.trigger is not False else None
        if trigger not in (None, "begin", "end"):
            return [self._reject(time_s, "trigger")]
        if trigger is not None:
            self._triggered = True
            events += self._begin_by_trigger(trigger, time_s)
        intensity = read_intensity(frame.intensity, self.config)
        if isinstance(intensity, str):
            events.append(self._reject(time_s, intensity))
        elif self._item is not None:
            events += self._put_into(self._item, cleaned(time_s, intensity, self.config))
        else:
            events += self._put_outside(time_s, intensity)
        if trigger is not None:
            self._window = trigger == "begin"
        return events + (self._end(time_s, "trigger") if trigger == "end" else [])

    def _begin_by_trigger(self, trigger: str, time_s: float) -> list[Event]:
        if trigger == "end" and (self._item is not None or self._window):
            return []
        events: list[Event] = []
        if self._item is not None and self._item.by == "trigger":
            self._item.flag("trigger_missing")
        events += self._end(time_s, "trigger")
        events += self._begin("trigger", time_s, time_s)
        if trigger == "end" and self._item is not None:  # whose beginning nobody told
            self._item.flag("trigger_missing")
        return events

    def _put_outside(self, time_s: float, intensity: FloatArray) -> list[Event]:
        if self._learning_since is None:
            self._learning_since = time_s
        if not self._background.ready:
            return self._learn(time_s, intensity)
        score = self._background.score(intensity)
        self._recent.append((time_s, intensity, score))
        if self._arrive.add(score):
            run = list(self._recent)[-self._arrive.run :]
            own = run[change_point([each[2] for each in run]) :]
            frames = [cleaned(time, values, self.config) for time, values, _ in own]
            return self._begin("change", time_s, frames[0].time_s, frames)
        if len(self._recent) > DELAY:
            return self._learn(time_s, self._recent.popleft()[1])
        return []

    def _learn(self, time_s: float, intensity: FloatArray) -> list[Event]:
        known = self._background
        was_ready, steady = known.ready, known.learn(intensity)
        if not steady:
            return [Stuck(time_s, "background", None, time_s - (self._learning_since or time_s))]
        if known.ready and not was_ready:
            return self._judge_background(time_s, "learned")
        if known.ready and known.n_learned % CHECKED_EVERY == 0:
            return self._judge_background(time_s, "checked")
        return []

    def _judge_background(self, time_s: float, reason: Literal["learned", "checked"]) -> list[Event]:
        """Ask what the empty place is: residues on it must not be taken off what comes."""
        known = self._background
        judged = ask(self._engine, self.config, known.mean, frames=known.n_learned, taken_off=0.0)
        answer = None if isinstance(judged, Failed) else judged.answer
        said = None if answer is None else answer.identification
        calm = said is not None and not said.alert and not said.hints
        taken = calm and self.config.subtract and self.config.technique == "raman"
        self._decider.background = known if taken else None
        stated = said if said is not None and said.verdict in STATEMENTS and taken else None
        self._decider.around = frozenset() if stated is None else named_identities(stated)
        events: list[Event] = []
        if isinstance(judged, Failed):
            events.append(Fault(time_s, None, judged.error, judged.message))
        ready = BackgroundReady(time_s, reason, known.n_learned, known.mean.copy(), answer, taken)
        return [*events, ready]

    def _put_into(self, item: Item, frame: Clean) -> list[Event]:
        after = item.take(frame)
        if after == "changed":
            others = item.split()
            item.flag("spectrum_changed")
            events = self._end(frame.time_s, "spectrum_changed")
            events += self._begin("spectrum_changed", frame.time_s, others[0].time_s, others)
            if item.by == "trigger" and self._item is not None:
                self._item.flag("spectrum_changed")
            return events
        if after == "gone":
            if item.by != "trigger":
                return self._end(frame.time_s, "change")
            item.leave_place()
        return self._look(item, frame.time_s)

    def _look(self, item: Item, time_s: float) -> list[Event]:
        if item.decided or not item.due():
            return []
        return self._decider.look(item, item.average, time_s)

    def _begin(
        self, by: BegunBy, time_s: float, since_s: float, frames: list[Clean] | None = None
    ) -> list[Event]:
        self._items += 1
        known = self._background if self._background.ready else None
        item = self._item = Item(self._items, by, since_s, self.config, known)
        if by == "spectrum_changed":
            item.flag("spectrum_changed")
        if by == "change" and self._triggered and not self._window:
            item.flag("no_trigger")
        self._forget_recent()
        item.begin_with(frames or [])
        return [ItemBegun(time_s, item.number, by, since_s), *self._look(item, time_s)]

    def _end(self, time_s: float, by: EndedBy) -> list[Event]:
        item = self._item
        if item is None:
            return []
        events: list[Event] = []
        if by in ("gap", "clock_restarted"):
            item.flag("frame_gap" if by == "gap" else "clock_restarted")
        why = "stream_ended" if by == "stream_ended" else "item_ended"
        events += self._decider.finish(item, time_s, why)
        self._item = None
        self._forget_recent()
        known = tuple(item.flags)
        counts = (item.frames, item.rejected, item.lost)
        return [*events, ItemEnded(time_s, item.number, by, item.until_s, known, *counts)]

    def _waiting(self, time_s: float) -> list[Event]:
        """Mind how long the item has been there."""
        item = self._item
        if item is None:
            return []
        events: list[Event] = []
        there = time_s - item.begun_s
        deadline = self.config.deadline_s
        if not item.decided and deadline is not None and there >= deadline:
            events += self._decider.finish(item, time_s, "deadline")
        if there >= self.config.stuck_s * (item.stuck_told + 1):
            item.stuck_told = int(there // self.config.stuck_s)
            events.append(Stuck(time_s, "item", item.number, there))
        return events

    def _reject(self, time_s: float | None, reason: Wrong) -> FrameRejected:
        self._rejected += 1
        if self._item is not None:
            self._item.rejected += 1
            self._item.flag("frames_rejected")
        return FrameRejected(time_s, reason, self._rejected)


def _count(sequence: object) -> int | None:
    """Sender's count; None where it is none."""
    usable = isinstance(sequence, int) and not isinstance(sequence, bool) and 0 <= sequence < 2**63
    return sequence if usable and isinstance(sequence, int) else None
