"""Datasets piece by piece: a library is hashed and written without a second copy of it in memory."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PIECE: Final = 4 * 2**20
"""Bytes that are handled at once, about."""


@dataclass(frozen=True, eq=False)
class Joined:
    """Rows of numbers that are stored one behind the other.

    Attributes
    ----------
    parts : sequence of array
        One-dimensional, at least one, all of one dtype.
    """

    parts: Sequence[NDArray[Any]]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of all parts."""
        return self.parts[0].dtype

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """As if they were one array."""
        return (sum(part.size for part in self.parts),)


Dataset = NDArray[Any] | Joined


def pieces(dataset: Dataset) -> Iterator[NDArray[Any]]:
    """Arrays that make up a dataset along its first axis, of about ``PIECE`` bytes each."""
    if isinstance(dataset, Joined):
        yield from _gathered(dataset.parts)
    elif dataset.size:
        rows = max(1, PIECE * dataset.shape[0] // dataset.nbytes)
        for first in range(0, dataset.shape[0], rows):
            yield np.ascontiguousarray(dataset[first : first + rows])


def n_bytes(dataset: Dataset) -> int:
    """Length of a dataset in a file."""
    return math.prod(dataset.shape) * dataset.dtype.itemsize


def as_bytes(piece: NDArray[Any]) -> memoryview:
    """Bytes of a piece where they lie."""
    flat: NDArray[np.uint8] = piece.reshape(-1).view(np.uint8)
    return flat.data


def _gathered(parts: Sequence[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Small parts together, for the sake of time."""
    waiting: list[NDArray[Any]] = []
    waiting_bytes = 0
    for part in parts:
        waiting.append(part)
        waiting_bytes += part.nbytes
        if waiting_bytes >= PIECE:
            yield np.concatenate(waiting)
            waiting, waiting_bytes = [], 0
    if waiting_bytes:
        yield np.concatenate(waiting)
