"""What open tools ship, in our own words: one correlation, one fixed threshold.

On the raw common range, without baseline, alignment or evidence. The absolute first derivative is
how Open Specy compares (10.1021/acs.analchem.1c00123); both thresholds are those in common use.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from libraries.library import Library
from spectra.grid import Grid
from spectra.matching.search import MIN_OVERLAP_POINTS
from spectra.preprocessing.defaults import RAMAN_GRID

from .cases import Case, Kind

THRESHOLDS: Final = {"raw Pearson": 0.65, "|derivative| Pearson": 0.7}
WINDOW_POINTS: Final = 11
"""Of the Savitzky-Golay derivative of third order: 22 cm⁻¹ on the 2 cm⁻¹ grid."""


@dataclass(frozen=True, eq=False)
class Row:
    """One spectrum on the common grid, raw and as absolute derivative.

    Attributes
    ----------
    first, last : int
        First measured grid point and the one after the last.
    values : mapping of str to array
        By peer, shape (last - first,).
    """

    first: int
    last: int
    values: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Tops:
    """Best score of one peer for one case.

    Attributes
    ----------
    kind : str
        Of the case.
    right : bool
        Whether the best reference is what the case is.
    score, left_out : float
        Best correlation with the library as it stands, and without the case's substances.
    """

    kind: Kind
    right: bool
    score: float
    left_out: float


def peer_tops(library: Library, cases: Iterable[Case]) -> dict[str, list[Tops]]:
    """Best scores of each peer for each case.

    Parameters
    ----------
    library : Library
        Its raw spectra are compared.
    cases : iterable of Case
        Likewise raw.
    """
    references = [on_grid(r.spectrum.axis, r.spectrum.intensity) for r in library.references]
    identities = [label.identity for label in library.labels]
    tops: dict[str, list[Tops]] = {name: [] for name in THRESHOLDS}
    for case in cases:
        row = on_grid(case.axis, case.intensity)
        for name, found in tops.items():
            scores = [_pearson(row, reference, name) for reference in references]
            found.append(_top(case, scores, identities))
    return tops


def on_grid(axis: NDArray[np.float64], intensity: NDArray[np.float64], *, grid: Grid = RAMAN_GRID) -> Row:
    """Interpolate a raw spectrum and differentiate it.

    Parameters
    ----------
    axis, intensity : array, shape (m,)
        As measured.
    grid : Grid
        Only points inside the measured range are made.
    """
    first = int(np.searchsorted(grid.axis, axis[0]))
    last = int(np.searchsorted(grid.axis, axis[-1], side="right"))
    raw = np.interp(grid.axis[first:last], axis, intensity)
    derivative = np.zeros_like(raw)
    if raw.size >= WINDOW_POINTS:
        derivative = np.abs(savgol_filter(raw, WINDOW_POINTS, 3, deriv=1))
    return Row(first, last, dict(zip(THRESHOLDS, (raw, derivative), strict=True)))


def _pearson(query: Row, reference: Row, name: str) -> float:
    first, last = max(query.first, reference.first), min(query.last, reference.last)
    if last - first < MIN_OVERLAP_POINTS:
        return -np.inf
    ours = query.values[name][first - query.first : last - query.first]
    theirs = reference.values[name][first - reference.first : last - reference.first]
    ours, theirs = ours - ours.mean(), theirs - theirs.mean()
    spread = float(ours @ ours) * float(theirs @ theirs)
    return float(ours @ theirs) / spread**0.5 if spread > 0 else -np.inf


def _top(case: Case, scores: Sequence[float], identities: Sequence[str]) -> Tops:
    best = int(np.argmax(scores))
    others = [score for score, identity in zip(scores, identities, strict=True) if identity not in case.truth]
    return Tops(case.kind, identities[best] in case.truth, scores[best], max(others, default=-np.inf))
