"""What is known of a substance by its name alone: role, identifiers, and which names are one substance."""

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from spectra.label import ROLES, Role

from .starter.tables import SubstanceRecord, load_substances

FORM_WORDS: Final = frozenset(
    {
        *("base", "crystalline", "form", "free", "freebase", "hydrogen", "powder", "salt"),
        *("citrate", "fumarate", "maleate", "phosphate", "sulfate", "sulphate", "tartrate"),
        *("hcl", "hydrobromide", "hydrochloride"),
        *("anhydrate", "anhydrous", "hemihydrate", "hydrate", "monohydrate", "dihydrate", "trihydrate"),
    }
)
"""Words after a substance's name that state a form or salt of it and leave the substance the same."""

_FORM_SPELLINGS: Final = {"hcl": "hydrochloride", "sulphate": "sulfate"}
# ROLES begins with the gravest; the unknown reassures nobody, so it comes right after the alerts.
_GRAVITY: Final = {role: 1.5 if role == "unknown" else float(rank) for rank, role in enumerate(ROLES)}
_CAS: Final = re.compile(r"([0-9]{2,7})-([0-9]{2})-([0-9])")
_INCHIKEY: Final = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")


def is_cas(text: str) -> bool:
    """Whether the text is a CAS registry number with a right check digit.

    The last digit is the sum of the others, each times its place counted from the right,
    modulo 10 (CAS, https://www.cas.org/support/documentation/chemical-substances/checkdig).

    Parameters
    ----------
    text : str
        Such as ``58-08-2``.
    """
    match = _CAS.fullmatch(text)
    if match is None:
        return False
    digits = match.group(1) + match.group(2)
    weighted = sum(place * int(digit) for place, digit in enumerate(reversed(digits), start=1))
    return weighted % 10 == int(match.group(3))


def is_inchikey(text: str) -> bool:
    """Whether the text has the shape of an InChIKey: 14, 10 and 1 capital letters."""
    return _INCHIKEY.fullmatch(text) is not None


def normalise_name(name: str) -> str:
    """Name with neither case, accents, spaces nor punctuation, to compare names by.

    Parameters
    ----------
    name : str
        A name of only punctuation stays as it is, casefolded.
    """
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(character for character in decomposed if character.isalnum())
    return kept or name.casefold()


def find_substance(name: str) -> SubstanceRecord | None:
    """Look a name up in the shipped table.

    The name may be a substance, a synonym, either with a form of the table before or behind
    it, or followed by words of ``FORM_WORDS``. When several forms carry the name, form and
    identifiers are left empty: the name doesn't say which it is. The role is then the
    gravest of them.

    Parameters
    ----------
    name : str
        As a maker wrote it; case, accents, spaces and punctuation don't count.

    Returns
    -------
    SubstanceRecord or None
        None when the table knows nothing of the name.
    """
    return _shipped_index().find(name)


def states_form(name: str) -> bool:
    """Whether a name itself says which salt, hydrate or solid form it means.

    Parameters
    ----------
    name : str
        As a maker wrote it.
    """
    return not FORM_WORDS.isdisjoint(re.sub(r"[()_,]", " ", name.casefold()).split())


def find_by_cas(cas: str) -> SubstanceRecord | None:
    """Look a CAS registry number up in the shipped table.

    Parameters
    ----------
    cas : str
        Compared as it stands; an empty one finds nothing.

    Returns
    -------
    SubstanceRecord or None
        The gravest role when several records carry the number.
    """
    records = [record for record in load_substances() if cas and record.cas == cas]
    return _common(records) if records else None


def find_by_inchikey(inchikey: str) -> SubstanceRecord | None:
    """Look an InChIKey up in the shipped table.

    Parameters
    ----------
    inchikey : str
        Compared whole, so that stereoisomers stay apart; an empty one finds nothing.

    Returns
    -------
    SubstanceRecord or None
        The gravest role when several records carry the key.
    """
    records = [record for record in load_substances() if inchikey and record.inchikey == inchikey]
    return _common(records) if records else None


def gravest_role(roles: Iterable[Role]) -> Role:
    """Role that demands most care: those that alert, then the unknown, then the others.

    Parameters
    ----------
    roles : iterable of str
        At least one of ``spectra.label.ROLES``.
    """
    return min(roles, key=_GRAVITY.__getitem__)


def identity_key(name: str) -> str:
    """Key that all names and forms of one substance share.

    Parameters
    ----------
    name : str
        As a maker wrote it.
    """
    record = find_substance(name)
    return record.identity if record else normalise_name(name)


@dataclass(frozen=True)
class NameIndex:
    """Records by the normalised names they answer to.

    Attributes
    ----------
    exact : mapping of str to records
        Synonyms, and substance or synonym with the form: names that say which form it is.
    bare : mapping of str to records
        Substances without a form.
    """

    exact: Mapping[str, Sequence[SubstanceRecord]]
    bare: Mapping[str, Sequence[SubstanceRecord]]

    @classmethod
    def of(cls, records: Iterable[SubstanceRecord]) -> "NameIndex":
        """Index a table.

        Parameters
        ----------
        records : iterable of SubstanceRecord
            One per substance and form.
        """
        exact: dict[str, list[SubstanceRecord]] = {}
        bare: dict[str, list[SubstanceRecord]] = {}
        for record in records:
            bare.setdefault(normalise_name(record.substance), []).append(record)
            names = {record.substance, *record.synonyms}
            spelt = {f"{name} {record.form}" for name in names} | {f"{record.form} {name}" for name in names}
            for name in {normalise_name(name) for name in spelt | set(record.synonyms)}:
                exact.setdefault(name, []).append(record)
        return cls(exact, bare)

    def find(self, name: str) -> SubstanceRecord | None:
        """Record of a name, as ``find_substance`` explains.

        Parameters
        ----------
        name : str
            As a maker wrote it.
        """
        direct = self._named(name)
        if direct:
            return _common(direct)
        words = re.sub(r"[()_,]", " ", name.casefold()).split()
        for cut in range(len(words) - 1, 0, -1):
            if words[cut] not in FORM_WORDS:
                return None
            records = self._named(" ".join(words[:cut]))
            if records:
                form = " ".join(_FORM_SPELLINGS.get(word, word) for word in words[cut:])
                same = [each for each in records if normalise_name(each.form) == normalise_name(form)]
                return _common(same) if same else _unidentified(_common(records), form)
        return None

    def _named(self, name: str) -> Sequence[SubstanceRecord]:
        key = normalise_name(name)
        return self.exact.get(key) or self.bare.get(key) or ()


@cache
def _shipped_index() -> NameIndex:
    return NameIndex.of(load_substances())


def _common(records: Sequence[SubstanceRecord]) -> SubstanceRecord:
    """Keep what holds for all of the records; the substance is that of the gravest."""
    gravest = min(records, key=lambda record: _GRAVITY[record.role])
    return gravest if len(records) == 1 else _unidentified(gravest, "")


def _unidentified(record: SubstanceRecord, form: str) -> SubstanceRecord:
    return dataclasses.replace(record, form=form, cas="", inchikey="")
