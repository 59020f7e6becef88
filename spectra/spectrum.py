"""One measured spectrum: validated once, then never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SpectrumError
from .units import AXIS_UNITS, TECHNIQUES, AxisUnit, Technique

MIN_POINTS = 20
"""Fewer finite points than this are not a spectrum."""

MAX_OFFSET_CM1 = 20.0
"""An axis that is further off is a fault, not an offset."""

MetadataValue = str | int | float | bool | None


@dataclass(frozen=True, eq=False)
class Spectrum:
    """One spectrum with its axis and what is known of its measurement.

    Attributes
    ----------
    axis : array, shape (m,), float64, read-only
        Strictly ascending, finite. A descending axis is turned round on construction.
    intensity : array, shape (m,), float64, read-only
        Finite values, in the unit of the source.
    technique : str
        One of ``spectra.units.TECHNIQUES``.
    unit : str
        What the axis is, one of ``spectra.units.AXIS_UNITS``.
    metadata : mapping
        Plain values under the names that ``spectra.io`` documents (``instrument``,
        ``serial``, ``laser_wavelength_nm``, ``integration_time_s``, ``source_sha256`` …).
    warnings : tuple of str
        What a reader had to note: dropped rows, guessed columns.

    Raises
    ------
    SpectrumError
        Fewer than 20 points, non-finite values, lengths that differ, or an axis that is
        neither ascending nor descending.
    """

    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]
    technique: Technique = "raman"
    unit: AxisUnit = "raman_shift_cm-1"
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        axis, intensity = _own_float64(self.axis, "axis"), _own_float64(self.intensity, "intensity")
        if axis.shape != intensity.shape:
            raise SpectrumError(f"axis has {axis.size} points, intensity {intensity.size}: expected as many")
        if axis.size < MIN_POINTS:
            raise SpectrumError(f"{axis.size} points: a spectrum needs at least {MIN_POINTS} finite ones")
        if axis[0] > axis[-1]:
            axis, intensity = axis[::-1].copy(), intensity[::-1].copy()
        if not bool(np.all(np.diff(axis) > 0)):
            raise SpectrumError("the axis is neither strictly ascending nor strictly descending")
        if self.technique not in TECHNIQUES:
            raise SpectrumError(f"technique {self.technique!r}: expected one of {', '.join(TECHNIQUES)}")
        if self.unit not in AXIS_UNITS:
            raise SpectrumError(f"axis unit {self.unit!r}: expected one of {', '.join(AXIS_UNITS)}")
        axis.flags.writeable = False
        intensity.flags.writeable = False
        object.__setattr__(self, "axis", axis)
        object.__setattr__(self, "intensity", intensity)
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        object.__setattr__(self, "warnings", tuple(self.warnings))

    def __reduce__(self) -> tuple[type["Spectrum"], tuple[object, ...]]:
        # a mapping proxy cannot be copied to another process
        values = self.axis, self.intensity, self.technique, self.unit, dict(self.metadata), self.warnings
        return type(self), values

    @property
    def n_points(self) -> int:
        """Number of points."""
        return int(self.axis.size)

    def with_axis_offset(self, offset_cm1: float) -> "Spectrum":
        """Correct the axis by what a check of the instrument has found.

        Parameters
        ----------
        offset_cm1 : float
            What is added to every Raman shift, at most ``MAX_OFFSET_CM1`` either way.

        Returns
        -------
        Spectrum
            Its warnings say what was done.

        Raises
        ------
        SpectrumError
            An offset that is no number or larger, or an axis that is no Raman shift.
        """
        if not abs(offset_cm1) <= MAX_OFFSET_CM1:
            raise SpectrumError(
                f"axis offset {offset_cm1:g} cm-1: expected at most {MAX_OFFSET_CM1:g} either way; "
                f"an instrument that is further off needs service"
            )
        if self.unit != "raman_shift_cm-1":
            raise SpectrumError(f"axis offset in cm-1 for an axis in {self.unit}: expected Raman shifts")
        if offset_cm1 == 0:
            return self
        note = f"axis corrected by {offset_cm1:+g} cm-1 as the caller stated"
        return replace(self, axis=self.axis + offset_cm1, warnings=(*self.warnings, note))


def _own_float64(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.array(values, dtype=np.float64, copy=True)
    if array.ndim != 1:
        raise SpectrumError(f"{name} has {array.ndim} dimensions: expected 1")
    if not bool(np.all(np.isfinite(array))):
        raise SpectrumError(f"{name} has {int(np.sum(~np.isfinite(array)))} non-finite values: expected none")
    return array
