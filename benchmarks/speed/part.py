"""One process of the benchmark: its jobs on one library, by one number of threads.

BLAS and OpenMP read how many threads they may have when they are loaded, so each number of threads has a
process of its own, which the benchmark starts with the environment set. A row goes to standard output
as soon as it is known.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from typing import Final

import numpy as np

from . import drawing
from ._common import Row
from .baselines import time_whittaker
from .compiling import compile_others, compile_searches
from .identifying import time_identify
from .machine import measure
from .mixing import JOBS, QUICK_JOBS, time_mixing
from .processes import time_processes
from .searching import (
    ASKED,
    Case,
    flat_sides,
    prepare,
    time_incompressible,
    time_large_batch,
    time_library,
    time_noise,
    time_single,
)

ON_A_LIBRARY: Final = ("search", "single", "noise", "incompressible", "large_batch", "mixing")
PARTS: Final = (
    *ON_A_LIBRARY,
    "whittaker",
    "measured",
    "identify",
    "cold",
    "peaks",
    "warm_search",
    "warm_others",
)
IDENTIFIED: Final = ((100, False), (100, True), (25_000, False))
"""Sizes of the libraries that are asked, and whether for a mixture."""
BATCH: Final = 256
LARGE_BATCH: Final = 4_096
SPECTRA: Final = 1_000
"""Spectra of a batch whose baselines are fitted."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.part")
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--n", type=int, default=25_000, help="rows of the library")
    parser.add_argument("--threads", type=int, default=1, help="that both sides may use")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each job")
    parser.add_argument("--quick", action="store_true", help="leave out rivals that take long")
    return parser.parse_args(arguments)


def time_parts(options: argparse.Namespace) -> Iterator[Row]:
    """Run the parts, those on a library first."""
    if any(part in ON_A_LIBRARY for part in options.parts):
        yield from _on_a_library(options)
    rng, threads, seconds = np.random.default_rng(1), options.threads, options.seconds
    if "whittaker" in options.parts:
        repeats = max(1, round(10 * seconds))
        yield from time_whittaker(SPECTRA, repeats, rng, n_threads=threads)
    if "measured" in options.parts:
        yield from _on_measured_spectra(threads, seconds, rng)
    if "identify" in options.parts:
        for n, mixture in IDENTIFIED:
            yield time_identify(n, threads, rng, mixture=mixture, seconds=seconds)
    if "cold" in options.parts:
        yield from time_processes(5 if options.quick else 9, 1 if options.quick else 2)


def _on_a_library(options: argparse.Namespace) -> Iterator[Row]:
    rng = np.random.default_rng(0)
    rows = drawing.library(options.n, rng)
    if "mixing" in options.parts:
        jobs = QUICK_JOBS if options.quick else JOBS
        yield from time_mixing(rows, 5 if options.quick else 9, options.threads, rng, jobs=jobs)
    if not set(ON_A_LIBRARY[:-1]) & set(options.parts):
        return
    queries = drawing.queries_of(rows, BATCH, rng)
    case, built = prepare(rows, queries, options.threads, seconds=options.seconds)
    yield from built
    if "single" in options.parts:
        yield from time_single(case, flat_sides(case))
    if "search" in options.parts:
        yield from time_library(case, quick=options.quick)
    if "large_batch" in options.parts:
        many = drawing.queries_of(rows, LARGE_BATCH, rng)
        large = Case(rows, many, case.job, options.threads, options.seconds)
        yield from time_large_batch(large)
    if "noise" in options.parts:
        yield from time_noise(case, drawing.white_noise(ASKED, rng))
    if "incompressible" in options.parts:
        yield from time_incompressible(case, drawing.white_noise(options.n, rng))


def _on_measured_spectra(threads: int, seconds: float, rng: np.random.Generator) -> Iterator[Row]:
    rows = drawing.measured_library()
    if rows is not None:
        case, _ = prepare(rows, drawing.queries_of(rows, BATCH, rng), threads, seconds=seconds)
        yield from time_single(case, flat_sides(case), name="single_measured")


def check_pools(threads: int) -> None:
    """Make sure that no thread pool of a loaded library is larger, where threadpoolctl can tell."""
    if find_spec("threadpoolctl") is None:
        return
    from threadpoolctl import threadpool_info

    large = [pool["filepath"] for pool in threadpool_info() if pool["num_threads"] > threads]
    if large:
        raise SystemExit(
            f"more than {threads} threads in {', '.join(large)}: the rows do not compare like with like"
        )


def main(arguments: list[str] | None = None) -> int:
    """Write a line of JSON for each row, or for what the machine can do."""
    options = parse(arguments)
    if hasattr(os, "sched_setaffinity") and 1 < options.threads < len(os.sched_getaffinity(0)):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    if "peaks" in options.parts:
        print(
            json.dumps({"peaks": asdict(measure(options.threads, megabytes=64 if options.quick else 256))}),
            flush=True,
        )
    if "warm_search" in options.parts:
        compile_searches(np.random.default_rng(2))
    if "warm_others" in options.parts:
        compile_others(np.random.default_rng(3))
    for row in time_parts(options):
        print(json.dumps({"row": asdict(row)}), flush=True)
    check_pools(options.threads)
    return 0


if __name__ == "__main__":
    sys.exit(main())
