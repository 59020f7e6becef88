"""The blocks of a JCAMP-DX file: labels, and the tables of data that stand under them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ...errors import DamagedError, UnsupportedError
from .._source import Source

TABLES: Final = frozenset(
    {
        "XYDATA", "XYPOINTS", "PEAKTABLE", "PEAKASSIGNMENTS", "PEAKASSIGNMENT", "RADATA", "DATATABLE",
    }
)  # fmt: skip
"""Labels under which data stand."""

NTUPLE_LISTS: Final = frozenset(
    {"VARNAME", "SYMBOL", "VARTYPE", "VARDIM", "UNITS", "FACTOR", "FIRST", "LAST", "MIN", "MAX"}
)
"""Labels whose value is a list that may go on over the next lines."""

MAX_TABLES: Final = 5000
_MAX_VALUE: Final = 2000
_MAX_LABELS: Final = 200
_MAX_FORM: Final = 100
_MAX_FACTS: Final = 20_000
OWN_FACT: Final = "$CONTRASPECFACT"
"""Label of a line of our own metadata; all of a block stand under it, a line each."""


_LABEL: Final = re.compile(r"\s*##(.{0,80}?)=(.*)", re.DOTALL)
_CUT_LABEL: Final = re.compile(r"\s*##")
_STRUCTURE: Final = frozenset({"JCAMPCS", "ATOMLIST", "$MOLFILE", "MOLFILE"})
# What decides of numbers; elsewhere the same label twice does no harm.
_DECIDES: Final = frozenset(
    {
        "NPOINTS", "FIRSTX", "LASTX", "DELTAX", "XFACTOR", "YFACTOR", "XUNITS", "YUNITS", "DATATYPE",
        "FIRSTR", "LASTR", "RFACTOR", "AFACTOR", *NTUPLE_LISTS,
    }
)  # fmt: skip


@dataclass
class Table:
    """Data under one label.

    Attributes
    ----------
    label : str
        One of `TABLES`.
    form : str
        What stands behind it, as ``(X++(Y..Y))``.
    labels : dict
        Of the block, as they stand where the data begin.
    lines : list of str
        Without comments and empty lines.
    closed : bool
        True when another label, or the end, stands behind the data.
    """

    label: str
    form: str
    labels: dict[str, str]
    lines: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass
class Block:
    """What stands between a title and its end.

    Attributes
    ----------
    labels : dict
        Plain names (see `plain`) to values; the comment of the version stands under ``JCAMPDX$$``.
    tables : list of Table
        In the order of the file.
    ended : bool
        True when the block has its ``##END=``.
    children : int
        Blocks inside.
    """

    labels: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    ended: bool = False
    children: int = 0
    fresh: set[str] = field(default_factory=set)

    @property
    def is_link(self) -> bool:
        """Whether the block only holds others."""
        kind = self.labels.get("DATATYPE", "").upper()
        return not self.tables and (kind.startswith("LINK") or "BLOCKS" in self.labels)

    @property
    def title(self) -> str:
        """Its title, shortened, for messages."""
        return self.labels.get("TITLE", "")[:40]

    @property
    def is_structure(self) -> bool:
        """Whether it holds a molecule (JCAMP-CS)."""
        return not _STRUCTURE.isdisjoint(self.labels)


def plain(label: str) -> str:
    """Label as the standard compares it: capitals, without blanks, dashes, underscores and slashes."""
    return re.sub(r"[\s\-_/]", "", label).upper()


def labelled(line: str) -> tuple[str, str] | None:
    """Plain name and value of a line that begins with a label; None for others."""
    found = _LABEL.match(line)
    if found is not None:
        return plain(found[1]), found[2].strip()
    # A file that stops within a label has ended its data all the same.
    return ("", "") if _CUT_LABEL.match(line) else None


def blocks_of(source: Source) -> list[Block]:
    """Every block, in the order in which they begin.

    Raises
    ------
    DamagedError
        When a label that decides of numbers stands twice with different values.
    UnsupportedError
        For more than ``MAX_TABLES`` tables.
    """
    blocks: list[Block] = []
    open_: list[Block] = []
    current, n_tables = "", 0
    for line, comment in _lines(source):
        label = labelled(line) if "##" in line else None
        if label is None:
            if line and open_:
                _continue(open_[-1], current, line)
            continue
        current, value = label
        if open_ and open_[-1].tables:
            open_[-1].tables[-1].closed = True
        if current == "TITLE" or (not open_ and current not in ("END", "")):
            _begin(blocks, open_)
        if current == "END":
            if open_:
                open_.pop().ended = True
        elif open_:
            _set(open_[-1], current, value, source.name)
            if current == "JCAMPDX" and comment:
                open_[-1].labels["JCAMPDX$$"] = comment[:_MAX_VALUE]
        n_tables += current in TABLES
        if max(n_tables, len(blocks)) > MAX_TABLES:
            raise UnsupportedError(
                f"{source.name}: more than {MAX_TABLES} spectra in one JCAMP-DX file. Export fewer per file."
            )
    return blocks


def _lines(source: Source) -> Iterator[tuple[str, str]]:
    """Each line without its comment, and the comment."""
    for line in source.lines:
        if "$$" in line:
            text, _, comment = line.partition("$$")
            yield text.strip(), comment.strip()
        else:
            yield line.strip(), ""


def _begin(blocks: list[Block], open_: list[Block]) -> None:
    while open_ and not open_[-1].is_link:
        open_.pop()
    if open_:
        open_[-1].children += 1
    block = Block()
    blocks.append(block)
    open_.append(block)


def _set(block: Block, label: str, value: str, name: str) -> None:
    if label in TABLES:
        block.tables.append(Table(label, value[:_MAX_FORM], dict(block.labels)))
        block.fresh.clear()
        return
    value = value[:_MAX_VALUE]
    if label == OWN_FACT:
        block.labels[label] = f"{block.labels.get(label, '')}\n{value}"[:_MAX_FACTS]
    if label in block.fresh and label in _DECIDES and _differs(block.labels[label], value):
        raise DamagedError(
            f"{name}: {label} stands twice, {block.labels[label][:20]!r} and {value[:20]!r}. "
            "Export the file again."
        )
    if label in _KEPT and label in block.fresh:
        return
    if label in _DECIDES or label in _KEPT or label in _STRUCTURE or _is_laser(label, block):
        block.labels[label] = value
        block.fresh.add(label)
        if len(block.tables) == 1:
            # A writer may put what decides behind the data.
            block.tables[0].labels.setdefault(label, value)


def _differs(one: str, other: str) -> bool:
    if one.upper() == other.upper():
        return False
    try:
        return float(one) != float(other)
    except ValueError:
        return True


def _continue(block: Block, label: str, line: str) -> None:
    if label in TABLES:
        if block.tables:
            block.tables[-1].lines.append(line)
    elif label in NTUPLE_LISTS and len(block.labels.get(label, "")) < _MAX_VALUE:
        block.labels[label] = f"{block.labels.get(label, '')} {line}"


def _is_laser(label: str, block: Block) -> bool:
    return len(block.labels) < _MAX_LABELS and ("LASER" in label or "EXCITATION" in label)


# Everything else (hundreds of Bruker's parameters) is left out: each table has its own copy of the labels.
_KEPT: Final = frozenset(
    {
        "TITLE", "JCAMPDX", "DATACLASS", "BLOCKS", "NTUPLES", "PAGE", "RUNITS", "AUNITS", "DELTAR",
        "FIRSTY", "LASTY", "MINX", "MAXX", "MINY", "MAXY", "FIRSTA", "MINA", "MAXA",
        "SPECTROMETERDATASYSTEM", "INSTRUMENT", "INSTRUMENTNAME", "ORIGIN", "OWNER", "DATE", "LONGDATE",
        "TIME", "AVERAGES", ".AVERAGES", "CASREGISTRYNO", "SAMPLEDESCRIPTION", "SERIALNUMBER",
        "$SERIALNUMBER", "$INTEGRATIONTIMESEC", "$DETECTOR", ".DETECTOR", "SOFTWARE", "$SOFTWARE",
        "NAMES", "CASNAME",
    }
)  # fmt: skip
