"""Workbooks: the first sheet that holds spectra, one a row or one a column, read by the rules for text."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ...errors import DamagedError, ReadError, UnrecognisedError, UnsupportedError
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts.rows import is_row
from ..parts.vocabulary import axis_kind, plain
from . import table, wide
from ._sheet import MAX_CELLS, Rows, Sheet, has_formulas, open_xls, open_xlsx
from ._wide import find_heading, row_cells

_ZIP: Final = b"PK\x03\x04"
_OLE2: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PEEKED_ROWS: Final = 60
_MIN_ROWS: Final = 20
_OTHER_KINDS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"xl/workbook.bin", "a binary workbook (.xlsb)"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "an OpenDocument spreadsheet"),
    ("EncryptedPackage".encode("utf-16-le"), "a workbook protected by a password"),
)


def sniff(source: Source) -> Sniff:
    """Certain for a zip archive or an OLE2 file with a workbook in it."""
    data = source.data
    if data.startswith(_ZIP):
        return Sniff.CERTAIN if b"xl/workbook" in data or _other_kind(source) else Sniff.NO
    if data.startswith(_OLE2):
        return Sniff.CERTAIN if _is_xls(data) or _other_kind(source) else Sniff.NO
    return Sniff.NO


def _is_xls(data: bytes) -> bool:
    return any(name.encode("utf-16-le") + b"\0\0" in data for name in ("Workbook", "Book"))


def _other_kind(source: Source) -> str:
    return next((what for mark, what in _OTHER_KINDS if mark in source.data), "")


def read(source: Source) -> tuple[Draft, ...]:
    """Drafts of one sheet: the first that holds spectra, or the one that ``source.column`` names.

    Raises
    ------
    DamagedError
        When the workbook or its table is damaged.
    UnsupportedError
        When no sheet holds a spectrum, and for kinds of workbooks that are not read.
    """
    other = _other_kind(source)
    if other:
        raise UnsupportedError(
            f"{source.name} is {other}. Save it as .xlsx without a password, or export as CSV."
        )
    sheets = open_xlsx(source) if source.data.startswith(_ZIP) else open_xls(source)
    named = [sheet for sheet in sheets if source.column and plain(sheet.name) == plain(source.column)]
    failures: list[ReadError] = []
    for sheet in named or sheets:
        try:
            drafts = _read_sheet(sheet, source, column=None if named else source.column)
        except (UnsupportedError, UnrecognisedError) as error:
            failures.append(error)
            continue
        except DamagedError:
            if source.data.startswith(_ZIP):
                _refuse_formulas([sheet], source)
            raise
        if drafts:
            notes = _notes(sheet, sheets, [str(error) for error in failures])
            return tuple(replace(draft, warnings=notes + draft.warnings) for draft in drafts)
    if source.data.startswith(_ZIP):
        _refuse_formulas(named or list(sheets), source)
    if failures:
        raise failures[0]
    raise UnsupportedError(
        f"{source.name}: no sheet with a table of spectra among {_listed([one.name for one in sheets])}. "
        "Expected one spectrum a row or a column. Export the table as CSV."
    )


def _refuse_formulas(sheets: Sequence[Sheet], source: Source) -> None:
    """Say so when there is no table because formulas were never computed."""
    for sheet in sheets:
        if has_formulas(source, sheet.name):
            raise UnsupportedError(
                f"{source.name}: sheet {sheet.name[:30]!r} holds formulas without their values. "
                "Save the workbook again with a spreadsheet program, or export the table as CSV."
            )


def _read_sheet(sheet: Sheet, source: Source, *, column: str | None) -> tuple[Draft, ...]:
    """Drafts of a sheet, none when it holds no table."""
    rows = sheet.read(None)
    inner = _as_text(rows, sheet, replace(source, column=column))
    if wide.sniff(inner):
        return wide.read(inner)
    inner = _as_text(_filled(rows), sheet, inner)
    if not table.sniff(inner):
        return ()
    try:
        return table.read(inner)
    except DamagedError as error:
        # Numbers between words on a sheet that names no axis are notes, not a torn table.
        if _heads_table(rows):
            raise
        raise UnsupportedError(str(error)) from error


def _as_text(rows: Rows, sheet: Sheet, source: Source) -> Source:
    """Write the sheet as tab-separated text, for the readers of text."""
    width = max((len(row) for row in rows), default=0)
    # A row ends with its last filled cell, which is no sign of damage here.
    pad = width if width * len(rows) <= 2 * MAX_CELLS else 0
    text = "".join("\t".join(row) + "\t" * (pad - len(row)) + "\n" for row in rows)
    name = source.name.partition(" (sheet ")[0]
    return replace(source, name=f"{name} (sheet {sheet.name[:30]!r})", data=b"\xef\xbb\xbf" + text.encode())


def _filled(rows: Rows) -> Rows:
    """Empty cells of rows of numbers and of the line above them filled, so that no column moves."""
    width = max((len(row) for row in rows), default=0)
    filled: Rows = []
    for at, row in enumerate(rows):
        below = at + 1 < len(rows) and _is_numbers(rows[at + 1])
        # A lone number between rows of numbers is a row with cells missing.
        numbers = _is_numbers(row) or (any(row) and _is_number(row) and at > 0 and _is_numbers(rows[at - 1]))
        heads = below and not numbers
        if not numbers and not heads:
            filled.append(row)
            continue
        row = row + [""] * (width - len(row))
        filled.append([cell or ("nan" if numbers else f"Unnamed: {i}") for i, cell in enumerate(row)])
    return filled


def _is_numbers(row: list[str]) -> bool:
    return sum(bool(cell) for cell in row) > 1 and _is_number(row)


def _is_number(row: list[str]) -> bool:
    return is_row("\t".join([*(cell or "nan" for cell in row), "nan"]))


def _notes(chosen: Sheet, sheets: tuple[Sheet, ...], failures: list[str]) -> tuple[str, ...]:
    others = [sheet.name for sheet in sheets if sheet is not chosen and _holds_table(sheet)]
    notes = []
    if others:
        notes.append(
            f"sheet {chosen.name[:30]!r} read; {_listed(others)} hold spectra too: name one as the column"
        )
    if failures:
        notes.append(f"{len(failures)} sheets before it not read, the first because {failures[0][:200]}")
    return tuple(notes)


def _holds_table(sheet: Sheet) -> bool:
    try:
        rows = sheet.read(_PEEKED_ROWS)
    except ReadError:
        return False
    return find_heading(["\t".join(row) for row in rows]) is not None or _heads_table(rows)


def _heads_table(rows: Rows) -> bool:
    """Whether a line that names an axis stands above rows of numbers."""
    n_numbers = sum(_is_numbers(row) for row in rows)
    first = next((at for at, row in enumerate(rows) if _is_numbers(row)), 0)
    heading = row_cells("\t".join(rows[first - 1]), "\t") if first else []
    return n_numbers >= _MIN_ROWS and any(axis_kind(cell) for cell in heading if cell)


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name[:30]) for name in names[:5])
    return f"{shown} …" if len(names) > 5 else shown or "none"


FORMAT: Final = Format("excel", "Excel workbook", (".xlsx", ".xlsm", ".xls"), sniff, read)
