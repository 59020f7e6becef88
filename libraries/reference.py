"""One curated reference: the spectrum as measured, what it is of, and where it comes from."""

import hashlib
import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from spectra.errors import LibraryError
from spectra.label import Grade, Label, Role
from spectra.spectrum import Spectrum

IdentityAssurance = Literal["certificate", "GC-MS", "supplier label", "none"]

IDENTITY_ASSURANCES: Final[tuple[IdentityAssurance, ...]] = ("certificate", "GC-MS", "supplier label", "none")


@dataclass(frozen=True)
class Provenance:
    """Where a reference comes from.

    Attributes
    ----------
    instrument : str
        Maker's name of the instrument; empty when not stated.
    laser_nm : float or None
        Exciting laser, nm; None when not stated or not a Raman spectrum.
    licence, source : str
        Under what terms the spectrum may be used, and whom to cite.
    file : str
        Path of the measurement inside the folder it was built from, with forward slashes.
    file_sha256 : str
        Hash of that file's bytes, 64 hexadecimal digits; empty when not known.
    identity_assurance : str
        How the substance was known to be what it is called, one of ``IDENTITY_ASSURANCES``.

    Raises
    ------
    LibraryError
        On an unknown identity assurance or a laser wavelength that is not positive.
    """

    instrument: str = ""
    laser_nm: float | None = None
    licence: str = ""
    source: str = ""
    file: str = ""
    file_sha256: str = ""
    identity_assurance: IdentityAssurance = "none"

    def __post_init__(self) -> None:
        if self.identity_assurance not in IDENTITY_ASSURANCES:
            expected = ", ".join(IDENTITY_ASSURANCES)
            raise LibraryError(f"identity assurance {self.identity_assurance!r}: expected one of {expected}")
        if self.laser_nm is not None and not (math.isfinite(self.laser_nm) and self.laser_nm > 0):
            raise LibraryError(
                f"laser wavelength {self.laser_nm!r} nm: expected a positive number or nothing"
            )


@dataclass(frozen=True, eq=False)
class Reference:
    """One reference of a library.

    Attributes
    ----------
    label : Label
        Name, meaning and grade. Its id must be ``reference_id`` of the content, so that a
        spectrum can never stand under another one's name unnoticed.
    spectrum : Spectrum
        Raw, as measured.
    provenance : Provenance
        Where it comes from.

    Raises
    ------
    LibraryError
        When the label's id is not the content's.
    """

    label: Label
    spectrum: Spectrum
    provenance: Provenance = Provenance()

    def __post_init__(self) -> None:
        expected = reference_id(self.spectrum, self.label.substance, form=self.label.form)
        if self.label.id != expected:
            raise LibraryError(
                f"reference {self.label.substance!r} has id {self.label.id!r}, its content {expected!r}: "
                f"name and spectrum don't belong together; make references with make_reference"
            )

    @property
    def id(self) -> str:
        """Id of the label."""
        return self.label.id

    @property
    def deprecated(self) -> str:
        """Why it is no longer used; empty while it is."""
        return self.label.deprecated


def reference_id(spectrum: Spectrum, substance: str, *, form: str = "") -> str:
    """Id that the same content always gets.

    The first 16 hexadecimal digits of the SHA-256 over technique, axis unit, axis and
    intensity as little-endian float64, substance and form as UTF-8, each preceded by its
    length in bytes as an unsigned 64-bit little-endian number.

    Parameters
    ----------
    spectrum : Spectrum
        The measurement; its metadata do not count.
    substance, form : str
        As the label has them.
    """
    digest = hashlib.sha256()
    for part in (
        spectrum.technique.encode(),
        spectrum.unit.encode(),
        np.ascontiguousarray(spectrum.axis, dtype="<f8").data,
        np.ascontiguousarray(spectrum.intensity, dtype="<f8").data,
        substance.encode("utf-8", "surrogatepass"),
        form.encode("utf-8", "surrogatepass"),
    ):
        digest.update(memoryview(part).nbytes.to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Naming:
    """What a maker states about the substance of a reference: a label without its id.

    Attributes
    ----------
    substance, form, cas, inchikey, role, grade, identity
        As in ``spectra.label.Label``.
    """

    substance: str
    form: str = ""
    cas: str = ""
    inchikey: str = ""
    role: Role = "unknown"
    grade: Grade = "B"
    identity: str = ""


def make_reference(spectrum: Spectrum, naming: Naming, *, provenance: Provenance | None = None) -> Reference:
    """Make a reference with the id of its content.

    Parameters
    ----------
    spectrum : Spectrum
        Raw, as measured.
    naming : Naming
        What it is of.
    provenance : Provenance, optional
        Where it comes from.

    Raises
    ------
    LabelError
        On an unknown role or grade or an empty substance.
    """
    label = Label(
        id=reference_id(spectrum, naming.substance, form=naming.form),
        substance=naming.substance,
        form=naming.form,
        cas=naming.cas,
        inchikey=naming.inchikey,
        role=naming.role,
        grade=naming.grade,
        identity=naming.identity,
    )
    return Reference(label, spectrum, provenance or Provenance())
