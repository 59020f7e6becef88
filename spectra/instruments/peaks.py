"""Positions and widths of bands to a fraction of a pixel, each with its standard uncertainty."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..matching.bands import Bands, find_bands

FWHM_OF_SIGMA: Final = float(2 * np.sqrt(2 * np.log(2)))
SAMPLING: Final = 0.05
"""Standard uncertainty of a fitted position in pixels that noise does not explain: the shape of a band is
not quite the fitted one, and pixels integrate."""

_MIN_PROMINENCE_NOISE: Final = 5.0
_MIN_PROMINENCE_SHARE: Final = 0.002
_WINDOW: Final = 1.0
"""Full widths on either side of the top that are fitted."""
_MIN_POINTS: Final = 6
_STEPS: Final = 60
_DAMPING: Final = 1e-3

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Peak:
    """One measured band.

    Attributes
    ----------
    position_cm1 : float
        Of the fitted maximum.
    standard_cm1 : float
        Standard uncertainty of the position: noise, misfit and sampling.
    height : float
        Above its local background, in the unit of the spectrum.
    width_cm1 : float
        Full width at half maximum of the fitted Gaussian.
    """

    position_cm1: float
    standard_cm1: float
    height: float
    width_cm1: float


def candidate_bands(axis: Array, intensity: Array, noise: float) -> Bands:
    """Bands that stand out from the noise, their positions in cm⁻¹ on the axis.

    Parameters
    ----------
    axis : array, shape (m,)
        Raman shift, ascending.
    intensity : array, shape (m,)
        Without spikes; a baseline does not matter, since prominence ignores it.
    noise : float
        Standard deviation.
    """
    floor = max(_MIN_PROMINENCE_NOISE * noise, _MIN_PROMINENCE_SHARE * float(np.ptp(intensity)))
    found = find_bands(intensity, min_prominence=floor)
    places = np.interp(found.position, np.arange(axis.size), axis)
    return Bands(places, found.prominence)


def fit_peak(axis: Array, intensity: Array, *, near_cm1: float, noise: float) -> Peak | None:
    """Fit a Gaussian on a straight background to the band around a local maximum.

    Parameters
    ----------
    axis, intensity : array, shape (m,)
        As measured, without spikes.
    near_cm1 : float
        Place of the local maximum.
    noise : float
        Standard deviation of the intensities; where the fit is worse than that, its own scatter counts.

    Returns
    -------
    Peak or None
        None where the band is cut by the end of the axis, too narrow for its pixels or no maximum.
    """
    window = _window(axis, intensity, int(np.argmin(np.abs(axis - near_cm1))))
    if window is None:
        return None
    x, y = axis[window], intensity[window]
    scale = float(np.ptp(y))
    start = np.array([near_cm1, max((x[-1] - x[0]) / 5, 1e-3), scale, float(y.min()), 0.0])
    fitted = _least_squares(x - near_cm1, y, start - [near_cm1, 0, 0, 0, 0])
    if fitted is None:
        return None
    values, covariance_scale, residual = fitted
    spread = max(float(np.sqrt(residual @ residual / max(x.size - 5, 1))), noise)
    step = float((x[-1] - x[0]) / (x.size - 1))
    standard = float(np.hypot(spread * np.sqrt(covariance_scale), SAMPLING * step))
    width = FWHM_OF_SIGMA * abs(float(values[1]))
    inside = abs(float(values[0])) <= width and values[2] > 0
    return Peak(near_cm1 + float(values[0]), standard, float(values[2]), width) if inside else None


def _window(axis: Array, y: Array, top: int) -> slice | None:
    """Points of one band: about a full width on either side, no further than its valleys."""
    left, right = _valley(y, top, -1), _valley(y, top, 1)
    if top in (0, axis.size - 1):
        return None
    half = (y[top] + max(float(y[left]), float(y[right]))) / 2
    inside = [_crossing(y, top, step, half, end) for step, end in ((-1, left), (1, right))]
    reach = _WINDOW * float(axis[inside[1]] - axis[inside[0]])
    first = max(left, int(np.searchsorted(axis, axis[top] - reach)))
    last = min(right, int(np.searchsorted(axis, axis[top] + reach, side="right")) - 1)
    while last - first + 1 < _MIN_POINTS and (first > 0 or last < axis.size - 1):
        first, last = max(0, first - 1), min(axis.size - 1, last + 1)
    return slice(first, last + 1) if last - first + 1 >= _MIN_POINTS else None


def _valley(y: Array, top: int, step: int) -> int:
    """Where the band ends on one side: the lowest point before anything rises above half of what fell."""
    place = lowest = top
    while 0 <= place + step < y.size:
        place += step
        if y[place] < y[lowest]:
            lowest = place
        elif y[place] - y[lowest] > 0.1 * (y[top] - y[lowest]) and y[lowest] < y[top]:
            break
    return lowest


def _crossing(y: Array, top: int, step: int, level: float, end: int) -> int:
    place = top
    while place != end and y[place] > level:
        place += step
    return place


def _least_squares(x: Array, y: Array, start: Array) -> tuple[Array, float, Array] | None:
    """Levenberg–Marquardt for a Gaussian on a line: values, variance of the centre at unit noise, residual.

    Source: Marquardt, J. Soc. Indust. Appl. Math. 11 (1963) 431. Five parameters and some tens of points
    are no work that would justify loading scipy.optimize.
    """
    values, damping = start.copy(), _DAMPING
    residual = y - _curve(x, values)
    for _ in range(_STEPS):
        slopes = _slopes(x, values)
        normal, pull = slopes.T @ slopes, slopes.T @ residual
        try:
            move = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), pull)
        except np.linalg.LinAlgError:
            return None
        tried = values + move
        after = y - _curve(x, tried)
        if not bool(np.isfinite(after).all()):
            return None
        if after @ after < residual @ residual:
            settled = bool(np.all(np.abs(move) <= 1e-9 * (np.abs(values) + 1e-6)))
            values, residual, damping = tried, after, damping / 10
            if settled:
                break
        else:
            damping *= 10
            if damping > 1e12:
                break
    slopes = _slopes(x, values)
    try:
        variance = float(np.linalg.inv(slopes.T @ slopes)[0, 0])
    except np.linalg.LinAlgError:
        return None
    return (values, variance, residual) if variance > 0 else None


def _curve(x: Array, values: Array) -> Array:
    centre, sigma, height, level, slope = values
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        curve: Array = height * np.exp(-0.5 * ((x - centre) / sigma) ** 2) + level + slope * x
    return curve


def _slopes(x: Array, values: Array) -> Array:
    """Differentiate the curve by its parameters, shape (points, 5)."""
    centre, sigma, height, _, _ = values
    z = (x - centre) / sigma
    bell = np.exp(-0.5 * z * z)
    return np.column_stack(
        [height * bell * z / sigma, height * bell * z * z / sigma, bell, np.ones_like(x), x]
    )
