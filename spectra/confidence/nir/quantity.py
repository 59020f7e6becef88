"""A fitted quantity: its value with an interval, or why there is none. Plain numbers; numpy alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import CalibrationError, SpectrumError

FloatArray = NDArray[np.float64]
Reason = Literal["scores_outside", "residual_outside", "value_outside"]

_SHAPES: Final = {
    "mean": "m", "coefficients": "m", "rotations": "am", "loadings": "am", "score_variances": "a",
    "fold_coefficients": "km", "fold_intercepts": "k", "residuals": "n", "folds": "n", "cv_errors": "c",
}  # fmt: skip
"""Arrays of a model and their dimensions: points, components, folds, samples, components that were tried."""


@dataclass(frozen=True, eq=False)
class QuantityModel:
    """Partial least squares with what an interval and a limit of applicability take.

    Attributes
    ----------
    mean : array, shape (m,)
        Of the calibration spectra.
    intercept : float
        Mean of the values.
    coefficients : array, shape (m,)
        Value = intercept + (spectrum - mean) · coefficients.
    rotations, loadings : array, shape (a, m)
        From spectra to scores, and back.
    score_variances : array, shape (a,)
        Of the calibration scores.
    t2_limit, q_limit : float
        Of a new spectrum, each at half of ``alpha``.
    alpha : float
        Share of new spectra of the calibrated kind that either limit may refuse.
    fold_coefficients, fold_intercepts : array, shape (k, m) and (k,)
        Models fitted without one fold each: value = intercept + spectrum · coefficients.
    residuals : array, shape (n,)
        Absolute error of each calibration sample under the model fitted without its fold.
    folds : array, shape (n,)
        Fold of each sample.
    level : float
        Coverage of the intervals.
    low, high : float
        Calibrated range.
    rmsecv : float
        Root mean square error of left-out samples.
    cv_errors : array, shape (c,)
        The same with 1, 2 … components: what their number was chosen by.
    """

    mean: FloatArray
    intercept: float
    coefficients: FloatArray
    rotations: FloatArray
    loadings: FloatArray
    score_variances: FloatArray
    t2_limit: float
    q_limit: float
    alpha: float
    fold_coefficients: FloatArray
    fold_intercepts: FloatArray
    residuals: FloatArray
    folds: NDArray[np.int64]
    level: float
    low: float
    high: float
    rmsecv: float
    cv_errors: FloatArray

    @property
    def n_components(self) -> int:
        """Latent variables."""
        return int(self.score_variances.size)

    @property
    def n_samples(self) -> int:
        """Calibration samples."""
        return int(self.residuals.size)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        plain = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            plain[entry.name] = value.tolist() if isinstance(value, np.ndarray) else value
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "QuantityModel":
        """Read what ``to_dict`` gave.

        Raises
        ------
        CalibrationError
            Arrays that are missing, not finite or do not fit each other, or limits that are no limits.
        """
        values: dict[str, Any] = {}
        sizes: dict[str, int] = {}
        try:
            for entry in fields(cls):
                values[entry.name] = _decoded(entry.name, plain[entry.name], sizes)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, CalibrationError):
                raise
            raise CalibrationError(f"not a quantity model: {error}; fit it again") from error
        model = cls(**values)
        if not (model.folds.size and model.folds.min() >= 0 and model.folds.max() < sizes["k"]):
            raise CalibrationError("a quantity model whose samples belong to no fold; fit it again")
        if not (np.all(model.score_variances > 0) and np.all(model.residuals >= 0) and 0 < model.level < 1):
            raise CalibrationError("a quantity model without spread; fit it again")
        return model


@dataclass(frozen=True)
class Prediction:
    """What a model says of one spectrum.

    Attributes
    ----------
    value, low, high : float or None
        Value and prediction interval; None where the model does not apply.
    reasons : tuple of str
        Why it does not: ``scores_outside`` (Hotelling's T²: more of what the samples differ by than
        they hold), ``residual_outside`` (Q: something that no sample holds), ``value_outside`` (beyond the
        calibrated range by more than the root mean square error of left-out samples).
    t_squared, q : float
        Compare with the limits of the model.
    """

    value: float | None
    low: float | None
    high: float | None
    reasons: tuple[Reason, ...]
    t_squared: float
    q: float


def predict(model: QuantityModel, spectra: ArrayLike) -> tuple[Prediction, ...]:
    """Value, interval and applicability for each spectrum.

    The interval is CV+ (Barber, Candès, Ramdas and Tibshirani 2021, 10.1214/20-AOS1965): quantiles of what
    each left-out sample's model says of the spectrum, less and plus that sample's error. It assumes no
    distribution of errors, only that the spectrum is of the calibrated kind. The rate is marginal, over the
    whole calibrated range; in a part of it coverage may be lower.

    Parameters
    ----------
    model : QuantityModel
        Fitted on spectra prepared in the same way.
    spectra : array, shape (n, m) or (m,)
        Prepared.

    Returns
    -------
    tuple of Prediction
        One per spectrum.

    Raises
    ------
    SpectrumError
        Spectra of another length, or values that are not finite.
    """
    rows = np.atleast_2d(np.asarray(spectra, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] != model.mean.size or not np.all(np.isfinite(rows)):
        raise SpectrumError(f"spectra of shape {rows.shape}: expected (n, {model.mean.size}), finite")
    centred = rows - model.mean
    values = model.intercept + centred @ model.coefficients
    scores = centred @ model.rotations.T
    t_squared = np.sum(scores**2 / model.score_variances, axis=1)
    q = np.sum((centred - scores @ model.loadings) ** 2, axis=1)
    low, high = intervals(model, rows)
    return tuple(
        _stated(
            model,
            float(values[row]),
            (float(low[row]), float(high[row])),
            float(t_squared[row]),
            q=float(q[row]),
        )
        for row in range(len(rows))
    )


def intervals(model: QuantityModel, spectra: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both ends of the CV+ interval, whether or not the model applies.

    Parameters
    ----------
    model : QuantityModel
        Fitted.
    spectra : array, shape (n, m)
        Prepared.

    Returns
    -------
    low, high : array, shape (n,)
    """
    rows = np.asarray(spectra, dtype=np.float64)
    said = (rows @ model.fold_coefficients.T + model.fold_intercepts)[:, model.folds]
    count, miss = model.n_samples, 1 - model.level
    rank = math.floor(miss * (count + 1) + 1e-9)
    low = np.partition(said - model.residuals, rank - 1, axis=1)[:, rank - 1]
    high = np.partition(said + model.residuals, count - rank, axis=1)[:, count - rank]
    return low, high


