"""A second opinion on a name: what curated references of the same technique say of the spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from spectra.label import Label
from spectra.matching.candidates import rank_candidates
from spectra.matching.index import Query, SearchIndex

from ..calibrating import PIPELINES
from ..library import Library
from ..reference import Reference
from .likeness import Likeness, Row, broadening, liken

_WIDTHS_KNOWN: Final = frozenset({"A", "B", "C"})
"""Grades whose band widths were measured."""


@dataclass(frozen=True)
class Opinion:
    """What the second library says of one reference.

    Attributes
    ----------
    own : Likeness
        To its best reference of the same substance.
    broadening_cm1 : float or None
        By which that one must be broadened to look alike; None where its widths are assumed.
    other : str
        Substance, of all others, that explains the spectrum best; empty where none was found.
    other_strength : float
        Log odds of that one.
    """

    own: Likeness
    broadening_cm1: float | None
    other: str
    other_strength: float


def ask(row: Row, reference: Reference, second: Library) -> Opinion | None:
    """Ask the second library about one reference.

    Parameters
    ----------
    row : Row
        The reference as the search's pipeline leaves it.
    reference : Reference
        Its label says which substance it is said to be.
    second : Library
        Of the same technique.

    Returns
    -------
    Opinion or None
        None where the second library has no reference of that substance that can be compared.
    """
    pipeline = PIPELINES.get(second.technique)
    if pipeline is None or second.technique != reference.spectrum.technique:
        return None
    identity = reference.label.identity
    own = _own(row, _own_rows(second, identity))
    if own is None:
        return None
    likeness, width = own
    other, strength = "", -np.inf
    if row.raman:  # elsewhere no evidence ranks the others
        labels = {label.id: label for label in second.labels}
        other, strength = _other(row, second.index(pipeline), labels, identity)
    return Opinion(likeness, width, other, strength)


def _own(row: Row, theirs: Sequence[tuple[Row, bool]]) -> tuple[Likeness, float | None] | None:
    """Best likeness to references of the same substance, and the broadening where widths are known."""
    best: tuple[Likeness, float | None] | None = None
    for other, widths_known in theirs:
        likeness = liken(row, other) if other.grid == row.grid else None
        if likeness is not None and (best is None or likeness.strength > best[0].strength):
            told = widths_known and row.raman  # slopes have no width of their own
            best = likeness, broadening(row, other, likeness.shift_cm1) if told else None
    return best


@lru_cache(maxsize=1024)
def _own_rows(second: Library, identity: str) -> tuple[tuple[Row, bool], ...]:
    """Rows of one substance in the second library, and whether their widths were measured."""
    matrix = second.candidates(PIPELINES[second.technique])
    labels = {label.id: label for label in second.labels}
    found = []
    for at, reference_id in enumerate(matrix.ids):
        label = labels[reference_id]
        if label.identity == identity:
            mask = matrix.mask[at]
            first = int(mask.argmax())
            intensity = matrix.intensity[at].astype(np.float64)
            height = float(np.abs(intensity).max(initial=0.0)) or 1.0
            last = first + int(mask.sum())
            row = Row(matrix.grid, intensity / height, first, last, 0.0, second.technique == "raman")
            found.append((row, label.grade in _WIDTHS_KNOWN))
    return tuple(found)


def _other(row: Row, index: SearchIndex, labels: dict[str, Label], identity: str) -> tuple[str, float]:
    """Substance of another identity with the most evidence."""
    if index.grid != row.grid:
        return "", -np.inf
    query = Query(row.grid, np.maximum(row.intensity, 0.0), row.first, row.last, row.noise)
    _, ranked = rank_candidates(index, query)
    for entry in ranked:
        label = labels[index.ids[entry.candidate.row]]
        if label.identity != identity:
            return label.substance, entry.log_odds
    return "", -np.inf
