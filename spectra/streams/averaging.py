"""Means of many frames in the memory of two."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MOST_WEIGHT: Final = 4.0
"""Of one frame beside the mean of those before it: no misjudged noise makes one frame the average."""


@dataclass(eq=False)
class Average:
    """Running mean, each frame weighted by one over the variance of its noise.

    That is the least noisy of all weighted means where frames differ in nothing but independent noise
    (Aitken 1935). The first frame sets the scale; weights of later ones are held within a factor.

    Attributes
    ----------
    n : int
        Frames in it.
    weight : float
        Sum of weights.
    """

    n: int = 0
    weight: float = 0.0
    _mean: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)

    @property
    def mean(self) -> FloatArray:
        """Weighted mean, shape (m,); empty without frames."""
        return self._mean

    def add(self, frame: FloatArray, noise: float) -> None:
        """Take a frame in.

        Parameters
        ----------
        frame : array, shape (m,)
            Finite.
        noise : float
            Standard deviation of its noise, above 0.
        """
        own = 1.0 / (noise * noise)
        if self.n == 0:
            self.n, self.weight, self._mean = 1, own, frame.astype(np.float64)
            return
        usual = self.weight / self.n
        own = min(max(own, usual / MOST_WEIGHT), usual * MOST_WEIGHT)
        self.n += 1
        self.weight += own
        self._mean = self._mean + (own / self.weight) * (frame - self._mean)
