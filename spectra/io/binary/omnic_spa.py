"""Thermo OMNIC spectra (``.spa``) and groups of spectra (``.spg``).

A table of 16-byte entries says where the parts lie: 2 the header of a spectrum, 3 its ordinates,
4 and 27 texts, 100 to 103 interferograms, 107 its title in a group. The layout is that which
SpectroChemPy describes for developers; units, counts and offsets are checked here against the file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.binary import Window
from ..parts.keyvalue import text_value

_MAGIC: Final = b"Spectral Data File"
_SERIES_MAGIC: Final = b"Spectral Exte File"
_TITLE, _COUNT, _TIME, _TABLE, _ENTRY = 30, 294, 296, 304, 16
_HEADER, _ORDINATES, _COMMENT, _HISTORY, _NAME = 2, 3, 4, 27, 107
_HEADER_SIZE: Final = 100
_MAX_TEXT: Final = 4000
_EPOCH: Final = datetime(1899, 12, 31, tzinfo=UTC)
_AXES: Final[dict[int, tuple[AxisUnit, float, str]]] = {
    1: ("wavenumber_cm-1", 1.0, "Wavenumbers (cm-1)"),
    3: ("wavelength_nm", 1.0, "Wavelength (nm)"),
    4: ("wavelength_nm", 1000.0, "Wavelength (µm)"),
    2: ("other", 1.0, "data points"),
    32: ("raman_shift_cm-1", 1.0, "Raman shift (cm-1)"),
}
_VOLTS, _SINGLE_BEAM, _RAMAN = 22, 15, 31
_QUANTITIES: Final[dict[int, tuple[Quantity, str]]] = {
    11: ("reflectance", "% reflectance"),
    12: ("absorbance", "log(1/R)"),
    _SINGLE_BEAM: ("counts", "single beam"),
    16: ("transmittance", "% transmittance"),
    17: ("absorbance", "absorbance"),
    20: ("kubelka_munk", "Kubelka-Munk"),
    21: ("reflectance", "reflectance"),
    _VOLTS: ("unknown", "volts"),
    26: ("unknown", "photoacoustic"),
    _RAMAN: ("counts", "Raman intensity"),
}
_HIGHEST: Final = {"wavenumber_cm-1": 1e5, "raman_shift_cm-1": 12_000.0, "wavelength_nm": 1e6, "other": 1e9}
_SAME_STEP: Final = 2e-6
_LARGEST: Final = 1e12
_SERIAL: Final = re.compile(r"Bench Serial Number:\s*(\S+)")


@dataclass(frozen=True)
class _Entry:
    """One line of the table: what stands where."""

    key: int
    start: int
    size: int


def sniff(source: Source) -> Sniff:
    """Certain by the first words."""
    return Sniff.CERTAIN if source.data.startswith((_MAGIC, _SERIES_MAGIC)) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft for each spectrum.

    Raises
    ------
    DamagedError
        When a part lies beyond the file or the counts contradict each other.
    UnsupportedError
        For series and unknown units.
    """
    if source.data.startswith(_SERIES_MAGIC):
        raise UnsupportedError(
            f"{source.name}: an OMNIC series, expected single spectra. "
            "Extract a spectrum from the series in OMNIC and save it as SPA, CSV or JCAMP-DX."
        )
    window = Window(source.data, source.name, "OMNIC")
    entries = _entries(window)
    headers, ordinates, names = (
        [entry for entry in entries if entry.key == key] for key in (_HEADER, _ORDINATES, _NAME)
    )
    if not headers or len(headers) != len(ordinates) or len(names) not in (0, len(headers)):
        raise window.damaged(
            f"{len(headers)} headers for {len(ordinates)} lists of ordinates and {len(names)} titles"
        )
    shared = _texts(window, entries) if len(headers) == 1 else {}
    found = []
    for index, (header, values) in enumerate(zip(headers, ordinates, strict=True)):
        if names:
            label, seconds = _title(window, names[index].start), names[index].start + 256
        else:
            label, seconds = _title(window, _TITLE), _TIME
        metadata = shared | {"label": label, "date": _date(window.value(seconds, "<I"))}
        found.append(_draft(window, header, values, metadata=metadata))
    n_left = len(window) - max(entry.start + entry.size for entry in entries)
    if n_left:
        note = f"{n_left} bytes after the last part left out"
        found = [replace(draft, warnings=(*draft.warnings, note)) for draft in found]
    return tuple(found)


def _entries(window: Window) -> list[_Entry]:
    """Read the table of parts, each within the file."""
    count = window.value(_COUNT, "<H")
    entries = []
    for at in range(_TABLE, _TABLE + _ENTRY * count, _ENTRY):
        entry = _Entry(*window.values(at, "<BxII"))
        if entry.start + entry.size > len(window):
            raise window.damaged(
                f"a part of {entry.size} bytes at byte {entry.start}, the file has {len(window)}"
            )
        entries.append(entry)
    if not entries:
        raise window.damaged("an empty table of parts")
    ordered = sorted((entry for entry in entries if entry.size), key=lambda entry: entry.start)
    for before, after in pairwise(ordered):
        numbers = {before.key, after.key} & {_HEADER, _ORDINATES}
        if numbers and before.start + before.size > after.start:
            raise window.damaged(f"parts {before.key} and {after.key} overlap at byte {after.start}")
    return entries


