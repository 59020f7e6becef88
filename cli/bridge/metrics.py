"""Counters of the bridge, in the text form of Prometheus (version 0.0.4).

Touched by the event loop only; as many numbers as there are names, however long it runs.
"""

from collections.abc import Iterable, Mapping
from typing import Final

BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_HELP: Final[dict[str, str]] = {
    "requests_total": "Requests by type.",
    "answers_total": "Answers by verdict.",
    "errors_total": "Error replies by code.",
    "busy_total": "Requests that found the queue full.",
    "repeated_total": "Requests answered from the cache of answers.",
    "degraded_total": "Answers that left something out to keep to a deadline, by reason.",
    "overruns_total": "Answers that came after their deadline.",
    "reloads_total": "Attempts to load the libraries anew, by outcome.",
    "connections_total": "Connections that were accepted.",
    "peer_restarts_total": "Times a peer (MQTT, OPC UA, SAPIENT) had to begin anew, by peer.",
    "peer_sent_total": "Results that a peer's other side has taken, by peer.",
    "peer_dropped_total": "Results that a peer had to give up, its other side being away too long, by peer.",
}


class Metrics:
    """What happened since the start."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {name: {} for name in _HELP}
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0

    def count(self, name: str, label: str = "") -> None:
        """Count one more.

        Parameters
        ----------
        name : str
            Of the table of counters.
        label : str
            One of few fixed words; never what a client sent.
        """
        counts = self._counts[name]
        counts[label] = counts.get(label, 0) + 1

    def observe(self, seconds: float) -> None:
        """Take in how long an answer took, waiting included."""
        self._seconds += seconds
        self._buckets[sum(seconds > bound for bound in BUCKETS_S)] += 1

    def text(self, gauges: Mapping[str, float], libraries: Iterable[Mapping[str, str]]) -> str:
        """All of it.

        Parameters
        ----------
        gauges : mapping
            Numbers of now, by name.
        libraries : iterable of mapping
            Name, hash and release of each.
        """
        lines = []
        for name, counts in self._counts.items():
            lines += [f"# HELP contraspec_{name} {_HELP[name]}", f"# TYPE contraspec_{name} counter"]
            for label, number in sorted(counts.items() or [("", 0)]):
                lines.append(f"contraspec_{name}{_labels(kind=label) if label else ''} {number}")
        for name, value in gauges.items():
            lines += [f"# TYPE contraspec_{name} gauge", f"contraspec_{name} {_number(value)}"]
        lines.append("# TYPE contraspec_library_info gauge")
        lines += [f"contraspec_library_info{_labels(**each)} 1" for each in libraries]
        return "\n".join([*lines, *self._histogram()]) + "\n"

    def _histogram(self) -> list[str]:
        name, total = "contraspec_answer_seconds", 0
        lines = [f"# HELP {name} From arrival to answer.", f"# TYPE {name} histogram"]
        for bound, number in zip((*(f"{each:g}" for each in BUCKETS_S), "+Inf"), self._buckets, strict=True):
            total += number
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        return [*lines, f"{name}_sum {self._seconds:.6f}", f"{name}_count {total}"]


def _number(value: float) -> str:
    """Whole numbers whole: a time in seconds has ten digits."""
    return str(int(value)) if value == int(value) else f"{value:g}"


def _labels(**values: str) -> str:
    escaped = {
        key: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        for key, text in values.items()
    }
    return "{" + ",".join(f'{key}="{text}"' for key, text in escaped.items()) + "}"
