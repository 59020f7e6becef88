"""Draws the starter library from its tables: ``python -m libraries.starter.build``."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra.preprocessing import RAMAN_GRID
from spectra.spectrum import Spectrum

from ..calibrating import fit_library
from ..library import Library, save_library
from ..reference import Naming, Provenance, Reference, make_reference
from ..substances import identity_key
from .synthesis import synthesise
from .tables import StarterReference, load_hints, load_references

FILE: Final = Path(__file__).with_name("starter.h5")
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


def _draw(entry: StarterReference) -> Reference:
    axis = _grid_points(entry.range_lo_cm1, entry.range_hi_cm1)
    spectrum = Spectrum(
        axis, synthesise(entry.bands, axis), metadata={"synthesised": True, "note": entry.note}
    )
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
    """Write ``starter.h5`` beside this file."""
    library = build_starter()
    save_library(library, FILE)
    print(
        f"{FILE.name}: {len(library)} references, {library.content_sha256[:12]}, {FILE.stat().st_size} bytes"
    )


if __name__ == "__main__":
    main()
