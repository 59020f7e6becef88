"""Lines in, lines out: bounded, one at a time, flushed at once."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from libraries.streams import Event, Stream, StreamConfig
from libraries.streams.judging import Judge
from spectra.errors import SpectraError

from ..bridge.framing import Fault, JsonLines
from .lines import Axis, Line, Refused, read_line
from .records import error_event, event_record

if TYPE_CHECKING:
    from libraries.engine import Engine

PIECE: Final = 1 << 16

Record = dict[str, Any]
Configure = Callable[[Axis], StreamConfig]


@dataclass(eq=False)
class Talk:
    """One stream of lines.

    Attributes
    ----------
    judge : Judge
        Judges averages.
    engine : Engine
        Behind it; records are made with its help.
    configure : callable
        Makes the stream's configuration once its axis is known.
    version : str
        Of contraspec.
    """

    judge: Judge
    engine: "Engine"
    configure: Configure
    version: str
    stream: Stream | None = None
    lines: int = 0
    _axis: Axis | None = field(default=None, repr=False)

    def answer(self, message: Mapping[str, Any] | Fault) -> list[Record]:
        """Say what one line brought about; whatever is wrong with it is a record."""
        self.lines += 1
        if isinstance(message, Fault):
            return [error_event(message.error, message.message, line=self.lines)]
        line = read_line(message)
        if isinstance(line, Refused):
            return [error_event(line.error, line.message, line=self.lines)]
        wrong = self._use_axis(line.axis)
        if wrong:
            return [wrong]
        if self.stream is None:
            told = "the axis comes first: a line with axis, alone or with the first frame"
            return [error_event("no_axis", told, line=self.lines)]
        return self._records(_events(self.stream, line))

    def close(self) -> list[Record]:
        """End the stream; an item that is there is reported."""
        return self._records(self.stream.close()) if self.stream else []

    def _use_axis(self, axis: Axis | None) -> Record | None:
        """Begin the stream by its axis; what is wrong with it."""
        if axis is None:
            return None
        if self._axis is not None:
            if axis.axis == self._axis.axis and axis.technique == self._axis.technique:
                return None
            told = "a stream has one axis and technique: end this one and start another"
            return error_event("axis_changed", told, line=self.lines)
        try:
            self.stream = Stream(self.judge, self.configure(axis))
        except SpectraError as error:
            return error_event("bad_request", str(error), line=self.lines)
        self._axis = replace(axis, axis=list(axis.axis))
        return None

    def _records(self, events: Iterable[Event]) -> list[Record]:
        return [event_record(event, engine=self.engine, version=self.version) for event in events]


def _events(stream: Stream, line: Line) -> list[Event]:
    if line.relearn:
        return stream.relearn()
    if line.tick_s is not None:
        return stream.tick(line.tick_s)
    return stream.push(line.frame) if line.frame else []


def read_messages(source: BinaryIO, limit: int) -> Iterator[Mapping[str, Any] | Fault]:
    """Objects of the lines as they arrive, and what is wrong with those that are none.

    Parameters
    ----------
    source : binary file
        Read in pieces of what is there, so that no line waits for the next.
    limit : int
        Bytes of the longest line; of a longer one nothing is kept.
    """
    decoder = JsonLines(limit)
    read = getattr(source, "read1", source.read)
    while piece := read(PIECE):
        for raw in decoder.split(piece):
            yield raw if isinstance(raw, Fault) else decoder.decode(raw)
    for raw in decoder.split(b"\n"):  # a last line without its end
        yield raw if isinstance(raw, Fault) else decoder.decode(raw)


def say(record: Record) -> None:
    """Write one line and push it out."""
    from .._records import json_line

    sys.stdout.write(json_line(record) + "\n")
    sys.stdout.flush()


def as_array(values: list[float]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Axis of a line as an array; numbers that no float can hold are infinite."""
    try:
        return np.array(values, dtype=np.float64)
    except (OverflowError, ValueError, TypeError):
        return np.full(len(values), np.inf)
