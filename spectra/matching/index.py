"""What makes the search fast: built from a library's matrix once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..grid import Grid
from ..matrix import SpectralMatrix, columns_on_grid
from ..spectrum import Spectrum

BROADENING_CM1: Final = 4.0
"""Standard deviation of the Gaussian that both sides are broadened by before they are compared.

It takes handhelds of 8 to 15 cm⁻¹ resolution and sharper laboratory instruments to a common
width (the reference to the sensor's, never the query sharpened: 10.1155/2012/297056).
"""


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
    """

    grid: Grid
    ids: tuple[str, ...]
    root: NDArray[np.float32]
    stretches: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


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
    root = np.sqrt(broaden(np.maximum(matrix.intensity, 0.0), matrix.mask, matrix.grid.step))
    root = np.ascontiguousarray(root, dtype=np.float32)
    first = matrix.mask.argmax(axis=1)
    stretches = np.stack([first, first + matrix.mask.sum(axis=1)], axis=1).astype(np.int64)
    root.flags.writeable = False
    stretches.flags.writeable = False
    return SearchIndex(matrix.grid, matrix.ids, root, stretches)


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
    intensity : array, shape (n, m)
        0 outside the mask.
    mask : array, shape (n, m), bool
        True where measured; the weights are renormalised at its ends.
    step : float
        Grid step, cm⁻¹.

    Returns
    -------
    array, shape (n, m), float64
        0 outside the mask.
    """
    reach = int(np.ceil(4 * BROADENING_CM1 / step))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets * step / BROADENING_CM1) ** 2)
    weights /= weights.sum()
    total = np.zeros(intensity.shape)
    norm = np.zeros(mask.shape[-1:] if mask.ndim == 1 else mask.shape)
    m = intensity.shape[-1]
    for offset, weight in zip(offsets.tolist(), weights.tolist(), strict=True):
        into = slice(max(0, offset), min(m, m + offset))
        source = slice(max(0, -offset), min(m, m - offset))
        total[..., into] += weight * intensity[..., source]
        norm[..., into] += weight * mask[..., source]
    return np.where(mask, total / np.where(norm > 0, norm, 1.0), 0.0)
