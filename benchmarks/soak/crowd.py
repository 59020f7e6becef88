"""Clients that behave: new scans, repeated ones, small questions, wrong ones, hurried ones."""

import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from .ledger import Ledger
from .questions import Ask, Check, Oracle, identify
from .talking import Insisting

REPEATED: Final = 7
"""Questions of a batch that were asked before."""
SMALL: Final = 7
"""Questions of a batch that take no engine; half as many more are none at all."""
_BATCH: Final = 20.0
_REMEMBERED: Final = 30
_LOOSE_MS: Final = 120_000
_TIGHT_MS: Final = (1, 15, 40)


@dataclass(eq=False)
class Member:
    """One client and what it has asked.

    Attributes
    ----------
    client : Insisting
        Its connection.
    framing : str
        In which it speaks.
    oracle : Oracle
        Knows the answers.
    rng : random.Random
        Chooses.
    """

    client: Insisting
    framing: str
    oracle: Oracle
    rng: random.Random

    def __post_init__(self) -> None:
        self._asked: deque[tuple[str, int]] = deque(maxlen=_REMEMBERED)
        self._number = 0

    def batch(self) -> list[Ask]:
        """Make some twenty requests that are sent at once, each answered or refused as it must be."""
        asks = [self._special()]  # first: the name that it takes is not asked again
        again = self.rng.sample(list(self._asked), min(REPEATED, len(self._asked)))
        asks += [self._identify(name, number) for name, number in again]
        asks.append(self.fresh())
        asks += [self._plain("health") for _ in range(SMALL)]
        asks.append(self._plain("metrics"))
        asks += [
            Ask({"type": "dance", "id": self._name("bad")}, expects_error("bad_request"))
            for _ in range(SMALL // 2)
        ]
        self.rng.shuffle(asks)
        return asks

    def fresh(self) -> Ask:
        """Make a request for a scan under a new name."""
        name, number = self._name("scan"), self.rng.randrange(len(self.oracle.scans))
        self._asked.append((name, number))
        return self._identify(name, number, fresh=True)

    def _identify(self, name: str, number: int, *, fresh: bool = False, **more: Any) -> Ask:
        message = identify(name, self.oracle.scans[number], framing=self.framing, **more)
        return Ask(message, self.oracle.check(number), fresh)

    def _plain(self, kind: str) -> Ask:
        return Ask({"type": kind, "id": self._name(kind)}, expects(kind))

    def _special(self) -> Ask:
        """Make a request with a deadline, with arrays that are no spectrum, or under a used name."""
        kind = self.rng.randrange(4)
        number = self.rng.randrange(len(self.oracle.scans))
        if kind == 0:
            return self._identify(self._name("calm"), number, deadline_ms=_LOOSE_MS)
        if kind == 1:
            name, tight = self._name("late"), self.rng.choice(_TIGHT_MS)
            message = identify(name, self.oracle.scans[number], framing=self.framing, deadline_ms=tight)
            return Ask(message, _or_late(self.oracle.check(number)))
        if kind == 2 and len(self._asked) == _REMEMBERED:
            name, before = self._asked.popleft()
            other = (before + 1) % len(self.oracle.scans)
            message = identify(name, self.oracle.scans[other], framing=self.framing)
            return Ask(message, _or_reused(self.oracle.check(other)))
        short = {"type": "identify", "id": self._name("short"), "axis": [1, 2], "intensity": [1, 2]}
        return Ask(short, expects_error("damaged"))

    def _name(self, kind: str) -> str:
        self._number += 1
        return f"{self.client.name} {kind} {self._number}"


class Crowd:
    """Members, each in a thread of its own, until told to stop.

    Parameters
    ----------
    members : list of Member
        Who asks.
    ledger : Ledger
        Takes what a thread fails of.
    rate : float
        Requests a second that all of them aim at.
    """

    def __init__(self, members: list[Member], ledger: Ledger, rate: float) -> None:
        self._ledger = ledger
        self._pause_s = _BATCH * len(members) / rate
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(each,), daemon=True) for each in members]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after what is asked."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, member: Member) -> None:
        try:
            while not self._ended.is_set():
                begun = time.monotonic()
                member.client.settle(member.batch())
                self._ended.wait(max(0.0, begun + self._pause_s - time.monotonic()))
        except Exception as error:  # noqa: BLE001  # a run must not look well because a client died
            self._ledger.lost(f"{member.client.name} failed: {type(error).__name__}: {error}")
        finally:
            member.client.close()


def expects(kind: str) -> Check:
    """Make the check of a reply's type."""
    return lambda reply: None if reply["type"] == kind else f"expected {kind}, got {reply!r:.200}"


def expects_error(code: str) -> Check:
    """Make the check of a refusal's code."""
    return lambda reply: None if reply.get("error") == code else f"expected {code}, got {reply!r:.200}"


def _or_late(check: Check) -> Check:
    """Either the answer or that its time is over."""
    return lambda reply: None if reply.get("error") == "deadline" else check(reply)


def _or_reused(check: Check) -> Check:
    """Take a refusal or, after a restart, which forgets names, the answer to what is asked now."""
    return lambda reply: None if reply.get("error") == "id_reused" else check(reply)
