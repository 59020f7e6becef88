"""Where messages begin and end: newline JSON and length-prefixed MessagePack. No sockets here.

A stream is split in whatever pieces arrive. What is wrong with one message is a ``Fault`` in its place, and
the next one is read as if nothing had been; no more than the limit and one piece is ever kept. Splitting is
quick however large a message is; decoding is not, and may be done in another thread.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, Protocol

Framing = Literal["json", "msgpack"]
FRAMINGS: Final[tuple[Framing, ...]] = ("json", "msgpack")
PREFIX_BYTES: Final = 4


@dataclass(frozen=True)
class Fault:
    """A message that cannot be read.

    Attributes
    ----------
    error : str
        ``malformed`` or ``too_large``.
    message : str
        What was expected.
    """

    error: str
    message: str


class Decoder(Protocol):
    """One stream of one framing."""

    @property
    def framing(self) -> Framing:
        """Its name."""

    @property
    def partial(self) -> bool:
        """Whether a message has begun that has not ended."""

    def split(self, data: bytes) -> list[bytes | Fault]:
        """Take in what arrived; the messages that are complete now, undecoded, and what was wrong."""

    def decode(self, raw: bytes) -> dict[str, Any] | Fault:
        """Read one message; touches nothing of the stream."""

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """Bytes of one message in this framing."""


def decoder_of(framing: Framing, limit: int) -> Decoder:
    """Make the decoder of a framing.

    Parameters
    ----------
    framing : str
        One of ``FRAMINGS``.
    limit : int
        Bytes of the largest message.

    Raises
    ------
    ExtraError
        MessagePack without its package.
    """
    return JsonLines(limit) if framing == "json" else MessagePack(limit)


def framing_of(first: bytes) -> Framing:
    """Framing that a stream's first byte states: 0 can only be that of a length below 16 MiB."""
    return "msgpack" if first[:1] == b"\0" else "json"


class JsonLines:
    """One JSON object a line; empty lines are nothing."""

    framing: Framing = "json"

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._skipping = False

    @property
    def partial(self) -> bool:
        """Whether a line has begun that has not ended."""
        return self._skipping or bool(self._kept)

    def split(self, data: bytes) -> list[bytes | Fault]:
        """Take in what arrived; see ``Decoder``."""
        found: list[bytes | Fault] = []
        *ended, rest = data.split(b"\n")
        for line in ended:
            found += self._ended(line)
        if not self._skipping:
            self._kept += rest
            if len(self._kept) > self._limit:
                found.append(_too_large(self._limit))
                self._kept.clear()
                self._skipping = True
        return found

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """One line of ASCII JSON."""
        return json.dumps(message, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"

    def decode(self, raw: bytes) -> dict[str, Any] | Fault:
        """Read one line; see ``Decoder``."""
        try:
            message = json.loads(raw, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            return Fault("malformed", f"no line of JSON ({error})"[:200])
        return _as_object(message)

    def _ended(self, line: bytes) -> list[bytes | Fault]:
        whole, skipped = bytes(self._kept) + line, self._skipping
        self._kept.clear()
        self._skipping = False
        if skipped or not whole.strip():
            return []
        if len(whole) > self._limit:
            return [_too_large(self._limit)]
        return [whole]


class MessagePack:
    """A length of 4 bytes, highest first, then that many bytes of MessagePack; length 0 is nothing."""

    framing: Framing = "msgpack"

    def __init__(self, limit: int) -> None:
        from spectra._extras import needs_extra

        with needs_extra("bridge", "MessagePack (package msgpack)"):
            import msgpack
        self._pack, self._unpack = msgpack.packb, msgpack.unpackb
        self._wrong = (ValueError, RecursionError, msgpack.UnpackException)
        self._limit = limit
        self._kept = bytearray()
        self._to_skip = 0

    @property
    def partial(self) -> bool:
        """Whether a message has begun that has not ended."""
        return bool(self._to_skip or self._kept)

    def split(self, data: bytes) -> list[bytes | Fault]:
        """Take in what arrived; see ``Decoder``."""
        found: list[bytes | Fault] = []
        self._kept += data
        while self._kept:
            if self._to_skip:
                skipped = min(self._to_skip, len(self._kept))
                del self._kept[:skipped]
                self._to_skip -= skipped
                continue
            if len(self._kept) < PREFIX_BYTES:
                break
            length = int.from_bytes(self._kept[:PREFIX_BYTES], "big")
            if length > self._limit:
                found.append(_too_large(self._limit))
                del self._kept[:PREFIX_BYTES]
                self._to_skip = length
                continue
            if len(self._kept) < PREFIX_BYTES + length:
                break
            if length:
                found.append(bytes(self._kept[PREFIX_BYTES : PREFIX_BYTES + length]))
            del self._kept[: PREFIX_BYTES + length]
        return found

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """One message with its length."""
        packed: bytes = self._pack(dict(message), use_bin_type=True)
        return len(packed).to_bytes(PREFIX_BYTES, "big") + packed

    def decode(self, raw: bytes) -> dict[str, Any] | Fault:
        """Read one message; see ``Decoder``."""
        try:
            message = self._unpack(raw, raw=False, strict_map_key=True)
        except self._wrong as error:
            return Fault("malformed", f"no MessagePack ({error})"[:200])
        return _as_object(message)


def _as_object(message: object) -> dict[str, Any] | Fault:
    if not isinstance(message, dict) or not all(isinstance(key, str) for key in message):
        return Fault("malformed", "a message is an object with text for keys")
    return message


def _too_large(limit: int) -> Fault:
    return Fault("too_large", f"a message has at most {limit} bytes: send fewer points")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
