"""What ``contraspec info`` says of one measurement: the record for machines, the lines for people."""

import math
from typing import TYPE_CHECKING, Final, TypedDict

from ._plot import plot_lines
from ._terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.io import Measurement
    from spectra.spectrum import MetadataValue

SPECTRUM_SCHEMA: Final = "contraspec.spectrum/1"
_KNOWN: Final = ("source_file", "source_sha256", "format", "reader", "index", "quantity")
"""Metadata that the record has elsewhere."""
_TECHNIQUES: Final = {"raman": "Raman", "nir": "near infrared", "mir": "mid infrared", "other": "other"}
_AXES: Final = {
    "raman_shift_cm-1": "Raman shift, cm⁻¹",
    "wavenumber_cm-1": "wavenumber, cm⁻¹",
    "wavelength_nm": "wavelength, nm",
    "other": "unknown or other",
}
_LABEL_COLUMNS: Final = 22
_INDENT: Final = "  "


class SpectrumRecord(TypedDict):
    """``contraspec.spectrum/1``: what was read; the figures are in the file's order and units."""

    schema: str
    file: str
    index: int
    format: str
    reader: str
    technique: str
    n_points: int
    x_kind: str
    x_first: float
    x_last: float
    y_kind: str
    y_first: float
    y_last: float
    y_min: float
    y_max: float
    peaks: bool
    sha256: str
    metadata: dict[str, str | int | float | bool]
    warnings: list[str]


def spectrum_record(file: str, measured: "Measurement") -> SpectrumRecord:
    """Build the record of one measurement.

    Parameters
    ----------
    file : str
        As typed.
    measured : Measurement
        What was read.
    """
    known = measured.metadata
    return {
        "schema": SPECTRUM_SCHEMA,
        "file": file,
        "index": int(known["index"] or 0),
        "format": str(known["format"]),
        "reader": str(known["reader"]),
        "technique": measured.technique,
        "n_points": int(measured.axis.size),
        "x_kind": measured.unit,
        "x_first": float(measured.axis[0]),
        "x_last": float(measured.axis[-1]),
        "y_kind": measured.quantity,
        "y_first": float(measured.intensity[0]),
        "y_last": float(measured.intensity[-1]),
        "y_min": float(measured.intensity.min()),
        "y_max": float(measured.intensity.max()),
        "peaks": measured.peaks,
        "sha256": str(known["source_sha256"]),
        "metadata": _told(known),
        "warnings": list(measured.warnings),
    }


def _told(known: "Mapping[str, MetadataValue]") -> dict[str, str | int | float | bool]:
    """Metadata that says something and that JSON can hold."""
    told: dict[str, str | int | float | bool] = {}
    for name, value in known.items():
        empty = value is None or value == "" or (isinstance(value, float) and not math.isfinite(value))
        if name not in _KNOWN and value is not None and not empty:
            told[name] = value
    return told


def render_spectrum(record: SpectrumRecord, drawn: "Measurement | None", terminal: Terminal) -> str:
    """Text of one measurement, with a small picture.

    Parameters
    ----------
    record : SpectrumRecord
        What machines get.
    drawn : Measurement or None
        For the picture; None leaves it out.
    terminal : Terminal
        Width, colour, encoding.
    """
    figures: list[tuple[str, object]] = [
        ("format", record["reader"]),
        ("technique", _TECHNIQUES[record["technique"]]),
        ("axis", f"{_AXES[record['x_kind']]}: {record['x_first']:.7g} to {record['x_last']:.7g}"),
        ("ordinate", f"{record['y_kind']}: {record['y_min']:.6g} to {record['y_max']:.6g}"),
        ("peaks" if record["peaks"] else "points", record["n_points"]),
        *((name.replace("_", " "), value) for name, value in record["metadata"].items()),
        ("sha256", record["sha256"]),
    ]
    name = record["file"] + (f" [{record['index']}]" if record["index"] else "")
    lines = [terminal.style(line, bold=True) for line in terminal.wrap(name)]
    for label, value in figures:
        head = f"{_INDENT}{label.ljust(_LABEL_COLUMNS)}"
        lines += terminal.wrap(f"{value}", indent=head, hanging=" " * len(head))
    if drawn is not None and not record["peaks"]:
        columns = terminal.columns - 2 * len(_INDENT)
        picture = plot_lines(drawn.axis, drawn.intensity, columns=columns, encoding=terminal.encoding)
        lines += ["", *(f"{_INDENT}{line}".rstrip() for line in picture)]
    for warning in record["warnings"]:
        lines += terminal.wrap(f"note: {warning}", indent=_INDENT, hanging=_INDENT * 2)
    return "\n".join(lines) + "\n"
