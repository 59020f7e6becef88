"""Learn a quantity from samples that a laboratory has measured: partial least squares by scikit-learn."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._extras import needs_extra
from ...errors import CalibrationError
from .limits import q_limit, t_squared_limit
from .quantity import QuantityModel, fewest_samples

FloatArray = NDArray[np.float64]

FOLDS: Final = 10
MAX_COMPONENTS: Final = 15
LEVEL: Final = 0.95
ALPHA: Final = 0.01


@dataclass(frozen=True, eq=False)
class _Fit:
    """One fit with the most components; the first a of them are the fit with a."""

    mean: FloatArray
    intercept: float
    rotations: FloatArray
    loadings: FloatArray
    value_loadings: FloatArray
    scores: FloatArray

    def coefficients(self, count: int) -> FloatArray:
        found: FloatArray = self.rotations[:, :count] @ self.value_loadings[:count]
        return found


def fit_quantity(
    spectra: ArrayLike,
    values: ArrayLike,
    *,
    samples: Sequence[Hashable] | None = None,
    n_components: int | None = None,
    level: float = LEVEL,
    alpha: float = ALPHA,
) -> QuantityModel:
    """Fit a quantity by partial least squares with cross-validation over samples.

    Ten folds of whole samples, each over the whole range of values. The number of components is the smallest
    whose squared error of left-out samples is within one standard error of the lowest (Breiman, Friedman,
    Olshen and Stone 1984; Hastie, Tibshirani and Friedman 2009, 7.10). Applicability: Hotelling's T² of the
    scores and Q of the residuals that spectra have from models fitted without them.

    Parameters
    ----------
    spectra : array, shape (n, m)
        Prepared, on one axis.
    values : array, shape (n,)
        Measured by a laboratory.
    samples : sequence, optional
        Which sample each spectrum is of; replicates are never in two folds. Default: all different.
    n_components : int, optional
        Instead of the rule.
    level : float
        Coverage of the prediction intervals.
    alpha : float
        Share of new spectra of the calibrated kind that may be refused.

    Returns
    -------
    QuantityModel

    Raises
    ------
    CalibrationError
        Too few samples, values that do not differ, a sample with two values, or too many components.
    ExtraError
        When scikit-learn is not installed.
    """
    rows, wanted = np.asarray(spectra, dtype=np.float64), np.asarray(values, dtype=np.float64)
    sample = _checked(rows, wanted, samples, level)
    fold = _folds(wanted, sample)
    most = _most_components(rows, sample, n_components)
    fits = [_fit(rows[fold != each], wanted[fold != each], most) for each in range(FOLDS)]
    left = _left_out(fits, rows, fold, most)
    firsts = np.unique(sample, return_index=True)[1]
    errors = (left - wanted) ** 2
    count = n_components or fewest_within_one_error(_by_sample(errors, sample))
    whole = _fit(rows, wanted, most)
    variances = np.var(whole.scores[:, :count], axis=0, ddof=1)
    residual_variances = _residual_variances(fits, rows, fold, count)
    coefficients = np.stack([each.coefficients(count) for each in fits])
    return QuantityModel(
        mean=whole.mean,
        intercept=whole.intercept,
        coefficients=whole.coefficients(count),
        rotations=whole.rotations[:, :count].T.copy(),
        loadings=whole.loadings[:, :count].T.copy(),
        score_variances=variances,
        t2_limit=t_squared_limit(count, firsts.size, alpha=alpha / 2),
        q_limit=q_limit(residual_variances, alpha=alpha / 2),
        alpha=alpha,
        fold_coefficients=coefficients,
        fold_intercepts=np.array([each.intercept for each in fits])
        - np.einsum("km,km->k", coefficients, np.stack([each.mean for each in fits])),
        residuals=np.sqrt(errors[count - 1, firsts]),
        folds=fold[firsts],
        level=level,
        low=float(wanted.min()),
        high=float(wanted.max()),
        rmsecv=float(np.sqrt(errors[count - 1].mean())),
        cv_errors=np.sqrt(errors.mean(axis=1)),
    )


def fewest_within_one_error(squared: FloatArray) -> int:
    """Smallest number of components whose mean squared error is within one standard error of the lowest.

    Parameters
    ----------
    squared : array, shape (c, n)
        Squared errors of n left-out samples with 1 … c components.

    Returns
    -------
    int
        From 1 to c.
    """
    means = squared.mean(axis=1)
    best = int(np.argmin(means))
    error = float(np.std(squared[best], ddof=1)) / np.sqrt(squared.shape[1])
    return int(np.argmax(means <= means[best] + error)) + 1


def _checked(
    rows: FloatArray, values: FloatArray, samples: Sequence[Hashable] | None, level: float
) -> NDArray[np.int64]:
    """Tell the sample of each spectrum by a number, in order of appearance; refuse what cannot be fitted."""
    if rows.ndim != 2 or values.shape != rows.shape[:1] or len(samples or values) != len(values):
        raise CalibrationError(f"spectra {rows.shape}, values {values.shape}: expected (n, m) and (n,)")
    if not (np.all(np.isfinite(rows)) and np.all(np.isfinite(values))):
        raise CalibrationError("spectra or values that are not finite: leave those samples out")
    if not 0 < level < 1:
        raise CalibrationError(f"level {level!r}: expected a share between 0 and 1")
    numbers: dict[Hashable, int] = {}
    names = range(len(values)) if samples is None else samples
    sample = np.array([numbers.setdefault(each, len(numbers)) for each in names], dtype=np.int64)
    needed = max(fewest_samples(level), 2 * FOLDS)
    if len(numbers) < needed:
        raise CalibrationError(
            f"{len(numbers)} calibration samples: expected at least {needed} for an interval of {level:g}"
        )
    for name, number in numbers.items():
        if np.ptp(values[sample == number]) > 0:
            raise CalibrationError(f"sample {name!r} has several values: expected one per sample")
    if np.ptp(values) == 0:
        raise CalibrationError(f"all samples have the value {values[0]:g}: expected a range of values")
    return sample


def _folds(values: FloatArray, sample: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fold of each spectrum: samples are dealt out in order of their values."""
    firsts = np.unique(sample, return_index=True)[1]
    order = np.lexsort((np.arange(firsts.size), values[firsts]))
    of_sample = np.empty(firsts.size, dtype=np.int64)
    of_sample[order] = np.arange(firsts.size) % FOLDS
    return of_sample[sample]


