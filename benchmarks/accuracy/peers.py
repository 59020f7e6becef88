"""What open tools ship, in our own words: one similarity, for two of the three one fixed threshold.

On the raw common range, without baseline, alignment or evidence.

* Pearson's correlation of the intensities; 0.65 is the threshold in common use.
* Pearson's correlation of the absolute first derivatives, as Open Specy compares
  (10.1021/acs.analchem.1c00123); 0.7 is its default threshold.
* The spectral linear kernel (Howley, Ryder, Madden, Hennessy, US 8452716; Khan and Madden,
  10.1016/j.chemolab.2012.03.007): products of the intensities, and of their differences to every
  neighbour in a window, normalised to 1 for a spectrum with itself. As in the package ``ramanbiolib``,
  each spectrum starts at 0 and the window is ±50 cm⁻¹. No threshold is shipped with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from libraries.library import Library
from spectra.grid import Grid
from spectra.matching.search import MIN_OVERLAP_POINTS
from spectra.preprocessing.defaults import RAMAN_GRID

from .cases import Case, Kind

WINDOW_POINTS: Final = 11
"""Of the Savitzky-Golay derivative of third order: 22 cm⁻¹ on the 2 cm⁻¹ grid."""
KERNEL_POINTS: Final = 25
"""Neighbours on either side that the spectral linear kernel compares with: 50 cm⁻¹."""

RANGES_KEPT: Final = 64
"""Common ranges for which a reference's dual is kept: most queries share one of a few."""

Values = NDArray[np.float64]
Transform = Callable[[Values], Values]


@dataclass(frozen=True)
class Peer:
    """One rule of comparison.

    Attributes
    ----------
    name : str
        As printed.
    threshold : float or None
        That is shipped with it.
    prepare : callable
        From raw intensities on the grid to what is compared.
    dual : callable
        Of a prepared spectrum on the common range; the product of one spectrum with the dual of
        another is their kernel.
    """

    name: str
    threshold: float | None
    prepare: Transform
    dual: Transform


@dataclass(frozen=True, eq=False)
class Row:
    """One spectrum on the common grid, prepared for one peer.

    Attributes
    ----------
    first, last : int
        First measured grid point and the one after the last.
    values : array, shape (last - first,)
        Prepared.
    duals : dict
        Of the common ranges seen so far: the dual, and the spectrum's kernel with itself.
    """

    first: int
    last: int
    values: Values
    duals: dict[tuple[int, int], tuple[Values, float]] = field(default_factory=dict)

    def on(self, first: int, last: int, dual: Transform) -> tuple[Values, float]:
        """Dual on a range, and the kernel with itself there."""
        if (first, last) not in self.duals:
            if len(self.duals) >= RANGES_KEPT:
                self.duals.clear()
            own = self.values[first - self.first : last - self.first]
            other = dual(own)
            self.duals[first, last] = (other, float(own @ other))
        return self.duals[first, last]


@dataclass(frozen=True)
class Tops:
    """Best score of one peer for one case.

    Attributes
    ----------
    kind : str
        Of the case.
    vote : str
        Of the case.
    right : bool
        Whether the best reference is what the case is.
    score, left_out : float
        Best score with the library as it stands, and without the case's substances.
    """

    kind: Kind
    vote: str
    right: bool
    score: float
    left_out: float


def centred(values: Values) -> Values:
    """Take the mean away: a normalised product is then Pearson's correlation."""
    moved: Values = values - values.mean()
    return moved


def absolute_derivative(values: Values) -> Values:
    """Absolute first derivative by Savitzky and Golay; zeros for a spectrum shorter than the window."""
    if values.size < WINDOW_POINTS:
        return np.zeros_like(values)
    derivative: Values = savgol_filter(values, WINDOW_POINTS, 3, deriv=1)
    return np.abs(derivative)


def from_zero(values: Values) -> Values:
    """Take the lowest value away."""
    moved: Values = values - values.min()
    return moved


def linear_kernel_dual(values: Values, *, window: int = KERNEL_POINTS) -> Values:
    """Give what to multiply a spectrum with for its spectral linear kernel with ``values``.

    K(x, z) = Σᵢ [xᵢzᵢ + Σⱼ (xᵢ − xⱼ)(zᵢ − zⱼ)], j over the window around i, is x·(z + 2Lz) with L the
    Laplacian of the graph that joins neighbours in a window.

    Parameters
    ----------
    values : array, shape (m,)
        Of one spectrum.
    window : int
        Neighbours on either side.
    """
    place = np.arange(values.size)
    first, last = np.maximum(place - window, 0), np.minimum(place + window + 1, values.size)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    dual: Values = values + 2.0 * ((last - first) * values - (sums[last] - sums[first]))
    return dual


def _as_it_is(values: Values) -> Values:
    return values


PEERS: Final = (
    Peer("raw Pearson", 0.65, _as_it_is, centred),
    Peer("|derivative| Pearson", 0.7, absolute_derivative, centred),
    Peer("spectral linear kernel", None, from_zero, linear_kernel_dual),
)


def peer_tops(library: Library, cases: Iterable[Case]) -> dict[str, list[Tops]]:
    """Best scores of each peer for each case.

    Parameters
    ----------
    library : Library
        Its raw spectra are compared.
    cases : iterable of Case
        Likewise raw.
    """
    raw = [on_grid(reference.spectrum.axis, reference.spectrum.intensity) for reference in library.references]
    identities = [label.identity for label in library.labels]
    asked = [(case, on_grid(case.axis, case.intensity)) for case in cases]
    tops = {}
    for peer in PEERS:
        references = [Row(first, last, peer.prepare(values)) for first, last, values in raw]
        tops[peer.name] = [
            _top(case, [similarity(peer, query, reference) for reference in references], identities)
            for case, (first, last, values) in asked
            for query in (Row(first, last, peer.prepare(values)),)
        ]
    return tops


def on_grid(
    axis: NDArray[np.float64], intensity: NDArray[np.float64], *, grid: Grid = RAMAN_GRID
) -> tuple[int, int, Values]:
    """Interpolate a raw spectrum.

    Parameters
    ----------
    axis, intensity : array, shape (m,)
        As measured.
    grid : Grid
        Only points inside the measured range are made.

    Returns
    -------
    first, last : int
        First measured grid point and the one after the last.
    values : array, shape (last - first,)
        Intensity there.
    """
    first = int(np.searchsorted(grid.axis, axis[0]))
    last = int(np.searchsorted(grid.axis, axis[-1], side="right"))
    return first, last, np.interp(grid.axis[first:last], axis, intensity)


def similarity(peer: Peer, query: Row, reference: Row) -> float:
    """Normalised kernel on the common range, -inf where that is too short or a spectrum is flat.

    Parameters
    ----------
    peer : Peer
        The rule.
    query, reference : Row
        Prepared for it.
    """
    first, last = max(query.first, reference.first), min(query.last, reference.last)
    if last - first < MIN_OVERLAP_POINTS:
        return -np.inf
    theirs, their_norm = reference.on(first, last, peer.dual)
    _, our_norm = query.on(first, last, peer.dual)
    spread = our_norm * their_norm
    ours = query.values[first - query.first : last - query.first]
    return float(ours @ theirs) / spread**0.5 if spread > 0 else -np.inf


def _top(case: Case, scores: Sequence[float], identities: Sequence[str]) -> Tops:
    best = int(np.argmax(scores))
    others = [score for score, identity in zip(scores, identities, strict=True) if identity not in case.truth]
    right = identities[best] in case.truth
    return Tops(case.kind, case.vote, right, scores[best], max(others, default=-np.inf))
