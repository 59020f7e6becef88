"""One remark on a library: what was found, how grave it is, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from ..reference import Reference

Severity = Literal["error", "warning", "info"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
"""An error makes answers wrong, a warning makes them worse, an info is a gap in the record."""


@dataclass(frozen=True)
class Finding:
    """One curation remark.

    Attributes
    ----------
    code : str
        What kind, one word with underscores.
    severity : str
        One of ``SEVERITIES``.
    references : tuple of str
        Ids of the references it is about; empty where it is about what is not in the library.
    names : tuple of str
        Substances it is about, each once, in the order of the library.
    message : str
        What was found, with its figures.
    remedy : str
        What to do about it.
    """

    code: str
    severity: Severity
    references: tuple[str, ...]
    names: tuple[str, ...]
    message: str
    remedy: str


def shown(reference: Reference) -> str:
    """Name, form where stated, and file of a reference, as messages tell it."""
    form = f" ({reference.label.form})" if reference.label.form else ""
    file = f" [{reference.provenance.file}]" if reference.provenance.file else ""
    return f"{reference.label.substance}{form}{file}"


def names_of(references: Iterable[Reference]) -> tuple[str, ...]:
    """Substances of references, each once, in their order."""
    return tuple(dict.fromkeys(reference.label.substance for reference in references))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by severity, then code, then names and ids, so that the same library gives the same list."""
    rank = {severity: place for place, severity in enumerate(SEVERITIES)}
    return tuple(
        sorted(findings, key=lambda each: (rank[each.severity], each.code, each.names, each.references))
    )
