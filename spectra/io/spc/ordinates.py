"""Ordinates and axis values of an SPC file's subfiles as numbers.

A fixed-point ordinate is ``integer * 2**(exponent - bits)``. The old format stores the two words of a
32-bit integer with the more significant one first.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..parts.binary import Window
from .header import FLOAT, MAX_EXPONENT, SHORT, Header
from .layout import Block, Layout

# No detector and no ratio reaches this; bytes that are no floats do.
_LARGEST: Final = 1e20
_SMALLEST: Final = 1e-20
_SAME_SHARE: Final = 1e-3
_SAME_DIGITS: Final = 1e-6


def read_axes(window: Window, header: Header, layout: Layout) -> tuple[list[NDArray[np.float64]], list[str]]:
    """Axis of each subfile, and what had to be noted.

    Raises
    ------
    DamagedError
        When an axis value is no number, or header and values contradict each other.
    """
    blocks = layout.blocks
    first = blocks[0]
    if first.x_at < 0:
        if header.first == header.last and first.n_points > 1:
            raise window.damaged(f"first and last x both {header.first:g}")
        return [np.linspace(header.first, header.last, first.n_points)] * len(blocks), []
    if any(block.x_at != first.x_at for block in blocks):
        return [_read_x(window, header, block) for block in blocks], []
    axis = _read_x(window, header, first)
    return [axis] * len(blocks), _compare_ends(window, header, axis)


def _read_x(window: Window, header: Header, block: Block) -> NDArray[np.float64]:
    axis = window.array(block.x_at, block.n_points, header.order + "f4")
    if not np.isfinite(axis).all():
        raise window.damaged(f"{int(np.count_nonzero(~np.isfinite(axis)))} x values that are no numbers")
    return axis


def _compare_ends(window: Window, header: Header, axis: NDArray[np.float64]) -> list[str]:
    """Compare the axis values with the header's first and last x."""
    found = np.array([axis[0], axis[-1]])
    stated = np.array([header.first, header.last])
    exact = _SAME_DIGITS * np.abs(found)
    near = np.maximum(_SAME_SHARE * np.ptp(axis), exact)
    wrong = np.abs(found - stated) > near
    if not (np.abs(found - stated) > exact).any() or not (np.abs(found - stated[::-1]) > exact).any():
        return []
    if not wrong.any():
        return ["first and last x in the header are not quite those of the axis: the axis used"]
    # Writers that leave the two out leave out both: one that is off is damage.
    if wrong.all() or not stated[wrong].any():
        return ["first and last x in the header are not those of the axis: the axis used"]
    raise window.damaged(
        f"x from {found[0]:g} to {found[1]:g}, the header says {stated[0]:g} to {stated[1]:g}"
    )


def read_ordinates(
    window: Window, header: Header, layout: Layout
) -> tuple[list[NDArray[np.float64]], list[str]]:
    """Ordinates of each subfile, and what had to be noted.

    Raises
    ------
    DamagedError
        When the exponents contradict each other, or a value is larger than anything measured.
    """
    blocks = layout.blocks
    notes: list[str] = []
    # One exponent for all is in the header; writers that know no other leave the subfiles' zero.
    unset = not any(block.exponent for block in blocks)
    if unset and header.exponent not in (0, FLOAT):
        notes.append(f"no subfile states an exponent: the header's {header.exponent} used")
    found = []
    for block in blocks:
        exponent = header.exponent if unset else _exponent(window, header, block, alone=len(blocks) == 1)
        found.append(_decode(window, header, block, exponent))
    return found, notes


def _exponent(window: Window, header: Header, block: Block, *, alone: bool) -> int:
    """Exponent of a subfile's ordinates."""
    stated, own = header.exponent, block.exponent
    if own == stated:
        return own
    if own != FLOAT and abs(own) > MAX_EXPONENT:
        raise window.damaged(f"exponent {own} in subfile {block.index + 1}")
    if FLOAT in (stated, own):
        if stated == FLOAT and own == 0:
            return FLOAT
        if not header.old and _looks_float(window, header, block):
            return FLOAT
    elif not alone:
        return own
    raise window.damaged(
        f"exponent {stated} in the header and {own} in subfile {block.index + 1}, which do not agree,"
    )


def _decode(window: Window, header: Header, block: Block, exponent: int) -> NDArray[np.float64]:
    if exponent == FLOAT:
        values = window.array(block.y_at, block.n_points, header.order + "f4")
        finite = values[np.isfinite(values)]
        if finite.size and float(np.max(np.abs(finite))) > _LARGEST:
            raise window.damaged(f"a value of {float(np.max(np.abs(finite))):.3g}")
        return values
    if header.has(SHORT):
        return window.array(block.y_at, block.n_points, header.order + "i2") * 2.0 ** (exponent - 16)
    if not header.old:
        return window.array(block.y_at, block.n_points, header.order + "i4") * 2.0 ** (exponent - 32)
    words = np.frombuffer(window.raw(block.y_at, 4 * block.n_points), dtype="<u2").reshape(-1, 2)
    swapped = np.ascontiguousarray(words[:, ::-1]).view("<i4").ravel()
    return swapped.astype(np.float64) * 2.0 ** (exponent - 32)


def _looks_float(window: Window, header: Header, block: Block) -> bool:
    """Whether the bytes of all ordinates are floats that can be measured values."""
    values = np.abs(window.array(block.y_at, block.n_points, header.order + "f4"))
    plausible = (values == 0) | ((values > _SMALLEST) & (values < _LARGEST))
    return bool(plausible.all())
