"""A block of rows whose place in the file is known: split, counted, checked for a torn end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from .._source import Source
from .numbers import column, split_cells, strip_cells

MAX_CHARS: Final = 5_000_000
"""Text of one spectrum, twenty times the longest known."""

_INFINITIES: Final = {"∞": "inf", "+∞": "inf", "-∞": "-inf"}


@dataclass(frozen=True, eq=False)
class Block:
    """Columns of text cells.

    Attributes
    ----------
    cells : tuple of tuple of str
        The columns, all of one length.
    decimal : str
        ``"."`` or ``","``.
    """

    cells: tuple[tuple[str, ...], ...]
    decimal: str

    def numbers(self, at: int, source: Source) -> NDArray[np.float64]:
        """Values of one column, NaN where a cell is missing.

        Raises
        ------
        DamagedError
            When a cell holds something else.
        """
        cells = [_INFINITIES.get(cell, cell) for cell in self.cells[at]]
        values = column(cells, decimal=self.decimal)
        if isinstance(values, int):
            raise DamagedError(
                f"{source.name}: {self.cells[at][values][:20]!r} in row {values + 1} of the table, "
                "expected a number. The file is damaged: export it again."
            )
        return values


def refuse_long(source: Source) -> None:
    """Keep a text that no instrument writes from filling the memory with cells.

    Raises
    ------
    UnsupportedError
        When it has more than `MAX_CHARS`.
    """
    if len(source.text) > MAX_CHARS:
        raise UnsupportedError(
            f"{source.name}: {len(source.text) / 1e6:.0f} million characters, expected one spectrum. "
            "Export fewer spectra per file."
        )


def read_block(lines: Sequence[str], separator: str | None, source: Source, *, at_end: bool) -> Block:
    """Split rows into columns.

    Parameters
    ----------
    lines : sequence of str
        The rows; empty ones are left out.
    separator : str or None
        None is white space.
    at_end : bool
        True when the last row is the file's last, so that a cut may have shortened it.

    Raises
    ------
    DamagedError
        When there are no rows, rows differ in length, or the last one stops in the middle.
    UnsupportedError
        When points and commas are mixed inside numbers.
    """
    rows = [strip_cells(split_cells(line, separator)) for line in lines if line.strip()]
    if not rows:
        raise DamagedError(
            f"{source.name}: no rows of numbers, expected a table. The file is cut short: export it again."
        )
    # A separator at the end of each row makes no column.
    while separator is not None and len(rows[0]) > 1 and all(not row[-1] for row in rows):
        rows = [row[:-1] for row in rows]
    wide = len(rows[0])
    for at, row in enumerate(rows):
        if len(row) != wide:
            where = "the last row" if at == len(rows) - 1 else f"row {at + 1}"
            raise DamagedError(
                f"{source.name}: {where} of the table has {len(row)} cells, the first has {wide}. "
                "The file is cut short or damaged: export it again."
            )
    cells = tuple(zip(*rows, strict=True))
    decimal = _decimal(cells, separator, source)
    if at_end and not source.text.endswith("\n"):
        _check_last(cells[-1], decimal, source)
    return Block(cells, decimal)


def check_count(found: int, stated: float | None, source: Source) -> bool:
    """Compare the rows with the number the file states; False when it states none.

    Raises
    ------
    DamagedError
        When they differ.
    """
    if stated is None:
        return False
    if found != stated:
        raise DamagedError(
            f"{source.name}: {found} rows, the header promises {stated:g}. "
            "The file is cut short or damaged: export it again."
        )
    return True


def end_note(source: Source) -> tuple[str, ...]:
    """Doubt about a table whose program ends every line and states no number of rows."""
    if source.text.endswith("\n"):
        return ()
    return ("the last line has no end: the file may be cut short",)


def asked_column(names: Sequence[str], source: Source) -> int | None:
    """Position of the column the caller asks for, by name or number from 1; None without a wish.

    Raises
    ------
    UnsupportedError
        When there is no such column, or several.
    """
    if source.column is None:
        return None
    wish = source.column.strip().casefold()
    plain = [name.strip().casefold() for name in names]
    found = [at for at, name in enumerate(plain) if name == wish]
    if not found and wish.isascii() and wish.isdigit() and 1 <= int(wish) <= len(names):
        found = [int(wish) - 1]
    if not found and wish:
        found = [at for at, name in enumerate(plain) if name.startswith(wish)]
    if len(found) != 1:
        listed = ", ".join(repr(name[:30]) for name in names[:12])
        raise UnsupportedError(
            f"{source.name}: no single column {source.column[:30]!r}, the file has {listed}. "
            "Name one of them, or give its number."
        )
    return found[0]


def _decimal(cells: Sequence[Sequence[str]], separator: str | None, source: Source) -> str:
    joined = "\n".join("\n".join(one) for one in cells)
    points, commas = "." in joined, "," in joined
    if points and commas:
        raise UnsupportedError(
            f"{source.name}: points and commas inside numbers, expected one decimal sign. "
            "Export the file without thousands separators."
        )
    return "," if commas and separator != "," else "."


def _check_last(cells: Sequence[str], decimal: str, source: Source) -> None:
    """Refuse a last number that is missing or has fewer decimals than any other of its column."""
    counts = [len(cell.partition(decimal)[2]) for cell in cells]
    if not cells[-1] or (len(counts) > 2 and counts[-1] < min(counts[:-1])):
        raise DamagedError(
            f"{source.name}: the file stops in the middle of its last number. "
            "It is cut short: export it again."
        )
