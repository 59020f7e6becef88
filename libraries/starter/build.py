"""Draws the starter libraries from their tables: ``python -m libraries.starter.build [raman|nir]``."""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra.preprocessing import NIR_GRID, RAMAN_GRID
from spectra.spectrum import Spectrum

from ..calibrating import fit_library
from ..library import Library, save_library
from ..reference import Naming, Provenance, Reference, make_reference
from ..substances import identity_key
from .nir import NirReference, draw_absorbance, load_nir_references
from .synthesis import synthesise
from .tables import StarterReference, load_hints, load_references

FILE: Final = Path(__file__).with_name("starter.h5")
NIR_FILE: Final = Path(__file__).with_name("starter-nir.h5")
RELEASE: Final = "2026.11"
BANNER: Final = (
    "Starter library: references drawn from fitted or published bands (grades C and D), not measured on "
    "your instrument. For real casework load your instrument's measured library with -l."
)


def build_starter() -> Library:
    """Draw every reference, calibrate, and add the hint tables.

    Raises
    ------
    LibraryError
        When a table is malformed.
    """
    library = Library(
        name="contraspec starter",
        technique="raman",
        references=tuple(_draw(entry) for entry in load_references()),
        hints=load_hints(),
        banner=BANNER,
        release=RELEASE,
    )
    return fit_library(library)


def build_nir_starter() -> Library:
    """Draw every near infrared reference and calibrate.

    Raises
    ------
    LibraryError
        When a table is malformed.
    """
    library = Library(
        name="contraspec starter, NIR",
        technique="nir",
        references=tuple(_draw_nir(entry) for entry in load_nir_references()),
        banner=BANNER,
        release=RELEASE,
    )
    return fit_library(library)


def _draw_nir(entry: NirReference) -> Reference:
    axis = NIR_GRID.axis
    axis = axis[(axis >= entry.range_lo_nm) & (axis <= entry.range_hi_nm)]
    spectrum = Spectrum(
        axis,
        draw_absorbance(entry.bands, axis),
        technique="nir",
        unit="wavelength_nm",
        metadata={"synthesised": True, "note": entry.note, "quantity": "absorbance"},
    )
    return _reference(entry, spectrum)


def _draw(entry: StarterReference) -> Reference:
    axis = _grid_points(entry.range_lo_cm1, entry.range_hi_cm1)
    spectrum = Spectrum(
        axis, synthesise(entry.bands, axis), metadata={"synthesised": True, "note": entry.note}
    )
    return _reference(entry, spectrum)


def _reference(entry: StarterReference | NirReference, spectrum: Spectrum) -> Reference:
    naming = Naming(
        substance=entry.substance,
        form=entry.form,
        cas=entry.cas,
        inchikey=entry.inchikey,
        role=entry.role,
        grade=entry.grade,
        identity=identity_key(entry.substance),
    )
    provenance = Provenance(licence=entry.source_licence, source=entry.source)
    return make_reference(spectrum, naming, provenance=provenance)


def _grid_points(low: float, high: float) -> NDArray[np.float64]:
    """Points of the search's grid inside the range, so that nothing is resampled."""
    axis = RAMAN_GRID.axis
    return axis[(axis >= low) & (axis <= high)]


def main() -> None:
    """Write the libraries that are asked for beside this file; both by default."""
    parser = argparse.ArgumentParser(description="draw the starter libraries from their tables")
    parser.add_argument("technique", nargs="?", choices=("raman", "nir"), help="both by default")
    wanted = parser.parse_args().technique
    for technique, build, file in (("raman", build_starter, FILE), ("nir", build_nir_starter, NIR_FILE)):
        if wanted in (None, technique):
            library = build()
            save_library(library, file, apart=True)
            print(
                f"{file.name}: {len(library)} references, {library.content_sha256[:12]}, "
                f"{file.stat().st_size} bytes"
            )


if __name__ == "__main__":
    main()
