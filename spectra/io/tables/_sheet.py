"""Sheets of a workbook as rows of text cells: xlsx through openpyxl, xls through xlrd, both bounded."""

import datetime
import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...errors import DamagedError, UnsupportedError
from .._source import Source

MAX_CELLS: Final = 4_000_000
MAX_ROWS: Final = 1_048_576
_MAX_PARTS: Final = 5_000
_MAX_PART_BYTES: Final = 400_000_000
_MAX_SHARED_BYTES: Final = 100_000_000
# XML of numbers shrinks to a tenth; a bomb to a thousandth.
_MAX_RATIO: Final = 120
_ALWAYS_ALLOWED: Final = 20_000_000
_PART_HEAD: Final = 2_000
_SAMPLE_ROWS: Final = 20
# Rows below so long a gap are strays.
_MAX_EMPTY_ROWS: Final = 10_000
_AGAIN: Final = "Save it again with a spreadsheet program, or export as CSV."

# What zipfile, the XML parser and the two libraries raise on damaged files.
FILE_ERRORS: Final = (
    zipfile.BadZipFile, zlib.error, SyntaxError, OSError, EOFError, struct.error, LookupError, ValueError,
    TypeError, AttributeError, AssertionError, ArithmeticError, RuntimeError, MemoryError,
)  # fmt: skip

