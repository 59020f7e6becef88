"""Wasatch ENLIGHTEN CSV: one scan a file, or many side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DamagedError, UnsupportedError
from ..spectrum import MetadataValue
from ..units import raman_shift_cm1
from . import _keyvalue as kv
from ._draft import Draft
from ._format import Format, Sniff
from ._numbers import column, leading_number, split_cells, strip_cells
from ._source import Source

_HEADER_LINES: Final = 300
_LASER_RANGE_NM: Final = (200.0, 2000.0)
_COEFFICIENT_TOLERANCE_NM: Final = 0.02
_AXIS_TOLERANCE_CM1: Final = 1.0
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


def sniff(source: Source) -> Sniff:
    """Certain when the header's first key or the table's column names are ENLIGHTEN's."""
    first = next((line for line in source.lines[:20] if line.strip()), "")
    if first.strip().strip('"').lower().startswith("enlighten version"):
        return Sniff.CERTAIN
    head = [line.lower() for line in source.lines[:_HEADER_LINES]]
    known = sum(line.startswith(("measurement id,", "ccd c0,", "scan averaging,")) for line in head)
    return Sniff.CERTAIN if known >= 2 else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft per Processed column.

    Raises
    ------
    DamagedError
        When the table is missing, stops early or contradicts its header.
    UnsupportedError
        When no Raman axis can be had.
    """
    table = _split(source)
    scans = [i for i, name in enumerate(table.names) if name == "processed"]
    if not scans:
        raise UnsupportedError(
            f"{source.name}: no Processed column among {', '.join(table.names)[:120]}. "
            "Switch on Processed in ENLIGHTEN's save options and export again."
        )
    single = len(scans) == 1
    axes: dict[tuple[object, ...], tuple[NDArray[np.float64], str, tuple[str, ...]]] = {}
    drafts = []
    for at in scans:
        header = _scan_header(table, at, single=single)
        # All scans of a file share their axis as a rule: computed once per distinct header.
        key = (_axis_column(table, at, "wavenumber"), *(header.get(name) for name in _AXIS_KEYS))
        if key not in axes:
            axes[key] = _axis(table, at, header, source)
        axis, x_column, warnings = axes[key]
        metadata = kv.collect(header, _RULES) | {"x_column": x_column, "y_column": "Processed"}
        metadata |= _detector(table, at, header, source)
        drafts.append(Draft(axis, _numbers(table, at, source), metadata=metadata, warnings=warnings))
    return tuple(drafts)


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
            return _Table(header, whole, names, _columns(source, at + 1, len(names)))
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
    # ENLIGHTEN writes a fixed number of decimals and ends each line, so a cut shows.
    if len(rows) > 1 and not complete_end and _decimals(rows[-1][-1]) < _decimals(rows[-2][-1]):
        raise DamagedError(
            f"{source.name}: the file stops in the middle of line {start + len(rows)}. "
            "It is cut short: save the measurement again."
        )
    return list(zip(*rows, strict=True)) if rows else [()] * n_columns


def _decimals(cell: str) -> int:
    return len(cell.strip().partition(".")[2])


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


def _axis(
    table: _Table, at: int, header: Mapping[str, str], source: Source
) -> tuple[NDArray[np.float64], str, tuple[str, ...]]:
    """Raman shift of the rows, the column it comes from, and what had to be noted."""
    laser_nm = _laser(header, source)
    wavelength_nm = _wavelength(table, at, header, source)
    computed = None
    if laser_nm is not None and wavelength_nm is not None:
        correction = leading_number(header.get("wavenumber correction", "")) or 0.0
        positive = np.where(wavelength_nm > 0, wavelength_nm, np.nan)
        computed = raman_shift_cm1(positive, laser_nm) + correction
    wavenumber = _axis_column(table, at, "wavenumber")
    if wavenumber is not None:
        axis = _numbers(table, wavenumber, source)
        _check_complete(table, axis, header, source)
        # Without its Wavelength column the table may be interpolated: nothing to compare.
        compared = computed if "wavelength" in table.names else None
        return axis, "Wavenumber", _disagreement(axis, compared)
    if computed is not None:
        note = (
            f"no Wavenumber column: Raman shift computed from the wavelength and the laser at {laser_nm} nm"
        )
        _check_complete(table, computed, header, source)
        return computed, "Wavelength", (note,)
    raise UnsupportedError(
        f"{source.name}: no Wavenumber column, and no wavelength and laser to compute it from. "
        "Switch on Wavenumber in ENLIGHTEN's save options and export again."
    )


def _laser(header: Mapping[str, str], source: Source) -> float | None:
    technique = header.get("technique", "").lower()
    if technique.startswith(_NOT_RAMAN):
        raise UnsupportedError(
            f"{source.name}: measured as {technique}, expected Raman. Measure in Raman mode and save again."
        )
    text = header.get("laser wavelength", "").strip()
    if not text:
        return None
    laser_nm = leading_number(text)
    if laser_nm is None or not _LASER_RANGE_NM[0] <= laser_nm <= _LASER_RANGE_NM[1]:
        raise UnsupportedError(
            f"{source.name}: laser wavelength {text[:20]!r} in the header, so the axis is no Raman shift. "
            "Set the laser in ENLIGHTEN and save the measurement again."
        )
    return laser_nm


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


FORMAT: Final = Format("enlighten_csv", "Wasatch ENLIGHTEN CSV", (".csv",), sniff, read)
