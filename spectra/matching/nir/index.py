"""A near infrared library and a query in the domain in which they are compared."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpectrumError
from ...grid import Grid
from ...matrix import SpectralMatrix, columns_on_grid
from ...spectrum import Spectrum
from .domain import curvature, edge_points, signed_root, window_points

SHIFTS_NM: Final = (0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0)
"""Offsets of the query's axis that are tried, the smallest first."""

SHIFT_DEVIATION_NM: Final = 1.5
"""Spread of axis offsets of handhelds."""

SHIFT_WEIGHT: Final = 0.005
"""Correlation that a shift of one ``SHIFT_DEVIATION_NM`` must gain."""


@dataclass(frozen=True, eq=False)
class NirIndex:
    """References as they are compared.

    Attributes
    ----------
    grid : Grid
        The common axis, nm.
    ids : tuple of str
        One per row.
    absorbance : array, shape (n, m), float32, read-only
        As the pipeline leaves it; 0 where nothing was measured.
    root : array, shape (n, m), float32, read-only
        Signed roots of the second derivative, 0 outside the stretch.
    stretches : array, shape (n, 2), int64, read-only
        First column that is compared and the one after the last: what was measured without its ends.
    """

    grid: Grid
    ids: tuple[str, ...]
    absorbance: NDArray[np.float32]
    root: NDArray[np.float32]
    stretches: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def measured(self) -> NDArray[np.bool_]:
        """Columns that were measured, the ends too, shape (n, m)."""
        edge = edge_points(self.grid.step)
        columns = np.arange(self.grid.n_points)
        first, last = self.stretches[:, :1] - edge, self.stretches[:, 1:] + edge
        return (columns >= first) & (columns < last) & (first < last - 2 * edge)


@dataclass(frozen=True, eq=False)
class NirQuery:
    """One prepared spectrum as it is compared, at every shift of its axis.

    Attributes
    ----------
    grid : Grid
        The library's axis.
    absorbance : array, shape (s, m), float64
        The shifted absorbance, 0 where nothing was measured; the first row is as measured.
    root : array, shape (s, m), float32
        Signed roots of the second derivative, 0 outside the stretch.
    stretches : array, shape (s, 2), int64
        First compared column and the one after the last, at each shift.
    penalty : array, shape (s,)
        What each shift costs.
    noise : float
        Standard deviation of the noise, absorbance, of points ``pitch_nm`` apart.
    pitch_nm : float
        Distance of the measured points.
    """

    grid: Grid
    absorbance: NDArray[np.float64]
    root: NDArray[np.float32]
    stretches: NDArray[np.int64]
    penalty: NDArray[np.float64]
    noise: float = 0.0
    pitch_nm: float = 2.0


def build_nir_index(matrix: SpectralMatrix) -> NirIndex:
    """Bring a prepared library into the domain of the comparison.

    Parameters
    ----------
    matrix : SpectralMatrix
        Absorbance, each row measured in one stretch.
    """
    root = np.zeros(matrix.intensity.shape, dtype=np.float32)
    stretches = np.zeros((len(matrix), 2), dtype=np.int64)
    for row, (values, mask) in enumerate(zip(matrix.intensity, matrix.mask, strict=True)):
        first = int(mask.argmax())
        last = first + int(mask.sum())
        stretches[row] = compared = _inner(first, last, matrix.grid.step)
        root[row] = _root(values[first:last], first, compared, matrix.grid)
    root.flags.writeable = stretches.flags.writeable = False
    return NirIndex(matrix.grid, matrix.ids, matrix.intensity, root, stretches)


def prepare_nir_query(
    spectrum: Spectrum, grid: Grid, *, noise: float = 0.0, pitch_nm: float | None = None
) -> NirQuery:
    """Lay a prepared spectrum out on the library's grid.

    Parameters
    ----------
    spectrum : Spectrum
        Absorbance, its axis a stretch of ``grid``.
    grid : Grid
        The library's axis.
    noise : float
        Standard deviation of the noise, absorbance.
    pitch_nm : float, optional
        Distance of the points that were measured; the grid's by default.

    Raises
    ------
    SpectrumError
        When the axis is not a stretch of the grid, or shorter than the derivative's window.
    """
    columns = columns_on_grid(spectrum, grid)
    pitch = grid.step if pitch_nm is None else pitch_nm
    return query_of(spectrum.intensity, (columns.start, columns.stop), grid, noise=noise, pitch_nm=pitch)


def query_of(
    values: NDArray[np.floating],
    stretch: tuple[int, int],
    grid: Grid,
    *,
    noise: float = 0.0,
    pitch_nm: float = 2.0,
) -> NirQuery:
    """Query of measured values.

    Parameters
    ----------
    values : array, shape (k,)
        Absorbance on consecutive grid points.
    stretch : tuple of int
        First column and the one after the last.
    grid : Grid
        The library's axis.
    noise, pitch_nm
        As ``prepare_nir_query``.

    Raises
    ------
    SpectrumError
        A stretch shorter than the derivative's window and its ends.
    """
    first, last = stretch
    compared = _inner(first, last, grid.step)
    if compared[1] <= compared[0]:
        least = (window_points(grid.step) + 2 * edge_points(grid.step)) * grid.step
        raise SpectrumError(
            f"{(last - first) * grid.step:g} nm measured: expected at least {least:g} nm, "
            "the derivative's window with its ends"
        )
    axis = grid.axis[first:last]
    shifted = np.zeros((len(SHIFTS_NM), grid.n_points))
    root = np.zeros(shifted.shape, dtype=np.float32)
    for row, shift in enumerate(SHIFTS_NM):
        # what is beyond the ends stays level; it lies among the ends that are not compared
        shifted[row, first:last] = np.interp(axis - shift, axis, values)
        root[row] = _root(shifted[row, first:last], first, compared, grid)
    stretches = np.tile(np.array(compared, dtype=np.int64), (len(SHIFTS_NM), 1))
    penalty = SHIFT_WEIGHT * (np.array(SHIFTS_NM) / SHIFT_DEVIATION_NM) ** 2
    return NirQuery(grid, shifted, root, stretches, penalty, noise, pitch_nm)


def _inner(first: int, last: int, step: float) -> tuple[int, int]:
    """Columns that are compared of those that were measured; none where they are too few."""
    edge = edge_points(step)
    if last - first < window_points(step) + 2 * edge:
        return first, first
    return first + edge, last - edge


def _root(
    values: NDArray[np.floating], first: int, compared: tuple[int, int], grid: Grid
) -> NDArray[np.float32]:
    row = np.zeros(grid.n_points, dtype=np.float32)
    if compared[1] > compared[0]:
        inside = slice(compared[0] - first, compared[1] - first)
        row[compared[0] : compared[1]] = signed_root(curvature(values, grid.step)[inside])
    return row
