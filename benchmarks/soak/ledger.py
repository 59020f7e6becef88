"""What was asked and what came of it; every thread of the crowd writes here."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

_KEPT: Final = 20
"""Remarks of each kind that are kept word for word."""


@dataclass(eq=False)
class Ledger:
    """Counts of a run.

    Attributes
    ----------
    counts : Counter
        ``requests``: questions that a well-behaved client insisted on; ``answered``: those that got their
        reply, be it a result, a refusal or what they asked for; ``wrong``: replies that differ from what
        they must be; ``lost``: no reply while the connection stood; ``identifications``: spectra worked out
        anew; ``sent``: messages, those that were asked again included; ``closed``: connections that ended
        under a client; ``busy``, ``refused``: replies of that kind.
    faults : Counter
        How often each fault was brought about.
    latencies_ms : dict of str to list of float
        From sending to the answer of a new identification, by circumstances.
    remarks : list of str
        What was wrong, lost or not as it should be.
    """

    counts: "Counter[str]" = field(default_factory=Counter)
    faults: "Counter[str]" = field(default_factory=Counter)
    latencies_ms: dict[str, list[float]] = field(default_factory=lambda: {"calm": [], "faults": []})
    remarks: list[str] = field(default_factory=list)
    violations: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str, number: int = 1) -> None:
        """Count some more."""
        with self._lock:
            self.counts[name] += number

    def fault(self, name: str) -> None:
        """Count a fault that was brought about."""
        with self._lock:
            self.faults[name] += 1

    def took(self, circumstances: str, seconds: float) -> None:
        """Note how long a new identification took."""
        with self._lock:
            self.latencies_ms[circumstances].append(1000.0 * seconds)

    def wrong(self, remark: str) -> None:
        """Count a reply that is not what it must be."""
        self._note("wrong", remark)

    def lost(self, remark: str) -> None:
        """Count a question without reply on a connection that stood."""
        self._note("lost", remark)

    def violated(self, remark: str) -> None:
        """Count a fault that did not end as it must: a status that did not show, a wrong exit code."""
        with self._lock:
            self.violations += 1
        self._note("", remark)

    def _note(self, name: str, remark: str) -> None:
        with self._lock:
            if name:
                self.counts[name] += 1
            if sum(each.startswith(f"{name}:") for each in self.remarks) < _KEPT:
                self.remarks.append(f"{name}: {remark}"[:500])
