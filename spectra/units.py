"""Names of what a spectral axis can be, and conversions between them."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

AxisUnit = Literal["raman_shift_cm-1", "wavenumber_cm-1", "wavelength_nm", "other"]
Technique = Literal["raman", "nir", "mir", "other"]

AXIS_UNITS: Final[tuple[AxisUnit, ...]] = ("raman_shift_cm-1", "wavenumber_cm-1", "wavelength_nm", "other")
TECHNIQUES: Final[tuple[Technique, ...]] = ("raman", "nir", "mir", "other")

Quantity = Literal["counts", "absorbance", "reflectance", "transmittance", "kubelka_munk", "unknown"]
"""What the ordinate is; ``counts`` stands for any intensity of light that is no ratio."""

QUANTITIES: Final[tuple[Quantity, ...]] = (
    "counts", "absorbance", "reflectance", "transmittance", "kubelka_munk", "unknown",
)  # fmt: skip

_NM_PER_CM: Final = 1e7


def raman_shift_cm1(wavelength_nm: NDArray[np.float64], laser_wavelength_nm: float) -> NDArray[np.float64]:
    """Raman shift of scattered light.

    Parameters
    ----------
    wavelength_nm : array, shape (m,)
        Wavelength of the scattered light, nm.
    laser_wavelength_nm : float
        Wavelength of the exciting laser, nm.

    Returns
    -------
    array, shape (m,)
        Shift in cm⁻¹, positive on the Stokes side.
    """
    return _NM_PER_CM / laser_wavelength_nm - _NM_PER_CM / wavelength_nm


def wavelength_shift_cm1(wavelength_nm: float, shift_nm: float) -> float:
    """Shift of the wavenumber that a small shift of the wavelength is.

    Parameters
    ----------
    wavelength_nm : float
        Where, nm.
    shift_nm : float
        What is added to the wavelength, nm.

    Returns
    -------
    float
        In cm⁻¹, of the opposite sign.
    """
    return _NM_PER_CM / (wavelength_nm + shift_nm) - _NM_PER_CM / wavelength_nm
