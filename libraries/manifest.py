"""The table in which a maker states what each file of a folder is."""

import csv
import dataclasses
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from spectra.errors import ExtraError, LibraryError
from spectra.label import GRADES, ROLES, Grade, Role
from spectra.units import TECHNIQUES, Technique

from .reference import IDENTITY_ASSURANCES, IdentityAssurance
from .substances import is_cas, is_inchikey

COLUMNS: Final = (
    "file",
    "substance",
    "form",
    "cas",
    "inchikey",
    "role",
    "technique",
    "instrument",
    "laser_nm",
    "licence",
    "source",
    "grade",
    "identity_assurance",
    "index",
    "smiles",
)
REQUIRED: Final = ("file", "substance")
MAX_BYTES: Final = 256 * 2**20

_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True)
class ManifestRow:
    """What a manifest states about one file.

    Attributes
    ----------
    line : int
        Where it stands, 1 is the header.
    file : str
        Path inside the folder, with forward slashes.
    substance, form, cas, inchikey, instrument, licence, source : str
        Verbatim; empty when not stated.
    role : str or None
        One of ``spectra.label.ROLES``; None when not stated.
    technique : str or None
        One of ``spectra.units.TECHNIQUES``; None when not stated.
    laser_nm : float or None
        Exciting laser, nm.
    grade : str
        Evidence grade, B when not stated.
    identity_assurance : str
        One of ``libraries.reference.IDENTITY_ASSURANCES``.
    index : int or None
        Which spectrum of the file, from 0; None for all of them.
    smiles : str
        Structure, to be compared with the InChIKey; empty when not stated.
    refused : tuple of tuple of str
        Column and value of each identifier that is wrong by itself and was left empty.
    """

    line: int
    file: str
    substance: str
    form: str = ""
    cas: str = ""
    inchikey: str = ""
    role: Role | None = None
    technique: Technique | None = None
    instrument: str = ""
    laser_nm: float | None = None
    licence: str = ""
    source: str = ""
    grade: Grade = "B"
    identity_assurance: IdentityAssurance = "none"
    index: int | None = None
    smiles: str = ""
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Manifest:
    """A checked manifest.

    Attributes
    ----------
    rows : tuple of ManifestRow
        In the order of the file.
    warnings : tuple of str
        Columns that were left unread, identifiers that were left empty, and structures that could not be
        checked.
    """

    rows: tuple[ManifestRow, ...]
    warnings: tuple[str, ...] = ()


class ManifestError(LibraryError):
    """A manifest that cannot be used: an input at fault, not a library."""

    code = "damaged"


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest: CSV in UTF-8, with commas or semicolons.

    A CAS number or InChIKey that is wrong by itself stops nothing: it is left empty and told.

    Parameters
    ----------
    path : Path
        With the columns of ``COLUMNS`` in any order; ``file`` and ``substance`` are required.

    Raises
    ------
    ManifestError
        The file cannot be read, a required column or value is missing, or a value is wrong;
        names the line.
    """
    try:
        return _read(path)
    except LibraryError as error:
        raise ManifestError(str(error)) from error


def _read(path: Path) -> Manifest:
    """Read a manifest; what is wrong with it is still a library error."""
    text = read_table_text(path)
    header, _, _ = text.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            lines.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise LibraryError(f"{path} line {reader.line_num}: {error}; expected CSV, mend that line") from error
    if not lines:
        raise LibraryError(
            f"{path}: the manifest is empty; expected a header {','.join(REQUIRED)},… and rows"
        )
    columns = _columns(path, lines[0][1])
    rows = tuple(_row(path, line, columns, cells) for line, cells in lines[1:] if any(cells))
    if not rows:
        raise LibraryError(f"{path}: the manifest lists no file; expected one row per file")
    _check_once(path, rows)
    unknown = [column for column in columns if column and column not in COLUMNS]
    warnings = [f"manifest columns not read: {', '.join(unknown)}"] if unknown else []
    warnings += [_told_refused(row, column, value) for row in rows for column, value in row.refused]
    warnings += _check_structures(path, rows)
    return Manifest(rows, tuple(warnings))


def read_table_text(path: Path) -> str:
    """Text of a table in UTF-8.

    Raises
    ------
    LibraryError
        When it is missing, cannot be read or is no text.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LibraryError(f"{path}: the manifest is larger than {MAX_BYTES} bytes; is it a CSV table?")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise LibraryError(f"{path}: no manifest is there; check the path") from error
    except UnicodeDecodeError as error:
        raise LibraryError(f"{path}: the manifest is not UTF-8 text; save it as 'CSV UTF-8'") from error
    except OSError as error:
        raise LibraryError(f"{path}: the manifest cannot be read ({error}); check the path") from error
    if "\0" in text:
        raise LibraryError(f"{path}: the manifest holds binary data; save it as 'CSV UTF-8'")
    return text


