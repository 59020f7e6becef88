"""Frames between the C library and its engine process: the twin of ``c/wire.c``.

A frame is two uint32, the length of its body and its kind, then the body. Numbers are as this machine
writes them (both ends are on it); a text is its length (uint32), its bytes and a zero byte, so that C can
use it where it lies; a list is its length (uint32) and its members.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

WIRE: Final = 1
"""First number of an OPEN frame: two halves of different versions notice it."""

OPEN: Final = 1
IDENTIFY: Final = 2
READY: Final = 3
RESULT: Final = 4
ERROR: Final = 5

MAX_BODY: Final = 1 << 28

_HEAD: Final = struct.Struct("=II")
_COUNT: Final = struct.Struct("=I")
_NUMBER: Final = struct.Struct("=d")


class WireError(Exception):
    """A frame that is not what it should be: the other half is another version, or broken."""


@dataclass(frozen=True)
class Frame:
    """One message.

    Attributes
    ----------
    kind : int
        ``OPEN`` and so on.
    body : bytes
        What it says.
    """

    kind: int
    body: bytes


def read_frame(stream: BinaryIO) -> Frame | None:
    """Read the next frame; None where the stream ends between two.

    Raises
    ------
    WireError
        A stream that ends inside a frame, or a frame above ``MAX_BODY``.
    """
    head = stream.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise WireError("ends inside the head of a frame")
    length, kind = _HEAD.unpack(head)
    if length > MAX_BODY:
        raise WireError(f"a frame of {length} bytes: expected at most {MAX_BODY}")
    body = stream.read(length)
    if len(body) < length:
        raise WireError("ends inside a frame")
    return Frame(kind, body)


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    """Write a frame and see that it leaves."""
    stream.write(_HEAD.pack(len(frame.body), frame.kind) + frame.body)
    stream.flush()


class Reader:
    """Takes a body apart, from its beginning."""

    def __init__(self, body: bytes) -> None:
        self._body, self._place = body, 0

    def count(self) -> int:
        """Next uint32."""
        return int(_COUNT.unpack(self._take(_COUNT.size))[0])

    def number(self) -> float:
        """Next float64."""
        return float(_NUMBER.unpack(self._take(_NUMBER.size))[0])

    def numbers(self, n: int) -> NDArray[np.float64]:
        """Next ``n`` float64, as a view."""
        return np.frombuffer(self._take(n * _NUMBER.size), dtype=np.float64)

    def text(self) -> bytes:
        """Next text, as it was written."""
        length = self.count()
        return self._take(length + 1)[:length]

    def texts(self) -> list[bytes]:
        """Next list of texts."""
        return [self.text() for _ in range(self.count())]

    def end(self) -> None:
        """Raise where something is left over."""
        if self._place != len(self._body):
            raise WireError(f"{len(self._body) - self._place} bytes too many")

    def _take(self, size: int) -> bytes:
        taken = self._body[self._place : self._place + size]
        if len(taken) < size:
            raise WireError("a frame is too short")
        self._place += size
        return taken


class Writer:
    """Puts a body together."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def count(self, value: int) -> "Writer":
        """Append a uint32."""
        self._parts.append(_COUNT.pack(value))
        return self

    def number(self, value: float | None) -> "Writer":
        """Append a float64; NaN for None."""
        self._parts.append(_NUMBER.pack(float("nan") if value is None else value))
        return self

    def text(self, value: str) -> "Writer":
        """Append a text; what UTF-8 or C cannot hold becomes a question mark."""
        data = value.replace("\0", "?").encode("utf-8", "replace")
        self._parts += (_COUNT.pack(len(data)), data, b"\0")
        return self

    def texts(self, values: Sequence[str]) -> "Writer":
        """Append a list of texts."""
        self.count(len(values))
        for value in values:
            self.text(value)
        return self

    def frame(self, kind: int) -> Frame:
        """Frame of what was appended."""
        return Frame(kind, b"".join(self._parts))
