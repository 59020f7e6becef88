"""Searches a library that is larger than the memory it may use, from its memory map.

::

    python -m benchmarks.speed.out_of_core [--rows 1000000] [--limit-mb 1000] [--folder DIR]

Writes a matrix of synthetic spectra (4.1 GB by default) into a folder, then starts a process that
may use ``--limit-mb`` of memory of its own (``RLIMIT_DATA``; a limit of the address space would forbid
the map itself), in which it builds the compressed index, and another that maps matrix and index, searches
with both scores and compares the results with brute force. All files are deleted at the end. Linux only.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spectra._parallel import run_parts, usable_threads
from spectra.grid import Grid
from spectra.matching.alignment import AlignedQuery, align
from spectra.matching.index import Query, SearchIndex, Usage
from spectra.matching.search import MIN_OVERLAP_POINTS, MIN_SPREAD, best_shift_numpy, compile_kernels, search

TOP = 10
BLOCK = 4_096


def write_matrix(path: Path, n: int, m: int, *, seed: int = 0) -> None:
    """Write n rows of bands and a little noise, never more than a block in memory."""
    rng = np.random.default_rng(seed)
    channels = np.arange(m)
    centres = rng.uniform(0, m, 300)[:, None]
    bands = np.exp(-0.5 * ((channels - centres) / rng.uniform(2, 6, 300)[:, None]) ** 2).astype(np.float32)
    with path.open("wb") as file:
        for start in range(0, n, BLOCK):
            size = min(BLOCK, n - start)
            shares = rng.standard_exponential((size, 300), dtype=np.float32)
            shares[rng.random((size, 300), dtype=np.float32) > 0.05] = 0.0
            rows = shares @ bands + 0.01 * rng.random((size, m), dtype=np.float32)
            file.write(np.sqrt(rows).tobytes())


def limit_data(n_bytes: int) -> None:
    """Allow this process so much memory of its own, and see that the limit holds."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (n_bytes, n_bytes))
    try:
        np.empty(n_bytes, dtype=np.uint8)
    except MemoryError:
        return
    raise SystemExit("the limit of the memory does not hold on this system")


