"""The compressed index of an exact inner-product search: codes, tails and gains of every row."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..._parallel import run_parts, usable_threads
from ...errors import SpectraError
from ._tables import BLOCK, TAIL, Tables
from .bounds import rotation_error

HEAD: Final = 96
"""Coefficients that are compared for all rows."""
HEAD_LARGE: Final = 64
LARGE: Final = 200_000
"""The same from so many rows on, which are read from memory and not from the cache: fewer bytes count
for more than fewer rows that pass."""
MOST_HEAD: Final = 160
MIDDLE: Final = 184
"""More coefficients, for the rows that the first do not rule out: with tails three lines of the cache."""
MOST_MIDDLE: Final = 384
MAX_SHARE: Final = 0.12
"""Size of the index as a share of the matrix, at the most."""
MIN_ROWS: Final = 4_000
"""Rows below which a plain scan is as fast."""

_FITTED: Final = 8_192
"""Rows that the basis is fitted to, at the most, spread over the library."""
_PROBED: Final = 5
"""Rows that the index is tried with before it is kept."""
_CHUNK: Final = 8_192
_COLUMNS: Final = 128
"""Products that are added up in float32 before the sums are added: bounds the rounding error."""
_LINE: Final = 64
"""Bytes that memory hands out at once."""
_WORK: Final = 50_000_000
"""Values from which a second thread pays."""


class CascadeError(SpectraError, ValueError):
    """Rows or queries that cannot be searched."""


@dataclass(frozen=True, eq=False)
class CascadeIndex:
    """What the search reads besides the matrix itself; a few contiguous arrays, all read-only.

    Attributes
    ----------
    basis : array, shape (m, h + w), float32
        Orthonormal up to rounding, fitted to the library: principal axes, the largest first.
    scales : array, shape (h + w,), float32
        Step of each coefficient's code at a gain of 1.
    head : array, shape (n / 64 rounded up, h / 4, 64), uint32
        Codes + 128 of the first h coefficients, four to a word, the first lowest; 64 rows a block.
    tail_head : array, shape (n rounded up to 64,), float32
        Norm of what the head leaves of a row, over its gain.
    middle : array, shape (n, w + 8), int8
        Codes of the next w coefficients. After the first 60 of them, the neck, stand the four bytes of a
        float32: the norm of what head and neck leave, over the gain; after the last the same of what head
        and middle leave.
    gains : array, shape (n rounded up to 64,), float64
        What a row's codes are multiplied by, its norm included; 0 after the last row.
    margins : array, shape (8,), float64
        Error of the coefficients (norm), defect of the basis (spectral norm of VᵀV - 1), largest
        rounding error and largest norm of the codes of the head, the same with the neck, and with all of
        the middle.
    norms : array, shape (n,), float64
        Euclidean norm of each row.
    """

    basis: NDArray[np.float32]
    scales: NDArray[np.float32]
    head: NDArray[np.uint32]
    tail_head: NDArray[np.float32]
    middle: NDArray[np.int8]
    gains: NDArray[np.float64]
    margins: NDArray[np.float64]
    norms: NDArray[np.float64]

    def __post_init__(self) -> None:
        for array in self.arrays.values():
            array.flags.writeable = False

    @property
    def compressed(self) -> bool:
        """Whether there are codes: not for a small library, nor for one that the codes do not help."""
        return bool(self.head.size)

    @property
    def nbytes(self) -> int:
        """Size of all arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, as they are stored."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def product(self) -> "Weighting":
        """Scores are inner products."""
        return weigh(self, np.ones((1, self.norms.size)))

    @cached_property
    def cosine(self) -> "Weighting":
        """Scores are inner products with rows of norm 1; a row of zeros scores 0."""
        inverse = np.divide(1.0, self.norms, out=np.zeros(self.norms.size), where=self.norms > 0)
        return weigh(self, inverse[None])


@dataclass(frozen=True, eq=False)
class Weighting:
    """What inner products are multiplied by: one or more sets of one weight a row.

    Attributes
    ----------
    weights : array, shape (s, n), float64
        At least 0; NaN for rows that have no score.
    tables : Tables
        What the kernels read.
    unit : float
        Weighted gain that ``tables.gains`` are shares of.
    """

    weights: NDArray[np.float64]
    tables: Tables
    unit: float


