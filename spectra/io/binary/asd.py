"""ASD FieldSpec and LabSpec files (``.asd``, ``.000`` …): the older format and versions 2 to 8.

A header of 484 bytes, the spectrum, and from version 2 on the white reference of the same length.
From version 2 on both stand as raw digital numbers whatever the type of the measurement: where the
type is a ratio and a reference was stored, their ratio is read, else the numbers as they stand.
``--column`` says otherwise: ``reflectance``, ``sample`` or ``reference``.
"""

import math
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...spectrum import MetadataValue
from ...units import Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.binary import Window
from ..parts.keyvalue import text_value

_MAGIC: Final = {b"ASD": 1} | {f"as{version}".encode(): version for version in range(2, 9)}
_HEADER_SIZE: Final = 484
_DTYPES: Final = {0: "<f4", 1: "<i4", 2: "<f8"}
# Types of the measurement; the ratios first.
_RATIOS: Final[dict[int, Quantity]] = {1: "reflectance", 6: "transmittance", 8: "reflectance"}
_TYPES: Final = {
    0: "raw", 1: "reflectance", 2: "radiance", 3: "no units", 4: "irradiance", 5: "quality index",
    6: "transmittance", 7: "unknown", 8: "absolute reflectance",
}  # fmt: skip
_INSTRUMENTS: Final = {
    1: "PSII", 2: "LSVNIR", 3: "FieldSpec VNIR", 4: "FieldSpec FR", 5: "FieldSpec NIR", 6: "Chem",
    7: "LabSpec Pro", 10: "HandHeld",
}  # fmt: skip
_SATURATIONS: Final = {1: "VNIR", 2: "SWIR1", 4: "SWIR2"}
_WAVELENGTHS_NM: Final = (100.0, 30_000.0)
_STEPS_NM: Final = (0.01, 100.0)
_COLUMNS: Final = ("reflectance", "sample", "reference")
# A ratio of two lights stays near or below one, raw digital numbers reach thousands.
_LARGEST_RATIO: Final = 20.0
_LARGEST: Final = 1e12


@dataclass(frozen=True, eq=False)
class _Reference:
    """The white reference of the file."""

    taken: bool
    values: NDArray[np.float64]
    end: int


