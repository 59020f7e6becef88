"""Faults of the world around a bridge: its library file, its disk, its clock, its life."""

import contextlib
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from .bridges import Bridge
from .clock import Clock
from .disk import Disk
from .ledger import Ledger
from .pipes import Parent, Pipes
from .questions import Ask, Oracle, identify
from .talking import Insisting, Wire

YEARS: Final = (10, -20, 40, -1)
_YEAR_S: Final = 365 * 86_400
_NOTICED_S: Final = 30.0
_IN_FLIGHT: Final = 8
_KEPT: Final = 12


@dataclass(eq=False)
class World:
    """Everything that can be harmed.

    Attributes
    ----------
    steady : Bridge
        Lives from the first to the last moment.
    mortal : Bridge
        Is ended and started again.
    parent : Parent
        Of a bridge on its standard streams.
    disk : Disk
        Of the steady bridge: library and log.
    clock : Clock or None
        Of the steady bridge.
    """

    steady: Bridge
    mortal: Bridge
    parent: Parent
    disk: Disk
    clock: Clock | None
    oracle: Oracle
    ledger: Ledger
    rng: random.Random
    kept: dict[str, tuple[Ask, str]] = field(default_factory=dict)

    def put(self, number: int) -> None:
        """Put one of the releases where the steady bridge looks, as a release does; wait for it."""
        part = self.steady.library.with_suffix(".part")
        shutil.copyfile(self.oracle.files[number], part)
        os.replace(part, self.steady.library)
        self.await_health(
            f"release {number + 1} in use",
            lambda said: (
                said["libraries"][0]["sha256"] == self.oracle.hashes[number] and said["status"] == "ok"
            ),
        )

    def await_health(self, what: str, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until the steady bridge says something of itself."""
        ends, said = time.monotonic() + _NOTICED_S, None
        while time.monotonic() < ends:
            with contextlib.suppress(OSError):  # crowded out: ask again
                said = self.steady.health()
                if holds(said):
                    return
            time.sleep(0.1)
        self.ledger.violated(f"{what}: not within {_NOTICED_S:g} s: {said!r:.300}")

    def refuses(self, what: str) -> None:
        """Wait until the steady bridge says that it keeps the libraries it has."""
        self.await_health(what, lambda said: said["status"] == "old_libraries")


def library_replaced(world: World) -> None:
    """Release another library, and then the first again."""
    world.put(1)
    world.put(0)


def library_corrupted(world: World) -> None:
    """Change one byte in place."""
    data = bytearray(world.oracle.files[1].read_bytes())
    data[world.rng.randrange(len(data) // 4, len(data))] ^= 0x10
    world.steady.library.write_bytes(data)
    world.refuses("a corrupted library")
    world.put(0)


def library_truncated(world: World) -> None:
    """Cut it short in place."""
    os.truncate(world.steady.library, world.steady.library.stat().st_size // 3)
    world.refuses("a truncated library")
    world.put(0)


def library_removed(world: World) -> None:
    """Remove it for a while; what was loaded goes on."""
    world.steady.library.unlink()
    client = Insisting(lambda: Wire(world.steady.tcp), world.ledger, f"orphan {world.rng.random()}")
    client.settle(_some(world, client.name, 3))
    with Wire(world.steady.tcp) as wire:
        wire.send([{"type": "reload", "id": "gone"}])
        said = wire.until("gone")
    if said is not None and said.get("ok"):
        world.ledger.violated("a library that is gone was loaded")
    client.settle(_some(world, f"{client.name} again", 3))
    client.close()
    world.put(0)


def disk_full(world: World) -> None:
    """Fill the disk that library and log are on; a library that does not go in whole is refused."""
    world.disk.fill(world.steady.pid)
    try:
        if world.disk.copy(world.oracle.files[1], world.steady.library, world.steady.pid):
            world.ledger.violated("the disk was not full")
        world.refuses("a library cut short by a full disk")
        client = Insisting(lambda: Wire(world.steady.unix), world.ledger, f"full {world.rng.random()}")
        client.settle(_some(world, client.name, 3))
        client.close()
    finally:
        world.disk.empty(world.steady.pid)
    world.put(0)


def clock_jump(world: World) -> None:
    """Set the system's clock years ahead and back while deadlines run."""
    if world.clock is None:
        return
    client = Insisting(lambda: Wire(world.steady.tcp), world.ledger, f"clock {world.rng.random()}")
    before, true = world.steady.health()["uptime_s"], time.monotonic()
    for place, years in enumerate((*YEARS, 0)):
        world.clock.jump(years * _YEAR_S)
        client.settle(_some(world, f"{client.name} {place}", 2, deadline_ms=120_000))
    passed = world.steady.health()["uptime_s"] - before
    client.close()
    if not 0 <= passed <= time.monotonic() - true + 1.0:
        world.ledger.violated(f"the clock jumped and uptime moved by {passed:g} s")


def sigterm(world: World) -> None:
    """Ask it to end: it says so, ends with 0, and is started again."""
    client, thread = _in_flight(world, "term")
    with Wire(world.mortal.tcp) as wire:
        wire.send([{"type": "health", "id": "listening"}])
        listened = wire.until("listening") is not None
        code = world.mortal.end(signal.SIGTERM)
        if listened and wire.until("stopping") is None:
            world.ledger.violated("SIGTERM: it did not say that it stops")
    if code:
        world.ledger.violated(f"SIGTERM: exit code {code}")
    _back(world, client, thread)


def sigkill(world: World) -> None:
    """Kill it with questions in flight, and start it again."""
    client, thread = _in_flight(world, "kill")
    world.mortal.end(signal.SIGKILL)
    _back(world, client, thread)


def parent_kills(world: World) -> None:
    """Kill the bridge on its standard streams; its parent starts another and asks again."""
    world.parent.kill()


def parent_leaves(world: World) -> None:
    """Close the input of a bridge on its standard streams: all is answered, and it ends with 0."""
    pipes = Pipes(world.mortal.library)
    asks = {ask.id: ask for ask in _some(world, f"leaving {world.rng.random()}", 4)}
    world.ledger.count("requests", len(asks))
    world.ledger.count("identifications", len(asks))
    pipes.send(ask.message for ask in asks.values())
    pipes.leave()
    while (reply := pipes.receive()) is not None:
        ask = asks.pop(str(reply.get("id")), None)
        if ask is not None:
            world.ledger.count("answered")
            if wrong := ask.check(reply):
                world.ledger.wrong(wrong)
    if asks:
        world.ledger.lost(f"input closed: {len(asks)} unanswered")
        world.ledger.count("lost", len(asks) - 1)
    if code := pipes.process.wait(30):
        world.ledger.violated(f"input closed: exit code {code}")
    pipes.close()


Harm = Callable[[World], None]
HARM: Final[dict[str, Harm]] = {
    "library_replaced": library_replaced,
    "sigkill": sigkill,
    "library_corrupted": library_corrupted,
    "clock_jump": clock_jump,
    "library_removed": library_removed,
    "sigterm": sigterm,
    "disk_full": disk_full,
    "parent_kills": parent_kills,
    "library_truncated": library_truncated,
    "parent_leaves": parent_leaves,
}
"""By the name under which the report counts them."""


def _some(world: World, name: str, n: int, **more: Any) -> list[Ask]:
    """Make new identifications under names of their own."""
    found = []
    for place in range(n):
        number = world.rng.randrange(len(world.oracle.scans))
        message = identify(f"{name} {place}", world.oracle.scans[number], framing="json", **more)
        found.append(Ask(message, world.oracle.check(number), fresh=True))
    return found


def _in_flight(world: World, name: str) -> tuple[Insisting, threading.Thread]:
    """Have questions in flight, some answered already and kept to be asked again."""
    client = Insisting(lambda: Wire(world.mortal.tcp), world.ledger, f"{name} {world.rng.random()}")
    asks = _some(world, f"{client.name} before", 3)
    replies = client.settle(asks)
    for ask in asks:
        if replies.get(ask.id, {}).get("type") == "result":
            world.kept[ask.id] = ask, repr(replies[ask.id]["result"])
    while len(world.kept) > _KEPT:
        world.kept.pop(next(iter(world.kept)))
    thread = threading.Thread(
        target=client.settle,
        args=(_some(world, f"{client.name} during", _IN_FLIGHT),),
        daemon=True,
    )
    thread.start()
    time.sleep(0.05 + 0.1 * world.rng.random())
    return client, thread


def _back(world: World, client: Insisting, thread: threading.Thread) -> None:
    """Start it again; what was in flight is answered, and what was answered before, identically."""
    world.mortal.start()
    thread.join()
    replies = client.settle([ask for ask, _ in world.kept.values()])
    for name, (_, before) in world.kept.items():
        if repr(replies.get(name, {}).get("result")) != before:
            world.ledger.wrong(f"{name}: another answer after the restart")
    client.close()
