"""The table of formats: a new one is a file here and a line below.

The order only breaks ties between formats that are equally sure and share an extension,
so those that any text may fit stand last.
"""

from typing import Final

from ._format import Format
from .binary import (
    agilent_asp,
    asd,
    avantes6,
    avantes8,
    bruker_opus,
    foreign,
    nexus,
    omnic_spa,
    perkinelmer_sp,
    procspec,
    renishaw_wdf,
)
from .jcamp import reader as jcamp
from .spc import reader as spc
from .tables import excel, pairs, rod, table, wide
from .text import (
    avantes_text,
    bwtek,
    contraspec_csv,
    enlighten,
    jasco_txt,
    labspec,
    nirscan,
    ocean,
    perkinelmer_txt,
    renishaw_txt,
    rruff,
    svc,
    witec,
)

FORMATS: Final[tuple[Format, ...]] = (
    procspec.FORMAT,
    avantes8.FORMAT,
    avantes6.FORMAT,
    spc.FORMAT,
    bruker_opus.FORMAT,
    renishaw_wdf.FORMAT,
    omnic_spa.FORMAT,
    asd.FORMAT,
    perkinelmer_sp.FORMAT,
    agilent_asp.FORMAT,
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
