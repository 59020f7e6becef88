"""Times searches, mixtures, baselines and whole processes beside what else does the same.

::

    python -m benchmarks.speed [--json FILE] [--quick] [--growth] [--plots FOLDER]

Medians on whatever machine this is; only the ratios, taken in one run, mean something elsewhere. Every
row is checked against brute force. Rivals come with the extra ``[bench]``; without one its rows say so.
``docs/speed.md`` explains the table.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ._common import Row
from .compiling import compiled
from .drawing import CHANNELS
from .machine import Peaks, describe, free_bytes, thread_counts
from .report import HEADER, growth, line, notes, peaks_line

ROOT: Final = Path(__file__).resolve().parents[2]
MILLION: Final = 1_000_000
GROWN: Final = (1_000, 4_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, MILLION)
"""Sizes of ``--growth``."""
COPIES: Final = 3
"""Times the matrix that a process wants: its own, that of faiss, and room to work."""
LATE: Final = ((MILLION, 180.0), (100_000, 260.0))
"""Rows, and seconds after which so many are not begun, so that a slow machine is done in time."""
QUICK: Final = 0.4
"""Seconds for each job of ``--quick``."""
_HOLDERS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Part:
    """A process of the benchmark.

    Attributes
    ----------
    names : tuple of str
        What it times.
    threads, n : int
        Threads of both sides; rows of the library.
    seconds : float
        For each job.
    """

    names: tuple[str, ...]
    threads: int
    n: int = 25_000
    seconds: float = 1.0

    def command(self, *, quick: bool) -> list[str]:
        """How it is started."""
        words = [
            *self.names,
            "--n",
            str(self.n),
            "--threads",
            str(self.threads),
            "--seconds",
            str(self.seconds),
        ]
        return [sys.executable, "-m", "benchmarks.speed.part", *words, *(["--quick"] if quick else [])]


def plan(counts: tuple[int, ...], *, quick: bool = False, grown: bool = False) -> list[Part]:
    """List what is run, in this order; ``counts`` are the numbers of threads."""
    most = counts[-1]
    if grown:
        return [Part(("single",), threads, n) for threads in counts for n in GROWN]
    if quick:
        library = ("peaks", "mixing", "search", "noise", "whittaker")
        parts = [Part(library, threads, seconds=QUICK) for threads in counts[:-1]]
        return [*parts, Part((*library, "large_batch", "identify", "cold"), most, seconds=QUICK)]
    hard = ("peaks", "mixing", "search", "large_batch", "noise", "incompressible", "whittaker")
    parts = [Part(hard, threads) for threads in counts]
    parts.append(Part(("measured", "identify", "cold"), most))
    parts.append(Part(("search",), most, MILLION, 1.5))
    parts += [Part(("single",), threads, MILLION, 1.5) for threads in counts[:-1]]
    parts += [Part(("mixing", "search"), threads, 1_000, 0.3) for threads in counts]
    return [*parts, *(Part(("search",), threads, 100_000) for threads in counts)]


def run_part(part: Part, *, quick: bool = False) -> Iterator[Row | Peaks]:
    """Start a process with its own number of threads, and give its rows as they come."""
    with _start(part, quick=quick) as process:
        for said in process.stdout or ():
            what = json.loads(said)
            yield Peaks(**what["peaks"]) if "peaks" in what else Row(**what["row"])
    if process.returncode:
        raise SystemExit(f"{' '.join(part.names)} with {part.n} rows ended with code {process.returncode}")


def _start(part: Part, *, quick: bool) -> "subprocess.Popen[str]":
    environment = os.environ | dict.fromkeys(_HOLDERS, str(part.threads))
    return subprocess.Popen(
        part.command(quick=quick), cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    )


def warm() -> float:
    """Compile all kernels, or load them from the cache; seconds. Two processes at a time."""
    started = time.perf_counter()
    parts = (Part(("warm_search",), 1), Part(("warm_others",), 1))
    for process in [_start(part, quick=True) for part in parts]:
        process.communicate()
    return time.perf_counter() - started


def left_out(n: int, elapsed: float) -> str:
    """Why a library is not searched here, or nothing."""
    free, wanted = free_bytes(), COPIES * 4 * CHANNELS * n
    if free is not None and free < wanted:
        return (
            f"{n:,} rows are left out: {wanted / 1e9:.1f} GB of memory are wanted, {free / 1e9:.1f} are free"
        )
    if any(n >= rows and elapsed > seconds for rows, seconds in LATE):
        return f"{n:,} rows are left out: {elapsed:.0f} s have passed, this machine is slow"
    return ""


def measure_all(options: argparse.Namespace) -> tuple[list[Row], list[Peaks]]:
    """Run every part, printing the rows as they come."""
    started = time.perf_counter()
    rows: list[Row] = []
    peaks: list[Peaks] = []
    for part in plan(thread_counts(), quick=options.quick, grown=options.growth):
        reason = left_out(part.n, 0.0 if options.growth else time.perf_counter() - started)
        if reason:
            print(reason, flush=True)
            continue
        for found in run_part(part, quick=options.quick):
            if isinstance(found, Row):
                rows.append(found)
                print(line(found), flush=True)
            else:
                peaks.append(found)
    return rows, peaks


def main(arguments: list[str] | None = None) -> int:
    """Print the table; exit code 1 when a row's results differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="also write the rows here")
    parser.add_argument("--quick", action="store_true", help="25,000 rows, fewer rounds: within 50 s")
    parser.add_argument(
        "--growth", action="store_true", help="only single queries, of libraries of many sizes"
    )
    parser.add_argument("--plots", type=Path, help="folder for the curve of time against library size")
    options = parser.parse_args(arguments)
    if options.plots is not None and options.quick and not options.growth:
        parser.error("--plots needs several sizes: leave out --quick, or add --growth")
    started = time.perf_counter()
    print(describe())
    if not compiled():
        print(f"kernels compiled in {warm():.1f} s")
    print(f"\n{HEADER}", flush=True)
    rows, peaks = measure_all(options)
    print("", *map(peaks_line, peaks), *notes(rows), *growth(rows), sep="\n")
    if options.json is not None:
        options.json.write_text(json.dumps([row.figures() for row in rows], indent=1), encoding="utf-8")
    if options.plots is not None:
        from .plots import write_plot

        print(write_plot(rows, options.plots))
    print(f"{time.perf_counter() - started:.0f} s in all")
    return 0 if all(row.equal for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
