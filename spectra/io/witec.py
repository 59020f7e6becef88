"""WITec text export: ``[Header]`` with ``key = value``, ``[Data]`` with two columns."""

from typing import Final

from ..errors import DamagedError, UnsupportedError
from ..units import AxisUnit
from . import _keyvalue as kv
from ._draft import Draft
from ._format import Format, Sniff
from ._source import Source
from ._table import read_table

_MARK: Final = "//exported ascii-file"
_RULES: Final[kv.Rules] = {"graphname": ("label", kv.text_value)}
_UNITS: Final[dict[str, AxisUnit]] = {
    "rel. 1/cm": "raman_shift_cm-1",
    "rel.1/cm": "raman_shift_cm-1",
    "1/cm": "raman_shift_cm-1",
    "nm": "wavelength_nm",
}


def sniff(source: Source) -> Sniff:
    """Certain when the first line is WITec's."""
    first = source.lines[0].strip().lower() if source.lines else ""
    return Sniff.CERTAIN if first.startswith(_MARK) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the table is missing.
    UnsupportedError
        For several spectra in one file and for units that are no axis of ours.
    """
    header: dict[str, str] = {}
    for line in source.lines:
        if line.strip().lower() == "[data]":
            break
        key, equals, value = line.partition("=")
        if equals:
            header.setdefault(key.strip().lower(), value.strip())
    else:
        raise DamagedError(f"{source.name}: a WITec header without its [Data]. Export the spectrum again.")
    name = header.get("xaxisunit", "")
    unit = _UNITS.get(name.lower())
    if unit is None:
        raise UnsupportedError(
            f"{source.name}: axis unit {name[:20]!r}, expected 'rel. 1/cm' or 'nm'. "
            "Export with the Raman shift as axis."
        )
    table = read_table(source)
    if len(table.cells) != 2:
        raise UnsupportedError(
            f"{source.name}: {len(table.cells)} columns, expected axis and intensity. "
            "Export a single spectrum."
        )
    notes = table.warnings
    if unit == "wavelength_nm":
        notes += ("the axis is a wavelength and the laser is not stated: export with the Raman shift",)
    metadata = kv.collect(header, _RULES) | {"x_column": name, "y_column": header.get("dataunit", "")}
    axis, intensity = table.numbers(0, source), table.numbers(1, source)
    return (Draft(axis, intensity, "raman", unit, metadata, notes),)


FORMAT: Final = Format("witec_txt", "WITec text export", (".txt",), sniff, read)
