"""Raman-like spectra for tests: sums of pseudo-Voigt bands, drawn from a seed."""

from functools import lru_cache

import numpy as np

from libraries.library import Library
from libraries.reference import Naming, make_reference
from libraries.starter.synthesis import synthesise
from libraries.starter.tables import Band
from spectra.grid import Grid
from spectra.matching.index import Query
from spectra.matrix import SpectralMatrix
from spectra.preprocessing import RAMAN_GRID
from spectra.spectrum import Spectrum

AXIS = np.arange(200.0, 2200.0, 1.5)
"""Of the spectra as a device gives them."""


def random_bands(seed, n_bands=8, low=320.0, high=1800.0):
    """Bands at least 30 cm⁻¹ apart, heights between 0.15 and 1."""
    rng = np.random.default_rng(seed)
    places: list[float] = []
    while len(places) < n_bands:
        place = rng.uniform(low, high)
        if all(abs(place - other) > 30 for other in places):
            places.append(place)
    return [Band(place, rng.uniform(8, 14), 0.3, rng.uniform(0.15, 1.0)) for place in places]


def draw(bands, axis=AXIS):
    return synthesise(bands, np.asarray(axis, dtype=np.float64))


def columns(grid, low, high):
    """Mask of one stretch of the grid."""
    return (grid.axis >= low) & (grid.axis <= high)


def matrix_of(rows, masks=None, ids=None, grid=RAMAN_GRID):
    rows = np.asarray(rows)
    masks = np.ones(rows.shape, dtype=bool) if masks is None else masks
    return SpectralMatrix(grid, rows, masks, ids or tuple(f"r{row:04}" for row in range(len(rows))))


def random_matrix(n, seed=0, grid=RAMAN_GRID, low=302.0, high=2200.0):
    rows = [draw(random_bands(1000 * seed + row), grid.axis) for row in range(n)]
    return matrix_of(rows, np.tile(columns(grid, low, high), (n, 1)), grid=grid)


def query_of(intensity, grid=RAMAN_GRID, low=302.0, high=2200.0, noise=0.0):
    mask = columns(grid, low, high)
    first = int(mask.argmax())
    values = np.where(mask, np.maximum(intensity, 0.0), 0.0)
    return Query(grid, values / (values.max() or 1.0), first, first + int(mask.sum()), noise)


def measured(bands, seed, *, snr=100.0, displaced_cm1=0.0, height=1000.0, fluorescence=500.0, axis=AXIS):
    """What a device would export: bands, fluorescence, noise and an axis that is off."""
    rng = np.random.default_rng(seed)
    clean = draw(bands, axis + displaced_cm1)
    hump = fluorescence * np.exp(-0.5 * ((axis - 1500.0) / 900.0) ** 2)
    return Spectrum(axis, height * clean / clean.max() + hump + rng.normal(0, height / snr, axis.size) + 50.0)


@lru_cache
def library(n=12, *, technique="raman", name="synthetic"):
    """Substances ``substance 0`` … each with eight bands of its own; no calibration."""
    references = [
        make_reference(
            measured(random_bands(row), 10_000 + row, snr=400, fluorescence=200.0),
            Naming(f"substance {row}", form="solid", role="benign"),
        )
        for row in range(n)
    ]
    return Library(name, technique, tuple(references))


SMALL_GRID = Grid(400.0, 2.0, 260)
