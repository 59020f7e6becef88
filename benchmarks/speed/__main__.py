"""Times the search against its numpy twin, whole identifications, and whole cold processes.

::

    python -m benchmarks.speed [--json FILE] [--quick]

Medians on whatever machine this is; only the ratios, taken in one run, mean something elsewhere.
Every row is checked: kernel and twin must find the same references with the same scores, an
identification must name something that was asked for, and nothing else. ``OPENBLAS_NUM_THREADS=1``
before it gives the times on one core.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from spectra.matching import search as searching
from spectra.matching.alignment import AlignedQuery, align
from spectra.matching.index import Query, SearchIndex, build_index
from spectra.matrix import SpectralMatrix
from spectra.preprocessing import RAMAN_GRID

from ._common import median_ms, raman_like
from .identifying import time_identify

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "synthetic_caffeine.csv"
SIZES = (100, 300, 1_000, 3_000, 10_000, 25_000)
IDENTIFIED = ((100, False), (100, True), (25_000, False))
"""Sizes of the libraries that are asked, and whether for a mixture."""


def time_search(n: int, repeats: int, rng: np.random.Generator) -> dict[str, object]:
    """Time one query against n references: the kernel's path beside numpy's."""
    rows = raman_like(n, RAMAN_GRID, rng)
    matrix = SpectralMatrix(RAMAN_GRID, rows, np.ones(rows.shape, bool), tuple(f"{i:06}" for i in range(n)))
    index = build_index(matrix)
    noisy = np.maximum(rows[n // 2] + rng.normal(0, 0.01, RAMAN_GRID.n_points), 0.0)
    query = align(Query(RAMAN_GRID, noisy, 0, RAMAN_GRID.n_points, 0.01))
    with_kernel = _searching_from(0, index, query)
    with_numpy = _searching_from(n + 1, index, query)
    ours, rival = median_ms(with_kernel, repeats), median_ms(with_numpy, repeats)
    return {
        "job": "single",
        "n": n,
        "threads": "BLAS default",
        "ours_ms": round(ours, 3),
        "rival": "numpy twin (brute)",
        "rival_ms": round(rival, 3),
        "ratio": round(rival / ours, 2),
        "equal": [c.row for c in with_kernel()] == [c.row for c in with_numpy()],
    }


def _searching_from(
    limit: int, index: SearchIndex, query: AlignedQuery
) -> Callable[[], tuple[searching.Candidate, ...]]:
    def call() -> tuple[searching.Candidate, ...]:
        kept, searching.KERNEL_FROM = searching.KERNEL_FROM, limit  # type: ignore[misc]
        try:
            return searching.search(index, query)
        finally:
            searching.KERNEL_FROM = kept  # type: ignore[misc]

    return call


def time_process(job: str, arguments: list[str], repeats: int) -> dict[str, object]:
    """Time a whole cold process, kernel and byte-code caches warm."""

    def call() -> None:
        subprocess.run([sys.executable, "-m", "cli", *arguments], check=True, capture_output=True)

    return {
        "job": job,
        "n": 1,
        "threads": 1,
        "ours_ms": round(median_ms(call, repeats), 1),
        "rival": None,
        "rival_ms": None,
        "ratio": None,
        "equal": True,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the table; exit code 1 when a row's results differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="also write the rows here")
    parser.add_argument("--quick", action="store_true", help="small libraries, few repeats")
    options = parser.parse_args(arguments)
    repeats = 5 if options.quick else 15
    rng = np.random.default_rng(0)
    rows = [time_search(n, repeats, rng) for n in (SIZES[:3] if options.quick else SIZES)]
    rows += [time_identify(n, repeats, rng, mixture=mixture) for n, mixture in IDENTIFIED]
    rows.append(time_process("cold_identify", ["identify", "--format", "json", str(EXAMPLE)], repeats))
    rows.append(time_process("help", ["--help"], repeats))
    print(f"{'job':22}{'n':>8}{'ours ms':>10}{'rival ms':>10}{'ratio':>8}  equal")
    for row in rows:
        rival = [f"{row[key]:g}" if row[key] is not None else "-" for key in ("rival_ms", "ratio")]
        print(f"{row['job']:22}{row['n']:>8}{row['ours_ms']:>10}{rival[0]:>10}{rival[1]:>8}  {row['equal']}")
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0 if all(row["equal"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
