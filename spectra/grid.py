"""A common spectral axis: evenly spaced, hashable, compared exactly."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .errors import GridError
from .units import AXIS_UNITS, AxisUnit

MAX_POINTS = 1_000_000


@dataclass(frozen=True)
class Grid:
    """Evenly spaced spectral axis.

    Two grids are the same only if all four fields are equal, so a grid can be a cache key.

    Attributes
    ----------
    start : float
        First point, in ``unit``.
    step : float
        Distance between points, positive, in ``unit``.
    n_points : int
        Number of points, at least 2.
    unit : str
        One of ``spectra.units.AXIS_UNITS``.

    Raises
    ------
    GridError
        When a field is out of its range.
    """

    start: float
    step: float
    n_points: int
    unit: AxisUnit = "raman_shift_cm-1"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and math.isfinite(self.step) and self.step > 0):
            raise GridError(f"grid start {self.start!r}, step {self.step!r}: expected finite, step > 0")
        if not 2 <= self.n_points <= MAX_POINTS:
            raise GridError(f"grid of {self.n_points} points: expected 2 to {MAX_POINTS}")
        if self.unit not in AXIS_UNITS:
            raise GridError(f"grid unit {self.unit!r}: expected one of {', '.join(AXIS_UNITS)}")

    @property
    def stop(self) -> float:
        """Last point, in ``unit``."""
        return self.start + self.step * (self.n_points - 1)

    @cached_property
    def axis(self) -> NDArray[np.float64]:
        """All points, shape (n_points,), ascending, read-only."""
        axis = self.start + self.step * np.arange(self.n_points, dtype=np.float64)
        axis.flags.writeable = False
        return axis
