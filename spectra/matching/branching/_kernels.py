"""Compiled loops of the branch and bound; ``spectra.matching.branching`` says why a ceiling is one."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from .state import Beside, Best, Field

CHUNK: Final = 128
"""Products that are added up in single precision before the sum goes on in double."""

DISTINCT: Final = 1e-6
"""Determinant of unit rows above which they count as different."""

TIE: Final = 1e-9
"""Relative difference of two gains that is rounding."""

SLACK: Final = 1e-6
"""By which a ceiling must fall short of the best gain: covers its own rounding."""

FLAT: Final = 1e-9
"""Determinant below which a ceiling is not worked out by division."""

DOT_STEPS: Final = 64
"""Steps of a plain loop that one inner product costs, for the budget."""


@kernel
def row_lengths(matrix: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Length of each row and how many of its values are below 0, each of shape (n,)."""
    lengths = np.empty(matrix.shape[0])
    negative = np.zeros(matrix.shape[0], dtype=np.int64)
    for place in range(matrix.shape[0]):
        row = matrix[place]
        square = 0.0
        for column in range(row.size):
            square += np.float64(row[column]) * np.float64(row[column])
        below = 0
        for column in range(row.size):
            below += row[column] < 0.0
        lengths[place] = np.sqrt(square)
        negative[place] = below
    return lengths, negative


