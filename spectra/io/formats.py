"""The table of formats: a new one is a file here and a line below.

The order only breaks ties between formats that are equally sure and share an extension,
so those that any text may fit stand last.
"""

from typing import Final

from . import bwtek, contraspec_csv, enlighten, jcamp, labspec, pairs, table, witec
from ._format import Format

FORMATS: Final[tuple[Format, ...]] = (
    contraspec_csv.FORMAT,
    enlighten.FORMAT,
    bwtek.FORMAT,
    labspec.FORMAT,
    witec.FORMAT,
    jcamp.FORMAT,
    pairs.FORMAT,
    table.FORMAT,
)
