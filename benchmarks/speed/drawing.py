"""What is searched: made-up libraries of any size, and the Raman spectra of Open Specy."""

from typing import Final

import numpy as np

from benchmarks.accuracy.openspecy import data_folder
from spectra._parallel import run_parts, usable_threads
from spectra.grid import Grid

CHANNELS: Final = 1_024
FIRST_CM1: Final = 200.0
LAST_CM1: Final = 3_500.0
REPEATS: Final = 2.5
"""Spectra of a substance, on average."""
_MOST_BANDS: Final = 40
_CHUNK: Final = 2_048
"""Rows that are drawn from one stream of random numbers, so that threads change nothing."""
_NOISE: Final = 1 << 22
"""Values of noise, of which each row takes a stretch: all its own would take longer than the rest."""
_MIN_COMMON: Final = 300
"""Channels that a measured spectrum must cover."""


def library(n: int, rng: np.random.Generator, *, channels: int = CHANNELS) -> np.ndarray:
    """Draw Raman-like spectra of norm 1, 200 to 3,500 cm⁻¹, shape (n, channels), float32.

    A substance has 15 to 40 pseudo-Voigt bands of 6 to 30 cm⁻¹, six of them shared with its family, and
    is measured two or three times, with a small shift, other intensities and noise of 0.3 to 1.5 %.
    """
    from ._kernels import draw_rows

    axis = np.linspace(FIRST_CM1, LAST_CM1, channels, dtype=np.float32)
    bands, heights = _substances(max(1, round(n / REPEATS)), rng)
    rows = np.empty((n, channels), dtype=np.float32)
    starts = range(0, n, _CHUNK)
    streams = rng.spawn(len(starts))
    noise = rng.standard_normal(_NOISE, dtype=np.float32)

    def draw(part: tuple[int, np.random.Generator]) -> None:
        start, own = part
        out = rows[start : start + _CHUNK]
        for row, at in zip(out, own.integers(_NOISE - channels, size=len(out)).tolist(), strict=True):
            row[:] = noise[at : at + channels]
        which = np.arange(start, start + len(out)) % len(bands)
        measured = heights[which] * np.exp(own.normal(0, 0.15, (len(out), _MOST_BANDS)))
        moved, share = own.normal(0, 0.7, len(out)), own.uniform(0.003, 0.015, len(out))
        narrow = [each.astype(np.float32) for each in (measured, moved, share)]
        draw_rows(bands[which], narrow[0], narrow[1], axis, out, narrow[2])

    run_parts(draw, list(zip(starts, streams, strict=True)), usable_threads())
    return rows


def _substances(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Bands of each substance, shape (n, 40, 3), and their heights, shape (n, 40)."""
    families = _places(rng, (max(20, n // 40), 10))
    places = _places(rng, (n, _MOST_BANDS))
    family = families[rng.integers(len(families), size=n)]
    places[:, :6] = np.take_along_axis(family, rng.integers(10, size=(n, 6)), axis=1)
    places[:, :6] += rng.normal(0, 4, (n, 6))
    widths = 6 + 24 * rng.random(places.shape) ** 1.5
    there = np.arange(_MOST_BANDS) < rng.integers(15, _MOST_BANDS + 1, size=(n, 1))
    bands = np.stack([places, widths, rng.uniform(0.3, 1.0, places.shape)], axis=2)
    return bands.astype(np.float32), rng.exponential(size=places.shape) * there


def _places(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Where bands stand: most in the fingerprint region, some among the C-H stretches."""
    drawn = rng.random(shape)
    fingerprint, stretches, rest = (
        rng.uniform(*span, shape) for span in ((200, 1800), (2800, 3150), (1800, 3500))
    )
    return np.where(drawn < 0.8, fingerprint, np.where(drawn < 0.95, stretches, rest))


def queries_of(rows: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Rows as another instrument would see them: 2 % noise on a bent baseline of 5 %, norm 1."""
    taken = rows[rng.integers(0, len(rows), n)].astype(np.float64)
    height = taken.max(axis=1, keepdims=True)
    t = np.linspace(0, 1, rows.shape[1])
    a, b, bend = rng.random((n, 1)), rng.random((n, 1)), rng.uniform(0.5, 2, (n, 1))
    baseline = 0.05 * height * np.maximum(a * (1 - t) + b * t + 0.5 * np.sin(np.pi * t * bend), 0)
    seen = np.maximum(taken + baseline + 0.02 * height * rng.standard_normal(taken.shape), 0)
    return (seen / np.linalg.norm(seen, axis=1, keepdims=True)).astype(np.float32)


def white_noise(n: int, rng: np.random.Generator, *, channels: int = CHANNELS) -> np.ndarray:
    """Rows of norm 1 that no index can compress, and queries that no bound can help, float32."""
    rows = rng.standard_normal((n, channels), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def measured_library() -> np.ndarray | None:
    """Open Specy's Raman spectra on the same channels, norm 1; None where it is not installed.

    The PyPI package ``pyopenspecy`` holds them (10.1021/acs.analchem.1c00123). A channel that was not
    measured is 0; spectra that cover fewer than 300 channels, or are level, are left out.
    """
    folder = data_folder()
    if folder is None:
        return None
    import pandas as pd  # type: ignore[import-untyped]  # comes with pyopenspecy

    names = ["wavenumber", "intensity", "sample_name"]
    table = pd.read_csv(folder / "raman_library.csv", usecols=names, dtype={"sample_name": str})
    axis, rows = np.linspace(FIRST_CM1, LAST_CM1, CHANNELS), []
    for _, spectrum in table.dropna().groupby("sample_name", sort=False):
        shift, counts = spectrum["wavenumber"].to_numpy(float), spectrum["intensity"].to_numpy(float)
        order = np.argsort(shift, kind="stable")
        row = np.interp(axis, shift[order], counts[order], left=np.nan, right=np.nan)
        if np.isfinite(row).sum() >= _MIN_COMMON and np.nanmax(row) > np.nanmin(row):
            row = np.nan_to_num(row - np.nanmin(row))
            rows.append((row / np.linalg.norm(row)).astype(np.float32))
    return np.array(rows)


def raman_like(n: int, grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """Rows of 5 to 24 bands of 8 to 20 cm⁻¹, heights exponential, the highest point 1; no noise."""
    from ._kernels import draw_rows

    shape = (n, 24)
    places, widths = rng.uniform(grid.start, grid.stop, shape), rng.uniform(8, 20, shape)
    there = np.arange(shape[1]) < rng.integers(5, shape[1] + 1, size=(n, 1))
    heights = (rng.exponential(size=shape) * there).astype(np.float32)
    bands = np.stack([places, widths, np.zeros(shape)], axis=2).astype(np.float32)
    rows, nothing = np.zeros((n, grid.n_points), dtype=np.float32), np.zeros(n, dtype=np.float32)
    draw_rows(bands, heights, nothing, grid.axis.astype(np.float32), rows, nothing)
    return rows / rows.max(axis=1, keepdims=True)
