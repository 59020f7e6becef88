"""What the kernels of the branch and bound work on: the query in its library, and the best set so far."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Field(NamedTuple):
    """One query in front of a library; rows are numbered by ``order`` inside the kernels.

    Attributes
    ----------
    matrix : array, shape (n, m), float32
        Rows of any length.
    inverse : array, shape (n,)
        One over their lengths; 0 for a row that must not be used.
    hidden : array, shape (n, t)
        The products of two unit rows are at least minus those of these.
    groups : array, shape (n,), int64
        Rows of one group never stand together.
    order : array, shape (c,), int64
        Rows that may take part, highest product first.
    high : array, shape (c,)
        Their products with the query, rounded up.
    query : array, shape (m,)
        Unit length.
    error : float
        Bound on the rounding of a product of unit vectors.
    lowest : float
        Floor of all products between rows, not above 0.
    """

    matrix: NDArray[np.float32]
    inverse: NDArray[np.float64]
    hidden: NDArray[np.float64]
    groups: NDArray[np.int64]
    order: NDArray[np.int64]
    high: NDArray[np.float64]
    query: NDArray[np.float64]
    error: float
    lowest: float


class Best(NamedTuple):
    """The best set so far, to be changed in place.

    Attributes
    ----------
    gain : array, shape (1,)
        Share of the query's square.
    rows : array, shape (3,), int64
        Of the matrix, ascending, then -1.
    work : array, shape (2,), int64
        Inner products worked out; steps of the present call.
    """

    gain: NDArray[np.float64]
    rows: NDArray[np.int64]
    work: NDArray[np.int64]


class Beside(NamedTuple):
    """What later rows are beside the first member of triples, to be filled in place.

    Attributes
    ----------
    low : array, shape (c,)
        Product of each row with the first member, rounded down.
    pairs : array, shape (c,)
        Ceiling of the gain of the two; minus infinity where they may not stand together.
    reach : array, shape (c + 1,)
        Highest of ``pairs`` from each row on.
    ends : array, shape (2,), int64
        Rows before which a second and a third member stand; 0 when no triple is left.
    """

    low: NDArray[np.float64]
    pairs: NDArray[np.float64]
    reach: NDArray[np.float64]
    ends: NDArray[np.int64]
