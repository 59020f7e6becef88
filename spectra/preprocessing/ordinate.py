"""One ordinate for all instruments: a spectrum in absorbance, whatever its file holds."""

from dataclasses import replace
from typing import Final

import numpy as np

from ..errors import SpectrumError
from ..spectrum import Spectrum
from .absorbance import FLOOR, Scale, absorbance

PERCENT_ABOVE: Final = 2.5
"""A reflectance whose highest value is above this is in percent: two and a half times as bright as the
white standard is no sample, and nothing that absorbs everything but 2.5 % is scanned in reflectance."""


MAX_PERCENT: Final = 150.0
"""No ratio of light is larger, in percent: what scatters more than the white standard does by little."""


def as_absorbance(spectrum: Spectrum) -> Spectrum:
    """Spectrum in absorbance, with what was done among its warnings.

    Parameters
    ----------
    spectrum : Spectrum
        Its metadata's ``quantity`` says what the ordinate is; ``unknown`` or none is taken as absorbance
        when its values can be one. A percent sign in ``y_column`` says that it is in percent, else
        values above 2.5 do.

    Returns
    -------
    Spectrum
        As given when it is in absorbance.

    Raises
    ------
    SpectrumError
        Counts, which say nothing without those of a reference, or an unknown ordinate that
        cannot be absorbance.
    """
    quantity = spectrum.metadata.get("quantity") or "unknown"
    if quantity == "absorbance":
        return spectrum
    if quantity == "counts":
        raise SpectrumError(
            "the ordinate is counts: expected absorbance, reflectance or transmittance; "
            "export those, or the reference's counts with the sample's"
        )
    if quantity == "unknown":
        return _assumed(spectrum)
    if quantity not in ("reflectance", "transmittance", "kubelka_munk"):
        raise SpectrumError(f"ordinate {quantity!r}: expected absorbance, reflectance or transmittance")
    scale = ordinate_scale(spectrum) if quantity != "kubelka_munk" else "fraction"
    _, absorbed = absorbance(spectrum.axis, spectrum.intensity, quantity=quantity, scale=scale)  # type: ignore[arg-type]
    notes = [f"absorbance computed from {quantity}" + (" in percent" if scale == "percent" else "")]
    dark = int(np.count_nonzero(absorbed >= -np.log10(FLOOR)))
    if dark:
        notes.append(f"{dark} points without light, taken as an absorbance of {-np.log10(FLOOR):g}")
    metadata = {**spectrum.metadata, "quantity": "absorbance"}
    return replace(spectrum, intensity=absorbed, metadata=metadata, warnings=(*spectrum.warnings, *notes))


def ordinate_scale(spectrum: Spectrum) -> Scale:
    """Whether a reflectance or transmittance is a fraction or in percent.

    Parameters
    ----------
    spectrum : Spectrum
        Its column's name is believed before its values are.
    """
    if "%" in str(spectrum.metadata.get("y_column") or ""):
        return "percent"
    return "percent" if float(spectrum.intensity.max()) > PERCENT_ABOVE else "fraction"


def may_be(spectrum: Spectrum, quantity: str) -> bool:
    """Whether values without a name can be a quantity, by their range alone.

    Parameters
    ----------
    spectrum : Spectrum
        Whose file does not say what it holds.
    quantity : str
        ``absorbance``, or ``reflectance``, which is to say any ratio of light.
    """
    values = spectrum.intensity
    if quantity == "absorbance":
        return bool(float(np.abs(values).max()) <= -np.log10(FLOOR))
    return float(values.min()) > 0.0 and float(values.max()) <= MAX_PERCENT


def _assumed(spectrum: Spectrum) -> Spectrum:
    highest = float(np.abs(spectrum.intensity).max())
    if highest > -np.log10(FLOOR):
        raise SpectrumError(
            f"nothing says what the ordinate is, and values up to {highest:g} are no absorbance: "
            "name the column in the file (absorbance, reflectance or transmittance)"
        )
    metadata = {**spectrum.metadata, "quantity": "absorbance"}
    note = "nothing says what the ordinate is: taken as absorbance"
    return replace(spectrum, metadata=metadata, warnings=(*spectrum.warnings, note))
