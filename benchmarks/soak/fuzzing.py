"""Mutated conversations thrown at a bridge: each gets replies that are replies, or the end; never a hang.

Seeded: case N of seed S is the same bytes on every machine.
"""

import contextlib
import json
import random
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.fuzz.mutations import mutate

from .bridges import Bridge
from .questions import Oracle, identify, make_oracle
from .talking import Wire, encoded

KINDS: Final = frozenset(
    ("ready", "result", "error", "busy", "health", "metrics", "reloaded", "heartbeat", "stopping")
)
QUIET_S: Final = 30.0
"""A conversation that says nothing more and does not end for so long hangs."""
_LOOKED: Final = 250
"""Cases between two looks whether well-behaved questions still get their answers."""


def seeds_of(oracle: Oracle) -> list[bytes]:
    """Make intact conversations, half of them in each framing."""
    small = [{"type": kind, "id": kind} for kind in ("health", "metrics", "hello")]
    found = []
    for framing in ("json", "msgpack"):
        one = identify("one", oracle.scans[0], framing=framing, metadata={"serial": "A", "n": 3})
        named = {"type": "hello", "id": "h", "client": "line 4", "token": "x" * 20}
        short = {"type": "identify", "id": "s", "axis": [1, 2, 3], "intensity": [1, 2, 3], "deadline_ms": 5}
        for talk in ([one], small, [named, *small, one], [short, *small], [named], [one, one, short]):
            found.append(b"".join(encoded(each, framing) for each in talk))
    return found


def converse(address: tuple[str, int], data: bytes) -> list[dict[str, Any]]:
    """Send bytes, say that no more come, and read to the end.

    Raises
    ------
    TimeoutError
        It neither speaks nor ends.
    ValueError
        What it says is no message.
    """
    framing = "msgpack" if data[:1] == b"\0" else "json"
    with Wire(address, framing, QUIET_S) as wire:
        with contextlib.suppress(ConnectionError):
            wire.socket.sendall(data)
            wire.socket.shutdown(socket.SHUT_WR)
        found = list(iter(wire.receive, None))
    for each in found:
        if each.get("type") not in KINDS or each.get("error") in ("unreadable", "internal"):
            raise ValueError(f"{each!r:.300}")
    return found


def throw(bridge: Bridge, oracle: Oracle, cases: range) -> Iterator[tuple[int, str, list[dict[str, Any]]]]:
    """Throw cases at a bridge; number of the case, what was wrong, what it said."""
    seeds = seeds_of(oracle)
    for number in cases:
        _, data = mutate(seeds, number)
        remark, said = "", []
        try:
            said = converse(bridge.tcp, data)
            if number % _LOOKED == 0 and (wrong := _still_right(bridge, oracle, number)):
                remark = wrong
        except TimeoutError:
            remark = "it hangs"
        except ValueError as error:
            remark = str(error)
        except OSError as error:
            remark = f"it is gone ({error})"
        yield number, remark, said


def main(n: int, seed: int, output: Path | None) -> int:
    """Throw n cases and print what was said; exit code 1 when one was not taken as it must be."""
    said: Counter[str] = Counter()
    remarks: list[str] = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        oracle = make_oracle(folder, 6, seed)
        shutil.copyfile(oracle.files[0], folder / "library.h5")
        bridge = Bridge(folder / "library.h5", folder)
        try:
            bridge.start()
            first = seed * 1_000_000
            for number, remark, replies in throw(bridge, oracle, range(first, first + n)):
                said.update(each.get("error") or each["type"] for each in replies)
                remarks += [f"case {number}: {remark}"] if remark else []
                if remark.startswith("it is gone"):
                    break
        finally:
            bridge.stop()
    figures = {"cases": n, "wrong": len(remarks), "said": dict(sorted(said.items())), "remarks": remarks[:20]}
    print(json.dumps(figures, indent=1))
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    if output:
        output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if remarks else 0


def _still_right(bridge: Bridge, oracle: Oracle, number: int) -> str | None:
    """Ask a question as one should; what is wrong with the answer."""
    place = random.Random(number).randrange(len(oracle.scans))
    with Wire(bridge.tcp, "msgpack", QUIET_S) as wire:
        wire.send([identify(f"right {number}", oracle.scans[place], framing="msgpack")])
        reply = wire.until(f"right {number}")
    return "a well-behaved question got no answer" if reply is None else oracle.check(place)(reply)
