"""Clients that misbehave: they may lose their own connection, and nobody else anything."""

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Final

from .bridges import MESSAGE_BYTES, MESSAGE_S, Bridge
from .crowd import expects_error
from .ledger import Ledger
from .questions import Ask, Oracle, identify
from .talking import Insisting, Wire, encoded

Rude = Callable[[Bridge, Oracle, Ledger, random.Random], None]
_LATE_S: Final = 12.0
"""What a slow client may be put up with longer than it should, on a busy machine."""


def cut_messages(bridge: Bridge, oracle: Oracle, _ledger: Ledger, rng: random.Random) -> None:
    """Leave in the middle of a message, politely or by a reset."""
    for framing in ("json", "msgpack"):
        data = encoded(identify(f"cut {rng.random()}", oracle.scans[0], framing=framing), framing)
        with Wire(bridge.tcp, framing) as wire:
            wire.socket.sendall(data[: rng.randrange(1, len(data))])
            if rng.random() < 0.5:
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def leave_unanswered(bridge: Bridge, oracle: Oracle, _ledger: Ledger, rng: random.Random) -> None:
    """Ask, and leave before the answer."""
    with Wire(bridge.unix, "msgpack") as wire:
        name = f"left {rng.random()}"
        wire.send([identify(name, oracle.scans[rng.randrange(len(oracle.scans))], framing="msgpack")])


def garbage(bridge: Bridge, _oracle: Oracle, ledger: Ledger, rng: random.Random) -> None:
    """Send noise, then a request that must be answered on the same connection."""
    with Wire(bridge.tcp) as wire:
        line = bytes(each for each in rng.randbytes(400) if each != ord("\n"))
        wire.socket.sendall(b"{" + line + b"\n")
        if wire.until("error") is None:
            raise ConnectionError
    client = Insisting(lambda: _after(bridge, b"[]\n"), ledger, f"garbage {rng.random()}")
    client.settle([Ask({"type": "dance", "id": "after garbage"}, expects_error("bad_request"))])
    client.close()


def oversized(bridge: Bridge, _oracle: Oracle, ledger: Ledger, _rng: random.Random) -> None:
    """Send a message above the limit; the next one must be answered."""
    large = b"x" * (MESSAGE_BYTES + 1000)
    for framing, data in (("json", large + b"\n"), ("msgpack", struct.pack(">I", len(large)) + large)):
        with Wire(bridge.tcp, framing) as wire:
            wire.socket.sendall(data)
            wire.send([{"type": "health", "id": "after"}])
            first, after = wire.until("error"), wire.until("after")
            if first is None or after is None:
                raise ConnectionError
            if first["error"] != "too_large":
                ledger.wrong(f"oversized: {first!r:.200}")


def slow(bridge: Bridge, _oracle: Oracle, ledger: Ledger, _rng: random.Random) -> None:
    """Send a message byte by byte: it must be told so and shut out in time."""
    begun = time.monotonic()
    with Wire(bridge.tcp, timeout_s=0.25) as wire:
        wire.socket.sendall(b'{"type": "hea')
        while time.monotonic() - begun < MESSAGE_S + _LATE_S:
            try:
                wire.socket.sendall(b" ")
                if (data := wire.socket.recv(65_536)) == b"" or b"too_slow" in data:
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    ledger.violated("slow: it was put up with for ever")


def deaf(bridge: Bridge, _oracle: Oracle, _ledger: Ledger, _rng: random.Random) -> None:
    """Ask much and read nothing."""
    with Wire(bridge.tcp, timeout_s=1.0) as wire, contextlib.suppress(OSError):
        for _ in range(200):
            wire.send({"type": "metrics", "id": "m"} for _ in range(50))


def duplicates(bridge: Bridge, oracle: Oracle, ledger: Ledger, rng: random.Random) -> None:
    """Send one request many times, over several connections at once: one answer, word for word."""
    number, name = rng.randrange(len(oracle.scans)), f"twin {rng.random()}"
    answers = []

    def ask(framing: str) -> None:
        client = Insisting(lambda: Wire(bridge.tcp, framing), ledger, f"{name} {framing}")
        for _ in range(3):
            message = identify(name, oracle.scans[number], framing=framing)
            answers.extend(client.settle([Ask(message, oracle.check(number))]).values())
        client.close()

    threads = [threading.Thread(target=ask, args=(framing,)) for framing in ("msgpack", "json", "msgpack")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len({repr(each.get("result")) for each in answers}) > 1:
        ledger.wrong(f"duplicates: scan {number} got several answers")


def burst(bridge: Bridge, oracle: Oracle, ledger: Ledger, rng: random.Random) -> None:
    """Ask more at once than may be in flight: busy, asked again, answered."""
    client = Insisting(lambda: Wire(bridge.unix, "msgpack"), ledger, f"burst {rng.random()}")
    asks = []
    for place in range(40):
        number = rng.randrange(len(oracle.scans))
        message = identify(f"{client.name} {place}", oracle.scans[number], framing="msgpack")
        asks.append(Ask(message, oracle.check(number), fresh=True))
    client.settle(asks)
    client.close()


def crowding(bridge: Bridge, _oracle: Oracle, _ledger: Ledger, _rng: random.Random) -> None:
    """Open more connections than there may be: those silent longest make room."""
    wires = []
    with contextlib.suppress(OSError):
        for _ in range(60):
            wires.append(Wire(bridge.unix))
            wires[-1].socket.sendall(b"\n")
    for wire in wires:
        wire.close()


RUDE: Final[dict[str, Rude]] = {
    "cut": cut_messages,
    "left": leave_unanswered,
    "garbage": garbage,
    "oversized": oversized,
    "slow": slow,
    "deaf": deaf,
    "duplicates": duplicates,
    "burst": burst,
    "crowding": crowding,
}
"""By the name under which the report counts them."""


def _after(bridge: Bridge, data: bytes) -> Wire:
    """Connect, and begin with something wrong."""
    wire = Wire(bridge.tcp)
    wire.socket.sendall(data)
    return wire