def sniff(source: Source) -> Sniff:
    """Certain by the version and a header that is binary."""
    if source.data[:3] not in _MAGIC or len(source.data) < 4:
        return Sniff.NO
    return Sniff.CERTAIN if b"\0" in source.data[3:_HEADER_SIZE] else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the file does not hold what the header calls for.
    UnsupportedError
        For a column that is not there.
    """
    window = Window(source.data, source.name, "ASD")
    version = _MAGIC[source.data[:3]]
    kind, start_nm, step_nm, form, n_channels = _layout(window)
    size = n_channels * np.dtype(_DTYPES[form]).itemsize
    sample = window.array(_HEADER_SIZE, n_channels, _DTYPES[form])
    reference = None
    end = _HEADER_SIZE + size
    # From version 6 on the reference is always there.
    if version > 5 or (version > 1 and len(window) > end):
        reference = _reference(window, end, n_channels, dtype=_DTYPES[form])
        if version > 5:
            _check_tail(window, reference.end, n_channels, calibrated=version > 6)
    if not np.nanmax(np.abs(sample), initial=0.0) <= _LARGEST:
        raise window.damaged(f"a value beyond {_LARGEST:g}, which no detector gives")
    values, quantity, notes = _ordinate(source, kind, sample, reference=reference)
    axis = start_nm + step_nm * np.arange(n_channels, dtype=np.float64)
    metadata = _metadata(window) | {
        "y_column": f"{quantity if quantity != 'counts' else 'digital number'} (type: {_TYPES[kind]})"
    }
    technique = technique_of_axis(axis, "wavelength_nm")
    notes += _saturation(window) + _range(window, axis)
    return (
        Draft(axis, values, technique, "wavelength_nm", metadata, notes, quantity=quantity, counted=True),
    )


def _layout(window: Window) -> tuple[int, float, float, int, int]:
    """Type, first wavelength, step, format of the numbers and their count, each held to be possible."""
    kind, start_nm, step_nm, form = window.values(186, "<B4xffB")
    n_channels = window.value(204, "<H")
    window.raw(0, _HEADER_SIZE)
    last_nm = start_nm + step_nm * (n_channels - 1)
    possible = _WAVELENGTHS_NM[0] <= start_nm < last_nm <= _WAVELENGTHS_NM[1]
    if not (possible and _STEPS_NM[0] <= step_nm <= _STEPS_NM[1]):
        raise window.damaged(f"{n_channels} channels from {start_nm:.6g} nm in steps of {step_nm:.6g} nm")
    if form not in _DTYPES or kind not in _TYPES:
        raise window.damaged(f"numbers of format {form} and a measurement of type {kind}")
    return kind, start_nm, step_nm, form, n_channels


def _reference(window: Window, at: int, n_channels: int, *, dtype: str) -> _Reference:
    """Read the flag, two times, a description and the values of the reference."""
    flag, taken_at, measured_at, size = window.values(at, "<HddH")
    if flag not in (0, 1, 0xFFFF) or not (math.isfinite(taken_at) and math.isfinite(measured_at)):
        raise window.damaged(f"no white reference at byte {at}")
    values = window.array(at + 20 + size, n_channels, dtype)
    return _Reference(bool(flag), values, at + 20 + size + values.size * np.dtype(dtype).itemsize)


def _ordinate(
    source: Source, kind: int, sample: NDArray[np.float64], *, reference: _Reference | None
) -> tuple[NDArray[np.float64], Quantity, tuple[str, ...]]:
    """Ordinate to read, what it is, and what to note."""
    chosen = _COLUMNS[0] if kind in _RATIOS and reference is not None and reference.taken else _COLUMNS[1]
    if source.column is not None:
        chosen = source.column.strip().casefold()
        chosen = _COLUMNS[int(chosen) - 1] if chosen in ("1", "2", "3") else chosen
        if chosen not in _COLUMNS or (reference is None and chosen != _COLUMNS[1]):
            there = _COLUMNS if reference is not None else _COLUMNS[1:2]
            raise UnsupportedError(
                f"{source.name}: no column {source.column[:40]!r}, the file holds {', '.join(there)}. "
                "Name one of these."
            )
    if chosen == "reference" and reference is not None:
        return reference.values, "counts", ("the white reference, no sample",)
    if chosen == "reflectance" and reference is not None:
        with np.errstate(all="ignore"):
            ratio = np.where(reference.values != 0, sample / reference.values, np.nan)
        quantity = _RATIOS.get(kind, "reflectance")
        return ratio, quantity, (f"{quantity}: raw sample divided by the white reference of the file",)
    if kind in _RATIOS and float(np.nanmax(np.abs(sample), initial=0.0)) <= _LARGEST_RATIO:
        return sample, _RATIOS[kind], ()
    note = f"raw digital numbers, the measurement is of type {_TYPES[kind]}"
    if reference is not None and source.column is None:
        note += ": choose --column reflectance for the ratio to the stored reference"
    return sample, "counts", (note,)


def _check_tail(window: Window, at: int, n_channels: int, *, calibrated: bool) -> None:
    """Follow the parts after the reference as far as they are simple, to notice a file that was cut.

    Classifier: two bytes, twenty texts, a count. From version 7 on dependent variables: a flag and a
    count; and calibration: a count, 29 bytes for each and as many spectra in double precision.
    """
    at += 2
    for _ in range(20):
        at += 2 + max(window.value(at, "<h"), 0)
    if window.values(at, "<2H")[0] or not calibrated:
        return
    at += 4
    if window.values(at, "<2H4x") != (0, 0):
        return
    at += 8
    n_series = window.value(at, "<B")
    window.raw(at + 1, n_series * (29 + 8 * n_channels))


def _range(window: Window, axis: NDArray[np.float64]) -> tuple[str, ...]:
    """Note an axis that is not the range the file states to show; damage to one of the two looks so."""
    first, last = window.values(410, "<2f")
    if not 0 < first < last or np.allclose([first, last], axis[[0, -1]], rtol=0, atol=abs(axis[1] - axis[0])):
        return ()
    return (
        f"the axis runs from {axis[0]:.6g} to {axis[-1]:.6g} nm, the file shows {first:.6g} to {last:.6g}",
    )


def _saturation(window: Window) -> tuple[str, ...]:
    flags = window.value(422, "<B")
    full = [name for bit, name in _SATURATIONS.items() if flags & bit]
    return (f"the file says that {' and '.join(full)} is saturated",) if full else ()


def _metadata(window: Window) -> dict[str, MetadataValue]:
    serial, instrument = window.value(400, "<H"), window.value(431, "<B")
    scans, milliseconds = window.value(429, "<H"), window.value(390, "<I")
    program = window.value(178, "<B")
    found: dict[str, MetadataValue] = {
        "note": text_value(window.text(3, 157)),
        "date": _date(struct.unpack("<6h", window.raw(160, 12))),
        "serial": str(serial) if serial else None,
        "instrument": f"ASD {_INSTRUMENTS[instrument]}" if instrument in _INSTRUMENTS else "ASD",
        "averages": scans or None,
        "integration_time_s": milliseconds / 1000.0 if 0 < milliseconds < 10**7 else None,
        "software": f"ASD {program >> 4}.{program & 15}" if program else None,
        "x_column": "wavelength (nm)",
    }
    return {key: value for key, value in found.items() if value is not None}


def _date(parts: tuple[int, ...]) -> str | None:
    second, minute, hour, day, month, year = parts
    try:
        when = datetime(
            1900 + year if year < 1900 else year, month + 1, day, hour, minute, second, tzinfo=UTC
        )
    except ValueError:
        return None
    # The clock of the computer, in a zone nobody states.
    return when.replace(tzinfo=None).isoformat(sep=" ")


FORMAT: Final = Format("asd", "ASD FieldSpec", (".asd",), sniff, read)
