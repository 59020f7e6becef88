"""Compiles every kernel before anything is timed; the first run after a change takes longer."""

import os
from pathlib import Path
from typing import Final

import numpy as np

from spectra.matching.search import compile_kernels

from . import drawing
from .baselines import time_whittaker
from .machine import measure
from .mixing import time_mixing
from .searching import ASKED, WARM, prepare, time_library

ROOT: Final = Path(__file__).resolve().parents[2]


def compiled() -> bool:
    """Whether numba's cache beside each kernel file is newer than the file, as far as can be told."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return False
    for source in [*ROOT.glob("spectra/**/_kernels.py"), *ROOT.glob("benchmarks/**/_kernels.py")]:
        cached = [path.stat().st_mtime for path in source.parent.glob("__pycache__/_kernels.*.nbi")]
        if not cached or max(cached) < source.stat().st_mtime:
            return False
    return True


def compile_searches(rng: np.random.Generator) -> None:
    """Compile what the search needs, or load it from the cache."""
    rows = drawing.library(WARM, rng)
    case, _ = prepare(rows, rows[:ASKED], 1, seconds=0.0)
    list(time_library(case, quick=True))


def compile_others(rng: np.random.Generator) -> None:
    """Compile mixtures, baselines and the benchmark's own loops, or load them from the cache."""
    time_mixing(drawing.library(100, rng), 1, 1, rng)
    time_whittaker(20, 1, rng)
    measure(1, megabytes=1)
    compile_kernels()
