"""Where in an SPC file the subfiles lie, and whether that agrees with the file's length.

The format has no check sum: its only proof is that header, points and subfiles add up to the place
where the log or the file ends. What does not add up is refused, save for the few things that writers
are known to do.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ...errors import DamagedError, UnsupportedError
from ..parts.binary import MAX_POINTS, Window
from .header import FLOAT, MULTI, OWN_X, SHORT, X_VALUES, Header

SUBHEADER: Final = 32
_ENTRY: Final = 12
MAX_SUBFILES: Final = 50_000
MAX_PER_SPECTRUM: Final = 5_000_000
_LOG_HEADER: Final = 64
_PADDED_TO: Final = 128
_MAX_PADDING: Final = 512
_SMALLEST: Final = 4


@dataclass(frozen=True)
class Block:
    """One subfile.

    Attributes
    ----------
    x_at : int
        Where its x values lie; -1 when the header's first and last x make the axis.
    y_at, n_points : int
        Where its ordinates lie and how many there are.
    exponent : int
        As its own header says, before the file's header is asked.
    index : int
        Its position in the file, from 0.
    stated : int
        Points its own header states; 0 when it leaves that to the file's header.
    """

    x_at: int
    y_at: int
    n_points: int
    exponent: int
    index: int
    stated: int


@dataclass(frozen=True)
class Layout:
    """Subfiles of a file, where the log begins (0 without one), and what had to be assumed."""

    blocks: tuple[Block, ...]
    log_at: int = 0
    warnings: tuple[str, ...] = ()


Found = tuple[tuple[Block, ...], int]
"""Subfiles, and where they (with their directory) end."""


def find_layout(window: Window, header: Header) -> Layout:
    """Find the subfiles and check that they fill the file.

    Raises
    ------
    DamagedError
        When header and length contradict each other.
    UnsupportedError
        When there are more subfiles or points than are read.
    """
    if not header.has(OWN_X):
        return _checked(window, header, _shared(window, header))
    ways: tuple[tuple[Callable[[Window, Header], Found], str], ...] = (
        (_listed, ""),
        (_own, ""),
        # Seen in exports of maps: the flag is set although one axis stands before all subfiles.
        (_shared_after_all, "the header promises an axis for each subfile, the file holds one for all"),
    )
    first: DamagedError | None = None
    for way, note in ways:
        try:
            layout = _checked(window, header, way(window, header))
        except DamagedError as error:
            first = first or error
            continue
        return replace(layout, warnings=(*layout.warnings, note)) if note else layout
    raise first if first else window.damaged("no subfiles")


def _shared(window: Window, header: Header) -> Found:
    """Subfiles one after another that share an axis."""
    at = header.size
    n = header.n_points
    if n == 0 and not header.has(X_VALUES):
        n = window.value(at + 16, header.order + "I")
    if n == 0:
        raise window.damaged("a header without points")
    _check_counts(window, header, n)
    x_at = -1
    if header.has(X_VALUES):
        x_at, at = at, at + 4 * n
    blocks: list[Block] = []
    while len(blocks) < (header.n_subfiles or MAX_SUBFILES + 1):
        # The old format has no count: its subfiles go on to the end of the file.
        if header.n_subfiles == 0 and blocks and at + SUBHEADER + _width(header, 0) * n > len(window):
            break
        exponent, stated = _read_subheader(window, header, at)
        block = Block(x_at, at + SUBHEADER, n, exponent, len(blocks), stated)
        at = _end(header, block)
        _check_inside(window, at)
        blocks.append(block)
    if len(blocks) > MAX_SUBFILES:
        raise _too_many(window, len(blocks))
    return tuple(blocks), at


def _shared_after_all(window: Window, header: Header) -> Found:
    """Subfiles that share an axis although the header says otherwise: only where each header is one."""
    found = _shared(window, header)
    for block in found[0]:
        at = block.y_at - SUBHEADER
        (index,), reserved = window.values(at + 2, header.order + "H"), window.raw(at + 28, 4)
        if index != block.index or any(reserved) or block.stated not in (0, block.n_points):
            raise window.damaged(f"no header of a subfile at byte {at}")
    return found


def _own(window: Window, header: Header) -> Found:
    """Subfiles one after another, each with its own axis."""
    _check_counts(window, header, 0)
    at = header.size
    blocks: list[Block] = []
    for index in range(header.n_subfiles):
        exponent, stated = _read_subheader(window, header, at)
        n = stated or header.n_points
        if header.n_subfiles == 1 and header.n_points not in (0, n):
            raise window.damaged(f"{header.n_points} points in the header, {n} in the subfile's")
        block = Block(at + SUBHEADER, at + SUBHEADER + 4 * n, n, exponent, index, stated)
        at = _end(header, block)
        _check_inside(window, at)
        blocks.append(block)
    return tuple(blocks), at


def _listed(window: Window, header: Header) -> Found:
    """Subfiles that a directory lists; ``fnpts`` says where it lies."""
    _check_counts(window, header, 0)
    directory = header.n_points
    if directory < header.size:
        raise window.damaged(f"a directory of subfiles at byte {directory}")
    window.raw(directory, _ENTRY * header.n_subfiles)
    blocks: list[Block] = []
    spans: list[tuple[int, int]] = []
    for index in range(header.n_subfiles):
        at, size = window.values(directory + _ENTRY * index, header.order + "II")
        if at < header.size or size < SUBHEADER or at + size > directory:
            raise window.damaged(f"subfile {index + 1} of {size} bytes at byte {at}")
        exponent, stated = _read_subheader(window, header, at)
        width = _width(header, exponent)
        n = stated or (size - SUBHEADER) // (4 + width)
        # A subfile that was rewritten may have a few bytes to spare.
        if not 0 <= size - (SUBHEADER + (4 + width) * n) < SUBHEADER:
            raise window.damaged(f"subfile {index + 1} of {size} bytes for {n} points")
        spans.append((at, at + size))
        blocks.append(Block(at + SUBHEADER, at + SUBHEADER + 4 * n, n, exponent, index, stated))
    # Entries that share bytes are damaged, and could make a small file large.
    spans.sort()
    if any(start < end for (_, end), (start, _) in pairwise(spans)):
        raise window.damaged("subfiles that overlap")
    return tuple(blocks), directory + _ENTRY * header.n_subfiles


def _read_subheader(window: Window, header: Header, at: int) -> tuple[int, int]:
    """Exponent and stated points of a subfile."""
    window.raw(at, SUBHEADER)
    exponent = window.value(at + 1, "b")
    stated = 0 if header.old else window.value(at + 16, header.order + "I")
    return exponent, stated


def _width(header: Header, exponent: int) -> int:
    """Bytes of an ordinate."""
    is_float = FLOAT in (header.exponent, exponent)
    return 2 if header.has(SHORT) and not is_float else 4


def _end(header: Header, block: Block) -> int:
    return block.y_at + _width(header, block.exponent) * block.n_points


def _check_inside(window: Window, end: int) -> None:
    if end > len(window):
        raise window.damaged(f"data up to byte {end} promised, the file has {len(window)}")


def _check_counts(window: Window, header: Header, n_points: int) -> None:
    """Refuse counts that the file cannot hold before any work is done for them."""
    smallest = (SUBHEADER + _width(header, 0) * n_points) * max(header.n_subfiles, 1)
    if header.size + smallest > len(window):
        raise window.damaged(
            f"{max(header.n_subfiles, 1)} subfiles of {n_points} points in the header, "
            f"too many for {len(window)} bytes"
        )
    if header.n_subfiles > MAX_SUBFILES or n_points * max(header.n_subfiles, 1) > MAX_POINTS:
        raise _too_many(window, header.n_subfiles)
    if n_points > MAX_PER_SPECTRUM:
        raise UnsupportedError(
            f"{window.name}: a spectrum of {n_points} points, expected at most {MAX_PER_SPECTRUM}. "
            "Export a smaller range."
        )


def _too_many(window: Window, n_subfiles: int) -> UnsupportedError:
    return UnsupportedError(
        f"{window.name}: {n_subfiles} spectra, expected at most {MAX_SUBFILES} and {MAX_POINTS} points. "
        "Export fewer spectra per file."
    )


def _checked(window: Window, header: Header, found: Found) -> Layout:
    """Layout of subfiles that end where the log begins or the file ends."""
    blocks, end = found
    log = header.log_offset
    notes: list[str] = []
    if header.n_points == 0:
        notes.append("the header states no points: the subfile's own count used")
    if len(blocks) > 1 and not header.has(MULTI):
        notes.append(f"{len(blocks)} subfiles, although the header says there is one")
    if 0 < log < end:
        if end != len(window) and not _is_log(window, header, end):
            raise window.damaged(f"a log at byte {log}, within the data that end at byte {end}")
        notes.append("the header's place of the log is wrong")
        log = 0
    elif log > len(window):
        notes.append("the log is missing: the file may have been cut after the spectrum")
        log = 0
    limit = log or len(window)
    if limit == end:
        return Layout(blocks, log, tuple(notes))
    if not log and _is_log(window, header, end):
        return Layout(blocks, end, (*notes, "a log the header does not mention was found"))
    notes.append(_explain_rest(window, header, blocks, end, limit))
    return Layout(blocks, log, tuple(notes))


def _is_log(window: Window, header: Header, at: int) -> bool:
    """Whether a log's header stands there that fills the rest of the file."""
    rest = len(window) - at
    if rest <= _LOG_HEADER:
        return False
    size, _, text = window.values(at, header.order + "III")
    return bool(size == rest and _LOG_HEADER <= text <= size)


def _explain_rest(window: Window, header: Header, blocks: tuple[Block, ...], end: int, limit: int) -> str:
    """Warning for bytes after the data that can be no data; an error when they can."""
    rest = limit - end
    one = SUBHEADER + _width(header, blocks[-1].exponent) * blocks[-1].n_points
    found = f"{rest} bytes after the data"
    if rest < _SMALLEST and rest < _width(header, blocks[-1].exponent):
        return f"{found} left out"
    filler = not window.raw(end, rest).strip(b"\0\x1a")
    if filler and rest < _MAX_PADDING and limit % _PADDED_TO == 0:
        return f"{found} left out: filled up to a whole block"
    # Both headers state the count, so that a wrong one is out of the question.
    twice = all(block.stated == block.n_points == header.n_points for block in blocks)
    if rest < one and twice:
        return f"{found} left out: no part of the spectrum"
    raise window.damaged(
        f"{len(blocks)} subfiles of {blocks[-1].n_points} points end at byte {end}, "
        f"the {'log begins' if limit < len(window) else 'file ends'} at byte {limit}"
    )
