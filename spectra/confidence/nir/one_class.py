"""One class from replicates: principal components, Hotelling's T² inside them, Q outside.

Limits are those of a *new* spectrum. The replicates that made the model lie closer to it than
any new one does: their own T² follows a beta distribution, a new one's an F distribution, and the
residuals that count for Q are those of each replicate from a model fitted without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import CalibrationError, SpectrumError
from .limits import QMethod, q_limit, t_squared_limit

FloatArray = NDArray[np.float64]

MIN_REPLICATES: Final = 5
"""Fewer spectra say nothing of their own spread."""
EXPLAINED: Final = 0.9
"""Share of the variance that the components take, when nobody says how many there are."""
_ROUNDING: Final = 1e-12
SCHEMA: Final = "contraspec.one-class/1"


@dataclass(frozen=True, eq=False)
class ClassModel:
    """Principal components of the replicates of one substance, with limits for a new spectrum.

    Attributes
    ----------
    mean : array, shape (m,)
        Of the replicates.
    loadings : array, shape (a, m)
        Components as orthonormal rows, the largest first.
    variances : array, shape (a,)
        Of the replicates' scores, divisor n - 1.
    residual_variances : array, shape (r,)
        Eigenvalues of the covariance of the residuals that replicates have from models fitted without
        them, the largest first.
    n_spectra : int
        Replicates.
    alpha : float
        Share of new spectra of the class that either limit, together, refuses.
    t2_limit, q_limit : float
        Limits, each at ``alpha / 2``.
    """

    mean: FloatArray
    loadings: FloatArray
    variances: FloatArray
    residual_variances: FloatArray
    n_spectra: int
    alpha: float
    t2_limit: float
    q_limit: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        arrays = ("mean", "loadings", "variances", "residual_variances")
        plain = {name: getattr(self, name).tolist() for name in arrays}
        numbers = {name: getattr(self, name) for name in ("n_spectra", "alpha", "t2_limit", "q_limit")}
        return {"schema": SCHEMA, **plain, **numbers}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "ClassModel":
        """Read what ``to_dict`` gave.

        Raises
        ------
        CalibrationError
            When it is no class model.
        """
        try:
            if plain["schema"] != SCHEMA:
                raise CalibrationError(f"class model of schema {plain['schema']!r}: expected {SCHEMA}")
            mean, loadings, variances, rest = (
                np.asarray(plain[name], dtype=np.float64)
                for name in ("mean", "loadings", "variances", "residual_variances")
            )
            if loadings.shape != (variances.size, mean.size) or not np.all(variances > 0):
                raise CalibrationError(f"class model with loadings of shape {loadings.shape}: damaged")
            numbers = [float(plain[name]) for name in ("alpha", "t2_limit", "q_limit")]
            return cls(mean, loadings, variances, rest, int(plain["n_spectra"]), *numbers)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, CalibrationError):
                raise
            raise CalibrationError(f"no class model: {error}; fit it again") from error


@dataclass(frozen=True, eq=False)
class Membership:
    """Where spectra stand towards a class.

    Attributes
    ----------
    t_squared, q : array, shape (...)
        Hotelling's T² of the scores, and the sum of squares of what the components leave.
    inside : array, shape (...), bool
        Within both limits.
    """

    t_squared: FloatArray
    q: FloatArray
    inside: NDArray[np.bool_]


def fit_class(
    spectra: ArrayLike,
    *,
    n_components: int | None = None,
    alpha: float = 0.01,
    q_method: QMethod = "box",
) -> ClassModel:
    """Learn a class from replicates of one substance.

    Parameters
    ----------
    spectra : array, shape (n, m)
        At least 5, prepared and on one grid.
    n_components : int, optional
        Default: as many as take nine tenths of the variance, at most a third of the replicates.
    alpha : float
        Share of new spectra of the class that may be refused. T² and Q each get half of it.
    q_method : str
        Distribution of Q: ``box`` or ``jackson-mudholkar``.

    Returns
    -------
    ClassModel

    Raises
    ------
    CalibrationError
        Too few spectra, more components than they carry, or replicates that do not differ.
    """
    rows = np.asarray(spectra, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[0] < MIN_REPLICATES or not np.all(np.isfinite(rows)):
        raise CalibrationError(f"replicates {rows.shape}: expected at least {MIN_REPLICATES} finite rows")
    n_spectra = rows.shape[0]
    count = _components_of(rows) if n_components is None else n_components
    mean, loadings, variances = _components(rows)
    carried = int(np.count_nonzero(variances > _ROUNDING * max(variances[0], float(np.mean(rows**2)))))
    if not 1 <= count <= min(carried, n_spectra - 3):
        raise CalibrationError(
            f"{count} components of {n_spectra} replicates that carry {carried}: expected at least 1 and "
            f"at most {min(carried, n_spectra - 3)}; replicates that are the same scan count once"
        )
    rest = _residual_variances(rows, count)
    if rest.size == 0:
        raise CalibrationError(f"{count} components leave nothing of the replicates: take fewer")
    return ClassModel(
        mean,
        loadings[:count],
        variances[:count],
        rest,
        n_spectra,
        alpha,
        t_squared_limit(count, n_spectra, alpha=alpha / 2),
        q_limit(rest, alpha=alpha / 2, method=q_method),
    )


def judge(model: ClassModel, spectra: ArrayLike) -> Membership:
    """Compare spectra with a class.

    Parameters
    ----------
    model : ClassModel
        Of the substance.
    spectra : array, shape (..., m)
        Prepared as its replicates were.

    Raises
    ------
    SpectrumError
        Spectra of another length.
    """
    values = np.asarray(spectra, dtype=np.float64)
    if values.shape[-1:] != model.mean.shape:
        raise SpectrumError(f"spectra of shape {values.shape}: expected (..., {model.mean.size})")
    centred = values - model.mean
    scores = centred @ model.loadings.T
    inside = np.sum(scores**2 / model.variances, axis=-1)
    # A difference of two sums of squares would lose the digits of a small residual.
    outside = np.sum((centred - scores @ model.loadings) ** 2, axis=-1)
    return Membership(inside, outside, (inside <= model.t2_limit) & (outside <= model.q_limit))


def _components(rows: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, loadings and variances of the scores."""
    mean = rows.mean(axis=0)
    _, sizes, loadings = np.linalg.svd(rows - mean, full_matrices=False)
    return mean, loadings, sizes**2 / (rows.shape[0] - 1)


def _components_of(rows: FloatArray) -> int:
    _, _, variances = _components(rows)
    total = float(variances.sum())
    if total <= 0:
        raise CalibrationError("the replicates do not differ: expected separate scans of separate samples")
    reached = int(np.searchsorted(np.cumsum(variances) / total, EXPLAINED)) + 1
    return int(max(1, min(reached, rows.shape[0] // 3)))


def _residual_variances(rows: FloatArray, count: int) -> FloatArray:
    """Eigenvalues of the covariance of the residuals of left-out replicates."""
    n_spectra = rows.shape[0]
    left = np.empty_like(rows)
    for row in range(n_spectra):
        mean, loadings, _ = _components(np.delete(rows, row, axis=0))
        centred = rows[row] - mean
        left[row] = centred - (centred @ loadings[:count].T) @ loadings[:count]
    sizes = np.linalg.svd(left, compute_uv=False) ** 2 / n_spectra
    kept: FloatArray = sizes[sizes > _ROUNDING * max(float(sizes[0]), _ROUNDING * float(np.mean(rows**2)))]
    return kept
