"""What tables of nodes are made of."""

from dataclasses import dataclass, replace
from typing import Final, Literal

Kind = Literal["object", "variable", "property", "method"]
Argument = tuple[str, str, int]
"""Name, data type, value rank."""

SCALAR: Final = -1
ARRAY: Final = 1


@dataclass(frozen=True)
class Member:
    """A node below another.

    Attributes
    ----------
    name : str
        Browse name.
    kind : str
        ``object``, ``variable``, ``property`` or ``method``.
    type : str
        Type definition: one of ``TYPES`` or of the base namespace.
    data : str
        Data type of a value: one of ``ENUMERATIONS`` or of the base namespace.
    rank : int
        -1 for a single value, 1 for a list.
    group : str
        Functional group that organizes it.
    reference : str
        From the parent; by default the usual one of the kind.
    writable : bool
        Whether clients may write it.
    about : str
        Description.
    inputs, outputs : tuple of Argument
        Of a method.
    members : tuple of Member
        Below it.
    """

    name: str
    kind: Kind = "variable"
    type: str = "DataItemType"
    data: str = "String"
    rank: int = SCALAR
    group: str = ""
    reference: str = ""
    writable: bool = False
    about: str = ""
    inputs: tuple[Argument, ...] = ()
    outputs: tuple[Argument, ...] = ()
    members: "tuple[Member, ...]" = ()


@dataclass(frozen=True)
class Type:
    """A type of objects or of variables."""

    name: str
    base: str
    members: tuple[Member, ...] = ()
    abstract: bool = False
    variable: bool = False
    states: tuple[tuple[str, int], ...] = ()


def property_(name: str, data: str = "String", rank: int = SCALAR, about: str = "") -> Member:
    """Make a property."""
    return Member(name, "property", "PropertyType", data, rank, about=about)


def object_(name: str, type_: str, *members: Member) -> Member:
    """Make an object."""
    return Member(name, "object", type_, members=members)


def method_(
    name: str, inputs: tuple[Argument, ...] = (), outputs: tuple[Argument, ...] = (), about: str = ""
) -> Member:
    """Make a method."""
    return Member(name, "method", about=about, inputs=inputs, outputs=outputs)


def groups_(*names: str) -> tuple[Member, ...]:
    """Make functional groups."""
    return tuple(object_(name, "FunctionalGroupType") for name in names)


def grouped_(group: str, *members: Member) -> tuple[Member, ...]:
    """Put parameters into a functional group."""
    return tuple(replace(each, group=group) for each in members)
