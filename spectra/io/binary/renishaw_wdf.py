"""Renishaw WiRE files (``.wdf``): single spectra, series and maps, one spectrum for each point."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import EmptyFileError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.binary import Window
from ..parts.keyvalue import text_value
from ._renishaw_wdf_blocks import Block, Property, properties, walk

if TYPE_CHECKING:
    from wdf import WdfHeader

_MAGIC: Final = b"WDF1"
_HEADER_SIZE: Final = 512
_MAX_SPECTRA: Final = 50_000
# Names of the vendor's enumeration of units.
_AXES: Final[dict[str, tuple[AxisUnit, float]]] = {
    "RamanShift": ("raman_shift_cm-1", 1.0),
    "Wavenumber": ("wavenumber_cm-1", 1.0),
    "Nanometre": ("wavelength_nm", 1.0),
    "Micron": ("wavelength_nm", 1000.0),
}
_LOWEST_ABSOLUTE_CM1: Final = 3000.0
# Neighbouring steps of a grating differ by far less than a step.
_UNEVEN: Final = 0.3
_LARGEST: Final = 1e12
_COUNTS: Final = frozenset({"Counts", "Electrons", "Intensity", "RelativeIntensity", "Arbitrary"})
_LASERS_CM1: Final = (5000.0, 50_000.0)
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_LATEST: Final = 3_200_000_000 * 10**8
_PRIMARY: Final = 0x80000000
_ORIGIN_HEAD: Final = 24
_SATURATED, _ERROR = 1, 2


def sniff(source: Source) -> Sniff:
    """Certain by the first four bytes."""
    return Sniff.CERTAIN if source.data.startswith(_MAGIC) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft for each collected spectrum.

    Raises
    ------
    DamagedError
        When the blocks do not have the sizes the header's counts call for.
    EmptyFileError
        When no spectrum was collected.
    UnsupportedError
        For camera images and for spectra that have an axis each.
    """
    # Imported here: not everyone who starts the program opens a WDF file.
    from wdf import WdfBlockId, WdfFlags, WdfHeader

    window = Window(source.data, source.name, "Renishaw WDF")
    header = WdfHeader.fromstream(io.BufferedReader(io.BytesIO(window.raw(0, _HEADER_SIZE))))
    blocks, n_left = walk(window)
    _refuse(source, header, xyxy=bool(header.flags_ & WdfFlags.XYXY))
    n_points, n_spectra, n_done = header.npoints, header.nspectra, header.ncollected
    if not n_done and n_spectra:
        raise EmptyFileError(f"{source.name}: no spectrum was collected. Measure again.")
    tracks = max(header.ntracks, 1) if header.flags_ & WdfFlags.Multitrack else 1
    if header.size != _HEADER_SIZE or n_points != header.xlistcount or not 0 < n_done <= n_spectra:
        raise window.damaged(
            f"a header of {header.size} bytes with {n_points} points on an axis of {header.xlistcount} "
            f"and {n_done} of {n_spectra} spectra"
        )
    # A measurement that was stopped may have kept the room for the spectra it did not collect.
    data = _block(window, blocks, WdfBlockId.DATA, {4 * n_points * n for n in (n_spectra, n_done)})
    axes = _block(window, blocks, WdfBlockId.XLIST, {8 + 4 * n_points * tracks})
    intensity = window.array(data.start, n_points * n_done, "<f4").reshape(n_done, n_points)
    if not np.nanmax(np.abs(intensity), initial=0.0) <= _LARGEST:
        raise window.damaged(f"an intensity beyond {_LARGEST:g}, which no detector gives")
    axis = window.array(axes.start + 8, n_points * tracks, "<f4").reshape(tracks, n_points)
    x_unit, y_unit = (
        _unit_name(window, code) for code in (window.value(axes.start + 4, "<I"), header.units_)
    )
    metadata = _metadata(header, _settings(window, blocks)) | {"x_column": x_unit, "y_column": y_unit}
    if header.origincount and WdfBlockId.ORIGIN not in blocks:
        raise window.damaged(f"no block for the {header.origincount} lists that the header counts")
    origins = _origins(window, blocks.get(WdfBlockId.ORIGIN, []), (n_spectra, n_done))
    whole = _draft(axis[0], metadata, _notes(n_done, n_spectra, n_left))
    factor = _AXES.get(x_unit, ("other", 1.0))[1]
    drafts = []
    for index, row in enumerate(intensity):
        own, notes = _of_one(origins, index, many=n_done > 1)
        drafts.append(
            replace(
                whole,
                axis=factor * axis[index % tracks] if tracks > 1 else whole.axis,
                intensity=row,
                metadata=metadata | own,
                warnings=whole.warnings + notes,
            )
        )
    return tuple(drafts)


