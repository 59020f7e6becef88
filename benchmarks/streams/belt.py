"""A simulated belt under a spectrometer, with measured shapes on it."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from libraries.library import Library
from libraries.streams import Frame, ItemBegun, Stream, StreamConfig

from ..accuracy import cases
from ..accuracy.figures import share

AXIS: Final = np.arange(330.0, 1700.0, 2.0)
READ: Final = 5.0
LEVEL: Final = 400.0
"""Counts of the belt's smooth background; its noise is what signal-to-noise is stated against."""
SPEED: Final = 10.0
"""Frames a second."""
LENGTH: Final = 60

Floats = NDArray[np.float64]


@dataclass(eq=False)
class Belt:
    """Makes frames of a belt: seeded, the lamp drifting by 2 % in a minute and flickering by 0.3 %."""

    shape: Floats
    rng: np.random.Generator
    drift: float = 0.02
    flicker: float = 0.003
    n: int = 0
    _wave: float = 0.0

    def frame(self, item: Floats | float = 0.0) -> Frame:
        """Next frame, with an item on it."""
        self.n += 1
        self._wave = 0.9 * self._wave + self.rng.normal(0.0, self.flicker * 0.44)
        lamp = 1.0 + self.drift * np.sin(2.0 * np.pi * self.n / (60.0 * SPEED)) + self._wave
        light = np.maximum(lamp * (self.shape + item), 0.0)
        counts = light + self.rng.normal(0.0, 1.0, AXIS.size) * np.sqrt(light + READ**2)
        if self.rng.random() < 0.05:
            counts[self.rng.integers(AXIS.size)] += self.rng.exponential(2000.0)
        return Frame(self.n / SPEED, counts, sequence=self.n)


def shape_of(axis: Floats, intensity: Floats) -> Floats:
    """Spectrum on the belt's axis, from 0 to 1."""
    values = np.interp(AXIS, axis, intensity)
    return (values - values.min()) / np.ptp(values)


def belt_shape(library: Library) -> Floats:
    """Light of the empty belt: polypropylene on a smooth slope."""
    own = next(r.spectrum for r in library.references if r.label.substance == "Polypropylene")
    return LEVEL * (0.5 + np.exp(-(AXIS - 330.0) / 900.0)) + 0.5 * LEVEL * shape_of(own.axis, own.intensity)


def noise_of(shape: Floats) -> float:
    """Noise of one frame of the empty belt."""
    return float(np.sqrt(np.median(shape) + READ**2))


class Silent:
    """Engine that never states anything: for what needs no engine."""

    def identify(self, *_args: Any, **_how: Any) -> Any:
        """Fail."""
        raise RuntimeError("nobody asks")


def empty(
    library: Library, n_frames: int, run_length: float, *, drift: float, flicker: float
) -> dict[str, Any]:
    """Count beginnings on an empty belt."""
    belt = Belt(belt_shape(library), np.random.default_rng(3), drift, flicker)
    stream = Stream(Silent(), StreamConfig(AXIS, false_start_frames=run_length))
    found = sum(isinstance(event, ItemBegun) for _ in range(n_frames) for event in stream.push(belt.frame()))
    counted = share(found, n_frames - 128)
    per_hour = 3600.0 * SPEED
    return {
        "stated_frames": run_length,
        "drift": drift,
        "flicker": flicker,
        "frames": n_frames,
        "false_starts": found,
        "per_hour": found / (n_frames - 128) * per_hour,
        "per_hour_high": counted.high * per_hour,
    }


def delays(library: Library, shapes: list[cases.Case], snr: float) -> dict[str, Any]:
    """Count frames from an item's first to its beginning, for items of one signal-to-noise."""
    shape, rng = belt_shape(library), np.random.default_rng(5)
    belt = Belt(shape, rng)
    stream = Stream(Silent(), StreamConfig(AXIS))
    for _ in range(300):
        stream.push(belt.frame())
    found: list[int] = []
    for case in shapes:
        light = snr * noise_of(shape) * shape_of(case.axis, case.intensity)
        for turn in range(LENGTH):
            if any(isinstance(event, ItemBegun) for event in stream.push(belt.frame(light))):
                found.append(turn + 1)
                break
        for _ in range(40):
            stream.push(belt.frame())
    seen = share(len(found), len(shapes))
    quantiles = np.quantile(found, (0.5, 0.9)).tolist() if found else [None, None]
    return {
        "snr": snr,
        "k": seen.k,
        "n": seen.n,
        "low": seen.low,
        "high": seen.high,
        "median": quantiles[0],
        "quantile_90": quantiles[1],
    }
