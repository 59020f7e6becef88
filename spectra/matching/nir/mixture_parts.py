"""A basis and one query on the range they share, less what is no substance.

Taken out of both sides, whatever the sign: moisture, packaging film, and the directions in which spectra of
one substance differ from each other on this instrument. On the handheld measured for this one direction, at
the warm edge of its detector, holds 98 % of what a day changes. Taking such directions out is the
external parameter orthogonalisation of Roger, Chauchard and Bellon-Maurel (10.1016/S0169-7439(03)00051-0).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .mixture_background import draw_backgrounds
from .mixture_basis import NirBasis, longest_run, second_derivative
from .mixture_fits import Pool
from .net_analyte import screen

MIN_COVERED: Final = 0.85
"""Share of the query's range that a reference must have been measured on."""

MIN_RANGE_NM: Final = 120.0
"""Range of derivatives that must be left for a fit."""

MIN_KEPT: Final = 0.02
"""Share of a background's square that must lie on the range for it to be taken out."""

MIN_REPLICATES: Final = 6
"""Spectra beyond one of each substance from which directions of change are taken."""

MIN_SUBSTANCES: Final = 2
"""Substances that must have replicates, so that a change is the instrument's."""

MIN_DIRECTION: Final = 0.3
"""Share of what replicates differ by that a direction must hold to be taken out."""

MAX_DIRECTIONS: Final = 2
"""Directions of change that are taken out at most."""


