"""Warm calls by library size on one core, loading, memory, and the first answer of a new process.

Each size is a process of its own, held to one processor. Beside the time on the wall stands the processor
time of the same calls: on a machine that others use only that means something. Each is timed three times: no
substance is watched for, so no detection limits are worked out; some are; and some are with a deadline.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from .bridges import ROOT, environment
from .memory import resident_mb
from .questions import Scan, identify
from .talking import encoded

SIZES: Final = (25, 100, 1_000, 5_000, 25_000)
GOALS_MS: Final = {100: 80.0, 25_000: 200.0}
"""99th percentile of warm calls, by references."""
FIRST_S: Final = 3.0
WATCHED: Final = 20
"""Substances for which detection limits are worked out, in the second and third timing."""
DEADLINE_S: Final = 0.2
"""Of the third."""
_STARTS: Final = 3


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    n : int
        References.
    file_mb, memory_mb : float
        Of the library's file; of the process once it is loaded and warm, the program included.
    load_s : float
        Reading, verifying, warming.
    first_s : float
        From the start of ``contraspec serve`` to the end after its first answer; the worst of a few.
    first_cpu_s : float
        Processor time of that.
    p50_ms, p99_ms : float
        Of warm calls.
    p50_cpu_ms, p99_cpu_ms : float
        Processor time of the same calls.
    limits_cpu_ms : float
        99th percentile of processor time where substances are watched for.
    deadline_ms, degraded : float
        99th percentile on the wall with a deadline as well; share of the answers that left something out.
    right : bool
        Nothing was named that was not in the scan.
    """

    n: int
    file_mb: float
    memory_mb: float
    load_s: float
    first_s: float
    first_cpu_s: float
    p50_ms: float
    p99_ms: float
    p50_cpu_ms: float
    p99_cpu_ms: float
    limits_cpu_ms: float
    deadline_ms: float
    degraded: float
    right: bool


def main(sizes: list[int] | None, calls: int, output: Path | None) -> int:
    """Print the table; exit code 1 when a goal is missed in processor time, or an answer was wrong."""
    busy = f", {os.getloadavg()[0]:.1f} processes were running before" if hasattr(os, "getloadavg") else ""
    print(f"one core; {calls} calls of each size{busy}")
    print(f"limits: p99 of processor time with {WATCHED} substances watched for; in time: p99 on the wall "
          f"with a deadline of {DEADLINE_S:g} s as well")  # fmt: skip
    print(f"{'references':>10} {'file MB':>8} {'memory MB':>9} {'load s':>7} {'first s':>7} {'its cpu':>7} "
          f"{'p50 ms':>7} {'p99 ms':>7} {'p50 cpu':>8} {'p99 cpu':>8} {'limits':>8} {'in time':>8} "
          f"{'degraded':>8} right")  # fmt: skip
    rows = []
    for n in sizes or SIZES:
        rows.append(measure(n, calls))
        print(line(rows[-1]), flush=True)
    if output:
        output.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    missed = [text for row in rows for text in missed_goals(row)]
    print(*missed or ["all goals are kept"], sep="\n")
    return 1 if missed or not all(row.right for row in rows) else 0


def line(row: Row) -> str:
    """Row of the table as it is printed."""
    return (
        f"{row.n:>10,} {row.file_mb:>8.1f} {row.memory_mb:>9.0f} {row.load_s:>7.2f} {row.first_s:>7.2f} "
        f"{row.first_cpu_s:>7.2f} {row.p50_ms:>7.1f} {row.p99_ms:>7.1f} {row.p50_cpu_ms:>8.1f} "
        f"{row.p99_cpu_ms:>8.1f} {row.limits_cpu_ms:>8.1f} {row.deadline_ms:>8.1f} {row.degraded:>8.0%} "
        f"{row.right}"
    )


def missed_goals(row: Row) -> list[str]:
    """Say which goals a row misses; judged by processor time, which neighbours leave alone."""
    found = []
    goal = GOALS_MS.get(row.n)
    if goal is not None and row.p99_cpu_ms > goal:
        found.append(f"{row.n} references: p99 {row.p99_cpu_ms:g} ms of processor time, goal {goal:g}")
    if goal is not None and row.first_cpu_s > FIRST_S:
        found.append(f"{row.n} references: first answer took {row.first_cpu_s:g} s of the processor, "
                     f"goal {FIRST_S:g}")  # fmt: skip
    return found


