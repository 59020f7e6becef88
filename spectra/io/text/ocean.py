"""Text of Ocean Optics' programs: OOIBase32, SpectraSuite, OceanView, Jaz.

``key: value`` lines, then the table between ``>>>>>Begin … Data<<<<<`` and ``>>>>>End …``. The
end line is often missing and the words follow the computer's language; the arrows and the digits
do not. Layout from public samples of all four programs.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.block import Block, asked_column, check_count, read_block, refuse_long
from ..parts.ending import check_ending
from ..parts.numbers import leading_number, number, strip_cells

_HEADER_LINES: Final = 80
_MARK: Final = re.compile(r"\s*(?:#\s*)?>>>>>")
_FIRST: Final = re.compile(
    r"SpectraSuite|OOIBase32 |Jaz (?:Data|Absolute)|Data from .+ Node\s*$", re.IGNORECASE
)
# English, Spanish and Japanese words as the programs write them, accents taken off.
_KEYS: Final[tuple[tuple[str, str], ...]] = (
    ("date", r"date|fecha|日時"),
    ("serial", r"spectrometers?(?: serial number)?|espectr.?metros?|分光器"),
    ("integration", r"integration time|tiempo de integraci.*"),
    ("averages", r"spectra averaged|scans to average|promedio de espectros.*|スヘクトル平均"),
    ("axis", r"xaxis mode"),
    ("pixels", r"number of pixels.*|n.{1,4}mero de p.{1,3}xel.*|.*ヒクセル数"),
    ("laser", r"(?:laser|excitation)(?: wavelength)?"),
)
_UNITS_S: Final[dict[str, float]] = {"sec": 1.0, "s": 1.0, "msec": 1e-3, "ms": 1e-3, "usec": 1e-6, "us": 1e-6}
# OceanView puts the name of the view last, OOIBase32 and Jaz make it the file's ending.
_WORDS: Final[tuple[tuple[str, Quantity], ...]] = (
    ("absorb", "absorbance"),
    ("transmi", "transmittance"),
    ("reflect", "reflectance"),
    ("irrad", "counts"),
    ("scope", "counts"),
    ("raman", "counts"),
)


def sniff(source: Source) -> Sniff:
    """Certain when an arrow line stands near the top, or the first line names one of the programs."""
    head = source.lines[:_HEADER_LINES]
    first = next((line.strip() for line in head if line.strip()), "")
    if _FIRST.match(first) or any(_MARK.match(line) and "<<<<<" in line for line in head):
        return Sniff.CERTAIN
    return Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the table is missing, torn or of another length than the header says.
    UnsupportedError
        For an axis of pixels and for several spectra in one file.
    """
    refuse_long(source)
    marks = [at for at, line in enumerate(source.lines) if _MARK.match(line)]
    if not marks:
        raise DamagedError(
            f"{source.name}: an Ocean Optics header without its table (>>>>>Begin …). "
            "The file is cut short: save the spectrum again."
        )
    if len(marks) > 2:
        raise UnsupportedError(
            f"{source.name}: {len(marks)} lines with arrows, expected one table between two. "
            "Save one spectrum a file."
        )
    header = _header(source.lines[: marks[0]])
    rows = source.lines[marks[0] + 1 : marks[1] if len(marks) > 1 else None]
    rows = [row for row in rows if row.strip()]
    separator = _separator(rows)
    names = _names(rows, separator)
    if names:
        rows = rows[1:]
    block = read_block(rows, separator, source, at_end=len(marks) == 1)
    names = names or ["W", "P"][: len(block.cells)]
    y = _column(names, len(block.cells), source)
    counted = check_count(len(block.cells[0]), _pixels(header, source), source)
    notes = _ending(block, source, counted=counted) if len(marks) == 1 else ()
    unit = _unit(header, source)
    axis = block.numbers(0, source)
    label = _label(source.lines[: marks[0]])
    metadata = _metadata(header, label) | {"x_column": header.get("axis", names[0]), "y_column": names[y]}
    quantity = _quantity(names[y], label, source) if unit != "raman_shift_cm-1" else "counts"
    return (
        Draft(
            axis,
            block.numbers(y, source),
            technique_of_axis(axis, unit),
            unit,
            metadata,
            notes,
            quantity=quantity,
            counted=counted,
        ),
    )


def _ending(block: Block, source: Source, *, counted: bool) -> tuple[str, ...]:
    """Doubt about a table without its end line."""
    notes = check_ending(block.cells[-1], source, decimal=block.decimal)
    if counted:
        return notes
    return ("the file says neither how many points there are nor where they end: it may be cut short", *notes)


