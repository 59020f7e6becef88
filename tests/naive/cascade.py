"""Slow, obvious twin of the exact search: every inner product in double precision, then a sort."""

import numpy as np


def scores(matrix, query, weights=None):
    """Weighted inner product of a float32 query with every float32 row, one at a time."""
    wide = np.asarray(query, dtype=np.float32).astype(np.float64)
    products = np.array([float(np.dot(row.astype(np.float64), wide)) for row in matrix])
    return products if weights is None else products * weights


def best(scores, top):
    """Rows of the highest scores, best first; equals by the smaller row; rows without a score left out."""
    rows = [row for row in range(len(scores)) if not np.isnan(scores[row])]
    return sorted(rows, key=lambda row: (-scores[row], row))[:top]


def best_of_shifts(matrix, queries, penalties, top):
    """The same by the highest score over the queries, and the query at which it is reached."""
    table = np.array([scores(matrix, query) for query in queries]).T - np.asarray(penalties)
    highest = table.max(axis=1)
    rows = best(highest, top)
    return rows, [int(table[row].argmax()) for row in rows], highest[rows]


def shift(query, channels):
    """Move a query by whole channels, zeros coming in."""
    moved = np.zeros(len(query), dtype=np.float32)
    for place, value in enumerate(query):
        if 0 <= place + channels < len(query):
            moved[place + channels] = value
    return moved
