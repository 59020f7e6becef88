"""Lists of the best rows: made, copied for a thread, and joined again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._tables import Lists
from .plain._kernels import NEVER


def empty_lists(n_lists: int, top: int, n_rows: int) -> Lists:
    """Make lists of ``top`` places without a row, which the number after the last stands for."""
    shape, counts = (n_lists, top), np.zeros((n_lists, 3), dtype=np.int64)
    return Lists(np.full(shape, NEVER), np.full(shape, n_rows), np.zeros(shape, dtype=np.int64), counts)


def copy_lists(lists: Lists) -> Lists:
    """Copy lists, for a thread of its own to write to."""
    return Lists(lists.scores.copy(), lists.rows.copy(), lists.queries.copy(), lists.counts.copy())


def merge_lists(parts: list[Lists], top: int) -> Lists:
    """Join lists; where a row stands in several, its best entry counts."""
    if len(parts) == 1:
        return parts[0]
    scores, rows, queries = (
        np.concatenate([getattr(part, name) for part in parts], axis=1)
        for name in ("scores", "rows", "queries")
    )

    def arrange(keys: tuple[NDArray[Any], ...], n: int) -> None:
        nonlocal scores, rows, queries
        order = np.lexsort(keys, axis=1)[:, :n]
        scores, rows, queries = (np.take_along_axis(each, order, axis=1) for each in (scores, rows, queries))

    arrange((queries, -scores, rows), rows.shape[1])
    scores[:, 1:][rows[:, 1:] == rows[:, :-1]] = NEVER
    arrange((rows, -scores), top)
    counts: NDArray[np.int64] = np.sum([part.counts for part in parts], axis=0)
    return Lists(scores, rows, queries, counts)
