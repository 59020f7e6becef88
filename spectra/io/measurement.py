"""From the columns a reader found to a checked measurement and its Spectrum: the one place that cleans."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DamagedError, ReadError, SpectrumError, UnsupportedError
from ..spectrum import MIN_POINTS, MetadataValue, Spectrum
from ..units import AxisUnit, Quantity, Technique, raman_shift_cm1
from ._draft import Draft
from ._source import Source
from .parts.numbers import middle

_MAX_AXIS: Final = 1e7
_MAX_OTHER_AXIS: Final = 1e12
_SHIFT_RANGE_CM1: Final = (-5000.0, 12_000.0)
# Share of the first block's range by which the axis has to fall back to be a restart.
_RESTART_SHARE: Final = 0.5
_MAX_REPEATED_SHARE: Final = 0.5
# Twice the usual step from one end of a grating detector to the other is common, more is not.
_GAP_STEPS: Final = 2.8
# Instruments of two or three detectors export them one after another, each a little into the next.
_MAX_OVERLAPS: Final = 3
_MAX_OVERLAP_SHARE: Final = 0.05
_REGULAR_STEPS: Final = 1.6
_SAME_LASER_NM: Final = 1.0
_OPTICAL: Final = ("absorbance", "reflectance", "transmittance", "kubelka_munk")

Columns = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Measurement:
    """One measured curve of a file, as the file holds it.

    Attributes
    ----------
    axis, intensity : array, shape (m,), float64
        Finite, in file order and in the file's units.
    technique, unit, quantity : str
        Names of ``spectra.units``.
    peaks : bool
        True for a list of bands or masses, which is no spectrum.
    metadata : mapping
        Names of ``spectra.io``.
    warnings : tuple of str
        What had to be left out or assumed.
    made : Spectrum or ReadError
        The spectrum, or why there is none although the file was read.
    """

    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]
    technique: Technique
    unit: AxisUnit
    quantity: Quantity
    peaks: bool
    metadata: Mapping[str, MetadataValue]
    warnings: tuple[str, ...]
    made: Spectrum | ReadError

    def spectrum(self) -> Spectrum:
        """Spectrum of the measurement.

        Raises
        ------
        UnsupportedError
            For a peak list, too few points, or a Raman axis in nm whose laser nobody states.
        """
        if isinstance(self.made, ReadError):
            raise self.made
        return self.made


def measure(draft: Draft, source: Source, known: Mapping[str, MetadataValue]) -> Measurement:
    """Clean a draft's columns and make the Spectrum.

    Parameters
    ----------
    draft : Draft
        What a reader found.
    source : Source
        The file, for messages and for what the caller says of it.
    known : mapping
        What is known of the file itself; added to the draft's metadata.

    Raises
    ------
    DamagedError
        When the columns are not a spectrum.
    """
    warnings = list(draft.warnings)
    axis, intensity = _drop_non_finite(draft, source, warnings)
    if draft.may_restart:
        axis, intensity = _first_block(axis, intensity, warnings)
    technique, unit = _meaning(draft, source, warnings)
    metadata = {**known, **draft.metadata, "quantity": draft.quantity}
    _add_laser(metadata, source, warnings)
    if technique == "raman" and unit == "wavelength_nm" and source.laser_nm is not None:
        # The caller asks for it; a laser that only the file states converts the Spectrum alone.
        axis, unit = _shift(axis, source.laser_nm, source, warnings), "raman_shift_cm-1"
    made: Spectrum | ReadError
    try:
        made = _refusal(draft, source) or _spectrum(
            (axis, intensity), technique, unit, metadata=metadata, source=source, warnings=warnings
        )
    except UnsupportedError as error:
        made = error
    noted = tuple(dict.fromkeys(warnings))
    if isinstance(made, Spectrum):
        made = replace(made, warnings=noted)
    elif draft.peaks:
        noted = (*noted, "a list of peaks, no spectrum: it cannot be identified")
    return Measurement(axis, intensity, technique, unit, draft.quantity, draft.peaks, metadata, noted, made)


def _drop_non_finite(draft: Draft, source: Source, warnings: list[str]) -> Columns:
    axis, intensity = draft.axis, draft.intensity
    finite = np.isfinite(axis) & np.isfinite(intensity)
    n_left = int(np.count_nonzero(finite))
    needed = 1 if draft.peaks else 2 if draft.counted else MIN_POINTS
    if n_left < needed:
        raise DamagedError(
            f"{source.name}: {n_left} points with a number, expected at least {needed}. "
            "The file is cut short or is no spectrum: export it again."
        )
    if n_left < axis.size:
        warnings.append(f"{axis.size - n_left} rows without a finite value dropped")
        axis, intensity = axis[finite], intensity[finite]
    largest = float(np.max(np.abs(axis)))
    if largest > (_MAX_OTHER_AXIS if draft.unit == "other" else _MAX_AXIS):
        raise DamagedError(
            f"{source.name}: the axis reaches {largest:.3g}, which no instrument measures. "
            "Export the file again."
        )
    return axis, intensity


def _meaning(draft: Draft, source: Source, warnings: list[str]) -> tuple[Technique, AxisUnit]:
    """Technique and unit, with what the caller says of them."""
    technique, unit = draft.technique, draft.unit
    told = source.technique
    if told is None and source.laser_nm is not None and unit == "wavelength_nm" and technique != "raman":
        # Nobody states the laser of an absorbance.
        told = "raman" if draft.quantity not in _OPTICAL else None
    if told is None or told == technique:
        return technique, unit
    warnings.append(f"technique set to {told} by the caller, the file suggests {technique}")
    if told in ("nir", "mir") and unit == "raman_shift_cm-1":
        unit = "wavenumber_cm-1"
    elif told == "raman" and unit == "wavenumber_cm-1":
        unit = "raman_shift_cm-1"
    return told, unit


def _add_laser(metadata: dict[str, MetadataValue], source: Source, warnings: list[str]) -> None:
    stated = metadata.get("laser_wavelength_nm")
    if source.laser_nm is None:
        return
    metadata["laser_wavelength_nm"] = source.laser_nm
    if isinstance(stated, int | float) and abs(stated - source.laser_nm) > _SAME_LASER_NM:
        warnings.append(f"laser set to {source.laser_nm:g} nm by the caller, the file states {stated:g} nm")


def _refusal(draft: Draft, source: Source) -> ReadError | None:
    """Why a file that was read right still holds no spectrum."""
    if draft.peaks:
        return UnsupportedError(
            f"{source.name}: a list of peaks, expected a spectrum. Export the spectrum itself."
        )
    if draft.unit == "other":
        return UnsupportedError(
            f"{source.name}: nothing says that the axis is a Raman shift, a wavenumber or a wavelength. "
            "Say what the scan is (--technique raman or nir), or export with the names of the columns."
        )
    n_finite = int(np.count_nonzero(np.isfinite(draft.axis) & np.isfinite(draft.intensity)))
    if n_finite < MIN_POINTS:
        return UnsupportedError(
            f"{source.name}: {n_finite} points, a spectrum needs at least {MIN_POINTS}. "
            "Export the whole spectrum."
        )
    return None


def _spectrum(
    columns: Columns,
    technique: Technique,
    unit: AxisUnit,
    *,
    metadata: Mapping[str, MetadataValue],
    source: Source,
    warnings: list[str],
) -> Spectrum:
    axis, intensity = columns
    if technique == "raman" and unit == "wavelength_nm":
        laser = metadata.get("laser_wavelength_nm")
        if not isinstance(laser, int | float) or laser <= 0:
            raise UnsupportedError(
                f"{source.name}: a Raman spectrum with its axis in nm, and the laser is not stated. "
                "State it with --laser-nm, or export with the Raman shift."
            )
        axis, unit = _shift(axis, float(laser), source, warnings), "raman_shift_cm-1"
    axis, intensity = _merge_repeats(axis, intensity, source, warnings)
    axis, intensity = _join_detectors(axis, intensity, warnings)
    _check_axis(axis, unit, source)
    _note_gap(axis, warnings)
    try:
        return Spectrum(axis, intensity, technique, unit, metadata)
    except SpectrumError as error:
        raise DamagedError(f"{source.name}: {error}. Export the file again.") from error


def _shift(
    axis: NDArray[np.float64], laser_nm: float, source: Source, warnings: list[str]
) -> NDArray[np.float64]:
    if float(axis.min()) <= 0:
        raise DamagedError(f"{source.name}: a wavelength of {axis.min():g} nm. Export the file again.")
    warnings.append(f"Raman shift computed from the wavelength and the laser's {laser_nm:g} nm")
    return raman_shift_cm1(axis, laser_nm)


def _merge_repeats(
    axis: NDArray[np.float64], intensity: NDArray[np.float64], source: Source, warnings: list[str]
) -> Columns:
    """Average rows that repeat the axis value above them."""
    starts = np.flatnonzero(np.concatenate(([True], np.diff(axis) != 0)))
    n_repeated = axis.size - starts.size
    if not n_repeated:
        return axis, intensity
    if n_repeated > _MAX_REPEATED_SHARE * axis.size or starts.size < MIN_POINTS:
        raise DamagedError(
            f"{source.name}: {n_repeated} of {axis.size} axis values repeat the one before, expected an "
            "axis that runs on. Export the file again, with more digits."
        )
    sizes = np.diff(np.append(starts, axis.size))
    # Divided before the sum, so that huge values cannot overflow.
    means = np.add.reduceat(intensity / np.repeat(sizes, sizes), starts)
    warnings.append(f"{n_repeated} rows that repeat the axis value before them averaged into it")
    return axis[starts], means


def _first_block(axis: NDArray[np.float64], intensity: NDArray[np.float64], warnings: list[str]) -> Columns:
    """Keep the rows before the axis starts again; leave a zigzag as it is, to be refused."""
    steps = np.diff(axis)
    steps = np.where(steps == 0, steps[np.flatnonzero(steps)[0]] if steps.any() else 1.0, steps)
    turns = np.flatnonzero(np.sign(steps) != np.sign(steps[0]))
    if not turns.size:
        return axis, intensity
    end = int(turns[0]) + 1
    extent = abs(float(axis[end - 1] - axis[0]))
    jumps = np.flatnonzero(np.abs(steps) >= _RESTART_SHARE * extent)
    # A single damaged value jumps there and back again: no restart, and to be refused.
    if end < MIN_POINTS or not np.array_equal(jumps, turns):
        return axis, intensity
    warnings.append(
        f"the axis starts again after row {end}: {axis.size - end} rows left out, they are not this spectrum"
    )
    return axis[:end], intensity[:end]


def _join_detectors(
    axis: NDArray[np.float64], intensity: NDArray[np.float64], warnings: list[str]
) -> Columns:
    """Sort an axis that steps back a little where a second detector takes over; leave others as they are."""
    steps = np.diff(axis)
    direction = np.sign(middle(steps))
    back = np.flatnonzero(steps * direction <= 0)
    if not 0 < back.size <= _MAX_OVERLAPS:
        return axis, intensity
    usual = middle(np.abs(steps))
    # A damaged value jumps: then the step before it or after it is not the usual one.
    beside = [steps[at + side] for at in back for side in (-1, 1) if 0 <= at + side < steps.size]
    regular = all(step * direction <= _REGULAR_STEPS * usual for step in beside)
    small = float(np.max(np.abs(steps[back]))) <= _MAX_OVERLAP_SHARE * float(np.ptp(axis))
    if not (regular and small):
        return axis, intensity
    order = np.argsort(axis, kind="stable")
    axis, intensity = axis[order], intensity[order]
    keep = np.concatenate(([True], np.diff(axis) > 0))
    where = ", ".join(f"{axis_value:.6g}" for axis_value in axis[np.isin(order, back + 1)])
    warnings.append(f"the axis steps back near {where} where two detectors meet: points sorted")
    return axis[keep], intensity[keep]


def _note_gap(axis: NDArray[np.float64], warnings: list[str]) -> None:
    """Note the widest step when rows seem to be missing there; a detector's steps change slowly."""
    steps = np.abs(np.diff(axis))
    widest = int(np.argmax(steps))
    if steps[widest] > _GAP_STEPS * middle(steps):
        low, high = sorted((float(axis[widest]), float(axis[widest + 1])))
        warnings.append(f"no values between {low:.6g} and {high:.6g} on the axis")


def _check_axis(axis: NDArray[np.float64], unit: AxisUnit, source: Source) -> None:
    steps = np.diff(axis)
    n_up = int(np.count_nonzero(steps > 0))
    n_down = int(np.count_nonzero(steps < 0))
    if n_up and n_down:
        raise DamagedError(
            f"{source.name}: the axis rises {n_up} times and falls {n_down} times, expected one direction. "
            "The file is damaged or holds several spectra: export one spectrum again."
        )
    low, high = float(np.min(axis)), float(np.max(axis))
    if unit == "raman_shift_cm-1" and not (_SHIFT_RANGE_CM1[0] <= low and high <= _SHIFT_RANGE_CM1[1]):
        raise DamagedError(
            f"{source.name}: Raman shifts from {low:.6g} to {high:.6g} cm⁻¹ are not possible. "
            "Check which column was exported as the axis."
        )