def measure(n: int, calls: int) -> Row:
    """Write a library of n references and time a process with it."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        path, scans = Path(folder) / "library.h5", Path(folder) / "scans.npz"
        _write(path, scans, n, calls)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.soak.latency", str(path), str(scans)],
            cwd=ROOT, env=environment(), check=True, capture_output=True, preexec_fn=one_core,
        )  # fmt: skip
        starts = [first_answer_s(path, scans) for _ in range(_STARTS)]
        size = path.stat().st_size / 1e6
    return Row(n=n, file_mb=round(size, 1), **worst(starts), **json.loads(done.stdout))


def one_core() -> None:
    """Hold this process to one processor, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def worst(starts: list[tuple[float, float]]) -> dict[str, float]:
    """Longest of some starts, on the wall and of the processor."""
    wall, cpu = (max(each) for each in zip(*starts, strict=True))
    return {"first_s": round(wall, 2), "first_cpu_s": round(cpu, 2)}


def first_answer_s(library: Path, scans: Path) -> tuple[float, float]:
    """Start a bridge on one core for one answer; seconds on the wall and of the processor."""
    import resource

    with np.load(scans) as kept:
        scan = Scan(kept["axis"], kept["intensity"][0])
    begun, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve", "-l", str(library)],
        cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, preexec_fn=one_core,
    )  # fmt: skip
    said, _ = process.communicate(encoded(identify("first", scan, framing="json"), "json"), timeout=120)
    replies = [json.loads(each) for each in said.splitlines()]
    if [each["type"] for each in replies][:2] != ["ready", "result"]:
        raise RuntimeError(f"no answer: {said[:200]!r}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return time.perf_counter() - begun, cpu


def _write(path: Path, scans: Path, n: int, calls: int) -> None:
    from .libraries import queries, write_library

    asked = queries(write_library(path, n), calls)
    names = [sorted(members) for _, members in asked]
    np.savez(
        scans,
        axis=asked[0][0].axis,
        intensity=np.array([one.intensity for one, _ in asked]),
        names=np.array(json.dumps(names)),
    )


@dataclass(eq=False)
class Timed:
    """Times of calls, and what they came to."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    degraded: int = 0
    right: bool = True

    def percentile(self, values: list[float], level: int) -> float:
        """Percentile of some times, ms."""
        return round(float(np.percentile(values, level)), 2)


def _timed(
    engine: Any, axis: Any, asked: list[tuple[Any, list[str]]], deadline_s: float | None = None
) -> Timed:
    """Time one call after the other."""
    found = Timed()
    for intensity, members in asked:
        before, used = time.perf_counter(), time.process_time()
        outcome = engine.identify(axis, intensity, deadline_s=deadline_s)
        found.cpu_ms.append(1_000 * (time.process_time() - used))
        found.wall_ms.append(1_000 * (time.perf_counter() - before))
        said = outcome.answer.identification
        found.degraded += bool(outcome.degraded)
        if said.verdict in ("match", "mixture"):
            found.right &= {each.label.substance for each in said.substances} <= set(members)
    return found


def _child(library: Path, scans: Path) -> dict[str, Any]:
    """Load and call, in a process that does nothing else."""
    from libraries.embedded import Config, Embedded

    with np.load(scans) as kept:
        axis, intensities, names = kept["axis"], kept["intensity"], json.loads(str(kept["names"]))
    begun = time.perf_counter()
    engine = Embedded([library])
    loaded, memory = time.perf_counter() - begun, resident_mb(os.getpid())
    timed = _timed(engine, axis, list(zip(intensities, names, strict=True)))
    del engine
    some = list(zip(intensities, names, strict=True))[: max(20, len(names) // 5)]
    watched = tuple(f"substance {row:06}" for row in range(WATCHED))
    careful = Embedded([library], Config(watch=watched))
    limits, hurried = _timed(careful, axis, some), _timed(careful, axis, some, DEADLINE_S)
    return {
        "memory_mb": round(memory or 0.0, 1),
        "load_s": round(loaded, 2),
        "p50_ms": timed.percentile(timed.wall_ms, 50),
        "p99_ms": timed.percentile(timed.wall_ms, 99),
        "p50_cpu_ms": timed.percentile(timed.cpu_ms, 50),
        "p99_cpu_ms": timed.percentile(timed.cpu_ms, 99),
        "limits_cpu_ms": limits.percentile(limits.cpu_ms, 99),
        "deadline_ms": hurried.percentile(hurried.wall_ms, 99),
        "degraded": round(hurried.degraded / len(some), 2),
        "right": timed.right and limits.right and hurried.right,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("scans", type=Path)
    given = parser.parse_args()
    print(json.dumps(_child(given.library, given.scans)))