def _draft(window: Window, header: _Entry, ordinates: _Entry, *, metadata: dict[str, MetadataValue]) -> Draft:
    if header.size < _HEADER_SIZE:
        raise window.damaged(f"a header of {header.size} bytes, expected {_HEADER_SIZE} or more")
    n_points, x_code, y_code, first, last = window.values(header.start + 4, "<IB3xB3xff")
    if n_points * 4 != ordinates.size:
        raise window.damaged(f"{ordinates.size} bytes of ordinates, the header calls for {4 * n_points}")
    if x_code not in _AXES:
        raise UnsupportedError(
            f"{window.name}: axis unit {x_code}, expected one of {', '.join(map(str, _AXES))}. "
            "Show the spectrum over wavenumbers in OMNIC and save it again."
        )
    unit, factor, x_name = _AXES[x_code]
    possible = all(factor * abs(end) <= _HIGHEST[unit] for end in (first, last))
    if not possible or first == last or not n_points:
        raise window.damaged(f"{n_points} points from {first:.6g} to {last:.6g} {x_name}")
    axis = factor * np.linspace(first, last, n_points)
    quantity, y_name = _QUANTITIES.get(y_code, ("unknown", f"unit {y_code}"))
    metadata |= {"x_column": x_name, "y_column": y_name} | _acquisition(window, header, unit)
    raman = unit == "raman_shift_cm-1" or (y_code == _RAMAN and unit == "wavelength_nm")
    interferogram = unit == "other" or y_code == _VOLTS
    values = window.array(ordinates.start, n_points, "<f4")
    if not np.nanmax(np.abs(values), initial=0.0) <= _LARGEST:
        raise window.damaged(f"an ordinate beyond {_LARGEST:g}, which no detector gives")
    return Draft(
        axis,
        values,
        "raman" if raman else "other" if interferogram else technique_of_axis(axis, unit),
        unit,
        {key: value for key, value in metadata.items() if value is not None},
        _notes(window, header, axis, unit=unit, y_code=y_code),
        quantity=quantity,
        counted=True,
    )


def _acquisition(window: Window, header: _Entry, unit: AxisUnit) -> dict[str, MetadataValue]:
    scans, laser_cm1 = window.value(header.start + 36, "<I"), window.value(header.start + 96, "<f")
    found: dict[str, MetadataValue] = {"averages": scans} if 0 < scans < 10**7 else {}
    if unit == "raman_shift_cm-1" and 5000.0 < laser_cm1 < 50_000.0:
        found["laser_wavelength_nm"] = 1e7 / laser_cm1
    return found


def _notes(
    window: Window, header: _Entry, axis: NDArray[np.float64], *, unit: AxisUnit, y_code: int
) -> tuple[str, ...]:
    notes = []
    if unit == "other" or y_code == _VOLTS:
        notes.append("an interferogram, no spectrum: save the computed spectrum in OMNIC")
    if y_code == _SINGLE_BEAM:
        notes.append("a single beam: light at the detector, not divided by a background")
    if y_code not in _QUANTITIES:
        notes.append(f"unknown unit {y_code} of the ordinates")
    # A Fourier transform gives steps of the reference laser divided by a power of two, over wavenumbers.
    laser_cm1 = window.value(header.start + 80, "<f")
    if unit != "other" and 1000.0 < laser_cm1 < 1e5 and axis.size > 1:
        folds = np.log2(laser_cm1 * (axis.size - 1) / abs(axis[-1] - axis[0]))
        fourier = abs(folds - round(folds)) <= _SAME_STEP
        if fourier and unit == "wavelength_nm":
            raise window.damaged("an axis in wavelengths with the steps of a Fourier transform")
        if not fourier and unit != "wavelength_nm":
            notes.append("the step of the axis is not that of the interferometer: resampled, or damaged")
    return tuple(notes)


def _texts(window: Window, entries: Sequence[_Entry]) -> dict[str, MetadataValue]:
    """Comment and history of the one spectrum."""
    found: dict[str, MetadataValue] = {}
    for entry in entries:
        if entry.key not in (_COMMENT, _HISTORY):
            continue
        field = window.raw(entry.start, min(entry.size, _MAX_TEXT)).partition(b"\0")[0]
        text = "".join(c if c.isprintable() else " " for c in field.decode("cp1252", errors="replace"))
        serial = _SERIAL.search(text)
        if entry.key == _COMMENT:
            found.setdefault("note", text_value(text))
        elif serial is not None:
            found["serial"] = serial[1][:40]
    return found


def _title(window: Window, start: int) -> MetadataValue:
    return text_value(window.text(start, 256))


def _date(seconds: int) -> MetadataValue:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat() if seconds else None


FORMAT: Final = Format("omnic_spa", "Thermo OMNIC", (".spa", ".spg"), sniff, read)
