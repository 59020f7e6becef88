"""Exact search of an index: one query, many, or the best of a query's shifts."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._parallel import run_parts, spans, usable_threads
from ..._vector import HAS_INT8_DOT
from ._kernels import search_int8, search_portable
from ._lists import copy_lists, empty_lists, merge_lists
from ._tables import BLOCK, Lists, Tile
from .bounds import rotation_error
from .encoding._kernels import encode_queries, rotate, scale_rows
from .index import (
    CascadeError,
    CascadeIndex,
    Weighting,
    build_cascade,
    checked_matrix,
    compress,
    project,
)
from .plain._kernels import offer_products, scan_plainly

CHUNK: Final = 512
"""Blocks of 64 rows that one query is compared with before their survivors are looked at."""
TILE: Final = 8
"""Queries of a batch that are scanned together."""
PLAIN_TILE: Final = 256
PLAIN_ROWS: Final = 2_048
PLAIN_VALUES: Final = 1 << 19
"""Queries, rows and products that BLAS is given at once where there are no codes."""
FEW: Final = 4
"""Queries up to which rotation and plain scan are ours: BLAS would start its threads for them, and a row is
scored while it is in the cache."""
WORK: Final = 400_000
"""Rows times queries from which a second thread pays."""
PLAIN_WORK: Final = 4_000_000
"""The same times columns, for a plain scan."""


class Ranking(NamedTuple):
    """The best rows of each query, best first; ties go to the smaller row.

    Attributes
    ----------
    rows : array, shape (..., k), int64
    scores : array, shape (..., k), float64
    queries : array, shape (..., k), int64
        Which of the queries each row fits best: the place of the shift.
    counts : array, shape (..., 3), int64
        Rows that reached the second bound, that passed the third, that were scanned plainly.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    queries: NDArray[np.int64]
    counts: NDArray[np.int64]


class Job(NamedTuple):
    """What is asked of a library.

    Attributes
    ----------
    cascade : CascadeIndex
    matrix : array, shape (n, m), float32
    weighting : Weighting
    top : int
    portable : bool
        Leave the int8 instruction alone.
    """

    cascade: CascadeIndex
    matrix: NDArray[np.float32]
    weighting: Weighting
    top: int
    portable: bool


def make_job(
    index: CascadeIndex,
    matrix: NDArray[np.float32],
    *,
    top: int = 10,
    weighting: Weighting | None = None,
    portable: bool = False,
) -> Job:
    """Bind a library to what is asked of it, once for many queries.

    Parameters
    ----------
    index : CascadeIndex
        Built from ``matrix``.
    matrix : array, shape (n, m), float32
        May be a memory map.
    top : int
        Rows to return; all where there are fewer.
    weighting : Weighting, optional
        ``index.product`` (default), ``index.cosine`` or what ``weigh`` returns.
    portable : bool
        Do without the int8 instruction even where the processor has it.

    Raises
    ------
    CascadeError
        When index and matrix do not belong together, or ``top`` is not positive.
    """
    rows = checked_matrix(matrix)
    if index.norms.size != len(rows) or (index.compressed and index.basis.shape[0] != rows.shape[1]):
        raise CascadeError(
            f"the index is of {index.norms.size} rows of {index.basis.shape[0]} columns, the matrix "
            f"has shape {rows.shape}: build the index from this matrix"
        )
    if top < 1:
        raise CascadeError(f"top is {top}; ask for at least one row")
    return Job(index, rows, weighting or index.product, min(top, len(rows)), portable)


def search_one(job: Job, query: NDArray[np.floating[Any]], *, threads: int | None = None) -> Ranking:
    """Find the rows with the highest weighted inner product with one query, shape (m,)."""
    rows = _checked_queries(job, np.asarray(query)[None])
    found = _search_tile(job, _scale(rows), _ONE, _threads(job, 1, threads))
    return Ranking(found.rows[0], found.scores[0], found.queries[0], found.counts[0])


def search_many(job: Job, queries: NDArray[np.floating[Any]], *, threads: int | None = None) -> Ranking:
    """Find the best rows of each query, shape (b, m).

    Parameters
    ----------
    job : Job
        From ``make_job``.
    queries : array, shape (b, m)
        Converted to float32; scores are those of the converted values, in double precision.
    threads : int, optional
        As many as pay by default: one for a small job.

    Raises
    ------
    CascadeError
        When a value is not finite or the number of columns is another.
    """
    rows = _checked_queries(job, queries)
    shared = _threads(job, len(rows), threads)
    if len(rows) <= FEW:
        return _search_tile(job, _scale(rows), _separate(len(rows)), shared)
    # where there are no codes, BLAS has threads of its own
    tile, n_threads = (TILE, shared.codes) if _uses_codes(job) else (PLAIN_TILE, 1)
    parts = [slice(start, min(start + tile, len(rows))) for start in range(0, len(rows), tile)]

    def one(part: slice) -> Ranking:
        return _search_tile(job, _scale(rows[part]), _separate(part.stop - part.start), _ALONE)

    found = run_parts(one, parts, n_threads)
    return Ranking(*(np.concatenate(part) for part in zip(*found, strict=True)))


