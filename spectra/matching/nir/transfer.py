"""From one instrument to another by a few common samples: direct and piecewise direct standardisation.

Wang, Veltkamp and Kowalski 1991 (10.1021/ac00023a016) regress what the second instrument shows at each
wavelength on what the first shows at all of them (direct) or in a window around it (piecewise).
Here the regression is ridged towards an instrument that shows the same, so that a few samples move it only
as far as they can tell. Two presentations of one sample also differ by offset, slope and path
length, which is no difference of instruments: they are taken out pair by pair first.

Whether a transfer helps is asked of samples that it has not seen, in the domain that search compares.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import CalibrationError
from ...preprocessing.scatter import emsc
from .domain import curvature, edge_points, window_points

FloatArray = NDArray[np.float64]
Method = Literal["pds", "ds"]

MIN_SAMPLES: Final = 5
"""Fewer cannot show that they help: five that all do are a chance of one in 32."""
WINDOW_NM: Final = 30.0
RIDGES: Final = tuple(10.0 ** np.arange(-5, 3))
"""Tried, as shares of the variance in the window; the last leaves little but the mean difference."""
MAX_RATIO: Final = 0.8
MAX_P: Final = 0.05
_SAME: Final = 1e-6
"""Difference below which two measurements are one: no two scans have the same noise."""


@dataclass(frozen=True, eq=False)
class Transfer:
    """What turns spectra of the first instrument into those of the second.

    Attributes
    ----------
    method : str
        ``pds`` or ``ds``.
    offset : array, shape (m,)
        Added to each spectrum.
    weights : array, shape (m, m)
        Row i: what each point of the first adds to point i, beyond itself, per deviation from ``mean``.
    mean : array, shape (m,)
        Of the samples on the first instrument.
    ridge : float
        As chosen by leaving samples out.
    """

    method: Method
    offset: FloatArray
    weights: FloatArray
    mean: FloatArray
    ridge: float

    def apply(self, absorbance: FloatArray) -> FloatArray:
        """Spectra of the first instrument, shape (..., m), as the second would show them."""
        moved: FloatArray = absorbance + self.offset + (absorbance - self.mean) @ self.weights.T
        return moved


@dataclass(frozen=True)
class TransferTest:
    """What samples that a transfer has not seen say of it.

    Attributes
    ----------
    before, after : tuple of float
        Of each sample: length of the difference of both instruments' unit-length second derivatives, as they
        are, and after a transfer fitted on the other samples. 0 is the same, 1.41 is nothing in common.
    ratio : float
        Geometric mean of after / before.
    p_value : float
        Of Wilcoxon's signed-rank test that the transfer does not make it smaller.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    ratio: float
    p_value: float

    @property
    def helps(self) -> bool:
        """Whether the residual is clearly smaller: by a fifth on average, and not by chance (p < 0.05)."""
        return self.ratio <= MAX_RATIO and self.p_value < MAX_P


def fit_transfer(
    first: FloatArray, second: FloatArray, *, step_nm: float, method: Method = "pds"
) -> tuple[Transfer, TransferTest]:
    """Learn a transfer from samples measured on both instruments, and test it on each left out.

    Parameters
    ----------
    first, second : array, shape (n, m)
        Absorbance of the same samples in the same order, on one even axis.
    step_nm : float
        Distance of its points, nm.
    method : str
        ``pds`` (a window of 30 nm) or ``ds`` (all points).

    Returns
    -------
    transfer : Transfer
        Fitted on all samples.
    test : TransferTest
        From transfers that were fitted without the sample they are tested on, their ridge chosen without it.

    Raises
    ------
    CalibrationError
        Fewer than 5 samples, other shapes, too short an axis, or an unknown method.
    """
    ours, theirs = _checked(first, second, step_nm, method)
    theirs = _matched(ours, theirs)
    reach = ours.shape[1] if method == "ds" else max(1, round(WINDOW_NM / 2 / step_nm))
    everyone = np.arange(len(ours))
    after = np.empty_like(ours)
    for left in everyone:
        rest = everyone != left
        after[left] = _fit(ours[rest], theirs[rest], reach, step_nm, method=method).apply(ours[left])
    test = _tested(_compared(ours, step_nm), _compared(theirs, step_nm), _compared(after, step_nm))
    return _fit(ours, theirs, reach, step_nm, method=method), test


