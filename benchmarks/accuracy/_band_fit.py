"""Fits a sum of pseudo-Voigt bands to a baseline-corrected spectrum, greedily."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import least_squares
from scipy.signal import find_peaks, peak_widths

FOUR_LN2 = 4.0 * np.log(2.0)
MAX_BANDS = 60
MIN_WIDTH_CM1, MAX_WIDTH_CM1 = 4.0, 120.0
MAX_HEIGHT = 130.0
GROUP_BANDS = 8
MAX_ROUNDS = 14
Parameters = NDArray[np.float64]
"""One band a row: centre, full width at half maximum, Lorentz share, height."""


@dataclass(frozen=True)
class Fit:
    """Bands of one spectrum and how well they redraw it.

    Attributes
    ----------
    bands : array, shape (n, 4)
        Centre, width, Lorentz share, height (tallest point of the spectrum = 100), by centre.
    r : float
        Pearson correlation of the sum with the baseline-corrected spectrum.
    """

    bands: Parameters
    r: float


def evaluate_bands(axis: NDArray[np.float64], bands: Parameters) -> NDArray[np.float64]:
    """Sum of the bands, as ``libraries.starter.synthesis`` writes it."""
    total = np.zeros(axis.size)
    for centre, width, eta, height in bands:
        u2 = ((axis - centre) / width) ** 2
        total += height * (eta / (1.0 + 4.0 * u2) + (1.0 - eta) * np.exp(-FOUR_LN2 * u2))
    return total


def pearson(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Pearson correlation, 0 when either is flat."""
    a, b = first - first.mean(), second - second.mean()
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / norm if norm > 0 else 0.0


def fit_bands(
    axis: NDArray[np.float64], intensity: NDArray[np.float64], *, noise: float, min_share: float = 0.01
) -> Fit:
    """Bands that redraw a baseline-corrected spectrum.

    Peaks are picked, then refined by least squares in overlapping groups of neighbours;
    the highest remaining bumps of the residual become bands too, until no bump exceeds
    ``min_share`` of the tallest point or five noise deviations, or 60 bands are reached.

    Parameters
    ----------
    axis, intensity : array, shape (m,)
        Even spacing of 1 cm⁻¹.
    noise : float
        Standard deviation of the noise, in the unit of ``intensity``.
    min_share : float
        Smallest band of interest as a share of the tallest point.
    """
    scale = 100.0 / float(intensity.max())
    y = intensity * scale
    floor = max(100.0 * min_share, 5.0 * noise * scale)
    bands = _pick(axis, y, floor, MAX_BANDS)
    bands = _refine(axis, y, bands)
    for _ in range(MAX_ROUNDS):
        room = MAX_BANDS - len(bands)
        extra = _pick(axis, y - evaluate_bands(axis, bands), floor, min(room, 5))
        if len(extra) == 0:
            break
        bands = _prune(_refine(axis, y, np.vstack([bands, extra])), floor)
    bands = _prune(_refine(axis, y, bands), floor)
    bands = _rounded(bands)
    return Fit(bands, pearson(evaluate_bands(axis, bands), y))


def _pick(axis: NDArray[np.float64], y: NDArray[np.float64], floor: float, limit: int) -> Parameters:
    if limit <= 0:
        return np.empty((0, 4))
    smooth: NDArray[np.float64] = gaussian_filter1d(y, 2.0)
    tops, found = find_peaks(smooth, height=floor, prominence=0.7 * floor)
    if tops.size == 0:
        return np.empty((0, 4))
    widths = np.clip(peak_widths(smooth, tops, rel_height=0.5)[0], 6.0, 40.0)
    keep = np.argsort(-found["peak_heights"], kind="stable")[:limit]
    tops, widths = tops[keep], widths[keep]
    return np.column_stack([axis[tops], widths, np.full(tops.size, 0.5), smooth[tops]])


def _prune(bands: Parameters, floor: float) -> Parameters:
    return bands[bands[:, 3] >= 0.5 * floor]


def _rounded(bands: Parameters) -> Parameters:
    ordered = bands[np.lexsort((bands[:, 1], bands[:, 0]))]
    return np.column_stack(
        [ordered[:, 0].round(1), ordered[:, 1].round(1), ordered[:, 2].round(2), ordered[:, 3].round(2)]
    )


def _refine(axis: NDArray[np.float64], y: NDArray[np.float64], bands: Parameters) -> Parameters:
    bands = bands[np.argsort(bands[:, 0], kind="stable")]
    starts = range(0, len(bands), GROUP_BANDS // 2)
    for _ in range(2):
        for start in starts:
            bands = _refine_group(axis, y, bands, slice(start, start + GROUP_BANDS))
        bands = bands[np.argsort(bands[:, 0], kind="stable")]
    return bands


def _refine_group(
    axis: NDArray[np.float64], y: NDArray[np.float64], bands: Parameters, group: slice
) -> Parameters:
    chosen = bands[group]
    low = float(np.min(chosen[:, 0] - 3.0 * chosen[:, 1]))
    high = float(np.max(chosen[:, 0] + 3.0 * chosen[:, 1]))
    window = (axis >= low) & (axis <= high)
    x = axis[window]
    others = bands.copy()
    others[group, 3] = 0.0
    target = y[window] - evaluate_bands(x, others)
    reach = np.clip(0.5 * chosen[:, 1], 2.0, 10.0)
    lower, upper = chosen.copy(), chosen.copy()
    lower[:, 0] = np.maximum(chosen[:, 0] - reach, axis[0])
    upper[:, 0] = np.minimum(chosen[:, 0] + reach, axis[-1])
    lower[:, 1:], upper[:, 1:] = (MIN_WIDTH_CM1, 0.0, 0.0), (MAX_WIDTH_CM1, 1.0, MAX_HEIGHT)
    start = np.clip(chosen, lower + 1e-9, upper - 1e-9)

    def residual(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        return evaluate_bands(x, flat.reshape(-1, 4)) - target

    def jacobian(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        return _jacobian(x, flat.reshape(-1, 4))

    solution = least_squares(
        residual,
        start.ravel(),
        jac=jacobian,
        bounds=(lower.ravel(), upper.ravel()),
        x_scale="jac",
        max_nfev=25,
        ftol=1e-5,
        xtol=1e-5,
    )
    refined = bands.copy()
    refined[group] = solution.x.reshape(-1, 4)
    return refined


def _jacobian(x: NDArray[np.float64], bands: Parameters) -> NDArray[np.float64]:
    columns: list[NDArray[np.float64]] = []
    for centre, width, eta, height in bands:
        u = (x - centre) / width
        lorentz, gauss = 1.0 / (1.0 + 4.0 * u * u), np.exp(-FOUR_LN2 * u * u)
        by_u = height * (-8.0 * eta * u * lorentz**2 - 2.0 * FOUR_LN2 * (1.0 - eta) * u * gauss)
        columns += [
            -by_u / width,
            -by_u * u / width,
            height * (lorentz - gauss),
            eta * lorentz + (1.0 - eta) * gauss,
        ]
    return np.column_stack(columns)
