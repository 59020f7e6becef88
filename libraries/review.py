"""Review: which references somebody has looked at and approved, or sent back, and why.

The change log is the only truth: an ``approve`` or ``send_back`` entry names the references and, of each,
the hash of the record that was looked at. Nothing is stored with the reference. A decision lapses when
the reference it was about is no longer what it was, whether or not that change was recorded.
As a release signs the head of the log, it also states which references were approved.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from spectra.errors import LibraryError

from .canonical import sha256_of
from .changes import record
from .library import Library
from .reference import Reference

Decision = Literal["approve", "send_back"]
State = Literal["open", "approved", "sent_back", "lapsed"]

DECISIONS: Final[tuple[Decision, ...]] = ("approve", "send_back")
STATES: Final[tuple[State, ...]] = ("sent_back", "lapsed", "open", "approved")
"""What needs work first, first."""

_DIGITS: Final = 32
_STATE: Final[Mapping[str, State]] = {"approve": "approved", "send_back": "sent_back"}


@dataclass(frozen=True)
class Review:
    """What the log says of one reference.

    Attributes
    ----------
    state : str
        ``open``: nobody decided; ``approved``; ``sent_back``; ``lapsed``: its record was changed since.
    who, when, why : str
        Of the last decision; empty where nobody decided.
    number : int
        Which entry of the log that is, from 1; 0 for none.
    """

    state: State = "open"
    who: str = ""
    when: str = ""
    why: str = ""
    number: int = 0


OPEN: Final = Review()


def record_sha256(reference: Reference) -> str:
    """First 32 hexadecimal digits of the SHA-256 over what a reference's label and provenance state.

    The label's id stands for spectrum, name and form (``libraries.reference.reference_id``). What is not
    stated does not count, so that a later field changes nothing where it is empty.

    Parameters
    ----------
    reference : Reference
        Of any technique.
    """
    tables = {"label": asdict(reference.label), "provenance": asdict(reference.provenance)}
    plain = {
        table: {name: value for name, value in fields.items() if value not in ("", None)}
        for table, fields in tables.items()
    }
    return sha256_of(plain)[:_DIGITS]


def decide(library: Library, decision: Decision, ids: Iterable[str], *, who: str, why: str = "") -> Library:
    """Approve references, or send them back.

    Parameters
    ----------
    library : Library
        Its content stays as it is; a release that it has goes, as with any change.
    decision : str
        One of ``DECISIONS``.
    ids : iterable of str
        References that are in use.
    who : str
        Who looked at them.
    why : str
        Reason; needed to send back.

    Returns
    -------
    Library
        A copy with one more entry in its log, not yet saved.

    Raises
    ------
    LibraryError
        Nobody named, no reason to send back, no reference, or one that is unknown or deprecated.
    """
    wanted = tuple(dict.fromkeys(ids))
    if decision not in DECISIONS:
        raise LibraryError(f"decision {decision!r}: expected one of {', '.join(DECISIONS)}")
    if not who.strip():
        raise LibraryError("nobody named: say who decides, a decision without a name counts for nothing")
    if decision == "send_back" and not why.strip():
        raise LibraryError("no reason given: say what is wrong, so that somebody can mend it")
    if not wanted:
        raise LibraryError("no reference given: say which are meant")
    for each in wanted:
        reference = library.by_id.get(each)
        if reference is None:
            raise LibraryError(f"reference {each}: library {library.name!r} has none of that id")
        if reference.deprecated:
            raise LibraryError(f"reference {each} is deprecated ({reference.deprecated}): nothing to decide")
    records = {each: record_sha256(library.by_id[each]) for each in wanted}
    return record(
        library,
        decision,
        who=who.strip(),
        why=why.strip(),
        references=wanted,
        details={"records": records},
    )


def reviews_of(library: Library) -> dict[str, Review]:
    """Read from the log how each reference that is in use stands.

    Parameters
    ----------
    library : Library
        Its log was checked when it was opened.

    Returns
    -------
    dict of str to Review
        By id, in the order of the library.
    """
    last: dict[str, tuple[Review, object]] = {}
    for number, change in enumerate(library.changes, start=1):
        if change.what in _STATE:
            records: Any = change.details.get("records")
            told = records if isinstance(records, Mapping) else {}
            review = Review(_STATE[change.what], change.who, change.when, change.why, number)
            last |= {each: (review, told.get(each)) for each in change.references}
    return {
        reference.id: _judged(reference, *last[reference.id]) if reference.id in last else OPEN
        for reference in library.references
        if not reference.deprecated
    }


def tally(reviews: Mapping[str, Review]) -> dict[State, int]:
    """How many references are in each state, all states named.

    Parameters
    ----------
    reviews : mapping of str to Review
        Of ``reviews_of``.
    """
    counts = Counter(review.state for review in reviews.values())
    return {state: counts[state] for state in STATES}


def _judged(reference: Reference, review: Review, seen: object) -> Review:
    """Decision as it stands today: lapsed where the record is another one."""
    if seen == record_sha256(reference):
        return review
    return Review("lapsed", review.who, review.when, review.why, review.number)
