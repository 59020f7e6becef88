"""Plants faults into a library, each with a random strength at a random reference, to see who finds them."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from libraries.curation.findings import Finding
from libraries.library import Library
from libraries.reference import Naming, Reference, make_reference
from spectra.spectrum import Spectrum

RECORD: Final = frozenset({"missing_identifier", "licence_unknown", "identity_not_assured", "role_unknown"})
"""Codes of missing metadata, which say nothing about a clean entry."""


@dataclass(frozen=True)
class Planted:
    """A fault that was planted.

    Attributes
    ----------
    kind : str
        Of ``FAULTS``.
    names : frozenset of str
        Substances it touches.
    codes : frozenset of str
        Codes of findings that name it for what it is.
    """

    kind: str
    names: frozenset[str]
    codes: frozenset[str]


def named(reference: Reference, spectrum: Spectrum, **changes: str) -> Reference:
    """The reference with another spectrum and other words on its label."""
    label = reference.label
    words = {
        name: getattr(label, name)
        for name in ("substance", "form", "cas", "inchikey", "role", "grade", "identity")
    }
    if "substance" in changes:
        words["identity"] = changes["substance"].casefold()
    naming = Naming(**{**words, **changes})
    return make_reference(spectrum, naming, provenance=reference.provenance)


def with_intensity(spectrum: Spectrum, intensity: np.ndarray) -> Spectrum:
    return dataclasses.replace(spectrum, intensity=intensity)


def height(spectrum: Spectrum) -> float:
    return float(np.ptp(spectrum.intensity))


def noise(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    sigma = 10 ** rng.uniform(-2.2, -1.3) * height(spectrum)
    return with_intensity(spectrum, spectrum.intensity + rng.normal(0, sigma, spectrum.n_points))


def spikes(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    y = spectrum.intensity.copy()
    for place in rng.choice(np.arange(20, y.size - 20), size=rng.integers(2, 7), replace=False):
        width = rng.integers(1, 3)
        y[place : place + width] += rng.uniform(0.15, 1.5) * height(spectrum)
    return with_intensity(spectrum, y)


def plateau(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    y = spectrum.intensity
    return with_intensity(spectrum, np.minimum(y, y.min() + rng.uniform(0.35, 0.8) * height(spectrum)))


def shifted_axis(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    return dataclasses.replace(spectrum, axis=spectrum.axis + rng.choice([-1, 1]) * rng.uniform(5, 10))


def shifted_bands(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    shift = rng.choice([-1, 1]) * rng.uniform(5, 10)
    return with_intensity(spectrum, np.interp(spectrum.axis, spectrum.axis + shift, spectrum.intensity))


def broadened(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    step = float(np.median(np.diff(spectrum.axis)))
    sigma = rng.uniform(7, 16) / step
    reach = int(4 * sigma)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(spectrum.intensity, reach, mode="edge")
    y = np.convolve(padded, weights / weights.sum(), mode="valid")
    return with_intensity(spectrum, y + rng.choice([0.0, 3e-4]) * height(spectrum) * rng.normal(size=y.size))


def cropped(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    keep = int(rng.uniform(0.35, 0.75) * spectrum.n_points)
    first = int(rng.integers(0, spectrum.n_points - keep))
    part = slice(first, first + keep)
    return dataclasses.replace(spectrum, axis=spectrum.axis[part], intensity=spectrum.intensity[part])


def background(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    x = np.linspace(0, 1, spectrum.n_points)
    shape = (
        x if rng.random() < 0.5 else 1 - x,
        np.exp(-0.5 * ((x - rng.uniform(0.2, 0.8)) / rng.uniform(0.15, 0.35)) ** 2),
        np.exp(-3 * x),
    )[rng.integers(3)]
    return with_intensity(spectrum, spectrum.intensity + rng.uniform(0.3, 2.0) * height(spectrum) * shape)


def raised(spectrum: Spectrum, rng: np.random.Generator) -> Spectrum:
    return with_intensity(spectrum, spectrum.intensity + rng.uniform(0.2, 1.0) * height(spectrum))


ONE: Final[dict[str, tuple[Callable[[Spectrum, np.random.Generator], Spectrum], tuple[str, ...]]]] = {
    "noise": (noise, ("low_snr",)),
    "spikes": (spikes, ("spikes",)),
    "plateau": (plateau, ("saturation",)),
    "shifted_axis": (shifted_axis, ("axis_offset",)),
    "shifted_bands": (shifted_bands, ("axis_offset",)),
    "broadened": (broadened, ("low_resolution",)),
    "cropped": (cropped, ("short_range",)),
    "background": (background, ("residual_baseline",)),
}
"""Faults of one spectrum, and the codes that name them."""

FAULTS: Final = (*ONE, "swapped", "duplicate", "wrong_cas", "raised_replicate", "stranger")


def plant(library: Library, kinds: Sequence[str], rng: np.random.Generator) -> tuple[Library, list[Planted]]:
    """Plant one fault of each kind, each at other references.

    Parameters
    ----------
    library : Library
        Clean; from it a copy is made.
    kinds : sequence of str
        Of ``FAULTS``.
    rng : Generator
        Chooses where and how strong.
    """
    references = list(library.references)
    free = [int(place) for place in rng.permutation(len(references))]
    planted = []
    for kind in kinds:
        place = free.pop()
        reference = references[place]
        names, codes = {reference.label.substance}, tuple(ONE.get(kind, (None, ()))[1])
        if kind in ONE:
            references[place] = named(reference, ONE[kind][0](reference.spectrum, rng))
        elif kind == "swapped":
            other = free.pop()
            second = references[other]
            references[place], references[other] = (
                named(reference, second.spectrum), named(second, reference.spectrum),
            )  # fmt: skip
            names.add(second.label.substance)
            codes = ("mislabelled",)
        elif kind == "duplicate":
            name = f"unknown powder {rng.integers(1000)}"
            y = reference.spectrum.intensity * rng.uniform(0.5, 2)
            y = y + rng.choice([0.0, 1e-3]) * np.ptp(y) * rng.normal(size=y.size)
            references.append(named(reference, with_intensity(reference.spectrum, y), substance=name, cas=""))
            names.add(name)
            codes = ("same_spectrum",)
        elif kind == "wrong_cas":
            digit = (int(reference.label.cas[-1:] or 0) + rng.integers(1, 10)) % 10
            cas = f"{reference.label.cas or '64-17-5'}"[:-1] + str(digit)
            if cas == "64-17-5":
                cas = "64-17-6"
            references[place] = named(reference, reference.spectrum, cas=cas)
            codes = ("bad_identifier",)
        elif kind == "raised_replicate":
            references.append(named(reference, raised(reference.spectrum, rng)))
            codes = ("intensity_offset", "inconsistent_replicates")
        elif kind == "stranger":
            other = references[free.pop()]
            references.append(named(reference, other.spectrum))
            names.add(other.label.substance)
            codes = ("dissimilar_name", "mislabelled")
        planted.append(Planted(kind, frozenset(names), frozenset(codes)))
    copy = dataclasses.replace(
        library, references=tuple(references), prepared=(), calibration=None, changes=()
    )
    return copy, planted


def judge(
    planted: Sequence[Planted], findings: Sequence[Finding], clean: Sequence[Finding]
) -> tuple[list[str], list[str], list[Finding]]:
    """Kinds found, kinds missed, and findings about nothing but clean entries.

    Parameters
    ----------
    planted : sequence of Planted
        What was planted.
    findings, clean : sequence of Finding
        Of the copy, and of the library before planting: what was wrong before is not false.
    """
    known = {(each.code, each.names) for each in clean}
    touched = frozenset().union(*(each.names for each in planted))
    found, missed = [], []
    for fault in planted:
        hit = any(each.code in fault.codes and fault.names & set(each.names) for each in findings)
        (found if hit else missed).append(fault.kind)
    false = [
        each
        for each in findings
        if each.code not in RECORD and (each.code, each.names) not in known and not touched & set(each.names)
    ]
    return found, missed, false
