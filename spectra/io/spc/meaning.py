"""What the codes and labels of an SPC file say: axis, ordinate, technique.

The code for Raman shift is younger than the format, and many Raman programs write plain wavenumbers;
the technique code, the labels, the comment and the log then tell.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity, Technique
from .._technique import technique_of_axis
from ..parts.vocabulary import axis_kind, signal_kind
from .header import LABEL_TYPE, LABELS, Header

_X_NAMES: Final = (
    "Arbitrary", "Wavenumber (cm-1)", "Micrometers", "Nanometers", "Seconds", "Minutes", "Hertz",
    "Kilohertz", "Megahertz", "Mass (m/z)", "Parts per million", "Days", "Years", "Raman shift (cm-1)",
    "eV", "", "Diode number", "Channel", "Degrees", "Temperature (F)", "Temperature (C)",
    "Temperature (K)", "Data points", "Milliseconds", "Microseconds", "Nanoseconds", "Gigahertz",
    "Centimeters", "Meters", "Millimeters", "Hours", "Angstroms",
)  # fmt: skip
_Y_NAMES: Final[Mapping[int, str]] = {
    0: "Arbitrary intensity", 1: "Interferogram", 2: "Absorbance", 3: "Kubelka-Munk", 4: "Counts",
    5: "Volts", 6: "Degrees", 7: "Milliamps", 8: "Millimeters", 9: "Millivolts", 10: "Log(1/R)",
    11: "Percent", 12: "Intensity", 13: "Relative intensity", 14: "Energy", 16: "Decibel",
    17: "Abundance", 18: "Relative abundance",
    19: "Temperature (F)", 20: "Temperature (C)", 21: "Temperature (K)", 22: "Index of refraction",
    23: "Extinction coefficient", 24: "Real", 25: "Imaginary", 26: "Complex", 128: "Transmission",
    129: "Reflectance", 130: "Single beam", 131: "Emission",
}  # fmt: skip
_UNITS: Final[Mapping[int, AxisUnit]] = {
    1: "wavenumber_cm-1", 2: "wavelength_nm", 3: "wavelength_nm", 13: "raman_shift_cm-1",
    31: "wavelength_nm",
}  # fmt: skip
_LABELLED: Final[Mapping[str, AxisUnit]] = {
    "raman_shift": "raman_shift_cm-1", "wavenumber": "wavenumber_cm-1",
    "wavelength_nm": "wavelength_nm", "wavelength_um": "wavelength_nm",
}  # fmt: skip
_QUANTITIES: Final[Mapping[int, Quantity]] = {
    2: "absorbance", 3: "kubelka_munk", 4: "counts", 10: "absorbance", 12: "counts",
    128: "transmittance", 129: "reflectance", 131: "counts",
}  # fmt: skip
_SIGNALS: Final[Mapping[str, Quantity]] = {
    "absorbance": "absorbance", "reflectance": "reflectance", "transmittance": "transmittance",
    "intensity": "counts", "raw": "counts", "processed": "counts", "dark_subtracted": "counts",
}  # fmt: skip
_OPTICAL: Final = frozenset({"absorbance", "reflectance", "transmittance", "kubelka_munk"})
_NM_PER_UM: Final = 1000.0
_FACTORS: Final[Mapping[int, float]] = {2: _NM_PER_UM, 31: 0.1}

_MASS: Final = 9
_FT: Final = 4
_NIR: Final = 5
_UV: Final = 7
_RAMAN: Final = 11
# Techniques that leave open whether it is Raman: none stated, and the Fourier transform instruments.
_OPEN: Final = frozenset({0, _FT, _RAMAN})
_SPECTRAL: Final = frozenset({0, _FT, _NIR, _UV, _RAMAN})

# Raman shifts as wavenumbers lie here; scattered light itself does not.
_SHIFTS: Final = (-5000.0, 5000.0)
_WORD: Final = re.compile(r"(?<![a-z])raman(?![a-z]*freq)", re.IGNORECASE)


@dataclass(frozen=True)
class Meaning:
    """What a file's numbers are.

    Attributes
    ----------
    unit, technique, quantity : str
        Names of ``spectra.units``.
    peaks : bool
        True for masses.
    factor : float
        From the file's axis values to ``unit``.
    x_name, y_name : str
        As the file names them.
    warnings : tuple of str
        What was concluded rather than read.
    """

    unit: AxisUnit
    technique: Technique
    quantity: Quantity
    peaks: bool
    factor: float
    x_name: str
    y_name: str
    warnings: tuple[str, ...] = ()


def find_meaning(
    header: Header, log: Mapping[str, str], axis: NDArray[np.float64], *, laser_nm: MetadataValue
) -> Meaning:
    """Decide what axis and ordinate are.

    Parameters
    ----------
    header : Header
        Of the file.
    log : mapping
        Its log.
    axis : array, shape (m,)
        Of its first subfile.
    laser_nm : float or None
        Excitation that the log states.
    """
    unit, factor, x_name, notes = _axis(header)
    quantity, y_name = _ordinate(header)
    evidence = _raman_evidence(header, log, laser_nm)
    is_open = header.experiment in _OPEN and (quantity not in _OPTICAL or header.experiment == _RAMAN)
    low, high = float(np.min(axis, initial=np.inf)), float(np.max(axis, initial=-np.inf))
    technique: Technique
    if unit == "wavenumber_cm-1" and evidence and is_open and _SHIFTS[0] <= low and high <= _SHIFTS[1]:
        unit = "raman_shift_cm-1"
        notes.append(f"the axis is given as {x_name!r} and taken as Raman shift: {evidence}")
    scattered = unit == "wavelength_nm" and evidence and is_open and _beyond(laser_nm, factor * high)
    if unit == "raman_shift_cm-1" or scattered:
        technique = "raman"
    else:
        technique = _other_technique(header, factor * axis, unit)
    if quantity == "unknown" and technique == "raman":
        quantity = "counts"
    peaks = header.x_type == _MASS and unit == "other"
    return Meaning(unit, technique, quantity, peaks, factor, x_name, y_name, tuple(notes))


def _axis(header: Header) -> tuple[AxisUnit, float, str, list[str]]:
    """Find unit, factor to it, name and notes of the axis; a label that says something wins."""
    code, label = header.x_type, header.labels[0] if _uses_labels(header) else ""
    by_code = _UNITS.get(code, "other")
    name = label or (_X_NAMES[code] if code < len(_X_NAMES) else "")
    factor = _FACTORS.get(code, 1.0)
    kind = axis_kind(label) if label else None
    if kind is None or kind not in _LABELLED:
        return by_code, factor, name, []
    by_label = _LABELLED[kind]
    # "Wavenumber" is what many call a shift too: the code is the more precise.
    if (by_code, by_label) == ("raman_shift_cm-1", "wavenumber_cm-1"):
        return by_code, 1.0, name, []
    notes = []
    if by_code not in ("other", by_label, "wavenumber_cm-1") or (code and by_code == "other"):
        notes.append(f"the axis is labelled {label!r} and coded {_X_NAMES[code] or code!r}: the label used")
    return by_label, _NM_PER_UM if kind == "wavelength_um" else 1.0, name, notes


def _uses_labels(header: Header) -> bool:
    return header.has(LABELS) or header.x_type in (0, LABEL_TYPE)


def _ordinate(header: Header) -> tuple[Quantity, str]:
    """Quantity and name of the ordinate."""
    label = header.labels[1] if header.has(LABELS) or header.y_type == LABEL_TYPE else ""
    signal = signal_kind(label) if label else None
    by_code = _QUANTITIES.get(header.y_type, "unknown")
    # A code that says something is more precise than words of the writer's own.
    quantity = by_code if by_code != "unknown" else _SIGNALS.get(signal or "", "unknown")
    return quantity, label or _Y_NAMES.get(header.y_type, "")


def _raman_evidence(header: Header, log: Mapping[str, str], laser_nm: MetadataValue) -> str:
    """Where the file says that it is a Raman spectrum; empty when nowhere."""
    if header.experiment == _RAMAN:
        return "the file's technique is Raman"
    texts = (header.comment, header.source, header.method, header.labels[1])
    if any(_WORD.search(text) for text in texts):
        return "the header names Raman"
    if isinstance(laser_nm, float):
        return f"the log states a laser of {laser_nm:g} nm"
    return "the log names Raman" if any(_WORD.search(value) for value in log.values()) else ""


def _beyond(laser_nm: MetadataValue, longest_nm: float) -> bool:
    """Whether scattered light of the laser can be on an axis that ends there."""
    return not isinstance(laser_nm, float) or laser_nm < longest_nm


def _other_technique(header: Header, axis: NDArray[np.float64], unit: AxisUnit) -> Technique:
    if unit == "other" or header.experiment not in _SPECTRAL or header.experiment == _RAMAN:
        return "other"
    by_axis = technique_of_axis(axis, unit)
    return "nir" if header.experiment == _NIR and by_axis == "other" else by_axis
