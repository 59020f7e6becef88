"""Bands of a query that an explanation does not have."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .alignment import AlignedQuery
from .bands import find_bands
from .candidates import Weighed
from .evidence import BROADENED_NOISE, MIN_BAND_SHARE, NOISE_FACTOR
from .index import Query, SearchIndex

TOLERANCE_POINTS: Final = 5.0
"""Grid points within which a band of the explanation is the query's."""

FAINT: Final = 0.2
"""Of the least band that counts in a query: how faint one that explains it may be."""


def unexplained_bands(
    query: NDArray[np.float64],
    explanation: NDArray[np.float64],
    *,
    noise: float,
    axis: NDArray[np.float64],
) -> tuple[float, ...]:
    """Positions of the query's bands that an explanation does not have, cm⁻¹, ascending.

    Parameters
    ----------
    query, explanation : array, shape (m,)
        Broadened intensity, aligned.
    noise : float
        Standard deviation of the query's noise before broadening.
    axis : array, shape (m,) or longer
        Raman shift of the points.
    """
    floor = max(MIN_BAND_SHARE * float(query.max(initial=0.0)), NOISE_FACTOR * BROADENED_NOISE * noise)
    bands = find_bands(query, min_prominence=floor if floor > 0 else np.inf)
    height = FAINT * MIN_BAND_SHARE * float(explanation.max(initial=0.0))
    known = find_bands(explanation, min_prominence=height if height > 0 else np.inf).position
    places = np.arange(axis.size, dtype=np.float64)
    return tuple(
        round(float(np.interp(position, places, axis)), 1)
        for position in bands.position.tolist()
        if not known.size or float(np.abs(known - position).min()) > TOLERANCE_POINTS
    )


def unexplained_by_best(
    index: SearchIndex, query: Query, aligned: AlignedQuery, ranked: Sequence[Weighed]
) -> tuple[float, ...]:
    """Bands of the query that the candidate with the most evidence does not have.

    Parameters
    ----------
    index : SearchIndex
        The library.
    query : Query
        Gives the noise.
    aligned : AlignedQuery
        The query at every shift.
    ranked : sequence of Weighed
        Most evidence first; without one there is nothing to say.
    """
    if not ranked:
        return ()
    best = ranked[0].candidate
    stretches = np.array([aligned.stretches[best.shift], index.stretches[best.row]])
    first, last = int(stretches[:, 0].max()), int(stretches[:, 1].min())
    reference = index.root[best.row, first:last].astype(np.float64) ** 2
    seen = aligned.root[best.shift, first:last] ** 2
    return unexplained_bands(seen, reference, noise=query.noise, axis=index.grid.axis[first:last])
