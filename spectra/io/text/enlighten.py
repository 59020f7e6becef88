"""Wasatch ENLIGHTEN CSV: one scan a file, or many side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity, Technique, raman_shift_cm1
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.numbers import column, leading_number, split_cells, strip_cells
from ..parts.vocabulary import quantity
from ..tables._columns import pick_column

_HEADER_LINES: Final = 300
_LASER_RANGE_NM: Final = (200.0, 2000.0)
_COEFFICIENT_TOLERANCE_NM: Final = 0.02
_AXIS_TOLERANCE_CM1: Final = 1.0
_KNOWN_NAMES: Final = ("", "pixel", "wavelength", "wavenumber", "raw", "dark", "reference")
_NOT_RAMAN: Final = ("absorbance", "reflectance", "transmi", "irradiance", "color", "emission")

_RULES: Final[kv.Rules] = {
    "model": ("instrument", kv.text_value),
    "serial number": ("serial", kv.text_value),
    "laser wavelength": ("laser_wavelength_nm", kv.positive_value),
    "integration time": ("integration_time_s", kv.milliseconds_value),
    "timestamp": ("date", kv.text_value),
    "label": ("label", kv.text_value),
    "note": ("note", kv.text_value),
    "scan averaging": ("averages", kv.count_value),
    "measurement id": ("measurement_id", kv.text_value),
    "enlighten version": ("software", lambda text: f"ENLIGHTEN {text.strip()}"),
    "detector": ("detector", kv.text_value),
    "baseline correction algo": ("baseline_corrected", kv.named_value),
    "raman intensity corrected": ("intensity_corrected", kv.switch_value),
    "deconvolved": ("deconvolved", kv.switch_value),
}


@dataclass(frozen=True)
class _Table:
    header: Mapping[str, Sequence[str]]
    lines: Mapping[str, str]
    names: Sequence[str]
    columns: Sequence[Sequence[str]]
    labels: Sequence[str]


@dataclass(frozen=True, eq=False)
class _Axis:
    values: NDArray[np.float64]
    column: str
    technique: Technique
    unit: AxisUnit
    warnings: tuple[str, ...] = ()


def sniff(source: Source) -> Sniff:
    """Certain when the header's first key or the table's column names are ENLIGHTEN's."""
    first = next((line for line in source.lines[:20] if line.strip()), "")
    if first.strip().strip('"').lower().startswith("enlighten version"):
        return Sniff.CERTAIN
    head = [line.lower() for line in source.lines[:_HEADER_LINES]]
    known = sum(
        line.startswith(("measurement id,", "ccd c0,", "ccd c1,", "scan averaging,")) for line in head
    )
    return Sniff.CERTAIN if known >= 2 else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft per Processed column, or per column of the name the caller asks for.

    Raises
    ------
    DamagedError
        When the table is missing, stops early or contradicts its header.
    UnsupportedError
        When no axis can be had.
    """
    table = _split(source)
    _check_pixels(table, source)
    scans = _scans(table, source)
    processed = [i for i, name in enumerate(table.names) if name == "processed"]
    single = len(processed) < 2
    axes: dict[tuple[object, ...], _Axis] = {}
    drafts = []
    for at in scans:
        above = max((i for i in processed if i <= at), default=processed[0] if processed else at)
        header = _scan_header(table, above, single=single)
        # All scans of a file share their axis as a rule: computed once per distinct header.
        key = (_axis_column(table, at, "wavenumber"), *(header.get(name) for name in _AXIS_KEYS))
        if key not in axes:
            axes[key] = _axis(table, at, header, source)
        drafts.append(_draft(table, at, header, axes[key], source))
    return tuple(drafts)


def _draft(table: _Table, at: int, header: Mapping[str, str], axis: _Axis, source: Source) -> Draft:
    metadata = kv.collect(header, _RULES) | {"x_column": axis.column, "y_column": table.labels[at]}
    if _laser(header) is None:
        metadata.pop("laser_wavelength_nm", None)
    # Up to version 1.4 a column is called after its scan.
    if table.names[at] not in (*_KNOWN_NAMES, "processed"):
        metadata["label"] = table.labels[at]
    found: Quantity = quantity(header.get("technique", ""))
    return Draft(
        axis.values,
        _numbers(table, at, source),
        axis.technique,
        axis.unit,
        metadata | _detector(table, at, header, source),
        axis.warnings,
        quantity="counts" if found == "unknown" else found,
    )


def _scans(table: _Table, source: Source) -> list[int]:
    """Columns that are spectra."""
    if source.column is not None:
        at = pick_column(table.labels, source, n_columns=len(table.names))
        by_name = table.names[at] == source.column.strip().lower()
        return [i for i, name in enumerate(table.names) if name == table.names[at]] if by_name else [at]
    scans = [i for i, name in enumerate(table.names) if name == "processed"]
    if not scans and "pixel" in table.names:
        scans = [i for i, name in enumerate(table.names) if name not in _KNOWN_NAMES]
    if not scans:
        raise UnsupportedError(
            f"{source.name}: no Processed column among {', '.join(table.names)[:120]}. "
            "Say which with --column, or switch on Processed in ENLIGHTEN's save options and export again."
        )
    return scans


def _check_pixels(table: _Table, source: Source) -> None:
    """Refuse a table whose rows do not follow each other."""
    if "pixel" not in table.names or len(table.columns[0]) < 2:
        return
    pixel = _numbers(table, list(table.names).index("pixel"), source)
    steps = np.diff(pixel)
    if not np.array_equal(steps, np.ones_like(steps)):
        at = int(np.flatnonzero(steps != 1)[0])
        raise DamagedError(
            f"{source.name}: pixel {pixel[at]:g} is followed by {pixel[at + 1]:g}, so rows are missing or "
            "damaged. Save the measurement again."
        )


_AXIS_KEYS: Final = (
    "laser wavelength", "technique", "wavenumber correction", "ccd c0", "ccd c1", "ccd c2", "ccd c3",
    "ccd c4",
)  # fmt: skip


def _split(source: Source) -> _Table:
    header: dict[str, list[str]] = {}
    whole: dict[str, str] = {}
    for at, line in enumerate(source.lines[:_HEADER_LINES]):
        cells = strip_cells(split_cells(line, ","))
        names = [cell.lower() for cell in cells]
        if len(names) > 1 and ("processed" in names or names[0] == "pixel"):
            return _Table(header, whole, names, _columns(source, at + 1, len(names)), cells)
        if cells[0]:
            header.setdefault(names[0], cells)
            whole.setdefault(names[0], line.partition(",")[2].strip(' ,"'))
    if any(mark in source.text[:40] for mark in ";\t"):
        raise UnsupportedError(
            f"{source.name}: an ENLIGHTEN file that another program saved again, with other separators. "
            "Give the file as ENLIGHTEN wrote it."
        )
    raise DamagedError(
        f"{source.name}: an ENLIGHTEN header without its table (Pixel, Wavenumber, Processed). "
        "The file is cut short: save the measurement again."
    )


def _columns(source: Source, start: int, n_columns: int) -> list[tuple[str, ...]]:
    lines = source.lines[start:]
    complete_end = not lines[-1].strip() if lines else True
    while lines and not lines[-1].strip():
        lines.pop()
    rows = [split_cells(line, ",") for line in lines]
    for row, cells in enumerate(rows):
        if len(cells) != n_columns:
            raise DamagedError(
                f"{source.name}: line {start + row + 1} has {len(cells)} cells, expected {n_columns}. "
                "The file is cut short or damaged: save the measurement again."
            )
    # ENLIGHTEN ends each line, so a cut shows.
    if not complete_end:
        raise DamagedError(
            f"{source.name}: the file stops in line {start + len(rows)}, which has no end. "
            "It is cut short: save the measurement again."
        )
    return list(zip(*rows, strict=True)) if rows else [()] * n_columns


def _scan_header(table: _Table, at: int, *, single: bool) -> dict[str, str]:
    """Header values of the scan in column ``at``: they stand above its Processed column."""
    header = {}
    for key, cells in table.header.items():
        if single:
            # A note may hold commas.
            header[key] = table.lines[key]
        elif len(cells) == 2:
            header[key] = cells[1]
        elif at < len(cells) <= len(table.names) + 1:
            header[key] = cells[at]
    return header


def _numbers(table: _Table, at: int, source: Source) -> NDArray[np.float64]:
    values = column(table.columns[at])
    if isinstance(values, int):
        raise DamagedError(
            f"{source.name}: {table.columns[at][values][:20]!r} in row {values + 1} of the table, "
            "expected a number. The file is damaged: save the measurement again."
        )
    return values


def _axis_column(table: _Table, at: int, name: str) -> int | None:
    """Find the nearest column of that name before the scan's, else the first."""
    found = [i for i, other in enumerate(table.names) if other == name]
    before = [i for i in found if i < at]
    return before[-1] if before else (found[0] if found else None)


