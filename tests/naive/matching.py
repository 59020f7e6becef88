"""Slow, obvious twins of search, evidence and mixtures: one pair at a time, double precision."""

from bisect import bisect_right
from itertools import combinations
from math import ceil, exp, sqrt

import numpy as np
from scipy.optimize import nnls

DEVIATION_CM1 = 4.0


def broaden(intensity, mask, step):
    """Weighted mean of the measured points within four standard deviations, point by point."""
    reach = ceil(4 * DEVIATION_CM1 / step)
    weights = np.array([exp(-0.5 * (k * step / DEVIATION_CM1) ** 2) for k in range(-reach, reach + 1)])
    intensity, mask = np.asarray(intensity, dtype=np.float64), np.asarray(mask)
    result = np.zeros(intensity.size)
    for i in np.flatnonzero(mask):
        low, high = max(0, i - reach), min(intensity.size, i + reach + 1)
        near = weights[low - i + reach : high - i + reach] * mask[low:high]
        result[i] = sum((near * intensity[low:high]).tolist()) / sum(near.tolist())
    return result


def interpolate(x, points, values):
    """Straight line between the two neighbours of ``x``."""
    right = min(max(bisect_right(points, x), 1), len(points) - 1)
    part = (x - points[right - 1]) / (points[right] - points[right - 1])
    return values[right - 1] + min(max(part, 0.0), 1.0) * (values[right] - values[right - 1])


def align(query, shifts_cm1):
    """Square root of the broadened query with each shift added to its axis, and where it is measured."""
    axis = query.grid.axis
    values = query.intensity[query.first : query.last].tolist()
    roots, masks = [], []
    for shift in shifts_cm1:
        points = (axis[query.first : query.last] + shift).tolist()
        mask = (axis >= points[0] - 1e-9) & (axis <= points[-1] + 1e-9)
        row = [
            interpolate(x, points, values) if inside else 0.0 for x, inside in zip(axis, mask, strict=True)
        ]
        roots.append(np.sqrt(broaden(row, mask, query.grid.step)))
        masks.append(mask)
    return np.array(roots), np.array(masks)


def refine(root, reference, step, shifts_cm1, weight):
    """Shift whose interpolated derivative correlates best with the reference's, less the penalty."""
    points = list(range(len(root)))
    best = (-np.inf, 0.0, root)
    for shift in shifts_cm1:
        moved = np.array([interpolate(x - shift / step, points, root) for x in points])
        r = pearson(np.diff(moved), np.diff(reference)) or 0.0
        if r - weight * shift**2 > best[0]:
            best = (r - weight * shift**2, shift, moved)
    return best[2], best[1]


def pearson(a, b):
    """None where a side is constant or has fewer than two points."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    mean_a, mean_b = sum(a.tolist()) / a.size, sum(b.tolist()) / b.size
    product = float(np.sum((a - mean_a) * (b - mean_b)))
    return product / sqrt(float(np.sum((a - mean_a) ** 2)) * float(np.sum((b - mean_b) ** 2)))


def scores(references, reference_masks, queries, query_masks, penalty, *, min_points):
    """Penalised masked Pearson correlation of each row at each shift; -inf where there is none."""
    table = np.full((len(references), len(queries)), -np.inf)
    for row, (reference, measured) in enumerate(zip(references, reference_masks, strict=True)):
        for shift, (query, seen) in enumerate(zip(queries, query_masks, strict=True)):
            common = measured & seen
            if common.sum() >= min_points:
                r = pearson(reference[common], query[common])
                if r is not None:
                    table[row, shift] = r - penalty[shift]
    return table


def search(matrix, query, shifts_cm1, penalty, *, min_points):
    """Table of scores from the prepared matrix on, shape (n, s)."""
    references = [
        np.sqrt(broaden(np.maximum(row, 0.0), mask, matrix.grid.step))
        for row, mask in zip(matrix.intensity, matrix.mask, strict=True)
    ]
    queries, query_masks = align(query, shifts_cm1)
    return scores(references, matrix.mask, queries, query_masks, penalty, min_points=min_points)


def prominence(y, top):
    """Walk from the top to higher ground on both sides; the higher of the two lowest points counts."""
    lows = []
    for direction in (-1, 1):
        place, low = top, y[top]
        while 0 <= place < len(y) and y[place] <= y[top]:
            low = min(low, y[place])
            place += direction
        lows.append(low)
    return y[top] - max(lows)


def explained(bands, weights, by, tolerance):
    """Weighted mean of the credit of each band: 1 up to a third of the tolerance, then falling to 0."""
    total = 0.0
    for band, weight in zip(bands, weights, strict=True):
        distance = min(abs(band - other) for other in by)
        if distance <= tolerance / 3:
            total += weight
        elif distance < tolerance:
            total += weight * (tolerance - distance) / (tolerance - tolerance / 3)
    return total / sum(weights)


def best_subset(spectra, target, size, forbidden=()):
    """Gain and members of the best subset of a size whose heights are all positive: every one is fitted.

    Pairs of ``forbidden`` do not stand together. None when there is none.
    """
    square, best = float(np.dot(target, target)), None
    for subset in combinations(range(len(spectra)), size):
        if not any(pair in forbidden for pair in combinations(subset, 2)):
            heights, residual = nnls(spectra[list(subset)].T, target)
            if min(heights) > 0 and (best is None or square - residual**2 > best[0]):
                best = (square - residual**2, subset)
    return best


def partial_f(spectra, target):
    """F of leaving out each row in turn, with two regressions."""
    rests = []
    for left in (None, *range(len(spectra))):
        rows = np.array([row for place, row in enumerate(spectra) if place != left])
        rest = np.array(target, dtype=np.float64)
        if rows.size:
            rest = rest - np.linalg.lstsq(rows.T, target, rcond=None)[0] @ rows
        rests.append(float(rest @ rest))
    whole, *without = rests
    return [(rest - whole) / (whole / (len(target) - len(spectra))) for rest in without]
