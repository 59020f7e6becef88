"""Calibration cases of a near infrared library: its substances present and left out."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...label import Label
from ...matching.candidates import Weighed
from ...matching.nir.index import NirIndex, build_nir_index, query_of
from ...matching.nir.search import SEARCHED, rank_nir
from ...matrix import SpectralMatrix
from ...quality import estimate_noise
from ..fitting import Cases
from .simulation import perturb_nir

SINGLE_CASES: Final = 300
REPLICATE_CASES: Final = 150
"""Numbers that do not grow with the library."""

DILUTED: Final = 4
"""Every so many queries hold a little of another entry."""
DILUTION: Final = (0.03, 0.2)

Progress = Callable[[int, int], None]


def simulate_nir(
    matrix: SpectralMatrix,
    labels: Sequence[Label],
    *,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Cases:
    """Statements about simulated queries and about the library's own replicates, right and wrong.

    Parameters
    ----------
    matrix : SpectralMatrix
        The library, absorbance; the order of its rows does not matter.
    labels : sequence of Label
        One per row: rows of one identity are left out together.
    rng : numpy.random.Generator
        Source of all randomness.
    progress : callable, optional
        Called with what is done and what there is to do.
    """
    order = sorted(range(len(labels)), key=lambda row: matrix.ids[row])
    ordered = SpectralMatrix(
        matrix.grid, matrix.intensity[order], matrix.mask[order], tuple(matrix.ids[row] for row in order)
    )
    library = _Asked(build_nir_index(ordered), ordered, tuple(labels[row] for row in order))
    drawn = _evenly(library.identities, SINGLE_CASES, rng)
    replicates = _replicates(library.labels, rng)
    total = len(drawn) + len(replicates)
    for place, row in enumerate(drawn):
        library.ask_drawn(row, diluted=place % DILUTED == DILUTED - 1, rng=rng)
        if progress is not None:
            progress(place + 1, total)
    for place, row in enumerate(replicates, start=len(drawn)):
        library.ask_replicate(row)
        if progress is not None:
            progress(place + 1, total)
    return Cases(
        right=tuple(library.right),
        wrong=tuple(library.wrong),
        gaps=tuple(library.gaps),
        replicates=tuple(library.own),
        n_replicates=library.n_own,
    )


class _Asked:
    """A library and the log odds of what was stated of it so far."""

    def __init__(self, index: NirIndex, matrix: SpectralMatrix, labels: tuple[Label, ...]) -> None:
        self.index, self.matrix, self.labels = index, matrix, labels
        self.identities = [label.identity for label in labels]
        self.right: list[float] = []
        self.wrong: list[float] = []
        self.own: list[float] = []
        self.gaps: list[float] = []
        self.n_own = 0

    def ask_drawn(self, row: int, *, diluted: bool, rng: np.random.Generator) -> None:
        """Add what is said of one reference measured anew."""
        columns = np.flatnonzero(self.matrix.mask[row])
        values = self._values(row, columns)
        absent = {self.identities[row]}
        if diluted:
            other = int(rng.integers(len(self.labels)))
            if bool(self.matrix.mask[other][columns].all()):
                values = values + rng.uniform(*DILUTION) * self._values(other, columns)
                absent.add(self.identities[other])
        seen, noise, pitch = perturb_nir(values, self.matrix.grid.axis[columns], rng)
        stretch = int(columns[0]), int(columns[-1]) + 1
        query = query_of(seen, stretch, self.matrix.grid, noise=noise, pitch_nm=pitch)
        ranked = rank_nir(self.index, query, self.identities, top=SEARCHED + len(absent))
        self._add(ranked, self.identities[row], absent, self.right)

    def ask_replicate(self, row: int) -> None:
        """Add what is said of one of the library's own spectra by the others."""
        columns = np.flatnonzero(self.matrix.mask[row])
        values = self._values(row, columns)
        stretch = int(columns[0]), int(columns[-1]) + 1
        query = query_of(values, stretch, self.matrix.grid, noise=estimate_noise(values))
        allowed = np.ones(len(self.labels), dtype=bool)
        allowed[row] = False
        ranked = rank_nir(self.index, query, self.identities, top=SEARCHED + 1, allowed=allowed)
        self.n_own += 2
        self._add(ranked, self.identities[row], {self.identities[row]}, self.own)

    def _values(self, row: int, columns: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.asarray(self.matrix.intensity[row, columns], dtype=np.float64)

    def _add(self, ranked: Sequence[Weighed], truth: str, absent: set[str], right: list[float]) -> None:
        named = [self.identities[entry.candidate.row] for entry in ranked]
        if ranked:
            (right if named[0] == truth else self.wrong).append(ranked[0].log_odds)
            true = [entry.log_odds for entry, name in zip(ranked, named, strict=True) if name == truth]
            self.gaps.append(ranked[0].log_odds - true[0] if true else np.inf)
        others = [entry.log_odds for entry, name in zip(ranked, named, strict=True) if name not in absent]
        self.wrong += others[:1]


def _evenly(identities: Sequence[str], n: int, rng: np.random.Generator) -> list[int]:
    """Rows drawn so that each substance comes as often, however many replicates it has."""
    rows: dict[str, list[int]] = {}
    for row, identity in enumerate(identities):
        rows.setdefault(identity, []).append(row)
    names = sorted(rows)
    turns = np.resize(rng.permutation(len(names)), n)
    return [rows[names[turn]][int(rng.integers(len(rows[names[turn]])))] for turn in turns.tolist()]


def _replicates(labels: Sequence[Label], rng: np.random.Generator) -> list[int]:
    """Rows that have another of the same substance and form, at most ``REPLICATE_CASES``."""
    keys = [(label.identity, label.form) for label in labels]
    times = Counter(keys)
    twins = [row for row, key in enumerate(keys) if times[key] > 1]
    chosen = rng.permutation(len(twins))[:REPLICATE_CASES]
    return [twins[place] for place in sorted(chosen.tolist())]
