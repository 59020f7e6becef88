"""What makes the search fast: built from a library's matrix once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..grid import Grid
from ..matrix import SpectralMatrix, columns_on_grid
from ..spectrum import Spectrum

if TYPE_CHECKING:
    from .cascade.pearson import PearsonCascade

BROADENING_CM1: Final = 4.0
"""Standard deviation of the Gaussian that both sides are broadened by before they are compared.

It takes handhelds of 8 to 15 cm⁻¹ resolution and sharper laboratory instruments to a common
width (the reference to the sensor's, never the query sharpened: 10.1155/2012/297056).
"""


@dataclass
class Usage:
    """What an index learns while it is used; nothing of it changes what a search finds.

    Attributes
    ----------
    searches : int
        Searches so far, which tell when it pays to compress the library.
    cascade : PearsonCascade or None
        The compressed library, once there is one.
    """

    searches: int = 0
    cascade: "PearsonCascade | None" = None


@dataclass(frozen=True, eq=False)
class SearchIndex:
    """References in the domain in which they are compared: broadened, square-rooted.

    Attributes
    ----------
    grid : Grid
        The common axis.
    ids : tuple of str
        One per row.
    root : array, shape (n, m), float32, read-only
        Square root of the broadened intensity; 0 where nothing was measured.
    stretches : array, shape (n, 2), int64, read-only
        First measured column and the one after the last.
    codes : mapping of str to array, optional
        Arrays of the ``CascadeIndex`` of ``root``, by name, where they are stored with the library:
        see ``with_codes``.
    usage : Usage
        The index's own.
    """

    grid: Grid
    ids: tuple[str, ...]
    root: NDArray[np.float32]
    stretches: NDArray[np.int64]
    codes: Mapping[str, NDArray[Any]] | None = None
    usage: Usage = field(default_factory=Usage, repr=False)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """Sum and sum of squares of each row of ``root``, shape (n, 2), float64, read-only."""
        squares = np.einsum("ij,ij->i", self.root, self.root, dtype=np.float64)
        totals = np.stack([self.root.sum(axis=1, dtype=np.float64), squares], axis=1)
        totals.flags.writeable = False  # as a stored one is: one type for the kernels
        return totals


@dataclass(frozen=True, eq=False)
class Query:
    """One prepared spectrum in the library's domain.

    Attributes
    ----------
    grid : Grid
        The library's axis.
    intensity : array, shape (m,), float64
        Baseline-corrected, clipped, divided by its height; 0 where nothing was measured.
    first, last : int
        First measured column and the one after the last.
    noise : float
        Standard deviation of the noise, in the unit of ``intensity``.
    """

    grid: Grid
    intensity: NDArray[np.float64]
    first: int
    last: int
    noise: float = 0.0


def build_index(matrix: SpectralMatrix) -> SearchIndex:
    """Bring a prepared library into the search's domain.

    Parameters
    ----------
    matrix : SpectralMatrix
        Rows prepared by the pipeline that also prepares the query; each measured in one stretch.
    """
    stretches = _stretches(matrix.mask)
    root = np.zeros(matrix.intensity.shape, dtype=np.float32)
    for row, intensity, (first, last) in zip(root, matrix.intensity, stretches.tolist(), strict=True):
        measured = np.maximum(intensity[first:last], 0.0)
        row[first:last] = np.sqrt(broaden_stretch(measured, matrix.grid.step))
    root.flags.writeable = False
    stretches.flags.writeable = False
    return SearchIndex(matrix.grid, matrix.ids, root, stretches)


def with_codes(index: SearchIndex, codes: Mapping[str, NDArray[Any]]) -> SearchIndex:
    """Give an index its compressed rows, so that the first search need not do without.

    Parameters
    ----------
    index : SearchIndex
        The library.
    codes : mapping of str to array
        ``build_pearson(index).cascade.arrays``, computed once and stored; memory maps will do. They are
        looked at by the first search, which raises ``CascadeError`` where they are of other rows.
    """
    return replace(index, codes=codes, usage=Usage())


def prepare_query(spectrum: Spectrum, grid: Grid, *, noise: float = 0.0) -> Query:
    """Lay a prepared spectrum out on the library's grid.

    Parameters
    ----------
    spectrum : Spectrum
        As the pipeline leaves it: its axis is a stretch of ``grid``.
    grid : Grid
        The library's axis.
    noise : float
        Standard deviation of the noise, in the unit of the intensity.

    Raises
    ------
    SpectrumError
        When the axis is not a stretch of the grid.
    """
    columns = columns_on_grid(spectrum, grid)
    height = float(np.abs(spectrum.intensity).max()) or 1.0
    intensity = np.zeros(grid.n_points)
    intensity[columns] = np.maximum(spectrum.intensity, 0.0) / height
    return Query(grid, intensity, columns.start, columns.stop, noise / height)


def broaden(intensity: NDArray[np.floating], mask: NDArray[np.bool_], step: float) -> NDArray[np.float64]:
    """Convolve rows with the Gaussian of ``BROADENING_CM1``, each inside what was measured.

    Parameters
    ----------
    intensity : array, shape (..., m)
        One or many rows.
    mask : array, shape (..., m) or (m,), bool
        True where measured, in one stretch a row.
    step : float
        Grid step, cm⁻¹.

    Returns
    -------
    array, shape (..., m), float64
        0 outside the mask.
    """
    rows = intensity.reshape(-1, intensity.shape[-1])
    total = np.zeros(rows.shape)
    stretches = _stretches(np.broadcast_to(mask, intensity.shape).reshape(rows.shape))
    for into, row, (first, last) in zip(total, rows, stretches.tolist(), strict=True):
        into[first:last] = broaden_stretch(row[first:last], step)
    return total.reshape(intensity.shape)


def broaden_stretch(
    intensity: NDArray[np.floating], step: float, *, deviation_cm1: float = BROADENING_CM1
) -> NDArray[np.float64]:
    """``broaden`` for one row that was measured throughout, shape (m,)."""
    if not intensity.size:
        return np.zeros(0)
    weights, norm = _gaussian(intensity.size, step, deviation_cm1)
    reach = weights.size // 2
    return np.convolve(intensity, weights)[reach : reach + intensity.size] / norm


@lru_cache(maxsize=256)
def _gaussian(
    n_points: int, step: float, deviation_cm1: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of the Gaussian, and how much of them lies inside ``n_points`` at each of these."""
    reach = int(np.ceil(4 * deviation_cm1 / step))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / deviation_cm1) ** 2)
    norm = np.convolve(np.ones(n_points), weights)[reach : reach + n_points]
    return weights, norm


def _stretches(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First measured column of each row and the one after the last, shape (n, 2)."""
    first = mask.argmax(axis=1)
    return np.stack([first, first + mask.sum(axis=1)], axis=1).astype(np.int64)
