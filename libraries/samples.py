"""The table in which a laboratory states the mass fraction of each calibration sample."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spectra.errors import LibraryError

from .manifest import inside_folder, read_table_text

REQUIRED: Final = ("file", "mass_fraction")
COLUMNS: Final = (*REQUIRED, "sample", "index")


@dataclass(frozen=True)
class SampleRow:
    """What the table states about one file.

    Attributes
    ----------
    line : int
        Where it stands, 1 is the header.
    file : str
        Path inside the folder, with forward slashes.
    mass_fraction : float
        Of the substance, 0 to 1.
    sample : str
        Files of one sample share it; that of the file when not stated.
    index : int or None
        Which spectrum of the file, from 0; None for all of them, as replicates.
    """

    line: int
    file: str
    mass_fraction: float
    sample: str
    index: int | None = None


def read_samples(path: Path) -> tuple[SampleRow, ...]:
    """Read and check the table: CSV in UTF-8, with commas or semicolons.

    Parameters
    ----------
    path : Path
        With the columns ``file`` and ``mass_fraction``; ``sample`` and ``index`` where needed.

    Raises
    ------
    LibraryError
        The file cannot be read, a column or value is missing or wrong, or a spectrum stands
        twice; names the line.
    """
    text = read_table_text(path)
    header, _, _ = text.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise LibraryError(f"{path} line {reader.line_num}: {error}; expected CSV, mend that line") from error
    columns = [cell.casefold().replace(" ", "_") for cell in lines[0][1]] if lines else []
    for required in REQUIRED:
        if columns.count(required) != 1:
            raise LibraryError(
                f"{path} line 1: expected one column {required!r}, at least {','.join(REQUIRED)}"
            )
    rows = tuple(
        _row(f"{path} line {line}", line, dict(zip(columns, cells, strict=False)))
        for line, cells in lines[1:]
        if any(cells)
    )
    if not rows:
        raise LibraryError(f"{path}: lists no sample; expected one row per file")
    _check_once(path, rows)
    return rows


def _row(where: str, line: int, values: Mapping[str, str]) -> SampleRow:
    for required in REQUIRED:
        if not values.get(required):
            raise LibraryError(f"{where}: {required!r} is empty; expected a value")
    file = inside_folder(where, values["file"])
    text = values["mass_fraction"]
    try:
        share = float(text.replace(",", "."))
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise LibraryError(f"{where}: mass_fraction {text!r}; expected a share from 0 to 1, 0.45 for 45 %")
    index = values.get("index", "")
    if index and not (index.isascii() and index.isdigit()):
        raise LibraryError(f"{where}: index {index!r}; expected a whole number from 0, or nothing")
    number = int(index) if index else None
    named = values.get("sample") or (file if number is None else f"{file} {number}")
    return SampleRow(line, file, share, named, number)


def _check_once(path: Path, rows: tuple[SampleRow, ...]) -> None:
    seen: dict[str, dict[int | None, int]] = {}
    whole: dict[str, float] = {}
    for row in rows:
        others = seen.setdefault(row.file, {})
        both = (
            others.get(row.index, others.get(None))
            if row.index is not None
            else min(others.values(), default=None)
        )
        if both is not None:
            raise LibraryError(
                f"{path} line {row.line}: {row.file!r} is listed on line {both} already; keep one"
            )
        others[row.index] = row.line
        if whole.setdefault(row.sample, row.mass_fraction) != row.mass_fraction:
            raise LibraryError(
                f"{path} line {row.line}: sample {row.sample!r} has the mass fractions "
                f"{whole[row.sample]:g} and {row.mass_fraction:g}; expected one"
            )
