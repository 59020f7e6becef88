"""Any text table of two columns, or of more with names that say which two are meant."""

from typing import Final

from ._columns import choose_columns, decide_axis
from ._draft import Draft
from ._format import Format, Sniff
from ._rows import is_row
from ._source import Source
from ._table import read_table
from ._vocabulary import axis_kind

_MIN_ROWS: Final = 20


def sniff(source: Source) -> Sniff:
    """Possible when the text is mostly a table, or has a long one, or a heading of one."""
    lines = source.lines
    start, _, n_rows = source.rows
    n_text = sum(bool(line.strip()) for line in lines) - n_rows
    if n_rows >= _MIN_ROWS or (n_rows and n_rows >= n_text):
        return Sniff.POSSIBLE
    above = [line for line in lines[:start] if line.strip()][-1:] if n_rows else []
    return Sniff.POSSIBLE if above and axis_kind(above[0]) else _wide_or_no(lines)


def _wide_or_no(lines: list[str]) -> Sniff:
    """Tables with one spectrum a row have words in their rows; the reader says why it refuses."""
    for line in lines[:50]:
        for separator in ("\t", ";", ","):
            cells = line.split(separator)
            if len(cells) > _MIN_ROWS and sum(is_row(cell) for cell in cells) >= _MIN_ROWS:
                return Sniff.POSSIBLE
    return Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    ReadError
        When the table is torn, or its columns leave a choice.
    """
    table = read_table(source)
    choice = choose_columns(table, source)
    axis = decide_axis(table.numbers(choice.x, source), choice.axis, choice.signal, source)
    metadata = {
        "x_column": table.names[choice.x] if table.names else f"column {choice.x + 1}",
        "y_column": table.names[choice.y] if table.names else f"column {choice.y + 1}",
    }
    return (
        Draft(
            axis.values,
            table.numbers(choice.y, source),
            axis.technique,
            axis.unit,
            metadata,
            table.warnings + choice.warnings + axis.warnings,
        ),
    )


FORMAT: Final = Format(
    "table",
    "Text table (CSV, TSV, TXT)",
    (".csv", ".tsv", ".txt", ".dat", ".asc", ".prn", ".xy"),
    sniff,
    read,
)
