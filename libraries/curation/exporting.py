"""References as files that others read: one each with a manifest, or all in one."""

import csv
import dataclasses
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from spectra._atomic import write_atomically
from spectra.errors import LibraryError, WriteError
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum

from ..library import Library
from ..manifest import COLUMNS
from ..reference import Reference

Form = Literal["jcamp", "csv", "nexus"]
FORMS: Final[dict[Form, tuple[str, str]]] = {
    "jcamp": ("jcamp_dx", ".jdx"),
    "csv": ("csv", ".csv"),
    "nexus": ("nexus", ".nxs"),
}
"""Writer and ending of each format."""

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._ -]+")
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])")


def export_folder(library: Library, folder: Path, form: Form) -> tuple[Path, ...]:
    """Write one file for each reference in use, and the manifest that builds the library from them.

    Parameters
    ----------
    library : Library
        Deprecated references are left out.
    folder : Path
        Is made where it is missing; must hold nothing else.
    form : str
        One of ``FORMS``.

    Returns
    -------
    tuple of Path
        What was written, the manifest last.

    Raises
    ------
    LibraryError
        When the folder holds something.
    WriteError
        When it cannot be written, or the format has no place for the axis.
    """
    writer, ending = FORMS[form]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise LibraryError(f"{folder}: is not empty; give a new folder, so that nothing old is among it")
    except OSError as error:
        raise WriteError(f"{folder}: cannot be made or read ({error.strerror}); check the path") from error
    references = used(library)
    paths = []
    for reference in references:
        path = folder / f"{_file_name(reference)}{ending}"
        write_spectra([exported(reference)], path, form=writer)
        paths.append(path)
    manifest = folder / "manifest.csv"
    write_atomically(str(manifest), _manifest(references, [path.name for path in paths]))
    return (*paths, manifest)


def export_file(library: Library, path: Path, form: Form) -> None:
    """Write all references in use into one file.

    Parameters
    ----------
    library : Library
        Deprecated references are left out.
    path : Path
        Replaced whole or not at all.
    form : str
        One of ``FORMS``.

    Raises
    ------
    WriteError
        When it cannot be written, or the format has no place for the axis.
    """
    write_spectra([exported(reference) for reference in used(library)], path, form=FORMS[form][0])


def used(library: Library) -> tuple[Reference, ...]:
    """Return the references that are not deprecated."""
    return tuple(reference for reference in library.references if not reference.deprecated)


def exported(reference: Reference) -> Spectrum:
    """Spectrum as measured, with what the record says of it in its metadata."""
    label, provenance = reference.label, reference.provenance
    told = {
        "label": label.substance,
        "form": label.form,
        "cas": label.cas,
        "inchikey": label.inchikey,
        "role": label.role,
        "grade": label.grade,
        "identity_assurance": provenance.identity_assurance,
        "licence": provenance.licence,
        "source": provenance.source,
        "instrument": provenance.instrument,
        "reference_id": label.id,
    }
    metadata = {**reference.spectrum.metadata, **{name: value for name, value in told.items() if value}}
    if provenance.laser_nm is not None:
        metadata["laser_wavelength_nm"] = provenance.laser_nm
    return dataclasses.replace(reference.spectrum, metadata=metadata)


def _file_name(reference: Reference) -> str:
    """Name that every system takes, with the id so that no two are the same."""
    name = _UNSAFE.sub("_", f"{reference.label.substance} {reference.label.form}".strip())[:60].strip(" .")
    if not name or _RESERVED.fullmatch(name):
        name = "reference"
    return f"{name} {reference.id}"


def _manifest(references: Sequence[Reference], files: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for reference, file in zip(references, files, strict=True):
        label, provenance = reference.label, reference.provenance
        laser = provenance.laser_nm
        writer.writerow(
            {
                "file": file,
                "substance": label.substance,
                "form": label.form,
                "cas": label.cas,
                "inchikey": label.inchikey,
                "role": label.role,
                "technique": reference.spectrum.technique,
                "instrument": provenance.instrument,
                "laser_nm": "" if laser is None else repr(laser),
                "licence": provenance.licence,
                "source": provenance.source,
                "grade": label.grade,
                "identity_assurance": provenance.identity_assurance,
            }
        )
    return text.getvalue().encode("utf-8")
