"""What the axis and the ordinate of a table with one spectrum a row are."""

import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...units import AxisUnit, Quantity, Technique
from .._source import Source
from .._technique import technique_of_axis
from ..parts.vocabulary import AxisKind, axis_kind, plain, signal_kind
from ._wide_cells import Words

_WAVELENGTHS: Final = ("wavelength_nm", "wavelength_um", "wavelength")
_AXES: Final = ("raman_shift", "wavenumber", *_WAVELENGTHS)
_OPTICAL: Final[tuple[Quantity, ...]] = ("absorbance", "reflectance", "transmittance")
_NM_WORDS: Final = ("wl", "nm", "lambda", "wvl")
_CM_WORDS: Final = ("wn", "cm")
_MICROMETRES: Final = re.compile(r"\b(?:[µμu]m|microns?|micromet(?:er|re)s?)\b", re.IGNORECASE)
_PARTS: Final = re.compile(r"\s/\s|;|\t|\||\bdata\s*:|\baxis\s*:", re.IGNORECASE)
_SIGNAL_UNITS: Final = re.compile(r"[^a-z]*(?:abs|refl?|trans|a|r|t)[^a-z]*")
# Absorbances and shares stay below; counts of a detector do not.
_LARGEST_RATIO: Final = 150.0
_LONGEST_NM: Final = 2700.0
_LONGEST_UM: Final = 30.0
_SHORTEST_NM: Final = 250.0
_LOWEST_NIR_CM1: Final = 3500.0
_HIGHEST_SHIFT_CM1: Final = 3700.0
# A Fourier spectrometer samples at a fraction of its HeNe laser's wavenumber.
_HENE_CM1: Final = 15_798.0
# As for narrow tables, see ``_axis``.
_ONLY_RAMAN_CM1: Final = 150.0
_LOWEST_END_CM1: Final = 300.0
_HENE_TOLERANCE: Final = 8e-4
_RAMAN: Final = re.compile(r"raman|\blaser\b|excitation")
_NM_NOTE: Final = "the axis has no unit: taken as wavelength in nm"
_CM_NOTE: Final = "the axis has no unit: taken as wavenumber in cm⁻¹"


@dataclass(frozen=True, eq=False)
class Meaning:
    """What a table's axis and ordinate are.

    Attributes
    ----------
    values : array, shape (m,)
        The axis in ``unit``.
    technique, unit, quantity : str
        Names of ``spectra.units``.
    x_text, y_text : str
        The words of the file they were read from.
    warnings : tuple of str
        What was assumed.
    """

    values: NDArray[np.float64]
    technique: Technique
    unit: AxisUnit
    quantity: Quantity = "unknown"
    x_text: str = ""
    y_text: str = ""
    warnings: tuple[str, ...] = ()


def decide_meaning(
    values: NDArray[np.float64], words: Words, texts: tuple[str, ...], largest: float, source: Source
) -> Meaning:
    """Decide unit, technique and quantity from words, from the caller, or from the range.

    Parameters
    ----------
    values : array, shape (m,)
        The axis as written.
    words : Words
        What stands around its numbers.
    texts : tuple of str
        Further texts that may name the axis or the ordinate, the surest first.
    largest : float
        The upper end of the usual ordinates, which tells counts from ratios.
    source : Source
        The file, for what the caller says of it.

    Raises
    ------
    UnsupportedError
        When the axis could be two things.
    """
    parts = tuple(part.strip() for text in texts for part in _PARTS.split(text) if part.strip())
    kind, x_text = _axis_words(words, parts)
    signal, y_text = _signal_words(words, parts)
    ratio = signal in _OPTICAL or largest <= _LARGEST_RATIO
    raman = any(_RAMAN.search(plain(text)) for text in (*texts, words.before))
    if kind in _WAVELENGTHS:
        found = _wavelength(values, kind, source)
    elif kind == "raman_shift" or (kind == "wavenumber" and raman):
        found = Meaning(values, "raman", "raman_shift_cm-1")
    elif kind == "wavenumber":
        found = _wavenumber(values, signal in _OPTICAL, ratio, source)
    else:
        found = _unnamed(values, ratio, raman, source)
    return replace(found, quantity=_quantity(signal, ratio), x_text=x_text, y_text=y_text)


def _axis_words(words: Words, parts: tuple[str, ...]) -> tuple[AxisKind | None, str]:
    unit = words.unit.replace("μ", "µ")
    if unit:
        kind: AxisKind = "wavelength_nm" if unit == "nm" else "wavenumber"
        return ("wavelength_um" if unit in ("um", "µm") else kind), words.unit
    before = plain(words.before.replace(".", " ")).strip(" _-:")
    if before in _NM_WORDS:
        return "wavelength_nm", before
    if before in _CM_WORDS:
        return "wavenumber", before
    for part in (before, plain(words.after), *parts):
        # "MicroNIR" is an instrument.
        text = part if _MICROMETRES.search(part) else re.sub("micro", "", part, flags=re.IGNORECASE)
        kinds = axis_kind(text) if text else None
        if kinds in _AXES:
            return kinds, part
    return None, ""


