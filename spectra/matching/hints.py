"""Hints: unverified band tables (grade E), a reason to look, never evidence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HintTable:
    """Recalled bands of one substance.

    Attributes
    ----------
    substance, form, cas : str
        What the table claims to describe.
    bands_cm1 : tuple of float
        Positions as recalled, cm⁻¹.
    strong : tuple of bool
        Which of them were recalled as strong.
    source : str
        Where the recollection is believed to stem from.
    """

    substance: str
    form: str
    cas: str
    bands_cm1: tuple[float, ...]
    strong: tuple[bool, ...]
    source: str = ""


@dataclass(frozen=True)
class Hint:
    """Agreement of a spectrum with a recalled band table.

    Attributes
    ----------
    table : HintTable
        The recollection that fired.
    found_cm1 : tuple of float
        Where the spectrum has the bands, one per band of the table.
    """

    table: HintTable
    found_cm1: tuple[float, ...]