@dataclass(frozen=True, eq=False)
class NirParts:
    """Rows of a basis and one query on the range that they share, in the domain of the fit.

    Attributes
    ----------
    rows : array, shape (n,), int64
        Of the basis.
    columns : slice
        Of the basis.
    axis_nm : array, shape (m,)
        Grid of the whole basis.
    absorbance : array, shape (n, m)
        Of the rows, NaN where they were not measured.
    derivative : array, shape (n, d)
        Second derivative on ``columns``, backgrounds taken out.
    query : array, shape (d,)
        The same of the query.
    span : array, shape (d, b)
        Orthonormal directions that were taken out.
    substances : array, shape (n,), int64
        See ``NirBasis``.
    """

    rows: NDArray[np.int64]
    columns: slice
    axis_nm: NDArray[np.float64]
    absorbance: NDArray[np.float64]
    derivative: NDArray[np.float64]
    query: NDArray[np.float64]
    span: NDArray[np.float64]
    substances: NDArray[np.int64]

    def derive(self, spectra: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring spectra, shape (..., m), to the domain of the fit, shape (..., d)."""
        return _less(second_derivative(self.axis_nm, spectra)[..., self.columns], self.span)

    def pool(self) -> tuple[Pool, NDArray[np.int64]]:
        """Pick references that are worth fitting; their places among ``rows``."""
        places = screen(self.derivative, self.query, self.substances)
        cut = self.absorbance[places]
        centred = cut - np.nanmean(cut[:, self.columns], axis=1, keepdims=True)
        first, second = np.triu_indices(len(places), 1)
        bends = np.zeros((len(places), len(places), self.query.size))
        bends[first, second] = self.derive((centred[first] - centred[second]) ** 2)
        bends[second, first] = bends[first, second]
        tilted = self.derive(centred * _line(self.axis_nm.size, self.columns))
        return Pool(self.derivative[places], bends, tilted, self.substances[places]), places


def cut_nir_parts(
    basis: NirBasis,
    query: NDArray[np.float64],
    *,
    allowed: NDArray[np.bool_] | None = None,
    replicates: NDArray[np.float64] | None = None,
) -> NirParts | None:
    """Bring a basis and a query to the range that they share.

    Parameters
    ----------
    basis : NirBasis
        The library.
    query : array, shape (m,)
        Absorbance on the library's grid, NaN where it was not measured.
    allowed : array, shape (n,), bool, optional
        Rows that may be components; all when left out. The others still tell how spectra of one
        substance differ.
    replicates : array, shape (r, m), optional
        Single scans of the query.

    Returns
    -------
    NirParts or None
        None when no row covers the query's range, or too little was measured.
    """
    derived = second_derivative(basis.axis_nm, query)
    seen, known = np.isfinite(derived), np.isfinite(basis.derivative)
    enough = (known & seen).sum(axis=1) >= max(MIN_COVERED * seen.sum(), 1)
    may = enough if allowed is None else enough & allowed
    if not bool(may.any()):
        return None
    first, last = longest_run(seen & known[may].all(axis=0))
    if (last - first) * basis.step_nm < MIN_RANGE_NM:
        return None
    columns = slice(first, last)
    scans = None if replicates is None else second_derivative(basis.axis_nm, replicates)[:, columns]
    span = _no_substance(basis, first, last) if scans is None else _span_with(basis, columns, scans)
    rows = np.flatnonzero(may)
    return NirParts(
        rows=rows,
        columns=columns,
        axis_nm=basis.axis_nm,
        absorbance=basis.absorbance[rows],
        derivative=_less(basis.derivative[rows, columns], span),
        query=_less(derived[columns], span),
        span=span,
        substances=basis.substances[rows],
    )


def _line(n_points: int, columns: slice) -> NDArray[np.float64]:
    """Line from -1 to 1 over some columns, going on beyond them."""
    middle, half = (columns.start + columns.stop - 1) / 2, max((columns.stop - 1 - columns.start) / 2, 1.0)
    line: NDArray[np.float64] = (np.arange(n_points) - middle) / half
    return line


@lru_cache(maxsize=8)
def _no_substance(basis: NirBasis, first: int, last: int) -> NDArray[np.float64]:
    """Keep what is taken out on a range of columns: one library serves many queries."""
    return _span_with(basis, slice(first, last), None)


def _span_with(basis: NirBasis, columns: slice, scans: NDArray[np.float64] | None) -> NDArray[np.float64]:
    full = np.isfinite(basis.derivative[:, columns]).all(axis=1)
    return _span(
        _backgrounds(basis, columns), _changes(basis.derivative[full, columns], basis.substances[full], scans)
    )


def _backgrounds(basis: NirBasis, columns: slice) -> NDArray[np.float64]:
    """Derive moisture and film, as far as they show on the range, shape (b, d)."""
    whole = np.nan_to_num(second_derivative(basis.axis_nm, draw_backgrounds(basis.axis_nm)))
    cut = whole[:, columns]
    shown: NDArray[np.float64] = cut[(cut**2).sum(axis=1) >= MIN_KEPT * (whole**2).sum(axis=1)]
    return shown


def _changes(
    derivative: NDArray[np.float64], substances: NDArray[np.int64], scans: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Find the main directions in which spectra of one item differ on this instrument, shape (k, d).

    What is only more or less of the item itself is left out, and so is what one substance alone does.
    """
    groups = [derivative[substances == number] for number in np.unique(substances)]
    groups = [each for each in groups if len(each) > 1]
    if len(groups) < MIN_SUBSTANCES:
        groups = []
    if scans is not None and len(scans) > 1 and bool(np.isfinite(scans).all()):
        groups.append(scans)
    if sum(len(each) - 1 for each in groups) < MIN_REPLICATES:
        return np.zeros((0, derivative.shape[1]))
    spread = np.concatenate([_changes_of(each) for each in groups])
    _, sizes, vectors = np.linalg.svd(spread, full_matrices=False)
    squares = sizes**2
    wanted = np.flatnonzero(squares >= max(MIN_DIRECTION * float(squares.sum()), 1e-300))[:MAX_DIRECTIONS]
    return np.ascontiguousarray(vectors[wanted])


def _changes_of(spectra: NDArray[np.float64]) -> NDArray[np.float64]:
    """Deviations from the mean, less their part along it."""
    mean = spectra.mean(axis=0)
    along = mean / max(float(np.sqrt(mean @ mean)), 1e-300)
    return _less(spectra - mean, along[:, None])


def _span(*directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal columns that span some rows."""
    rows = np.concatenate(directions)
    lengths = np.sqrt(np.maximum((rows**2).sum(axis=1, keepdims=True), 1e-300))
    if not len(rows):
        return np.zeros((rows.shape[1], 0))
    left, sizes, _ = np.linalg.svd((rows / lengths).T, full_matrices=False)
    span: NDArray[np.float64] = left[:, sizes > 1e-6]
    return span


def _less(spectra: NDArray[np.float64], span: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spectra less their part in a span."""
    result: NDArray[np.float64] = spectra - (spectra @ span) @ span.T
    return result
