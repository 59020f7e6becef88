"""Similarity of two spectra; higher is better."""

import numpy as np
from numpy.typing import NDArray


def pearson(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson correlation, -1 to 1; 0 when a side is constant or too short to have one.

    Parameters
    ----------
    a, b : array, shape (m,)
        On the same points.
    """
    if a.size < 2:
        return 0.0
    a, b = a - a.sum() / a.size, b - b.sum() / b.size
    spread = float(a @ a) * float(b @ b)
    return float(a @ b) / spread**0.5 if spread > 0 else 0.0


def hqi(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Hit quality index max(r, 0)², 0 to 1, r the Pearson correlation.

    Plain r² would reward what is upside down.

    Parameters
    ----------
    a, b : array, shape (m,)
        On the same points.
    """
    return max(pearson(a, b), 0.0) ** 2
