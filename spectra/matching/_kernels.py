"""Compiled loops of the search."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel

RECOUNT_BELOW: Final = 1e-6
"""Share of a reference's squares in the common range below which these are added up one by one: as a
difference of large sums they would be rounding."""


@kernel
def best_shift(
    references: NDArray[np.float32],
    totals: NDArray[np.float64],
    reference_stretches: NDArray[np.int64],
    queries: NDArray[np.float32],
    query_stretches: NDArray[np.int64],
    penalty: NDArray[np.float64],
    products: NDArray[np.float32],
    min_points: int,
    min_spread: float,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Highest penalised correlation of each reference over all shifts of the query.

    The sums of a reference are those of its whole row less the columns that the query does not
    have: few of them are read. ``best_shift_numpy`` says what the other arguments and the results are.

    Parameters
    ----------
    totals : array, shape (n, 2)
        Sum and sum of squares of each reference.
    """
    n_rows = references.shape[0]
    n_shifts = queries.shape[0]
    best = np.full(n_rows, -np.inf)
    where = np.zeros(n_rows, dtype=np.int64)
    q_sum = np.zeros((n_shifts, queries.shape[1] + 1))
    q_square = np.zeros((n_shifts, queries.shape[1] + 1))
    for shift in range(n_shifts):  # np.float64: numba's float() of a float32 stays float32
        for column in range(queries.shape[1]):
            value = np.float64(queries[shift, column])
            q_sum[shift, column + 1] = q_sum[shift, column] + value
            q_square[shift, column + 1] = q_square[shift, column] + value * value
    widest_first = query_stretches[:, 0].min()
    widest_last = query_stretches[:, 1].max()
    for row in range(n_rows):
        start, stop = reference_stretches[row, 0], reference_stretches[row, 1]
        low = max(start, widest_first)
        high = max(low, min(stop, widest_last))
        total = totals[row, 0]
        square = totals[row, 1]
        for column in range(start, min(low, stop)):
            value = np.float64(references[row, column])
            total -= value
            square -= value * value
        for column in range(high, stop):
            value = np.float64(references[row, column])
            total -= value
            square -= value * value
        for shift in range(n_shifts):
            first = max(start, query_stretches[shift, 0])
            last = min(stop, query_stretches[shift, 1])
            n = last - first
            if n < min_points:
                continue
            r_sum = total
            r_square = square
            for column in range(low, first):
                value = np.float64(references[row, column])
                r_sum -= value
                r_square -= value * value
            for column in range(last, high):
                value = np.float64(references[row, column])
                r_sum -= value
                r_square -= value * value
            if r_square < RECOUNT_BELOW * totals[row, 1]:
                r_sum = 0.0
                r_square = 0.0
                for column in range(first, last):
                    value = np.float64(references[row, column])
                    r_sum += value
                    r_square += value * value
            a_sum = q_sum[shift, last] - q_sum[shift, first]
            a_square = q_square[shift, last] - q_square[shift, first]
            spread = (r_square - r_sum * r_sum / n) * (a_square - a_sum * a_sum / n)
            if not spread > min_spread * r_square * a_square:
                continue
            correlation = (products[row, shift] - r_sum * a_sum / n) / np.sqrt(spread)
            score = min(correlation, 1.0) - penalty[shift]
            if score > best[row]:
                best[row] = score
                where[row] = shift
    return best, where


@kernel
def range_sums(
    references: NDArray[np.float32],
    ranges: NDArray[np.int64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
    first_row: int,
    last_row: int,
) -> None:
    """Sum and sum of squares of rows over ranges of columns that have most columns in common.

    Parameters
    ----------
    ranges : array, shape (r, 2)
        First column and the one after the last.
    sums, squares : array, shape (r, n)
        Written for the rows from ``first_row`` to the one before ``last_row``.
    """
    low = ranges[:, 0].max()
    high = max(low, ranges[:, 1].min())
    for row in range(first_row, last_row):
        common = references[row, low:high]
        total = 0.0
        square = 0.0
        for column in range(common.size):
            value = np.float64(common[column])
            total += value
            square += value * value
        for number in range(ranges.shape[0]):
            first, last = ranges[number, 0], ranges[number, 1]
            own_total = total
            own_square = square
            for column in range(first, min(low, last)):
                value = np.float64(references[row, column])
                own_total += value
                own_square += value * value
            for column in range(max(high, first), last):
                value = np.float64(references[row, column])
                own_total += value
                own_square += value * value
            if high > last or low == high:  # nothing in common with all others
                own_total = 0.0
                own_square = 0.0
                for column in range(first, last):
                    value = np.float64(references[row, column])
                    own_total += value
                    own_square += value * value
            sums[number, row] = own_total
            squares[number, row] = own_square


@kernel
def slope_products(
    heights: NDArray[np.float32],
    directions: NDArray[np.float32],
    products: NDArray[np.float32],
    squares: NDArray[np.float32],
) -> None:
    """Products of the slopes of rows with some directions, and the squared lengths of the slopes.

    Parameters
    ----------
    heights : array, shape (k, m)
        Rows, of which slopes are first differences.
    directions : array, shape (d, m - 1)
        Compared with.
    products : array, shape (k, d)
        Written to.
    squares : array, shape (k,)
        Written to.
    """
    slopes = np.empty(directions.shape[1], dtype=np.float32)
    for row in range(heights.shape[0]):
        left, right = heights[row, :-1], heights[row, 1:]
        square = np.float32(0.0)
        for column in range(slopes.size):
            slope = right[column] - left[column]
            slopes[column] = slope
            square += slope * slope
        squares[row] = square
        for number in range(directions.shape[0]):
            direction = directions[number]
            product = np.float32(0.0)
            for column in range(slopes.size):
                product += slopes[column] * direction[column]
            products[row, number] = product