def search_best(
    job: Job,
    queries: NDArray[np.floating[Any]],
    *,
    penalties: NDArray[np.float64] | None = None,
    sets: NDArray[np.int64] | None = None,
    threads: int | None = None,
) -> Ranking:
    """Find the rows with the highest score over several queries: the shifts of one.

    Parameters
    ----------
    job : Job
        From ``make_job``.
    queries : array, shape (s, m)
        The query at each shift, the likeliest first; ties between shifts go to the first.
    penalties : array, shape (s,), optional
        What each shift costs.
    sets : array, shape (s,), optional
        Weights that hold at each shift; the first set by default.
    threads : int, optional
        As many as pay by default.
    """
    rows, n = _checked_queries(job, queries), len(queries)
    asked = Asked(
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64) if sets is None else np.array(sets, dtype=np.int64),
        np.zeros(n) if penalties is None else np.array(penalties, dtype=np.float64),
        1,
    )
    found = _search_tile(job, _scale(rows), asked, _threads(job, n, threads))
    return Ranking(*(part[0] for part in found))


def shifted(query: NDArray[np.floating[Any]], reach: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Move a query by up to ``reach`` channels either way, zeros coming in, the smallest shifts first.

    Returns
    -------
    queries : array, shape (2 reach + 1, m), float32
    shifts : array, shape (2 reach + 1,), int64
    """
    values = np.asarray(query, dtype=np.float32)
    shifts = np.array(sorted(range(-reach, reach + 1), key=lambda shift: (abs(shift), shift)))
    padded = np.concatenate([np.zeros(reach, np.float32), values, np.zeros(reach, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, values.size)
    return np.ascontiguousarray(windows[reach - shifts]), shifts


def _checked_queries(job: Job, queries: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    rows = np.ascontiguousarray(queries, dtype=np.float32).view()
    rows.flags.writeable = False  # one type for the kernels
    if rows.ndim != 2 or rows.shape[1] != job.matrix.shape[1]:
        raise CascadeError(
            f"queries have shape {rows.shape}, the library's rows {job.matrix.shape[1]} columns"
        )
    return rows


class Threads(NamedTuple):
    """How many search by the codes, and how many scan plainly."""

    codes: int
    plain: int


class Asked(NamedTuple):
    """Where the rows of each query of a tile go, what weighs them, and what is subtracted."""

    owners: NDArray[np.int64]
    sets: NDArray[np.int64]
    penalties: NDArray[np.float64]
    n_lists: int


def _separate(n: int) -> Asked:
    """Keep a list for each query."""
    return Asked(np.arange(n), np.zeros(n, dtype=np.int64), np.zeros(n), n)


_ONE: Final = _separate(1)
_ALONE: Final = Threads(1, 1)


def _uses_codes(job: Job) -> bool:
    return job.cascade.compressed and 4 * job.top <= len(job.matrix)


def _threads(job: Job, n_queries: int, threads: int | None) -> Threads:
    """As many as were asked for, or as pay; at most one for each block of rows."""
    most = max(1, usable_threads() if threads is None else min(threads, -(-len(job.matrix) // BLOCK)))
    work = len(job.matrix) * n_queries
    if threads is not None:
        return Threads(most, most)
    plain = work * job.matrix.shape[1] >= PLAIN_WORK
    return Threads(most if work >= WORK else 1, most if plain else 1)


class _Scaled(NamedTuple):
    """Queries as ``scale_rows`` leaves them."""

    rows: NDArray[np.float32]
    figures: NDArray[np.float64]
    wide: NDArray[np.float64]


def _scale(rows: NDArray[np.float32]) -> _Scaled:
    n, m = rows.shape
    scaled = _Scaled(np.empty((n, m), dtype=np.float32), np.empty((n, 3)), rows.astype(np.float64))
    if not scale_rows(rows, scaled.rows, scaled.figures):
        raise CascadeError("a query has a value that is not finite, or too large for float32")
    return scaled


def _search_tile(job: Job, scaled: _Scaled, asked: Asked, threads: Threads) -> Ranking:
    """Search with some queries at once; threads share the rows."""
    tile = _encode(job, scaled, asked)
    n_queries, n_rows = len(scaled.rows), len(job.matrix)
    empty = empty_lists(asked.n_lists, job.top, n_rows)
    if _uses_codes(job):
        found = _search_codes(job, tile, empty, threads)
    elif n_queries <= FEW:
        found = _scan_left(job, tile, empty, [(each, 0, n_rows) for each in range(n_queries)], threads)
    else:
        found = empty
        block = max(PLAIN_ROWS, PLAIN_VALUES // n_queries)
        for start in range(0, n_rows, block):
            products = scaled.rows @ job.matrix[start : start + block].T
            offer_products(job.matrix, job.weighting.tables, tile, found, products, start)
    return Ranking(found.rows, found.scores, found.queries, found.counts)


def _search_codes(job: Job, tile: Tile, empty: Lists, threads: Threads) -> Lists:
    """Search by the codes, then scan plainly what they were of no use for."""
    n_queries, n_blocks = len(tile.narrow), job.cascade.head.shape[0]
    chunk = max(64, min(CHUNK, 8 * CHUNK // max(1, n_queries)))
    kernel = search_int8 if HAS_INT8_DOT and not job.portable else search_portable

    def part(span: tuple[int, int]) -> tuple[Lists, list[tuple[int, int, int]]]:
        lists = copy_lists(empty)
        left = np.zeros((n_queries, -(-(span[1] - span[0]) // chunk)), dtype=np.bool_)
        kernel(job.matrix, job.weighting.tables, tile, lists, span, chunk, left)
        ranges = []
        for query, number in np.argwhere(left).tolist() if left.any() else ():
            first, stop = span[0] + number * chunk, min(span[0] + (number + 1) * chunk, span[1])
            ranges.append((query, first * BLOCK, min(stop * BLOCK, len(job.matrix))))
        return lists, ranges

    found = run_parts(part, spans(n_blocks, threads.codes), threads.codes)
    lists = merge_lists([each for each, _ in found], job.top)
    ranges = [each for _, some in found for each in some]
    return _scan_left(job, tile, lists, ranges, threads) if ranges else lists


def _scan_left(
    job: Job, tile: Tile, lists: Lists, ranges: list[tuple[int, int, int]], threads: Threads
) -> Lists:
    """Scan rows plainly, which threads share: ``ranges`` are a query and its first and last row each."""

    def part(number: int) -> Lists:
        own = copy_lists(lists)
        if number:
            own.counts[:] = 0
        for query, first, stop in ranges:
            span = (first + (stop - first) * number // n, first + (stop - first) * (number + 1) // n)
            scan_plainly(job.matrix, job.weighting.tables, tile, query, own, *span)
        return own

    n = threads.plain
    return merge_lists(run_parts(part, list(range(n)), n), job.top)


def _encode(job: Job, scaled: _Scaled, asked: Asked) -> Tile:
    """Turn queries into what the kernels take."""
    index, (n, m) = job.cascade, scaled.rows.shape
    head, middle = 4 * index.head.shape[1], index.scales.size - 4 * index.head.shape[1]
    tile = Tile(
        scaled.wide,
        scaled.rows,
        2.0 ** scaled.figures[:, 2],
        np.empty((n, 2, head // 4), dtype=np.int32),
        np.empty((n, head), dtype=np.int32),
        np.empty(n, dtype=np.int64),
        np.empty((n, middle), dtype=np.int16),
        np.empty((n, 8), dtype=np.float32),
        np.empty(n),
        asked.owners,
        asked.sets,
        asked.penalties,
    )
    if not index.compressed:
        return tile
    margins = index.margins.copy()
    if n <= FEW:
        coefficients = np.empty((n, head + middle), dtype=np.float32)
        rotate(scaled.rows, index.basis, coefficients)
        margins[0] = rotation_error(31 + -(-m // 128), head + middle)
    else:
        coefficients = project(scaled.rows, index.basis)
    encode_queries(coefficients, scaled.figures, index.scales, margins, job.weighting.unit, tile)
    return tile


def compile_kernels() -> None:
    """Compile what a search needs, or load it from the cache: by searching in every way there is."""
    rng = np.random.default_rng(0)
    rows = (rng.random((256, 4)) @ rng.random((4, 64))).astype(np.float32)
    index = compress(rows, 8, 8)
    for portable in (False, True):
        job = make_job(index, rows, portable=portable)
        search_many(job, rows[:1])
        search_best(job, rows[:9])
    job = make_job(build_cascade(rows), rows)
    search_many(job, rows[:1])