def _axis(table: _Table, at: int, header: Mapping[str, str], source: Source) -> _Axis:
    """Axis of the rows: the Raman shift, or the wavelength where the spectrum has none."""
    laser_nm = _laser(header)
    wavelength_nm = _wavelength(table, at, header, source)
    technique = header.get("technique", "").strip().lower()
    other = technique.startswith(_NOT_RAMAN)
    # Without a laser ENLIGHTEN writes 0, and no shift was ever computed.
    unset = laser_nm is None and bool(header.get("laser wavelength", "").strip())
    wavenumber = _axis_column(table, at, "wavenumber")
    if wavenumber is not None and not other and not unset:
        return _shift_column(table, wavenumber, wavelength_nm, header, source)
    if wavelength_nm is None:
        raise UnsupportedError(
            f"{source.name}: no Wavenumber column, and no wavelength and laser to compute it from. "
            "Switch on Wavenumber in ENLIGHTEN's save options and export again."
        )
    _check_complete(table, wavelength_nm, header, source)
    if laser_nm is not None and not other:
        note = (
            f"no Wavenumber column: Raman shift computed from the wavelength and the laser at {laser_nm} nm"
        )
        shift = _shift(wavelength_nm, laser_nm, header)
        return _Axis(shift, "Wavelength", "raman", "raman_shift_cm-1", (note,))
    column = _axis_column(table, at, "wavelength")
    values = wavelength_nm if column is None else _numbers(table, column, source)
    if other:
        return _Axis(values, "Wavelength", technique_of_axis(values, "wavelength_nm"), "wavelength_nm")
    note = "no laser wavelength in the header, so no Raman shift: the axis is the wavelength"
    return _Axis(values, "Wavelength", "raman" if technique == "raman" else "other", "wavelength_nm", (note,))


