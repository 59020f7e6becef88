"""What all rows of the speed benchmark share: synthetic spectra and a stopwatch."""

import statistics
import time
from collections.abc import Callable

import numpy as np

from spectra.grid import Grid


def raman_like(n: int, grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """Rows of 5 to 25 bands of 8 to 20 cm⁻¹, heights exponential, the highest 1."""
    rows = np.zeros((n, grid.n_points), dtype=np.float32)
    for row in rows:
        for _ in range(int(rng.integers(5, 25))):
            centre, width = rng.uniform(grid.start, grid.stop), rng.uniform(8, 20) / 2.355
            reach = slice(
                max(0, round((centre - 4 * width - grid.start) / grid.step)),
                round((centre + 4 * width - grid.start) / grid.step) + 1,
            )
            row[reach] += rng.exponential() * np.exp(-0.5 * ((grid.axis[reach] - centre) / width) ** 2)
        row /= max(float(row.max()), 1e-6)
    return rows


def median_ms(call: Callable[[], object], repeats: int) -> float:
    """Median duration of a call after one that is not counted."""
    call()
    durations = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        durations.append(1000 * (time.perf_counter() - started))
    return statistics.median(durations)
