"""The Raman shift standards that the program knows: the table ``shift_standards.tsv`` beside this file."""

import csv
from functools import cache
from pathlib import Path
from typing import Final

from spectra.errors import LibraryError
from spectra.instruments.standards import STRENGTHS, ShiftBand, ShiftStandard, Strength

FILE: Final = Path(__file__).with_name("shift_standards.tsv")
KEYS: Final = (
    *("polystyrene", "cyclohexane", "paracetamol", "benzonitrile", "naphthalene", "sulfur"),
    *("toluene-acetonitrile", "bis-methylstyryl-benzene", "calcite", "silicon"),
)
"""Names on the command line; a test compares them with the table."""


def read_standard(key: str) -> ShiftStandard:
    """Look up one standard.

    Parameters
    ----------
    key : str
        One of ``KEYS``.

    Raises
    ------
    LibraryError
        A name that the table does not have.
    """
    found = read_standards().get(key)
    if found is None:
        raise LibraryError(f"standard {key!r}: expected one of {', '.join(read_standards())}")
    return found


@cache
def read_standards() -> dict[str, ShiftStandard]:
    """All standards, by key, in the order of the table."""
    rows: dict[str, list[dict[str, str]]] = {}
    with open(FILE, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rows.setdefault(row["standard"], []).append(row)
    return {key: _standard(key, of_one) for key, of_one in rows.items()}


def _standard(key: str, rows: list[dict[str, str]]) -> ShiftStandard:
    shifts = [row for row in rows if row["use"] != "other"]
    width = next((row for row in shifts if row["use"] == "width"), None)
    return ShiftStandard(
        key=key,
        name=rows[0]["name"],
        bands=tuple(
            ShiftBand(float(row["position_cm1"]), float(row["expanded_cm1"]), _strength(row["strength"]))
            for row in shifts
        ),
        telltale_cm1=tuple(float(row["position_cm1"]) for row in shifts if row["use"] == "telltale"),
        others_cm1=tuple(float(row["position_cm1"]) for row in rows if row["use"] == "other"),
        width_band_cm1=None if width is None else float(width["position_cm1"]),
        natural_width_cm1=0.0 if width is None else float(width["natural_width_cm1"]),
        source=shifts[0]["source"],
    )


def _strength(word: str) -> Strength:
    if word not in STRENGTHS:
        raise LibraryError(f"{FILE.name}: strength {word!r}: expected one of {', '.join(STRENGTHS)}")
    return word  # type: ignore[return-value]
