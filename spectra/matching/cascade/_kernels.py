"""Compiled loops of the search: scan the heads, refine what survives.

``bounds.py`` says why nothing is lost. All sums that decide a bound are inflated by what rounding can
cost; the scores themselves are sums in double precision in a fixed order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ..._vector import int8_block, prefetch_row
from ._tables import BLOCK, Lists, Tables, Tile
from .plain._kernels import NEVER, scan_plainly, score_row

READS: Final = "e4394236"
"""Checksum of the files whose code and constants are compiled in here: see ``tests/core/test_cascade.py``.

numba's cache looks at this file only: whoever changes those changes this line.
"""


SEEDS: Final = 16
"""Rows whose scores are computed before the bounds are used, at the least."""
AHEAD: Final = 16
AHEAD_EXACT: Final = 2
"""Rows that are fetched into the cache while others are worked on."""
PROBE_FROM: Final = 16
"""Share of the rows, as a divisor, that may pass the first bound unasked."""
PROBES: Final = 128
"""Rows on which the second bound is tried before it is used on more than that."""
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
    first: int,
) -> None:
    """Score the rows of a chunk whose heads fit best, so that the list's last score is a good bound."""
    n_rows = min(codes.shape[0], matrix.shape[0] - first)
    n_seeds = min(max(SEEDS, lists.scores.shape[1] + 6), n_rows)
    gains = tables.gains[tile.sets[query]]
    best = np.full(n_seeds, np.float32(NEVER))
    where = np.zeros(n_seeds, dtype=np.int64)
    for start in range(0, n_rows, BLOCK):
        block_codes = codes[start : start + BLOCK]
        block_gains = gains[first + start : first + start + BLOCK]
        least = best[n_seeds - 1]
        hits = 0
        for lane in range(BLOCK):
            hits += np.float32(block_codes[lane]) * block_gains[lane] > least
        if hits == 0:
            continue
        for lane in range(min(BLOCK, n_rows - start)):
            fit = np.float32(block_codes[lane]) * block_gains[lane]
            if fit > best[n_seeds - 1]:
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
def middle_bound(tables: Tables, tile: Tile, query: int, row: int, code: int) -> np.float32:
    """Upper bound of a row's score by its head and middle codes."""
    figures = tile.figures[query]
    ours, theirs = tile.middle[query], tables.middle[row]
    total = np.int32(0)
    for column in range(ours.shape[0]):
        total = np.int32(total + np.int32(ours[column]) * np.int32(theirs[column]))
    inside = np.float32(code) * figures[0] + np.float32(total) * figures[3]
    inside += figures[4] + figures[5] * tables.tail_middle[row]
    return np.float32(tables.gains[tile.sets[query], row] * inside)


@kernel
def keep_by_middle(
    tables: Tables,
    tile: Tile,
    query: int,
    codes: NDArray[np.int32],
    first: int,
    survivors: NDArray[np.int64],
    least: np.float32,
) -> int:
    """Leave only those places in front whose second bound reaches ``least``; how many they are."""
    n_left = 0
    for number in range(survivors.shape[0]):
        place = survivors[number]
        prefetch_row(tables.middle, first + survivors[min(number + AHEAD, survivors.shape[0] - 1)])
        if middle_bound(tables, tile, query, first + place, codes[place]) >= least:
            survivors[n_left] = place
            n_left += 1
    return n_left