def _shift_column(
    table: _Table,
    at: int,
    wavelength_nm: NDArray[np.float64] | None,
    header: Mapping[str, str],
    source: Source,
) -> _Axis:
    axis = _numbers(table, at, source)
    _check_complete(table, axis, header, source)
    laser_nm = _laser(header)
    computed = None
    # Without its Wavelength column the table may be interpolated: nothing to compare.
    if "wavelength" in table.names and wavelength_nm is not None and laser_nm is not None:
        computed = _shift(wavelength_nm, laser_nm, header)
    return _Axis(axis, "Wavenumber", "raman", "raman_shift_cm-1", _disagreement(axis, computed))


def _shift(
    wavelength_nm: NDArray[np.float64], laser_nm: float, header: Mapping[str, str]
) -> NDArray[np.float64]:
    correction = leading_number(header.get("wavenumber correction", "")) or 0.0
    return raman_shift_cm1(np.where(wavelength_nm > 0, wavelength_nm, np.nan), laser_nm) + correction


def _laser(header: Mapping[str, str]) -> float | None:
    """Laser wavelength; None for what no laser has, as the 0 of a spectrometer without one."""
    laser_nm = leading_number(header.get("laser wavelength", "").strip())
    return laser_nm if laser_nm is not None and _LASER_RANGE_NM[0] <= laser_nm <= _LASER_RANGE_NM[1] else None


