"""What the kernels of the cascade are given, and the layout of the codes."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 64
"""Rows whose heads are stored together."""
NECK: Final = 60
"""Middle coefficients that a row is looked at with first, at the most: with a tail, a line of the cache."""
TAIL: Final = 4
"""Bytes of a tail among a row's middle codes."""
LOW_STEPS: Final = 254
"""Steps of a query's low byte that make one step of its high byte."""


class Tables(NamedTuple):
    """What the kernels read of an index; shapes and units stand at ``CascadeIndex``.

    ``tails`` are the bytes of ``middle`` read as float32, shape (n, (w + 8) / 4).
    """

    head: NDArray[np.uint32]
    tail_head: NDArray[np.float32]
    middle: NDArray[np.int8]
    tails: NDArray[np.float32]
    gains: NDArray[np.float32]
    weights: NDArray[np.float64]
    norms: NDArray[np.float64]


class Tile(NamedTuple):
    """Some encoded queries, t of them.

    Attributes
    ----------
    queries : array, shape (t, m), float64
        As they are scored.
    narrow : array, shape (t, m), float32
        Scaled to a norm of about one.
    factors : array, shape (t,), float64
        What a scaled query was divided by.
    codes : array, shape (t, 2, h / 4), int32
        High and low bytes of the head's codes, four to an integer.
    whole : array, shape (t, h), int32
        The same as single integers.
    offsets : array, shape (t,), int64
        What the scan adds because a row's codes are stored without a sign.
    middle : array, shape (t, w), int16
        Codes of the middle coefficients.
    figures : array, shape (t, 8), float32
        Head: size of a step, slack, tail; size of a step of the others; neck: slack, tail; middle: the same.
    units : array, shape (t,), float64
        Score that a bound of 1 stands for.
    owners : array, shape (t,), int64
        List that the query's rows go to.
    sets : array, shape (t,), int64
        Row of ``gains`` and ``weights`` that holds for it.
    penalties : array, shape (t,), float64
        Subtracted from its scores.
    """

    queries: NDArray[np.float64]
    narrow: NDArray[np.float32]
    factors: NDArray[np.float64]
    codes: NDArray[np.int32]
    whole: NDArray[np.int32]
    offsets: NDArray[np.int64]
    middle: NDArray[np.int16]
    figures: NDArray[np.float32]
    units: NDArray[np.float64]
    owners: NDArray[np.int64]
    sets: NDArray[np.int64]
    penalties: NDArray[np.float64]


class Chunk(NamedTuple):
    """Rows that are scanned before their survivors are looked at, and where to mark that they are left."""

    number: int
    first: int
    stop: int
    left: NDArray[np.bool_]


class Lists(NamedTuple):
    """Best rows so far, one list per owner, best first; ties by the smaller row.

    Attributes
    ----------
    scores : array, shape (l, k), float64
    rows, queries : array, shape (l, k), int64
        The row, and the query of the tile that it fits best.
    counts : array, shape (l, 3), int64
        Rows that went to the second bound, that passed the third, that were scanned plainly.
    """

    scores: NDArray[np.float64]
    rows: NDArray[np.int64]
    queries: NDArray[np.int64]
    counts: NDArray[np.int64]
