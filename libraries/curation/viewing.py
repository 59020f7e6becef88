"""What an eye needs of references: curves raw and prepared, their bands, and what to lay beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError, SpectraError
from spectra.matching.bands import find_bands

from ..calibrating import PIPELINES
from ..library import Library
from ..reference import Reference
from .confusables import Confusables
from .survey import replicate_key

Array = NDArray[np.float64]

MAX_POINTS: Final = 4_000
"""More are thinned to the lowest and highest of each stretch, so that no spike is lost."""

BAND_SHARE: Final = 0.03
"""Prominence from which a maximum is listed as a band, as share of the highest point."""
MAX_BANDS: Final = 40


@dataclass(frozen=True)
class Band:
    """A maximum: position in the unit of the axis, height as share of the highest point."""

    position: float
    height: float


@dataclass(frozen=True, eq=False)
class Curve:
    """One way to see a spectrum.

    Attributes
    ----------
    axis, intensity : array, shape (m,), float64
        At most ``MAX_POINTS`` points.
    """

    axis: Array
    intensity: Array


@dataclass(frozen=True, eq=False)
class View:
    """One reference as it is shown.

    Attributes
    ----------
    reference : Reference
        As it stands in the library.
    raw : Curve
        As measured.
    prepared : Curve or None
        As the search sees it; None where it cannot be prepared.
    bands : tuple of Band
        Of the prepared spectrum, ascending; empty without one.
    problem : str
        Why it cannot be prepared; empty where it can.
    """

    reference: Reference
    raw: Curve
    prepared: Curve | None
    bands: tuple[Band, ...]
    problem: str = ""


def view(reference: Reference) -> View:
    """Curves and bands of a reference.

    Parameters
    ----------
    reference : Reference
        Of any technique; only one with a pipeline is prepared.
    """
    spectrum = reference.spectrum
    raw = thin(spectrum.axis, spectrum.intensity)
    pipeline = PIPELINES.get(spectrum.technique)
    if pipeline is None:
        return View(reference, raw, None, (), f"{spectrum.technique} spectra are not prepared")
    try:
        prepared = pipeline.apply(spectrum)
    except SpectraError as error:
        return View(reference, raw, None, (), str(error))
    bands = list_bands(prepared.axis, prepared.intensity)
    return View(reference, raw, thin(prepared.axis, prepared.intensity), bands)


def list_bands(axis: Array, intensity: Array) -> tuple[Band, ...]:
    """Bands of a prepared spectrum, at most ``MAX_BANDS``, the most prominent ones, by position.

    Parameters
    ----------
    axis, intensity : array, shape (m,)
        Baseline-corrected.
    """
    height = float(intensity.max(initial=0.0))
    if height <= 0:
        return ()
    found = find_bands(intensity, min_prominence=BAND_SHARE * height)
    kept = np.sort(np.argsort(-found.prominence, kind="stable")[:MAX_BANDS])
    places = found.position[kept]
    positions = np.interp(places, np.arange(axis.size), axis)
    heights = intensity[np.rint(places).astype(np.int64)] / height
    return tuple(Band(*pair) for pair in zip(positions.tolist(), heights.tolist(), strict=True))


def thin(axis: Array, intensity: Array) -> Curve:
    """Curve of at most ``MAX_POINTS`` points that keeps the lowest and highest of each stretch.

    Parameters
    ----------
    axis, intensity : array, shape (m,)
        Any length.
    """
    if axis.size <= MAX_POINTS:
        return Curve(axis, intensity)
    kept = []
    for places in np.array_split(np.arange(axis.size), MAX_POINTS // 2):
        stretch = intensity[places]
        kept += sorted({int(places[stretch.argmin()]), int(places[stretch.argmax()])})
    return Curve(axis[kept], intensity[kept])


def replicates_of(library: Library, reference_id: str) -> tuple[Reference, ...]:
    """Other references in use of the same name and form.

    Parameters
    ----------
    library : Library
        That holds it.
    reference_id : str
        Of one of its references.
    """
    key = replicate_key(library.by_id[reference_id])
    return tuple(
        each
        for each in library.references
        if each.id != reference_id and not each.deprecated and replicate_key(each) == key
    )


def most_alike(library: Library, reference_id: str, *, limit: int = 6) -> tuple[tuple[Reference, float], ...]:
    """Find the references of other names and forms whose prepared spectra correlate most, one of each.

    Only where the library's search matrix is stored: nothing is prepared for this.

    Parameters
    ----------
    library : Library
        That holds it.
    reference_id : str
        Of one of its references.
    limit : int
        How many at most.

    Returns
    -------
    tuple of (Reference, float)
        With the Pearson correlation over the grid, highest first.
    """
    pipeline = PIPELINES.get(library.technique)
    if pipeline is None or not library.prepared:
        return ()
    try:
        matrix = library.candidates(pipeline)
    except LibraryError:
        return ()
    if reference_id not in matrix.ids:
        return ()
    alike = _correlations(matrix.intensity, matrix.ids.index(reference_id))
    seen, found = {replicate_key(library.by_id[reference_id])}, list[tuple[Reference, float]]()
    for place in np.argsort(-alike, kind="stable").tolist():
        other = library.by_id[matrix.ids[place]]
        if len(found) < limit and replicate_key(other) not in seen:
            seen.add(replicate_key(other))
            found.append((other, float(alike[place])))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class ConfusableMap:
    """Separations as a square.

    Attributes
    ----------
    names : tuple of str
        Substances with their forms, those of a group beside each other.
    ids : tuple of str
        A reference of each.
    separation : array, shape (n, n), float64
        Standard deviations; NaN on the diagonal and where two have too little in common.
    """

    names: tuple[str, ...]
    ids: tuple[str, ...]
    separation: Array


def confusable_map(found: Confusables, *, limit: int = 30) -> ConfusableMap:
    """Lay the nearest pairs out as a map.

    Parameters
    ----------
    found : Confusables
        Of the library.
    limit : int
        Substances at most: those of the nearest pairs.
    """
    ids: dict[str, str] = {}
    nearest: dict[frozenset[str], float] = {}
    for pair in found.pairs:
        one, other = full_name(pair.one), full_name(pair.other)
        if len({*ids, one, other}) > limit:
            continue
        ids.setdefault(one, pair.one.id)
        ids.setdefault(other, pair.other.id)
        nearest[frozenset((one, other))] = pair.separation
    names = _side_by_side(tuple(ids), nearest)
    square = np.full((len(names), len(names)), np.nan)
    for row, one in enumerate(names):
        for column, other in enumerate(names):
            square[row, column] = nearest.get(frozenset((one, other)), np.nan)
    return ConfusableMap(names, tuple(ids[name] for name in names), square)


def _correlations(rows: NDArray[np.float32], place: int) -> Array:
    """Pearson correlation of every row with one of them; 0 for flat rows."""
    mine = rows[place] - rows[place].mean()
    norms = np.sqrt(np.maximum(np.einsum("ij,ij->i", rows, rows) - rows.shape[1] * rows.mean(axis=1) ** 2, 0))
    scale = norms.astype(np.float64) * float(norms[place])
    products = (rows @ mine).astype(np.float64)
    found: Array = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    return found


def full_name(reference: Reference) -> str:
    """Name with the form where one is stated."""
    label = reference.label
    return f"{label.substance} ({label.form})" if label.form else label.substance


def _side_by_side(names: Sequence[str], nearest: dict[frozenset[str], float]) -> tuple[str, ...]:
    """Order in which each name follows the one it is nearest to, so that groups stand together."""
    order, left = list(names[:1]), list(names[1:])
    while left:
        last = order[-1]
        order.append(min(left, key=lambda name: (nearest.get(frozenset((last, name)), np.inf), name)))
        left.remove(order[-1])
    return tuple(order)
