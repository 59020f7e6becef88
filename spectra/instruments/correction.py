"""What a check of an instrument has found, applied to a spectrum of that instrument."""

from dataclasses import replace

from ..errors import SpectrumError
from ..spectrum import MAX_OFFSET_CM1, Spectrum
from .axis import MAX_STRETCH, PIVOT_CM1


def correct_axis(
    spectrum: Spectrum, offset_cm1: float, *, stretch: float = 0.0, note: str = "as a check of it found"
) -> Spectrum:
    """Put an axis right: ``x + offset_cm1 + stretch * (x - 1000)``.

    Parameters
    ----------
    spectrum : Spectrum
        On Raman shifts.
    offset_cm1 : float
        At 1000 cm⁻¹, at most ``MAX_OFFSET_CM1`` either way.
    stretch : float
        Dimensionless, at most ``MAX_STRETCH`` either way.
    note : str
        Where the correction comes from, for the spectrum's warnings.

    Raises
    ------
    SpectrumError
        A correction that is no number or larger, or an axis that is no Raman shift.
    """
    if not (abs(offset_cm1) <= MAX_OFFSET_CM1 and abs(stretch) <= MAX_STRETCH):
        raise SpectrumError(
            f"axis correction of {offset_cm1:g} cm-1 and stretch {stretch:g}: expected at most "
            f"{MAX_OFFSET_CM1:g} cm-1 and {MAX_STRETCH:g}; an instrument that is further off needs service"
        )
    if spectrum.unit != "raman_shift_cm-1":
        raise SpectrumError(f"axis correction in cm-1 for an axis in {spectrum.unit}: expected Raman shifts")
    if offset_cm1 == 0 and stretch == 0:
        return spectrum
    stretched = f" and {1000 * stretch:+g} cm-1 per 1000 cm-1" if stretch else ""
    warning = f"axis corrected by {offset_cm1:+g} cm-1 at {PIVOT_CM1:g} cm-1{stretched}, {note}"
    axis = spectrum.axis + offset_cm1 + stretch * (spectrum.axis - PIVOT_CM1)
    return replace(spectrum, axis=axis, warnings=(*spectrum.warnings, warning))
