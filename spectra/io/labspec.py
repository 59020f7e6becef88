"""Horiba LabSpec text: ``#Key=<tab>value`` lines, then two columns."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DamagedError, UnsupportedError
from ..units import AxisUnit, raman_shift_cm1
from . import _keyvalue as kv
from ._draft import Draft
from ._format import Format, Sniff
from ._numbers import column
from ._source import Source

_KEY: Final = re.compile(r"#([^=\t]{1,80})=\t?(.*)")

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
    """One draft.

    Raises
    ------
    DamagedError
        When the table is missing or torn.
    UnsupportedError
        For maps, series and axes that are no wavelength or shift.
    """
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
        if len(cells) > 2:
            raise UnsupportedError(
                f"{source.name}: {len(cells)} columns, a LabSpec map or series; one spectrum was expected. "
                "Export a single spectrum."
            )
        if len(cells) < 2:
            raise DamagedError(
                f"{source.name}: line {at} has one cell, expected axis and intensity. "
                "The file is cut short or damaged: export it again."
            )
        rows.append(cells)
    if not rows:
        raise DamagedError(f"{source.name}: a LabSpec header without data. Export the spectrum again.")
    axis, intensity = (_numbers([row[i] for row in rows], source) for i in (0, 1))
    metadata = kv.collect(header, _RULES)
    laser_nm = metadata.get("laser_wavelength_nm")
    axis, unit, warnings = _shift(axis, header, laser_nm if isinstance(laser_nm, float) else None, source)
    return (Draft(axis, intensity, "raman", unit, metadata, warnings),)


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


def _shift(
    axis: NDArray[np.float64], header: Mapping[str, str], laser_nm: float | None, source: Source
) -> tuple[NDArray[np.float64], AxisUnit, tuple[str, ...]]:
    unit = header.get("axisunit[1]", "").strip().lower()
    if unit in ("1/cm", "cm-1", "cm^-1", "cm⁻¹"):
        return axis, "raman_shift_cm-1", ()
    if unit == "nm":
        if laser_nm is None:
            return axis, "wavelength_nm", ("the axis is a wavelength and the laser is not stated",)
        note = f"Raman shift computed from the wavelength and the laser at {laser_nm:g} nm"
        return raman_shift_cm1(np.where(axis > 0, axis, np.nan), laser_nm), "raman_shift_cm-1", (note,)
    if unit:
        raise UnsupportedError(
            f"{source.name}: axis unit {unit[:20]!r}, expected 1/cm or nm. "
            "Export with the Raman shift as axis."
        )
    return axis, "raman_shift_cm-1", ("the header has no axis unit: axis taken as Raman shift",)


FORMAT: Final = Format("labspec_txt", "Horiba LabSpec text", (".txt",), sniff, read)
