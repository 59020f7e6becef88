"""The rows of a table with one spectrum a row, below the heading that ``_wide`` finds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from .._source import Source
from ..parts.ending import NO_LINE_END, check_ending
from ..parts.numbers import column, number
from ..parts.vocabulary import plain
from ._wide import Heading, is_word, row_cells
from ._wide_cells import Axis
from ._wide_faults import lacks_a_value

MAX_SPECTRA: Final = 10_000
SAMPLE_ROWS: Final = 20
_MAX_SHIFT: Final = 20
_MARKS: Final = " \t,;|"
_COUNTS: Final = {
    "num_wavelengths": "axis", "number of wavelengths": "axis", "num_records": "rows",
    "number of spectra": "rows", "number of samples": "rows",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Row:
    """One row of the table: all its cells, and the values below the axis."""

    cells: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WideTable:
    """A table with one spectrum a row, as it stands in the file.

    Attributes
    ----------
    axis : Axis
        The block of columns that is read; its positions are those in the heading.
    rows : tuple of Row
        The spectra.
    names : tuple of str
        Names of the rows' cells.
    shift : int
        How many cells of a row stand before the heading's first.
    warnings : tuple of str
        What was left out.
    """

    axis: Axis
    rows: tuple[Row, ...]
    names: tuple[str, ...]
    shift: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where a row's values stand, and how numbers are written."""

    heading: Heading
    axis: Axis
    shift: int
    decimal: str

    @property
    def start(self) -> int:
        return self.axis.start + self.shift

    @property
    def stop(self) -> int:
        return self.axis.stop + self.shift

    @property
    def width(self) -> int:
        return len(self.heading.cells) + self.shift


def read_rows(heading: Heading, source: Source, header: Mapping[str, str]) -> WideTable:
    """Read the rows below a heading.

    Parameters
    ----------
    heading : Heading
        Where the axis stands.
    source : Source
        The file.
    header : mapping
        Settings above the heading, which may state how much there is.

    Raises
    ------
    DamagedError
        For a heading or a row that is torn, and counts that do not hold.
    UnsupportedError
        For more than `MAX_SPECTRA` rows.
    """
    axis = _block(heading, source)
    if axis.fault:
        raise DamagedError(f"{source.name}: {axis.fault}. The file is damaged: export it again.")
    lines = source.lines[heading.at + 1 :]
    names = _leading_names(heading, lines)
    layout = _Layout(heading, axis, len(names), _decimal(heading, axis, lines, source))
    rows: list[Row] = []
    left_out: list[str] = []
    for cells in _body(layout, lines, source):
        row = _row(cells, layout, left_out, source=source, at=len(rows))
        if row is not None:
            rows.append(row)
        if len(rows) > MAX_SPECTRA:
            raise UnsupportedError(
                f"{source.name}: more than {MAX_SPECTRA} spectra. Export fewer spectra per file."
            )
    if not rows:
        raise DamagedError(
            f"{source.name}: an axis of {axis.values.size} values and no row of numbers below it. "
            "The file is cut short: export it again."
        )
    _check_counts(header, axis, len(rows), source)
    names += _names(heading, source.lines)
    notes = _notes(axis, left_out) + _check_ending(layout, rows[-1], source)
    return WideTable(axis, tuple(rows), names, layout.shift, notes)


def _block(heading: Heading, source: Source) -> Axis:
    """Take the block of columns that is the spectrum: the longest, or the one the caller names."""
    main = heading.axis
    wanted = plain(source.column or "")
    for block in main.others:
        if wanted and wanted == plain(str(block.words)) != plain(str(main.words)):
            others = tuple(one for one in (main, *main.others) if one is not block)
            return replace(block, others=others, fault=main.fault)
    return main


def _check_ending(layout: _Layout, row: Row, source: Source) -> tuple[str, ...]:
    """Refuse a last value that is torn; note a last line that may be."""
    if not source.lines[-1].strip():
        return ()
    inside = row.cells[layout.start : layout.stop]
    return (
        check_ending(inside, source, decimal=layout.decimal)
        if len(row.cells) == layout.stop
        else (NO_LINE_END,)
    )


