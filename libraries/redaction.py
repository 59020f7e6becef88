"""Spectra and results without what a case is about, to be sent to those who may help.

What may go out is listed, not what may not: a field that nobody thought of stays at home.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from spectra.errors import UnsupportedError
from spectra.spectrum import Spectrum

BUNDLE_SCHEMA: Final = "contraspec.bundle/1"
RESULT_SCHEMA: Final = "contraspec.result/1"

METADATA: Final = (
    *("instrument", "laser_wavelength_nm", "integration_time_s", "averages", "resolution_cm1"),
    *("quantity", "baseline_corrected", "intensity_corrected", "deconvolved", "detector", "software"),
)
"""What a spectrum keeps: what it takes to judge it."""

SERIAL: Final = "serial"

_RESULT: Final = (
    *("schema", "verdict", "alert", "probability", "substances", "hits", "hints", "reasons"),
    *("next_action", "safety", "quality", "prediction_set", "prior", "exclusions", "index"),
)
_PROVENANCE: Final = ("library", "calibration", "engine", "pipeline", "config")


def redacted_spectrum(spectrum: Spectrum, *, with_serial: bool = False) -> Spectrum:
    """Spectrum with axis and intensity as measured, and only the metadata of ``METADATA``.

    Parameters
    ----------
    spectrum : Spectrum
        As it was read; file names, times, operators, labels and notes go.
    with_serial : bool
        Keep the instrument's serial number.
    """
    kept = (*METADATA, SERIAL) if with_serial else METADATA
    metadata = {name: spectrum.metadata[name] for name in kept if name in spectrum.metadata}
    return dataclasses.replace(spectrum, metadata=metadata, warnings=())


def redacted_result(record: Mapping[str, Any]) -> dict[str, Any]:
    """Strip a result of file, hash of the input, and free text.

    Parameters
    ----------
    record : mapping
        A ``contraspec.result/1``.

    Raises
    ------
    UnsupportedError
        When it is none.
    """
    if record.get("schema") != RESULT_SCHEMA:
        raise UnsupportedError(
            f"a record of schema {record.get('schema')!r}: expected {RESULT_SCHEMA}, as 'identify --format "
            f"json' writes it"
        )
    kept = {name: record[name] for name in _RESULT if name in record}
    provenance = record.get("provenance")
    if isinstance(provenance, Mapping):
        kept["provenance"] = {name: provenance[name] for name in _PROVENANCE if name in provenance}
    return kept


def bundle(spectra: list[Spectrum], results: list[dict[str, Any]]) -> dict[str, Any]:
    """Put redacted spectra and results into one ``contraspec.bundle/1``.

    Parameters
    ----------
    spectra : list of Spectrum
        Of ``redacted_spectrum``.
    results : list of dict
        Of ``redacted_result``.
    """
    return {
        "schema": BUNDLE_SCHEMA,
        "spectra": [
            {
                "technique": spectrum.technique,
                "x_kind": spectrum.unit,
                "axis": spectrum.axis.tolist(),
                "intensity": spectrum.intensity.tolist(),
                "metadata": dict(spectrum.metadata),
            }
            for spectrum in spectra
        ],
        "results": results,
    }