def weigh(index: CascadeIndex, weights: NDArray[np.float64]) -> Weighting:
    """Make an index answer for weighted inner products, for any weights.

    Parameters
    ----------
    index : CascadeIndex
        The library.
    weights : array, shape (s, n)
        At least 0; NaN for rows that have no score. A query names the set that holds for it.
    """
    weights = np.ascontiguousarray(weights, dtype=np.float64)
    gains = np.zeros((len(weights), index.gains.size))
    unit = 1.0
    if index.compressed:
        n = index.norms.size
        np.multiply(index.gains[:n], np.nan_to_num(weights), out=gains[:, :n])
        unit = float(gains.max(initial=0.0)) or 1.0
        gains /= unit
    narrow = gains.astype(np.float32)
    narrow.flags.writeable = weights.flags.writeable = False
    codes = (index.head, index.tail_head, index.middle, index.middle.view(np.float32))
    tables = Tables(*codes, narrow, weights, index.norms)
    return Weighting(weights, tables, unit)


def checked_matrix(matrix: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Give the rows as the kernels take them: float32, contiguous, finite, read-only."""
    rows = np.ascontiguousarray(matrix, dtype=np.float32).view()
    if rows.ndim != 2:
        raise CascadeError(f"a library is a matrix of shape (n, m), not {rows.shape}")
    rows.flags.writeable = False
    return rows


def build_cascade(
    matrix: NDArray[np.floating[Any]], *, head: int | None = None, middle: int = MIDDLE
) -> CascadeIndex:
    """Compress a library for the exact search.

    Parameters
    ----------
    matrix : array, shape (n, m)
        Rows of any norm; converted to float32.
    head, middle : int
        Coefficients of the first bound and of the others, multiples of 4; the latter fewer where the
        index would be larger than ``MAX_SHARE`` of the matrix.

    Raises
    ------
    CascadeError
        When the matrix has not two dimensions, a value is not finite or a width does not fit.
    """
    if (
        middle < 0
        or middle > MOST_MIDDLE
        or middle % 4
        or (head and (head % 4 or not 4 <= head <= MOST_HEAD))
    ):
        raise CascadeError(
            f"head {head} and middle {middle}: the head takes a multiple of 4 up to {MOST_HEAD}, the "
            f"middle one up to {MOST_MIDDLE}, so that sums of codes fit 32 bits"
        )
    rows = checked_matrix(matrix)
    widths = _affordable(rows.shape, head or (HEAD if len(rows) < LARGE else HEAD_LARGE), middle)
    if widths is None:
        return _without_codes(_norms(rows))
    index = compress(rows, *widths)
    return index if _pays(index, rows) else _without_codes(index.norms.copy())


def _pays(index: CascadeIndex, rows: NDArray[np.float32]) -> bool:
    """Whether a few of the library's own rows are found without scanning it plainly."""
    from .search import make_job, search_many

    asked = rows[np.linspace(0, len(rows) - 1, _PROBED).astype(np.int64)]
    counts = search_many(make_job(index, rows), asked, threads=1).counts
    return int(counts[:, 2].sum()) < _PROBED * len(rows) // 2


def _affordable(shape: tuple[int, int], head: int, middle: int) -> tuple[int, int] | None:
    """Widths of head and middle that keep the index small, or None where there are none."""
    n, m = shape
    if n < MIN_ROWS:
        return None
    for width in (*range(middle, 0, -64), 0):
        size = 4 * m * (head + width) + n * (head + width + 28) + 100 * (head + width)
        if head + width <= m and size <= MAX_SHARE * 4 * n * m:
            return head, width
    return None


def _norms(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    figures = np.empty((len(rows), 3))
    scaled = np.empty((min(_CHUNK, len(rows)), rows.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        _scale_chunk(
            part, scaled[: len(part)], figures[start : start + _CHUNK], np.arange(start, start + len(part))
        )
    return figures[:, 0].copy()


def _scale_chunk(
    rows: NDArray[np.float32],
    scaled: NDArray[np.float32],
    figures: NDArray[np.float64],
    numbers: NDArray[np.int64],
) -> None:
    from .encoding._kernels import scale_rows

    if not scale_rows(rows, scaled, figures):
        bad = int(numbers[~np.isfinite(rows).all(axis=1)][0])
        raise CascadeError(f"row {bad} is not finite: leave it out or mend it before the index is built")


def _without_codes(norms: NDArray[np.float64]) -> CascadeIndex:
    empty = np.zeros((0, 0), dtype=np.float32)
    vector = np.zeros(0, dtype=np.float32)
    words, codes = np.zeros((0, 0, BLOCK), dtype=np.uint32), np.zeros((0, 0), dtype=np.int8)
    wide = np.zeros(0)
    return CascadeIndex(empty, vector, words, vector.copy(), codes, wide, np.zeros(8), norms)


def compress(rows: NDArray[np.float32], head: int, middle: int) -> CascadeIndex:
    """Do as ``build_cascade``, whether or not it pays."""
    from .encoding._kernels import encode_rows

    n, m = rows.shape
    basis, scales, defect = _fit_basis(rows, head + middle)
    error = rotation_error(min(_COLUMNS, m) + -(-m // _COLUMNS), head + middle)
    n_blocks = -(-n // BLOCK)
    words = np.zeros((n_blocks, head // 4, BLOCK), dtype=np.uint32)
    codes = _aligned(n, middle + 2 * TAIL)
    tail_head, gains = np.zeros(n_blocks * BLOCK, dtype=np.float32), np.zeros(n_blocks * BLOCK)
    into = (words, tail_head, codes, codes.view(np.float32), gains)
    figures, scaled = np.empty((n, 3)), np.empty((min(_CHUNK, n), m), dtype=np.float32)
    reached: list[NDArray[np.float64]] = []
    threads = usable_threads() if n * m >= _WORK else 1
    for start in range(0, n, _CHUNK):
        stop = min(start + _CHUNK, n)
        width = -(-(stop - start) // threads // BLOCK) * BLOCK or BLOCK
        parts = [slice(at, min(at + width, stop)) for at in range(start, stop, width)]

        def scale(part: slice, start: int = start) -> None:
            out = scaled[part.start - start : part.stop - start]
            _scale_chunk(rows[part], out, figures[part], np.arange(part.start, part.stop))

        run_parts(scale, parts, threads)
        coefficients = project(scaled[: stop - start], basis)

        def encode(
            part: slice, start: int = start, ours: NDArray[np.float32] = coefficients
        ) -> NDArray[np.float64]:
            own = ours[part.start - start : part.stop - start]
            squares, most = figures[part, 1].copy(), np.zeros(6)
            encode_rows(own, squares, scales, np.array([error, defect]), part.start, *into, most)
            return most

        reached += run_parts(encode, parts, threads)
    gains[:n] *= 2.0 ** figures[:, 2]
    margins = np.array([error, defect, *np.max(reached, axis=0)])
    norms = figures[:, 0].copy()
    return CascadeIndex(basis, scales, words, tail_head, codes, gains, margins, norms)


def _aligned(n: int, width: int) -> NDArray[np.int8]:
    """Room for codes whose first row begins with a line of the cache."""
    room = np.empty(n * width + _LINE, dtype=np.int8)
    first = -room.ctypes.data % _LINE
    return room[first : first + n * width].reshape(n, width)


def project(rows: NDArray[np.float32], basis: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coefficients of rows, shape (r, h + w), with a bounded rounding error."""
    total = rows[:, :_COLUMNS] @ basis[:_COLUMNS]
    for start in range(_COLUMNS, basis.shape[0], _COLUMNS):
        total += rows[:, start : start + _COLUMNS] @ basis[start : start + _COLUMNS]
    return np.ascontiguousarray(total)


def _fit_basis(
    rows: NDArray[np.float32], width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Principal axes of a sample, the scale of each coefficient, and how far from orthonormal they are."""
    taken = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _FITTED)).astype(np.int64))
    chosen = rows[taken]
    chosen.flags.writeable = False
    sample = np.empty(chosen.shape, dtype=np.float32)
    _scale_chunk(chosen, sample, np.empty((len(chosen), 3)), taken)
    vectors = np.linalg.eigh((sample.T @ sample).astype(np.float64))[1]
    basis = np.ascontiguousarray(vectors[:, ::-1][:, :width], dtype=np.float32)
    coefficients = np.abs(project(sample, basis))
    scales = np.maximum(coefficients.max(axis=0), 1e-6).astype(np.float32)
    axes = basis.astype(np.float64)
    defect = float(np.linalg.norm(axes.T @ axes - np.eye(width)))
    return basis, scales, defect * 1.01 + 1e-12
