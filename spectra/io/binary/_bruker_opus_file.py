"""Blocks of a Bruker OPUS file: the directory and the parameters, checked before anything is trusted.

The layout is decoded by ``brukeropus``. Its readers of whole files follow every count and length
the file states, so a damaged file can make them loop or allocate without end: here each block is
held against the file's size first, and only the small decoders are called.
"""

import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, ReadError
from ..parts.binary import Window

MAGIC: Final = b"\n\n\xfe\xfe"
_MAX_BLOCKS: Final = 1000
_HEADER_SIZE: Final = 24
_ENTRY_SIZE: Final = 12
_ITEM_HEAD: Final = 8
_MAX_PARAMETER_BYTES: Final = 1_000_000
_DATA_TYPES: Final = {1: "<f4", 2: "<i4"}
_FACTORS: Final = (1e-12, 1e12)
# OPUS stores minimum and maximum as double, the ordinates as single.
_SINGLE: Final = 1e-5
# Trying several descriptions on one block must stay cheap.
_MAX_TRIED_BYTES: Final = 50_000_000

Parameter = int | float | str
Parameters = dict[str, Parameter]


@dataclass(frozen=True)
class Block:
    """One block of the directory.

    Attributes
    ----------
    kind : tuple of int
        The six parts of the block's type: complex part, sample or reference or ratio, what
        parameters it holds, what data it holds, derivative, how it is stored.
    start, size : int
        Where it lies in the file, bytes.
    label : str
        What the type means.
    """

    kind: tuple[int, ...]
    start: int
    size: int
    label: str


@dataclass(frozen=True, eq=False)
class Curve:
    """A data block with the status block that describes it.

    Attributes
    ----------
    block : Block
        Of the ordinates.
    status : dict
        First and last abscissa, number of points, factor, limits, unit.
    values : array, shape (npt,), float64
        Ordinates with the factor applied.
    n_stored : int
        Ordinates in the block, never fewer than the status block says.
    limits_agree : bool or None
        Whether smallest and largest ordinate are those the status block states; None when it states none.
    """

    block: Block
    status: Parameters
    values: NDArray[np.float64] = field(repr=False)
    n_stored: int
    limits_agree: bool | None


def read_blocks(window: Window) -> tuple[Block, ...]:
    """Directory of the file, without entries that are empty.

    Raises
    ------
    DamagedError
        When the directory or one of its blocks reaches beyond the file.
    """
    # Imported here: not everyone who starts the program opens an OPUS file.
    from brukeropus.file.block import BlockType
    from brukeropus.file.parse import parse_directory, parse_header

    _, start, n_most, n_blocks = parse_header(window.raw(0, _HEADER_SIZE))
    if not 0 < n_blocks <= n_most <= _MAX_BLOCKS:
        raise window.damaged(f"{n_blocks} blocks announced in a directory for {n_most}")
    try:
        entries = parse_directory(window.raw(start, n_blocks * _ENTRY_SIZE))
    except (ValueError, struct.error) as error:
        raise window.damaged("the directory of blocks cannot be read") from error
    # The last entry may be empty; more would mean that the list was cut short.
    if len(entries) < n_blocks - 1:
        raise window.damaged(f"{len(entries)} blocks in the directory, {n_blocks} announced")
    for _, size, at in entries:
        if size < 0 or at + size > len(window):
            raise window.damaged(f"a block of {size} bytes at byte {at}, the file has {len(window)}")
    # Many blocks in one place would make much of a small file.
    total = sum(size for _, size, _ in entries)
    if total > len(window):
        raise window.damaged(f"blocks of {total} bytes in a file of {len(window)}")
    return tuple(Block(kind, at, size, BlockType(kind).label) for kind, size, at in entries)


