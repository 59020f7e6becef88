"""A client's end of the protocol: connect, send, receive, insist."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, Protocol

from .ledger import Ledger
from .questions import Ask

Message = dict[str, Any]
Address = tuple[str, int] | Path
"""Of TCP, or of a Unix socket."""

REPLY_S: Final = 45.0
"""Without a reply for so long, while the connection stands, a question is lost."""
BACK_S: Final = 60.0
"""A bridge that was killed is back by then."""


class Talk(Protocol):
    """A conversation with a bridge, over whatever carries it."""

    def send(self, messages: Iterable[Message]) -> None:
        """Send messages in one piece."""

    def receive(self) -> Message | None:
        """Next message; None at the end. TimeoutError when nothing comes."""

    def until(self, wanted: str) -> Message | None:
        """Next message of a type, or with an id; None at the end."""

    def close(self) -> None:
        """End it."""


class Wire:
    """One connection.

    Parameters
    ----------
    address : tuple or path
        Of the bridge.
    framing : str
        ``json`` or ``msgpack``.
    timeout_s : float
        For each step.
    """

    def __init__(self, address: Address, framing: str = "json", timeout_s: float = REPLY_S) -> None:
        if isinstance(address, Path):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout_s)
            try:
                self.socket.connect(str(address))
            except OSError:
                self.socket.close()
                raise
        else:
            self.socket = socket.create_connection(address, timeout=timeout_s)
        self.framing = framing
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(OSError):
            self._file.close()
        self.socket.close()

    def send(self, messages: Iterable[Message]) -> None:
        """Send messages in one piece."""
        self.socket.sendall(b"".join(encoded(each, self.framing) for each in messages))

    def receive(self) -> Message | None:
        """Next message; None at the end, however it came about.

        Raises
        ------
        TimeoutError
            Nothing came, and the connection stands.
        """
        try:
            if self.framing == "json":
                data = self._file.readline()
                return _decoded(data, self.framing) if data.endswith(b"\n") else None
            prefix = self._file.read(4)
            length = int.from_bytes(prefix, "big") if len(prefix) == 4 else 0
            data = self._file.read(length)
            return _decoded(data, self.framing) if length and len(data) == length else None
        except ConnectionError:
            return None

    def until(self, wanted: str) -> Message | None:
        """Next message of a type, or with an id; None at the end."""
        while (found := self.receive()) is not None:
            if wanted in (found["type"], found.get("id")):
                return found
        return None


def encoded(message: Message, framing: str) -> bytes:
    """Bytes of a message."""
    if framing == "json":
        return json.dumps(message).encode("ascii") + b"\n"
    import msgpack

    packed: bytes = msgpack.packb(message)
    return len(packed).to_bytes(4, "big") + packed


def _decoded(data: bytes, framing: str) -> Message:
    """Message that whole data holds; what cannot be read is an error of the bridge."""
    try:
        if framing == "json":
            return dict(json.loads(data))
        import msgpack

        return dict(msgpack.unpackb(data))
    except (ValueError, TypeError) as error:
        return {"type": "error", "id": None, "error": "unreadable", "message": f"{error}: {data[:80]!r}"}


class Insisting:
    """A client that asks again, under the same id, until each question has its reply.

    Parameters
    ----------
    connect : callable
        Connects to the bridge; OSError while it is away.
    ledger : Ledger
        Takes what comes of it.
    name : str
        Under which its ids belong together.
    """

    def __init__(self, connect: "Callable[[], Talk]", ledger: Ledger, name: str) -> None:
        self._connect, self._ledger, self.name = connect, ledger, name
        self._wire: Talk | None = None

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def settle(self, asks: list[Ask], circumstances: str = "faults") -> dict[str, Message]:
        """Ask all at once and again until each is answered; gives the last reply to each.

        Parameters
        ----------
        asks : list of Ask
            Their ids differ.
        circumstances : str
            Under which the time of new identifications is noted.
        """
        self._ledger.count("requests", len(asks))
        self._ledger.count("identifications", sum(ask.fresh for ask in asks))
        open_asks, replies = {ask.id: ask for ask in asks}, {}
        while open_asks:
            wire = self._connected()
            if wire is None:
                for ask in open_asks:
                    self._ledger.lost(f"{ask}: the bridge did not come back in {BACK_S:g} s")
                break
            pause = self._round(wire, open_asks, replies, circumstances)
            if pause:
                time.sleep(pause)
        return replies

    def _round(
        self, wire: Talk, open_asks: dict[str, Ask], replies: dict[str, Message], circumstances: str
    ) -> float:
        """Send what is open and take replies in; seconds to wait before the next round."""
        waiting, pause = set(open_asks), 0.0
        self._ledger.count("sent", len(waiting))
        try:
            sent = time.monotonic()
            wire.send(ask.message for ask in open_asks.values())
            while waiting:
                reply = wire.receive()
                if reply is None:
                    raise ConnectionError
                name = reply.get("id")
                if name not in waiting:
                    if reply["type"] == "error" and reply["error"] != "too_slow":
                        self._ledger.wrong(f"an error that nobody asked for: {reply!r:.200}")
                    continue
                waiting.discard(name)
                if reply["type"] == "busy":
                    self._ledger.count("busy")
                    pause = max(pause, reply["retry_after_ms"] / 1000.0)
                    continue
                ask = open_asks.pop(name)
                replies[name] = reply
                self._judge(ask, reply, time.monotonic() - sent, circumstances)
        except TimeoutError:
            for name in sorted(waiting):
                self._ledger.lost(f"{name}: nothing for {REPLY_S:g} s, and the connection stands")
                open_asks.pop(name)
            self.close()
        except OSError:
            self._ledger.count("closed")
            self.close()
        return min(pause, 1.0)

    def _judge(self, ask: Ask, reply: Message, seconds: float, circumstances: str) -> None:
        self._ledger.count("answered")
        if reply["type"] == "error":
            self._ledger.count("refused")
        wrong = ask.check(reply)
        if wrong:
            self._ledger.wrong(f"{ask.id}: {wrong}")
        if ask.fresh and reply["type"] == "result":
            self._ledger.took(circumstances, seconds)

    def _connected(self) -> Talk | None:
        """Give the connection, a new one where it ended; None when nobody answers for too long."""
        ends = time.monotonic() + BACK_S
        while self._wire is None and time.monotonic() < ends:
            try:
                self._wire = self._connect()
                self._wire.send([{"type": "hello", "id": "hello", "client": self.name}])
                if self._wire.until("hello") is None:
                    raise ConnectionError
            except OSError:
                self.close()
                time.sleep(0.1)
        return self._wire