def _wavelength(
    table: _Table, at: int, header: Mapping[str, str], source: Source
) -> NDArray[np.float64] | None:
    """Wavelength of the rows, nm: from the coefficients, which have more digits than the column."""
    at_wavelength = _axis_column(table, at, "wavelength")
    measured = None if at_wavelength is None else _numbers(table, at_wavelength, source)
    at_pixel = _axis_column(table, at, "pixel")
    coefficients = [leading_number(header.get(f"ccd c{i}", "")) or 0.0 for i in range(5)]
    if at_pixel is None or not any(coefficients[1:]):
        return measured
    pixel = _numbers(table, at_pixel, source)
    # Beyond any detector the powers only overflow.
    pixel = np.where(np.abs(pixel) < 1e5, pixel, np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        computed: NDArray[np.float64] = sum(
            (c * pixel**i for i, c in enumerate(coefficients)), np.zeros_like(pixel)
        )
    if measured is None:
        # On an interpolated axis the pixel column only counts rows, whatever the header says.
        whole = leading_number(header.get("pixel count", "")) == pixel.size and _counts(pixel)
        return computed if whole else None
    both = np.isfinite(measured) & np.isfinite(computed)
    agree = bool(both.any()) and bool(
        np.all(np.abs(measured[both] - computed[both]) <= _COEFFICIENT_TOLERANCE_NM)
    )
    return computed if agree else measured


def _counts(pixel: NDArray[np.float64]) -> bool:
    return bool(np.array_equal(pixel, np.arange(pixel.size)))


def _disagreement(axis: NDArray[np.float64], computed: NDArray[np.float64] | None) -> tuple[str, ...]:
    if computed is None:
        return ()
    both = np.isfinite(axis) & np.isfinite(computed) & (np.abs(axis) < 1e6) & (np.abs(computed) < 1e6)
    worst = float(np.max(np.abs(axis[both] - computed[both]))) if both.any() else 0.0
    if worst <= _AXIS_TOLERANCE_CM1:
        return ()
    return (f"the Wavenumber column and the laser wavelength disagree by up to {worst:.1f} cm⁻¹",)


def _check_complete(
    table: _Table, axis: NDArray[np.float64], header: Mapping[str, str], source: Source
) -> None:
    """Refuse a table that stops before the detector does; an interpolated axis has its own length."""
    expected = leading_number(header.get("pixel count", ""))
    last = leading_number(header.get("roi pixel end", ""))
    if expected is None or axis.size < 3 or "pixel" not in table.names:
        return
    finite = axis[np.isfinite(axis)]
    if finite.size < 3 or np.ptp(np.diff(np.clip(finite, -1e6, 1e6))) < 1e-6:
        return
    needed = min(expected - 1, last) if last is not None and last > 0 else expected - 1
    pixel = _numbers(table, list(table.names).index("pixel"), source)
    if pixel[0] == 0 and pixel[-1] < needed:
        raise DamagedError(
            f"{source.name}: the table stops at pixel {pixel[-1]:.0f}, the header promises {needed:.0f}. "
            "The file is cut short: save the measurement again."
        )


def _detector(table: _Table, at: int, header: Mapping[str, str], source: Source) -> dict[str, MetadataValue]:
    """Collect what tells saturation: the highest raw count, and the converter's limit where it is known."""
    found: dict[str, MetadataValue] = {}
    following = table.names[at + 1 : at + 3]
    if "raw" in following and "processed" not in following[: following.index("raw")]:
        raw = _numbers(table, at + 1 + following.index("raw"), source)
        if np.isfinite(raw).any():
            found["raw_max"] = float(np.max(raw[np.isfinite(raw)]))
    # Hamamatsu sensors (S10141, S11511, S16011 …) are read with 16 bits; others are left open.
    detector = header.get("detector", "")
    if detector[:1] == "S" and detector[1:6].isdigit():
        found["detector_max"] = 65535.0
    return found


FORMAT: Final = Format("enlighten_csv", "Wasatch ENLIGHTEN CSV", (".csv",), sniff, read, version=2)
