"""Libraries as the ``library`` commands tell of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from . import _engine
from ._records import rounded

if TYPE_CHECKING:
    from libraries.library import Library
    from libraries.reference import Reference
    from libraries.review import Review, State
    from spectra.matching.hints import HintTable

LIBRARY_SCHEMA: Final = "contraspec.library/1"
REFERENCE_SCHEMA: Final = "contraspec.reference/1"
HINT_TABLE_SCHEMA: Final = "contraspec.hint_table/1"


class LibrarySummary(TypedDict):
    """``contraspec.library/1``: a library in one line."""

    schema: str
    library: str
    name: str
    technique: str
    references: int
    substances: int
    hints: int
    calibrated: bool
    release: str
    created: str
    sha256: str
    banner: str


class ReferenceRecord(TypedDict):
    """``contraspec.reference/1``: one reference of a library."""

    schema: str
    id: str
    name: str
    form: str
    cas: str
    inchikey: str
    role: str
    grade: str
    source: str
    licence: str
    instrument: str
    laser_nm: float | None
    identity_assurance: str
    file: str
    file_sha256: str
    x_kind: str
    first: float | None
    last: float | None
    points: int
    deprecated: str
    review: "State | Literal['']"
    reviewed_by: str
    reviewed: str


class HintTableRecord(TypedDict):
    """``contraspec.hint_table/1``: recalled bands, grade E, never evidence."""

    schema: str
    name: str
    form: str
    cas: str
    grade: str
    bands_cm1: list[float | None]
    strong: list[bool]
    source: str


def open_libraries(path: str) -> "Sequence[Library]":
    """Libraries of one argument: a file gives one, ``starter`` all that are built in.

    Parameters
    ----------
    path : str
        A library file, or ``starter``.

    Raises
    ------
    LibraryError
        When a library cannot be used.
    """
    if path == _engine.STARTER:
        return _engine.open_engine(()).libraries
    from libraries.library import Library  # numpy and h5py come with it

    return (Library.open(path, gate=_engine.open_gate()),)


def library_summary(path: str, library: "Library") -> LibrarySummary:
    """One line about a library.

    Parameters
    ----------
    path : str
        As typed.
    library : Library
        What was opened from it.
    """
    return {
        "schema": LIBRARY_SCHEMA,
        "library": path,
        "name": library.name,
        "technique": library.technique,
        "references": len(library),
        "substances": len({label.identity for label in library.labels}),
        "hints": len(library.hints),
        "calibrated": library.calibration is not None,
        "release": library.release_name,
        "created": library.created,
        "sha256": library.content_sha256,
        "banner": library.banner,
    }


def reference_record(reference: "Reference", review: "Review | None" = None) -> ReferenceRecord:
    """Say what a reference is of, where it comes from, what it covers and who approved it.

    Parameters
    ----------
    reference : Reference
        Of a library.
    review : Review, optional
        What the library's log says of it; a deprecated one has none.
    """
    label, provenance, spectrum = reference.label, reference.provenance, reference.spectrum
    return {
        "schema": REFERENCE_SCHEMA,
        "id": label.id,
        "name": label.substance,
        "form": label.form,
        "cas": label.cas,
        "inchikey": label.inchikey,
        "role": label.role,
        "grade": label.grade,
        "source": provenance.source,
        "licence": provenance.licence,
        "instrument": provenance.instrument,
        "laser_nm": rounded(provenance.laser_nm),
        "identity_assurance": provenance.identity_assurance,
        "file": provenance.file,
        "file_sha256": provenance.file_sha256,
        "x_kind": spectrum.unit,
        "first": rounded(spectrum.axis[0]),
        "last": rounded(spectrum.axis[-1]),
        "points": spectrum.n_points,
        "deprecated": reference.deprecated,
        "review": review.state if review else "",
        "reviewed_by": review.who if review else "",
        "reviewed": review.when if review else "",
    }


def hint_table_record(table: "HintTable") -> HintTableRecord:
    """One recalled band table."""
    return {
        "schema": HINT_TABLE_SCHEMA,
        "name": table.substance,
        "form": table.form,
        "cas": table.cas,
        "grade": "E",
        "bands_cm1": [rounded(band) for band in table.bands_cm1],
        "strong": list(table.strong),
        "source": table.source,
    }
