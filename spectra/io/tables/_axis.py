"""What the axis of a plain table is: by its name, by what stands above it, by the caller, last by its range.

Where nothing names the axis, these ranges do, each with a warning:

====================================================  ==============================================
first and last value                                  taken as
====================================================  ==============================================
350 to 900 and 3970 to 4020, or beyond 4380, cm⁻¹     infrared wavenumber, if the ordinate stays below
                                                      200 as absorbances and percentages do
from 3500 to between 7000 and 13,000 cm⁻¹             near-infrared wavenumber, likewise
from 900 or later to between 2300 and 2600 nm         near-infrared wavelength, if the ordinate stays
                                                      below 10; 350 to 2500 in steps of 1 nm too
from below 600 to at most 5000 cm⁻¹                   Raman shift, unless the ordinate or the steps
                                                      could be those of an infrared or visible spectrum,
                                                      or of a reflectance from about 350 to 2500 nm
====================================================  ==============================================

All else stays open: technique and unit are ``other``, for the caller to settle before anything is identified.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Technique
from .._source import Source
from .._technique import LOWEST_NIR_CM1, technique_of_axis
from ..parts.numbers import middle
from ..parts.vocabulary import OPTICAL, AxisKind

_SHIFT_RANGE_CM1: Final = (-500.0, 5000.0)
_LOWEST_SHIFT_CM1: Final = -5000.0
_NIR_RANGE_NM: Final = (600.0, 2700.0)
_RAMAN_START_CM1: Final = 600.0
_INFRARED_START_CM1: Final = (350.0, 900.0)
_INFRARED_END_CM1: Final = (3970.0, 4020.0)
_WIDE_INFRARED_END_CM1: Final = (4380.0, 13_000.0)
_NIR_END_CM1: Final = (7000.0, 13_000.0)
_NIR_END_NM: Final = (2300.0, 2600.0)
_NIR_START_NM: Final = 900.0
_FIELD_GRID_NM: Final = (350.0, 2500.0, 1.0)
# Field reflectance in nm: whole numbers in steps of one, and ordinates that are shares or per cent.
_FIELD_START_NM: Final = (250.0, 400.0)
_FIELD_END_NM: Final = (2400.0, 2510.0)
_FIELD_PERCENT: Final = (0.0, 110.0)
_FIELD_STEPS: Final = 0.99
_PERCENT: Final = 200.0
_RATIO: Final = 10.0
# Absorbances and normalized spectra look alike: so small an ordinate says nothing.
_SMALL: Final = 2.0
# Below this no infrared spectrum begins, nor does one in the visible.
_ONLY_RAMAN_CM1: Final = 150.0
_LONGEST_VISIBLE_NM: Final = 1150.0
_VISIBLE_STEP_NM: Final = 1.0
_SHIFT_END_CM1: Final = 2700.0
# Angles of diffraction and seconds end earlier.
_LOWEST_END_CM1: Final = 300.0


@dataclass(frozen=True, eq=False)
class AxisChoice:
    """What an axis is: the values in ``unit``, the technique, and what was assumed."""

    values: NDArray[np.float64]
    technique: Technique
    unit: AxisUnit
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Evidence:
    """What besides the axis speaks for a technique.

    Attributes
    ----------
    signal : str or None
        What the ordinate's name says.
    ordinate : array, shape (m,)
        Its values.
    words : str or None
        ``raman`` or ``infrared`` where the lines above the table name one.
    laser_nm : float or None
        Laser wavelength the file states.
    """

    signal: str | None
    ordinate: NDArray[np.float64]
    words: str | None = None
    laser_nm: MetadataValue = None

    @property
    def optical(self) -> bool:
        """Whether the ordinate is a ratio, or the file speaks of the infrared."""
        return self.signal in OPTICAL or self.words == "infrared"

    @property
    def raman(self) -> bool:
        """Whether the file speaks of Raman or of a laser."""
        return self.signal not in OPTICAL and (self.words == "raman" or self.laser_nm is not None)

    def within(self, limit: float) -> bool:
        """Whether the ordinate stays below a limit, but for noise below zero."""
        finite = self.ordinate[np.isfinite(self.ordinate)]
        return bool(finite.size) and float(finite.max()) <= limit and float(finite.min()) >= -0.5 * limit


def decide_axis(
    values: NDArray[np.float64], kind: AxisKind | None, evidence: Evidence, source: Source
) -> AxisChoice:
    """Find unit and technique of an axis.

    Parameters
    ----------
    values : array, shape (m,)
        As in the file.
    kind : str or None
        What the column's name says.
    evidence : Evidence
        What else the file says.
    source : Source
        For the caller's technique, and for messages.

    Raises
    ------
    UnsupportedError
        When a wavelength has no possible unit.
    """
    if kind == "raman_shift":
        return AxisChoice(values, "raman", "raman_shift_cm-1")
    if kind == "pixel":
        note = (
            "the axis only counts pixels: it can be shown, not identified. Export with a Raman shift or "
            "a wavelength"
        )
        return AxisChoice(values, "other", "other", (note,))
    if kind in ("wavelength_nm", "wavelength_um", "wavelength"):
        return _wavelength(values, kind, evidence, source)
    if kind == "wavenumber":
        return _wavenumber(values, evidence, source)
    return _unnamed(values, evidence, source)


def _wavelength(
    values: NDArray[np.float64], kind: AxisKind, evidence: Evidence, source: Source
) -> AxisChoice:
    notes: list[str] = []
    if kind == "wavelength_um":
        values = values * 1000.0
        notes.append("wavelengths converted from µm to nm")
    elif kind == "wavelength" and not _inside(values, (100.0, 30_000.0)):
        raise UnsupportedError(
            f"{source.name}: a wavelength column without a unit, its values are no nm. "
            "Export with 'wavelength (nm)' as the column's name."
        )
    if evidence.raman and evidence.laser_nm is not None:
        notes.append("a wavelength axis and a laser in the header: taken as Raman")
        return AxisChoice(values, "raman", "wavelength_nm", tuple(notes))
    technique = technique_of_axis(values, "wavelength_nm")
    if technique == "nir" and evidence.signal not in OPTICAL and _inside(values, (600.0, 1150.0)):
        notes.append("wavelength axis taken as NIR; a Raman spectrum has to be exported with its Raman shift")
    return AxisChoice(values, technique, "wavelength_nm", tuple(notes))


def _wavenumber(values: NDArray[np.float64], evidence: Evidence, source: Source) -> AxisChoice:
    infrared = evidence.optical or source.technique in ("nir", "mir")
    if infrared or not _inside(values, _SHIFT_RANGE_CM1):
        if not infrared and (evidence.raman or _reach(values)[0] < 0):
            return AxisChoice(
                values, "raman", "raman_shift_cm-1", ("a wavenumber axis taken as Raman shift",)
            )
        return AxisChoice(values, technique_of_axis(values, "wavenumber_cm-1"), "wavenumber_cm-1")
    asked = evidence.raman or source.technique == "raman"
    if _infrared_ends(values) and not asked and evidence.within(_PERCENT):
        note = "the axis is called a wavenumber and has the ends of an infrared spectrum: taken as one"
        return AxisChoice(values, "mir", "wavenumber_cm-1", (note,))
    if not asked and evidence.within(_RATIO) and _falls(values):
        note = "a falling wavenumber axis over small ordinates: taken as infrared"
        return AxisChoice(values, technique_of_axis(values, "wavenumber_cm-1"), "wavenumber_cm-1", (note,))
    note = "the axis is called a wavenumber: axis taken as Raman shift"
    return AxisChoice(values, "raman", "raman_shift_cm-1", (note,))


def _unnamed(values: NDArray[np.float64], evidence: Evidence, source: Source) -> AxisChoice:
    told = source.technique
    if told == "nir" and _inside(values, _NIR_RANGE_NM):
        return AxisChoice(
            values, "nir", "wavelength_nm", ("the axis has no name: taken as wavelength in nm",)
        )
    if told in ("nir", "mir"):
        note = "the axis has no name: taken as wavenumber in cm⁻¹"
        return AxisChoice(values, technique_of_axis(values, "wavenumber_cm-1"), "wavenumber_cm-1", (note,))
    if told == "raman" or (told is None and _looks_raman(values, evidence)):
        note = "the axis has no name: axis taken as Raman shift in cm⁻¹"
        return AxisChoice(values, "raman", "raman_shift_cm-1", (note,))
    low, high = _reach(values)
    if told is None and not evidence.raman:
        if _looks_wavenumber(values, evidence):
            note = f"the axis has no name: {low:.6g} to {high:.6g} taken as infrared wavenumber in cm⁻¹"
            return AxisChoice(
                values, technique_of_axis(values, "wavenumber_cm-1"), "wavenumber_cm-1", (note,)
            )
        if _looks_nir_wavelength(values, evidence):
            note = f"the axis has no name: {low:.6g} to {high:.6g} taken as wavelength in nm"
            return AxisChoice(values, "nir", "wavelength_nm", (note,))
    note = (
        f"an axis without a name from {low:.6g} to {high:.6g} may be a Raman shift, an infrared wavenumber "
        "or a wavelength: say which with --technique, or export with column names"
    )
    return AxisChoice(values, "other", "other", (note,))


def _looks_raman(values: NDArray[np.float64], evidence: Evidence) -> bool:
    low, high = _reach(values)
    if evidence.optical or not (low >= _LOWEST_SHIFT_CM1 and high <= _SHIFT_RANGE_CM1[1]):
        return False
    if evidence.raman or low < 0:
        return True
    if low >= _RAMAN_START_CM1 or _infrared_ends(values) or _looks_field(values, evidence):
        return False
    if low < _ONLY_RAMAN_CM1:
        return high >= _LOWEST_END_CM1
    if high <= _LONGEST_VISIBLE_NM and _step(values) < _VISIBLE_STEP_NM:
        return False
    if low >= _INFRARED_START_CM1[0] and high >= _SHIFT_END_CM1 and evidence.within(0.5 * _PERCENT + 10):
        return False
    return not evidence.within(_SMALL) or (low < _INFRARED_START_CM1[0] and high > _SHIFT_END_CM1)


def _looks_wavenumber(values: NDArray[np.float64], evidence: Evidence) -> bool:
    low, high = _reach(values)
    near = low >= LOWEST_NIR_CM1 and _NIR_END_CM1[0] <= high <= _NIR_END_CM1[1]
    return (near or _infrared_ends(values)) and evidence.within(_PERCENT)


def _looks_nir_wavelength(values: NDArray[np.float64], evidence: Evidence) -> bool:
    low, high = _reach(values)
    field_grid = (low, high, _step(values)) == _FIELD_GRID_NM and values.size == high - low + 1
    near = low >= _NIR_START_NM and _NIR_END_NM[0] <= high <= _NIR_END_NM[1]
    return (near or field_grid) and evidence.within(_RATIO)


def _looks_field(values: NDArray[np.float64], evidence: Evidence) -> bool:
    """Whether axis and ordinate may be those of a field spectrometer's reflectance."""
    low, high = _reach(values)
    finite = values[np.isfinite(values)]
    ends = _FIELD_START_NM[0] <= low <= _FIELD_START_NM[1] and _FIELD_END_NM[0] <= high <= _FIELD_END_NM[1]
    if not ends or not np.array_equal(finite, np.floor(finite)):
        return False
    ordinate = evidence.ordinate[np.isfinite(evidence.ordinate)]
    inside = bool(np.all((ordinate >= _FIELD_PERCENT[0]) & (ordinate <= _FIELD_PERCENT[1])))
    return inside and float(np.mean(np.abs(np.diff(finite)) == 1.0)) >= _FIELD_STEPS


def _infrared_ends(values: NDArray[np.float64]) -> bool:
    """Whether an axis begins and ends where Fourier-transform infrared instruments do."""
    low, high = _reach(values)
    usual = any(start <= high <= end for start, end in (_INFRARED_END_CM1, _WIDE_INFRARED_END_CM1))
    return usual and _INFRARED_START_CM1[0] <= low <= _INFRARED_START_CM1[1]


def _falls(values: NDArray[np.float64]) -> bool:
    finite = values[np.isfinite(values)]
    return finite.size > 1 and bool(finite[0] > finite[-1])


def _reach(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _step(values: NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return middle(np.abs(np.diff(np.clip(finite, -1e12, 1e12)))) if finite.size > 1 else 0.0


def _inside(values: NDArray[np.float64], limits: tuple[float, float]) -> bool:
    low, high = _reach(values)
    return bool(np.isfinite(values).any()) and low >= limits[0] and high <= limits[1]
