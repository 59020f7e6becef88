"""Many spectra as rows on one grid: the only thing a search sees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import SpectrumError
from .grid import Grid
from .spectrum import Spectrum


@dataclass(frozen=True, eq=False)
class SpectralMatrix:
    """Spectra on one grid.

    Attributes
    ----------
    grid : Grid
        The common axis.
    intensity : array, shape (n, m), float32, read-only
        One spectrum a row; 0 where nothing was measured.
    mask : array, shape (n, m), bool, read-only
        True where the row was measured.
    ids : tuple of str
        One per row, all different.

    Raises
    ------
    SpectrumError
        Shapes that do not fit, non-finite values or an id that stands twice.
    """

    grid: Grid
    intensity: NDArray[np.float32]
    mask: NDArray[np.bool_]
    ids: tuple[str, ...]

    def __post_init__(self) -> None:
        mask = np.array(self.mask, dtype=bool, copy=True)
        intensity = np.array(self.intensity, dtype=np.float32, copy=True)
        ids = tuple(self.ids)
        expected = (len(ids), self.grid.n_points)
        if intensity.shape != expected or mask.shape != expected:
            raise SpectrumError(f"matrix of shape {intensity.shape}, mask {mask.shape}: expected {expected}")
        if not bool(np.all(np.isfinite(intensity))):
            raise SpectrumError("the matrix has non-finite values: expected none")
        if len(set(ids)) != len(ids):
            raise SpectrumError("an id stands twice in the matrix: expected different ids")
        intensity[~mask] = 0.0
        intensity.flags.writeable = False
        mask.flags.writeable = False
        object.__setattr__(self, "intensity", intensity)
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "ids", ids)

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def from_spectra(cls, spectra: Sequence[Spectrum], ids: Sequence[str], grid: Grid) -> "SpectralMatrix":
        """Stack spectra whose axes are stretches of ``grid``, as a resampling pipeline returns them.

        Parameters
        ----------
        spectra : sequence of Spectrum
            Each axis must lie on the points of ``grid``.
        ids : sequence of str
            One per spectrum.
        grid : Grid
            The common axis.

        Raises
        ------
        SpectrumError
            When an axis is not a stretch of the grid.
        """
        intensity = np.zeros((len(spectra), grid.n_points), dtype=np.float32)
        mask = np.zeros((len(spectra), grid.n_points), dtype=bool)
        for row, spectrum in enumerate(spectra):
            columns = columns_on_grid(spectrum, grid)
            intensity[row, columns] = spectrum.intensity
            mask[row, columns] = True
        return cls(grid, intensity, mask, tuple(ids))


def columns_on_grid(spectrum: Spectrum, grid: Grid) -> slice:
    """Columns of ``grid`` that the spectrum's axis occupies.

    Raises
    ------
    SpectrumError
        When the axis is not a stretch of consecutive grid points.
    """
    first = round((spectrum.axis[0] - grid.start) / grid.step)
    last = first + spectrum.n_points
    if spectrum.unit != grid.unit or first < 0 or last > grid.n_points:
        raise SpectrumError("the spectrum's axis does not lie on the grid: resample it first")
    if not np.allclose(spectrum.axis, grid.axis[first:last], rtol=0, atol=1e-6 * grid.step):
        raise SpectrumError("the spectrum's points are not the grid's points: resample it first")
    return slice(first, last)
