"""Simulated queries: references, alone or with something else, as another instrument sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..label import Label
from ..matching.basis import Basis, build_basis
from ..matching.index import Query, SearchIndex, build_index
from ..matching.search import MIN_OVERLAP_POINTS
from ..matrix import SpectralMatrix
from .layers import draw_glass, draw_plastics
from .simulation import perturb

Rows = frozenset[int]

DILUTION: Final = (0.05, 0.3)
LAYER: Final = (0.05, 0.4)
"""Height of another entry, or of a layer, over that of the substance."""

FRACTIONS: Final[tuple[tuple[float, ...], ...]] = ((0.8, 0.2), (0.65, 0.35), (0.5, 0.5), (0.5, 0.3, 0.2))
"""Heights of the components of a mixture over their sum."""


@dataclass(frozen=True, eq=False)
class References:
    """A library in the order of its ids, so that draws do not depend on how it was put together.

    Attributes
    ----------
    matrix : SpectralMatrix
        As the pipeline leaves it.
    index : SearchIndex
        Built from it.
    labels : tuple of Label
        One per row.
    """

    matrix: SpectralMatrix
    index: SearchIndex
    labels: tuple[Label, ...]

    @cached_property
    def rows_by_identity(self) -> dict[str, Rows]:
        """Rows of each substance: its synonyms, forms and replicates."""
        rows: dict[str, set[int]] = {}
        for row, label in enumerate(self.labels):
            rows.setdefault(label.identity, set()).add(row)
        return {identity: frozenset(found) for identity, found in rows.items()}

    @cached_property
    def basis(self) -> Basis:
        """What mixtures are made of."""
        return build_basis(self.index, [label.identity for label in self.labels])

    @cached_property
    def packaging(self) -> tuple[int, ...]:
        """Rows of packaging materials."""
        return tuple(row for row, label in enumerate(self.labels) if label.role == "packaging")

    def alike(self, row: int) -> Rows:
        """Rows of the same substance as ``row``, which are left out together."""
        return self.rows_by_identity[self.labels[row].identity]

    def intensity(self, row: int) -> NDArray[np.float64]:
        """One row, shape (m,), float64."""
        return np.asarray(self.matrix.intensity[row], dtype=np.float64)


@dataclass(frozen=True)
class Blend:
    """References mixed in given heights, at least two."""

    rows: tuple[int, ...]
    heights: tuple[float, ...]


def arrange(matrix: SpectralMatrix, labels: Sequence[Label]) -> References:
    """Order a library by its ids.

    Parameters
    ----------
    matrix : SpectralMatrix
        As the pipeline leaves it.
    labels : sequence of Label
        One per row.
    """
    order = sorted(range(len(labels)), key=lambda row: matrix.ids[row])
    ids = tuple(matrix.ids[row] for row in order)
    arranged = SpectralMatrix(matrix.grid, matrix.intensity[order], matrix.mask[order], ids)
    return References(arranged, build_index(arranged), tuple(labels[row] for row in order))


def draw_query(
    references: References, row: int, condition: str, rng: np.random.Generator
) -> tuple[Query, Rows]:
    """Query of one reference.

    Parameters
    ----------
    references : References
        The library.
    row : int
        The substance: the main component.
    condition : str
        ``alone``, ``diluted`` by another entry, behind ``plastic`` or ``glass``.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    query : Query
        On the range that its references were measured on.
    absent : frozenset of int
        Rows of all that it holds, to be left out together.
    """
    absent = references.alike(row)
    if condition == "alone":
        return _measure(references, (row,), references.intensity(row), rng), absent
    rows: tuple[int, ...] = (row,)
    low, high = DILUTION if condition == "diluted" else LAYER
    if condition == "diluted":
        other = int(rng.integers(len(references.labels)))
        rows, absent = (row, other), absent | references.alike(other)
        second = references.intensity(other)
    elif condition == "plastic":
        absent |= frozenset(references.packaging)
        second = _plastic(references, rng)
    else:
        second = draw_glass(references.matrix.grid)
    total = _add([references.intensity(row), second], (1.0, rng.uniform(low, high)))
    return _measure(references, rows, total, rng), absent


def draw_blends(references: References, n: int, rng: np.random.Generator) -> list[Blend]:
    """Up to ``n`` mixtures of different substances; none in a library of two references.

    Parameters
    ----------
    references : References
        The library.
    n : int
        How many to draw; those with a substance twice are dropped.
    rng : numpy.random.Generator
        Source of all randomness.
    """
    blends = []
    size = len(references.labels)
    for turn in range(n if size > 2 else 0):
        heights = FRACTIONS[turn % len(FRACTIONS)]
        rows = tuple(rng.choice(size, len(heights), replace=False).tolist())
        if len({references.labels[row].identity for row in rows}) == len(rows):
            blends.append(Blend(rows, heights))
    return blends


def measure_blend(references: References, blend: Blend, rng: np.random.Generator) -> Query:
    """Query of a mixture.

    Parameters
    ----------
    references : References
        The library.
    blend : Blend
        Of it.
    rng : numpy.random.Generator
        Source of all randomness.
    """
    total = _add([references.intensity(row) for row in blend.rows], blend.heights)
    return _measure(references, blend.rows, total, rng)


def _plastic(references: References, rng: np.random.Generator) -> NDArray[np.float64]:
    """One of the library's own packaging materials, or a drawn one where it has none."""
    own = references.packaging
    if own:
        return references.intensity(own[int(rng.integers(len(own)))])
    drawn = draw_plastics(references.matrix.grid)
    return np.asarray(drawn[int(rng.integers(len(drawn)))])


def _add(parts: Sequence[NDArray[np.float64]], heights: Sequence[float]) -> NDArray[np.float64]:
    total = np.zeros(parts[0].size)
    for part, height in zip(parts, heights, strict=True):
        total += part * (height / max(float(part.max()), 1e-12))
    return total


def _measure(
    references: References, rows: tuple[int, ...], total: NDArray[np.float64], rng: np.random.Generator
) -> Query:
    mask = np.logical_and.reduce(references.matrix.mask[list(rows)])
    if int(mask.sum()) < MIN_OVERLAP_POINTS:
        mask = references.matrix.mask[rows[0]]
    intensity, noise = perturb(total, references.matrix.grid, rng)
    first = int(mask.argmax())
    last = first + int(mask.sum())
    return Query(references.matrix.grid, np.where(mask, intensity, 0.0), first, last, noise)