def _header(lines: Sequence[str]) -> dict[str, str]:
    """Values under our own names, the unit of the integration time under ``unit``."""
    found: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon:
            continue
        spread = unicodedata.normalize("NFKD", key)
        plain = "".join(c for c in spread if not unicodedata.combining(c)).strip().casefold()
        word, _, unit = plain.partition("(")
        for name, pattern in _KEYS:
            if name not in found and re.fullmatch(pattern, word.strip()):
                found[name] = value.strip()
                if name == "integration":
                    found["unit"] = unit.strip(" )")
    return found


def _pixels(header: Mapping[str, str], source: Source) -> float | None:
    text = header.get("pixels")
    stated = number(text) if text is not None else None
    if text is not None and (stated is None or not stated > 0):
        raise DamagedError(
            f"{source.name}: {text[:20]!r} pixels in the header, expected a number. "
            "The file is damaged: save the spectrum again."
        )
    return stated


def _separator(rows: Sequence[str]) -> str | None:
    # One from the middle: the first may be names, the last torn.
    sample = rows[len(rows) // 2] if rows else ""
    if "\t" in sample:
        return "\t"
    if ";" in sample:
        return ";"
    # Without white space between them the commas can only separate.
    return None if len(sample.split()) > 1 else ","


def _names(rows: Sequence[str], separator: str | None) -> list[str]:
    """Column names of the first row, none where it is numbers already."""
    cells = strip_cells(rows[0].split(separator)) if rows else []
    while cells and not cells[-1]:
        cells.pop()
    return cells if cells and all(cell[:1].isalpha() for cell in cells) else []


def _column(names: Sequence[str], n_columns: int, source: Source) -> int:
    if len(names) != n_columns or n_columns < 2:
        raise UnsupportedError(
            f"{source.name}: {n_columns} columns, expected wavelength and spectrum, or names above them. "
            "Save one spectrum a file."
        )
    wish = asked_column(names, source)
    if wish is not None:
        return wish
    short = [name.casefold() for name in names]
    for wanted in ("p", "s"):
        if short.count(wanted) == 1:
            return short.index(wanted)
    if n_columns == 2:
        return 1
    raise UnsupportedError(
        f"{source.name}: columns {', '.join(names)[:120]}, expected one called P (processed). "
        "Name the column to read."
    )


def _unit(header: Mapping[str, str], source: Source) -> AxisUnit:
    mode = header.get("axis", "").casefold()
    if "raman" in mode:
        return "raman_shift_cm-1"
    if "wavenumber" in mode:
        return "wavenumber_cm-1"
    if mode and "wavelength" not in mode:
        raise UnsupportedError(
            f"{source.name}: the axis counts {mode[:20]!r}, expected wavelengths or Raman shifts. "
            "Set the axis in the program and save again."
        )
    return "wavelength_nm"


def _label(lines: Sequence[str]) -> str:
    first = next((line.strip() for line in lines if line.strip()), "")
    found = re.fullmatch(r"Data from (.+) Node", first, re.IGNORECASE)
    return found[1] if found else ""


def _quantity(column: str, label: str, source: Source) -> Quantity:
    if column.casefold() in ("d", "r", "s"):
        return "counts"
    first = source.lines[0].casefold() if source.lines else ""
    # The last word counts: a sample may be called after a quantity too.
    for text in (first if "irrad" in first else "", label.casefold(), source.name.casefold()):
        places = [(text.rfind(word), quantity) for word, quantity in _WORDS]
        at, quantity = max(places)
        if at >= 0:
            return quantity
    return "unknown"


def _metadata(header: Mapping[str, str], label: str) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {}
    if header.get("date"):
        found["date"] = kv.text_value(header["date"])
    if header.get("serial"):
        found["serial"] = kv.text_value(header["serial"])
    if label:
        found["label"] = kv.text_value(label)
    time = leading_number(header.get("integration", ""))
    factor = _UNITS_S.get(header.get("unit", ""))
    if time is not None and factor is not None and time > 0:
        found["integration_time_s"] = float(np.round(time * factor, 12))
    averages = kv.count_value(header.get("averages", ""))
    if averages is not None:
        found["averages"] = averages
    laser = kv.positive_value(header.get("laser", ""))
    if laser is not None:
        found["laser_wavelength_nm"] = laser
    return found


FORMAT: Final = Format(
    "ocean_txt",
    "Ocean Optics text (OOIBase32, SpectraSuite, OceanView, Jaz)",
    (".txt", ".jaz", ".jazirrad", ".scope", ".transmission", ".absorbance", ".reflection", ".irradiance"),
    sniff,
    read,
)
