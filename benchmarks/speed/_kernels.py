"""Compiled loops of the benchmark: synthetic spectra, and what the machine can do at best."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra._jit import kernel

STEPS: Final = 32
"""Multiply-adds that ``multiply_add`` makes of each value it reads."""


@kernel
def draw_rows(
    bands: NDArray[np.float32],
    heights: NDArray[np.float32],
    moved: NDArray[np.float32],
    axis: NDArray[np.float32],
    noise: NDArray[np.float32],
    share: NDArray[np.float32],
) -> None:
    """Turn white noise into spectra of norm 1.

    Parameters
    ----------
    bands : array, shape (r, b, 3), float32
        Place, width at half height (cm⁻¹) and Lorentzian share of each band of each row.
    heights : array, shape (r, b), float32
        0 for a band that is not there.
    moved : array, shape (r,), float32
        Added to the places of a row.
    axis : array, shape (m,), float32
        Evenly spaced.
    noise : array, shape (r, m), float32
        Standard normal; becomes the spectra.
    share : array, shape (r,), float32
        Standard deviation of the noise over the highest point.
    """
    one, four, nothing = np.float32(1), np.float32(4), np.float32(0)
    start, step, n = axis[0], axis[1] - axis[0], axis.size
    row = np.empty(n, dtype=np.float32)
    for number in range(noise.shape[0]):
        row[:] = nothing
        for band in range(heights.shape[1]):
            height, width = heights[number, band], bands[number, band, 1]
            if height == nothing:
                continue
            place, lorentzian = bands[number, band, 0] + moved[number], bands[number, band, 2]
            scale, high = np.float32(2) / width, height * lorentzian
            for column in range(n):
                offset = (axis[column] - place) * scale
                row[column] += high * np.reciprocal(one + offset * offset)  # a division is checked for zero
            first = max(0, int((place - four * width - start) / step))
            last = min(n, int((place + four * width - start) / step) + 1)
            for column in range(first, last):
                offset = (axis[column] - place) * scale
                row[column] += (height - high) * np.exp2(-offset * offset)
        highest = nothing
        for column in range(n):
            highest = max(highest, row[column])
        square = nothing
        for column in range(n):
            value = max(row[column] + share[number] * highest * noise[number, column], nothing)
            noise[number, column] = value
            square += value * value
        inverse = one / np.sqrt(square)
        for column in range(n):
            noise[number, column] *= inverse


@kernel
def read_all(values: NDArray[np.float32]) -> float:
    """Read every value once."""
    total = np.float32(0)
    for place in range(values.size):
        total += values[place]
    return total


@kernel
def triad(values: NDArray[np.float32], others: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Read two values and write one, as STREAM's triad does."""
    factor = np.float32(3)
    for place in range(out.size):
        out[place] = values[place] + factor * others[place]


@kernel
def multiply_add(values: NDArray[np.float32], rounds: int) -> None:
    """Make ``STEPS`` multiply-adds of each value, over and over: arithmetic without memory."""
    shift = np.float32(0.5)
    for _ in range(rounds):
        for place in range(values.size):
            value = values[place]
            result = value
            for _ in range(STEPS):
                result = result * value + shift
            values[place] = result