def _checked(
    first: FloatArray, second: FloatArray, step_nm: float, method: str
) -> tuple[FloatArray, FloatArray]:
    ours, theirs = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if (
        ours.ndim != 2
        or ours.shape != theirs.shape
        or not (np.isfinite(ours).all() and np.isfinite(theirs).all())
    ):
        raise CalibrationError(f"samples {ours.shape} and {theirs.shape}: expected two finite tables alike")
    if len(ours) < MIN_SAMPLES:
        raise CalibrationError(
            f"{len(ours)} common samples: expected at least {MIN_SAMPLES}, better 12 or more"
        )
    shortest = window_points(step_nm) + 2 * edge_points(step_nm)
    if ours.shape[1] < shortest:
        raise CalibrationError(
            f"{ours.shape[1]} common points: expected at least {shortest} {step_nm:g} nm apart"
        )
    if method not in ("pds", "ds"):
        raise CalibrationError(f"transfer by {method!r}: expected pds or ds")
    return ours, theirs


def _matched(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Second instrument's spectra at the offset, slope and path length of the first one's."""
    axis = np.arange(ours.shape[1], dtype=np.float64)
    matched = [emsc(axis, b, reference=a, poly_order=1).intensity for a, b in zip(ours, theirs, strict=True)]
    if not all(row.any() for row in matched):
        raise CalibrationError(
            "a sample looks the opposite on the second instrument: check that both are the same"
        )
    return np.stack(matched)


def _fit(ours: FloatArray, theirs: FloatArray, reach: int, step_nm: float, *, method: Method) -> Transfer:
    """Transfer with the ridge under which left-out samples come closest."""
    wanted = _compared(theirs, step_nm)
    errors = []
    for ridge in RIDGES:
        left = _left_out(ours, theirs, reach, ridge)
        errors.append(float(np.mean((_compared(left, step_nm) - wanted) ** 2)))
    ridge = RIDGES[int(np.argmin(errors))]
    mean, offset, weights = _ridged(ours, theirs, reach, ridge)
    return Transfer(method, offset, weights, mean, ridge)


def _left_out(ours: FloatArray, theirs: FloatArray, reach: int, ridge: float) -> FloatArray:
    """Each sample as the transfer fitted on the others shows it, from the hat matrices of one fit."""
    count = len(ours)
    kernel, scale = _kernels(ours - ours.mean(axis=0), reach)
    difference = theirs - ours
    centred = difference - difference.mean(axis=0)
    hat = np.linalg.solve(kernel + ridge * scale * np.eye(count), kernel).transpose(0, 2, 1) + 1 / count
    fitted = np.einsum("jik,kj->ij", hat, centred) + difference.mean(axis=0)
    own = np.einsum("jii->ij", hat)
    left: FloatArray = ours + difference - (difference - fitted) / np.maximum(1 - own, 1e-9)
    return left


def _ridged(
    ours: FloatArray, theirs: FloatArray, reach: int, ridge: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, offset and weights of the ridge regression of the difference on the window."""
    count, points = ours.shape
    mean = ours.mean(axis=0)
    centred = ours - mean
    kernel, scale = _kernels(centred, reach)
    difference = theirs - ours
    offset = difference.mean(axis=0)
    dual = np.linalg.solve(kernel + ridge * scale * np.eye(count), (difference - offset).T[..., None])[..., 0]
    weights = dual @ centred
    distance = np.abs(np.arange(points) - np.arange(points)[:, None])
    return mean, offset, np.where(distance <= reach, weights, 0.0)


def _kernels(centred: FloatArray, reach: int) -> tuple[FloatArray, float]:
    """Inner products of the samples in the window around each point, shape (m, n, n), and their mean size."""
    count, points = centred.shape
    products = np.einsum("ij,kj->jik", centred, centred)
    total = np.concatenate([np.zeros((1, count, count)), np.cumsum(products, axis=0)])
    first = np.maximum(np.arange(points) - reach, 0)
    last = np.minimum(np.arange(points) + reach + 1, points)
    kernel = total[last] - total[first]
    return kernel, max(float(np.trace(kernel, axis1=1, axis2=2).mean()) / count, np.finfo(float).tiny)


def _compared(absorbance: FloatArray, step_nm: float) -> FloatArray:
    """Unit-length second derivatives without their ends."""
    edge = edge_points(step_nm)
    curved = curvature(absorbance, step_nm)[:, edge:-edge]
    size = np.linalg.norm(curved, axis=1, keepdims=True)
    return curved / np.where(size > 0, size, 1.0)


def _tested(ours: FloatArray, theirs: FloatArray, after: FloatArray) -> TransferTest:
    from scipy.stats import wilcoxon  # 0.5 s, for who transfers alone

    start = np.linalg.norm(ours - theirs, axis=1)
    end = np.linalg.norm(after - theirs, axis=1)
    if not start.min() > _SAME:
        raise CalibrationError("a sample is the same on both instruments: expected two separate measurements")
    ratios = np.log(np.maximum(end, 1e-12) / start)
    p_value = float(wilcoxon(ratios, alternative="less", method="auto").pvalue) if ratios.any() else 1.0
    ratio = float(np.exp(ratios.mean()))
    return TransferTest(tuple(start.tolist()), tuple(end.tolist()), ratio, p_value)
