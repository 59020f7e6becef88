"""What a stream is told before its first frame."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra.errors import StreamError
from spectra.spectrum import MetadataValue, Spectrum
from spectra.streams.blocks import Blocks
from spectra.streams.cusum import limit_for
from spectra.streams.sequential import Schedule
from spectra.units import AxisUnit, Technique

from ..embedded import UNITS

BEGIN_REFERENCE: Final = 1.0
"""k of the test for a beginning: half the shift of a frame's score that is noticed soonest."""
END_REFERENCE: Final = 1.5
END_LIMIT: Final = 4.0
"""k and h of the test for an end: about three frames, once the place is empty."""
CHANGE_REFERENCE: Final = 1.5
"""k of the test for another spectrum inside an item."""


@dataclass(frozen=True, eq=False)
class StreamConfig:
    """A stream's axis, its error rates and its times.

    Attributes
    ----------
    axis : array, shape (m,)
        Of every frame, strictly ascending or descending; copied.
    technique : str
        ``raman`` or ``nir``.
    unit : str, optional
        Of the axis; that of the technique by default.
    metadata : mapping
        What is known of the measurement, under the names that ``spectra.io`` documents.
    trigger : bool, optional
        True: items are what lies between the triggers ``begin`` and ``end``. False: triggers are passed over
        and changes alone count. None: changes, until the first trigger comes.
    deadline_s : float, optional
        Seconds from an item's first frame until it must be decided; None for until it ends.
    stuck_s : float
        Seconds after which an item that does not end is reported, and again after as many.
    alpha : float
        Share of the items that the library does not hold of which something may be stated.
    schedule : Schedule
        When an item's average is looked at.
    background_frames : int
        Frames of the empty place that are needed before changes are noticed, at least 40.
    memory_frames : int
        Frames after which the background forgets, at least 50.
    false_start_frames : float
        Frames of the empty place between false beginnings, in the mean.
    gap_frames : float
        Usual frame intervals that may pass between two frames of one item; a longer gap ends it.
    full_scale : float, optional
        Value at which the detector is at its limit; found by the shape of the top by default.
    subtract : bool
        Whether the background that an item leaves to be seen is taken off.

    Raises
    ------
    StreamError
        A value that cannot be.
    SpectrumError
        An axis, technique or unit that no spectrum can have.
    """

    axis: NDArray[np.float64]
    technique: Technique = "raman"
    unit: AxisUnit | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    trigger: bool | None = None
    deadline_s: float | None = None
    stuck_s: float = 60.0
    alpha: float = 0.01
    schedule: Schedule = field(default_factory=Schedule)
    background_frames: int = 128
    memory_frames: int = 500
    false_start_frames: float = 1e6
    gap_frames: float = 5.0
    full_scale: float | None = None
    subtract: bool = True

    def __post_init__(self) -> None:
        _check(self)
        try:
            axis = np.array(self.axis, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise StreamError(f"axis is no array of numbers ({error})") from error
        unit = self.unit or UNITS.get(self.technique, "raman_shift_cm-1")
        Spectrum(axis, np.zeros(axis.shape), self.technique, unit)  # whose errors say what is wrong
        axis.flags.writeable = False
        object.__setattr__(self, "axis", axis)
        object.__setattr__(self, "unit", unit)
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))
        limit_for(self.false_start_frames, reference=BEGIN_REFERENCE)

    @property
    def blocks(self) -> Blocks:
        """In which changes are sought."""
        return Blocks(int(self.axis.size))


def _check(config: StreamConfig) -> None:
    times = {"deadline_s": config.deadline_s, "stuck_s": config.stuck_s, "full_scale": config.full_scale}
    for name, seconds in times.items():
        if seconds is not None and not 0.0 < seconds < math.inf:
            raise StreamError(f"{name} {seconds}: expected a number above 0")
    if not 0.0 < config.alpha < 1.0:
        raise StreamError(f"alpha {config.alpha}: expected an error rate above 0 and below 1")
    if config.background_frames < 40 or config.memory_frames < 50:
        raise StreamError(
            f"background of {config.background_frames} frames, memory of {config.memory_frames}: "
            "expected at least 40 and 50, or their covariance is noise"
        )
    if not 1.5 <= config.gap_frames < math.inf:
        raise StreamError(f"gap of {config.gap_frames} frames: expected at least 1.5")
