"""Whether library files on the disk are still those that were loaded."""

import os
from collections.abc import Sequence

Stamp = tuple[tuple[int, int, int] | None, ...]


def stamp_of(paths: Sequence[str]) -> Stamp:
    """Size, time and place on the disk of each file; None for one that is not there.

    Parameters
    ----------
    paths : sequence of str
        Files; the built-in library's name stands for none.
    """
    return tuple(_stamp(path) for path in paths)


class Changes:
    """Says when files have changed and rest again.

    Parameters
    ----------
    paths : sequence of str
        Files to look at.
    loaded : tuple
        Their stamp, taken before they were loaded.
    """

    def __init__(self, paths: Sequence[str], loaded: Stamp) -> None:
        self._paths, self._tried, self._last = tuple(paths), loaded, loaded

    def look(self) -> bool:
        """Whether all are there, rested since the last look, and others than the last that were tried."""
        now = stamp_of(self._paths)
        rested, self._last = now == self._last, now
        if not rested or now == self._tried or None in now:
            return False
        self._tried = now
        return True


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