def data_bytes() -> int:
    """Memory of its own that this process has asked for."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmData"))


def brute_products(matrix: np.ndarray, query: np.ndarray) -> list[int]:
    """Rows with the highest inner products in double precision, ties by row."""
    wide = query.astype(np.float64)
    size = BLOCK // 8
    scores = np.concatenate(
        [matrix[at : at + size].astype(np.float64) @ wide for at in range(0, len(matrix), size)]
    )
    return [int(row) for row in np.lexsort((np.arange(scores.size), -scores))[:TOP]]


def brute_pearson(index: SearchIndex, query: AlignedQuery) -> list[int]:
    """Rows with the highest penalised correlation, by the numpy twin of the kernel."""
    root, scores = query.root.astype(np.float32), np.empty(len(index))
    for at in range(0, len(index), BLOCK // 8):
        rows = slice(at, at + BLOCK // 8)
        scores[rows], _ = best_shift_numpy(
            index.root[rows],
            index.stretches[rows],
            root,
            query.stretches,
            query.penalty,
            index.root[rows] @ root.T,
            MIN_OVERLAP_POINTS,
            MIN_SPREAD,
        )
    return [int(row) for row in np.lexsort((np.arange(scores.size), -scores))[:TOP]]


def build_codes(path: Path, n: int, m: int, *, limit: int, **_: int) -> list[dict[str, Any]]:
    """Compress the mapped matrix under a limit and put the index beside it, to be mapped too."""
    from spectra.matching.cascade import build_cascade

    if limit:
        limit_data(limit)
    started = time.perf_counter()
    cascade = build_cascade(map_matrix(path, n, m))
    duration = time.perf_counter() - started
    for name, array in cascade.arrays.items():
        np.save(path.with_name(f"{name}.npy"), array)
    row = {"job": "out_of_core build", "n": n, "ours_ms": round(1000 * duration), "equal": True}
    return [row | {"matrix_mb": round(4e-6 * n * m), "index_mb": round(cascade.nbytes / 1e6, 1)}]


def map_matrix(path: Path, n: int, m: int) -> np.ndarray:
    """Map the matrix, read-only."""
    return np.memmap(path, np.float32, "r", shape=(n, m)).view(np.ndarray)


def search_all(path: Path, n: int, m: int, *, limit: int, room: int) -> list[dict[str, Any]]:
    """Search the mapped matrix with both scores under a limit; one row for each."""
    from spectra.matching.cascade import CascadeIndex, make_job, search_one

    if limit:
        limit_data(limit)
    matrix = map_matrix(path, n, m)
    maps = {each.stem: np.load(each, mmap_mode="r").view(np.ndarray) for each in path.parent.glob("*.npy")}
    stretches = np.tile(np.array([0, m], dtype=np.int64), (n, 1))
    stretches.flags.writeable = False
    ids = tuple(f"{row:07}" for row in range(n))
    # as after enough searches: the first few of a library that small are numpy's
    index = SearchIndex(Grid(200.0, 2.0, m), ids, matrix, stretches, maps, Usage(searches=n))
    index.totals  # noqa: B018  # as stored ones are there at once
    rng = np.random.default_rng(1)
    asked = np.maximum(matrix[n // 3].astype(np.float64) ** 2 + rng.normal(0, 0.02, m), 0.0)
    plain, query = np.sqrt(asked).astype(np.float32), align(Query(index.grid, asked, 0, m, 0.02))
    job = make_job(CascadeIndex(**maps), matrix, top=TOP)
    warm_up()
    search_one(job, plain)
    if room:
        limit_data(data_bytes() + room)
    rows = []
    for name, ask, check in (
        ("product", lambda: search_one(job, plain).rows.tolist(), lambda: brute_products(matrix, plain)),
        (
            "pearson",
            lambda: [each.row for each in search(index, query, top=TOP)],
            lambda: brute_pearson(index, query),
        ),
    ):
        first, _ = timed(ask)
        ours, found = timed(ask)
        theirs, expected = timed(check)
        rows.append(
            {
                "job": f"out_of_core {name}",
                "n": n,
                "first_ms": first,
                "ours_ms": ours,
                "rival": "brute numpy",
                "rival_ms": theirs,
                "equal": found == expected,
                "matrix_mb": round(matrix.nbytes / 1e6),
                "data_mb": round(data_bytes() / 1e6),
            }
        )
    return rows


def warm_up() -> None:
    """Have kernels loaded, threads started and BLAS's buffer taken before the room is measured."""
    compile_kernels()
    run_parts(time.sleep, [0.01] * usable_threads(), usable_threads())
    np.ones((300, 300)) @ np.ones((300, 300))


def timed(call: Callable[[], list[int]]) -> tuple[float, list[int]]:
    """Duration of one call in ms, and its result."""
    started = time.perf_counter()
    result = call()
    return round(1000 * (time.perf_counter() - started), 3), result


def main(arguments: list[str] | None = None) -> int:
    """Print the rows as JSON, one a line; exit code 1 when a result differs from brute force."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.out_of_core")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=1_024)
    parser.add_argument("--limit-mb", type=float, default=0, help="memory of each process, 1000 by default")
    parser.add_argument("--room-mb", type=float, default=0, help="memory of a search beyond the opened index")
    parser.add_argument("--folder", type=Path, help="where there is room for the matrix")
    parser.add_argument("--matrix", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if not options.limit_mb and not options.room_mb:
        options.limit_mb = 1_000
    if options.matrix is not None:
        limit, room = (int(1e6 * each) for each in (options.limit_mb, options.room_mb))
        work = build_codes if options.build else search_all
        found = work(options.matrix, options.rows, options.columns, limit=limit, room=room)
        print(*map(json.dumps, found), sep="\n")
        return 0 if all(row["equal"] for row in found) else 1
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        needed = 4 * options.rows * options.columns
        if shutil.disk_usage(folder).free < 2 * needed:
            raise SystemExit(f"{folder} has no room for {needed} bytes: name another with --folder")
        matrix = Path(folder) / "matrix.f32"
        write_matrix(matrix, options.rows, options.columns)
        sizes = ["--rows", options.rows, "--columns", options.columns]
        limits = ["--limit-mb", options.limit_mb, "--room-mb", options.room_mb]
        command = [sys.executable, "-m", "benchmarks.speed.out_of_core", "--matrix", matrix, *sizes, *limits]
        for step in (["--build"], []):
            done = subprocess.run([*map(str, command), *step], check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
