"""Compiled loops over the Gram matrix of a small set: every pair and every triple."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel

DISTINCT: Final = 1e-6
"""Determinant of unit rows above which they count as different."""

TIE: Final = 1e-9
"""Relative difference of two gains that is rounding."""


@kernel
def best_of_gram(
    gram: NDArray[np.float64], product: NDArray[np.float64], groups: NDArray[np.int64], size: int
) -> tuple[float, int, int, int]:
    """Best set of up to two or three unit rows with positive heights; about 3 ns for each triple.

    Parameters
    ----------
    gram : array, shape (n, n)
        Inner products of the rows.
    product : array, shape (n,)
        With the query.
    groups : array, shape (n,), int64
        Rows of one group never stand together.
    size : int
        2 or 3.

    Returns
    -------
    gain : float
        What the set explains of the query's square; 0 when no row has a positive product.
    first, second, third : int
        Ascending, then -1. Ties go to fewer rows, then to those that come first.
    """
    gain, first, second, third = 0.0, -1, -1, -1
    n = product.size
    for i in range(n):
        if product[i] > 0.0 and product[i] * product[i] > gain * (1.0 + TIE):
            gain, first = product[i] * product[i], i
    for i in range(n):
        for j in range(i + 1, n):
            if groups[i] != groups[j]:
                value = _pair_gain(product[i], product[j], gram[i, j])
                if value > gain * (1.0 + TIE):
                    gain, first, second = value, i, j
    if size < 3:
        return gain, first, second, third
    for i in range(n):
        for j in range(i + 1, n):
            if groups[i] == groups[j]:
                continue
            for k in range(j + 1, n):
                if groups[i] == groups[k] or groups[j] == groups[k]:
                    continue
                value = _triple_gain(product[i], product[j], product[k], gram[i, j], gram[i, k], gram[j, k])
                if value > gain * (1.0 + TIE):
                    gain, first, second, third = value, i, j, k
    return gain, first, second, third


@kernel
def _pair_gain(a: float, b: float, g: float) -> float:
    """Gain of two different rows; -1 where a height is not positive."""
    first, second = a - g * b, b - g * a
    determinant = 1.0 - g * g
    if determinant > DISTINCT and first > 0.0 and second > 0.0:
        return (a * first + b * second) / determinant
    return -1.0


@kernel
def _triple_gain(a: float, b: float, c: float, ab: float, ac: float, bc: float) -> float:
    """Gain of three different rows; -1 where a height is not positive."""
    z = c * (1.0 - ab * ab) - a * (ac - ab * bc) - b * (bc - ab * ac)
    if z <= 0.0:
        return -1.0
    y = b * (1.0 - ac * ac) - a * (ab - ac * bc) - c * (bc - ab * ac)
    x = a * (1.0 - bc * bc) - b * (ab - ac * bc) - c * (ac - ab * bc)
    determinant = 1.0 + 2.0 * ab * ac * bc - ab * ab - ac * ac - bc * bc
    if determinant <= DISTINCT or x <= 0.0 or y <= 0.0:
        return -1.0
    return (a * x + b * y + c * z) / determinant