def _most_components(rows: FloatArray, sample: NDArray[np.int64], wanted: int | None) -> int:
    n_samples = int(sample.max()) + 1
    limit = min(n_samples // 3, rows.shape[1])
    if wanted is not None and not 1 <= wanted <= limit:
        raise CalibrationError(f"{wanted} components of {n_samples} samples: expected 1 to {limit}")
    return wanted or min(MAX_COMPONENTS, limit)


def _fit(rows: FloatArray, values: FloatArray, count: int) -> _Fit:
    with needs_extra("lab", "scikit-learn, which fits quantities,"):
        from sklearn.cross_decomposition import PLSRegression  # 1 s, for who calibrates alone
    rank = int(np.linalg.matrix_rank(rows - rows.mean(axis=0)))
    if rank < count:
        raise CalibrationError(
            f"spectra that carry {rank} components: expected {count}; take fewer components"
        )
    fitted = PLSRegression(n_components=count, scale=False).fit(rows, values)
    mean = rows.mean(axis=0)
    return _Fit(
        mean,
        float(values.mean()),
        np.asarray(fitted.x_rotations_),
        np.asarray(fitted.x_loadings_),
        np.asarray(fitted.y_loadings_)[0],
        (rows - mean) @ np.asarray(fitted.x_rotations_),
    )


def _left_out(fits: Sequence[_Fit], rows: FloatArray, fold: NDArray[np.int64], most: int) -> FloatArray:
    """Value of each spectrum under the fit without its fold, with 1 … most components: (most, n)."""
    said = np.empty((most, len(rows)))
    for number, fitted in enumerate(fits):
        scores = (rows[fold == number] - fitted.mean) @ fitted.rotations
        said[:, fold == number] = fitted.intercept + np.cumsum(scores * fitted.value_loadings, axis=1).T
    return said


def _by_sample(errors: FloatArray, sample: NDArray[np.int64]) -> FloatArray:
    """Mean over the spectra of each sample."""
    counts = np.bincount(sample)
    return np.stack([np.bincount(sample, weights=row) / counts for row in errors])


def _residual_variances(
    fits: Sequence[_Fit], rows: FloatArray, fold: NDArray[np.int64], count: int
) -> FloatArray:
    """Eigenvalues of the covariance of the residuals of left-out spectra."""
    left = np.empty_like(rows)
    for number, fitted in enumerate(fits):
        centred = rows[fold == number] - fitted.mean
        scores = centred @ fitted.rotations[:, :count]
        left[fold == number] = centred - scores @ fitted.loadings[:, :count].T
    sizes = np.linalg.svd(left, compute_uv=False)
    variances: FloatArray = sizes**2 / len(rows)
    return variances
