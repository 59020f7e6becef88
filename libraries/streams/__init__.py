"""Spectra that arrive one after the other: over a parcel belt, or in a process line.

    stream = Stream(Embedded(["mylab.h5"]), StreamConfig(axis))
    for frame in frames:
        for event in stream.push(frame):
            ...
    stream.close()

``docs/streams.md`` says what is promised.
"""

from .config import StreamConfig
from .events import (
    BackgroundReady,
    Decided,
    Event,
    Fault,
    FrameRejected,
    ItemBegun,
    ItemEnded,
    Looked,
    Started,
    Stuck,
)
from .frames import Frame
from .stream import Stream

__all__ = [
    "BackgroundReady",
    "Decided",
    "Event",
    "Fault",
    "Frame",
    "FrameRejected",
    "ItemBegun",
    "ItemEnded",
    "Looked",
    "Started",
    "Stream",
    "StreamConfig",
    "Stuck",
]
