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
