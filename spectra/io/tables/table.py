"""Any text table of two columns, or of more with names that say which are meant."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts import header as _header
from ..parts.vocabulary import axis_kind, quantity
from ._axis import Evidence, decide_axis
from ._columns import Choice, choose_columns
from ._table import Table, read_table

_MIN_ROWS: Final = 20


def sniff(source: Source) -> Sniff:
    """Possible when the text is mostly a table, or has a long one, or a heading of one."""
    lines = source.lines
    start, _, n_rows = source.rows
    n_text = sum(bool(line.strip()) for line in lines) - n_rows
    if n_rows >= _MIN_ROWS or (n_rows and n_rows >= n_text):
        return Sniff.POSSIBLE
    above = [line for line in lines[:start] if line.strip()][-1:] if n_rows else []
    return Sniff.POSSIBLE if above and axis_kind(above[0]) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft, or one per column where several hold spectra of one kind.

    Raises
    ------
    ReadError
        When the table is torn, or its columns leave a choice.
    """
    table = read_table(source)
    header = _header.collect(table.above)
    words = _header.technique_words(table.above)
    laser_nm = header.get("laser_wavelength_nm")
    drafts = []
    axes: dict[int, NDArray[np.float64]] = {}
    for choice in choose_columns(table, source):
        if choice.x not in axes:
            axes[choice.x] = table.numbers(choice.x, source)
        ordinate = table.numbers(choice.y, source)
        evidence = Evidence(choice.signal, ordinate, words, laser_nm)
        axis = decide_axis(axes[choice.x], choice.axis, evidence, source)
        named = quantity(table.names[choice.y]) if table.names else "unknown"
        if choice.signal == "absorbance":
            named = "absorbance"
        elif named == "unknown" and axis.technique == "raman":
            named = "counts"
        drafts.append(
            Draft(
                axis.values,
                ordinate,
                axis.technique,
                axis.unit,
                header | _names(table, choice),
                table.warnings + choice.warnings + axis.warnings,
                quantity=named,
            )
        )
    return tuple(drafts)


def _names(table: Table, choice: Choice) -> dict[str, str]:
    named = bool(table.names)
    found = {
        "x_column": table.names[choice.x] if named else f"column {choice.x + 1}",
        "y_column": table.names[choice.y] if named else f"column {choice.y + 1}",
    }
    return found | ({"label": choice.label} if choice.label else {})


FORMAT: Final = Format(
    "table",
    "Text table (CSV, TSV, TXT)",
    (".csv", ".tsv", ".txt", ".dat", ".asc", ".prn", ".xy", ".dpt"),
    sniff,
    read,
)
