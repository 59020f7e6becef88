"""Which technique an axis belongs to when a file tells the axis alone."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..units import AxisUnit, Technique

LOWEST_NIR_CM1: Final = 3500.0
"""Near infrared begins where the fundamental vibrations end."""

_HIGHEST_NIR_CM1: Final = 14_500.0
_SHORTEST_NIR_NM: Final = 600.0
_LONGEST_NIR_NM: Final = 2700.0
_LONGEST_VISIBLE_NM: Final = 1000.0


def technique_of_axis(axis: NDArray[np.float64], unit: AxisUnit) -> Technique:
    """Technique of a spectrum of which only the axis is known.

    Parameters
    ----------
    axis : array, shape (m,)
        In ``unit``; non-finite values are left out.
    unit : str
        One of ``spectra.units.AXIS_UNITS``.

    Returns
    -------
    str
        ``raman`` for a Raman shift; ``nir`` for an axis that lies in the near infrared or runs from the
        visible well into it; ``mir`` where it reaches the fundamental vibrations; ``other`` besides.
    """
    finite = axis[np.isfinite(axis)]
    if unit == "raman_shift_cm-1":
        return "raman"
    if unit == "other" or not finite.size:
        return "other"
    low, high = float(finite.min()), float(finite.max())
    if unit == "wavelength_nm":
        if high > _LONGEST_NIR_NM:
            return "mir" if low >= _SHORTEST_NIR_NM else "other"
        return "nir" if high > _LONGEST_VISIBLE_NM or low >= _SHORTEST_NIR_NM else "other"
    if high > _HIGHEST_NIR_CM1:
        return "other"
    return "nir" if low >= LOWEST_NIR_CM1 else "mir"