def _columns(path: Path, header: Sequence[str]) -> list[str]:
    columns = [cell.casefold().replace(" ", "_") for cell in header]
    for required in REQUIRED:
        if required not in columns:
            raise LibraryError(
                f"{path} line 1: column {required!r} is missing; expected at least {','.join(REQUIRED)}"
            )
    twice = [column for column in columns if column and columns.count(column) > 1]
    if twice:
        raise LibraryError(f"{path} line 1: column {twice[0]!r} stands twice; keep one")
    return columns


def _row(path: Path, line: int, columns: Sequence[str], cells: Sequence[str]) -> ManifestRow:
    where = f"{path} line {line}"
    if any(cells[len(columns) :]):
        raise LibraryError(
            f"{where}: {len(cells)} cells under {len(columns)} columns; quote values that hold the separator"
        )
    values = dict(zip(columns, cells, strict=False))
    for required in REQUIRED:
        if not values.get(required):
            raise LibraryError(f"{where}: {required!r} is empty; expected a value")
    refused = _bad_identifiers(values)
    row = _checked(where, line, {**values, **{column: "" for column, _ in refused}})
    return dataclasses.replace(row, refused=refused)


def _bad_identifiers(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Column and value of the identifiers that are wrong by themselves."""
    stated = (("cas", is_cas), ("inchikey", is_inchikey))
    return tuple(
        (column, values[column])
        for column, is_right in stated
        if values.get(column) and not is_right(values[column])
    )


def _told_refused(row: ManifestRow, column: str, value: str) -> str:
    why = "has a wrong form or check digit" if column == "cas" else "is not 14, 10 and 1 capitals with dashes"
    return f"manifest line {row.line}: {row.substance!r}: {column} {value!r} {why}: left empty, correct it"


def stated_row(values: Mapping[str, str]) -> ManifestRow:
    """Row of a manifest that nobody wrote: the same columns, the same checks.

    Parameters
    ----------
    values : mapping of str to str
        By column; ``substance`` is required, ``file`` is not.

    Raises
    ------
    LibraryError
        When a value is wrong.
    ExtraError
        With ``smiles``, when RDKit is not installed.
    """
    if not values.get("substance"):
        raise LibraryError("no substance stated: expected a name")
    row = _checked("stated", 0, {"file": "stated", **values})
    if row.smiles:
        check_structure("stated", row.smiles, row.inchikey)
    return row


def _checked(where: str, line: int, values: Mapping[str, str]) -> ManifestRow:
    """Row of values that are there."""
    cas, inchikey = values.get("cas", ""), values.get("inchikey", "")
    check_identifiers(where, cas, inchikey)
    return ManifestRow(
        line=line,
        file=inside_folder(where, values["file"]),
        substance=values["substance"],
        form=values.get("form", ""),
        cas=cas,
        inchikey=inchikey,
        role=_choice(where, values, "role", {role.casefold(): role for role in ROLES}),
        technique=_choice(where, values, "technique", {name: name for name in TECHNIQUES}),
        instrument=values.get("instrument", ""),
        laser_nm=_wavelength(where, values.get("laser_nm", "")),
        licence=values.get("licence", ""),
        source=values.get("source", ""),
        grade=_choice(where, values, "grade", {grade.casefold(): grade for grade in GRADES}) or "B",
        identity_assurance=_choice(
            where, values, "identity_assurance", {name.casefold(): name for name in IDENTITY_ASSURANCES}
        )
        or "none",
        index=_index(where, values.get("index", "")),
        smiles=values.get("smiles", ""),
    )


def check_identifiers(where: str, cas: str, inchikey: str) -> None:
    """Refuse a CAS number with a wrong check digit and an InChIKey of a wrong form; empty ones pass.

    Raises
    ------
    LibraryError
        ``where`` begins the message.
    """
    if cas and not is_cas(cas):
        raise LibraryError(f"{where}: cas {cas!r} has a wrong form or check digit; check the number")
    if inchikey and not is_inchikey(inchikey):
        raise LibraryError(f"{where}: inchikey {inchikey!r}; expected 14, 10 and 1 capitals with dashes")


def check_structure(where: str, smiles: str, inchikey: str) -> None:
    """Refuse a SMILES that is no structure, or not the InChIKey's.

    Raises
    ------
    LibraryError
        ``where`` begins the message.
    ExtraError
        When RDKit, of the extra ``chem``, is not installed.
    """
    from .structures import inchikey_of  # RDKit comes with it

    found = inchikey_of(smiles)
    if inchikey and found != inchikey:
        raise LibraryError(
            f"{where}: smiles {smiles!r} has the InChIKey {found}, stated is {inchikey}; correct one"
        )


def _check_structures(path: Path, rows: Sequence[ManifestRow]) -> list[str]:
    """Compare each SMILES with its InChIKey; without RDKit say that nobody did."""
    stated = [row for row in rows if row.smiles]
    try:
        for row in stated:
            check_structure(f"{path} line {row.line}", row.smiles, row.inchikey)
    except ExtraError as error:
        return [f"{len(stated)} SMILES of the manifest not compared with their InChIKeys: {error}"]
    return []


def _index(where: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise LibraryError(f"{where}: index {text!r}; expected which spectrum of the file, 0 for the first")
    return int(text)


def _choice(where: str, values: Mapping[str, str], column: str, choices: Mapping[str, _Word]) -> _Word | None:
    text = values.get(column, "")
    if not text:
        return None
    if text.casefold() not in choices:
        raise LibraryError(f"{where}: {column} {text!r}; expected one of {', '.join(choices.values())}")
    return choices[text.casefold()]


def _wavelength(where: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise LibraryError(f"{where}: laser_nm {text!r}; expected a wavelength such as 785")
    return value


def inside_folder(where: str, text: str) -> str:
    """Path inside the folder; judged by its words, so a link that a data manager made is fine.

    Raises
    ------
    LibraryError
        When it leaves the folder; ``where`` names the line.
    """
    path = text.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in parts or not parts:
        raise LibraryError(f"{where}: file {text!r} leaves the folder; expected a path inside it")
    return "/".join(parts)


def _check_once(path: Path, rows: Sequence[ManifestRow]) -> None:
    first: dict[tuple[str, int | None], int] = {}
    whole = {row.file: row.line for row in rows if row.index is None}
    for row in rows:
        line = first.get((row.file, row.index))
        if row.index is not None and line is None:
            line = whole.get(row.file)  # the file as a whole holds this spectrum too
        if line is not None:
            raise LibraryError(
                f"{path} line {row.line}: {row.file!r} is listed on line {line} already; keep one, "
                f"or give each of its spectra a row with its index"
            )
        first[row.file, row.index] = row.line
