"""An independent set: organic substances that no weight, threshold or choice of ours has seen.

The PyPI package ``ramanbiolib`` (not among the extras; data under ODbL 1.0) holds 202 spectra of 140
biomolecules on 450 to 1800 cm⁻¹: sugars, amino and fatty acids, fats, steroids, proteins. Most were
digitised from published figures, smoothed and baseline-corrected by its authors: no noise to see, so
this tests the identity of bands, not the judgement of noise. The package itself is not imported;
nothing of it is shipped. Reported apart from the other strangers, and never fitted on.
"""

import csv
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from .cases import Case

SOURCE: Final = "ramanbiolib"

KNOWN: Final = {
    "citric acid": "Citric Acid",
    "d-(+)-lactose monohydrate": "lactose",
    "d-(+)-sucrose": "sucrose",
    "d-(-)-fructose": "fructose",
    "glycerol": "glycerol",
    "glycine": "glycine",
    "l-arginine": "Arginine",
    "lactose": "lactose",
}
"""Names of the library by those of ramanbiolib."""

AMBIGUOUS: Final = re.compile(r"^tri(?!ose)|glucose$|dextrose|alanine$|oleic acid|linolenic acid")
"""Triglycerides and the free acids that the library's oils are made of; glucose, whose form is not
stated; alanine, whose reference is in doubt."""


def data_file() -> Path | None:
    """Table of the spectra, or None when ``ramanbiolib`` is not installed."""
    found = find_spec(SOURCE)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "db" / "raman_spectra_db.csv"
    return path if path.is_file() else None


def biomolecule_cases(path: Path, identities: Mapping[str, str]) -> Iterator[Case]:
    """Every spectrum whose substance the library surely has or surely lacks.

    Parameters
    ----------
    path : Path
        Of ``data_file``.
    identities : mapping of str to str
        Of ``cases.identities_by_name``.
    """
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            name = row["component"]
            if not AMBIGUOUS.search(name):
                truth = frozenset({identities[KNOWN[name]]} if name in KNOWN else ())
                curve = (_numbers(row["wavenumbers"]), _numbers(row["intensity"]))
                vote = f"{SOURCE}/{KNOWN.get(name, name)}"
                yield Case(f"{SOURCE}/{name}/{row['id']}", SOURCE, truth, *curve, vote)


def _numbers(text: str) -> np.ndarray:
    return np.array(text.strip("[]").split(","), dtype=np.float64)
