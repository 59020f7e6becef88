"""Calibration cases simulated from a library: its substances present, left out and mixed."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from ..matching.candidates import Weighed, rank_candidates
from ..matching.index import Query, SearchIndex
from ..matching.mixtures import find_mixture
from ..matrix import SpectralMatrix
from .calibration import Cases
from .simulation import perturb

SINGLE_CASES: Final = 240
MIXTURE_CASES: Final = 80
FRACTIONS: Final = (0.2, 0.35, 0.5)
"""Height of the second component over the sum of both."""

Progress = Callable[[int, int], None]


def simulate_cases(
    matrix: SpectralMatrix,
    index: SearchIndex,
    identities: Sequence[str],
    *,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> tuple[Cases, Cases]:
    """Statements about simulated queries, right and wrong.

    Parameters
    ----------
    matrix : SpectralMatrix
        The library as the pipeline leaves it.
    index : SearchIndex
        Built from ``matrix``.
    identities : sequence of str
        One per row: rows with the same key are one substance and are left out together.
    rng : numpy.random.Generator
        Source of all randomness.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    single : Cases
        Top candidate with the substance present, and with it left out.
    mixture : Cases
        Weakest component of mixtures found in simulated mixtures and, wrongly, in pure queries.
    """
    rows = np.resize(rng.permutation(len(index)), SINGLE_CASES)
    pairs = [rng.choice(len(index), 2, replace=False) for _ in range(MIXTURE_CASES if len(index) > 2 else 0)]
    pairs = [pair for pair in pairs if identities[pair[0]] != identities[pair[1]]]
    right: list[float] = []
    wrong: list[float] = []
    mixed_right: list[float] = []
    mixed_wrong: list[float] = []
    total = len(rows) + len(pairs)
    for done, row in enumerate(rows.tolist()):
        query = _query(matrix, [row], (1.0,), rng)
        aligned, ranked = rank_candidates(index, query)
        same = [identities[entry.candidate.row] == identities[row] for entry in ranked]
        _sort_statements(ranked, same, right, wrong)
        if done % 3 == 0 and ranked:
            found = find_mixture(index, query, aligned, shift=ranked[0].candidate.shift)
            if found is not None:
                mixed_wrong.append(found.weakest)
        if progress is not None:
            progress(done + 1, total)
    for done, pair in enumerate(pairs):
        fraction = float(rng.choice(FRACTIONS))
        query = _query(matrix, pair.tolist(), (1 - fraction, fraction), rng)
        aligned, ranked = rank_candidates(index, query)
        mixture = find_mixture(index, query, aligned, shift=ranked[0].candidate.shift) if ranked else None
        if mixture is not None:
            named = {identities[component.row] for component in mixture.components}
            true = named == {identities[row] for row in pair.tolist()}
            (mixed_right if true else mixed_wrong).append(mixture.weakest)
        if progress is not None:
            progress(len(rows) + done + 1, total)
    return Cases(tuple(right), tuple(wrong)), Cases(tuple(mixed_right), tuple(mixed_wrong))


def _query(
    matrix: SpectralMatrix, rows: list[int], heights: tuple[float, ...], rng: np.random.Generator
) -> Query:
    mask = np.logical_and.reduce(matrix.mask[rows])
    if int(mask.sum()) < 2:
        mask = matrix.mask[rows[0]]
    parts = matrix.intensity[rows].astype(np.float64)
    highest = np.maximum(parts.max(axis=1, keepdims=True), 1e-12)
    blend = (parts / highest * np.array(heights)[:, None]).sum(axis=0)
    intensity, noise = perturb(blend, matrix.grid, rng)
    first = int(mask.argmax())
    last = first + int(mask.sum())
    return Query(matrix.grid, np.where(mask, intensity, 0.0), first, last, noise)


def _sort_statements(
    ranked: tuple[Weighed, ...], same: list[bool], right: list[float], wrong: list[float]
) -> None:
    if ranked:
        (right if same[0] else wrong).append(ranked[0].log_odds)
    others = [entry.log_odds for entry, is_same in zip(ranked, same, strict=True) if not is_same]
    if others:  # what the answer would be with the substance left out
        wrong.append(others[0])
