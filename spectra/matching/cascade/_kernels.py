"""Compiled loops of the search: scan the heads, refine what survives.

``bounds.py`` says why nothing is lost. All sums that decide a bound are inflated by what rounding can
cost; the scores themselves are sums in double precision in a fixed order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ..._vector import block_hits, first_bit, int8_block, prefetch_line, prefetch_row
from ._tables import BLOCK, NECK, TAIL, Chunk, Lists, Tables, Tile
from .plain._kernels import NEVER, score_row

READS: Final = "babcbad6"
"""Checksum of the files whose code and constants are compiled in here: see ``tests/core/test_cascade.py``.

numba's cache looks at this file only: whoever changes those changes this line.
"""


SEEDS: Final = 16
"""Rows whose scores are computed before the bounds are used, at the least."""
MORE_SEEDS: Final = 4
"""The same for a list that is full already."""
AHEAD: Final = 16
AHEAD_EXACT: Final = 2
"""Rows that are fetched into the cache while others are worked on."""
PROBE_FROM: Final = 4
"""Share of the rows, as a divisor, that may pass the first bound unasked."""
PROBES: Final = 128
"""Rows on which the last bound is tried before it is used on more than that."""
MIDDLE_COST: Final = 0.2
EXACT_COST: Final = 1.7
"""Costs of the second bound and of a score, as multiples of a row of a plain scan."""
WORTH: Final = 0.7
"""Share of a plain scan's cost above which the plain scan is taken."""


@kernel
def least_bound(tile: Tile, query: int, lists: Lists) -> np.float32:
    """Bound below which a row cannot enter the query's list, rounded down."""
    last = lists.scores[tile.owners[query], -1]
    if last == NEVER:
        return np.float32(NEVER)
    penalty = tile.penalties[query]
    bound = (last + penalty) / tile.units[query]
    bound -= 2e-7 * abs(bound) + 1e-12 * (abs(last) + abs(penalty)) / tile.units[query] + 1e-30
    return np.float32(max(min(bound, 1e30), -1e30))


@kernel
def seed(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    query: int,
    lists: Lists,
    codes: NDArray[np.int32],
    rows: tuple[int, int],
) -> None:
    """Score those of some rows whose heads fit best, so that the list's last score is a good bound."""
    first, n_rows = rows[0], rows[1] - rows[0]
    n_seeds = min(max(SEEDS, lists.scores.shape[1] + 6), n_rows)
    if lists.scores[tile.owners[query], -1] > NEVER:
        n_seeds = min(MORE_SEEDS, n_rows)
    gains = tables.gains[tile.sets[query]]
    only_codes = np.array([1.0, 0.0, 0.0], dtype=np.float32)
    best = np.full(n_seeds, np.float32(NEVER))
    where = np.zeros(n_seeds, dtype=np.int64)
    for start in range(0, n_rows, BLOCK):
        bits = block_hits(codes, start, gains, tables.tail_head, first + start, only_codes, best[n_seeds - 1])
        while bits:
            lane = first_bit(bits)
            bits &= bits - np.uint64(1)
            fit = np.float32(codes[start + lane]) * gains[first + start + lane]
            if fit > best[n_seeds - 1] and start + lane < n_rows:
                place = n_seeds - 1
                while place > 0 and best[place - 1] < fit:
                    best[place] = best[place - 1]
                    where[place] = where[place - 1]
                    place -= 1
                best[place] = fit
                where[place] = first + start + lane
    for place in range(n_seeds):
        prefetch_row(matrix, where[place])
    for place in range(n_seeds):
        if best[place] > np.float32(NEVER):
            score_row(matrix, where[place], tables, tile, query, lists)


