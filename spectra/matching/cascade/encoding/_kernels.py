"""Compiled loops that encode rows and queries. ``bounds.py`` derives what they add up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...._jit import kernel
from .._tables import BLOCK, LOW_STEPS, NECK, TAIL, Tile

READS: Final = "e84edab7"
"""Checksum of the files whose constants are compiled in here: see ``tests/core/test_cascade.py``."""
CODE: Final = 127
"""Largest code of a row or of one byte of a query."""
ZERO_CODE: Final = 128
"""What is added to a row's code to store it without a sign."""
MIDDLE_STEPS: Final = 8191
"""Largest code of a query's middle coefficients: sums of 384 products stay below 2³¹."""
LEAST_GAIN: Final = 1e-6
"""Lower bound of a row's gain, so that what is divided by it stays finite."""
INFLATE: Final = 1.000002
"""Factor on the tails that covers every float32 rounding of the terms they stand in."""
ROUNDING: Final = 2e-6
"""The same, added, for the terms of the codes: relative to their largest sum."""


@kernel
def scale_rows(rows: NDArray[np.float32], out: NDArray[np.float32], figures: NDArray[np.float64]) -> bool:
    """Scale each row by a power of two to a norm of about one; False where a value is not finite.

    Nothing is rounded but what is 2⁻¹²⁰ beside the norm. A row of zeros stays one.

    Parameters
    ----------
    rows, out : array, shape (r, m), float32
    figures : array, shape (r, 3), float64
        Norm, square of the scaled norm, exponent of the scale.
    """
    n_columns = rows.shape[1]
    for row in range(rows.shape[0]):
        square = 0.0
        for column in range(n_columns):
            value = np.float64(rows[row, column])
            square += value * value
        if not np.isfinite(square):
            return False
        exponent = np.int64(0)
        if square > 0.0:
            exponent = np.int64(np.floor(np.log2(square) * 0.5) + 1.0)
        factor = 2.0 ** np.float64(-exponent)
        for column in range(n_columns):
            out[row, column] = rows[row, column] * factor
        figures[row, 0] = np.sqrt(square)
        figures[row, 1] = square * factor * factor
        figures[row, 2] = exponent
    return True


@kernel
def rotate(
    queries: NDArray[np.float32], basis: NDArray[np.float32], coefficients: NDArray[np.float32]
) -> None:
    """Coefficients of queries in the basis; sums of at most 8 + 16 + m / 128 terms, one after the other."""
    length, n_columns = basis.shape
    part = np.empty(n_columns, dtype=np.float32)
    for query in range(queries.shape[0]):
        total = coefficients[query]
        total[:] = 0.0
        values = queries[query]
        for start in range(0, length, 128):
            part[:] = 0.0
            stop = min(start + 128, length)
            whole = start + (stop - start) // 8 * 8
            for row in range(start, whole, 8):
                a, b, c, d = values[row], values[row + 1], values[row + 2], values[row + 3]
                e, f, g, h = values[row + 4], values[row + 5], values[row + 6], values[row + 7]
                r0, r1, r2, r3 = basis[row], basis[row + 1], basis[row + 2], basis[row + 3]
                r4, r5, r6, r7 = basis[row + 4], basis[row + 5], basis[row + 6], basis[row + 7]
                for column in range(n_columns):
                    part[column] += (
                        (a * r0[column] + b * r1[column])
                        + (c * r2[column] + d * r3[column])
                        + (e * r4[column] + f * r5[column])
                        + (g * r6[column] + h * r7[column])
                    )
            for row in range(whole, stop):
                for column in range(n_columns):
                    part[column] += values[row] * basis[row, column]
            for column in range(n_columns):
                total[column] += part[column]


