"""What the machine can do at best: reading, STREAM's triad and multiply-adds, in compiled loops."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from spectra._parallel import run_parts, spans, usable_threads

_REPEATS: Final = 5


@dataclass(frozen=True)
class Peaks:
    """What a number of threads reached, the best of a few tries.

    Attributes
    ----------
    threads : int
    read_gbs, triad_gbs : float
        Memory that is read, and moved by the triad; 10⁹ bytes a second.
    gflops : float
        Multiply-adds in float32, two operations each; 10⁹ a second.
    """

    threads: int
    read_gbs: float
    triad_gbs: float
    gflops: float


def measure(threads: int, *, megabytes: int = 256) -> Peaks:
    """Measure reading and the triad over ``megabytes`` an array, and arithmetic within the cache."""
    from ._kernels import STEPS, multiply_add, triad

    size = megabytes * 250_000
    values, others, out = np.ones(size, np.float32), np.ones(size, np.float32), np.ones(size, np.float32)
    small = [np.full(4_096, 0.3, dtype=np.float32) for _ in range(threads)]
    rounds = max(1, 4 * megabytes)

    def move(part: tuple[int, int]) -> None:
        triad(values[slice(*part)], others[slice(*part)], out[slice(*part)])

    def compute(part: tuple[int, int]) -> None:
        multiply_add(small[part[0]], rounds)

    moved = _seconds(move, spans(size, threads), threads)
    computed = _seconds(compute, spans(threads, threads), threads)
    return Peaks(
        threads=threads,
        read_gbs=read_speed(values.nbytes, threads, values=values),
        triad_gbs=3 * values.nbytes / moved / 1e9,
        gflops=2 * STEPS * 4_096 * rounds * threads / computed / 1e9,
    )


def read_speed(n_bytes: int, threads: int, *, values: np.ndarray | None = None) -> float:
    """Read so many bytes over and over, 10⁹ bytes a second: from a cache where they fit one."""
    from ._kernels import read_all

    values = np.ones(max(1, n_bytes // 4), dtype=np.float32) if values is None else values
    turns = max(1, 10_000_000 // max(1, n_bytes))

    def read(part: tuple[int, int]) -> None:
        for _ in range(turns):
            read_all(values[slice(*part)])

    return turns * values.nbytes / _seconds(read, spans(values.size, threads), threads) / 1e9


def _seconds(call: Callable[[tuple[int, int]], None], parts: list[tuple[int, int]], threads: int) -> float:
    """Shortest of a few calls after one that is not counted."""
    run_parts(call, parts, threads)
    taken = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        run_parts(call, parts, threads)
        taken.append(time.perf_counter() - started)
    return min(taken)


def thread_counts() -> tuple[int, ...]:
    """One and two, where there are two processors."""
    return (1, 2) if usable_threads() > 1 else (1,)


def free_bytes() -> int | None:
    """Memory that a new process may take, or None where it cannot be told."""
    known = []
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                known.append(1_024 * int(line.split()[1]))
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        if limit != "max":
            used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
            known.append(int(limit) - used)
    except OSError:  # not Linux, or no limits
        pass
    return min(known) if known else None


def describe() -> str:
    """Say what the table was made on: processors, instructions, system and packages."""
    from importlib.metadata import PackageNotFoundError, version

    from spectra._vector import HAS_INT8_DOT

    found = []
    for name in ("numpy", "numba", "faiss-cpu", "usearch", "scikit-learn", "pybaselines", "pentapy"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    int8 = "with" if HAS_INT8_DOT else "without"
    busy = f"; {os.getloadavg()[0]:.1f} processes were running before" if hasattr(os, "getloadavg") else ""
    return (
        f"{usable_threads()} of {os.cpu_count()} processors, {platform.machine()}, {int8} the int8 "
        f"dot product; {platform.system()}, Python {platform.python_version()}, {', '.join(found)}{busy}"
    )