def _notes(axis: Axis, left_out: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if axis.others:
        named = ", ".join(repr(str(one.words)[:30]) for one in axis.others[:5])
        notes.append(
            f"{len(axis.others)} more blocks of columns ({named}) left out: {str(axis.words)[:30]!r} taken"
        )
    if axis.left_out:
        named = ", ".join(repr(cell[:20]) for cell in axis.left_out)
        notes.append(f"heading numbers that do not belong to the axis left out: {named}")
    for what in dict.fromkeys(left_out):
        notes.append(f"{left_out.count(what)} {what} left out")
    return tuple(notes)


def _leading_names(heading: Heading, lines: Sequence[str]) -> tuple[str, ...]:
    """Names of the cells that each row has before the heading's first.

    R writes no name above the first column; WinISI writes the axis on a line of its own, and the names of
    the columns below it.
    """
    n_cells = len(heading.cells)
    sample = [row_cells(line, heading.separator) for line in lines if line.strip()][: SAMPLE_ROWS + 1]
    if sample and all(len(cells) == n_cells + 1 and cells[-1] for cells in sample):
        return ("",) if _has_row_names(heading, sample) else ()
    alone = heading.axis.stop - heading.axis.start == n_cells
    more = len(sample[0]) - n_cells if sample and alone else 0
    if not 0 < more <= _MAX_SHIFT or any(len(cells) != n_cells + more for cells in sample):
        return ()
    named = not any(number(cell) is not None for cell in sample[0])
    return tuple(sample[0][:more]) if named and len(sample) > 1 else ()


def _has_row_names(heading: Heading, sample: Sequence[Sequence[str]]) -> bool:
    """Whether rows of one cell more than the heading begin with a name, as R writes them.

    A heading that lost a separator has a cell less too: then its first name stands above the rows' first
    cells, and numbers stand where the axis begins.
    """
    start = heading.axis.start
    if lacks_a_value(heading.axis.values) or heading.axis.left_out:
        return False
    if start:
        return not any(_is_number(cells[start]) for cells in sample)
    firsts = [cells[0] for cells in sample]
    named = not any(_is_number(cell) for cell in firsts) or all(cell.isdigit() for cell in firsts)
    return named and len(set(firsts)) == len(firsts)


def _names(heading: Heading, lines: Sequence[str]) -> tuple[str, ...]:
    """Heading cells; those beside the axis that are empty may be named one line above."""
    above = row_cells(lines[heading.at - 1], heading.separator) if heading.at else []
    if len(above) < heading.axis.start or heading.separator is None:
        return heading.cells
    upper = (*above[: heading.axis.start], *("" for _ in heading.cells[heading.axis.start :]))
    return tuple(cell or named for cell, named in zip(heading.cells, upper, strict=True))


def _decimal(heading: Heading, axis: Axis, lines: Sequence[str], source: Source) -> str:
    """Sign between whole and fraction in the rows."""
    if heading.separator == ",":
        return "."
    points = commas = False
    for line in [line for line in lines if line.strip()][:SAMPLE_ROWS]:
        for cell in row_cells(line, heading.separator)[axis.start :]:
            points |= "." in cell and number(cell) is not None
            commas |= "," in cell and number(cell.replace(",", ".")) is not None
    if points and commas:
        raise UnsupportedError(
            f"{source.name}: points and commas inside numbers, expected one decimal sign. "
            "Export the file without thousands separators."
        )
    return "," if commas else "."


def _body(layout: _Layout, lines: Sequence[str], source: Source) -> Iterator[list[str]]:
    """Rows below the heading, each checked for its number of cells."""
    separator, width = layout.heading.separator, layout.width
    for at, line in enumerate(lines):
        if not line.strip(_MARKS):
            continue
        cells = row_cells(line, separator)
        while len(cells) > width and not cells[-1]:
            cells.pop()
        fits = layout.stop <= len(cells) <= width
        # A last line that no line end follows is cut, even before its first value.
        cut = at == len(lines) - 1 and 1 < len(cells) < layout.stop
        if not fits and (cut or any(_is_number(cell) for cell in cells[layout.start :])):
            raise DamagedError(
                f"{source.name}: line {layout.heading.at + at + 2} has {len(cells)} cells, the heading has "
                f"{width}. The file is cut short or damaged: export it again."
            )
        yield cells


def _row(cells: list[str], layout: _Layout, left_out: list[str], *, source: Source, at: int) -> Row | None:
    """Read a row's values; None for a line that is no spectrum."""
    inside = cells[layout.start : layout.stop]
    values = column(inside, decimal=layout.decimal) if len(inside) == layout.stop - layout.start else 0
    if isinstance(values, int):
        if not any(_is_number(cell) for cell in inside):
            left_out.append("lines of the table without numbers")
            return None
        words = [cell for cell in inside if is_word(cell)]
        values = column(["" if is_word(cell) else cell for cell in inside], decimal=layout.decimal)
        if isinstance(values, int):
            raise DamagedError(
                f"{source.name}: {inside[values][:20]!r} in row {at + 1} of the table, expected a number. "
                "The file is damaged: export it again."
            )
        left_out += ["cells with a word in place of a number"] * len(words)
    if not np.isfinite(values).any():
        left_out.append("lines of the table without numbers")
        return None
    if np.array_equal(values, layout.axis.values):
        left_out.append("lines that repeat the axis")
        return None
    return Row(tuple(cells), values)


def _is_number(cell: str) -> bool:
    return cell != "" and number(cell.replace(",", ".")) is not None


def _check_counts(header: Mapping[str, str], axis: Axis, n_rows: int, source: Source) -> None:
    for key, what in _COUNTS.items():
        stated = number(header.get(key, "x"))
        found = axis.values.size if what == "axis" else n_rows
        if stated is not None and np.isfinite(stated) and stated != found:
            raise DamagedError(
                f"{source.name}: {found} {'axis values' if what == 'axis' else 'spectra'}, the file states "
                f"{stated:g}. The file is cut short or damaged: export it again."
            )
