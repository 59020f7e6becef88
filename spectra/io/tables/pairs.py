"""Comma pairs without any heading, as some portable Raman instruments write them.

Such files may go on after the spectrum: the axis starts again and the rows below are
something else. Only the first block is the spectrum.
"""

import re
from dataclasses import replace
from typing import Final

from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from . import table

_PAIR: Final = re.compile(
    r"\s*[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?,[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\s*", re.ASCII
)
_PROBE_LINES: Final = 20


def sniff(source: Source) -> Sniff:
    """Possible when the first lines are comma pairs and nothing else."""
    first = [line for line in source.lines[:_PROBE_LINES] if line.strip()]
    return Sniff.POSSIBLE if first and all(_PAIR.fullmatch(line) for line in first) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft whose later blocks are to be left out.

    Raises
    ------
    ReadError
        As for any table.
    """
    return tuple(replace(draft, may_restart=True) for draft in table.read(source))


FORMAT: Final = Format("pairs", "Comma pairs without a heading", (".txt", ".csv"), sniff, read)