def read_parameters(window: Window, block: Block) -> Parameters:
    """Parameters of a block, their names in lower case.

    Raises
    ------
    DamagedError
        When a parameter reaches beyond its block.
    """
    from brukeropus.file.parse import parse_params

    what = f"the block of {block.label or 'parameters'} at byte {block.start}"
    if block.size > _MAX_PARAMETER_BYTES:
        raise window.damaged(f"{what} has {block.size} bytes")
    data = window.raw(block.start, block.size)
    at = 0
    while at + _ITEM_HEAD <= len(data) and data[at : at + 3] != b"END":
        kind, words = struct.unpack_from("<2h", data, at + 4)
        if words < {0: 2, 1: 4}.get(kind, 0) or at + _ITEM_HEAD + 2 * words > len(data):
            raise window.damaged(f"{what} has a parameter of {2 * words} bytes")
        at += _ITEM_HEAD + 2 * words
    try:
        # With an end mark of our own: what the decoder sees is what was checked.
        found: Parameters = parse_params(data[:at] + b"END")
    except (ValueError, struct.error) as error:
        raise window.damaged(f"{what} cannot be read") from error
    return found


def is_data(block: Block) -> bool:
    """Whether the block holds the ordinates of one curve."""
    return not block.kind[2] and block.kind[3] not in (0, 13) and block.kind[5] in (0, 4)


def is_series(block: Block) -> bool:
    """Whether the block holds the ordinates of a series of curves."""
    return not block.kind[2] and block.kind[3] not in (0, 13) and block.kind[5] == 2


def read_curves(window: Window, blocks: tuple[Block, ...]) -> tuple[list[Curve], list[Block]]:
    """Pair data blocks with their status blocks, in the order of the directory; and those without one.

    A status block has the type of its data block; where a file holds several of one type, the one
    whose limits fit goes with the data. One that cannot be read describes nothing.
    """
    free = []
    for block in blocks:
        if block.kind[2] == 1:
            with suppress(ReadError):
                free.append((block, read_parameters(window, block)))
    curves, unread = [], []
    for block in filter(is_data, blocks):
        same = [one for one in free if _described(one[0]) == _described(block)]
        best: tuple[tuple[Block, Parameters], Curve] | None = None
        for one in same[: max(2, _MAX_TRIED_BYTES // max(block.size, 1))]:
            curve = _curve(window, block, one[1])
            if curve is not None and (best is None or curve.limits_agree):
                best = one, curve
            if curve is not None and curve.limits_agree:
                break
        if best is None:
            unread.append(block)
            continue
        free.remove(best[0])
        curves.append(best[1])
    return curves, unread


def _described(block: Block) -> tuple[int, ...]:
    return block.kind[:2] + block.kind[3:]


def _curve(window: Window, block: Block, status: Parameters) -> Curve | None:
    """Read ordinates as one status block describes them; None when it cannot be about this block."""
    n_points, factor, form = status.get("npt"), status.get("csf", 1.0), status.get("dpf")
    dtype = _DATA_TYPES.get(form) if isinstance(form, int) else None
    n_stored = block.size // 4
    if not isinstance(n_points, int) or not 0 < n_points <= n_stored or dtype is None:
        return None
    if not isinstance(factor, int | float) or not _FACTORS[0] <= abs(factor) <= _FACTORS[1]:
        return None
    # A compact block has a header of unknown length before its values.
    at = block.start + (4 * (n_stored - n_points) if block.kind[5] == 4 else 0)
    values = factor * window.array(at, n_points, dtype)
    agree = _limits_agree(values, status)
    if block.kind[5] == 4 and not agree:
        return None
    return Curve(block, status, values, n_stored, agree)


def _limits_agree(values: NDArray[np.float64], status: Parameters) -> bool | None:
    low, high = status.get("mny"), status.get("mxy")
    if not isinstance(low, float) or not isinstance(high, float):
        return None
    with np.errstate(invalid="ignore"):
        found = np.array([values.min(), values.max()])
        largest = max(abs(low), abs(high))
        return bool(np.all(np.abs(found - [low, high]) <= _SINGLE * largest))


def damaged_curve(window: Window, curve: Curve) -> DamagedError:
    """Error about ordinates that contradict what the file states of them."""
    low, high = curve.status.get("mny"), curve.status.get("mxy")
    return window.damaged(
        f"{curve.values.size} values of {curve.block.label!r} from {curve.values.min():.6g} to "
        f"{curve.values.max():.6g}, the file states {low:.6g} to {high:.6g}"
    )
