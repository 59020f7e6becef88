"""Text of Avantes' AvaSoft (``.ttt``, ``.trt``, ``.txt`` …).

A comment, lines such as ``Integration time: 175 ms``, then two rows of names and units between
semicolons and the columns. Layout from public exports of AvaSoft 7 and 8.
"""

import re
from collections.abc import Sequence
from typing import Final

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.block import asked_column, end_note, read_block, refuse_long
from ..parts.naming import check_strange_names
from ..parts.numbers import leading_number, strip_cells

_HEADER_LINES: Final = 60
_SERIAL: Final = re.compile(r"data measured with spectrometer[^:]*:\s*(.*)", re.IGNORECASE)
_TIME: Final = re.compile(r"integration ?time\s*(\[ms\])?\s*:\s*(.*)", re.IGNORECASE)
_AVERAGES: Final = re.compile(r"(?:average|averaging nr\. \[scans\])\s*:\s*(.*)", re.IGNORECASE)
# The most finished column that the file has; the last word of each name decides.
_SIGNALS: Final[tuple[tuple[str, Quantity], ...]] = (
    ("absorb", "absorbance"),
    ("reflect", "reflectance"),
    ("transmi", "transmittance"),
    ("irradiance", "counts"),
    ("corrected", "counts"),
    ("scope", "counts"),
    ("sample", "counts"),
)
_OTHERS: Final = re.compile(r"\b(?:dark|ref|reference)\b", re.IGNORECASE)


def sniff(source: Source) -> Sniff:
    """Certain by the row of units, or by the line that names the spectrometer."""
    head = [line.strip().lower() for line in source.lines[:_HEADER_LINES]]
    units = any(line.startswith("[nm]") and _is_units(line) for line in head)
    named = any(line.startswith("data measured with spectrometer") for line in head[:8])
    smoothed = any("used for smoothing" in line or line.startswith("smoothing nr.") for line in head[:8])
    return Sniff.CERTAIN if units or named or smoothed else Sniff.NO


def _is_units(line: str) -> bool:
    cells = line.split(";")
    return len(cells) > 1 and all(cell.strip()[:1] == "[" for cell in cells if cell.strip())


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the table is missing or torn.
    UnsupportedError
        For several spectra in one file and for an axis that is no wavelength or Raman shift.
    """
    refuse_long(source)
    lines = source.lines
    at = next((i for i, line in enumerate(lines[:_HEADER_LINES]) if _is_units(line.strip())), None)
    if at is None or at == 0:
        raise DamagedError(
            f"{source.name}: an AvaSoft header without its table (Wave;…). "
            "The file is cut short: export it again."
        )
    names = strip_cells(lines[at - 1].split(";"))
    units = strip_cells(lines[at].split(";"))
    block = read_block(lines[at + 1 :], ";", source, at_end=True)
    n_columns = len(block.cells)
    if len(names) < n_columns or any(not name for name in names[:n_columns]):
        raise DamagedError(
            f"{source.name}: {n_columns} columns under {len(names)} names. "
            "The file is damaged: export it again."
        )
    names = names[:n_columns]
    units += [""] * (n_columns - len(units))
    unit = _axis_unit(names, units, source)
    y, quantity, notes = _signal(names, source)
    axis = block.numbers(0, source)
    metadata = _metadata(lines[: at - 1])
    metadata |= {"x_column": f"{names[0]} {units[0]}", "y_column": f"{names[y]} {units[y]}".strip()}
    return (
        Draft(
            axis,
            block.numbers(y, source),
            technique_of_axis(axis, unit),
            unit,
            metadata,
            notes + end_note(source),
            quantity=quantity,
        ),
    )


def _axis_unit(names: Sequence[str], units: Sequence[str], source: Source) -> AxisUnit:
    unit = units[0].strip("[] ").lower()
    if units[1:].count(units[0]):
        raise UnsupportedError(
            f"{source.name}: several columns in {units[0]}, expected one axis. Export one spectrum a file."
        )
    if unit == "nm":
        return "wavelength_nm"
    if "cm" in unit and re.search(r"raman|shift", names[0], re.IGNORECASE):
        return "raman_shift_cm-1"
    raise UnsupportedError(
        f"{source.name}: axis {names[0][:20]!r} in {units[0][:20]!r}, expected wavelengths in nm. "
        "Export with the wavelength as axis."
    )


def _signal(names: Sequence[str], source: Source) -> tuple[int, Quantity, tuple[str, ...]]:
    wish = asked_column(names, source)
    if wish == 0:
        return 0, "unknown", ()
    known = [word for word, _ in _SIGNALS]
    strange = [
        name
        for name in names[1:]
        if not _OTHERS.search(name) and not any(word in name.lower() for word in known)
    ]
    for rank, (word, quantity) in enumerate(_SIGNALS):
        for at in range(1, len(names)) if wish is None else (wish,):
            if word in names[at].lower():
                notes = check_strange_names(strange, known[:rank], names[at], source) if wish is None else ()
                return at, quantity, notes
    if wish is not None:
        return wish, "counts", ()
    if len(names) == 2:
        return 1, "unknown", ()
    raise UnsupportedError(
        f"{source.name}: columns {', '.join(names)[:120]}, expected one of Absorbance, Reflectance, "
        "Transmittance or Sample. Name the column to read."
    )


def _metadata(lines: Sequence[str]) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {}
    for line in lines:
        text = line.strip()
        if match := _SERIAL.match(text):
            # Newer files say "serial number: …" or "[name]: …", older ones both in turn.
            serial = kv.text_value(match[1])
            if serial is not None:
                found["serial"] = serial
        elif match := _TIME.match(text):
            time_ms = leading_number(match[2])
            if time_ms is not None and time_ms > 0 and (match[1] or "ms" in match[2]):
                found["integration_time_s"] = round(time_ms / 1000.0, 9)
        elif match := _AVERAGES.match(text):
            averages = kv.count_value(match[1])
            if averages is not None:
                found["averages"] = averages
        elif text.lower().startswith("timestamp"):
            continue
        elif (
            text
            and "label" not in found
            and not re.match(r"(?:nr\. ?of|nr of|smoothing)", text, re.IGNORECASE)
        ):
            found["label"] = kv.text_value(text)
    return found


FORMAT: Final = Format(
    "avasoft_txt", "Avantes AvaSoft text", (".ttt", ".trt", ".tat", ".tit", ".txt"), sniff, read
)
