"""The change log of a library: who changed what, when and why, each entry bound to the one before.

Every entry holds the hash of its predecessor (Haber and Stornetta, J. Cryptology 3, 1991, 99), so no
entry can be altered, taken out or put in between without breaking those that follow. Who rewrites
the whole chain is stopped by the signature of a release, which names the hash of the last entry.

The log is outside the content hash: the same measurements built by another hand on another day are the
same content, as with ``created``. Each entry states the content hash that it led to, so a change that
nobody recorded shows.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from spectra.errors import LibraryError

from .canonical import sha256_of

if TYPE_CHECKING:
    from .library import Library

WHATS: Final = (
    "build", "add", "deprecate", "correct", "calibrate", "migrate", "transfer", "validate", "release",
    "approve", "send_back",
)  # fmt: skip
"""What can be done to a library."""

MAX_CHANGES: Final = 100_000
_TEXTS: Final = ("what", "who", "when", "why", "content_sha256", "previous", "sha256")


@dataclass(frozen=True)
class Change:
    """One entry of the log.

    Attributes
    ----------
    what : str
        One of ``WHATS``.
    who : str
        As stated by the caller; empty when nobody said.
    when : str
        ISO time in UTC.
    why : str
        Reason as stated; empty when nobody said.
    references : tuple of str
        Ids it is about; empty where it is about all of them.
    details : mapping
        Plain JSON: counts, what was skipped, the command's settings.
    content_sha256 : str
        Content hash of the library after the change.
    previous : str
        ``sha256`` of the entry before; empty for the first.
    sha256 : str
        Of this entry's other fields.
    """

    what: str
    who: str
    when: str
    why: str
    references: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    content_sha256: str = ""
    previous: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "references", tuple(self.references))
        object.__setattr__(self, "details", MappingProxyType(dict(self.details)))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON of all fields."""
        texts = {name: getattr(self, name) for name in _TEXTS}
        return {**texts, "references": list(self.references), "details": dict(self.details)}


def entry_sha256(change: Change) -> str:
    """SHA-256 of an entry's canonical JSON (sorted keys, ASCII, no blanks) without its own hash.

    Raises
    ------
    LibraryError
        When its details are no plain JSON.
    """
    plain = change.to_dict()
    del plain["sha256"]
    return sha256_of(plain)


def record(
    library: "Library",
    what: str,
    *,
    who: str = "",
    why: str = "",
    references: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
) -> "Library":
    """Append an entry to a library's log.

    To be called last, when the library is as it will be saved: the entry states its content hash.

    Parameters
    ----------
    library : Library
        After the change.
    what : str
        One of ``WHATS``.
    who, why : str
        As the caller states; never invented.
    references : iterable of str
        Ids the change is about; none where it is about all.
    details : mapping, optional
        Plain JSON.

    Returns
    -------
    Library
        A copy, not yet saved.

    Raises
    ------
    LibraryError
        On an unknown ``what`` or details that are no plain JSON.
    """
    if what not in WHATS:
        raise LibraryError(f"change {what!r}: expected one of {', '.join(WHATS)}")
    change = Change(
        what=what,
        who=who,
        when=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        why=why,
        references=tuple(references),
        details=details or {},
        content_sha256=library.content_sha256,
        previous=changes_head(library.changes),
    )
    change = dataclasses.replace(change, sha256=entry_sha256(change))
    recorded = dataclasses.replace(library, changes=(*library.changes, change))
    recorded.__dict__["content_sha256"] = library.content_sha256  # the log is no part of it
    return recorded


def changes_head(changes: Sequence[Change]) -> str:
    """Hash of the last entry, empty without one: what a release signs."""
    return changes[-1].sha256 if changes else ""


def check_changes(changes: Sequence[Change]) -> None:
    """Refuse a log of which an entry was altered, taken out or put in.

    Raises
    ------
    LibraryError
        Names the first entry that does not fit.
    """
    previous = ""
    for number, change in enumerate(changes, start=1):
        if change.previous != previous or change.sha256 != entry_sha256(change):
            raise LibraryError(
                f"entry {number} of the change log ({change.what}, {change.when}) doesn't follow from "
                f"the one before: the log was altered; take the library from its release or from a backup"
            )
        previous = change.sha256


def unrecorded(library: "Library") -> bool:
    """Whether the content is not that of the last entry: somebody changed it without a record."""
    return bool(library.changes) and library.changes[-1].content_sha256 != library.content_sha256


def changes_from(plain: object) -> tuple[Change, ...]:
    """Entries of plain JSON, checked.

    Raises
    ------
    LibraryError
        When it is no log, or one that was altered.
    """
    if not isinstance(plain, list) or len(plain) > MAX_CHANGES:
        raise LibraryError(f"the change log is no list of at most {MAX_CHANGES} entries")
    changes = tuple(_change(each) for each in plain)
    check_changes(changes)
    return changes


def _change(plain: object) -> Change:
    """One entry of plain JSON."""
    if not isinstance(plain, dict) or set(plain) != {*_TEXTS, "references", "details"}:
        raise LibraryError("an entry of the change log has not the fields of one")
    texts = {name: plain[name] for name in _TEXTS}
    references, details = plain["references"], plain["details"]
    if not all(isinstance(text, str) for text in (*texts.values(), *references)) or type(details) is not dict:
        raise LibraryError("an entry of the change log has a value of the wrong kind")
    return Change(references=tuple(references), details=details, **texts)
