"""Whether a process grows: its resident memory over time, with what the noise allows to say.

The slope is that of least squares through the means of blocks of the samples (method of batch means): samples
a second apart are anything but independent, means over many seconds nearly are. Its standard error is that of
the regression on them. Law and Kelton, Simulation Modeling and Analysis, 3rd ed., section 9.5.3.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

BLOCKS: Final = 10
SETTLED: Final = 0.3
"""Share of a run that is left out: caches fill, and the allocator takes what it will go on using."""
LEVEL: Final = 0.99
"""Of the one-sided statement that a process grows."""
LEAST_MB: Final = 2.0
"""Growth over a whole run below which nothing is stated: what two loads of one library differ by."""
JUDGED_MIN: Final = 3.0
"""Minutes that it takes to tell growth from caches that fill: a shorter run says nothing."""
_MB: Final = 1e6


@dataclass(frozen=True)
class Slope:
    """Growth of a process.

    Attributes
    ----------
    mb_per_min : float
        10⁶ bytes a minute.
    error : float
        Standard error of it; infinite where the run is too short to say.
    minutes : float
        Time that it was taken over.
    first_mb, last_mb : float
        Mean of the first and of the last block.
    """

    mb_per_min: float
    error: float
    minutes: float
    first_mb: float
    last_mb: float

    @property
    def grows(self) -> bool:
        """Whether growth is above noise: beyond chance, and more in all than loads differ by."""
        from scipy.stats import t

        if self.minutes < JUDGED_MIN:
            return False
        bound = self.mb_per_min - float(t.ppf(LEVEL, BLOCKS - 2)) * self.error
        return bound > 0 and self.mb_per_min * self.minutes > LEAST_MB


def slope_of(times_s: list[float], values_mb: list[float]) -> Slope:
    """Slope through block means.

    Parameters
    ----------
    times_s, values_mb : list of float, equally long
        Samples in order, warm-up left out.
    """
    if len(times_s) < 2 * BLOCKS:
        return Slope(0.0, math.inf, 0.0, *(values_mb[:1] or [0.0]), *(values_mb[-1:] or [0.0]))
    x = np.array([part.mean() for part in np.array_split(np.asarray(times_s) / 60.0, BLOCKS)])
    y = np.array([part.mean() for part in np.array_split(np.asarray(values_mb), BLOCKS)])
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    left = y - y.mean() - slope * centred
    error = math.sqrt(float(left @ left) / (BLOCKS - 2) / float(centred @ centred))
    return Slope(slope, error, (times_s[-1] - times_s[0]) / 60.0, float(y[0]), float(y[-1]))


def resident_mb(pid: int) -> float | None:
    """Resident memory of a process, 10⁶ bytes; None where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    import resource

    return pages * resource.getpagesize() / _MB


class Sampler(threading.Thread):
    """Looks at a process's memory now and then, until told to stop.

    Parameters
    ----------
    pid : callable
        Of the process.
    every_s : float
        Seconds between looks.
    """

    def __init__(self, pid: Callable[[], int], every_s: float = 0.5) -> None:
        super().__init__(daemon=True)
        self._pid, self._every_s = pid, every_s
        self._ended = threading.Event()
        self.times_s: list[float] = []
        self.values_mb: list[float] = []

    def run(self) -> None:
        """Sample."""
        while not self._ended.wait(self._every_s):
            found = resident_mb(self._pid())
            if found is not None:
                self.times_s.append(time.monotonic())
                self.values_mb.append(found)

    def stop(self) -> Slope:
        """Stop, and say how it went."""
        self._ended.set()
        self.join()
        first = int(SETTLED * len(self.times_s))
        return slope_of(self.times_s[first:], self.values_mb[first:])
