"""Reads the measured spectra that the starter library is fitted from; no more than that needs."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]

CYCLOHEXANE_LINES_CM1 = (384.1, 426.3, 801.3, 1028.3, 1157.6, 1266.4, 1444.4)
"""Those of ASTM E1840 that the portable instrument resolves; checked against the facts file."""


def read_wasatch(path: Path) -> Curve:
    """Raman shift and Processed column of one ENLIGHTEN export."""
    header: list[str] = []
    rows: list[tuple[float, float]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split(",")
        if cells[0] == "Pixel" and "Wavenumber" in cells:
            header = cells
        elif header and len(cells) == len(header):
            x, y = cells[header.index("Wavenumber")], cells[header.index("Processed")]
            if y != "NA":
                rows.append((float(x), float(y)))
    if not rows:
        raise ValueError(f"{path}: no Wavenumber and Processed columns with numbers")
    table = np.array(rows, dtype=np.float64)
    return table[:, 0], table[:, 1]


def read_portable(path: Path) -> Curve:
    """First monotonic block of a two-column file of the portable instrument."""
    rows: list[tuple[float, float]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        x, y = (float(cell) for cell in line.split(",")[:2])
        if rows and x <= rows[-1][0]:
            break
        rows.append((x, y))
    table = np.array(rows, dtype=np.float64)
    return table[:, 0], table[:, 1]


def noise_sd(intensity: NDArray[np.float64]) -> float:
    """White-noise standard deviation from third differences (median, so bands hardly count)."""
    third = np.diff(intensity, n=3)
    return float(np.median(np.abs(third)) / 0.6745 / np.sqrt(20.0))


def arpls_baseline(
    intensity: NDArray[np.float64], *, lam: float, n_iterations: int = 50
) -> NDArray[np.float64]:
    """Asymmetrically reweighted penalised least squares (Baek et al. 2015, 10.1039/c4an01061b)."""
    penalty = lam * _second_difference_bands(intensity.size)
    weights = np.ones(intensity.size)
    baseline = intensity
    for _ in range(n_iterations):
        system = penalty.copy()
        system[-1] += weights
        baseline = solveh_banded(system, weights * intensity)
        residual = intensity - baseline
        below = residual[residual < 0]
        if below.size < 2:
            break
        mean, sd = float(np.mean(below)), max(float(np.std(below)), 1e-12)
        exponent = np.clip(2.0 * (residual - (2.0 * sd - mean)) / sd, -500.0, 500.0)
        updated = 1.0 / (1.0 + np.exp(exponent))
        change = float(np.linalg.norm(updated - weights) / np.linalg.norm(weights))
        weights = updated
        if change < 1e-3:
            break
    return np.asarray(baseline, dtype=np.float64)


def _second_difference_bands(n: int) -> NDArray[np.float64]:
    """DᵀD of second differences in the upper banded form of LAPACK."""
    bands = np.zeros((3, n))
    for offset, weight in enumerate((1.0, -2.0, 1.0)):
        bands[2, offset : n - 2 + offset] += weight**2
    bands[1, 1 : n - 1] += -2.0
    bands[1, 2:n] += -2.0
    bands[0, 2:n] += 1.0
    return bands


def band_centre(axis: NDArray[np.float64], intensity: NDArray[np.float64], *, near_cm1: float) -> float:
    """Parabolic top of the highest point within 10 cm⁻¹ of ``near_cm1``."""
    inside = np.flatnonzero(np.abs(axis - near_cm1) <= 10.0)
    top = int(inside[np.argmax(intensity[inside])])
    window = slice(max(top - 2, 0), top + 3)
    quadratic = np.polyfit(axis[window] - axis[top], intensity[window], 2)
    return float(axis[top] - quadratic[1] / (2.0 * quadratic[0]))


def portable_correction(data: Path) -> tuple[NDArray[np.float64], float]:
    """Line that maps the portable's axis to Raman shift, from its own cyclohexane.

    Returns
    -------
    coefficients : array, shape (2,)
        Slope and offset for ``numpy.polyval``.
    residual : float
        Root-mean-square deviation from the standard after correction, cm⁻¹.
    """
    facts = json.loads((data / "facts" / "astm-e1840.json").read_text(encoding="utf-8"))
    standard = {float(line) for line in facts["Compounds"]["Cyclohexane"]}
    lines = [line for line in CYCLOHEXANE_LINES_CM1 if line in standard]
    axis, intensity = read_portable(data / "raman" / "portable-customs" / "cyclohexane.txt")
    seen = np.array([band_centre(axis, intensity, near_cm1=line - 5.5) for line in lines])
    coefficients = np.polyfit(seen, lines, 1)
    deviation = np.polyval(coefficients, seen) - np.array(lines)
    return coefficients, float(np.sqrt(np.mean(deviation**2)))
