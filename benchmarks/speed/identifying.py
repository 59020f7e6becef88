"""Times whole identifications, warm: gate, preprocessing, search, evidence, decision, and mixtures.

The queries are references as a handheld would see them: on its own uneven axis, on fluorescence, with
noise. One that a reference explains does not pay for the mixture search; the sum of two does.
"""

from typing import Final

import numpy as np

from libraries._layout import Prepared
from libraries.engine import Engine
from libraries.library import Library
from libraries.reference import Naming, make_reference
from spectra.matrix import SpectralMatrix
from spectra.preprocessing import RAMAN_GRID, RAMAN_PIPELINE
from spectra.spectrum import Spectrum

from . import rivals
from ._common import Row, in_turns
from .drawing import raman_like

PIXELS: Final = 180.0 + np.cumsum(np.linspace(1.9, 1.4, 2_000))
"""Axis of a grating instrument, cm⁻¹: closer points at higher shifts."""
SHARES: Final = (0.55, 0.45)
_RAW_STEP: Final = 50
"""Only the prepared rows are searched: of the raw ones every fiftieth point is kept, to save memory."""


def time_identify(
    n: int, threads: int, rng: np.random.Generator, *, mixture: bool, seconds: float = 1.0
) -> Row:
    """Time one warm identification against n references, beside one BLAS query over their rows.

    Parameters
    ----------
    n : int
        Synthetic references.
    threads : int
        That both sides may use.
    rng : numpy.random.Generator
        For references, query and noise.
    mixture : bool
        Ask for the sum of two references instead of for one.
    seconds : float
        For the timing.
    """
    rows = raman_like(n, RAMAN_GRID, rng)
    engine = synthetic_engine(rows)
    richest = np.argsort(-rows.sum(axis=1), kind="stable")  # a lone band would not make a mixture
    members = richest[: 2 if mixture else 1].tolist()
    clean = np.asarray(SHARES[: len(members)]) @ rows[members]
    query = seen_by_a_handheld(clean, rng)
    named = {entry.label.substance for entry in engine.identify(query).identification.substances}
    scan, narrow = rivals.blas(rows), clean.astype(np.float32)[None]
    ours, theirs = in_turns(
        [lambda _: engine.identify(query), lambda _: scan(narrow)], run=4, seconds=seconds
    )
    return Row(
        job=f"identify_{n}_mixture" if mixture else f"identify_{n}",
        n=n,
        threads=threads,
        ours_ms=ours or 0.0,
        rival="blas single query",
        rival_ms=theirs,
        equal=bool(named) and named <= {substance_of(row) for row in members},
    )


def substance_of(row: int) -> str:
    """Name a synthetic reference."""
    return f"substance {row:06}"


def synthetic_engine(rows: np.ndarray) -> Engine:
    """Engine over rows that are taken for prepared references, shape (n, m)."""
    axis = RAMAN_GRID.axis[::_RAW_STEP]
    references = [
        make_reference(Spectrum(axis, row[::_RAW_STEP]), Naming(substance_of(number), role="benign"))
        for number, row in enumerate(rows)
    ]
    ids = tuple(reference.id for reference in references)
    matrix = SpectralMatrix(RAMAN_GRID, rows, np.ones(rows.shape, dtype=bool), ids)
    prepared = Prepared(RAMAN_PIPELINE.fingerprint, RAMAN_PIPELINE.to_json(), matrix)
    return Engine([Library("synthetic", "raman", tuple(references), prepared=(prepared,))])


def seen_by_a_handheld(intensity: np.ndarray, rng: np.random.Generator) -> Spectrum:
    """Turn a prepared intensity, shape (m,), into counts on a handheld's pixels."""
    bands = 10_000 * np.interp(PIXELS, RAMAN_GRID.axis, intensity)
    fluorescence = 5_000 * np.exp(-0.5 * ((PIXELS - 1_500) / 1_200) ** 2)
    return Spectrum(PIXELS, np.round(bands + fluorescence + rng.normal(0, 40, PIXELS.size) + 500))