@kernel
def encode_rows(
    coefficients: NDArray[np.float32],
    squares: NDArray[np.float64],
    scales: NDArray[np.float32],
    margins: NDArray[np.float64],
    first: int,
    head: NDArray[np.uint32],
    tail_head: NDArray[np.float32],
    middle: NDArray[np.int8],
    tails: NDArray[np.float32],
    gains: NDArray[np.float64],
    reached: NDArray[np.float64],
) -> None:
    """Round rows to codes and bound what is left of each.

    Parameters
    ----------
    coefficients : array, shape (r, h + w), float32
        Of rows scaled to a norm between a half and one.
    squares : array, shape (r,)
        Of their norms.
    scales : array, shape (h + w,), float32
        Step of each coefficient at a gain of 1.
    margins : array, shape (2,)
        Error of the coefficients (norm) and defect of the basis.
    first : int
        Place of the first row in the library; the results are the library's.
    reached : array, shape (6,)
        Largest error and norm of the scaled codes, of the head, with the neck, and of all: raised.
    """
    error, defect = margins[0], margins[1]
    n_head = 4 * head.shape[1]
    n_all = coefficients.shape[1]
    ends = (n_head, min(n_head + NECK, n_all), n_all)
    inverse = np.empty(n_all)
    for column in range(n_all):
        inverse[column] = 1.0 / scales[column]
    for place in range(coefficients.shape[0]):
        row = first + place
        block, lane = row // BLOCK, row % BLOCK
        peak = 0.0
        for column in range(n_all):
            peak = max(peak, abs(np.float64(coefficients[place, column])) * inverse[column])
        gain = max(peak / CODE, LEAST_GAIN)
        gains[row] = gain
        finest = 1.0 / gain
        own = 0.0
        rounded = 0.0
        coded = 0.0
        start = 0
        for part in range(3):
            gap = TAIL if part == 2 else 0
            for column in range(start, ends[part]):
                value = np.float64(coefficients[place, column])
                code = min(max(np.rint(value * finest * inverse[column]), -CODE), CODE)
                back = gain * scales[column] * code
                own += value * value
                rounded += (value - back) * (value - back)
                coded += back * back
                if part == 0:
                    byte = np.uint32(np.int64(code) + ZERO_CODE)
                    shift = np.uint32(8 * (column % 4))
                    head[block, column // 4, lane] |= np.uint32(byte << shift)
                else:
                    middle[row, column - n_head + gap] = np.int8(code)
            start = ends[part]
            norm = np.sqrt(coded)
            left = squares[place] - own + rounded + defect * coded + 2.0 * norm * error + 1e-12
            tail = np.sqrt(max(left, 0.0)) / gain * INFLATE + 1e-9
            slack = (np.sqrt(rounded) + error + defect * norm) / gain
            reached[2 * part] = max(reached[2 * part], slack)
            reached[2 * part + 1] = max(reached[2 * part + 1], norm / gain)
            if part == 0:
                tail_head[row] = tail
            else:
                tails[row, (ends[part] - n_head + gap) // TAIL] = tail


@kernel
def encode_queries(
    coefficients: NDArray[np.float32],
    figures: NDArray[np.float64],
    scales: NDArray[np.float32],
    margins: NDArray[np.float64],
    unit: float,
    tile: Tile,
) -> None:
    """Round queries, scaled to a norm of about one, to codes and bound what is left.

    Parameters
    ----------
    coefficients : array, shape (t, h + w), float32
    figures : array, shape (t, 3)
        From ``scale_rows``.
    scales : array, shape (h + w,), float32
    margins : array, shape (8,)
        Error of the coefficients, defect of the basis, and ``reached`` of the rows.
    unit : float
        Weighted gain that the gains of the rows are shares of.
    tile : Tile
        What stands between ``codes`` and ``units`` is written.
    """
    error, defect = margins[0], margins[1]
    n_head = tile.whole.shape[1]
    n_all = coefficients.shape[1]
    scaled = np.empty(n_all)
    for query in range(coefficients.shape[0]):
        square = figures[query, 1]
        tile.units[query] = unit * 2.0 ** figures[query, 2]
        head_peak = 1e-30
        middle_peak = 1e-30
        head_square = 0.0
        for column in range(n_all):
            value = np.float64(coefficients[query, column])
            scaled[column] = value * scales[column]
            if column < n_head:
                head_peak = max(head_peak, abs(scaled[column]))
                head_square += value * value
            else:
                middle_peak = max(middle_peak, abs(scaled[column]))
        step = head_peak / (CODE * LOW_STEPS)
        offset = np.int64(0)
        size = 0.0
        rest = 0.0
        word_high = np.int64(0)
        word_low = np.int64(0)
        for column in range(n_head):
            high = np.int64(np.rint(scaled[column] / (step * LOW_STEPS)))
            low = np.int64(np.rint(scaled[column] / step)) - LOW_STEPS * high
            low = min(max(low, np.int64(-CODE)), np.int64(CODE))
            code = LOW_STEPS * high + low
            tile.whole[query, column] = code
            shift = 8 * (column % 4)
            word_high |= (high & 255) << shift
            word_low |= (low & 255) << shift
            if column % 4 == 3:
                # two's complement by hand: what does not fit a signed integer is its negative
                tile.codes[query, 0, column // 4] = word_high - ((word_high >> 31) << 32)
                tile.codes[query, 1, column // 4] = word_low - ((word_low >> 31) << 32)
                word_high = np.int64(0)
                word_low = np.int64(0)
            offset += ZERO_CODE * code
            size += abs(code) * step
            rest += abs(scaled[column] - code * step)
        tile.offsets[query] = offset
        largest = CODE * size
        norm = np.sqrt(head_square)
        slack = norm * margins[2] + CODE * rest + error * margins[3]
        left = square - head_square * (1.0 - defect) + 2.0 * norm * error + 1e-12
        tile.figures[query, 0] = step
        tile.figures[query, 1] = slack + ROUNDING * (1.0 + largest + slack)
        tile.figures[query, 2] = np.sqrt(max(left, 0.0)) * INFLATE + 1e-7
        step = middle_peak / MIDDLE_STEPS
        tile.figures[query, 3] = step
        both = head_square
        start = n_head
        for part in range(2):
            stop = min(n_head + NECK, n_all) if part == 0 else n_all
            for column in range(start, stop):
                value = np.float64(coefficients[query, column])
                code = np.int64(np.rint(scaled[column] / step))
                tile.middle[query, column - n_head] = code
                both += value * value
                largest += CODE * abs(code) * step
                rest += abs(scaled[column] - code * step)
            start = stop
            norm = np.sqrt(both)
            slack = norm * margins[4 + 2 * part] + CODE * rest + error * margins[5 + 2 * part]
            left = square - both * (1.0 - defect) + 2.0 * norm * error + 1e-12
            tile.figures[query, 4 + 2 * part] = slack + ROUNDING * (1.0 + largest + slack)
            tile.figures[query, 5 + 2 * part] = np.sqrt(max(left, 0.0)) * INFLATE + 1e-7
