"""A run: three bridges, a crowd, rude clients and a hostile world, at the same time."""

import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from .bridges import REMEMBER, Bridge
from .clock import make_clock
from .crowd import Crowd, Member
from .disk import make_disk
from .harm import HARM, World
from .ledger import Ledger
from .memory import Sampler
from .pipes import Parent
from .questions import make_oracle
from .report import Run
from .rude import RUDE
from .talking import Insisting, Wire

WHERE: Final = (
    ("steady", "tcp", "json"), ("steady", "unix", "msgpack"), ("steady", "tcp", "msgpack"),
    ("mortal", "tcp", "json"), ("mortal", "unix", "msgpack"),
)  # fmt: skip
"""Bridge, transport and framing of each member of the crowd; one more is a parent."""


@dataclass(frozen=True)
class Plan:
    """How long and how hard.

    Attributes
    ----------
    minutes : float
        That the crowd asks at least.
    short : bool
        Fewer scans and calm calls, for a run of a minute or less.
    rate : float
        Requests a second that the crowd aims at.
    seed : int
        Of all choices.
    """

    minutes: float
    short: bool = False
    rate: float = 330.0
    seed: int = 0

    @property
    def scans(self) -> int:
        """Different scans."""
        return 24 if self.short else 96

    @property
    def calm_calls(self) -> int:
        """Calls before and calls after the faults."""
        return 40 if self.short else 300


def run(plan: Plan, folder: Path, say: Callable[[str], None]) -> Run:
    """Run it.

    Parameters
    ----------
    plan : Plan
        How long and how hard.
    folder : path
        Empty; for everything that the bridges need.
    say : callable
        Takes a line of progress.
    """
    ledger = Ledger()
    with _world(plan, folder, ledger) as world:
        say("bridges are ready")
        calm = _member(world, "steady", "tcp", "msgpack", place=-1)
        _calmly(calm, plan.calm_calls)
        _settle_memory(world, plan)
        sampler = Sampler(lambda: world.steady.pid)
        sampler.start()
        begun = time.monotonic()
        _storm(plan, world, say)
        slope, minutes = sampler.stop(), (time.monotonic() - begun) / 60.0
        _calmly(calm, plan.calm_calls)
        calm.client.close()
        if world.steady.process is not None and world.steady.process.poll() is not None:
            ledger.violated(f"the steady bridge ended with {world.steady.process.returncode}")
        elif code := world.steady.end(signal.SIGTERM):
            ledger.violated(f"the steady bridge ended with {code} in the end")
        notes = [f"the disk is {world.disk.kind}"]
        if world.clock is None:
            notes.append("no clock jumped: that takes Linux and a C compiler")
    return Run(ledger, slope, minutes, tuple(notes))


@contextmanager
def _world(plan: Plan, folder: Path, ledger: Ledger) -> Iterator[World]:
    """Bridges that answer, and everything about them; nothing of it is left."""
    oracle = make_oracle(folder, plan.scans, plan.seed)
    clock, disk = make_clock(folder), make_disk(folder / "disk")
    kept = folder / "library.h5"
    for target in (kept, disk.folder / "library.h5"):
        shutil.copyfile(oracle.files[0], target)
    for name in ("steady", "mortal"):
        (folder / name).mkdir()
    steady = Bridge(
        disk.folder / "library.h5",
        folder / "steady",
        log=disk.folder / "log.txt",
        environment=clock.environment if clock else {},
    )
    mortal = Bridge(kept, folder / "mortal", threads=2)
    world = World(steady, mortal, Parent(kept), disk, clock, oracle, ledger, random.Random(plan.seed))
    try:
        steady.start()
        mortal.start()
        yield world
    finally:
        world.parent.kill()
        steady.stop()
        mortal.stop()
        disk.remove()


def _settle_memory(world: World, plan: Plan) -> None:
    """Have the steady bridge take the memory that it goes on using: two libraries at a time, all answers."""
    for number in (1, 0) if plan.short else 4 * (1, 0):
        world.put(number)
    member = _member(world, "steady", "unix", "json", place=-2)
    for _ in range(2 if plan.short else REMEMBER // 16):
        member.client.settle([member.fresh() for _ in range(16)])
    member.client.close()


def _storm(plan: Plan, world: World, say: Callable[[str], None]) -> None:
    """Let the crowd ask while everything else happens: for so long, and each fault at least once."""
    members = [_member(world, *where, place=place) for place, where in enumerate(WHERE)]
    parent = Insisting(world.parent.connect, world.ledger, "parent")
    members.append(Member(parent, "json", world.oracle, random.Random(99)))
    crowd = Crowd(members, world.ledger, plan.rate)
    ends = time.monotonic() + 60.0 * plan.minutes
    rude = threading.Thread(target=_be_rude, args=(world, ends, random.Random(plan.seed + 1)), daemon=True)
    crowd.start()
    rude.start()
    rounds = 0
    while rounds == 0 or time.monotonic() < ends:
        for name, harm in HARM.items():
            if rounds and time.monotonic() > ends:
                break
            _bring_about(world.ledger, name, partial(harm, world))
            _say_progress(world.ledger, say, ends)
            time.sleep(0.0 if plan.short else 1.0)
        rounds += 1
    rude.join()
    crowd.stop()


def _be_rude(world: World, ends: float, rng: random.Random) -> None:
    rounds = 0
    while rounds == 0 or time.monotonic() < ends:
        for name, rude in RUDE.items():
            bridge = world.steady if name == "burst" or rng.random() < 0.7 else world.mortal
            mortal = bridge is world.mortal
            _bring_about(
                world.ledger, name, partial(rude, bridge, world.oracle, world.ledger, rng), mortal=mortal
            )
            time.sleep(0.2)
        rounds += 1


def _bring_about(ledger: Ledger, name: str, fault: Callable[[], None], *, mortal: bool = True) -> None:
    """Bring a fault about; only a bridge that is killed now and then may be away or hang up on it."""
    try:
        fault()
    except TimeoutError:
        ledger.violated(f"{name}: no reply in time")
    except OSError as error:
        ledger.count("interrupted_faults")
        if not mortal:
            ledger.violated(f"{name}: the steady bridge hung up ({error!r})")
    except Exception as error:  # noqa: BLE001  # the run goes on and is not good
        ledger.violated(f"{name}: {type(error).__name__}: {error}")
    ledger.fault(name)


def _member(world: World, bridge: str, transport: str, framing: str, *, place: int) -> Member:
    served = world.steady if bridge == "steady" else world.mortal
    address = served.tcp if transport == "tcp" else served.unix
    client = Insisting(
        lambda: Wire(address, framing), world.ledger, f"{bridge} {transport} {framing} {place}"
    )
    return Member(client, framing, world.oracle, random.Random(place))


def _calmly(member: Member, calls: int) -> None:
    """Ask one new scan after the other."""
    for _ in range(calls):
        member.client.settle([member.fresh()], "calm")


def _say_progress(ledger: Ledger, say: Callable[[str], None], ends: float) -> None:
    counts = dict(ledger.counts)
    with suppress(KeyError):
        left = max(0.0, ends - time.monotonic())
        say(
            f"{counts['requests']:,} requests, {counts['identifications']:,} identifications, "
            f"{counts.get('wrong', 0)} wrong, {counts.get('lost', 0)} lost; {left:.0f} s left"
            f"{'; ' + ledger.remarks[-1] if ledger.remarks else ''}"
        )
