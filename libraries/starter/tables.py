"""Reads the tables of the starter library: references, bands, hints and substances."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from spectra.errors import LibraryError
from spectra.label import Grade, Role
from spectra.matching.hints import HintTable

from .reading import Row, Tables, number, role, rows

FOLDER: Final = Path(__file__).parent
"""Where the tables are."""

REFERENCE_COLUMNS: Final = (
    *("key", "substance", "form", "cas", "inchikey", "role", "grade", "range_lo_cm1", "range_hi_cm1"),
    *("source", "source_licence", "fit_r", "n_bands", "note"),
)
BAND_COLUMNS: Final = ("key", "substance", "form", "band_cm1", "fwhm_cm1", "eta", "height", "grade")
TABLES: Final = Tables(
    "references.tsv", "bands.tsv", REFERENCE_COLUMNS, BAND_COLUMNS, ("range_lo_cm1", "range_hi_cm1")
)
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
    return TABLES.read_all(FOLDER, _band, _reference)


@lru_cache(maxsize=8)
def load_plastics(without: Collection[str] = frozenset()) -> tuple[StarterReference, ...]:
    """Those references that are packaging of grade C, without reading the bands of all others.

    Parameters
    ----------
    without : frozenset of str
        Identities that are not wanted.

    Raises
    ------
    LibraryError
        When one of these is malformed; the message names the line.
    """
    wanted = {
        row["key"]: (where, row)
        for where, row in TABLES.reference_rows(FOLDER)
        if row["role"] == "packaging" and row["grade"] == "C" and row["substance"].casefold() not in without
    }
    if not wanted:
        return ()
    bands = TABLES.read_bands(FOLDER, _band, keys=wanted)
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
    for where, row in rows(FOLDER / "hints.tsv", HINT_COLUMNS):
        if row["strength"] not in HINT_STRENGTHS:
            raise LibraryError(f"{where}: strength {row['strength']!r}, expected w, m, s or vs")
        band = (number(where, row, "band_cm1"), row["strength"] in STRONG, row["source"])
        grouped.setdefault((row["substance"], row["form"], row["cas"]), []).append(band)
    tables: list[HintTable] = []
    for (substance, form, cas), bands in grouped.items():
        ordered = sorted(bands)
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
    for where, row in rows(FOLDER / "substances.tsv", SUBSTANCE_COLUMNS):
        if not row["substance"] or row["verified"] not in {"true", "false"}:
            raise LibraryError(f"{where}: expected a substance, and true or false under verified")
        synonyms = tuple(name.strip() for name in row["synonyms"].split(";") if name.strip())
        records.append(
            SubstanceRecord(
                **{name: row[name] for name in ("substance", "form", "cas", "inchikey")},
                role=role(where, row),
                synonyms=synonyms,
                **{name: row[name] for name in SUBSTANCE_COLUMNS[6:10]},
                verified=row["verified"] == "true",
            )
        )
    return tuple(records)


def _band(where: str, row: Row) -> Band:
    band = Band(*(number(where, row, column) for column in ("band_cm1", "fwhm_cm1", "eta", "height")))
    if band.fwhm_cm1 <= 0 or not 0 <= band.eta <= 1 or band.height <= 0:
        raise LibraryError(f"{where}: {band}, expected a width and height above 0 and eta from 0 to 1")
    return band


def _reference(where: str, row: Row, bands: tuple[Band, ...]) -> StarterReference:
    fields = TABLES.fields(where, row, [band.position_cm1 for band in bands])
    return StarterReference(**fields, bands=bands)