@kernel
def head_hits(
    tables: Tables,
    tile: Tile,
    query: int,
    codes: NDArray[np.int32],
    first: int,
    least: np.float32,
    hits: NDArray[np.int32],
) -> int:
    """Count the rows of each block whose upper bound by the head reaches ``least``."""
    gains = tables.gains[tile.sets[query]]
    step, slack, rest = tile.figures[query, 0], tile.figures[query, 1], tile.figures[query, 2]
    total = 0
    for block in range(codes.shape[0] // BLOCK):
        start = block * BLOCK
        block_codes = codes[start : start + BLOCK]
        block_gains = gains[first + start : first + start + BLOCK]
        block_tails = tables.tail_head[first + start : first + start + BLOCK]
        count = 0
        for lane in range(BLOCK):
            inside = np.float32(block_codes[lane]) * step + (rest * block_tails[lane] + slack)
            count += block_gains[lane] * inside >= least
        hits[block] = count
        total += count
    return total


@kernel
def middle_share(
    tables: Tables, tile: Tile, query: int, codes: NDArray[np.int32], first: int, least: np.float32
) -> float:
    """Estimate the share of a chunk's rows that its second bound leaves of those that its first leaves."""
    step, slack, rest = tile.figures[query, 0], tile.figures[query, 1], tile.figures[query, 2]
    gains = tables.gains[tile.sets[query]]
    tried = 0
    passed = 0
    for place in range(0, codes.shape[0], max(1, codes.shape[0] // PROBES)):
        inside = np.float32(codes[place]) * step + (rest * tables.tail_head[first + place] + slack)
        if gains[first + place] * inside >= least:
            tried += 1
            if middle_bound(tables, tile, query, first + place, codes[place]) >= least:
                passed += 1
    return passed / max(tried, 1)


@kernel
def refine(
    matrix: NDArray[np.float32],
    tables: Tables,
    tile: Tile,
    query: int,
    lists: Lists,
    codes: NDArray[np.int32],
    first: int,
    hits: NDArray[np.int32],
) -> None:
    """Score every row of a chunk that the bounds do not rule out, or all where that costs less."""
    n_rows = min(codes.shape[0], matrix.shape[0] - first)
    counts = lists.counts[tile.owners[query]]
    least = least_bound(tile, query, lists)
    n_hits = head_hits(tables, tile, query, codes, first, least, hits)
    gains = tables.gains[tile.sets[query]]
    step, slack, rest = tile.figures[query, 0], tile.figures[query, 1], tile.figures[query, 2]
    if n_hits > n_rows // PROBE_FROM:
        share = middle_share(tables, tile, query, codes[:n_rows], first, least)
        if n_hits * (MIDDLE_COST + EXACT_COST * share) > WORTH * n_rows:
            scan_plainly(matrix, tables, tile, query, lists, first, first + n_rows)
            return
    survivors = np.empty(n_hits, dtype=np.int64)
    n_survivors = 0
    for block in range(hits.shape[0]):
        if hits[block] == 0:
            continue
        start = block * BLOCK
        for place in range(start, min(start + BLOCK, n_rows)):
            inside = np.float32(codes[place]) * step + (rest * tables.tail_head[first + place] + slack)
            if gains[first + place] * inside >= least:
                survivors[n_survivors] = place
                n_survivors += 1
    counts[0] += n_survivors
    n_left = keep_by_middle(tables, tile, query, codes, first, survivors[:n_survivors], least)
    counts[1] += n_left
    for number in range(n_left):
        prefetch_row(matrix, first + survivors[min(number + AHEAD_EXACT, n_left - 1)])
        score_row(matrix, first + survivors[number], tables, tile, query, lists)


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
    first: int,
) -> None:
    """Turn the scanned codes of a chunk, shape (t, rows), into entries of the lists."""
    hits = np.empty(codes.shape[1] // BLOCK, dtype=np.int32)
    for query in range(codes.shape[0]):
        seed(matrix, tables, tile, query, lists, codes[query], first)
    for query in range(codes.shape[0]):
        refine(matrix, tables, tile, query, lists, codes[query], first, hits)


@kernel
def search_int8(
    matrix: NDArray[np.float32], tables: Tables, tile: Tile, lists: Lists, blocks: tuple[int, int], chunk: int
) -> None:
    """Search a range of blocks, a chunk of them at a time, with the int8 instruction."""
    codes = np.empty((tile.queries.shape[0], chunk * BLOCK), dtype=np.int32)
    for start in range(blocks[0], blocks[1], chunk):
        size = min(chunk, blocks[1] - start)
        for block in range(size):
            for query in range(tile.queries.shape[0]):
                int8_block(
                    tables.head, start + block, tile.codes, query, tile.offsets[query], codes, block * BLOCK
                )
        finish_chunk(matrix, tables, tile, lists, codes[:, : size * BLOCK], start * BLOCK)


@kernel
def search_portable(
    matrix: NDArray[np.float32], tables: Tables, tile: Tile, lists: Lists, blocks: tuple[int, int], chunk: int
) -> None:
    """Search a range of blocks on any processor."""
    codes = np.empty((tile.queries.shape[0], chunk * BLOCK), dtype=np.int32)
    for start in range(blocks[0], blocks[1], chunk):
        size = min(chunk, blocks[1] - start)
        for block in range(size):
            for query in range(tile.queries.shape[0]):
                out = codes[query, block * BLOCK : (block + 1) * BLOCK]
                portable_block(tables.head, start + block, tile.whole[query], tile.offsets[query], out)
        finish_chunk(matrix, tables, tile, lists, codes[:, : size * BLOCK], start * BLOCK)
