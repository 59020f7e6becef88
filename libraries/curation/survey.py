"""A library as its checks see it: every reference measured and prepared once, near pairs found once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError
from spectra.grid import Grid
from spectra.matrix import SpectralMatrix

from ..calibrating import PIPELINES
from ..library import Library
from ..preparing import prepare
from ..reference import Reference
from .likeness import Likeness, Row, expected_correlation, liken
from .opinion import Opinion, ask
from .traits import Traits, measure

ALIKE: Final = 0.85
"""Correlation from which a pair of two names is looked at closely."""

_BLOCK: Final = 2048
_MAX_REPLICATES: Final = 40
"""Of one name, that are compared each with each; of more, each with the first ones."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    """Two references that are alike.

    Attributes
    ----------
    one, other : int
        Places in the library, the smaller first.
    correlation : float
        Of what is compared, over what the noise of the two lets a substance reach with itself.
    likeness : Likeness
        After alignment.
    """

    one: int
    other: int
    correlation: float
    likeness: Likeness


@dataclass(frozen=True, eq=False)
class Survey:
    """What the checks look at.

    Attributes
    ----------
    library : Library
        As it was opened.
    traits : tuple of Traits
        One per reference that is in use, in the order of the library; deprecated ones are left out.
    rows : mapping of int to Row
        Prepared spectra by their place in ``traits``; those that cannot be prepared are missing.
    failures : mapping of int to str
        Why they cannot.
    near : tuple of Pair
        Pairs of two names that are alike.
    within : mapping of str to tuple of Pair
        All pairs of one name and form, by ``replicate_key``.
    opinions : mapping of int to Opinion
        What the shipped references say of a name that they know.
    """

    library: Library
    traits: tuple[Traits, ...]
    rows: Mapping[int, Row]
    failures: Mapping[int, str]
    near: tuple[Pair, ...]
    within: Mapping[str, tuple[Pair, ...]]
    opinions: Mapping[int, Opinion]

    @cached_property
    def groups(self) -> Mapping[str, tuple[int, ...]]:
        """Places of the references of each instrument."""
        return _collect([traits.group for traits in self.traits])

    def reference(self, place: int) -> Reference:
        """Return the reference at a place."""
        return self.traits[place].reference


def survey(library: Library, *, second: Library | None = None, progress: Progress | None = None) -> Survey:
    """Measure a library.

    Parameters
    ----------
    library : Library
        Of any technique; what needs prepared spectra is left out where its technique has no pipeline.
    second : Library, optional
        Curated references of the same technique to hold the names against: the shipped ones.
    progress : callable, optional
        Called with what is done and what there is to do.
    """
    used = [reference for reference in library.references if not reference.deprecated]
    total = 2 * len(used)
    traits = []
    for done, reference in enumerate(used, start=1):
        traits.append(measure(reference))
        if progress is not None:
            progress(done, total)
    rows, failures = prepared_rows(library, used, [each.quality.noise for each in traits])
    opinions: dict[int, Opinion] = {}
    for place, row in rows.items():
        if second is not None and (opinion := ask(row, used[place], second)) is not None:
            opinions[place] = opinion
        if progress is not None:
            progress(len(used) + place + 1, total)
    return Survey(
        library=library,
        traits=tuple(traits),
        rows=rows,
        failures=failures,
        near=_near(rows, used),
        within=_within(rows, used),
        opinions=opinions,
    )


def replicate_key(reference: Reference) -> str:
    """Name and form, by which replicates are grouped."""
    return f"{reference.label.substance.casefold()}\n{reference.label.form.casefold()}"


def prepared_rows(
    library: Library, used: Sequence[Reference], noise: Sequence[float] | None = None
) -> tuple[dict[int, Row], dict[int, str]]:
    """Prepare references for the search.

    Parameters
    ----------
    library : Library
        Its stored matrix serves where there is one.
    used : sequence of Reference
        Of the library.
    noise : sequence of float, optional
        Standard deviation of each one's noise, in its own unit; 0 when left out.

    Returns
    -------
    rows : dict of int to Row
        By place in ``used``; grade E and what cannot be prepared is missing.
    failures : dict of int to str
        Why the latter cannot.
    """
    pipeline = PIPELINES.get(library.technique)
    rows: dict[int, Row] = {}
    failures: dict[int, str] = {}
    if pipeline is None:
        return rows, failures
    try:
        matrices = [library.candidates(pipeline)]
    except LibraryError:
        matrices = []
        for place, reference in enumerate(used):
            try:
                matrices.append(prepare([reference], pipeline))
            except LibraryError as error:
                failures[place] = str(error)
    places = {reference.id: place for place, reference in enumerate(used)}
    for matrix in matrices:
        for row, reference_id in enumerate(matrix.ids):
            if reference_id in places:
                place = places[reference_id]
                own = 0.0 if noise is None else noise[place]
                rows[place] = _row(matrix, row, own, raman=library.technique == "raman")
    return dict(sorted(rows.items())), failures


def _row(matrix: SpectralMatrix, row: int, noise: float, *, raman: bool) -> Row:
    intensity = matrix.intensity[row].astype(np.float64)
    mask = matrix.mask[row]
    first = int(mask.argmax())
    height = float(np.abs(intensity).max(initial=0.0)) or 1.0
    return Row(matrix.grid, intensity / height, first, first + int(mask.sum()), noise / height, raman)


def _near(rows: Mapping[int, Row], used: Sequence[Reference]) -> tuple[Pair, ...]:
    """Pairs of different names or forms whose correlation exceeds ``ALIKE``."""
    pairs = []
    for one, other in alike_rows(rows, ALIKE):
        if replicate_key(used[one]) == replicate_key(used[other]):
            continue
        likeness = liken(rows[one], rows[other])
        if likeness is not None:
            pairs.append(_pair(rows, one, other, likeness))
    return tuple(pairs)


def _within(rows: Mapping[int, Row], used: Sequence[Reference]) -> dict[str, tuple[Pair, ...]]:
    """Pairs of each name and form that has several references."""
    named: dict[str, list[int]] = defaultdict(list)
    for place in rows:
        named[replicate_key(used[place])].append(place)
    found = {}
    for key, places in named.items():
        pairs = []
        for at, other in enumerate(places):
            for one in places[: min(at, _MAX_REPLICATES)]:
                likeness = liken(rows[one], rows[other])
                if likeness is not None:
                    pairs.append(_pair(rows, one, other, likeness))
        if len(places) > 1:
            found[key] = tuple(pairs)
    return found


def _pair(rows: Mapping[int, Row], one: int, other: int, likeness: Likeness) -> Pair:
    """Pair with its correlation in units of what the noise allows."""
    cleaner, noisier = sorted((rows[one], rows[other]), key=lambda row: row.noise)
    extra = float(np.sqrt(max(noisier.noise**2 - cleaner.noise**2, 0.0)))
    best = expected_correlation(cleaner, extra, seed=other)
    correlation = likeness.correlation
    return Pair(one, other, min(1.0, correlation / best) if best > 0 else correlation, likeness)


def alike_rows(rows: Mapping[int, Row], least: float) -> list[tuple[int, int]]:
    """Find the pairs whose roots correlate on their common range, without alignment.

    Parameters
    ----------
    rows : mapping of int to Row
        By place.
    least : float
        Correlation from which a pair counts.

    Returns
    -------
    list of tuple of int
        Places, the smaller first, ascending.
    """
    by_stretch: dict[tuple[Grid, int, int], list[int]] = defaultdict(list)
    for place, row in rows.items():
        by_stretch[row.grid, row.first, row.last].append(place)
    found: list[tuple[int, int]] = []
    keys = list(by_stretch)
    for at, (grid, first, last) in enumerate(keys):
        ours = np.array([rows[place].compared for place in by_stretch[keys[at]]], dtype=np.float32)
        for key in keys[: at + 1]:
            if key[0] != grid:
                continue
            low, high = max(first, key[1]), min(last, key[2])
            if high - low < _MIN_COMMON_SHARE * min(last - first, key[2] - key[1]):
                continue
            theirs = np.array([rows[place].compared for place in by_stretch[key]], dtype=np.float32)
            a, b = _standardised(ours[:, low:high]), _standardised(theirs[:, low:high])
            for at_ours, at_theirs in _above(a, b, least):
                one, other = sorted((by_stretch[keys[at]][at_ours], by_stretch[key][at_theirs]))
                if one != other:
                    found.append((one, other))
    return sorted(set(found))


_MIN_COMMON_SHARE: Final = 0.5


def _standardised(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = centred / np.where(norm > 0, norm, 1.0)
    return scaled


def _above(ours: NDArray[np.float32], theirs: NDArray[np.float32], least: float) -> Iterator[tuple[int, int]]:
    """Rows of both whose products reach a value, block by block: all at once may not fit."""
    for start in range(0, len(ours), _BLOCK):
        rows, columns = np.nonzero(ours[start : start + _BLOCK] @ theirs.T >= least)
        yield from zip((rows + start).tolist(), columns.tolist(), strict=True)


def _collect(keys: Sequence[str]) -> dict[str, tuple[int, ...]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    return {key: tuple(each) for key, each in places.items()}
