"""Scans to time and compare batches with: made up from the starter's tables, or measured and disturbed."""

import dataclasses
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from libraries.starter.synthesis import synthesise
from libraries.starter.tables import load_references
from spectra.errors import SpectraError
from spectra.io import read_measurements
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum

AXIS: Final = np.linspace(200.0, 2000.0, 1_000)
MOST_OF_ONE_FILE: Final = 3
"""Spectra taken from one measured file: some hold sixty of the same powder."""
FORMS: Final = (".csv", ".jdx")
"""Of the files written, in turn."""


def write_scans(folder: Path, n: int) -> None:
    """Write made-up scans of the starter's substances, every fifth of two."""
    rng = np.random.default_rng(0)
    references = load_references()
    drawn = [synthesise(reference.bands, AXIS) for reference in references]
    drawn = [each / max(float(each.max()), 1e-9) for each in drawn]
    folder.mkdir(parents=True)
    for i in range(n):
        signal = drawn[i % len(drawn)] + (0.6 * drawn[i * 7 % len(drawn)] if i % 5 == 0 else 0.0)
        counts = 1000.0 * signal + 200.0 * np.exp(-AXIS / 1500.0) + 100.0 + rng.normal(0.0, 4.0, AXIS.size)
        rows = "\n".join(f"{x:.2f},{y:.2f}" for x, y in zip(AXIS, counts, strict=True))
        (folder / f"{i:06d}.csv").write_text(f"Raman shift (cm-1),Intensity\n{rows}\n", encoding="utf-8")


def write_measured(folder: Path, n: int, data: Path) -> int:
    """Write measured Raman and near-infrared spectra, first as they are, then disturbed, one a file.

    Parameters
    ----------
    folder : Path
        To be made.
    n : int
        Files.
    data : Path
        Folder with raman/ and nir/.

    Returns
    -------
    int
        Different measured spectra among them.

    Raises
    ------
    SystemExit
        When the folder holds none.
    """
    rng = np.random.default_rng(0)
    measured = list(measured_spectra(data))
    if not measured:
        raise SystemExit(f"{data}: no measured spectra below raman/ and nir/")
    order = rng.permutation(len(measured))
    folder.mkdir(parents=True)
    for i in range(n):
        spectrum = measured[order[i % len(measured)]]
        if i >= len(measured):
            spectrum = disturbed(spectrum, rng)
        write_spectra([spectrum], str(folder / f"{i:06d}{FORMS[i % len(FORMS)]}"))
    return min(n, len(measured))


def measured_spectra(data: Path) -> Iterator[Spectrum]:
    """Spectra of the measured folder, at most `MOST_OF_ONE_FILE` a file, in the order of the names."""
    for path in sorted(file for name in ("raman", "nir") for file in (data / name).rglob("*.*")):
        if not path.is_file():
            continue
        try:
            found = [each for each in read_measurements(str(path)) if not isinstance(each, Exception)]
            yield from islice((each.spectrum() for each in found), MOST_OF_ONE_FILE)
        except SpectraError:
            continue  # tables of names and proportions stand there too


def disturbed(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    """Copy of a spectrum as a worse scan of the same: noise, a slope, and a Raman axis that is off."""
    height = float(np.ptp(spectrum.intensity))
    ramp = np.linspace(0.0, 1.0, spectrum.n_points)
    intensity = spectrum.intensity + height * (
        rng.normal(0.0, rng.uniform(0.0, 0.03), spectrum.n_points) + rng.uniform(-0.2, 0.2) * ramp
    )
    shift = rng.uniform(-4.0, 4.0) if spectrum.technique == "raman" else 0.0
    return dataclasses.replace(spectrum, axis=spectrum.axis + shift, intensity=intensity)
