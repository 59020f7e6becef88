"""What mixtures are built from: the rows of a library as slopes, each with the substance it is of.

Slopes are first differences of the broadened intensity. They are linear, so parts still add up, and
fluorescence, glass and what a baseline has left of them, wide against a band, next to vanish: the
same as fitting a smooth background beside the components. Shares of six-component powders under
strong fluorescence come out three times as close as from the intensities (``docs/method.md``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._parallel import default_threads, run_parts, spans
from .heights import BLOCK, LastHeights
from .index import SearchIndex
from .subsets import MIN_DISTINCT, Terms, gains_after, pair_gains_of, refit
from .whole import best_of_all

POOL: Final = 400
"""Rows among which subsets are compared. A larger library is scanned whole for each next component, and its
best three on heights are sought by branch and bound."""

SCANNED: Final = 100
"""Rows that each scan of a larger library adds to the pool."""

_ROWS_A_THREAD: Final = 8_192

INDEPENDENT_CM1: Final = 16.0
"""Length of axis that counts as one independent point: neighbours share bands and broadening."""

MIN_COVERED: Final = 0.6
"""Share of the fitted range that a row must have been measured on."""


@dataclass(frozen=True, eq=False)
class Basis:
    """References of which mixtures may be made.

    Rows are numbered through: those of the library, then those of the containers.

    Attributes
    ----------
    index : SearchIndex
        The library.
    substances : array, shape (n,), int64
        Equal for rows of one substance: a mixture has at most one of them.
    containers : SearchIndex or None
        What the library lacks and an item may lie behind; only ever part of a mixture.
    heights : LastHeights
        What the last query of a large library was compared with.
    """

    index: SearchIndex
    substances: NDArray[np.int64]
    containers: SearchIndex | None = None
    heights: LastHeights = field(init=False, default_factory=LastHeights, repr=False)

    def __len__(self) -> int:
        return self.substances.size

    @property
    def ids(self) -> tuple[str, ...]:
        """One per row."""
        return self.index.ids + (self.containers.ids if self.containers is not None else ())

    @property
    def stretches(self) -> NDArray[np.int64]:
        """First measured column of each row and the one after the last, shape (n, 2)."""
        if self.containers is None:
            return self.index.stretches
        return np.concatenate([self.index.stretches, self.containers.stretches])

    def intensity(self, rows: NDArray[np.int64], first: int, last: int) -> NDArray[np.float64]:
        """Broadened intensity of some rows on a range of columns, shape (k, last - first)."""
        cut = self.cut(rows, first, last).astype(np.float64)
        return cut * cut

    def cut(self, rows: NDArray[np.int64], first: int, last: int) -> NDArray[np.float32]:
        """Square root of the intensity, shape (k, last - first); rows that lie together are not copied."""
        if rows.size and rows[-1] < len(self.index) and rows[-1] - rows[0] == rows.size - 1:
            together: NDArray[np.bool_] = rows[1:] > rows[:-1]
            if together.all():
                return self.index.root[rows[0] : rows[-1] + 1, first:last]
        cut = np.empty((rows.size, last - first), dtype=np.float32)
        own = rows < len(self.index)
        cut[own] = self.index.root[rows[own], first:last]
        if self.containers is not None:
            cut[~own] = self.containers.root[rows[~own] - len(self.index), first:last]
        return cut


def build_basis(
    index: SearchIndex, identities: Sequence[str], *, containers: SearchIndex | None = None
) -> Basis:
    """Basis of a library.

    Parameters
    ----------
    index : SearchIndex
        Its rows.
    identities : sequence of str
        One per row, those of the containers last; rows with the same key are one substance.
    containers : SearchIndex, optional
        On the same grid.
    """
    _, numbers = np.unique(np.array(identities, dtype=str), return_inverse=True)
    return Basis(index, numbers.astype(np.int64), containers)


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows of a basis on the range of one query, and the query on it.

    Attributes
    ----------
    rows : array, shape (n,), int64
        Of the basis.
    first : int
        Column of the grid where the range begins.
    spectra : array, shape (n, m), float64
        Broadened intensity.
    slopes : array, shape (n, m - 1), float64
        First differences of ``spectra``, of unit length.
    lengths : array, shape (n,)
        By which the slopes were divided.
    query : array, shape (m,), float64
        Broadened intensity of the query; its slopes are its first differences.
    terms : Terms
        The inner products.
    shift : int
        Row of the aligned query that ``query`` is.
    whole : bool
        The rows are all there are, or with them come the two or three of all that explain most of the
        heights, proven.
    """

    rows: NDArray[np.int64]
    first: int
    spectra: NDArray[np.float64]
    slopes: NDArray[np.float64]
    lengths: NDArray[np.float64]
    query: NDArray[np.float64]
    terms: Terms
    shift: int = -1
    whole: bool = True