def fewest_samples(level: float) -> int:
    """How many samples an interval of this level takes at the least."""
    return math.ceil(1 / (1 - level) - 1e-9) - 1


def _stated(
    model: QuantityModel, value: float, ends: tuple[float, float], t_squared: float, *, q: float
) -> Prediction:
    reasons: list[Reason] = []
    if t_squared > model.t2_limit:
        reasons.append("scores_outside")
    if q > model.q_limit:
        reasons.append("residual_outside")
    if not model.low - model.rmsecv <= value <= model.high + model.rmsecv:
        reasons.append("value_outside")
    if reasons:
        return Prediction(None, None, None, tuple(reasons), t_squared, q)
    # Between-fold spread can leave the value outside by a hair; an interval holds its own value.
    low, high = min(ends[0], value), max(ends[1], value)
    return Prediction(value, low, high, (), t_squared, q)


def _decoded(name: str, value: Any, sizes: dict[str, int]) -> Any:
    if name not in _SHAPES:
        number = float(value)
        if not math.isfinite(number):
            raise CalibrationError(f"{name} {value!r} of a quantity model: expected a finite number")
        return number
    array = np.array(value, dtype=np.int64 if name == "folds" else np.float64)
    expected = tuple(
        sizes.setdefault(each, length) for each, length in zip(_SHAPES[name], array.shape, strict=False)
    )
    if array.ndim != len(_SHAPES[name]) or array.shape != expected or not np.all(np.isfinite(array)):
        raise CalibrationError(
            f"{name} of shape {array.shape} of a quantity model: expected {expected}, finite"
        )
    return array
