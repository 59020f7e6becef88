"""What a run came to: the figures for machines, a table for people, and whether it is good."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .ledger import Ledger
from .memory import Slope

LONG_MINUTES: Final = 10.0
LONG_IDENTIFICATIONS: Final = 5_000
LONG_REQUESTS: Final = 95_000
"""What a run in the long form reaches at least."""


@dataclass(frozen=True)
class Run:
    """A run that is over.

    Attributes
    ----------
    ledger : Ledger
        What came of it.
    slope : Slope
        Growth of the bridge that lived all along.
    minutes : float
        That the crowd was there.
    notes : tuple of str
        How faults were brought about on this machine.
    """

    ledger: Ledger
    slope: Slope
    minutes: float
    notes: tuple[str, ...] = ()

    @property
    def short_of(self) -> str:
        """What the long form did not reach; empty when it did, or in a shorter one."""
        counts = self.ledger.counts
        if self.minutes < LONG_MINUTES:
            return ""
        found = []
        for name, least in (("identifications", LONG_IDENTIFICATIONS), ("requests", LONG_REQUESTS)):
            if counts[name] < least:
                found.append(f"{counts[name]} {name}, expected {least}")
        return "; ".join(found)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong or lost, every fault ended as it must, and memory was flat."""
        counts = self.ledger.counts
        clean = not (counts["wrong"] or counts["lost"] or self.ledger.violations or self.short_of)
        return clean and counts["requests"] == counts["answered"] and not self.slope.grows


def figures(run: Run) -> dict[str, Any]:
    """Give the figures as ``--json`` writes them.

    ``p50_ms`` and ``p99_ms`` are of a client that asks one scan after the other while nothing else happens,
    before and after the faults; ``under_faults`` has those of scans among everything else.
    """
    counts = run.ledger.counts
    calm, faults = (_percentiles(run.ledger.latencies_ms[name]) for name in ("calm", "faults"))
    return {
        "requests": counts["requests"],
        "answered": counts["answered"],
        "wrong": counts["wrong"],
        "lost": counts["lost"],
        **calm,
        "rss_slope_mb_per_min": round(run.slope.mb_per_min, 4),
        "faults": dict(run.ledger.faults),
        "rss_slope_error_mb_per_min": round(run.slope.error, 4) if run.slope.minutes else None,
        "rss_mb": [round(run.slope.first_mb, 1), round(run.slope.last_mb, 1)],
        "identifications": counts["identifications"],
        "refused": counts["refused"],
        "busy": counts["busy"],
        "asked_again": counts["sent"] - counts["requests"],
        "closed": counts["closed"],
        "under_faults": faults,
        "minutes": round(run.minutes, 2),
        "violations": run.ledger.violations,
        "notes": list(run.notes),
    }


def table(run: Run) -> list[str]:
    """Lines for people."""
    said = figures(run)
    error = said["rss_slope_error_mb_per_min"]
    rows = [
        ("requests", f"{said['requests']:,} in {run.minutes:.1f} min"),
        ("of these identifications", f"{said['identifications']:,}"),
        ("answered", f"{said['answered']:,}, {said['refused']:,} of them refused as they must be"),
        ("wrong", f"{said['wrong']}"),
        ("lost", f"{said['lost']}"),
        ("busy, asked again", f"{said['busy']:,}, {said['asked_again']:,}"),
        ("connections that ended", f"{said['closed']:,}"),
        ("warm latency, calm", f"p50 {said['p50_ms']} ms, p99 {said['p99_ms']} ms"),
        ("among faults", "p50 {p50_ms} ms, p99 {p99_ms} ms".format(**said["under_faults"])),
        (
            "resident memory",
            f"{said['rss_mb'][0]} MB, then {said['rss_mb'][1]} MB: {said['rss_slope_mb_per_min']} "
            f"± {'?' if error is None else error} MB/min, {'GROWS' if run.slope.grows else 'flat'}",
        ),
        *((f"fault {name}", f"{number:,}") for name, number in sorted(said["faults"].items())),
        ("faults that ended wrongly", f"{said['violations']}"),
    ]
    lines = [f"{name:<28}{text}" for name, text in rows]
    lines += [f"note: {each}" for each in run.notes] + [f"  {each}" for each in run.ledger.remarks]
    return [*lines, *([f"short of the long form: {run.short_of}"] if run.short_of else [])]


def _percentiles(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"p50_ms": None, "p99_ms": None}
    middle, late = (round(float(each), 2) for each in np.percentile(values, (50, 99)))
    return {"p50_ms": middle, "p99_ms": late}