def _signal_words(words: Words, parts: tuple[str, ...]) -> tuple[str | None, str]:
    for part in (words.before, words.after, *parts):
        kind = signal_kind(part) if part else None
        if kind not in (None, "ignored"):
            return kind, part
    for part in (words.before, words.after):
        found = plain(part).strip(" _.-") if part and _SIGNAL_UNITS.fullmatch(part) else ""
        if found:
            kinds = {"a": "absorbance", "r": "reflectance", "t": "transmittance"}
            return kinds[found[0]], part
    return None, ""


def _quantity(signal: str | None, ratio: bool) -> Quantity:
    for optical in _OPTICAL:
        if signal == optical:
            return optical
    return "unknown" if signal is None or ratio else "counts"


def _wavelength(values: NDArray[np.float64], kind: AxisKind, source: Source) -> Meaning:
    notes: tuple[str, ...] = ()
    if kind == "wavelength_um" and float(values.max()) > _LONGEST_UM:
        raise UnsupportedError(
            f"{source.name}: wavelengths to {values.max():g} that the file calls µm, which no instrument "
            "measures. Export with the right unit in the heading."
        )
    if kind == "wavelength_um" or (kind == "wavelength" and float(values.max()) <= _LONGEST_UM):
        values, notes = values * 1000.0, ("wavelengths converted from µm to nm",)
    elif kind == "wavelength" and float(values.min()) < 100.0:
        raise UnsupportedError(
            f"{source.name}: a wavelength axis without a unit from {values.min():g} to {values.max():g}, "
            "which are no nm. Export with the unit in the heading."
        )
    return Meaning(values, technique_of_axis(values, "wavelength_nm"), "wavelength_nm", warnings=notes)


def _wavenumber(values: NDArray[np.float64], optical: bool, ratio: bool, source: Source) -> Meaning:
    infrared = optical or source.technique in ("nir", "mir")
    if infrared or float(values.max()) >= _HIGHEST_SHIFT_CM1 or values[0] > values[-1]:
        return _infrared(values)
    if source.technique == "raman" or not ratio:
        note = "the axis is called a wavenumber: axis taken as Raman shift"
        return Meaning(values, "raman", "raman_shift_cm-1", warnings=(note,))
    raise UnsupportedError(
        f"{source.name}: wavenumbers from {values.min():g} to {values.max():g} cm⁻¹ may be a Raman shift or "
        "infrared. Export with the name of the ordinate, or state the technique."
    )


def _infrared(values: NDArray[np.float64], *notes: str) -> Meaning:
    return Meaning(values, technique_of_axis(values, "wavenumber_cm-1"), "wavenumber_cm-1", warnings=notes)


def _unnamed(values: NDArray[np.float64], ratio: bool, raman: bool, source: Source) -> Meaning:
    low, high = float(values.min()), float(values.max())
    told = source.technique
    if told == "raman" or (told is None and raman):
        note = "the axis has no unit: taken as Raman shift in cm⁻¹"
        return Meaning(values, "raman", "raman_shift_cm-1", warnings=(note,))
    if low >= _LOWEST_NIR_CM1 or told == "mir":
        return _infrared(values, _CM_NOTE)
    if told is None and low < _ONLY_RAMAN_CM1 and high >= _LOWEST_END_CM1:
        note = "the axis has no unit and begins where only Raman does: taken as Raman shift in cm⁻¹"
        return Meaning(values, "raman", "raman_shift_cm-1", warnings=(note,))
    descends = values[0] > values[-1]
    if high > _LONGEST_NM:
        if told is None and not (ratio and (high >= _HIGHEST_SHIFT_CM1 or descends)):
            return _undecided(values)
        return _infrared(values, _CM_NOTE)
    if ratio and _fourier(values):
        return _infrared(values, _CM_NOTE)
    if told is None and (not ratio or low < _SHORTEST_NM or descends):
        return _undecided(values)
    return Meaning(values, technique_of_axis(values, "wavelength_nm"), "wavelength_nm", warnings=(_NM_NOTE,))


def _fourier(values: NDArray[np.float64]) -> bool:
    """Whether the steps are those of a Fourier spectrometer, as 3.857 or 1.928 cm⁻¹."""
    steps = np.abs(np.diff(values))
    usual = float(np.median(steps))
    if float(np.ptp(steps)) > 0.01 * usual or usual == round(usual, 1):
        return False
    mean = float(np.ptp(values)) / (values.size - 1)
    fraction = np.log2(_HENE_CM1 / mean)
    return bool(abs(_HENE_CM1 / 2.0 ** round(fraction) / mean - 1.0) <= _HENE_TOLERANCE)


def _undecided(values: NDArray[np.float64]) -> Meaning:
    note = (
        f"an axis without a unit from {values.min():g} to {values.max():g} may be a Raman shift, "
        "an infrared wavenumber or a wavelength: say which with --technique, or export with the unit"
    )
    return Meaning(values, "other", "other", warnings=(note,))
