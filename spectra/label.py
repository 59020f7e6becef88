"""What the decision has to know of a reference: its name, what it means, how good it is."""

from dataclasses import dataclass
from typing import Final, Literal

from .errors import LabelError

Role = Literal[
    "controlled", "precursor", "cutting agent", "solvent", "packaging", "calibration", "benign", "unknown"
]
Grade = Literal["A", "B", "C", "D", "E"]

ROLES: Final[tuple[Role, ...]] = (
    "controlled",
    "precursor",
    "cutting agent",
    "solvent",
    "packaging",
    "calibration",
    "benign",
    "unknown",
)
ALERT_ROLES: Final[frozenset[Role]] = frozenset({"controlled", "precursor"})
"""Roles that raise the alert at any verdict that names one."""

GRADES: Final[dict[Grade, str]] = {
    "A": "measured on this instrument",
    "B": "measured on another instrument",
    "C": "bands fitted from a measured spectrum",
    "D": "published band table",
    "E": "recalled, unverified",
}


@dataclass(frozen=True)
class Label:
    """Name, meaning and quality of one reference.

    Attributes
    ----------
    id : str
        Unique within a library.
    substance : str
        Name as the library's maker wrote it.
    form : str
        Solid form, salt or state; empty when not stated.
    cas : str
        CAS registry number; empty when not stated.
    inchikey : str
        Standard InChIKey; empty when not stated.
    role : str
        One of ``ROLES``.
    grade : str
        Evidence grade, one of ``GRADES``.
    identity : str
        Key that is the same for all names of one substance, so that synonyms and forms
        are left out together; the casefolded substance name unless a table knows better.
    deprecated : str
        Why the reference is no longer used; empty while it is. It stays in its library, never a candidate.

    Raises
    ------
    LabelError
        On an empty id or substance, an unknown role or an unknown grade.
    """

    id: str
    substance: str
    form: str = ""
    cas: str = ""
    inchikey: str = ""
    role: Role = "unknown"
    grade: Grade = "B"
    identity: str = ""
    deprecated: str = ""

    def __post_init__(self) -> None:
        if not self.id or not self.substance:
            raise LabelError(f"label id {self.id!r}, substance {self.substance!r}: expected both")
        if self.role not in ROLES:
            raise LabelError(f"role {self.role!r} of {self.substance}: expected one of {', '.join(ROLES)}")
        if self.grade not in GRADES:
            raise LabelError(f"grade {self.grade!r} of {self.substance}: expected one of {', '.join(GRADES)}")
        if not self.identity:
            object.__setattr__(self, "identity", self.substance.casefold())
