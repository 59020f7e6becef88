"""B&W Tek text of BWSpec and BWRam: key;value lines, then a table with semicolons or commas."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Technique
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.numbers import column, leading_number, strip_cells
from ..tables._columns import pick_column

_HEADER_LINES: Final = 500
_FIRST: Final = re.compile(r"file version[;,\t]\s*bw", re.IGNORECASE)
_SEPARATORS: Final = (";", ",", "\t")
_Y_NAMES: Final = ("dark subtracted #", "raw data #")

_RULES: Final[kv.Rules] = {
    "model": ("instrument", kv.text_value),
    "c code": ("serial", kv.text_value),
    "title": ("label", kv.text_value),
    "laser_wavelength": ("laser_wavelength_nm", kv.positive_value),
    # The vendor's own spelling; the other one in case it is ever mended.
    "intigration times(ms)": ("integration_time_s", kv.milliseconds_value),
    "integration times(ms)": ("integration_time_s", kv.milliseconds_value),
    "average number": ("averages", kv.count_value),
    "date": ("date", kv.text_value),
    "file version": ("software", kv.text_value),
    "relative intensity correction flag": ("intensity_corrected", kv.switch_value),
}


def sniff(source: Source) -> Sniff:
    """Certain when the first line names the file version of a BW program."""
    first = next((line for line in source.lines[:20] if line.strip()), "").strip()
    return Sniff.CERTAIN if _FIRST.match(first) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft per Dark Subtracted column, or the column the caller asks for.

    Raises
    ------
    DamagedError
        When the table is missing or torn.
    UnsupportedError
        When no axis or no intensity column was exported.
    """
    header, names, columns = _split(source)
    lower = [name.lower() for name in names]
    _check_complete(header, columns, source)
    metadata = kv.collect(header, _RULES)
    # 16-bit converter: the file's own Reference column shows the limit when none was taken.
    metadata["detector_max"] = 65535.0
    at_axis, technique, unit, noted = _axis_column(lower, columns, metadata, source)
    axis = _numbers(source, columns, at_axis, names[at_axis])
    drafts = []
    for at in _intensity_columns(names, at_axis, source):
        values = _numbers(source, columns, at, names[at])
        extra = {"x_column": names[at_axis], "y_column": names[at]} | _raw_max(source, columns, lower, at)
        raw = source.column is None and not lower[at].startswith(_Y_NAMES[0])
        note = ("no Dark Subtracted column: raw data used, the dark signal is still in",) if raw else ()
        drafts.append(Draft(axis, values, technique, unit, metadata | extra, noted + note, quantity="counts"))
    return tuple(drafts)


def _axis_column(
    names: list[str], columns: list[tuple[str, ...]], metadata: Mapping[str, MetadataValue], source: Source
) -> tuple[int, Technique, AxisUnit, tuple[str, ...]]:
    """Position of the axis and what it is: the shift, or the wavelength where no shift was written."""
    if "raman shift" in names and any(cell.strip() for cell in columns[names.index("raman shift")]):
        return names.index("raman shift"), "raman", "raman_shift_cm-1", ()
    if "wavelength" in names and any(cell.strip() for cell in columns[names.index("wavelength")]):
        at = names.index("wavelength")
        note = ("no Raman Shift column: the wavelength is the axis",)
        if metadata.get("laser_wavelength_nm") is not None:
            return at, "raman", "wavelength_nm", note
        values = _numbers(source, columns, at, "Wavelength")
        return at, technique_of_axis(values, "wavelength_nm"), "wavelength_nm", note
    raise UnsupportedError(
        f"{source.name}: no Raman Shift column, so no Raman axis. "
        "Set the laser wavelength in the B&W Tek program and save the measurement again."
    )


def _split(source: Source) -> tuple[Mapping[str, str], list[str], list[tuple[str, ...]]]:
    header: dict[str, str] = {}
    for at, line in enumerate(source.lines[:_HEADER_LINES]):
        separator = next((mark for mark in _SEPARATORS if mark in line), ";")
        cells = strip_cells(line.split(separator))
        if cells[0].lower() == "pixel" and len(cells) > 2:
            while not cells[-1]:
                cells.pop()
            return header, cells, _columns(source, at + 1, len(cells), separator)
        if cells[0]:
            header.setdefault(cells[0].lower(), separator.join(cells[1:]))
    raise DamagedError(
        f"{source.name}: a B&W Tek header without its table. The file is cut short: save it again."
    )


def _columns(source: Source, start: int, n_columns: int, separator: str) -> list[tuple[str, ...]]:
    rows = []
    ended = None
    for at, line in enumerate(source.lines[start:], start=start + 1):
        if not line.strip():
            continue
        cells = line.split(separator)
        # Where rows end with a separator, one without it is torn.
        ended = len(cells) if ended is None else ended
        if len(cells) < max(n_columns, ended) or any(cell.strip() for cell in cells[n_columns:]):
            raise DamagedError(
                f"{source.name}: line {at} has {len(cells)} cells, expected {n_columns}. "
                "The file is cut short or damaged: save it again."
            )
        rows.append(cells[:n_columns])
    return list(zip(*rows, strict=True)) if rows else [()] * n_columns


def _check_complete(header: Mapping[str, str], columns: list[tuple[str, ...]], source: Source) -> None:
    """Refuse a table that stops before the detector does."""
    promised = leading_number(header.get("pixel_end", ""))
    last = leading_number(columns[0][-1]) if columns[0] else None
    if not columns[0]:
        raise DamagedError(f"{source.name}: column names without rows. The file is cut short: save it again.")
    if promised is not None and last is not None and last < promised:
        raise DamagedError(
            f"{source.name}: the table stops at pixel {last:.0f}, the header promises {promised:.0f}. "
            "The file is cut short: save it again."
        )
    pixels = column(columns[0])
    if isinstance(pixels, int) or (len(pixels) > 1 and np.any(np.diff(pixels) != pixels[1] - pixels[0])):
        raise DamagedError(
            f"{source.name}: the Pixel column does not count on, so rows are missing or damaged. "
            "Save the measurement again."
        )


def _intensity_columns(names: list[str], at_axis: int, source: Source) -> list[int]:
    if source.column is not None:
        return [pick_column(names, source, n_columns=len(names), taken=(at_axis,))]
    for start in _Y_NAMES:
        found = [i for i, name in enumerate(names) if name.lower().startswith(start)]
        if found:
            return found
    raise UnsupportedError(
        f"{source.name}: neither a Dark Subtracted nor a Raw data column. "
        "Save the measurement with all data from the B&W Tek program."
    )


def _numbers(source: Source, columns: list[tuple[str, ...]], at: int, name: str) -> NDArray[np.float64]:
    # Cells are split at the separator, so a comma in one is always the decimal sign.
    values = column(columns[at], decimal=",")
    if isinstance(values, int):
        raise DamagedError(
            f"{source.name}: {columns[at][values][:20]!r} in column {name}, expected a number. "
            "The file is damaged: save it again."
        )
    return values


def _raw_max(
    source: Source, columns: list[tuple[str, ...]], names: list[str], at: int
) -> dict[str, MetadataValue]:
    raw_name = _Y_NAMES[1] + names[at].rpartition("#")[2]
    if raw_name not in names:
        return {}
    raw = _numbers(source, columns, names.index(raw_name), raw_name)
    finite = raw[np.isfinite(raw)]
    return {"raw_max": float(finite.max())} if finite.size else {}


FORMAT: Final = Format("bwtek_txt", "B&W Tek BWSpec / BWRam text", (".txt", ".csv"), sniff, read, version=2)
