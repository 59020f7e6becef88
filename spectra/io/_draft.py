"""From the columns a reader found to a checked Spectrum: the one place that cleans."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DamagedError, SpectrumError
from ..spectrum import MIN_POINTS, MetadataValue, Spectrum
from ..units import AxisUnit, Technique
from ._source import Source

_MAX_AXIS: Final = 1e7
_SHIFT_RANGE_CM1: Final = (-5000.0, 12_000.0)
# Share of the first block's range by which the axis has to fall back to be a restart.
_RESTART_SHARE: Final = 0.5
_MAX_REPEATED_SHARE: Final = 0.5
# Twice the usual step from one end of a grating detector to the other is common, more is not.
_GAP_STEPS: Final = 2.8

Columns = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Draft:
    """Two columns as they stand in the file, with what the file says of them.

    Attributes
    ----------
    axis, intensity : array, shape (m,), float64
        NaN or infinity where a cell held no number.
    technique, unit : str
        As decided by the reader.
    metadata : mapping
        Names of ``spectra.io``; the reader leaves unknown ones out.
    warnings : tuple of str
        What the reader had to note.
    may_restart : bool
        True when later blocks of the table may be something else and are left out.
    """

    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]
    technique: Technique = "raman"
    unit: AxisUnit = "raman_shift_cm-1"
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    may_restart: bool = False


def finish(draft: Draft, source: Source, metadata: Mapping[str, MetadataValue]) -> Spectrum:
    """Clean a draft's columns and make the Spectrum.

    Parameters
    ----------
    draft : Draft
        What a reader found.
    source : Source
        The file, for messages and for the technique the caller asked for.
    metadata : mapping
        What is known of the file itself; added to the draft's.

    Raises
    ------
    DamagedError
        When the columns are not a spectrum.
    """
    warnings = list(draft.warnings)
    axis, intensity = _drop_non_finite(draft.axis, draft.intensity, source, warnings)
    axis, intensity = _merge_repeats(axis, intensity, source, warnings)
    if draft.may_restart:
        axis, intensity = _first_block(axis, intensity, warnings)
    _check_axis(axis, draft.unit, source)
    _note_gap(axis, warnings)
    technique, unit = draft.technique, draft.unit
    if source.technique is not None and source.technique != technique:
        warnings.append(f"technique set to {source.technique} by the caller, the file suggests {technique}")
        technique = source.technique
        if technique in ("nir", "mir") and unit == "raman_shift_cm-1":
            unit = "wavenumber_cm-1"
    try:
        return Spectrum(
            axis, intensity, technique, unit, {**metadata, **draft.metadata}, tuple(dict.fromkeys(warnings))
        )
    except SpectrumError as error:
        raise DamagedError(f"{source.name}: {error}. Export the file again.") from error


def _drop_non_finite(
    axis: NDArray[np.float64], intensity: NDArray[np.float64], source: Source, warnings: list[str]
) -> Columns:
    finite = np.isfinite(axis) & np.isfinite(intensity)
    n_left = int(np.count_nonzero(finite))
    if n_left < MIN_POINTS:
        raise DamagedError(
            f"{source.name}: {n_left} points with a number, expected at least {MIN_POINTS}. "
            "The file is cut short or is no spectrum: export it again."
        )
    if n_left < axis.size:
        warnings.append(f"{axis.size - n_left} rows without a finite value dropped")
        axis, intensity = axis[finite], intensity[finite]
    if float(np.max(np.abs(axis))) > _MAX_AXIS:
        raise DamagedError(
            f"{source.name}: the axis reaches {float(np.max(np.abs(axis))):.3g}, which no instrument "
            "measures. Export the file again."
        )
    return axis, intensity


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


def _note_gap(axis: NDArray[np.float64], warnings: list[str]) -> None:
    """Note the widest step when rows seem to be missing there; a detector's steps change slowly."""
    steps = np.abs(np.diff(axis))
    widest = int(np.argmax(steps))
    if steps[widest] > _GAP_STEPS * float(np.median(steps)):
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
