"""References as near-infrared mixtures need them: absorbance and its second derivative.

The second derivative takes out offset and slope, and nearly the slow bend, of a scattering powder and leaves
the sizes of the parts as they are, which SNV would not (each spectrum would be divided by the
deviation of the whole).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import LibraryError
from ...preprocessing.local_polynomial import local_polynomial

WINDOW_NM: Final = 40.0
"""Full width of the window of the derivative, nm: quadratic polynomials."""


@dataclass(frozen=True, eq=False)
class NirBasis:
    """References of which a near-infrared mixture may be made.

    Attributes
    ----------
    axis_nm : array, shape (m,)
        Even grid, nm, ascending.
    absorbance : array, shape (n, m)
        One reference a row, not scaled; NaN where it was not measured.
    derivative : array, shape (n, m)
        Its second derivative, per nm²; NaN also within half a window of what was not measured.
    substances : array, shape (n,), int64
        Equal for rows of one substance: a mixture has at most one of them.
    ids : tuple of str
        One per row.
    """

    axis_nm: NDArray[np.float64]
    absorbance: NDArray[np.float64]
    derivative: NDArray[np.float64]
    substances: NDArray[np.int64]
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.substances.size)

    @property
    def step_nm(self) -> float:
        """Distance between points, nm."""
        return float(self.axis_nm[1] - self.axis_nm[0])


def build_nir_basis(
    axis_nm: NDArray[np.float64],
    absorbance: NDArray[np.float64],
    *,
    identities: Sequence[str],
    ids: Sequence[str] | None = None,
) -> NirBasis:
    """Basis of a library.

    Parameters
    ----------
    axis_nm : array, shape (m,)
        Even grid, nm, ascending.
    absorbance : array, shape (n, m)
        Absorbance (log 1/R or log 1/T) of one reference a row, neither normalized nor derived. It may have
        been corrected for scatter by EMSC, never by SNV. NaN where it was not measured. Several spectra of
        one substance tell how these differ on this instrument, so keep them apart.
    identities : sequence of str
        One per row; rows with the same key are one substance.
    ids : sequence of str, optional
        One per row; numbered when left out.

    Raises
    ------
    LibraryError
        When the shapes do not go together or the axis is not even.
    """
    axis = np.asarray(axis_nm, dtype=np.float64)
    rows = np.asarray(absorbance, dtype=np.float64)
    if rows.shape != (len(identities), axis.size) or axis.size < 3:
        raise LibraryError(
            f"references of shape {rows.shape} for {len(identities)} names on {axis.size} points: "
            "expected a row for each name and a column for each of at least 3 points"
        )
    steps = np.diff(axis)
    if not (steps[0] > 0 and np.allclose(steps, steps[0], rtol=1e-6)):
        raise LibraryError(
            f"axis with steps from {steps.min():g} to {steps.max():g} nm: expected an even grid"
        )
    _, numbers = np.unique(np.array(identities, dtype=str), return_inverse=True)
    names = tuple(ids) if ids is not None else tuple(str(row) for row in range(rows.shape[0]))
    return NirBasis(axis, rows, second_derivative(axis, rows), numbers.astype(np.int64), names)


def second_derivative(axis_nm: NDArray[np.float64], spectra: NDArray[np.float64]) -> NDArray[np.float64]:
    """Second derivative with the window of the mixtures.

    Parameters
    ----------
    axis_nm : array, shape (m,)
        Even grid, nm.
    spectra : array, shape (..., m)
        NaN where not measured; of each spectrum the longest measured run counts.

    Returns
    -------
    array, shape (..., m)
        Per nm²; NaN where the measured run does not hold a whole window.
    """
    rows = np.asarray(spectra, dtype=np.float64).reshape(-1, axis_nm.size)
    derived = np.full(rows.shape, np.nan)
    runs: dict[tuple[int, int], list[int]] = {}
    for place, measured in enumerate(np.isfinite(rows)):
        runs.setdefault(longest_run(measured), []).append(place)
    half = WINDOW_NM / 2 * (1 - 1e-9)
    for (first, last), places in runs.items():
        axis = axis_nm[first:last]
        if axis.size < 3 or axis[-1] - axis[0] < WINDOW_NM:
            continue
        whole = (axis >= axis[0] + half) & (axis <= axis[-1] - half)
        cut = local_polynomial(axis, rows[places, first:last], at=axis[whole], window=WINDOW_NM, order=2)
        columns = np.arange(first, last)[whole]
        derived[np.ix_(places, columns)] = cut
    return derived.reshape(np.shape(spectra))


def longest_run(measured: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last-but-one place of the longest run of True; (0, 0) without one."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], measured, [False])).astype(np.int8)))
    first, last = edges[::2], edges[1::2]
    if not first.size:
        return 0, 0
    best = int(np.argmax(last - first))
    return int(first[best]), int(last[best])
