"""CSV of Texas Instruments' DLP NIRscan and of InnoSpectra's instruments built on it.

Both write rows of ``key:`` and values, then a heading and one row a wavelength. InnoSpectra sets
the header in two blocks side by side under ``***titles***`` and marks the table with
``***Scan Data***``; its file for many scans has one row a spectrum instead. Layout from the
writers in the makers' public applications.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ...errors import DamagedError, UnsupportedError
from ...units import Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts import keyvalue as kv
from ..parts.block import Block, asked_column, check_count, read_block, refuse_long
from ..parts.naming import check_strange_names
from ..parts.numbers import number, split_cells, strip_cells

_HEADER_LINES: Final = 120
_AXIS: Final = "wavelength (nm)"
_TITLE: Final = "***scan config information***"
# First of these that the file has; a ratio before what it was computed from.
_SIGNALS: Final[tuple[tuple[str, Quantity], ...]] = (
    ("absorbance", "absorbance"),
    ("reflectance", "reflectance"),
    ("sample signal", "counts"),
    ("intensity", "counts"),
    ("reference signal", "counts"),
)
_RULES: Final[kv.Rules] = {
    "model name": ("instrument", kv.text_value),
    "serial number": ("serial", kv.text_value),
    "data date-time": ("date", kv.text_value),
    "host date-time": ("date", kv.text_value),
    "scan config name": ("label", kv.text_value),
    "num repeats": ("averages", kv.count_value),
    "exposure (ms)": ("integration_time_s", kv.milliseconds_value),
    "gui version": ("software", lambda text: f"ISC NIRScan GUI {text.strip()}" if text.strip() else None),
}


def sniff(source: Source) -> Sniff:
    """Certain when the header's or the table's words are those of the two programs."""
    if source.looks_like:
        return Sniff.NO
    head = [line.strip().strip('"').lower() for line in source.lines[:_HEADER_LINES]]
    inno = bool(head) and head[0].startswith(_TITLE)
    texas = all(any(line.startswith(key) for line in head[:4]) for key in ("method:", "host date-time:"))
    table = any(_AXIS in line and "signal (unitless)" in line for line in head)
    return Sniff.CERTAIN if inno or texas or table else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft; one per scan where the file has a row each.

    Raises
    ------
    DamagedError
        When the table is missing, torn or of another length than the header says.
    UnsupportedError
        When the table has none of the known signals.
    """
    refuse_long(source)
    separator, at = _heading(source)
    header = _header(source.lines[:at], separator)
    names = strip_cells(split_cells(source.lines[at], separator))
    first = next(i for i, name in enumerate(names) if name.lower().startswith(_AXIS))
    if number(names[first + 1] if first + 1 < len(names) else "x") is not None and len(names) > first + 2:
        return _one_row_each(source, at, separator, header)
    return (_one_row_a_wavelength(source, (at, first), separator, header, names[first:]),)


def _heading(source: Source) -> tuple[str, int]:
    """Separator and line of the row that names the wavelengths."""
    for at, line in enumerate(source.lines[:_HEADER_LINES]):
        for separator in (",", ";", "\t"):
            cells = strip_cells(split_cells(line, separator))
            if len(cells) > 1 and any(cell.lower().startswith(_AXIS) for cell in cells):
                return separator, at
    raise DamagedError(
        f"{source.name}: a NIRscan header without its table (Wavelength, Absorbance). "
        "The file is cut short: save the scan again."
    )


def _header(lines: Sequence[str], separator: str) -> dict[str, list[str]]:
    """Values after each ``key:`` cell, up to the next one; the scan's own block stands first."""
    found: dict[str, list[str]] = {}
    for line in lines:
        key = ""
        for cell in strip_cells(split_cells(line, separator)):
            if cell.endswith(":"):
                key = cell[:-1].strip().lower()
                key = "" if key in found else key
                if key:
                    found[key] = []
            elif key:
                found[key].append(cell)
    return found


def _stated(header: dict[str, list[str]]) -> float | None:
    """Points the header promises: one number for each section of the scan."""
    for key in ("number of measurement points", "digital resolution"):
        values = [number(cell.replace(",", ".")) for cell in header.get(key, []) if cell]
        known = [value for value in values if value is not None and value > 0]
        if known:
            return sum(known)
    return None


def _metadata(header: dict[str, list[str]]) -> dict[str, str | float | int | bool | None]:
    found = kv.collect({key: values[0] for key, values in header.items() if values}, _RULES)
    if "host date-time" in header:
        found.setdefault("instrument", "DLP NIRscan")
    return dict(found)


