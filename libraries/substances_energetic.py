"""Which substances may burn or explode under a laser, and what an answer that names one must say.

An answer is made safe last: whoever changes one afterwards has to do it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal

from spectra.confidence.actions import advised
from spectra.confidence.identification import SAFETY_CODES, Identification, SafetyCode
from spectra.errors import LibraryError

from .starter.tables import SubstanceRecord
from .substances import NameIndex

Kind = Literal["explosive", "precursor"]
CODES: Final[dict[str, SafetyCode]] = {
    "explosive": "possible_explosive",
    "precursor": "explosive_precursor",
}
"""What an answer says of each kind."""

_FILE: Final = Path(__file__).with_name("substances_energetic.tsv")
_COLUMNS: Final = ("substance", "cas", "synonyms", "kind", "source", "verification")


@dataclass(frozen=True)
class Energetic:
    """One substance that no laser may be pointed at without a specialist.

    Attributes
    ----------
    substance : str
        As in the table.
    cas : str
        Empty for preparations.
    synonyms : tuple of str
        Other names.
    kind : str
        ``explosive``; ``precursor`` for oxidisers and explosive precursors that feed a fire.
    source : str
        Why it is in the table.
    verified : bool
        True where it was found at the source, False where it was recalled.
    """

    substance: str
    cas: str
    synonyms: tuple[str, ...]
    kind: str
    source: str
    verified: bool


@cache
def load_energetic() -> tuple[Energetic, ...]:
    """All rows of the table.

    Raises
    ------
    LibraryError
        When the table is malformed; the message names the line.
    """
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    if lines[1].split("\t") != [*_COLUMNS]:
        raise LibraryError(f"{_FILE.name} line 2: expected the columns {', '.join(_COLUMNS)}")
    found = []
    for number, line in enumerate(lines[2:], start=3):
        cells = line.split("\t")
        if len(cells) != len(_COLUMNS) or not cells[0] or cells[3] not in CODES:
            raise LibraryError(
                f"{_FILE.name} line {number}: expected {len(_COLUMNS)} columns and a known kind"
            )
        name, cas, synonyms, kind, source, verification = cells
        others = tuple(each for each in synonyms.split(";") if each)
        found.append(Energetic(name, cas, others, kind, source, verification == "read"))
    return tuple(found)


def energetic_code(name: str, *, cas: str = "") -> SafetyCode | None:
    """Say what must be said of a substance; None where the table does not have it.

    Parameters
    ----------
    name : str
        As a maker wrote it; looked up as ``substances.find_substance`` does.
    cas : str
        Its CAS number, where known: it counts even where the name says something else.
    """
    numbers, names = _known()
    record = names.find(name)
    by_cas, by_name = numbers.get(cas), None if record is None else numbers[record.substance]
    found = [CODES[each.kind] for each in (by_cas, by_name) if each is not None]
    return min(found, key=SAFETY_CODES.index) if found else None


def safety_codes(named: Iterable[tuple[str, str]]) -> tuple[SafetyCode, ...]:
    """Codes of all substances of an answer, most urgent first.

    Parameters
    ----------
    named : iterable of (str, str)
        Name and CAS number of each.
    """
    found = {energetic_code(name, cas=cas) for name, cas in named}
    return tuple(code for code in SAFETY_CODES if code in found)


def made_safe(said: Identification) -> Identification:
    """Answer that knows what is energetic among what it names or hints at, with the action that follows.

    Parameters
    ----------
    said : Identification
        Any answer.
    """
    named = [(entry.label.substance, entry.label.cas) for entry in said.substances]
    hinted = [(hint.table.substance, hint.table.cas) for hint in said.hints]
    return advised(replace(said, safety=safety_codes([*named, *hinted])))


@cache
def _known() -> tuple[dict[str, Energetic], NameIndex]:
    """Rows by CAS number and by substance, and an index of their names."""
    rows = load_energetic()
    numbers = {key: row for row in rows for key in (row.substance, row.cas) if key}
    records = (
        SubstanceRecord(row.substance, "", row.cas, "", "unknown", row.synonyms, "", "", "", "", row.verified)
        for row in rows
    )
    return numbers, NameIndex.of(records)
