"""Rows of the list of references: which there are, which a filter leaves, in which order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from libraries.curation.findings import SEVERITIES, Finding
from libraries.library import Library
from libraries.reference import Reference
from libraries.review import Review


@dataclass(frozen=True)
class Row:
    """One reference in the list.

    Attributes
    ----------
    reference : Reference
        It.
    review : Review
        What the log says of it.
    found : mapping of str to int
        How many findings of each severity name it.
    """

    reference: Reference
    review: Review
    found: Mapping[str, int]


@dataclass(frozen=True)
class Filter:
    """What is looked for; empty texts leave all."""

    text: str = ""
    state: str = ""
    severity: str = ""

    def keeps(self, row: Row) -> bool:
        """Whether a row is shown."""
        label, provenance = row.reference.label, row.reference.provenance
        words = f"{label.substance} {label.form} {label.cas} {label.id} {label.role} {provenance.file}"
        return (
            all(word in words.casefold() for word in self.text.casefold().split())
            and self.state in ("", row.review.state)
            and (not self.severity or row.found[self.severity] > 0)
        )


def rows_of(library: Library, reviews: Mapping[str, Review], findings: Sequence[Finding]) -> tuple[Row, ...]:
    """All references in use, by name, form and id.

    Parameters
    ----------
    library : Library
        Their library.
    reviews : mapping of str to Review
        Of ``reviews_of``.
    findings : sequence of Finding
        Of ``lint_library``; none while they are not known.
    """
    found = count_findings(findings)
    used = [reference for reference in library.references if not reference.deprecated]
    return tuple(Row(each, reviews[each.id], found[each.id]) for each in sorted(used, key=_order))


def count_findings(findings: Iterable[Finding]) -> Mapping[str, Counter[str]]:
    """How many findings of each severity name each id."""
    found: dict[str, Counter[str]] = defaultdict(lambda: Counter(dict.fromkeys(SEVERITIES, 0)))
    for finding in findings:
        for each in finding.references:
            found[each][finding.severity] += 1
    return found


def neighbours(rows: Sequence[Row], reference_id: str) -> tuple[str, str]:
    """Id before and after one in the list; empty at its ends.

    Parameters
    ----------
    rows : sequence of Row
        Of ``rows_of``.
    reference_id : str
        One of them, or not.
    """
    ids = [row.reference.id for row in rows]
    if reference_id not in ids:
        return "", ""
    place = ids.index(reference_id)
    return ids[place - 1] if place else "", ids[place + 1] if place + 1 < len(ids) else ""


def _order(reference: Reference) -> tuple[str, str, str]:
    return reference.label.substance.casefold(), reference.label.form.casefold(), reference.id
