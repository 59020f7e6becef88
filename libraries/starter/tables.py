"""Reads the tables of the starter library: references, bands, hints and substances."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from spectra.errors import LibraryError
from spectra.label import GRADES, ROLES, Grade, Role
from spectra.matching.hints import HintTable

FOLDER: Final = Path(__file__).parent
"""Where the tables are."""

REFERENCE_COLUMNS: Final = (
    *("key", "substance", "form", "cas", "inchikey", "role", "grade", "range_lo_cm1", "range_hi_cm1"),
    *("source", "source_licence", "fit_r", "n_bands", "note"),
)
BAND_COLUMNS: Final = ("key", "substance", "form", "band_cm1", "fwhm_cm1", "eta", "height", "grade")
HINT_COLUMNS: Final = ("substance", "form", "cas", "band_cm1", "strength", "source")
SUBSTANCE_COLUMNS: Final = (
    *("substance", "form", "cas", "inchikey", "role", "synonyms", "euda_group", "un_schedule"),
    *("nl_opiumwet", "eu_precursor_category", "verified"),
)
HINT_STRENGTHS: Final = ("w", "m", "s", "vs")
STRONG: Final = frozenset({"s", "vs"})


@dataclass(frozen=True)
class Band:
    """One pseudo-Voigt band: centre and width in cm⁻¹, Lorentz share 0 to 1, height 0 to 100."""

    position_cm1: float
    fwhm_cm1: float
    eta: float
    height: float


@dataclass(frozen=True)
class StarterReference:
    """One reference that is drawn from its bands.

    Attributes
    ----------
    key : str
        Unique; stays the same over releases.
    substance, form, cas, inchikey, role : str
        As in the substance table; identifiers are empty when not known.
    grade : str
        ``C`` fitted from a measured spectrum, ``D`` from a published band table.
    range_lo_cm1, range_hi_cm1 : float
        Where the bands say something; outside it nothing is known.
    source, source_licence : str
        What the bands were taken from.
    fit_r : float or None
        Pearson correlation of the drawn with the measured spectrum; None for grade D.
    note : str
        What a user should know; often empty.
    bands : tuple of Band
        Ascending positions, within the range.
    """

    key: str
    substance: str
    form: str
    cas: str
    inchikey: str
    role: Role
    grade: Grade
    range_lo_cm1: float
    range_hi_cm1: float
    source: str
    source_licence: str
    fit_r: float | None
    note: str
    bands: tuple[Band, ...]

    @property
    def identity(self) -> str:
        """Key that all names and forms of the substance share, as in ``spectra.label.Label``."""
        return self.substance.casefold()


@dataclass(frozen=True)
class SubstanceRecord:
    """One substance in one form.

    Attributes
    ----------
    substance : str
        All records with this name are one identity.
    form, cas, inchikey : str
        Empty when not known.
    role : str
        One of ``spectra.label.ROLES``.
    synonyms : tuple of str
        Other names that mean this substance in this form.
    euda_group, un_schedule, nl_opiumwet, eu_precursor_category : str
        Legal status as read; empty when none was found, which is no statement that there is none.
    verified : bool
        False when an identifier or a schedule is recalled, or was never looked up.
    """

    substance: str
    form: str
    cas: str
    inchikey: str
    role: Role
    synonyms: tuple[str, ...]
    euda_group: str
    un_schedule: str
    nl_opiumwet: str
    eu_precursor_category: str
    verified: bool

    @property
    def identity(self) -> str:
        """Key that all names and forms of the substance share, as in ``spectra.label.Label``."""
        return self.substance.casefold()


@lru_cache(maxsize=1)
def load_references() -> tuple[StarterReference, ...]:
    """All references of the starter library with their bands, in the order of the table.

    Raises
    ------
    LibraryError
        When a table is malformed; the message names the line.
    """
    bands = _bands()
    references: dict[str, StarterReference] = {}
    for where, row in _rows("references.tsv", REFERENCE_COLUMNS):
        if row["key"] in references:
            raise LibraryError(f"{where}: key {row['key']!r} stands twice, expected different keys")
        references[row["key"]] = _reference(where, row, tuple(bands.pop(row["key"], ())))
    if bands:
        raise LibraryError(f"bands.tsv: bands of {min(bands)!r}, which references.tsv does not list")
    return tuple(references.values())


@lru_cache(maxsize=1)
def load_plastics() -> tuple[StarterReference, ...]:
    """Those references that are packaging of grade C, without reading the bands of all others.

    Raises
    ------
    LibraryError
        When one of these is malformed; the message names the line.
    """
    wanted = {
        row["key"]: (where, row)
        for where, row in _rows("references.tsv", REFERENCE_COLUMNS)
        if row["role"] == "packaging" and row["grade"] == "C"
    }
    bands = _bands(wanted)
    return tuple(_reference(where, row, tuple(bands.get(key, ()))) for key, (where, row) in wanted.items())


@lru_cache(maxsize=1)
def load_hints() -> tuple[HintTable, ...]:
    """Recalled band tables (grade E), one per substance and form.

    Raises
    ------
    LibraryError
        When the table is malformed; the message names the line.
    """
    grouped: dict[tuple[str, str, str], list[tuple[float, bool, str]]] = {}
    for where, row in _rows("hints.tsv", HINT_COLUMNS):
        if row["strength"] not in HINT_STRENGTHS:
            raise LibraryError(f"{where}: strength {row['strength']!r}, expected w, m, s or vs")
        band = (_number(where, row, "band_cm1"), row["strength"] in STRONG, row["source"])
        grouped.setdefault((row["substance"], row["form"], row["cas"]), []).append(band)
    tables: list[HintTable] = []
    for (substance, form, cas), rows in grouped.items():
        ordered = sorted(rows)
        positions, strong = tuple(row[0] for row in ordered), tuple(row[1] for row in ordered)
        tables.append(HintTable(substance, form, cas, positions, strong, ordered[0][2]))
    return tuple(tables)


@lru_cache(maxsize=1)
def load_substances() -> tuple[SubstanceRecord, ...]:
    """Shipped substance table, one record per substance and form.

    Raises
    ------
    LibraryError
        When the table is malformed; the message names the line.
    """
    records: list[SubstanceRecord] = []
    for where, row in _rows("substances.tsv", SUBSTANCE_COLUMNS):
        if not row["substance"] or row["verified"] not in {"true", "false"}:
            raise LibraryError(f"{where}: expected a substance, and true or false under verified")
        synonyms = tuple(name.strip() for name in row["synonyms"].split(";") if name.strip())
        records.append(
            SubstanceRecord(
                **{name: row[name] for name in ("substance", "form", "cas", "inchikey")},
                role=_role(where, row),
                synonyms=synonyms,
                **{name: row[name] for name in SUBSTANCE_COLUMNS[6:10]},
                verified=row["verified"] == "true",
            )
        )
    return tuple(records)


def _rows(
    name: str, columns: tuple[str, ...], *, keys: Collection[str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table with where they stand; with ``keys`` only those whose first cell is one of them."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    header: tuple[str, ...] | None = None
    for at, line in enumerate(text.split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if header is None:
            header = tuple(cells)
            if header != columns:
                raise LibraryError(f"{name} line {at}: columns {header}, expected {columns}")
        elif keys is not None and cells[0] not in keys:
            continue
        elif len(cells) != len(columns):
            raise LibraryError(f"{name} line {at}: {len(cells)} cells, expected {len(columns)}")
        else:
            yield f"{name} line {at}", dict(zip(columns, cells, strict=True))


def _bands(keys: Collection[str] | None = None) -> dict[str, list[Band]]:
    """Bands of each reference, or of those with one of the keys."""
    bands: dict[str, list[Band]] = {}
    for where, row in _rows("bands.tsv", BAND_COLUMNS, keys=keys):
        bands.setdefault(row["key"], []).append(_band(where, row))
    return bands


def _number(where: str, row: dict[str, str], column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LibraryError(f"{where}: {column} {row[column]!r}, expected a number")
    return value


def _role(where: str, row: dict[str, str]) -> Role:
    for role in ROLES:
        if role == row["role"]:
            return role
    raise LibraryError(f"{where}: role {row['role']!r}, expected one of {', '.join(ROLES)}")


def _grade(where: str, row: dict[str, str]) -> Grade:
    for grade in GRADES:
        if grade == row["grade"]:
            return grade
    raise LibraryError(f"{where}: grade {row['grade']!r}, expected one of {', '.join(GRADES)}")


def _band(where: str, row: dict[str, str]) -> Band:
    band = Band(
        _number(where, row, "band_cm1"),
        _number(where, row, "fwhm_cm1"),
        _number(where, row, "eta"),
        _number(where, row, "height"),
    )
    if band.fwhm_cm1 <= 0 or not 0 <= band.eta <= 1 or band.height <= 0:
        raise LibraryError(f"{where}: {band}, expected a width and height above 0 and eta from 0 to 1")
    return band


def _reference(where: str, row: dict[str, str], bands: tuple[Band, ...]) -> StarterReference:
    low, high = _number(where, row, "range_lo_cm1"), _number(where, row, "range_hi_cm1")
    positions = [band.position_cm1 for band in bands]
    if len(bands) != _number(where, row, "n_bands") or not bands:
        raise LibraryError(f"{where}: {row['n_bands']} bands announced, bands.tsv has {len(bands)}")
    if positions != sorted(positions) or positions[0] < low or positions[-1] > high:
        raise LibraryError(f"{where}: bands of {row['key']} expected ascending and within {low} to {high}")
    return StarterReference(
        **{name: row[name] for name in ("key", "substance", "form", "cas", "inchikey")},
        role=_role(where, row),
        grade=_grade(where, row),
        range_lo_cm1=low,
        range_hi_cm1=high,
        source=row["source"],
        source_licence=row["source_licence"],
        fit_r=_number(where, row, "fit_r") if row["fit_r"] else None,
        note=row["note"],
        bands=bands,
    )
