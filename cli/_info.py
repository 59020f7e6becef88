"""What ``contraspec info`` says of one measurement: the record for machines, the lines for people."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypedDict

from ._notes import note_text
from ._page import Page
from ._plot import plot_lines
from .messages import Field, has_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spectra.io import Measurement
    from spectra.spectrum import MetadataValue

SPECTRUM_SCHEMA: Final = "contraspec.spectrum/1"
_KNOWN: Final = ("source_file", "source_sha256", "format", "reader", "index", "quantity")
"""Metadata that the record has elsewhere."""
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


def render_spectrum(record: SpectrumRecord, drawn: "Measurement | None", page: Page) -> str:
    """Text of one measurement, with a small picture.

    Parameters
    ----------
    record : SpectrumRecord
        What machines get.
    drawn : Measurement or None
        For the picture; None leaves it out.
    page : Page
        Language; width, colour, encoding.
    """
    terminal = page.terminal
    name = record["file"] + (f" [{record['index']}]" if record["index"] else "")
    lines = [terminal.style(line, bold=True) for line in terminal.wrap(name)]
    figures = _figures(record, page)
    columns = max(_LABEL_COLUMNS, *(len(label) + 1 for label, _ in figures))
    for label, value in figures:
        head = f"{_INDENT}{label.ljust(columns)}"
        lines += terminal.wrap(value, indent=terminal.show(head), hanging=" " * len(head))
    if drawn is not None and not record["peaks"]:
        columns = terminal.columns - 2 * len(_INDENT)
        picture = plot_lines(
            drawn.axis, drawn.intensity, columns=columns, encoding=terminal.encoding, ends=_ends(page)
        )
        lines += ["", *(f"{_INDENT}{line}".rstrip() for line in picture)]
    for warning in record["warnings"]:
        lines += terminal.wrap(
            page.say("info.note", {"note": note_text(warning, page)}), indent=_INDENT, hanging=_INDENT * 2
        )
    return "\n".join(lines) + "\n"


def _figures(record: SpectrumRecord, page: Page) -> list[tuple[str, str]]:
    """Names and values of what was read, in their order."""
    axis: dict[str, Field] = {
        "axis": page.say(f"info.x_{record['x_kind']}"),
        "first": page.number(record["x_first"], ".7g"),
        "last": page.number(record["x_last"], ".7g"),
    }
    ordinate: dict[str, Field] = {
        "ordinate": page.say(f"info.y_{record['y_kind']}"),
        "low": page.number(record["y_min"], ".6g"),
        "high": page.number(record["y_max"], ".6g"),
    }
    return [
        (page.say("info.format"), record["reader"]),
        (page.say("info.technique"), page.say(f"info.technique_{record['technique']}")),
        (page.say("info.axis"), page.say("info.axis_range", axis)),
        (page.say("info.ordinate"), page.say("info.ordinate_range", ordinate)),
        (page.say("info.peaks" if record["peaks"] else "info.points"), str(record["n_points"])),
        *((_label(name, page), _value(value, page)) for name, value in record["metadata"].items()),
        ("sha256", record["sha256"]),
    ]


def _label(name: str, page: Page) -> str:
    """Name of what a file says; as the reader has it where nobody translated it."""
    key = f"info.known_{name}"
    return page.say(key) if has_message(key) else name.replace("_", " ")


def _value(value: str | float | bool, page: Page) -> str:
    """Value as the file has it, texts and dates unchanged; numbers with the sign of the language."""
    if isinstance(value, bool):
        return page.say("info.true" if value else "info.false")
    return page.number(value, "") if isinstance(value, float) else str(value)


def _ends(page: Page) -> Callable[[float], str]:
    return lambda value: page.number(value, ".6g")
