"""Rows of a library as the branch and bound wants them: unit length, background projected out.

Projecting a background out of two spectra lowers their inner product, below 0 where they share
nothing else. With p their coordinates in the background's span and l what is left of their length,
the product of the unit rest is (x_i·x_j - p_i·p_j) / (l_i l_j), and x_i·x_j >= 0 gives its floor.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import SpectrumError
from ._kernels import CHUNK, row_lengths

MIN_KEPT: Final = 1e-3
"""Share of a row's square that must be left beside the background."""

PLAIN_LENGTHS: Final = (1e-6, 1e6)
"""Lengths at which products in single precision neither overflow nor lose digits."""

_BLOCK: Final = 1024


@dataclass(frozen=True, eq=False)
class Rows:
    """What mixtures are made from.

    Attributes
    ----------
    matrix : array, shape (n, m), float32
        The rows as they were given, not copied, or what the background leaves of them.
    lengths : array, shape (n,)
        Height of 1 of a unit row in the rows as they were given.
    inverse : array, shape (n,)
        One over the length of each row of ``matrix``; 0 for a row that has none.
    hidden : array, shape (n, t)
        The product of two unit rows is at least minus the product of these.
    groups : array, shape (n,), int64
        Rows of one group never stand together.
    span : array, shape (m, t)
        Orthonormal background.
    """

    matrix: NDArray[np.float32]
    lengths: NDArray[np.float64]
    inverse: NDArray[np.float64]
    hidden: NDArray[np.float64]
    groups: NDArray[np.int64]
    span: NDArray[np.float64]

    def __len__(self) -> int:
        return self.inverse.size

    @property
    def error(self) -> float:
        """Bound on the rounding of the product of two unit rows, or of one with a unit query.

        One chunk in single precision, whatever the order of its terms; both factors rounded once.
        """
        return (CHUNK + 8) * 2.0**-24

    @property
    def lowest(self) -> float:
        """Floor of the products of all rows; 0 without a background."""
        if not self.hidden.size:
            return 0.0
        return -float(np.einsum("ij,ij->i", self.hidden, self.hidden).max()) - self.error


def prepare_rows(
    matrix: NDArray[np.float32], *, background: ArrayLike | None = None, groups: ArrayLike | None = None
) -> Rows:
    """Prepare a library for ``best_pair`` and ``best_triple``.

    Parameters
    ----------
    matrix : array, shape (n, m), float32
        Spectra, finite and not negative. Without a background they are not copied: a memory map serves.
    background : array, shape (t, m), optional
        What may be below a mixture in any amount, of either sign: a constant, a slope, glass.
    groups : array of int, shape (n,), optional
        Rows with equal numbers never stand together, such as two spectra of one substance.

    Raises
    ------
    SpectrumError
        For values that are negative or not finite, and shapes that do not fit.
    """
    matrix = np.ascontiguousarray(matrix, dtype=np.float32)
    if matrix.ndim != 2 or not matrix.size:
        raise SpectrumError(f"a library is a matrix with at least one row and column, not {matrix.shape}")
    numbers = np.arange(len(matrix)) if groups is None else np.asarray(groups)
    if numbers.shape != (len(matrix),):
        raise SpectrumError(f"{numbers.shape} groups do not fit {len(matrix)} rows: give one for each")
    lengths, negative = row_lengths(matrix)
    wrong = np.flatnonzero(~np.isfinite(lengths) | (negative > 0))
    if wrong.size:
        raise SpectrumError(
            f"row {wrong[0]} is negative or not finite: clip rows, and fit slopes by best subsets"
        )
    span = _span(background, matrix.shape[1])
    scaled = span.size or not _all_plain(lengths)
    hidden = np.zeros((len(matrix), span.shape[1]))
    if scaled:
        matrix, lengths, hidden = _projected(matrix, lengths, span)
    inner = row_lengths(matrix)[0] if scaled else lengths
    inverse = np.where(inner > 0, 1.0 / np.where(inner > 0, inner, 1.0), 0.0)
    return Rows(matrix, lengths, inverse, hidden, np.ascontiguousarray(numbers, dtype=np.int64), span)


def _all_plain(lengths: NDArray[np.float64]) -> bool:
    used = lengths[lengths > 0]
    return bool(np.all((used >= PLAIN_LENGTHS[0]) & (used <= PLAIN_LENGTHS[1])))


def _span(background: ArrayLike | None, width: int) -> NDArray[np.float64]:
    """Orthonormal basis of the background, shape (m, t)."""
    if background is None:
        return np.zeros((width, 0))
    terms = np.atleast_2d(np.asarray(background, dtype=np.float64))
    if terms.shape[1] != width or not np.all(np.isfinite(terms)):
        raise SpectrumError(f"the background must be finite with {width} columns, not {terms.shape}")
    lengths = np.sqrt(np.einsum("ij,ij->i", terms, terms))
    terms = terms[lengths > 0] / lengths[lengths > 0, None]
    basis, sizes, _ = np.linalg.svd(terms.T, full_matrices=False)
    return np.ascontiguousarray(basis[:, sizes > 1e-9])


def _projected(
    matrix: NDArray[np.float32], lengths: NDArray[np.float64], span: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Project the background out: what it leaves, scaled to plain lengths, its length, what it hides."""
    scale = np.exp2(np.ceil(np.log2(np.where(lengths > 0, lengths, 1.0))))  # no digit is lost
    rest, kept = np.zeros_like(matrix), np.zeros(len(matrix))
    hidden = np.zeros((len(matrix), span.shape[1]))
    for start in range(0, len(matrix), _BLOCK):
        block = slice(start, start + _BLOCK)
        scaled = matrix[block] / scale[block, None]
        inside = scaled @ span
        outside = scaled - inside @ span.T
        left = np.sqrt(np.einsum("ij,ij->i", outside, outside))
        usable = left * scale[block] > MIN_KEPT**0.5 * lengths[block]
        rest[block] = np.where(usable[:, None], outside, 0.0)
        hidden[block] = np.where(usable[:, None], inside / np.where(usable, left, 1.0)[:, None], 0.0)
        kept[block] = np.where(usable, left * scale[block], 0.0)
    return rest, kept, hidden
