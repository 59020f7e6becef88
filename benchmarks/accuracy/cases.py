"""The measured spectra that the accuracy is judged on, each with what it truly is."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from libraries.ingest import build_library
from libraries.library import Library
from spectra.io import read_spectra
from spectra.matrix import SpectralMatrix
from spectra.spectrum import Spectrum

from .doubtful import doubt_of

Kind = Literal["known", "mixture", "stranger"]

LIBRARY: Final = "wp785xs-library"
SYNTHETIC: Final = "synthetic"
"""Source of what no instrument measured."""

QUERY_NAMES: Final = {
    "1-butanol": "1-Butanol",
    "2-amino butane": "2-Aminobutane",
    "2-methyl propanol": "2-Methyl Propanol",
    "alanine": "Alanine",
    "citric acid": "Citric Acid",
    "dichloromethane": "Dichloromethane",
    "diethylether": "Diethylether",
    "hydrocortisone": "Hydrocortisone",
    "metamizol Mg": "Metamizole",
    "methyl ethyl ketone": "Methyl Ethyl Ketone",
    "methyl paraben": "Methyl Parabene",
    "n-butyl acetate": "n-Butyl Acetate",
    "potassium hydrogen phosphate": "K2HPO4",
    "sodium carbonate": "Sodium Carbonate",
    "sodium hydrogen citrate": "Sodium Hydrogen Citrate",
    "tert-butyl methyl ether": "tert-Butyl Methyl Ether",
    "thiamine HCl": "Thiamine HCl",
}
"""Names of the library where the second instrument's files spell them otherwise."""

NO_TRUTH: Final = frozenset({"glucose"})
"""Queries of another solid form than the library's of that name: neither right nor strange."""

PORTABLE_MIXTURES: Final = {
    "mix dichloromethane 40 ethanol 60": ("Dichloromethane", "ethanol"),
    "mix methanol 20 ethanol 80": ("methanol", "ethanol"),
}

STANDARDS: Final = {
    "PST": "polystyrene",
    "nCAL": "calcium carbonate",
    "sCAL": "calcium carbonate",
    "S0B": "Silicon",
    "S0N": "Silicon",
}
"""Names of the library by what the standards' file names begin with."""

LAMPS_AND_GLASSES: Final = {"NIST": "fluorescent glass", "Ne": "neon lamp"}
"""Likewise what the library lacks."""


@dataclass(frozen=True, eq=False)
class Case:
    """One measured spectrum and its truth.

    Attributes
    ----------
    name : str
        Source and file or identity.
    source : str
        Instrument or collection: what is left out as one.
    truth : frozenset of str
        Identities of the library that it is; empty for a stranger.
    axis, intensity : array, shape (m,)
        As measured.
    substance : str
        What all spectra of one substance from one source share; empty where there is but one.
    """

    name: str
    source: str
    truth: frozenset[str]
    axis: NDArray[np.float64]
    intensity: NDArray[np.float64]
    substance: str = ""

    @property
    def kind(self) -> Kind:
        """Whether the library has it, has its components, or has never seen it."""
        if not self.truth:
            return "stranger"
        return "known" if len(self.truth) == 1 else "mixture"

    @property
    def vote(self) -> str:
        """What counts once: one substance on one source, however many spectra there are of it."""
        return self.substance or self.name

    @property
    def measured(self) -> bool:
        """Whether an instrument measured it."""
        return self.source != SYNTHETIC

    @property
    def doubt(self) -> str:
        """Why the truth is in doubt; empty where it is not."""
        return doubt_of(self.name)

    @property
    def spectrum(self) -> Spectrum:
        """As the engine takes it."""
        return Spectrum(self.axis, self.intensity)


def measured_library(data: Path) -> Library:
    """Library of the 785 nm handheld, as ``contraspec library build`` makes it, uncalibrated.

    Parameters
    ----------
    data : Path
        The shared folder.
    """
    return build_library(data / "raman" / LIBRARY, created="").library