def cut_parts(
    basis: Basis, query: NDArray[np.float64], first: int, allowed: NDArray[np.bool_]
) -> Parts | None:
    """Bring a basis to the range of a query.

    Parameters
    ----------
    basis : Basis
        The library.
    query : array, shape (m,)
        Broadened intensity on a stretch of the library's grid.
    first : int
        Column of the grid where the stretch begins.
    allowed : array, shape (n,), bool
        Rows that may be components.

    Returns
    -------
    Parts or None
        None when no row covers the range.
    """
    last = first + query.size
    stretches = basis.stretches
    covered = np.minimum(last, stretches[:, 1]) - np.maximum(first, stretches[:, 0])
    rows = np.flatnonzero(allowed & (covered >= MIN_COVERED * query.size))
    if not rows.size:
        return None
    if rows.size <= POOL:
        return _parts(basis, rows, query, first)
    pool, whole = _pool(basis, rows, query, first)
    return replace(_parts(basis, pool, query, first), whole=whole)


def at_best_shift(parts: Parts, queries: NDArray[np.float64], penalty: NDArray[np.float64]) -> Parts:
    """Put the query at the shift at which the best pair of rows explains most of it.

    Parameters
    ----------
    parts : Parts
        At any shift.
    queries : array, shape (s, m)
        The query at each shift.
    penalty : array, shape (s,)
        Cost of each shift, as a correlation.
    """
    slopes = np.diff(queries, axis=1)
    squares = np.maximum(np.einsum("ij,ij->i", slopes, slopes), 1e-300)
    gains = pair_gains_of(parts.terms, parts.slopes @ slopes.T)
    best = int(np.argmax(np.sqrt(gains / squares) - penalty))
    terms = replace(parts.terms, product=parts.slopes @ slopes[best], square=float(squares[best]))
    return replace(parts, query=queries[best], terms=terms, shift=best)


def _parts(basis: Basis, rows: NDArray[np.int64], query: NDArray[np.float64], first: int) -> Parts:
    spectra = basis.intensity(rows, first, first + query.size)
    slopes, query_slopes = np.diff(spectra, axis=1), np.diff(query)
    lengths = np.maximum(np.sqrt(np.einsum("ij,ij->i", slopes, slopes)), 1e-300)
    slopes /= lengths[:, None]
    substances = basis.substances[rows]
    terms = Terms(
        gram=slopes @ slopes.T,
        product=slopes @ query_slopes,
        square=float(query_slopes @ query_slopes),
        same=substances[:, None] == substances[None, :],
        n_independent=query.size * basis.index.grid.step / INDEPENDENT_CM1,
    )
    return Parts(rows, first, spectra, slopes, lengths, query, terms)


def _pool(
    basis: Basis, rows: NDArray[np.int64], query: NDArray[np.float64], first: int
) -> tuple[NDArray[np.int64], bool]:
    """Rows of a large library that explain most alone, beside the best one and beside the best pair.

    And the best three of all on heights; whether these are proven.
    """
    pool = _scan(basis, rows, query, first, np.zeros((query.size - 1, 0)))
    for _ in range(2):
        parts = _parts(basis, pool, query, first)
        chosen = pool[_greedy(parts.terms)]
        span = np.linalg.qr(parts.slopes[np.searchsorted(pool, chosen)].T)[0]
        pool = np.union1d(pool, _scan(basis, rows, query, first, span))
    whole = best_of_all(basis, query, rows=rows, first=first, behind=chosen[chosen >= len(basis.index)])
    return np.union1d(pool, whole.rows), whole.proven


def _scan(
    basis: Basis, rows: NDArray[np.int64], query: NDArray[np.float64], first: int, span: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Rows that explain most of the query outside a span of slopes."""
    slopes = np.diff(query)
    rest = slopes - span @ (span.T @ slopes)
    directions = np.ascontiguousarray(np.column_stack([rest, span]).T, dtype=np.float32)
    along, squares = _slope_products(basis, rows, first, directions)
    own = squares - (along[:, 1:] ** 2).sum(axis=1)
    gains = np.maximum(along[:, 0], 0.0) ** 2 / np.maximum(own, MIN_DISTINCT * squares + 1e-30)
    return np.sort(rows[np.argsort(-gains, kind="stable")[:SCANNED]])


def _slope_products(
    basis: Basis, rows: NDArray[np.int64], first: int, directions: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Products of the slopes of rows with directions, shape (k, d), and their squared lengths, shape (k,)."""
    from ._kernels import slope_products  # numba: small libraries have no use for it

    along = np.empty((rows.size, len(directions)), dtype=np.float32)
    squares = np.empty(rows.size, dtype=np.float32)
    width = directions.shape[1] + 1
    kept = basis.heights.of(basis, rows, first, width)

    def work(part: tuple[int, int]) -> None:
        for start in range(*part, BLOCK):
            some = slice(start, min(start + BLOCK, part[1]))
            heights = basis.cut(rows[some], first, first + width) if kept is None else kept.matrix[some]
            if kept is None:
                heights = heights * heights
            slope_products(heights, directions, along[some], squares[some])

    n_threads = default_threads(rows.size, from_jobs=_ROWS_A_THREAD)
    run_parts(work, spans(rows.size, n_threads), n_threads)
    return along, squares


def _greedy(terms: Terms) -> list[int]:
    """Best term and the best addition to it, each replaced where that fits better."""
    best = int(np.argmax(terms.product))
    gains, _ = gains_after(terms, (best,))
    pair = refit(terms, (best, int(np.argmax(gains))))
    return [best] if pair is None else list(pair.subset)
