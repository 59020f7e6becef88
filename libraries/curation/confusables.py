"""Which substances of a library a measurement of stated noise cannot tell apart."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from spectra.confidence.groups import MIN_SEPARATION
from spectra.errors import LibraryError, UnsupportedError
from spectra.matching.index import broaden_stretch
from spectra.matching.separation import separation

from ..library import Library
from ..reference import Reference
from .likeness import MIN_COMMON, Likeness, Row, liken
from .survey import Progress, alike_rows, prepared_rows, replicate_key

DEFAULT_SNR: Final = 100.0
"""Signal-to-noise ratio of a good scan of a handheld."""

GOOD_SNR: Final = 30.0
LOOKED_AT: Final = (0.65, 0.8)
"""Correlation of the roots below which a pair is not looked at, for scans worse and better than ``GOOD_SNR``.

Of 80 substances the least alike pair within 6 standard deviations has 0.66 at a signal-to-noise ratio of
10; at 100 all pairs below 0.98 are more than 20 apart."""


@dataclass(frozen=True)
class Confusable:
    """Two references of different substances.

    Attributes
    ----------
    one, other : Reference
        In the order of the library.
    separation : float
        Standard deviations by which a scan of the one departs from the other, the smaller of both
        directions; includes what instruments change.
    correlation : float
        Of the square roots, after alignment.
    """

    one: Reference
    other: Reference
    separation: float
    correlation: float


@dataclass(frozen=True)
class Confusables:
    """What a library's references are to a measurement of stated noise.

    Attributes
    ----------
    snr : float
        Height of the highest band over the noise.
    limit : float
        Standard deviations below which two are not told apart.
    pairs : tuple of Confusable
        Nearest first; of each pair of substances and forms the nearest two references.
    groups : tuple of tuple of str
        Substances that chains of pairs below the limit connect, in the order of the library.
    """

    snr: float
    limit: float
    pairs: tuple[Confusable, ...]
    groups: tuple[tuple[str, ...], ...]


def find_confusables(
    library: Library,
    *,
    snr: float = DEFAULT_SNR,
    limit: float = MIN_SEPARATION,
    progress: Progress | None = None,
) -> Confusables:
    """Find the pairs and groups of substances that one scan does not tell apart.

    A noise of the stated ratio is put on each reference, and the departure from the other is measured by
    ``spectra.matching.separation``, the test by which ``identify`` makes groups.

    Parameters
    ----------
    library : Library
        Of Raman shifts.
    snr : float
        Signal-to-noise ratio, above 0.
    limit : float
        Standard deviations.
    progress : callable, optional
        Called with what is done and what there is to do.

    Raises
    ------
    LibraryError
        When the ratio is not positive.
    UnsupportedError
        When the library's technique has no such test.
    """
    if not (snr > 0 and np.isfinite(snr)):
        raise LibraryError(f"signal-to-noise ratio {snr!r}: expected a positive number")
    if library.technique != "raman":
        raise UnsupportedError(
            f"library {library.name!r} is {library.technique}: what one scan tells apart was measured for "
            f"raman scans only; 'contraspec library lint' names near-identical references of other techniques"
        )
    used = [reference for reference in library.references if not reference.deprecated]
    rows, _ = prepared_rows(library, used)
    candidates = [
        (one, other)
        for one, other in alike_rows(rows, LOOKED_AT[snr >= GOOD_SNR])
        if replicate_key(used[one]) != replicate_key(used[other])
    ]
    nearest: dict[tuple[str, ...], Confusable] = {}
    for done, (one, other) in enumerate(candidates, start=1):
        pair = _confusable(used[one], used[other], rows[one], rows[other], snr)
        if pair is not None:
            key = tuple(sorted((_name(pair.one), _name(pair.other))))
            if key not in nearest or pair.separation < nearest[key].separation:
                nearest[key] = pair
        if progress is not None:
            progress(done, len(candidates))
    pairs = sorted(nearest.values(), key=lambda pair: (pair.separation, pair.one.id, pair.other.id))
    below = [pair for pair in pairs if pair.separation < limit]
    return Confusables(snr, limit, tuple(pairs), _groups(below, used))


def _confusable(one: Reference, other: Reference, a: Row, b: Row, snr: float) -> Confusable | None:
    likeness = liken(a, b)
    if likeness is None:
        return None
    z = min(_separation(a, b, likeness, snr), _separation(b, a, _turned(likeness), snr))
    return Confusable(one, other, z, likeness.correlation)


def _turned(likeness: Likeness) -> Likeness:
    return Likeness(likeness.correlation, likeness.strength, -likeness.shift_cm1)


def _separation(truth: Row, other: Row, likeness: Likeness, snr: float) -> float:
    """Separation of a scan of ``truth`` from ``other``, on the range that both have."""
    step = truth.grid.step
    points = np.arange(truth.grid.n_points)
    moved = np.interp(points - likeness.shift_cm1 / step, points, truth.intensity)
    low = max(other.first, truth.first + int(np.ceil(likeness.shift_cm1 / step)))
    high = min(other.last, truth.last + int(np.floor(likeness.shift_cm1 / step)))
    if high - low < MIN_COMMON:
        return 0.0
    query, null = (broaden_stretch(np.maximum(row[low:high], 0.0), step) for row in (moved, other.intensity))
    return separation(query, query, null, noise=1.0 / snr, step_cm1=step)


def _name(reference: Reference) -> str:
    return (
        f"{reference.label.substance} ({reference.label.form})"
        if reference.label.form
        else (reference.label.substance)
    )


def _groups(pairs: Iterable[Confusable], used: Iterable[Reference]) -> tuple[tuple[str, ...], ...]:
    """Names that pairs connect, directly or by others."""
    links: Mapping[str, set[str]] = defaultdict(set)
    for pair in pairs:
        one, other = _name(pair.one), _name(pair.other)
        links[one].add(other)
        links[other].add(one)
    order = dict.fromkeys(_name(reference) for reference in used)
    groups, seen = [], set[str]()
    for name in order:
        if name in links and name not in seen:
            members, waiting = {name}, [name]
            while waiting:
                new = links[waiting.pop()] - members
                members |= new
                waiting += sorted(new)
            seen |= members
            groups.append(tuple(each for each in order if each in members))
    return tuple(groups)