@kernel
def products(
    matrix: NDArray[np.float32], inverse: NDArray[np.float64], vector: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Product of each unit row with a vector, shape (n,); 0 for rows without a length."""
    out = np.zeros(matrix.shape[0])
    for row in range(matrix.shape[0]):
        if inverse[row] > 0.0:
            out[row] = _rounded_product(matrix[row], vector) * inverse[row]
    return out


@kernel
def _rounded_product(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Inner product whose rounding is that of one chunk."""
    total = 0.0
    for start in range(0, first.size, CHUNK):
        a = first[start : start + CHUNK]
        b = second[start : start + CHUNK]
        part = np.float32(0.0)
        for column in range(a.size):
            part += a[column] * b[column]
        total += np.float64(part)
    return total


@kernel
def _exact_product(first: NDArray[np.float32], second: NDArray[np.floating]) -> float:
    total = 0.0
    for column in range(first.size):
        total += np.float64(first[column]) * np.float64(second[column])
    return total


@kernel
def pair_ceiling(a: float, b: float, g: float) -> float:
    """Highest gain of two unit rows, products ``a`` and ``b`` with the query, ``g`` with each other."""
    if g <= FLAT - 1.0:
        return np.inf
    g = min(g, 1.0 - DISTINCT)
    first, second = a - g * b, b - g * a
    if first > 0.0 and second > 0.0:
        return (a * first + b * second) / (1.0 - g * g)
    single = max(a, b, 0.0)
    return single * single


@kernel
def triple_ceiling(a: float, b: float, c: float, ab: float, ac: float, bc: float) -> float:
    """Highest gain of three unit rows; infinite where these products set no limit.

    Where the products are those of no real rows, the highest gain is that of a pair, unless some sum
    of the rows has no length (Hadeler's test of copositivity, Linear Algebra Appl. 49, 1983).
    """
    ab, ac, bc = min(ab, 1.0 - DISTINCT), min(ac, 1.0 - DISTINCT), min(bc, 1.0 - DISTINCT)
    lowest = min(ab, ac, bc)
    if lowest <= FLAT - 1.0:
        return np.inf
    if lowest < 0.0:
        rest = max((1.0 + ab) * (1.0 + ac) * (1.0 + bc), 0.0)
        if ab + ac + bc + 1.0 + np.sqrt(2.0 * rest) <= FLAT:
            return np.inf
    determinant = 1.0 + 2.0 * ab * ac * bc - ab * ab - ac * ac - bc * bc
    if abs(determinant) <= FLAT:
        if lowest < 0.0:
            return np.inf
        less = 1.0 - 1e-4  # lower products only lift the ceiling, and part the rows
        ab, ac, bc = ab * less, ac * less, bc * less
        determinant = 1.0 + 2.0 * ab * ac * bc - ab * ab - ac * ac - bc * bc
    if determinant > 0.0:
        gain = _all_three(a, b, c, ab, ac, bc, determinant)
        if gain > 0.0:
            return gain
    return max(pair_ceiling(a, b, ab), pair_ceiling(a, c, ac), pair_ceiling(b, c, bc))


@kernel
def _all_three(a: float, b: float, c: float, ab: float, ac: float, bc: float, determinant: float) -> float:
    """Gain of three rows whose heights are all positive; -1 where one is not."""
    x = a * (1.0 - bc * bc) - b * (ab - ac * bc) - c * (ac - ab * bc)
    y = b * (1.0 - ac * ac) - a * (ab - ac * bc) - c * (bc - ab * ac)
    z = c * (1.0 - ab * ab) - a * (ac - ab * bc) - b * (bc - ab * ac)
    if x > 0.0 and y > 0.0 and z > 0.0:
        return (a * x + b * y + c * z) / determinant
    return -1.0


@kernel
def pair_gain(a: float, b: float, g: float) -> float:
    """Gain of two different rows with positive heights; -1 where they are not that."""
    first, second = a - g * b, b - g * a
    determinant = 1.0 - g * g
    if determinant > DISTINCT and first > 0.0 and second > 0.0:
        return (a * first + b * second) / determinant
    return -1.0


@kernel
def triple_gain(a: float, b: float, c: float, ab: float, ac: float, bc: float) -> float:
    """Gain of three different rows with positive heights; -1 where they are not that."""
    determinant = 1.0 + 2.0 * ab * ac * bc - ab * ab - ac * ac - bc * bc
    if determinant > DISTINCT:
        return _all_three(a, b, c, ab, ac, bc, determinant)
    return -1.0


@kernel
def scan_pairs(field: Field, best: Best, start: int, budget: int) -> int:
    """Go through the pairs whose first member is ``start`` or later, until the budget is spent.

    Returns
    -------
    int
        Where to go on; the number of rows when no pair is left.
    """
    n = field.order.size
    best.work[1] = 0
    for i in range(start, n - 1):
        if pair_ceiling(field.high[i], field.high[i + 1], field.lowest) <= _cut(best):
            return n
        if best.work[1] > budget:
            return i
        for j in range(i + 1, n):
            if pair_ceiling(field.high[i], field.high[j], field.lowest) <= _cut(best):
                break
            best.work[1] += 1
            if field.groups[field.order[i]] == field.groups[field.order[j]]:
                continue
            if pair_ceiling(field.high[i], field.high[j], _floor(field, i, j)) <= _cut(best):
                continue
            if pair_ceiling(field.high[i], field.high[j], _low_product(field, best, i, j)) > _cut(best):
                try_pair(field, best, field.order[i], field.order[j])
    return n


@kernel
def open_triples(field: Field, best: Best, beside: Beside, i: int) -> None:
    """Work out what triples with first member ``i`` need, as far as any of them can still be best."""
    n = field.order.size
    a, lowest = field.high[i], field.lowest
    seconds = i + 1
    thirds = 0
    best.work[1] = 0
    while seconds < n - 1:
        b, c = field.high[seconds], field.high[seconds + 1]
        if triple_ceiling(a, b, c, lowest, lowest, lowest) <= _cut(best):
            break
        _weigh_partner(field, best, beside, i, seconds)
        if beside.pairs[seconds] > 0.0:
            thirds = max(thirds, _last_third(field, best, i, seconds, beside.low[seconds]))
        seconds += 1
    beside.ends[0] = seconds if thirds > 0 else 0
    beside.ends[1] = thirds
    for k in range(seconds, thirds):
        _weigh_partner(field, best, beside, i, k)
    highest = -np.inf
    beside.reach[thirds] = highest
    for k in range(thirds - 1, i, -1):
        highest = max(highest, beside.pairs[k])
        beside.reach[k] = highest


@kernel
def scan_triples(field: Field, best: Best, beside: Beside, i: int, start: int, budget: int) -> int:
    """Go through the triples of one first member whose second is ``start`` or later.

    Returns
    -------
    int
        Second member to go on with; ``beside.ends[0]`` when none is left.
    """
    bare = field.lowest == 0.0
    a, low, pairs = field.high[i], beside.low, beside.pairs
    seconds, thirds = beside.ends[0], beside.ends[1]
    best.work[1] = 0
    for j in range(start, min(seconds, thirds)):
        if best.work[1] > budget:
            return j
        b = field.high[j]
        best.work[1] += 1
        if pairs[j] < 0.0 or (bare and beside.reach[j + 1] + b * b <= _cut(best)):
            continue
        last = min(_last_third(field, best, i, j, low[j]), thirds)
        best.work[1] += max(last - j, 0)
        for k in range(j + 1, last):
            if bare and pairs[k] + b * b <= _cut(best):
                continue
            c = field.high[k]
            if triple_ceiling(a, b, c, low[j], low[k], _floor(field, j, k)) <= _cut(best):
                continue
            if field.groups[field.order[j]] == field.groups[field.order[k]]:
                continue
            between = _low_product(field, best, j, k)
            if triple_ceiling(a, b, c, low[j], low[k], between) > _cut(best):
                try_triple(field, best, field.order[i], field.order[j], field.order[k])
    return int(seconds)


@kernel
def _weigh_partner(field: Field, best: Best, beside: Beside, i: int, k: int) -> None:
    if field.groups[field.order[i]] == field.groups[field.order[k]]:
        beside.low[k] = 1.0
        beside.pairs[k] = -np.inf
        return
    beside.low[k] = _low_product(field, best, i, k)
    beside.pairs[k] = pair_ceiling(field.high[i], field.high[k], beside.low[k])


@kernel
def _last_third(field: Field, best: Best, i: int, j: int, between: float) -> int:
    """First row from which on none completes the pair to a triple that could be best; 0 if none does."""
    a, b, lowest = field.high[i], field.high[j], field.lowest
    low, high = j + 1, field.order.size
    while low < high:
        middle = (low + high) // 2
        if triple_ceiling(a, b, field.high[middle], between, lowest, lowest) > _cut(best):
            low = middle + 1
        else:
            high = middle
    return int(low) if low > j + 1 else 0


@kernel
def _cut(best: Best) -> float:
    return float(best.gain[0] * (1.0 - SLACK))


@kernel
def _floor(field: Field, i: int, j: int) -> float:
    """Floor of the product of two rows, without looking at them."""
    if field.hidden.shape[1] == 0:
        return 0.0
    floor = -field.error
    for term in range(field.hidden.shape[1]):
        floor -= field.hidden[field.order[i], term] * field.hidden[field.order[j], term]
    return float(max(floor, field.lowest))


@kernel
def _low_product(field: Field, best: Best, i: int, j: int) -> float:
    """Product of two unit rows, rounded down."""
    best.work[0] += 1
    best.work[1] += DOT_STEPS
    first, second = field.order[i], field.order[j]
    product = _rounded_product(field.matrix[first], field.matrix[second])
    product *= field.inverse[first] * field.inverse[second]
    return float(max(product - field.error, _floor(field, i, j)))


@kernel
def _cosine(field: Field, first: int, second: int) -> float:
    product = _exact_product(field.matrix[first], field.matrix[second])
    return float(product * field.inverse[first] * field.inverse[second])


@kernel
def _with_query(field: Field, row: int) -> float:
    return float(_exact_product(field.matrix[row], field.query) * field.inverse[row])


@kernel
def try_singles(field: Field, best: Best) -> None:
    """Make the row that explains most alone the best set; the smallest of those as good."""
    for place in range(field.order.size):
        row = field.order[place]
        product = _with_query(field, row)
        gain = product * product if product > 0.0 else 0.0
        kept = best.gain[0]
        tied = gain >= kept * (1.0 - TIE) and gain <= kept * (1.0 + TIE) and row < best.rows[0]
        if gain > kept * (1.0 + TIE) or tied:
            best.gain[0] = max(gain, kept)
            best.rows[0] = row


@kernel
def try_pair(field: Field, best: Best, first: int, second: int) -> None:
    """Put a pair of rows of the matrix in the place of the best set, where it is better."""
    i, j = min(first, second), max(first, second)
    gain = pair_gain(_with_query(field, i), _with_query(field, j), _cosine(field, i, j))
    _keep_better(best, gain, i, j, -1)


@kernel
def try_triple(field: Field, best: Best, first: int, second: int, third: int) -> None:
    """Put a triple of rows of the matrix in the place of the best set, where it is better."""
    i, k = min(first, second, third), max(first, second, third)
    j = first + second + third - i - k
    gain = triple_gain(
        _with_query(field, i),
        _with_query(field, j),
        _with_query(field, k),
        _cosine(field, i, j),
        _cosine(field, i, k),
        _cosine(field, j, k),
    )
    _keep_better(best, gain, i, j, k)


@kernel
def _keep_better(best: Best, gain: float, i: int, j: int, k: int) -> None:
    """Replace the set by a better one, or by one of its size as good with smaller rows."""
    kept = best.gain[0]
    if gain < kept * (1.0 - TIE):
        return
    if gain <= kept * (1.0 + TIE):
        same_size = (best.rows[1] >= 0) and ((best.rows[2] >= 0) == (k >= 0))
        if not same_size or not _comes_first(best.rows, i, j, k):
            return
    best.gain[0] = max(gain, kept) if gain <= kept * (1.0 + TIE) else gain
    best.rows[0] = i
    best.rows[1] = j
    best.rows[2] = k


@kernel
def _comes_first(rows: NDArray[np.int64], i: int, j: int, k: int) -> bool:
    for kept, new in zip(rows, (i, j, k)):  # noqa: B905 (numba knows no ``strict``)
        if new != kept:
            return bool(new < kept)
    return False