Rows = list[list[str]]


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet: its name, and a function that reads its first rows (all of them for None)."""

    name: str
    read: Callable[[int | None], Rows]


def damaged(source: Source, found: object) -> DamagedError:
    """Error for a workbook that cannot be opened."""
    text = " ".join(str(found).split())[:100] or type(found).__name__
    return DamagedError(f"{source.name}: the workbook is damaged or cut short ({text}). {_AGAIN}")


def open_xlsx(source: Source) -> tuple[Sheet, ...]:
    """Sheets of an xlsx or xlsm workbook, those in view first.

    Raises
    ------
    DamagedError
        When it cannot be opened.
    UnsupportedError
        When it would unpack to far more than it is.
    """
    try:
        _check_zip(source)
        book = _load_xlsx(source, formulas=False)
        sheets = sorted(book.worksheets, key=lambda one: one.sheet_state != "visible")
    except FILE_ERRORS as error:
        raise _known(error, source) from error
    return tuple(Sheet(str(one.title), _xlsx_reader(one, source)) for one in sheets)


def _load_xlsx(source: Source, *, formulas: bool) -> Any:
    """Open a workbook with the stored values of its formulas, or with the formulas."""
    from openpyxl.reader.excel import ExcelReader  # only when a workbook is read

    with warnings.catch_warnings():
        # Styles and drawings it does not know matter to nobody here.
        warnings.simplefilter("ignore")
        reader = ExcelReader(
            io.BytesIO(source.data), read_only=True, data_only=not formulas, keep_links=False
        )
        # Sheets that are charts hold no cells, and openpyxl fails on some.
        reader.read_chartsheet = lambda *_: None
        reader.read()
    return reader.wb


def has_formulas(source: Source, name: str) -> bool:
    """Whether a sheet of an xlsx workbook holds formulas near its beginning."""
    try:
        sheet = next(one for one in _load_xlsx(source, formulas=True).worksheets if one.title == name)
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=_SAMPLE_ROWS, values_only=True)
        return any(isinstance(cell, str) and cell.startswith("=") for row in rows for cell in row)
    except (*FILE_ERRORS, StopIteration):
        return False


def _known(error: Exception, source: Source) -> Exception:
    return error if isinstance(error, UnsupportedError | DamagedError) else damaged(source, error)


def _xlsx_reader(sheet: Any, source: Source) -> Callable[[int | None], Rows]:
    def read(limit: int | None) -> Rows:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # The stated size of a sheet may be wrong either way.
                sheet.reset_dimensions()
                return _tidy(sheet.iter_rows(max_row=limit, values_only=True), source)
        except FILE_ERRORS as error:
            raise _known(error, source) from error

    return read


def _check_zip(source: Source) -> None:
    with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
        parts = archive.infolist()
        total = sum(part.file_size for part in parts)
        allowed = max(_ALWAYS_ALLOWED, _MAX_RATIO * len(source.data))
        shared = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
        if len(parts) > _MAX_PARTS or total > min(allowed, _MAX_PART_BYTES) or shared > _MAX_SHARED_BYTES:
            raise UnsupportedError(
                f"{source.name}: a workbook of {len(source.data) / 1e6:.1f} MB that unpacks to "
                f"{total / 1e6:.0f} MB, expected a table of spectra. Export the table as CSV."
            )
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                with archive.open(part) as file:
                    head = file.read(_PART_HEAD)
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    raise damaged(source, "a part declares entities")


def open_xls(source: Source) -> tuple[Sheet, ...]:
    """Sheets of an xls workbook, those in view first.

    Raises
    ------
    DamagedError
        When it cannot be opened.
    """
    import xlrd  # only when such a workbook is read

    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            book = xlrd.open_workbook(
                file_contents=source.data, on_demand=True, ragged_rows=True, logfile=nowhere
            )
            names = sorted(book.sheet_names(), key=lambda name: _hidden(book, name))
    except (*FILE_ERRORS, xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
        raise damaged(source, error) from error
    return tuple(Sheet(name, _xls_reader(book, name, source)) for name in names)


def _hidden(book: Any, name: str) -> bool:
    at = book.sheet_names().index(name)
    states = getattr(book, "_sheet_visibility", ())
    return bool(at < len(states) and states[at] != 0)


def _xls_reader(book: Any, name: str, source: Source) -> Callable[[int | None], Rows]:
    def read(limit: int | None) -> Rows:
        import xlrd

        try:
            with open(os.devnull, "w", encoding="utf-8") as nowhere:
                book.logfile = nowhere
                sheet = book.sheet_by_name(name)
            n_rows = sheet.nrows if limit is None else min(limit, sheet.nrows)
            return _tidy((_xls_row(book, sheet.row(at)) for at in range(n_rows)), source)
        except (*FILE_ERRORS, xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
            raise _known(error, source) from error

    return read


def _xls_row(book: Any, cells: Sequence[Any]) -> list[object]:
    import xlrd

    row: list[object] = []
    for cell in cells:
        value: object = cell.value
        if cell.ctype == xlrd.XL_CELL_ERROR:
            value = xlrd.error_text_from_code.get(cell.value, "#N/A")
        elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
            value = bool(cell.value)
        elif cell.ctype == xlrd.XL_CELL_DATE:
            try:
                value = xlrd.xldate_as_datetime(cell.value, book.datemode)
            except (xlrd.XLDateError, OverflowError, ValueError):
                value = cell.value
        row.append(value)
    return row


def _tidy(rows: Iterable[Sequence[object]], source: Source) -> Rows:
    """Rows as text, without empty rows and columns around the table."""
    found: Rows = []
    n_cells = n_empty = 0
    for at, row in enumerate(rows):
        last = next((i for i in range(len(row) - 1, -1, -1) if row[i] is not None and row[i] != ""), -1)
        n_cells += last + 1
        n_empty = 0 if last >= 0 else n_empty + 1
        if at >= MAX_ROWS or n_empty > _MAX_EMPTY_ROWS:
            break
        if n_cells > MAX_CELLS:
            raise UnsupportedError(
                f"{source.name}: a sheet of more than {MAX_CELLS} cells by row {at + 1}. "
                "Export fewer spectra per file."
            )
        if last >= 0 or found:
            found.append([_text(value) for value in row[: last + 1]])
    while found and not found[-1]:
        found.pop()
    first = min((next(i for i, cell in enumerate(row) if cell) for row in found if any(row)), default=0)
    return [row[first:] for row in found] if first else found


def _text(value: object) -> str:
    if isinstance(value, str):
        return " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)
