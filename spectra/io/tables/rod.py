"""Raman Open Database entries, and other CIF files that hold a Raman spectrum."""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts import keyvalue as kv
from ..parts.ending import check_ending
from ..parts.numbers import column, number
from ._cif import Block, Loop, parse_cif

_SHIFT: Final = "_raman_spectrum.raman_shift"
# The finished intensity before the raw one.
_INTENSITIES: Final = (
    "_raman_spectrum.intensity", "_raman_spectrum.processed_intensity", "_raman_spectrum.raw_intensity",
)  # fmt: skip
_BLOCK: Final = re.compile(r"^data_", re.IGNORECASE | re.MULTILINE)
_NAMES: Final = re.compile(
    r"^_(?:raman_|rod_|cod_|cell_length_|atom_site|symmetry_|space_group|audit_|journal_|publ_|chemical_)",
    re.IGNORECASE | re.MULTILINE,
)
_SNIFFED: Final = 200_000
_UNCERTAINTY: Final = re.compile(r"\(\d+\)$")
# Data that end this far before the range the entry states are cut short; a little is only noted.
_SHORT_SHARE: Final = 0.25
_NOTED_SHARE: Final = 0.02
_EXACT_STEPS: Final = 0.01
_MISSED_STEPS: Final = 1.5

_DEVICE: Final = "_raman_measurement_device."
_MEASURED: Final = "_raman_measurement."
_RULES: Final[kv.Rules] = {
    "_chemical_name_mineral": ("label", kv.text_value),
    "_chemical_name_common": ("label", kv.text_value),
    "_chemical_name_systematic": ("label", kv.text_value),
    "_chemical_formula_sum": ("label", kv.text_value),
    f"{_DEVICE}excitation_laser_wavelength": ("laser_wavelength_nm", kv.positive_value),
    f"{_DEVICE}detector_type": ("detector", kv.text_value),
    f"{_MEASURED}integration_time": ("integration_time_s", kv.positive_value),
    f"{_MEASURED}number_of_scans": ("averages", kv.count_value),
    f"{_MEASURED}datetime_initiated": ("date", kv.text_value),
    f"{_MEASURED}baseline_correction": ("baseline_corrected", kv.switch_value),
    "_rod_database.code": ("measurement_id", kv.text_value),
    "_journal_paper_doi": ("origin", kv.text_value),
    "_chemical_compound_source": ("note", kv.text_value),
}


def sniff(source: Source) -> Sniff:
    """Certain when a block of a CIF begins and its names are those of CIF dictionaries."""
    head = source.text[:_SNIFFED]
    return Sniff.CERTAIN if _BLOCK.search(head) and _NAMES.search(head) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft for each table with a spectrum.

    Raises
    ------
    DamagedError
        For a table that stops within a row, or far from the end that the entry states.
    UnsupportedError
        For a CIF without a spectrum.
    """
    found = [(block, loop) for block in parse_cif(source) for loop in block.loops if _SHIFT in loop.names]
    if not found:
        raise UnsupportedError(
            f"{source.name}: a CIF file without a Raman spectrum ({_SHIFT}), perhaps a crystal structure. "
            "Choose an entry of the Raman Open Database."
        )
    return tuple(_draft(block, loop, source) for block, loop in found)


def _draft(block: Block, loop: Loop, source: Source) -> Draft:
    axis = _numbers(loop, _SHIFT, source)
    name = _intensity_name(loop, source)
    intensity = _numbers(loop, name, source)
    known = {key: value for key, value in block.values.items() if value not in ("?", ".")}
    metadata: dict[str, MetadataValue] = kv.collect(known, _RULES)
    company, model = (known.get(_DEVICE + part, "") for part in ("company", "model"))
    if company or model:
        metadata["instrument"] = kv.text_value(f"{company} {model}")
    metadata.update({"x_column": _SHIFT, "y_column": name})
    notes = _check_range(axis, known, source)
    if loop.ends_text:
        notes += check_ending(loop.column(loop.names[-1]), source)
    if "theor" in known.get("_raman_determination.method", "").lower():
        notes += ("the entry says that the spectrum was computed, not measured",)
    return Draft(axis, intensity, "raman", "raman_shift_cm-1", metadata, notes, quantity="counts")


def _intensity_name(loop: Loop, source: Source) -> str:
    others = [name for name in loop.names if name != _SHIFT]
    if source.column is not None:
        wanted = source.column.strip().lower()
        for at, name in enumerate(loop.names, start=1):
            if name != _SHIFT and wanted in (name, name.rpartition(".")[2], str(at)):
                return name
        raise UnsupportedError(
            f"{source.name}: no column {source.column!r}, there are {', '.join(others)}. Name one of them."
        )
    found = [name for name in _INTENSITIES if name in others]
    if not found:
        raise UnsupportedError(
            f"{source.name}: a Raman spectrum without {_INTENSITIES[0]}, its columns are "
            f"{', '.join(loop.names)[:200]}. Choose another entry."
        )
    return found[0]


def _numbers(loop: Loop, name: str, source: Source) -> NDArray[np.float64]:
    """Column as numbers; an uncertainty in brackets is left out, a point or question mark is NaN."""
    cells = ["" if cell in (".", "?") else _UNCERTAINTY.sub("", cell) for cell in loop.column(name)]
    values = column(cells)
    if isinstance(values, int):
        raise DamagedError(
            f"{source.name}: {cells[values][:20]!r} in row {values + 1} of {name}, expected a number. "
            "The file is damaged: get it again."
        )
    return values


def _check_range(axis: NDArray[np.float64], known: Mapping[str, str], source: Source) -> tuple[str, ...]:
    """Compare the ends of the axis with the range that the entry states."""
    finite = axis[np.isfinite(axis)]
    stated = [number(known.get(f"{_MEASURED}range_{end}", "x")) for end in ("min", "max")]
    if not finite.size or stated[0] is None or stated[1] is None or not stated[0] < stated[1]:
        return ()
    found = (float(finite.min()), float(finite.max()))
    lacks = (max(found[0] - stated[0], 0.0), max(stated[1] - found[1], 0.0))
    missing = max(lacks) / (stated[1] - stated[0])
    text = f"shifts from {found[0]:g} to {found[1]:g} cm⁻¹, the entry states {stated[0]:g} to {stated[1]:g}"
    # A range that is exact at one end was taken from the data; and an entry that ends without a line end
    # stops within its last row.
    step = float(np.median(np.abs(np.diff(finite)))) if finite.size > 1 else 0.0
    exact = min(abs(found[0] - stated[0]), abs(found[1] - stated[1])) <= _EXACT_STEPS * step
    torn = missing > _NOTED_SHARE and not source.text.endswith("\n")
    if missing > _SHORT_SHARE or torn or (exact and max(lacks) > _MISSED_STEPS * step):
        raise DamagedError(f"{source.name}: {text}. The file is cut short: get it again.")
    return (text,) if missing > _NOTED_SHARE else ()


FORMAT: Final = Format("rod", "Raman Open Database entry (CIF)", (".rod", ".cif"), sniff, read)
