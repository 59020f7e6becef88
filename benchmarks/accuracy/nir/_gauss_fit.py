"""Fits a sum of Gaussian bands to an absorbance by its second derivative, greedily."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.signal import find_peaks, savgol_filter

Values = NDArray[np.float64]

FOUR_LN2: Final = 4.0 * float(np.log(2.0))
MAX_BANDS: Final = 40
MIN_SHARE: Final = 0.02
"""Of the deepest minimum: a shallower one is no band of interest."""
GOOD_ENOUGH: Final = 0.999
MAX_WIDTH_NM: Final = 160.0
REACH_NM: Final = 12.0


@dataclass(frozen=True)
class Fit:
    """Bands of one absorbance and how well they redraw its second derivative.

    Attributes
    ----------
    bands : array, shape (n, 3)
        Centre and full width at half maximum in nm, height (highest point of the sum = 100).
    r : float
        Pearson correlation of the two second derivatives.
    """

    bands: Values
    r: float


def draw(axis_nm: Values, bands: Values) -> Values:
    """Sum of the bands, shape (m,)."""
    u = (axis_nm[:, None] - bands[:, 0]) / bands[:, 1]
    total: Values = np.exp(-FOUR_LN2 * u**2) @ bands[:, 2]
    return total


def second_derivative(axis_nm: Values, *, window_nm: float) -> Values:
    """Matrix of the Savitzky-Golay second derivative on an even axis, shape (m, m).

    Zeros half a window off either end, where the polynomial is one-sided.
    """
    step = float(axis_nm[1] - axis_nm[0])
    points = round(window_nm / step) // 2 * 2 + 1
    made: Values = savgol_filter(np.eye(axis_nm.size), points, 3, deriv=2, delta=step, axis=0)
    made[: points // 2] = made[-(points // 2) :] = 0.0
    return made


def fit_gaussians(axis_nm: Values, absorbance: Values, *, window_nm: float, min_width_nm: float) -> Fit:
    """Bands whose sum has the second derivative of an absorbance.

    Minima become bands, refined together by least squares; the deepest minima of what remains
    become bands too, until they are shallow or enough.

    Parameters
    ----------
    axis_nm, absorbance : array, shape (m,)
        Even axis.
    window_nm : float
        Of the second derivative.
    min_width_nm : float
        Least full width at half maximum.
    """
    operator = second_derivative(axis_nm, window_nm=window_nm)
    wanted = operator @ absorbance
    wanted /= max(float(-wanted.min()), 1e-30)
    bands = np.empty((0, 3))
    for _ in range(8):
        rest = wanted - operator @ draw(axis_nm, bands)
        extra = _minima(axis_nm, rest, room=MAX_BANDS - len(bands))
        if not len(extra):
            break
        bands = _refine(axis_nm, wanted, np.vstack([bands, extra]), operator, min_width_nm)
        bands = bands[_depth(bands) > MIN_SHARE / 2]
        if _pearson(operator @ draw(axis_nm, bands), wanted) > GOOD_ENOUGH:
            break
    bands = bands[np.argsort(bands[:, 0])]
    bands[:, 2] *= 100.0 / draw(axis_nm, bands).max()
    bands = np.column_stack([bands[:, :2].round(1), bands[:, 2].round(2)])
    bands = bands[bands[:, 2] > 0]
    return Fit(bands, _pearson(operator @ draw(axis_nm, bands), wanted))


def _depth(bands: Values) -> Values:
    """Depth of the second derivative's minimum of each band alone."""
    depth: Values = bands[:, 2] * 2.0 * FOUR_LN2 / bands[:, 1] ** 2
    return depth


def _minima(axis_nm: Values, curved: Values, *, room: int) -> Values:
    places, found = find_peaks(-curved, height=MIN_SHARE, prominence=MIN_SHARE / 2)
    chosen = np.sort(places[np.argsort(-found["peak_heights"], kind="stable")[: max(room, 0)]])
    width = 40.0
    height = -curved[chosen] * width**2 / (2.0 * FOUR_LN2)
    return np.column_stack([axis_nm[chosen], np.full(chosen.size, width), height])


def _refine(axis_nm: Values, wanted: Values, bands: Values, operator: Values, min_width_nm: float) -> Values:
    lower = np.column_stack([bands[:, 0] - REACH_NM, np.full(len(bands), min_width_nm), np.zeros(len(bands))])
    upper = np.column_stack(
        [bands[:, 0] + REACH_NM, np.full(len(bands), MAX_WIDTH_NM), np.full(len(bands), np.inf)]
    )
    lower[:, 0], upper[:, 0] = np.maximum(lower[:, 0], axis_nm[0]), np.minimum(upper[:, 0], axis_nm[-1])
    start = np.clip(bands, lower + 1e-9, np.where(np.isfinite(upper), upper - 1e-9, bands + 1.0))

    def residual(flat: Values) -> Values:
        return operator @ draw(axis_nm, flat.reshape(-1, 3)) - wanted

    def jacobian(flat: Values) -> Values:
        current = flat.reshape(-1, 3)
        u = (axis_nm[:, None] - current[:, 0]) / current[:, 1]
        gauss = np.exp(-FOUR_LN2 * u**2)
        slope = 2.0 * FOUR_LN2 * u * gauss * current[:, 2] / current[:, 1]
        made: Values = operator @ np.stack([slope, slope * u, gauss], axis=-1).reshape(axis_nm.size, -1)
        return made

    solution = least_squares(
        residual,
        start.ravel(),
        jac=jacobian,
        bounds=(lower.ravel(), upper.ravel()),
        x_scale="jac",
        max_nfev=60,
    )
    found: Values = solution.x.reshape(-1, 3)
    return found


def _pearson(first: Values, second: Values) -> float:
    return float(np.corrcoef(first, second)[0, 1]) if first.std() > 0 else 0.0
