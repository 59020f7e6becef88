"""The list of a batch's files, on disk: memory stays the same however many there are.

A scratch database, made anew by every run from the inputs and the journal, and gone when it ends.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from .journal import Done, Identity, Journal
from .walking import Place

_TABLE: Final = """
CREATE TABLE work (
    root INTEGER NOT NULL, file BLOB NOT NULL UNIQUE, path BLOB UNIQUE, place INTEGER,
    size INTEGER, mtime_ns INTEGER, sha256 TEXT, PRIMARY KEY (root, file)
) WITHOUT ROWID
"""
_FIELDS: Final = "root, file, path, place, size, mtime_ns, sha256"
_PAGE: Final = 500


@dataclass(frozen=True)
class Item:
    """One file of the list.

    Attributes
    ----------
    root : int
        Which input it comes from.
    file : str
        What results call it.
    path : str or None
        What opens it; None for one that is done and was not found again.
    place : int or None
        Where the journal tells of it; None for one that is not done.
    identity : Identity
        Of the content that the journal tells of.
    """

    root: int
    file: str
    path: str | None
    place: int | None
    identity: Identity


class WorkList:
    """Files in the order of the output: by input, below a folder by name."""

    def __init__(self) -> None:
        # an empty name is a private file of SQLite's own, which it removes
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=OFF")
        self._base.execute("PRAGMA cache_size=-4000")  # kilobytes
        self._base.execute(_TABLE)

    def __enter__(self) -> "WorkList":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def __len__(self) -> int:
        return int(self._base.execute("SELECT COUNT(*) FROM work").fetchone()[0])

    def add(self, places: Iterable[Place]) -> None:
        """Add what was found; a file that two inputs reach stands once.

        Where another file has the name already, the later one is called by its path as typed.
        """
        insert = "INSERT OR IGNORE INTO work (root, file, path) VALUES (?, ?, ?)"
        self._base.execute("BEGIN")
        for place in places:
            path = os.fsencode(os.path.abspath(place.path))
            known = "SELECT 1 FROM work WHERE path = ?"
            for file in (place.file, place.typed):
                if self._base.execute(known, (path,)).fetchone():
                    break
                self._base.execute(insert, (place.root, _bytes(file), path))
        self._base.execute("COMMIT")

    def recall(self, journal: Journal) -> int:
        """Note all that a journal tells of.

        Returns
        -------
        int
            Last entry of the case log that it tells of; 0 for none.
        """
        last = 0
        self._base.execute("BEGIN")
        for place, done in journal.done():
            self.note(done, place)
            last = max(last, done.entry)
        self._base.execute("COMMIT")
        return last

    def note(self, done: Done, place: int) -> None:
        """Note that a file is done, and where the journal tells of it."""
        told = done.identity
        self._base.execute(
            "INSERT INTO work (root, file, place, size, mtime_ns, sha256) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (file) DO UPDATE SET place = excluded.place, size = excluded.size, "
            "mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256",
            (done.root, _bytes(done.file), place, told.size, told.mtime_ns, told.sha256),
        )

    def items(self) -> Iterator[Item]:
        """Every file, in order; what is noted meanwhile is seen."""
        at: tuple[int, bytes] = (-1, b"")
        query = f"SELECT {_FIELDS} FROM work WHERE (root, file) > (?, ?) ORDER BY root, file LIMIT {_PAGE}"
        while rows := self._base.execute(query, at).fetchall():
            for root, file, path, place, size, mtime_ns, sha256 in rows:
                known = Identity() if place is None else Identity(size, mtime_ns, sha256)
                opened = None if path is None else os.fsdecode(path)
                yield Item(root, _text(file), opened, place, known)
            at = (rows[-1][0], rows[-1][1])


def _bytes(text: str) -> bytes:
    """Names may hold what is no character: the system gave them so."""
    return text.encode("utf-8", "surrogatepass")


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")
