"""Compiled loops of a plain scan, and the lists that the best rows are kept in.

The scores are sums in double precision in a fixed order; a float32 product only rules rows out.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...._jit import kernel
from ...._vector import dot_float32, dot_float64
from .._tables import Lists, Tables, Tile

READS: Final = "4f9e84bc"
"""Checksum of the files whose code is compiled in here: see ``tests/core/test_cascade.py``.

numba's cache looks at this file only: whoever changes those changes this line.
"""

NEVER: Final = -np.inf
"""Score of an empty place in a list."""
PLAIN_ROUNDING: Final = 1.02 * 2.0**-24
"""Error of a float32 inner product in any order, for each of its terms, beside the product of the norms."""
LARGEST: Final = 1e37
"""Norm from which float32 sums might overflow."""
COMPARED: Final = 16
"""Columns that are compared first when rows are looked at for being equal."""


@kernel
def offer(lists: Lists, owner: int, score: float, row: int, query: int) -> None:
    """Put a row where it belongs in a list, once; a score that is not a number is none."""
    scores, rows, queries = lists.scores[owner], lists.rows[owner], lists.queries[owner]
    last = scores.shape[0] - 1
    if not (score > scores[last] or (score == scores[last] and row <= rows[last])):
        return
    place = last
    for other in range(last + 1):
        if rows[other] == row:
            if not (score > scores[other] or (score == scores[other] and query < queries[other])):
                return
            place = other
    while place > 0 and (scores[place - 1] < score or (scores[place - 1] == score and rows[place - 1] > row)):
        scores[place] = scores[place - 1]
        rows[place] = rows[place - 1]
        queries[place] = queries[place - 1]
        place -= 1
    scores[place] = score
    rows[place] = row
    queries[place] = query


@kernel
def score_row(
    matrix: NDArray[np.float32], row: int, tables: Tables, tile: Tile, query: int, lists: Lists
) -> float:
    """Score a row exactly and offer it to the query's list."""
    weight = tables.weights[tile.sets[query], row]
    product = dot_float64(matrix, row, tile.queries[query], matrix.shape[1])
    score: float = weight * product - tile.penalties[query]
    offer(lists, tile.owners[query], score, row, query)
    return score


@kernel
def upper_bound(
    product: np.float32, length: int, norm: float, weight: float, last: float, penalty: float
) -> float:
    """Bound a row's score by its float32 inner product with the scaled query, whatever the rounding."""
    if norm > LARGEST:
        return np.inf
    margin = PLAIN_ROUNDING * (length + 1) * norm + 1e-40
    return weight * (np.float64(product) + margin) + 1e-12 * (abs(last) + abs(penalty)) - penalty


@kernel
def same_rows(matrix: NDArray[np.float32], row: int, other: int) -> bool:
    """Whether two rows are equal: most are told apart by their first columns."""
    start = 0
    stop = COMPARED
    while start < matrix.shape[1]:
        ours, theirs = matrix[row, start:stop], matrix[other, start:stop]
        apart = np.float32(0.0)  # of one size with what is compared, which is what vectors can count
        for column in range(ours.shape[0]):
            apart += np.float32(ours[column] != theirs[column])
        if apart > 0.0:
            return False
        start = stop
        stop = 16 * stop
    return True


@kernel
def is_late_copy(
    matrix: NDArray[np.float32], tables: Tables, tile: Tile, query: int, lists: Lists, row: int
) -> bool:
    """Whether a row equals the last of the query's list, which stands before it and so keeps its place."""
    owner, weights = tile.owners[query], tables.weights[tile.sets[query]]
    last = lists.rows[owner, -1]
    return (
        last < row
        and lists.queries[owner, -1] == query
        and weights[row] == weights[last]
        and same_rows(matrix, row, last)
    )


@kernel
def scan_plainly(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    query: int,
    lists: Lists,
    first: int,
    stop: int,
) -> None:
    """Compare rows with a query in float32, and score those that rounding may have cost a place.

    In a library of copies that would be every row: one that equals the row before, or the last of
    the list, is as good as that one. So is every row for a query of zeros, and a row of zeros for any.
    """
    values, owner = tile.narrow[query], tile.owners[query]
    weights, norms, listed = tables.weights[tile.sets[query]], tables.norms, lists.scores[owner]
    factor, penalty = tile.factors[query], tile.penalties[query]
    length, middle = values.shape[0], values.shape[0] // 2
    lists.counts[owner, 2] += stop - first
    is_zero = not values.any()
    scored = False
    score = NEVER
    for row in range(first, stop):
        if is_zero or norms[row] == 0.0:
            scored = False
            offer(lists, owner, weights[row] * 0.0 - penalty, row, query)
            continue
        if (
            row > first
            and matrix[row, middle] == matrix[row - 1, middle]
            and weights[row] == weights[row - 1]
            and same_rows(matrix, row, row - 1)
        ):
            if scored:
                offer(lists, owner, score, row, query)
            continue
        product = dot_float32(matrix, row, values, length)
        bound = upper_bound(product, length, norms[row], weights[row] * factor, listed[-1], penalty)
        scored = not bound < listed[-1] and not is_late_copy(matrix, tables, tile, query, lists, row)
        if scored:
            score = score_row(matrix, row, tables, tile, query, lists)


@kernel
def offer_products(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    lists: Lists,
    products: NDArray[np.float32],
    first: int,
) -> None:
    """Take the scaled queries' float32 inner products with rows from ``first`` on, shape (t, rows)."""
    length = matrix.shape[1]
    for query in range(products.shape[0]):
        owner = tile.owners[query]
        weights, norms, listed = tables.weights[tile.sets[query]], tables.norms, lists.scores[owner]
        factor, penalty = tile.factors[query], tile.penalties[query]
        lists.counts[owner, 2] += products.shape[1]
        for place in range(products.shape[1]):
            row = first + place
            weight = weights[row] * factor
            bound = upper_bound(products[query, place], length, norms[row], weight, listed[-1], penalty)
            if not bound < listed[-1] and not is_late_copy(matrix, tables, tile, query, lists, row):
                score_row(matrix, row, tables, tile, query, lists)
