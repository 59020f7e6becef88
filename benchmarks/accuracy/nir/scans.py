"""One measured NIR spectrum with what it truly is, and libraries made of such."""

from collections.abc import Iterable
from dataclasses import dataclass

from libraries.library import Library
from libraries.reference import Naming, Provenance, make_reference
from spectra.spectrum import Spectrum


@dataclass(frozen=True, eq=False)
class Scan:
    """One spectrum and its truth.

    Attributes
    ----------
    name : str
        Unique in its set.
    substance : str
        What it is of: the key that an answer is judged by.
    source : str
        Who measured it: scans of one substance from one source share a vote.
    spectrum : Spectrum
        As the reader gives it.
    form : str
        Kind of the substance that an answer need not tell.
    session : str
        What a library is built from as one: a day, an instrument.
    """

    name: str
    substance: str
    source: str
    spectrum: Spectrum
    form: str = ""
    session: str = ""

    @property
    def vote(self) -> str:
        """What counts once."""
        return f"{self.source}/{self.substance}"


def library_of(scans: Iterable[Scan], *, name: str) -> Library:
    """Library with one reference a scan, not prepared and not calibrated.

    Parameters
    ----------
    scans : iterable of Scan
        At least one.
    name : str
        Of the library.
    """
    references = {}
    for scan in scans:
        naming = Naming(scan.substance, form=scan.form, role="benign", identity=scan.substance)
        made = make_reference(scan.spectrum, naming, provenance=Provenance(file=scan.name))
        references[made.id] = made
    return Library(name=name, technique="nir", references=tuple(references.values()))