def identities_by_name(library: Library) -> dict[str, str]:
    """Identity of each substance of a library under the name its maker wrote."""
    return {label.substance: label.identity for label in library.labels}


def without(library: Library, identities: frozenset[str]) -> Library:
    """Library with all synonyms and forms of some substances left out, its calibration kept."""
    return only(library, {r.id for r in library.references if r.label.identity not in identities})


def only(library: Library, ids: Set[str]) -> Library:
    """Library with some of its references, its calibration kept.

    Parameters
    ----------
    library : Library
        Whole.
    ids : set of str
        Of the references to keep.
    """
    kept = tuple(reference for reference in library.references if reference.id in ids)
    prepared = tuple(dataclasses.replace(p, matrix=_rows(p.matrix, ids)) for p in library.prepared)
    return dataclasses.replace(library, references=kept, prepared=prepared, path=None)


def _rows(matrix: SpectralMatrix, ids: Set[str]) -> SpectralMatrix:
    rows = [row for row, each in enumerate(matrix.ids) if each in ids]
    kept = tuple(matrix.ids[row] for row in rows)
    return SpectralMatrix(matrix.grid, matrix.intensity[rows], matrix.mask[rows], kept)


def shared_cases(data: Path, identities: Mapping[str, str]) -> Iterator[Case]:
    """Cases of the shared folder.

    Parameters
    ----------
    data : Path
        Holds ``raman``.
    identities : mapping of str to str
        Of ``identities_by_name``.
    """
    raman = data / "raman"
    for path in sorted((raman / "wp785x-queries").glob("*.csv")):
        if path.stem not in NO_TRUTH:
            substance = QUERY_NAMES.get(path.stem, path.stem)
            yield _case("WP-785X", path, frozenset({identities[substance]}))
    for path in sorted((raman / "portable-customs").glob("*.txt")):
        names = PORTABLE_MIXTURES.get(path.stem, (path.stem,))
        yield _case("portable", path, frozenset(identities[n] for n in names if n in identities))
    for path in sorted((raman / "calibration-standards").rglob("*.txt")):
        standard = _by_beginning(STANDARDS, path.stem)
        truth = frozenset({identities[standard]}) if standard else frozenset()
        what = standard or _by_beginning(LAMPS_AND_GLASSES, path.stem)
        yield _case(path.parent.name, path, truth, what)
    for path in sorted((raman / "amino-acid-mixtures" / "pure").glob("*.csv")):
        truth = frozenset({identities["Alanine"]}) if "alanine" in path.stem else frozenset()
        spectra = read_spectra(path)
        mean = np.mean([spectrum.intensity for spectrum in spectra], axis=0)
        for what, intensity in (("mean", mean), ("scan", spectra[0].intensity)):
            name = f"amino acids/{path.stem}, {what}"
            yield Case(name, "amino acids", truth, spectra[0].axis, intensity, f"amino acids/{path.stem}")


def thin(cases: Sequence[Case], n_known: int, n_strangers: int) -> list[Case]:
    """Keep some known cases and some strangers, chosen evenly, and every mixture: a fixed subsample.

    Parameters
    ----------
    cases : sequence of Case
        All of them.
    n_known, n_strangers : int
        How many to keep of each, if there are as many.
    """
    chosen = {id(case) for case in cases if case.kind == "mixture"}
    for kind, n in (("known", n_known), ("stranger", n_strangers)):
        own = [case for case in cases if case.kind == kind]
        places = np.linspace(0, len(own) - 1, min(n, len(own))).round().astype(int)
        chosen |= {id(own[place]) for place in places.tolist()}
    return [case for case in cases if id(case) in chosen]


def _case(source: str, path: Path, truth: frozenset[str], what: str = "") -> Case:
    spectrum = read_spectra(path)[0]
    vote = f"{source}/{what}" if what else ""
    return Case(f"{source}/{path.stem}", source, truth, spectrum.axis, spectrum.intensity, vote)


def _by_beginning(names: Mapping[str, str], stem: str) -> str:
    return next((name for start, name in names.items() if stem.startswith(start)), "")
