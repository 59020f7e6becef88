"""The table of formats: a new one is a file here and a line below.

The order only breaks ties between formats that are equally sure and share an extension,
so those that any text may fit stand last.
"""

from typing import Final

from . import (
    avantes6,
    avantes8,
    avantes_text,
    bwtek,
    contraspec_csv,
    enlighten,
    excel,
    foreign,
    jasco_txt,
    jcamp,
    labspec,
    nexus,
    nirscan,
    ocean,
    pairs,
    perkinelmer_txt,
    procspec,
    renishaw_txt,
    rod,
    rruff,
    spc,
    svc,
    table,
    wide,
    witec,
)
from ._format import Format

FORMATS: Final[tuple[Format, ...]] = (
    procspec.FORMAT,
    avantes8.FORMAT,
    avantes6.FORMAT,
    spc.FORMAT,
    excel.FORMAT,
    nexus.FORMAT,
    foreign.FORMAT,
    contraspec_csv.FORMAT,
    nirscan.FORMAT,
    ocean.FORMAT,
    avantes_text.FORMAT,
    svc.FORMAT,
    enlighten.FORMAT,
    bwtek.FORMAT,
    labspec.FORMAT,
    renishaw_txt.FORMAT,
    rod.FORMAT,
    rruff.FORMAT,
    jasco_txt.FORMAT,
    perkinelmer_txt.FORMAT,
    witec.FORMAT,
    jcamp.FORMAT,
    pairs.FORMAT,
    wide.FORMAT,
    table.FORMAT,
)
