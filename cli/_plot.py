"""A small picture of a spectrum in characters, where people would rather look than read."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_BLOCKS: Final = " ..::++##"
_ROWS: Final = 8


def _plain(value: float) -> str:
    return f"{value:.6g}"


def plot_lines(
    axis: "NDArray[Any]",
    intensity: "NDArray[Any]",
    *,
    columns: int,
    encoding: str,
    ends: Callable[[float], str] = _plain,
) -> list[str]:
    """Lines of a filled curve, low axis values on the left, with the ends of the axis below.

    Parameters
    ----------
    axis, intensity : array, shape (m,)
        Finite values.
    columns : int
        Width in characters.
    encoding : str
        What the stream can show; block characters where it has them.
    ends : callable, optional
        Writes the ends of the axis.
    """
    import numpy as np  # keeps --help light

    order = np.argsort(axis, kind="stable")
    axis, intensity = axis[order], intensity[order]
    low, high = float(axis[0]), float(axis[-1])
    width = max(10, columns)
    place = (axis - low) / (high - low or 1.0) * (width - 1)
    # The highest value under each character, so that a narrow band stays; between the points of a short
    # spectrum the curve is drawn straight.
    tops = np.interp(np.arange(width), place, intensity)
    np.maximum.at(tops, np.round(place).astype(int), intensity)
    floor, ceiling = float(tops.min()), float(tops.max())
    # Halved, so that the range of huge values cannot overflow.
    half = ceiling / 2 - floor / 2
    levels = (tops / 2 - floor / 2) / half if half > 0 else np.zeros(width)
    eighths = np.round(levels * _ROWS * 8).astype(int)
    blocks = _blocks(encoding)
    lines = [
        "".join(blocks[min(8, max(0, height - 8 * row))] for height in eighths).rstrip()
        for row in reversed(range(_ROWS))
    ]
    return [*lines, _ends(ends(low), ends(high), width)]


def _blocks(encoding: str) -> Sequence[str]:
    try:
        _BLOCKS.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return _ASCII_BLOCKS
    return _BLOCKS


def _ends(first: str, last: str, width: int) -> str:
    return first + last.rjust(max(1, width - len(first)))
