"""Find the table of numbers in a text, and its separator and decimal sign.

The rules, in this order:

1. The table is the longest run of lines made of numbers and missing-value words only.
2. A tab separates when every row has one, else a semicolon, else a bar.
3. Otherwise, commas next to white space separate; commas inside words that white space
   separates are decimal; without white space commas separate.
4. With a separator other than the comma, the table has points or commas, never both.
5. What could be read in two ways is refused, never guessed.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnrecognisedError, UnsupportedError
from .._source import Source
from ..parts.ending import check_ending
from ..parts.numbers import column, number, split_cells, strip_cells
from ..parts.rows import NUMBER_CHARS, is_row
from ..parts.vocabulary import axis_kind

_COMMENT_CHARS: Final = "#%/!*'\""
_GROUPED: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)
_COMMA_BESIDE_SPACE: Final = re.compile(r",\s|\s,")
# A number, perhaps with its unit, is a setting's value and no name; "1/cm" and "2theta" are.
_VALUE: Final = re.compile(r"[+-]?\.?\d[\d.,]*\s?(?:%|[^\W\d_]{0,3})$")
_MAX_COLUMNS: Final = 4096
_RULE_CHARS: Final = "-=_*~+# \t,;|"
_SAMPLE: Final = 50
_MOST: Final = 0.9


@dataclass(frozen=True, eq=False)
class Table:
    """A table of numbers as it stands in a text.

    Attributes
    ----------
    names : tuple of str
        Column names, as many as columns; empty when the file has none that fit.
    heading : str
        The text line the names come from, also when they do not fit.
    cells : tuple of tuple of str
        The columns.
    decimal : str
        ``"."`` or ``","``.
    separator : str or None
        None is white space.
    warnings : tuple of str
        What was left out.
    above : tuple of str
        The lines above the table.
    """

    names: tuple[str, ...]
    heading: str
    cells: tuple[tuple[str, ...], ...]
    decimal: str
    separator: str | None
    warnings: tuple[str, ...] = ()
    above: tuple[str, ...] = ()

    def numbers(self, at: int, source: Source) -> NDArray[np.float64]:
        """Values of one column, NaN where a cell is missing.

        Raises
        ------
        DamagedError
            When a cell holds something else.
        """
        values = column(self.cells[at], decimal=self.decimal)
        if isinstance(values, int):
            raise DamagedError(
                f"{source.name}: {self.cells[at][values][:20]!r} in row {values + 1} of the table, "
                "expected a number. The file is damaged: export it again."
            )
        return values


def read_table(source: Source) -> Table:
    """Find and split the table.

    Raises
    ------
    DamagedError
        Rows of different length, or two tables.
    UnrecognisedError
        One column only.
    UnsupportedError
        What could be read in two ways.
    """
    lines = source.lines
    start, end, _ = source.rows
    rows = [line.strip() for line in lines[start:end] if line.strip()]
    if not rows:
        raise DamagedError(
            f"{source.name}: no rows of numbers, expected a table. The file is cut short: export it again."
        )
    separator = _separator(rows, source)
    cells = _cells(rows, separator, source)
    _check_above(lines[:start], separator, len(cells), source)
    warnings = _rest(lines[end:], separator, len(cells), source)
    names, heading = _names(lines[:start], separator, len(cells))
    decimal = _decimal(cells, separator, named=bool(names), source=source)
    if end == len(lines):
        warnings += check_ending(cells[-1], source, decimal=decimal)
    return Table(names, heading, cells, decimal, separator, warnings, tuple(lines[:start]))


def _separator(rows: list[str], source: Source) -> str | None:
    # Rows with missing-value words may lack the separator of the others.
    plain = [row for row in rows if not row.strip(NUMBER_CHARS)] or rows
    sample = plain[:: max(1, len(plain) // _SAMPLE)]
    for separator in ("\t", ";", "|"):
        # A torn row may lack it: its cells are counted later.
        if sum(separator in row for row in sample) >= _MOST * len(sample):
            return separator
    if sum("," in row for row in sample[:-1]) == len(sample) - 1 > 0 == sum(" " in row for row in sample):
        return ","
    commas = sum("," in row for row in sample)
    spaces = sum(len(row.split()) > 1 for row in sample)
    if commas == len(sample):
        beside = sum(_COMMA_BESIDE_SPACE.search(row) is not None for row in sample)
        if beside == len(sample) or not spaces:
            return ","
        if beside == 0 and spaces == len(sample):
            return None
    elif spaces == len(sample):
        return None
    if not commas and not spaces:
        raise UnrecognisedError(
            f"{source.name}: one column of numbers, expected two, axis and intensity. "
            "Export the axis with the spectrum."
        )
    raise DamagedError(
        f"{source.name}: the rows are separated in different ways, expected one separator. "
        "Export the file again."
    )


def _cells(rows: list[str], separator: str | None, source: Source) -> tuple[tuple[str, ...], ...]:
    split = [split_cells(row, separator) for row in rows]
    # A separator at the end of each row makes no column.
    if separator is not None and all(len(cells) > 2 and not cells[-1].strip() for cells in split):
        split = [cells[:-1] for cells in split]
    n_columns = len(split[0])
    for row, cells in enumerate(split):
        if len(cells) != n_columns:
            where = "the last row" if row == len(split) - 1 else f"row {row + 1}"
            raise DamagedError(
                f"{source.name}: {where} of the table has {len(cells)} cells, the first has {n_columns}. "
                "The file is cut short, or its decimal and separating commas are the same: export it again, "
                "with a semicolon or a tab between the columns."
            )
    if n_columns > _MAX_COLUMNS:
        raise UnsupportedError(
            f"{source.name}: {n_columns} columns, expected two, axis and intensity. "
            "Export one spectrum per file."
        )
    return tuple(zip(*split, strict=True))


def _decimal(
    cells: tuple[tuple[str, ...], ...], separator: str | None, *, named: bool, source: Source
) -> str:
    joined = "\n".join("\n".join(one) for one in cells)
    points, commas = "." in joined, "," in joined
    if separator == "," and not commas:
        if not points and len(cells) > 2 and not named:
            raise UnsupportedError(
                f"{source.name}: {len(cells)} numbers a row between commas and no column names: decimal and "
                "separating commas can't be told apart. Export with a semicolon or a tab between the columns."
            )
        return "."
    if points and commas:
        raise UnsupportedError(
            f"{source.name}: points and commas inside numbers, expected one decimal sign. "
            "Export the file without thousands separators."
        )
    if not commas:
        return "."
    with_comma = (cell.strip() for one in cells for cell in one if "," in cell)
    # "1,234" is 1.234 or 1234: some cell must show which, unless a semicolon separates,
    # as programs do only where the comma is decimal.
    if separator != ";" and all(_GROUPED.fullmatch(cell) for cell in with_comma):
        raise UnsupportedError(
            f"{source.name}: commas that may be decimal signs or thousands separators. "
            "Export the file with decimal points."
        )
    return ","


def _check_above(lines: list[str], separator: str | None, n_columns: int, source: Source) -> None:
    """Refuse a table that a damaged row cuts in two, whichever part is the longer."""
    above = [line.strip() for line in lines if line.strip()]
    for line in above:
        cells = strip_cells(split_cells(line, separator))
        torn = line is above[-1] and all(cell[:1].isdigit() and not _VALUE.match(cell) for cell in cells[:1])
        if len(cells) == n_columns and (is_row(line) or (torn and number(cells[-1]) is not None)):
            raise DamagedError(
                f"{source.name}: {line[:40]!r} stands above the table like a row of it, expected one table. "
                "The file is damaged or holds several spectra: export one spectrum again."
            )


def _rest(lines: list[str], separator: str | None, n_columns: int, source: Source) -> tuple[str, ...]:
    """Refuse a second table below the first, and a row that a damaged one cuts off; count other text."""
    text = [line.strip() for line in lines if line.strip()]
    if sum(is_row(line) for line in text) > 1:
        raise DamagedError(
            f"{source.name}: text stands between two tables of numbers, expected one table. "
            "Export one spectrum per file."
        )
    for line in text:
        cells = strip_cells(split_cells(line, separator))
        ends = (cells[0], cells[-1])
        # One number of a row is damaged, the other is not.
        torn = line is text[0] and all(cell.lstrip("+-")[:1].isdigit() for cell in ends)
        torn = torn and any(number(cell) is not None for cell in ends)
        if len(cells) == n_columns and (is_row(line) or torn):
            raise DamagedError(
                f"{source.name}: {line[:40]!r} stands below the table like a row of it, expected one table. "
                "The file is damaged: export it again."
            )
    return (f"{len(text)} lines below the table left out",) if text else ()


def _names(lines: list[str], separator: str | None, n_columns: int) -> tuple[tuple[str, ...], str]:
    """Column names from the line above the table, and from the one above that where both fit."""
    # Spreadsheets put "sep=;" first.
    above = [line for line in lines if line.strip(_RULE_CHARS) and not line.lower().startswith("sep=")]
    if not above:
        return (), ""
    heading = above[-1].strip().lstrip(_COMMENT_CHARS).strip()
    names = _split_names(above[-1], separator, n_columns, numbered=True)
    if not names:
        return (), heading
    # Names in one line and units in the next, as in "Wavenumber;Absorbance" over "cm-1;AU".
    upper = _split_names(above[-2], separator, n_columns) if len(above) > 1 else ()
    if upper and _name_same_axis(upper, names):
        names = tuple(f"{first} {second}" for first, second in zip(upper, names, strict=True))
    return names, heading


def _name_same_axis(upper: tuple[str, ...], lower: tuple[str, ...]) -> bool:
    axes = [{i for i, name in enumerate(names) if axis_kind(name)} for names in (upper, lower)]
    return bool(axes[0]) and (axes[0] == axes[1] or not axes[1])


def _is_axis(names: list[str]) -> bool:
    return bool(names) and axis_kind(names[0]) not in (None, "foreign", "pixel")


def _split_names(
    line: str, separator: str | None, n_columns: int, *, numbered: bool = False
) -> tuple[str, ...]:
    text = line.strip().lstrip(_COMMENT_CHARS).strip() if line.strip()[:1] in "#%/!*" else line.strip()
    splits = [strip_cells(split_cells(text, separator))] if separator is not None else []
    splits += [strip_cells(re.split(r"\t+|\s{2,}", text)), strip_cells(text.split())]
    for cells in splits:
        while len(cells) > n_columns and not cells[-1]:
            cells.pop()
        full = [cell.lstrip("#").strip() for cell in cells]
        filled = [cell for cell in full if cell]
        for found in (full, filled):
            # Numbers may name samples where the first name is that of the axis.
            named = found[:1] if numbered and n_columns > 2 and _is_axis(found) else found
            if len(found) == n_columns and not any(_VALUE.match(cell) for cell in named):
                return tuple(found) if any(c.isalpha() for cell in found for c in cell) else ()
    return ()
