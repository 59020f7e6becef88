"""Turns a band table into a spectrum: a sum of pseudo-Voigt bands."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .tables import Band

FOUR_LN2: Final = 4.0 * float(np.log(2.0))


def synthesise(bands: Iterable[Band], axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the bands at every point of ``axis``.

    One band of height h, centre c, full width at half maximum w and Lorentz share η is

    ``h · (η / (1 + 4 u²) + (1 − η) · exp(−4 ln 2 · u²))`` with ``u = (x − c) / w``,

    the pseudo-Voigt of Wertheim et al., Rev. Sci. Instrum. 45 (1974) 1369,
    10.1063/1.1686503, in the form of one common width and unit height.

    Parameters
    ----------
    bands : iterable of Band
        None gives a flat zero.
    axis : array, shape (m,)
        Raman shift, cm⁻¹.

    Returns
    -------
    intensity : array, shape (m,), float64
        In the unit of the heights.
    """
    points = np.asarray(axis, dtype=np.float64)
    intensity = np.zeros(points.shape, dtype=np.float64)
    for band in bands:
        squared = ((points - band.position_cm1) / band.fwhm_cm1) ** 2
        lorentz = 1.0 / (1.0 + 4.0 * squared)
        gauss = np.exp(-FOUR_LN2 * squared)
        intensity += band.height * (band.eta * lorentz + (1.0 - band.eta) * gauss)
    return intensity