def _draft(axis: NDArray[np.float64], metadata: dict[str, MetadataValue], notes: tuple[str, ...]) -> Draft:
    """Make the draft that all spectra of the file share; the ordinates are still to come."""
    name = str(metadata["x_column"])
    unit, factor = _AXES.get(name, ("other", 1.0))
    axis = factor * axis
    if name not in _AXES:
        notes += (f"the axis is in {name}, no unit of a spectrum",)
    steps = np.diff(axis)
    if steps.size > 1 and not np.max(np.abs(np.diff(steps))) <= _UNEVEN * np.median(np.abs(steps)):
        notes += ("the axis is uneven: joined from parts, or damaged",)
    if name == "Wavenumber" and not np.nanmin(axis, initial=np.inf) >= _LOWEST_ABSOLUTE_CM1:
        unit = "other"
        notes += (f"the axis is called {name} and begins at {axis[0]:.6g}: its unit is not certain",)
    raman = "laser_wavelength_nm" in metadata and unit != "other"
    return Draft(
        axis,
        axis,
        "raman" if raman else technique_of_axis(axis, unit),
        unit,
        metadata,
        notes,
        quantity="counts" if metadata["y_column"] in _COUNTS else "unknown",
        counted=True,
    )


def _notes(n_done: int, n_spectra: int, n_left: int) -> tuple[str, ...]:
    notes = []
    if n_done < n_spectra:
        notes.append(f"the measurement was stopped after {n_done} of {n_spectra} spectra")
    if n_left:
        notes.append(f"{n_left} bytes after the last block left out")
    return tuple(notes)


def _refuse(source: Source, header: "WdfHeader", *, xyxy: bool) -> None:
    """Refuse what is no list of spectra over one axis."""
    if xyxy:
        raise UnsupportedError(
            f"{source.name}: spectra that have an axis each, expected one axis for all. "
            "Export the spectra as text from WiRE."
        )
    if header.ylistcount > 1:
        raise UnsupportedError(
            f"{source.name}: a camera image of {header.xlistcount} × {header.ylistcount} pixels, "
            "expected spectra. Open a spectrum instead."
        )
    if header.nspectra > _MAX_SPECTRA:
        raise UnsupportedError(
            f"{source.name}: a map of {header.nspectra} spectra, expected at most {_MAX_SPECTRA}. "
            "Export the spectrum of one point from WiRE."
        )


def _block(window: Window, blocks: Mapping[int, list[Block]], identity: int, sizes: set[int]) -> Block:
    """Return the one block of a kind, if it has the size that the header calls for."""
    name = identity.to_bytes(4, "little").decode("ascii", errors="replace").strip()
    found = blocks.get(identity, [])
    if len(found) != 1 or found[0].size not in sizes:
        there = " and ".join(f"{block.size} bytes" for block in found) or "nothing"
        raise window.damaged(f"{there} in the {name} block, the header calls for {max(sizes)} bytes")
    return found[0]


def _unit_name(window: Window, code: int) -> str:
    from wdf import WdfDataUnit

    names = {unit.value: str(unit.name) for unit in WdfDataUnit}
    if code not in names:
        raise window.damaged(f"unit {code}, expected one of 0 to {max(names)}")
    return names[code]


def _filetime(ticks: int) -> str | None:
    """Windows time, in tenths of a microsecond since 1601, as ISO text."""
    if not 0 < ticks < _LATEST:
        return None
    return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat(timespec="milliseconds")


