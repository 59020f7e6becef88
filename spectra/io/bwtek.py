"""B&W Tek text of BWSpec and BWRam: key;value lines, then a table with semicolons."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DamagedError, UnsupportedError
from ..spectrum import MetadataValue
from . import _keyvalue as kv
from ._draft import Draft
from ._format import Format, Sniff
from ._numbers import column, leading_number, strip_cells
from ._source import Source

_HEADER_LINES: Final = 500
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
    first = next((line for line in source.lines[:20] if line.strip()), "").strip().lower()
    return Sniff.CERTAIN if first.startswith("file version;bw") else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft per Dark Subtracted column.

    Raises
    ------
    DamagedError
        When the table is missing or torn.
    UnsupportedError
        When no Raman Shift or no intensity column was exported.
    """
    header, names, columns = _split(source)
    lower = [name.lower() for name in names]
    if "raman shift" not in lower:
        raise UnsupportedError(
            f"{source.name}: no Raman Shift column, so no Raman axis. "
            "Set the laser wavelength in the B&W Tek program and save the measurement again."
        )
    axis = _numbers(source, columns, lower.index("raman shift"), "Raman Shift")
    _check_complete(header, columns, source)
    metadata = kv.collect(header, _RULES)
    # 16-bit converter: the file's own Reference column shows the limit when none was taken.
    metadata["detector_max"] = 65535.0
    drafts = []
    for at in _intensity_columns(lower, source):
        dark = lower[at].startswith(_Y_NAMES[0])
        values = _numbers(source, columns, at, names[at])
        extra = {"x_column": "Raman Shift", "y_column": names[at]} | _raw_max(source, columns, lower, at)
        note = () if dark else ("no Dark Subtracted column: raw data used, the dark signal is still in",)
        drafts.append(Draft(axis, values, metadata=metadata | extra, warnings=note))
    return tuple(drafts)


def _split(source: Source) -> tuple[Mapping[str, str], list[str], list[tuple[str, ...]]]:
    header: dict[str, str] = {}
    for at, line in enumerate(source.lines[:_HEADER_LINES]):
        cells = strip_cells(line.split(";"))
        if cells[0].lower() == "pixel" and len(cells) > 2:
            while not cells[-1]:
                cells.pop()
            return header, cells, _columns(source, at + 1, len(cells))
        if cells[0]:
            header.setdefault(cells[0].lower(), ";".join(cells[1:]))
    raise DamagedError(
        f"{source.name}: a B&W Tek header without its table. The file is cut short: save it again."
    )


def _columns(source: Source, start: int, n_columns: int) -> list[tuple[str, ...]]:
    rows = []
    for at, line in enumerate(source.lines[start:], start=start + 1):
        if not line.strip():
            continue
        cells = line.split(";")
        if len(cells) < n_columns or any(cell.strip() for cell in cells[n_columns:]):
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
    if promised is not None and last is not None and last < promised:
        raise DamagedError(
            f"{source.name}: the table stops at pixel {last:.0f}, the header promises {promised:.0f}. "
            "The file is cut short: save it again."
        )


def _intensity_columns(names: list[str], source: Source) -> list[int]:
    for start in _Y_NAMES:
        found = [i for i, name in enumerate(names) if name.startswith(start)]
        if found:
            return found
    raise UnsupportedError(
        f"{source.name}: neither a Dark Subtracted nor a Raw data column. "
        "Save the measurement with all data from the B&W Tek program."
    )


def _numbers(source: Source, columns: list[tuple[str, ...]], at: int, name: str) -> NDArray[np.float64]:
    # The separator is a semicolon, so a comma is always the decimal sign.
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


FORMAT: Final = Format("bwtek_txt", "B&W Tek BWSpec / BWRam text", (".txt",), sniff, read)
