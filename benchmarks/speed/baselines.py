"""Times Whittaker baselines of many spectra beside pybaselines, which fits one at a time.

pybaselines takes its pentadiagonal solver from pentapy where that is installed; the row says which.
Every call of pybaselines that is timed is also compared: as many iterations, and heights within 1e-8 of
the spectrum's largest.
"""

import importlib.util
import statistics
import time
from typing import Final

import numpy as np

from spectra.preprocessing.whittaker import Settings, WhittakerMethod
from spectra.preprocessing.whittaker_batch import fit_rows

from ._common import Row, four_digits

LAM: Final = 1e5
"""At 1e6, asLS of pybaselines alone is off by 2e-8: a sum of rounding, found in extended precision."""
METHODS: Final[tuple[WhittakerMethod, ...]] = ("asls", "arpls", "airpls", "drpls")
SHARE: Final = 1e-8


def time_whittaker(
    n: int, repeats: int, rng: np.random.Generator, *, n_points: int = 1024, n_threads: int = 1
) -> list[Row]:
    """Time one batch of each method, and pybaselines on some of its rows; milliseconds a spectrum.

    Parameters
    ----------
    n : int
        Spectra in the batch.
    repeats : int
        Rounds in which both are timed, so that a busy neighbour slows both.
    rng : numpy.random.Generator
        For the spectra.
    n_points, n_threads : int
        Points of a spectrum; threads of the batch. pybaselines has one.
    """
    rows = fluorescent(n, n_points, rng)
    return [_time_method(rows, method, repeats, n_threads) for method in METHODS]


def _time_method(rows: np.ndarray, method: WhittakerMethod, repeats: int, n_threads: int) -> Row:
    from pybaselines import Baseline

    settings = Settings(method=method, lam=LAM)
    fitted, iterations = fit_rows(rows, settings, n_threads=n_threads)  # also compiles
    fitter = getattr(Baseline(np.arange(rows.shape[1], dtype=float)), method)
    fitter(rows[0], lam=LAM)
    ours, theirs, equal = [], [], True
    for repeat in range(repeats):
        started = time.perf_counter()
        fit_rows(rows, settings, n_threads=n_threads)
        ours.append(1000 * (time.perf_counter() - started) / len(rows))
        for row in range(20 * repeat, 20 * repeat + 20):
            row %= len(rows)
            started = time.perf_counter()
            rival, details = fitter(rows[row], lam=LAM)
            theirs.append(1000 * (time.perf_counter() - started))
            close = np.abs(rival - fitted[row]).max() <= SHARE * np.abs(rows[row]).max()
            equal = equal and bool(close and details["tol_history"].size == iterations[row])
    pentapy = importlib.util.find_spec("pentapy") is not None
    return Row(
        job="whittaker",
        n=len(rows),
        threads=n_threads,
        ours_ms=four_digits(statistics.median(ours)),
        rival=f"pybaselines {method}{' with pentapy' if pentapy else ''}",
        rival_ms=four_digits(statistics.median(theirs)),
        equal=equal,
        note=f"{method}, a spectrum of a batch; {iterations.mean():.0f} iterations",
    )


def fluorescent(n: int, n_points: int, rng: np.random.Generator) -> np.ndarray:
    """Spectra of 10 to 30 bands on a broad hump with noise, shape (n, n_points)."""
    axis = np.linspace(200, 3500, n_points)
    rows = np.zeros((n, n_points))
    for row in rows:
        for _ in range(int(rng.integers(10, 30))):
            centre, width = rng.uniform(250, 3400), rng.uniform(6, 25) / 2.355
            row += rng.exponential() * np.exp(-0.5 * ((axis - centre) / width) ** 2)
        row /= row.max()
        hump = np.exp(-0.5 * ((axis - rng.uniform(500, 2500)) / rng.uniform(600, 1800)) ** 2)
        row += rng.uniform(0.3, 3) * hump + rng.normal(0, rng.uniform(0.003, 0.015), n_points)
        row *= 10 ** rng.uniform(1, 4)
    return rows