def _one_row_a_wavelength(
    source: Source, at: tuple[int, int], separator: str, header: dict[str, list[str]], heading: list[str]
) -> Draft:
    line, first = at
    names = heading[: heading.index("")] if "" in heading else heading
    # Only where the heading goes on may something else stand beside the table.
    beside = any(heading[len(names) :])
    rows, last = [], line
    for here in range(line + 1, len(source.lines)):
        cells = split_cells(source.lines[here], separator)[first:]
        if source.lines[here].strip().startswith("***"):
            break
        extra = [cell for cell in cells[len(names) :] if cell.strip()]
        if (extra and not beside) or (any(cells[: len(names)]) and not cells[0].strip()):
            raise DamagedError(
                f"{source.name}: line {here + 1} does not fit under {', '.join(names)[:80]}. "
                "The file is damaged: save the scan again."
            )
        if cells and cells[0].strip():
            rows.append(cells[: len(names)])
            last = here
    at_end = not any(text.strip() for text in source.lines[last + 1 :])
    # Cells are put together again with a character no number has.
    block = read_block(["\t".join(row) for row in rows], "\t", source, at_end=at_end)
    if len(block.cells) != len(names):
        raise DamagedError(
            f"{source.name}: rows of {len(block.cells)} cells under {len(names)} names. "
            "The file is damaged: save the scan again."
        )
    counted = check_count(len(block.cells[0]), _stated(header), source)
    y, quantity, notes = _signal(names, source)
    found = _draft(block, (0, y), source, header=header, names=names, quantity=quantity, counted=counted)
    return replace(found, warnings=notes)


def _signal(names: Sequence[str], source: Source) -> tuple[int, Quantity, tuple[str, ...]]:
    wish = asked_column(names, source)
    known = tuple(word for word, _ in _SIGNALS)
    strange = [name for name in names[1:] if not name.lower().startswith(known)]
    for rank, (word, quantity) in enumerate(_SIGNALS):
        for at in range(1, len(names)) if wish is None else [wish]:
            if names[at].lower().startswith(word):
                better = [one.split()[0] for one in known[:rank]]
                notes = check_strange_names(strange, better, names[at], source) if wish is None else ()
                return at, quantity, notes
    if wish:
        return wish, "unknown", ()
    raise UnsupportedError(
        f"{source.name}: columns {', '.join(names)[:120]}, expected Absorbance or a signal. "
        "Save the scan with its absorbance, or name the column."
    )


def _draft(
    block: Block,
    columns: tuple[int, int],
    source: Source,
    *,
    header: dict[str, list[str]],
    names: Sequence[str],
    quantity: Quantity,
    counted: bool,
) -> Draft:
    x, y = columns
    axis = block.numbers(x, source)
    metadata = _metadata(header) | {"x_column": names[x], "y_column": names[y]}
    return Draft(
        axis,
        block.numbers(y, source),
        technique_of_axis(axis, "wavelength_nm"),
        "wavelength_nm",
        metadata,
        quantity=quantity,
        counted=counted,
    )


def _one_row_each(source: Source, at: int, separator: str, header: dict[str, list[str]]) -> tuple[Draft, ...]:
    """One draft for each row of sample signal under the row of wavelengths."""
    rows = [line for line in source.lines[at:] if line.strip() and not line.strip().startswith("***")]
    names = [strip_cells(split_cells(row, separator))[0] for row in rows]
    block = read_block(rows, separator, source, at_end=False)
    # Turned round, each row of the file is a column.
    turned = Block(tuple(zip(*block.cells[1:], strict=True)), block.decimal)
    counted = check_count(len(turned.cells[0]), _stated(header), source)
    scans = [i for i, name in enumerate(names) if i and name.lower().startswith("sample signal")]
    wish = asked_column(names, source)
    if not scans and wish is None:
        raise DamagedError(f"{source.name}: no row of sample signal. The file is cut short: save it again.")
    known = tuple(word for word, _ in _SIGNALS)
    strange = [name for name in names[1:] if name and not name.lower().startswith(known)]
    notes = check_strange_names(strange, ("sample",), names[scans[0]], source) if wish is None else ()
    return tuple(
        replace(
            _draft(turned, (0, y), source, header=header, names=names, quantity="counts", counted=counted),
            warnings=notes,
        )
        for y in ([wish] if wish else scans)
    )


FORMAT: Final = Format("nirscan_csv", "TI NIRscan or InnoSpectra CSV", (".csv",), sniff, read)