@kernel
def inner_bound(tables: Tables, tile: Tile, query: int, row: int, code: int, part: int) -> np.float32:
    """Upper bound of a row's score by its codes, up to those of the neck (part 0) or of the middle (1)."""
    figures = tile.figures[query]
    ours, theirs = tile.middle[query], tables.middle[row]
    n_neck = min(NECK, ours.shape[0])
    total = np.int32(0)
    for column in range(n_neck):
        total = np.int32(total + np.int32(ours[column]) * np.int32(theirs[column]))
    tail = tables.tails[row, n_neck // TAIL]
    if part == 1:
        for column in range(n_neck, ours.shape[0]):
            total = np.int32(total + np.int32(ours[column]) * np.int32(theirs[column + TAIL]))
        tail = tables.tails[row, ours.shape[0] // TAIL + 1]
    inside = np.float32(code) * figures[0] + np.float32(total) * figures[3]
    inside += figures[4 + 2 * part] + figures[5 + 2 * part] * tail
    return np.float32(tables.gains[tile.sets[query], row] * inside)


@kernel
def keep_by_neck(
    tables: Tables,
    tile: Tile,
    query: int,
    codes: NDArray[np.int32],
    first: int,
    survivors: NDArray[np.int32],
    least: np.float32,
) -> int:
    """Leave only those places in front whose bound by head and neck reaches ``least``; how many they are."""
    n_left = 0
    for number in range(survivors.shape[0]):
        place = survivors[number]
        prefetch_line(tables.middle, first + survivors[min(number + AHEAD, survivors.shape[0] - 1)])
        if inner_bound(tables, tile, query, first + place, codes[place], 0) >= least:
            survivors[n_left] = place
            n_left += 1
    return n_left


@kernel
def keep_by_middle(
    tables: Tables,
    tile: Tile,
    query: int,
    codes: NDArray[np.int32],
    first: int,
    survivors: NDArray[np.int32],
    least: np.float32,
) -> int:
    """Do as ``keep_by_neck`` with the bound by all codes."""
    n_left = 0
    for number in range(survivors.shape[0]):
        place = survivors[number]
        prefetch_row(tables.middle, first + survivors[min(number + AHEAD, survivors.shape[0] - 1)])
        if inner_bound(tables, tile, query, first + place, codes[place], 1) >= least:
            survivors[n_left] = place
            n_left += 1
    return n_left


@kernel
def keep_by_head(
    tables: Tables,
    tile: Tile,
    query: int,
    codes: NDArray[np.int32],
    rows: tuple[int, int],
    least: np.float32,
    survivors: NDArray[np.int32],
) -> int:
    """Write down the places of rows whose bound by the head reaches ``least``; how many they are."""
    gains, figures = tables.gains[tile.sets[query]], tile.figures[query]
    first, n_rows = rows[0], rows[1] - rows[0]
    n_left = 0
    for start in range(0, n_rows, BLOCK):
        bits = block_hits(codes, start, gains, tables.tail_head, first + start, figures, least)
        if n_rows - start < BLOCK:
            bits &= (np.uint64(1) << np.uint64(n_rows - start)) - np.uint64(1)
        while bits:
            survivors[n_left] = start + first_bit(bits)
            bits &= bits - np.uint64(1)
            n_left += 1
    return n_left


@kernel
def pays_to_refine(
    tables: Tables,
    tile: Tile,
    query: int,
    codes: NDArray[np.int32],
    rows: tuple[int, int],
    survivors: NDArray[np.int32],
    least: np.float32,
) -> bool:
    """Whether refining costs less than a plain scan, as a few survivors tell."""
    n_hits, n_rows = survivors.shape[0], rows[1] - rows[0]
    if n_hits <= n_rows // PROBE_FROM:
        return True
    tried = 0
    passed = 0
    for number in range(0, n_hits, max(1, n_hits // PROBES)):
        place = survivors[number]
        tried += 1
        if inner_bound(tables, tile, query, rows[0] + place, codes[place], 1) >= least:
            passed += 1
    cost: float = n_hits * (MIDDLE_COST + EXACT_COST * passed / tried)
    return cost <= WORTH * n_rows


@kernel
def refine(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    query: int,
    lists: Lists,
    codes: NDArray[np.int32],
    rows: tuple[int, int],
    room: NDArray[np.int32],
) -> bool:
    """Score every row of a chunk that the bounds do not rule out; False where a plain scan costs less."""
    first = rows[0]
    counts = lists.counts[tile.owners[query]]
    least = least_bound(tile, query, lists)
    n_hits = keep_by_head(tables, tile, query, codes, rows, least, room)
    if not pays_to_refine(tables, tile, query, codes, rows, room[:n_hits], least):
        return False
    counts[0] += n_hits
    n_left = keep_by_neck(tables, tile, query, codes, first, room[:n_hits], least)
    n_left = keep_by_middle(tables, tile, query, codes, first, room[:n_left], least)
    counts[1] += n_left
    for number in range(n_left):
        prefetch_row(matrix, first + room[min(number + AHEAD_EXACT, n_left - 1)])
        score_row(matrix, first + room[number], tables, tile, query, lists)
    return True


@kernel
def portable_block(
    head: NDArray[np.uint32],
    block: int,
    whole: NDArray[np.int32],
    offset: int,
    out: NDArray[np.int32],
) -> None:
    """Twin of ``int8_block`` for any processor: four codes at a time taken out of a word."""
    for lane in range(BLOCK):
        out[lane] = -offset
    for group in range(head.shape[1]):
        words = head[block, group]
        a, b, c, d = whole[4 * group], whole[4 * group + 1], whole[4 * group + 2], whole[4 * group + 3]
        for lane in range(BLOCK):
            word = words[lane]
            low = np.int32(word & 255) * a + np.int32((word >> 8) & 255) * b
            high = np.int32((word >> 16) & 255) * c + np.int32(word >> 24) * d
            out[lane] = np.int32(out[lane] + low + high)


@kernel
def finish_chunk(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    lists: Lists,
    codes: NDArray[np.int32],
    chunk: Chunk,
) -> None:
    """Turn the scanned codes of a chunk, shape (t, at least its rows), into entries of the lists."""
    room = np.empty(codes.shape[1], dtype=np.int32)
    rows = (chunk.first, min(chunk.stop, matrix.shape[0]))
    for query in range(codes.shape[0]):
        if chunk.number == 0:
            seed(matrix, tables, tile, query, lists, codes[query], rows)
    for query in range(codes.shape[0]):
        if not refine(matrix, tables, tile, query, lists, codes[query], rows, room):
            chunk.left[query, chunk.number] = True


@kernel
def search_int8(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    lists: Lists,
    blocks: tuple[int, int],
    chunk: int,
    left: NDArray[np.bool_],
) -> None:
    """Search a range of blocks, a chunk of them at a time, with the int8 instruction.

    Chunks that a plain scan takes less time for are only marked, in ``left``, shape (t, chunks).
    """
    codes = np.empty((tile.queries.shape[0], chunk * BLOCK), dtype=np.int32)
    for number in range(left.shape[1]):
        start, stop = blocks[0] + number * chunk, min(blocks[0] + (number + 1) * chunk, blocks[1])
        for block in range(start, stop):
            for query in range(tile.queries.shape[0]):
                place = (block - start) * BLOCK
                int8_block(tables.head, block, tile.codes, query, tile.offsets[query], codes, place)
        part = Chunk(number, start * BLOCK, stop * BLOCK, left)
        finish_chunk(matrix, tables, tile, lists, codes, part)


@kernel
def search_portable(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    lists: Lists,
    blocks: tuple[int, int],
    chunk: int,
    left: NDArray[np.bool_],
) -> None:
    """Do as ``search_int8`` on any processor."""
    codes = np.empty((tile.queries.shape[0], chunk * BLOCK), dtype=np.int32)
    for number in range(left.shape[1]):
        start, stop = blocks[0] + number * chunk, min(blocks[0] + (number + 1) * chunk, blocks[1])
        for block in range(start, stop):
            for query in range(tile.queries.shape[0]):
                out = codes[query, (block - start) * BLOCK : (block - start + 1) * BLOCK]
                portable_block(tables.head, block, tile.whole[query], tile.offsets[query], out)
        part = Chunk(number, start * BLOCK, stop * BLOCK, left)
        finish_chunk(matrix, tables, tile, lists, codes, part)
