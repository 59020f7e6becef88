"""Whether a scan lies as near to a library's own scans of a substance as these lie to each other.

One-class limits (:mod:`.one_class`) of the signed roots. They hold for the instrument that made the scans and
for no other (measured: ``docs/method-nir.md``), so that what is outside them is said and nothing withheld.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...matching.nir.domain import curvature, edge_points, signed_root
from ...matching.nir.index import NirIndex, NirQuery
from .one_class import ClassModel, fit_class, judge

MIN_SCANS: Final = 20
"""Scans that know how scans differ: limits of three series of five refuse 2 % of the right ones on the same
instrument, those of four and more series none of 880."""

MAX_SCANS: Final = 60
"""Scans that are looked at; more change nothing and take longer."""

WIDENED: Final = 6.0
"""Times the limit of Q that is allowed: right ones on the other day reach 2.7, of a series left out 4.3;
other substances begin at 16."""

MAX_CUT_NM: Final = 20.0
"""What the query may lack of the range of the scans at either end."""


class OwnScans:
    """A library's scans of its substances as classes, each fitted when it is first asked for.

    Parameters
    ----------
    index : NirIndex
        The library.
    identities : sequence of str
        One per row: rows that share it are scans of one substance.
    """

    def __init__(self, index: NirIndex, identities: Sequence[str]) -> None:
        self._index = index
        self._rows: dict[str, list[int]] = {}
        for row, identity in enumerate(identities):
            self._rows.setdefault(identity, []).append(row)
        self._identities = tuple(identities)
        self._models: dict[tuple[str, int, int], ClassModel] = {}

    def is_outside(self, query: NirQuery, row: int, shift: int) -> bool | None:
        """Whether a query is unlike the scans of the substance of a row.

        Parameters
        ----------
        query : NirQuery
            On the library's grid.
        row : int
            Reference that was found.
        shift : int
            Row of the query at its best shift.

        Returns
        -------
        bool or None
            None where the scans are too few or cover another range, and so say nothing.
        """
        rows = self._rows[self._identities[row]][:MAX_SCANS]
        if len(rows) < MIN_SCANS:
            return None
        cut = round(MAX_CUT_NM / self._index.grid.step)
        stretches = self._index.stretches[rows]
        low, high = int(stretches[:, 0].max()), int(stretches[:, 1].min())
        first, last = (int(each) for each in query.stretches[shift])
        if first - low > cut or high - last > cut or low - int(stretches[:, 0].min()) > cut:
            return None
        first, last = max(first, low), min(last, high)
        model = self._model(self._identities[row], rows, (first, last))
        own = _roots(query.absorbance[shift][None, :], first, last, self._index.grid.step)
        return bool(judge(model, own).q[0] > WIDENED * model.q_limit)

    def _model(self, identity: str, rows: list[int], stretch: tuple[int, int]) -> ClassModel:
        key = (identity, *stretch)
        if key not in self._models:
            values = np.asarray(self._index.absorbance[rows], dtype=np.float64)
            self._models[key] = fit_class(_roots(values, *stretch, self._index.grid.step))
        return self._models[key]


def _roots(values: NDArray[np.float64], first: int, last: int, step: float) -> NDArray[np.float64]:
    edge = edge_points(step)
    curved = curvature(values[:, first - edge : last + edge], step)[:, edge : edge + last - first]
    return np.array([signed_root(each) for each in curved])
