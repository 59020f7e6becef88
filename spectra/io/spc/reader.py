"""GRAMS (Thermo Galactic) SPC: one or many spectra in a binary file, written by many programs.

Read are the new format in both byte orders and the old one of LabCalc; even and stored axes, one for all
subfiles or one for each; ordinates as floats or fixed point of 16 and 32 bits; the text of the log.
The signature is a single byte, so a file counts as SPC only when its header holds nothing impossible.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...spectrum import MetadataValue
from ...units import AxisUnit
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts import keyvalue as kv
from ..parts.binary import Window
from .header import VERSIONS, Header, is_plausible, is_x_type, is_y_type, read_header
from .layout import find_layout
from .log import header_date, log_metadata, read_log
from .meaning import Meaning, find_meaning
from .ordinates import read_axes, read_ordinates

_WHAT: Final = "GRAMS SPC"
_SMALLEST: Final = 256
_LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "wavelength_nm": (1.0, 1e6),
    "wavenumber_cm-1": (-5000.0, 200_000.0),
    "raman_shift_cm-1": (-5000.0, 12_000.0),
}
_HEADER: Final = 512
# Their second byte is one of the versions.
_OTHERS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"BM", b"II", b"MM")


def sniff(source: Source) -> Sniff:
    """Certain when a whole header is possible, possible when only its codes are."""
    data = source.data
    if len(data) < _SMALLEST or data[1] not in VERSIONS or data.startswith(_OTHERS):
        return Sniff.NO
    # A text has no zero bytes; a header has many.
    if data[:_HEADER].count(0) < _SMALLEST // 4:
        return Sniff.NO
    if is_plausible(data[:_HEADER]):
        return Sniff.CERTAIN
    at = 16 if data[1] == 0x4D else 28
    return Sniff.POSSIBLE if is_x_type(data[at]) and is_y_type(data[at + 1]) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft a subfile, in file order.

    Raises
    ------
    DamagedError
        When the file is cut short or contradicts itself.
    UnsupportedError
        When it holds more than is read.
    """
    window = Window(source.data, source.name, _WHAT)
    header = read_header(window)
    layout = find_layout(window, header)
    log, log_notes = read_log(window, layout.log_at)
    # Damaged floats are found by their values; numpy need not warn as well.
    with np.errstate(invalid="ignore"):
        axes, axis_notes = read_axes(window, header, layout)
        ordinates, ordinate_notes = read_ordinates(window, header, layout)
    metadata = log_metadata(log)
    meaning = find_meaning(header, log, axes[0], laser_nm=metadata.get("laser_wavelength_nm"))
    metadata |= _header_metadata(header, metadata, meaning)
    notes = [*layout.warnings, *log_notes, *axis_notes, *ordinate_notes, *meaning.warnings]
    _check_limits(window, axes[0] * meaning.factor, meaning.unit)
    shared = axes[0] * meaning.factor
    one_axis = all(axis is axes[0] for axis in axes)
    drafts = []
    for index, (axis, values) in enumerate(zip(axes, ordinates, strict=True)):
        if not values.size and len(axes) > 1:
            continue
        drafts.append(
            Draft(
                shared if one_axis else axis * meaning.factor,
                values,
                meaning.technique,
                meaning.unit,
                _labelled(metadata, log, index),
                tuple(notes),
                quantity=meaning.quantity,
                peaks=meaning.peaks,
                counted=True,
            )
        )
    return tuple(drafts)


def _check_limits(window: Window, axis: NDArray[np.float64], unit: AxisUnit) -> None:
    """Refuse an axis that no instrument has: the header's first and last x have no other check."""
    low, high = _LIMITS.get(unit, (-np.inf, np.inf))
    if axis.size and not (low <= float(axis.min()) and float(axis.max()) <= high):
        raise window.damaged(f"an axis from {axis[0]:g} to {axis[-1]:g} in {unit.replace('_', ' ')}")


def _header_metadata(
    header: Header, known: dict[str, MetadataValue], meaning: Meaning
) -> dict[str, MetadataValue]:
    """Metadata that the header adds to the log's."""
    found: dict[str, MetadataValue] = {"x_column": meaning.x_name, "y_column": meaning.y_name}
    additions = {"label": header.comment, "instrument": header.source, "date": header_date(header)}
    for name, text in additions.items():
        value = kv.text_value(text) if text else None
        if name not in known and value is not None:
            found[name] = value
    if "label" in known and header.comment and "note" not in known:
        found["note"] = kv.text_value(header.comment)
    return {name: value for name, value in found.items() if value}


def _labelled(
    metadata: dict[str, MetadataValue], log: dict[str, str], index: int
) -> dict[str, MetadataValue]:
    """Metadata of one subfile: logs of series name each."""
    name = kv.text_value(log.get(f"subfile{index + 1}", ""))
    return metadata | {"label": name} if name else metadata


FORMAT: Final = Format("galactic_spc", "GRAMS SPC file", (".spc",), sniff, read)
