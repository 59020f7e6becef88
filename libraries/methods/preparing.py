"""Preprocessing of near infrared spectra: any ordinate and axis becomes absorbance over nm on the grid."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spectra.errors import SpectraError
from spectra.grid import Grid
from spectra.preprocessing import NIR_GRID, NIR_PIPELINE, Pipeline
from spectra.preprocessing.ordinate import as_absorbance
from spectra.spectrum import Spectrum

if TYPE_CHECKING:
    from spectra.preprocessing.batches import Batch

VERSION = 1
"""Raised whenever the same spectrum comes out otherwise: it is part of the fingerprint."""


@dataclass(frozen=True)
class NirPreparation:
    """A pipeline that is fed absorbance over wavelength, whatever a file holds.

    What a spectrum's ordinate is stands in its metadata, which the steps of a pipeline do not see.

    Attributes
    ----------
    steps : Pipeline
        What is done then.
    """

    steps: Pipeline = NIR_PIPELINE

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what is done, as 64 hex digits."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()

    def to_json(self) -> str:
        """Write out what is done."""
        document = {
            "schema": "contraspec.preparation/1",
            "ordinate": "absorbance",
            "axis": "wavelength_nm",
            "version": VERSION,
            "pipeline": json.loads(self.steps.to_json()),
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"))

    def output_grid(self, grid: Grid) -> Grid:
        """Grid on which spectra come out; ``grid`` gives nothing to it."""
        return self.steps.output_grid(grid if grid.unit == NIR_GRID.unit else NIR_GRID)

    def apply(self, spectra: Spectrum, /) -> Spectrum:
        """Prepare a spectrum.

        Raises
        ------
        SpectrumError
            Counts of a single beam, an ordinate or an axis that cannot be converted, or too few points on
            the grid.
        """
        return self.steps.apply(as_absorbance(over_nm(spectra)))

    def apply_to_many(
        self, spectra: Sequence[Spectrum], /
    ) -> "tuple[tuple[Batch, ...], Mapping[int, SpectraError]]":
        """Prepare spectra together, each as ``apply`` would; those that cannot be are told by their place."""
        places: list[int] = []
        converted: list[Spectrum] = []
        refused: dict[int, SpectraError] = {}
        for place, spectrum in enumerate(spectra):
            try:
                converted.append(as_absorbance(over_nm(spectrum)))
            except SpectraError as error:
                refused[place] = error
            else:
                places.append(place)
        batches, failed = self.steps.apply_to_many(converted)
        refused.update({places[each]: error for each, error in failed.items()})
        there = np.array(places, dtype=np.int64)
        return tuple(replace(batch, places=there[batch.places]) for batch in batches), refused


def over_nm(spectrum: Spectrum) -> Spectrum:
    """Spectrum with its axis in nm, where it was in cm⁻¹; others as given."""
    if spectrum.unit != "wavenumber_cm-1":
        return spectrum
    return replace(
        spectrum,
        axis=1e7 / spectrum.axis[::-1],
        intensity=spectrum.intensity[::-1],
        unit="wavelength_nm",
    )
