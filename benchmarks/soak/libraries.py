"""Made-up libraries of any size as files, and scans of what they hold and of what they do not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.drawing import raman_like
from benchmarks.speed.identifying import seen_by_a_handheld
from libraries.engine import open_starter
from libraries.library import Library, save_library
from libraries.reference import Naming, Reference, make_reference
from spectra.preprocessing import RAMAN_GRID, RAMAN_PIPELINE
from spectra.spectrum import Spectrum

AXIS: Final = np.linspace(200.0, 2_200.0, 1_000)
"""Of the references, cm⁻¹: what a handheld gives."""
_NOISE: Final = 0.004
_STRANGERS: Final = 50


def write_library(path: Path, n: int, seed: int = 1) -> NDArray[np.float32]:
    """Write a library of n substances; gives their clean rows on the grid of the search, shape (n, m).

    Its calibration is the starter's: fitting one would change no duration. All are benign: whoever loads it
    says which are watched for.
    """
    rng = np.random.default_rng(seed)
    rows = raman_like(n, RAMAN_GRID, rng)
    references = tuple(_references(rows, rng))
    calibration = open_starter().calibration
    library = Library(f"made up {n}", "raman", references, calibration=calibration)
    save_library(library, path, pipelines=[RAMAN_PIPELINE])
    return rows


def queries(rows: NDArray[np.float32], n: int, seed: int = 2) -> list[tuple[Spectrum, set[str]]]:
    """Draw scans, and give the names that an answer may have.

    Of twenty eleven are of one substance, five of two, one of three, two of something that the library
    does not hold, and one of nothing.
    """
    rng = np.random.default_rng(seed)
    strangers = raman_like(_STRANGERS, RAMAN_GRID, rng)
    found = []
    for number in range(n):
        kind = number % 20
        members = (
            []
            if kind > 16
            else [int(at) for at in rng.choice(len(rows), 1 + (kind > 10) + (kind == 16), False)]
        )
        shares = rng.dirichlet(5.0 * np.ones(len(members))) if members else np.zeros(0)
        clean = shares @ rows[members] if members else np.zeros(rows.shape[1])
        if kind in (17, 18):
            clean = strangers[number % _STRANGERS].astype(float)
        found.append((seen_by_a_handheld(np.asarray(clean), rng), {name_of(each) for each in members}))
    return found


def name_of(row: int) -> str:
    """Name a made-up substance."""
    return f"substance {row:06}"


def _references(rows: NDArray[np.float32], rng: np.random.Generator) -> Iterator[Reference]:
    for number, row in enumerate(rows):
        drawn = np.interp(AXIS, RAMAN_GRID.axis, row) + rng.normal(0.0, _NOISE, AXIS.size)
        spectrum = Spectrum(AXIS, np.round(10_000 * drawn + 500))
        yield make_reference(spectrum, Naming(name_of(number), role="benign"))
