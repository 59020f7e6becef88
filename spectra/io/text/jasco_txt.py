"""JASCO text: ``KEY<tab>value`` lines named as in JCAMP-DX, without its signs, then columns."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from ...units import AxisUnit, Quantity, Technique
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.ending import check_ending
from ..parts.numbers import column, leading_number, strip_cells
from ..parts.vocabulary import axis_kind, plain, quantity
from ..tables._columns import pick_column

_HEADER_LINES: Final = 200
_MARK: Final = "xydata"
_SEPARATORS: Final = ("\t", ";", ",")
_END_TOLERANCE: Final = 1e-4

_RULES: Final[kv.Rules] = {
    "title": ("label", kv.text_value),
    "spectrometer/data system": ("instrument", kv.text_value),
    "model name": ("instrument", kv.text_value),
    "serial no.": ("serial", kv.text_value),
    "origin": ("origin", kv.text_value),
    "date": ("date", kv.text_value),
    "xunits": ("x_column", kv.text_value),
    "yunits": ("y_column", kv.text_value),
    "excitation wavelength": ("laser_wavelength_nm", kv.positive_value),
    "comment": ("note", kv.text_value),
}


def sniff(source: Source) -> Sniff:
    """Certain when lines of JASCO's keys lead to an ``XYDATA`` line."""
    keys: list[str] = []
    for line in source.lines[:_HEADER_LINES]:
        key = _split(line)[0].lower()
        if key == _MARK and {"xunits", "yunits"} <= set(keys):
            return Sniff.CERTAIN
        keys.append(key)
    return Sniff.NO


def _split(line: str) -> list[str]:
    separator = next((mark for mark in _SEPARATORS if mark in line), "\t")
    return strip_cells(line.split(separator))


def read(source: Source) -> tuple[Draft, ...]:
    """One draft: the first ordinate, or the one the caller asks for.

    Raises
    ------
    DamagedError
        When the table is torn, or not as long or not on the range that the header says.
    UnsupportedError
        For an abscissa that is no axis of ours.
    """
    header, start = _header(source)
    columns, notes = _table(source, start)
    counted = _check(header, columns[0], source)
    y = 1
    if source.column is not None:
        y = pick_column((), source, n_columns=len(columns), taken=(0,))
        notes += (f"column {y + 1} taken as the caller says",)
    elif len(columns) > 2:
        notes += (f"{len(columns) - 1} columns of ordinates: the first, {header.get('yunits', '')!r}, taken",)
    unit, technique = _axis(header, columns[0], source)
    return (
        Draft(
            columns[0],
            columns[y],
            technique,
            unit,
            kv.collect(header, _RULES),
            notes,
            quantity=_quantity(header, technique) if y == 1 else "unknown",
            counted=counted,
        ),
    )


def _header(source: Source) -> tuple[Mapping[str, str], int]:
    header: dict[str, str] = {}
    for at, line in enumerate(source.lines[:_HEADER_LINES]):
        cells = _split(line)
        if cells[0].lower() == _MARK:
            return header, at + 1
        header.setdefault(cells[0].lower(), cells[1] if len(cells) > 1 else "")
    raise DamagedError(f"{source.name}: no XYDATA. The file is cut short: export it again.")


def _table(source: Source, start: int) -> tuple[list[NDArray[np.float64]], tuple[str, ...]]:
    """Columns from the line after ``XYDATA`` to the first blank line or remark, and doubt about the last."""
    rows: list[list[str]] = []
    ends_text = True
    for at, line in enumerate(source.lines[start:], start=start + 1):
        if not line.strip() or line.lstrip()[:1] in "[#*":
            ends_text = False
            break
        cells = line.split("\t") if "\t" in line else line.split(";") if ";" in line else line.split()
        if len(cells) == 1 and "," in line:
            cells = line.split(",")
        if (rows and len(cells) != len(rows[0])) or len(cells) < 2:
            raise DamagedError(
                f"{source.name}: line {at} has {len(cells)} cells, expected "
                f"{len(rows[0]) if rows else 'two'}. The file is cut short or damaged: export it again."
            )
        rows.append(cells)
    columns = []
    for one in zip(*rows, strict=True):
        values = column(one, decimal="," if any("," in cell for cell in one) else ".")
        if isinstance(values, int):
            raise DamagedError(
                f"{source.name}: {one[values][:20]!r} in the data, expected a number. "
                "The file is damaged: export it again."
            )
        columns.append(values)
    if not columns:
        raise DamagedError(f"{source.name}: no rows after XYDATA. The file is cut short: export it again.")
    if not ends_text:
        return columns, ()
    last = [row[-1] for row in rows]
    return columns, check_ending(last, source, decimal="," if any("," in cell for cell in last) else ".")


def _check(header: Mapping[str, str], axis: NDArray[np.float64], source: Source) -> bool:
    """Whether the header states the number of points; refuse a table that contradicts the header."""
    promised = leading_number(header.get("npoints", ""))
    if promised is not None and promised != axis.size:
        raise DamagedError(
            f"{source.name}: {axis.size} rows, the header promises {promised:.0f}. "
            "The file is cut short or damaged: export it again."
        )
    extent = float(np.nanmax(np.abs(axis))) if np.isfinite(axis).any() else 0.0
    for key, value in (("firstx", axis[0]), ("lastx", axis[-1])):
        stated = leading_number(header.get(key, ""))
        if stated is not None and np.isfinite(value) and abs(stated - value) > _END_TOLERANCE * extent:
            raise DamagedError(
                f"{source.name}: the data have {value:g} where the header states {key.upper()} {stated:g}. "
                "The file is damaged: export it again."
            )
    return promised is not None


def _axis(header: Mapping[str, str], axis: NDArray[np.float64], source: Source) -> tuple[AxisUnit, Technique]:
    name = header.get("xunits", "")
    kind = "wavelength_nm" if plain(name) in ("nanometers", "nm") else axis_kind(name)
    if kind == "wavelength_nm" or kind == "wavelength":
        return "wavelength_nm", technique_of_axis(axis, "wavelength_nm")
    if kind == "raman_shift" or (kind == "wavenumber" and "raman" in header.get("data type", "").lower()):
        return "raman_shift_cm-1", "raman"
    if kind == "wavenumber":
        return "wavenumber_cm-1", technique_of_axis(axis, "wavenumber_cm-1")
    raise UnsupportedError(
        f"{source.name}: axis unit {name[:30]!r}, expected a wavenumber, a Raman shift or nm. "
        "Export with such an axis."
    )


def _quantity(header: Mapping[str, str], technique: Technique) -> Quantity:
    found = quantity(header.get("yunits", ""))
    return "counts" if found == "unknown" and technique == "raman" else found


FORMAT: Final = Format("jasco_txt", "JASCO text", (".txt", ".csv"), sniff, read)
