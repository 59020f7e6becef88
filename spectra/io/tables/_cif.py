"""The syntax of CIF: blocks with single values and loops (Hall, Allen & Brown 1991, CIF 1.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ...errors import DamagedError
from .._source import Source

_TOKEN: Final = re.compile(
    r"""(?<!\S)'(?P<single>.*?)'(?!\S)|(?<!\S)"(?P<double>.*?)"(?!\S)|(?<!\S)\#.*|(?P<word>\S+)"""
)
# The standard allows 2048; longer ones are split without a look at quotes, which keeps it quick.
_MAX_QUOTED_LINE: Final = 10_000


@dataclass(eq=False)
class Loop:
    """A table: names of its columns, the values row by row, and whether they go on to the end of the text."""

    names: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    ends_text: bool = False

    def column(self, name: str) -> list[str]:
        """Values of one column."""
        return self.values[self.names.index(name) :: len(self.names)]


@dataclass(eq=False)
class Block:
    """One ``data_`` block."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    loops: list[Loop] = field(default_factory=list)


def parse_cif(source: Source) -> list[Block]:
    """Blocks of a CIF file; names in lower case.

    Raises
    ------
    DamagedError
        For a loop with an unfinished row, and for a text without its end.
    """
    blocks: list[Block] = []
    name, loop = "", None
    for value, quoted in _tokens(source):
        lower = "" if quoted else value[:80].lower()
        if lower.startswith("data_"):
            blocks.append(Block(value[5:]))
            name, loop = "", None
        elif not blocks:
            continue
        elif lower == "loop_":
            name, loop = "", Loop()
            blocks[-1].loops.append(loop)
        elif lower.startswith("_") and loop is not None and not loop.values:
            loop.names.append(lower)
        elif lower.startswith("_"):
            name, loop = lower, None
        elif loop is not None:
            loop.values.append(value)
        elif name:
            blocks[-1].values.setdefault(name, value)
            name = ""
    if loop is not None and not source.lines[-1].startswith(("#", ";")):
        loop.ends_text = True
    for block in blocks:
        for one in block.loops:
            _check(one, source)
    return blocks


def _check(loop: Loop, source: Source) -> None:
    n_names, n_values = len(loop.names), len(loop.values)
    if not n_names or n_values % n_names or len(set(loop.names)) < n_names:
        shown = loop.names[0] if loop.names else "nothing"
        raise DamagedError(
            f"{source.name}: {n_values} values in the table of {n_names} columns that begins with {shown}, "
            "expected full rows. The file is cut short or damaged: get it again."
        )


def _tokens(source: Source) -> Iterator[tuple[str, bool]]:
    """Values in order, each with whether it was quoted."""
    text: list[str] | None = None
    for line in source.lines:
        if line.startswith(";"):
            if text is None:
                text = [line[1:]]
                continue
            yield " ".join(" ".join(text).split()), True
            text, line = None, line[1:]
        if text is not None:
            text.append(line)
        elif len(line) > _MAX_QUOTED_LINE or not any(mark in line for mark in "'\"#"):
            for word in line.split():
                yield word, False
        else:
            for match in _TOKEN.finditer(line):
                if match.lastgroup is not None:
                    yield match[match.lastgroup], match.lastgroup != "word"
    if text is not None:
        raise DamagedError(
            f"{source.name}: a text that begins with ';' has no end. "
            "The file is cut short or damaged: get it again."
        )
