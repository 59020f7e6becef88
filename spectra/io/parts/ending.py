"""Whether a text ends in the middle of its last number."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...errors import DamagedError
from .._source import Source
from .numbers import column

NO_LINE_END: Final = "the last line has no line end: the file may be cut short"
_NEAR: Final = 200
_JUMP: Final = 10.0


def check_ending(cells: Sequence[str], source: Source, *, decimal: str = ".") -> tuple[str, ...]:
    """Refuse a text whose last number is torn; note one that may be.

    Programs end each line. Where the last has no end, a number shorter than all others of its column is
    torn, and so is one with fewer decimals where all others have the same, and one shorter than most that
    jumps away from those before it.

    Parameters
    ----------
    cells : sequence of str
        The last column of a table that goes on to the end of the text.
    source : Source
        The file.
    decimal : str
        ``"."`` or ``","``.

    Returns
    -------
    tuple of str
        A warning where the last line has no end.

    Raises
    ------
    DamagedError
        When the last number is torn.
    """
    if not source.lines or not source.lines[-1].strip():
        return ()
    lengths = [len(cell.strip()) for cell in cells]
    shorter = len(lengths) > 2 and lengths[-1] < np.median(lengths)
    if len(lengths) > 2 and (
        lengths[-1] < min(lengths[:-1])
        or _loses_decimals(cells, decimal)
        or (shorter and _jumps(cells, decimal))
    ):
        raise DamagedError(
            f"{source.name}: the text stops within its last line, at {cells[-1].strip()[:20]!r}. "
            "The file is cut short: export it again."
        )
    return (NO_LINE_END,)


def _loses_decimals(cells: Sequence[str], decimal: str) -> bool:
    """Whether all numbers but the last have the same count of decimals, and the last has fewer."""
    counts = [len(cell.strip().partition(decimal)[2]) for cell in cells]
    return len(set(counts[:-1])) == 1 and counts[-1] < counts[0]


def _jumps(cells: Sequence[str], decimal: str) -> bool:
    values = column(list(cells[-_NEAR:]), decimal=decimal)
    if isinstance(values, int) or not np.isfinite(values).all():
        return True
    steps = np.abs(np.diff(np.clip(values, -1e100, 1e100)))
    return bool(steps[-1] > _JUMP * np.median(steps[:-1]))
