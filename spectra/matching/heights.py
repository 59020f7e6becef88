"""Heights of a large library on a stretch of its grid: kept, since scans of one instrument share the stretch.

Writing them anew takes longer than any single comparison with them: fresh memory is slow at its first touch.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .basis import Basis

MAX_BYTES: Final = 2**29
"""Of the heights that are kept; those of a larger library are never all in memory at once."""

BLOCK: Final = 1_024
"""Rows that are worked on together."""


@dataclass(frozen=True, eq=False)
class Heights:
    """Broadened intensity of some rows.

    Attributes
    ----------
    rows : array, shape (n,), int64
        Of the basis, ascending.
    first : int
        Column of the grid where the stretch begins.
    matrix : array, shape (n, m), float32
        Not writeable.
    """

    rows: NDArray[np.int64]
    first: int
    matrix: NDArray[np.float32]

    def covers(self, rows: NDArray[np.int64], first: int, width: int) -> bool:
        """Whether these are the heights of those rows on that stretch."""
        return (self.first, self.matrix.shape[1]) == (first, width) and np.array_equal(self.rows, rows)


class LastHeights:
    """The heights that were asked for last; any number of threads may ask."""

    def __init__(self) -> None:
        self._last: Heights | None = None

    def of(self, basis: "Basis", rows: NDArray[np.int64], first: int, width: int) -> Heights | None:
        """Heights of rows from a column on; None where they are too large to keep.

        Parameters
        ----------
        basis : Basis
            Always the same one.
        rows : array, shape (n,)
            Ascending.
        first, width : int
            First column, and how many.
        """
        if 4 * rows.size * width > MAX_BYTES:
            return None
        last = self._last
        if last is not None and last.covers(rows, first, width):
            return last
        self._last = last = None  # before the next are written: never two of them in memory
        matrix = np.empty((rows.size, width), dtype=np.float32)
        for start in range(0, rows.size, BLOCK):
            cut = basis.cut(rows[start : start + BLOCK], first, first + width)
            np.multiply(cut, cut, out=matrix[start : start + BLOCK])
        matrix.flags.writeable = False
        self._last = found = Heights(rows, first, matrix)
        return found
