"""Whether a frame still shows what the frames before it showed, whatever its brightness.

An item that moves through the focus changes in height, lets more or less of the belt be seen, and bleaches:
none of this is another substance. So the frame is fitted by the average, the background and a parabola, and
what is left in the blocks is compared with its noise.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .blocks import Blocks

FloatArray = NDArray[np.float64]

SHAPE_ERROR: Final = 0.03
"""Share of the item's own signal by which its shape may vary from frame to frame: focus, speckle."""
UNKNOWN_SMOOTHING: Final = 4.0
"""Factor on the noise between neighbours where no background has told how the device smooths."""


def unlikeness(
    frame: FloatArray,
    average: FloatArray,
    n_frames: int,
    *,
    blocks: Blocks,
    background: FloatArray | None = None,
    smoothing: FloatArray | None = None,
) -> float:
    """Score of what a frame shows that the average does not: standard normal where nothing does.

    The sum of the blocks' squared residuals over their variances follows χ²; Wilson and Hilferty's cube root
    (PNAS 17, 1931, 684) makes it normal.

    Parameters
    ----------
    frame, average : array, shape (m,)
        One frame; the mean of those before it.
    n_frames : int
        Frames in the average.
    blocks : Blocks
        Of the channels.
    background : array, shape (m,), optional
        Of the empty place.
    smoothing : array, shape (p,), optional
        ``Background.smoothing``.

    Returns
    -------
    float
    """
    columns = [average] if background is None else [average, background]
    fitted = _fit(frame, columns, blocks)
    left = frame - fitted
    x = np.linspace(-1.0, 1.0, blocks.n)
    rows = blocks.means(np.array(columns))
    design = np.column_stack([*rows, np.ones_like(x), x, x * x])
    known = np.full(blocks.n, UNKNOWN_SMOOTHING) if smoothing is None else smoothing
    own = rows[0] if background is None else rows[0] - rows[1]
    own = own - np.polynomial.polynomial.polyval(x, np.polynomial.polynomial.polyfit(x, own, 2))
    variance = known * _steady(blocks.noise(left)) * (1.0 + 1.0 / n_frames)
    variance = variance + SHAPE_ERROR**2 * float(np.mean(own**2))
    variance = variance + 1e-24 * float(np.max(np.abs(rows))) ** 2 + 1e-300
    root = np.sqrt(variance)
    solved = np.linalg.lstsq(design / root[:, None], blocks.means(frame) / root, rcond=1e-10)
    residual = (blocks.means(frame) - design @ solved[0]) / root
    freedom = max(blocks.n - int(solved[2]), 1)
    ratio = float(residual @ residual) / freedom
    part = 2.0 / (9.0 * freedom)
    return float((np.cbrt(ratio) - (1.0 - part)) / np.sqrt(part))


def _fit(frame: FloatArray, columns: list[FloatArray], blocks: Blocks) -> FloatArray:
    """Best sum of the columns and a parabola: what third differences of the rest see is noise."""
    x = np.linspace(-1.0, 1.0, frame.size)
    design = np.column_stack([*columns, np.ones_like(x), x, x * x])
    scale = np.maximum(np.abs(design).max(axis=0), 1e-300)
    solved = np.linalg.lstsq(blocks.means((design / scale).T).T, blocks.means(frame), rcond=1e-10)[0]
    fitted: FloatArray = (design / scale) @ solved
    return fitted


def _steady(noise: FloatArray) -> FloatArray:
    """Mean of each block's noise and its neighbours': a block alone has too few channels."""
    padded = np.concatenate(([noise[0]], noise, [noise[-1]]))
    mean: FloatArray = (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0
    return mean
