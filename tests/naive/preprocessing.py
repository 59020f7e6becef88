"""Slow, obvious twins of the preprocessing steps: one spectrum, plain loops, dense matrices."""

import numpy as np


def resample_by_slices(axis, intensity, points, step, n_slices=4000):
    """Mean of the linear interpolant over each bin, by brute sampling of the bin's measured part."""
    means = []
    for point in points:
        low, high = max(point - step / 2, axis[0]), min(point + step / 2, axis[-1])
        at = low + (np.arange(n_slices) + 0.5) * (high - low) / n_slices
        means.append(np.interp(at, axis, intensity).mean())
    return np.array(means)


def whittaker(intensity, weights, lam, diff_order):
    """Dense solution of (W + lam DᵀD) z = W y."""
    difference = np.diff(np.eye(intensity.size), n=diff_order, axis=0)
    system = np.diag(weights) + lam * difference.T @ difference
    return np.linalg.solve(system, weights * intensity)


def asls(intensity, lam, p, diff_order=2, max_iter=50, tol=1e-3):
    weights = np.ones(intensity.size)
    for _ in range(max_iter + 1):
        fitted = whittaker(intensity, weights, lam, diff_order)
        new = np.array([p if y > z else 1 - p for y, z in zip(intensity, fitted, strict=True)])
        change = np.linalg.norm(new - weights) / np.linalg.norm(weights)
        if change < tol:
            break
        weights = new
    return fitted


def arpls(intensity, lam, diff_order=2, max_iter=50, tol=1e-3):
    weights = np.ones(intensity.size)
    for _ in range(max_iter + 1):
        fitted = whittaker(intensity, weights, lam, diff_order)
        residual = intensity - fitted
        below = residual[residual < 0]
        mean, deviation = below.mean(), below.std(ddof=1)
        new = 1 / (1 + np.exp(np.minimum(2 * (residual - (2 * deviation - mean)) / deviation, 700)))
        change = np.linalg.norm(new - weights) / np.linalg.norm(weights)
        if change < tol:
            break
        weights = new
    return fitted


def spike_runs(row, least):
    """Every run of one to three pixels, looked at one by one: pixels of those that are spikes."""
    found = set()
    for width in (1, 2, 3):
        for start in range(3, len(row) - width - 2):
            left, right = row[start - 1], row[start + width]
            line = [left + (right - left) * (k + 1) / (width + 1) for k in range(width)]
            above = [row[start + k] - line[k] for k in range(width)]
            height, top = max(above), max(row[start : start + width])
            fall_off = (left - row[start - 3] + right - row[start + width + 2]) / 2
            tall = height > least[start] and top - max(left, right) > 0.5 * height
            if tall and abs(fall_off) < 0.1 * height:
                found |= {start + k for k in range(width) if above[k] > 0.2 * height}
    return found


def snv(intensity):
    mean = sum(intensity) / len(intensity)
    variance = sum((value - mean) ** 2 for value in intensity) / (len(intensity) - 1)
    return np.array([(value - mean) / variance**0.5 for value in intensity])


def savgol(intensity, window, poly_order, order):
    """Fit a polynomial in each window and evaluate its derivative, ends from the outermost window."""
    n, half = intensity.size, window // 2
    result = []
    for centre in range(n):
        first = min(max(centre - half, 0), n - window)
        offsets = np.arange(first, first + window) - centre
        fitted = np.polynomial.Polynomial.fit(
            offsets, intensity[first : first + window], poly_order, domain=[-1, 1], window=[-1, 1]
        )
        result.append(fitted.deriv(order)(0) if order else fitted(0))
    return np.array(result)