def _settings(window: Window, blocks: Mapping[int, list[Block]]) -> dict[str, Property]:
    """Properties of the measurement and of the instrument."""
    from wdf import WdfBlockId

    found: dict[str, Property] = {}
    for identity in (WdfBlockId.WIREDATA, WdfBlockId.MEASUREMENT, WdfBlockId.CALIBRATION):
        for block in blocks.get(identity, [])[:1]:
            found = properties(window, block) | found
    return found


def _metadata(header: "WdfHeader", settings: Mapping[str, Property]) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {
        "software": text_value(f"{_printable(header.appname)} {header.appversion}"),
        "label": text_value(_printable(header.title)),
        "date": _filetime(header.time_start_),
        "averages": _positive(settings.get("Accumulations")) or header.naccum or None,
        "detector": _text(settings, "CCD"),
        "serial": _text(settings, "Instrument serial number") or _text(settings, "CCD serial number"),
    }
    if _LASERS_CM1[0] < header.laser_wavenumber < _LASERS_CM1[1]:
        found["laser_wavelength_nm"] = 1e7 / header.laser_wavenumber
    exposure_ms = settings.get("Exposure Time")
    if isinstance(exposure_ms, int | float) and 0 < exposure_ms < 1e9:
        found["integration_time_s"] = exposure_ms / 1000.0
    return {key: value for key, value in found.items() if value is not None}


def _positive(value: Property | None) -> int | None:
    return value if isinstance(value, int) and 0 < value < 10**9 else None


def _text(settings: Mapping[str, Property], name: str) -> MetadataValue:
    value = settings.get(name)
    return text_value(_printable(value)) if isinstance(value, str) else None


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _origins(
    window: Window, blocks: list[Block], n_possible: tuple[int, int]
) -> dict[str, NDArray[np.int64]]:
    """Per spectrum what the file says of where and when, by the vendor's names; floats as their bits.

    Nothing when the lists do not fit their block: these are descriptions, no numbers to identify from.
    """
    from wdf import WdfDataType

    if not blocks or blocks[0].size < 4:
        return {}
    found: dict[str, NDArray[np.int64]] = {}
    # Not by calling the enumeration: that makes members for values it does not know.
    names = {kind.value: str(kind.name) for kind in WdfDataType}
    start, count = blocks[0].start, window.value(blocks[0].start, "<I")
    n_values = next((n for n in n_possible if blocks[0].size == 4 + count * (_ORIGIN_HEAD + 8 * n)), None)
    if n_values is None:
        return {}
    for at in range(start + 4, start + blocks[0].size, _ORIGIN_HEAD + 8 * n_values):
        name = names.get(window.value(at, "<I") & ~_PRIMARY)
        if name is not None:
            found[name] = np.frombuffer(window.raw(at + _ORIGIN_HEAD, 8 * n_values), dtype="<i8")
    return found


def _of_one(
    origins: Mapping[str, NDArray[np.int64]], index: int, *, many: bool
) -> tuple[dict[str, MetadataValue], tuple[str, ...]]:
    """Say what is known of one spectrum: its time, its place and whether it was saturated."""
    own: dict[str, MetadataValue] = {}
    if "Time" in origins:
        date = _filetime(int(origins["Time"][index]))
        own |= {"date": date} if date else {}
    if many:
        places = [
            f"{axis} {origins[name].view('<f8')[index]:.6g}"
            for axis in "XYZ"
            if (name := f"Spatial_{axis}") in origins
        ]
        own |= {"label": ", ".join(places)} if places else {}
    flags = int(origins["Flags"][index]) if "Flags" in origins else 0
    warnings = []
    if flags & _SATURATED:
        warnings.append("the file says that part of this spectrum is saturated")
    if flags & _ERROR:
        warnings.append("the file says that an error occurred while this spectrum was collected")
    return own, tuple(warnings)


FORMAT: Final = Format("renishaw_wdf", "Renishaw WiRE", (".wdf",), sniff, read)
