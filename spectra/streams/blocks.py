"""Spectra in a few blocks of neighbouring channels: what a change is sought in."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MOST_BLOCKS: Final = 32
FEWEST_BLOCKS: Final = 8
_CHANNELS: Final = 16
"""Channels that a block has at the least, where there are enough for ``FEWEST_BLOCKS``."""
_THIRD_DIFFERENCE: Final = 20.0
"""Variance of a third difference of white noise of variance 1."""


@dataclass(frozen=True)
class Blocks:
    """Cuts ``n_channels`` channels into blocks of nearly equal size.

    A block averages its channels' own noise away and leaves few enough numbers for their covariance to be
    known from some hundred frames.

    Attributes
    ----------
    n_channels : int
        Points of a spectrum, at least 20.
    starts : array, shape (p,)
        First channel of each block.
    sizes : array, shape (p,)
        Channels of each block.
    """

    n_channels: int
    starts: NDArray[np.int64] = field(init=False, repr=False, compare=False)
    sizes: FloatArray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        n = min(max(self.n_channels // _CHANNELS, FEWEST_BLOCKS), MOST_BLOCKS)
        edges = np.linspace(0, self.n_channels, n + 1).astype(np.int64)
        object.__setattr__(self, "starts", edges[:-1])
        object.__setattr__(self, "sizes", np.diff(edges).astype(np.float64))

    @property
    def n(self) -> int:
        """Number of blocks."""
        return int(self.starts.size)

    def means(self, values: FloatArray) -> FloatArray:
        """Mean of each block, shape (..., m) to (..., p)."""
        found: FloatArray = np.add.reduceat(values, self.starts, axis=-1) / self.sizes
        return found

    def noise(self, residual: FloatArray) -> FloatArray:
        """Variance that a block's mean has by the noise between neighbouring channels.

        Parameters
        ----------
        residual : array, shape (m,)
            What is left of a spectrum: third differences see nothing of what is smooth in it.

        Returns
        -------
        array, shape (p,)
            Too low where the device smooths: see ``Background.smoothing``.
        """
        third = np.zeros_like(residual)
        third[1:-2] = np.diff(residual, n=3) ** 2
        found: FloatArray = self.means(third) / (_THIRD_DIFFERENCE * self.sizes)
        return found
