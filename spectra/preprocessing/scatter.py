"""What path length and scatter do to a spectrum, taken out: MSC, EMSC, polynomial detrending."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows, flat_rows


@dataclass(frozen=True, eq=False)
class ScatterFit:
    """Spectra as the reference's own path length and scatter would show them.

    Attributes
    ----------
    intensity : array, shape (..., m)
        Corrected: offset, slope and interferents subtracted, divided by the amplitude. All 0 where
        the amplitude is not positive: such a spectrum does not hold the reference.
    amplitude : array, shape (...)
        Multiplicative term: path length times what there is of the reference. Shares are computed from
        it, which SNV destroys.
    polynomial : array, shape (..., d + 1)
        Coefficients of 1, x, x² … with x the axis scaled to -1 … 1.
    interferents : mapping of name to array, shape (...)
        Amount of each, in its own unit.
    residual : array, shape (...)
        Root mean square of what the model leaves, before the division.
    """

    intensity: FloatArray
    amplitude: FloatArray
    polynomial: FloatArray
    residual: FloatArray
    interferents: Mapping[str, FloatArray] = field(default_factory=dict)


def msc(axis: FloatArray, intensity: FloatArray, *, reference: ArrayLike) -> ScatterFit:
    """Multiplicative scatter correction: offset and factor against one reference.

    Geladi, MacDougall and Martens 1985, 10.1366/0003702854248656.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending.
    intensity : array, shape (..., m)
        One or many spectra, absorbance.
    reference : array, shape (m,)
        What they are corrected to: a mean of calibration spectra or a library's reference.

    Returns
    -------
    ScatterFit

    Raises
    ------
    PipelineError
        A reference of another length, or a flat one.
    """
    return emsc(axis, intensity, reference=reference, poly_order=0)


def emsc(
    axis: FloatArray,
    intensity: FloatArray,
    *,
    reference: ArrayLike,
    poly_order: int = 2,
    interferents: Mapping[str, ArrayLike] | None = None,
    weights: ArrayLike | None = None,
) -> ScatterFit:
    """Correct by extended multiplicative signal correction (EMSC).

    Fits intensity = b · reference + polynomial + Σ c · interferent.
    Martens and Stark 1991, 10.1016/0731-7085(91)80188-F; Afseth and Kohler 2012,
    10.1016/j.chemolab.2012.03.004. Ordinary or weighted least squares.

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending.
    intensity : array, shape (..., m)
        One or many spectra, absorbance.
    reference : array, shape (m,)
        What they are corrected to.
    poly_order : int
        Degree of the polynomial of the axis; 0 is an offset alone.
    interferents : mapping of name to array, shape (m,), optional
        Known shapes that are taken out: water, a packaging film.
    weights : array, shape (m,), optional
        0 or more for each point; 0 leaves it out of the fit.

    Returns
    -------
    ScatterFit

    Raises
    ------
    PipelineError
        Lengths that differ, negative weights, a flat reference, or terms that cannot be told
        apart on this axis.
    """
    axis, intensity = as_rows(axis, intensity)
    terms = {} if interferents is None else dict(interferents)
    base = _row(reference, axis, "reference")
    shapes = [_row(each, axis, f"interferent {name!r}") for name, each in terms.items()]
    if poly_order < 0 or bool(flat_rows(base)[0]):
        raise PipelineError(f"poly_order {poly_order}: expected 0 or more, and a reference that is not flat")
    design = np.column_stack([base, polynomials(axis, poly_order), *shapes])
    root = np.ones(axis.size) if weights is None else np.sqrt(_row(weights, axis, "weights", positive=True))
    fitted = intensity @ _solver(design, root, ("reference", *terms)).T
    left = intensity - fitted @ design.T
    amplitude = fitted[..., 0]
    positive = (amplitude > 0)[..., None]
    corrected = base + left / np.where(positive, amplitude[..., None], 1.0)
    residual = np.sqrt(np.sum((root * left) ** 2, axis=-1) / np.sum(root**2))
    at = 2 + poly_order
    amounts = {name: fitted[..., at + index] for index, name in enumerate(terms)}
    return ScatterFit(np.where(positive, corrected, 0.0), amplitude, fitted[..., 1:at], residual, amounts)


def detrend(axis: FloatArray, intensity: FloatArray, *, poly_order: int = 2) -> tuple[FloatArray, FloatArray]:
    """Subtract the polynomial of the axis that fits best (Barnes, Dhanoa and Lister 1989, 10.1366/0003702894202201).

    Parameters
    ----------
    axis : array, shape (m,)
        Ascending, not necessarily even.
    intensity : array, shape (..., m)
        One or many spectra.
    poly_order : int
        Degree of the polynomial.

    Returns
    -------
    axis : array, shape (m,)
        As given.
    intensity : array, shape (..., m)

    Raises
    ------
    PipelineError
        A degree that is negative or not below the number of points.
    """  # noqa: E501  # a citation is not broken
    axis, intensity = as_rows(axis, intensity)
    if not 0 <= poly_order < axis.size:
        raise PipelineError(f"poly_order {poly_order}: expected 0 or more, below the {axis.size} points")
    across, _ = np.linalg.qr(polynomials(axis, poly_order))
    # The level is taken out first, so that nothing at all is left of a constant.
    centred = intensity - intensity[..., :1]
    return axis.copy(), centred - (centred @ across) @ across.T


def polynomials(axis: FloatArray, poly_order: int) -> FloatArray:
    """Columns 1, x, x² …, shape (m, poly_order + 1), of the axis scaled to -1 … 1."""
    half = (axis[-1] - axis[0]) / 2
    scaled = (axis - (axis[0] + axis[-1]) / 2) / (half if half > 0 else 1.0)
    powers: FloatArray = scaled[:, None] ** np.arange(poly_order + 1)
    return powers


def _solver(design: FloatArray, root: FloatArray, names: tuple[str, ...]) -> FloatArray:
    """Matrix, shape (p, m), from spectra to coefficients."""
    weighted = design * root[:, None]
    size = np.linalg.norm(weighted, axis=0)
    unit = weighted / np.where(size > 0, size, 1.0)
    if np.linalg.matrix_rank(unit) < design.shape[1]:
        raise PipelineError(
            f"{', '.join(names)} and the polynomial cannot be told apart on this axis: leave one of them out"
        )
    solver: FloatArray = np.linalg.pinv(unit) / size[:, None] * root
    return solver


def _row(values: ArrayLike, axis: FloatArray, name: str, *, positive: bool = False) -> FloatArray:
    row = np.asarray(values, dtype=np.float64)
    if row.shape != axis.shape or not bool(np.isfinite(row).all()):
        raise PipelineError(f"{name} of shape {row.shape}: expected {axis.shape}, finite")
    if positive and (row.min() < 0 or not row.any()):
        raise PipelineError(f"{name} from {row.min():g} to {row.max():g}: expected 0 or more, and some above")
    return row
