"""What a reader hands over: two columns as they stand in the file, and what the file says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..spectrum import MetadataValue
from ..units import AxisUnit, Quantity, Technique


@dataclass(frozen=True, eq=False)
class Draft:
    """Two columns as they stand in the file, with what the file says of them.

    Attributes
    ----------
    axis, intensity : array, shape (m,), float64
        In file order; NaN or infinity where a cell held no number.
    technique, unit : str
        As decided by the reader.
    metadata : mapping
        Names of ``spectra.io``; the reader leaves unknown ones out.
    warnings : tuple of str
        What the reader had to note.
    may_restart : bool
        True when later blocks of the table may be something else and are left out.
    quantity : str
        What the ordinate is, one of ``spectra.units.QUANTITIES``.
    peaks : bool
        True for a list of bands or masses, which is no spectrum.
    counted : bool
        True when the file itself states how many points there are, so that few are no sign of damage.
    """

    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]
    technique: Technique = "raman"
    unit: AxisUnit = "raman_shift_cm-1"
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    may_restart: bool = False
    quantity: Quantity = "unknown"
    peaks: bool = False
    counted: bool = False
