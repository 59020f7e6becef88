"""Horiba LabSpec text: ``#Key=<tab>value`` lines, then two columns, or a map with a spectrum a row."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts import keyvalue as kv
from ..parts.ending import check_ending
from ..parts.numbers import column

_KEY: Final = re.compile(r"#([^=\t#][^=\t]{0,79})=\t?(.*)")

_RULES: Final[kv.Rules] = {
    "instrument": ("instrument", kv.text_value),
    "detector": ("detector", kv.text_value),
    "laser (nm)": ("laser_wavelength_nm", kv.positive_value),
    "laser": ("laser_wavelength_nm", kv.positive_value),
    "acq. time (s)": ("integration_time_s", kv.positive_value),
    "exposition": ("integration_time_s", kv.positive_value),
    "accumulations": ("averages", kv.count_value),
    "accumulation": ("averages", kv.count_value),
    "acquired": ("date", kv.text_value),
    "date": ("date", kv.text_value),
    "title": ("label", kv.text_value),
    "ics correction": ("intensity_corrected", kv.switch_value),
    "baseline": ("baseline_corrected", kv.named_value),
}


def sniff(source: Source) -> Sniff:
    """Certain when the first lines are LabSpec's keys."""
    first = [line for line in source.lines[:40] if line.strip()][:3]
    known = [line for line in first if (found := _KEY.match(line)) and found[0].count("=\t")]
    return Sniff.CERTAIN if len(first) > 1 and len(known) >= min(2, len(first)) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft, or one per row of a map or series.

    Raises
    ------
    DamagedError
        When the table is missing or torn.
    UnsupportedError
        For axes that are no wavelength or shift, and tables of several columns without an axis above.
    """
    header, rows = _split(source)
    metadata = kv.collect(header, _RULES)
    unit, warnings = _unit(header, source)
    # A map has its axis in the first row, over empty cells where the rows have their position.
    places = next((i for i, cell in enumerate(rows[0]) if cell.strip()), 0)
    if places:
        return _map(rows, places, unit, metadata=metadata, warnings=warnings, source=source)
    if len(rows[0]) > 2:
        raise UnsupportedError(
            f"{source.name}: {len(rows[0])} columns, a LabSpec map or series; one spectrum was expected. "
            "Export a single spectrum."
        )
    ordinate = [row[1] for row in rows]
    warnings += check_ending(ordinate, source, decimal="," if "," in "".join(ordinate) else ".")
    axis, intensity = (_numbers([row[i] for row in rows], source) for i in (0, 1))
    return (Draft(axis, intensity, "raman", unit, metadata, warnings, quantity="counts"),)


def _split(source: Source) -> tuple[dict[str, str], list[list[str]]]:
    header: dict[str, str] = {}
    rows: list[list[str]] = []
    for at, line in enumerate(source.lines, start=1):
        if not line.strip():
            continue
        if not rows and line.startswith("#"):
            if found := _KEY.match(line):
                header.setdefault(found[1].strip().lower(), found[2].strip())
            continue
        cells = line.rstrip().split("\t")
        if len(cells) < 2 or (rows and len(cells) != len(rows[0])):
            expected = "the same" if rows and len(rows[0]) > 2 else "axis and intensity"
            raise DamagedError(
                f"{source.name}: line {at} has {len(cells)} cells, expected {expected}. "
                "The file is cut short or damaged: export it again."
            )
        rows.append(cells)
    if not rows:
        raise DamagedError(f"{source.name}: a LabSpec header without data. Export the spectrum again.")
    return header, rows


def _map(
    rows: list[list[str]],
    places: int,
    unit: AxisUnit,
    *,
    metadata: dict[str, MetadataValue],
    warnings: tuple[str, ...],
    source: Source,
) -> tuple[Draft, ...]:
    axis = _numbers(rows[0][places:], source)
    drafts = []
    for row in rows[1:]:
        where = ", ".join(cell.strip() for cell in row[:places])
        drafts.append(
            Draft(
                axis,
                _numbers(row[places:], source),
                "raman",
                unit,
                metadata | ({"label": where} if where else {}),
                warnings,
                quantity="counts",
            )
        )
    if not drafts:
        raise DamagedError(f"{source.name}: a LabSpec map without spectra. Export it again.")
    return tuple(drafts)


def _numbers(cells: list[str], source: Source) -> NDArray[np.float64]:
    decimal = "," if any("," in cell for cell in cells) else "."
    if decimal == "," and any("." in cell for cell in cells):
        raise DamagedError(
            f"{source.name}: points and commas in one column. Export it with one decimal sign."
        )
    values = column(cells, decimal=decimal)
    if isinstance(values, int):
        raise DamagedError(
            f"{source.name}: {cells[values][:20]!r} in the data, expected a number. "
            "The file is damaged: export it again."
        )
    return values


def _unit(header: Mapping[str, str], source: Source) -> tuple[AxisUnit, tuple[str, ...]]:
    unit = header.get("axisunit[1]", "").strip().lower()
    if unit in ("1/cm", "cm-1", "cm^-1", "cm⁻¹"):
        return "raman_shift_cm-1", ()
    if unit == "nm":
        return "wavelength_nm", ()
    if unit:
        raise UnsupportedError(
            f"{source.name}: axis unit {unit[:20]!r}, expected 1/cm or nm. "
            "Export with the Raman shift as axis."
        )
    return "raman_shift_cm-1", ("the header has no axis unit: axis taken as Raman shift",)


FORMAT: Final = Format("labspec_txt", "Horiba LabSpec text", (".txt",), sniff, read, version=2)
