"""What the shipped table says of a stated name, CAS number and InChIKey together, where they disagree too."""

from dataclasses import dataclass

from spectra.label import ALERT_ROLES, Role

from .starter.tables import SubstanceRecord
from .substances import (
    find_by_cas,
    find_by_inchikey,
    find_substance,
    gravest_role,
    identity_key,
    normalise_name,
)


@dataclass(frozen=True)
class Known:
    """What the table knows of a reference as it was stated.

    Attributes
    ----------
    identity : str
        That of the name where the table has it, else of the CAS number, else of the InChIKey.
    role : str
        Of the record that was found; the gravest where name and identifiers disagree.
    conflicts : tuple of str
        Each says which identifier is of which other substance.
    """

    identity: str
    role: Role
    conflicts: tuple[str, ...] = ()


def find_stated(substance: str, *, form: str = "", cas: str = "", inchikey: str = "") -> Known:
    """Look up all that was stated of a reference.

    Parameters
    ----------
    substance, form, cas, inchikey : str
        As a maker wrote them; empty where nothing was stated.
    """
    named = find_named(substance, form)
    marked = (
        (f"CAS {cas}", find_by_cas(cas)),
        (f"InChIKey {inchikey}", find_by_inchikey(inchikey)),
    )
    found = [record for record in (*(record for _, record in marked), named) if record is not None]
    if not found:
        return Known(normalise_name(substance), "unknown")
    identity = (named or found[0]).identity
    foreign = [(what, record) for what, record in marked if record and record.identity != identity]
    role = gravest_role(record.role for record in found) if foreign else found[0].role
    return Known(identity, role, tuple(f"{what} is that of {record.substance}" for what, record in foreign))


def find_named(substance: str, form: str = "") -> SubstanceRecord | None:
    """Look up a name with its form, else the name alone.

    Parameters
    ----------
    substance, form : str
        As a maker wrote them.
    """
    return find_substance(f"{substance} {form}") or find_substance(substance)


def settled_role(stated: Role | None, known: Role) -> Role:
    """Role that a reference gets: a role of the table that alerts is never weakened by what was stated.

    Parameters
    ----------
    stated : str or None
        By the maker.
    known : str
        By the table.
    """
    if stated is None or (known in ALERT_ROLES and gravest_role((stated, known)) != stated):
        return known
    return stated


def one_substance(one: str, other: str) -> bool:
    """Whether the table or their spelling makes two names one substance."""
    return identity_key(one) == identity_key(other)
