"""The journal of a batch: one line of JSON for each file that is done.

The first line states the settings; a batch with other settings never goes on from it. A write that a crash
cut short leaves a torn last line, which the next run takes off: that file is done again. Every other line
must be whole, or the journal is refused.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from spectra.errors import BatchError

from ..canonical import sha256_of

SCHEMA: Final = "contraspec.journal/1"
MAX_LINE_BYTES: Final = 2**30
_FIELDS: Final = frozenset({"root", "file", "size", "mtime_ns", "sha256", "entry", "rows"})


@dataclass(frozen=True)
class Identity:
    """Which content a file had.

    Attributes
    ----------
    size : int
        Bytes; -1 for a file that could not be opened.
    mtime_ns : int
        When it was changed last; -1 likewise.
    sha256 : str
        Of its bytes; empty where they could not be read.
    """

    size: int = -1
    mtime_ns: int = -1
    sha256: str = ""


@dataclass(frozen=True)
class Done:
    """One file that is done.

    Attributes
    ----------
    root : int
        Which input it came from.
    file : str
        What results call it.
    identity : Identity
        Of the content that was answered.
    rows : tuple of mapping
        Result and error records, in the order of the file.
    entry : int
        Last entry of the case log about it; 0 without a log.
    """

    root: int
    file: str
    identity: Identity
    rows: tuple[Mapping[str, Any], ...]
    entry: int = 0


class Journal:
    """Append-only file of what is done; made by `open_journal`, to be closed by its user."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sync()
        self._file.close()

    def append(self, done: Done) -> int:
        """Add a file; the system has the line when this returns, so that a kill loses nothing.

        Returns
        -------
        int
            Where the line begins, for `read_at`.
        """
        place = self._file.seek(0, os.SEEK_END)
        self._file.write(_line(_plain(done)))
        self._file.flush()
        return place

    def sync(self) -> None:
        """Force everything to the disk, against a power cut."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def read_at(self, place: int) -> Done:
        """Read the line that begins at a place."""
        self._file.seek(place)
        return _done(self._file.readline(MAX_LINE_BYTES), self.path)

    def done(self) -> Iterator[tuple[int, Done]]:
        """Every line after the settings, with the place where it begins."""
        self._file.seek(0)
        place = len(self._file.readline(MAX_LINE_BYTES))
        while True:
            self._file.seek(place)
            line = self._file.readline(MAX_LINE_BYTES)
            if not line:
                return
            yield place, _done(line, self.path)
            place += len(line)


def open_journal(
    path: str | os.PathLike[str], settings: Mapping[str, Any], *, restart: bool = False
) -> Journal:
    """Open a journal to go on, or begin one.

    Parameters
    ----------
    path : path
        The journal.
    settings : mapping
        Plain JSON: everything that the answers depend on.
    restart : bool
        Forget what is done and begin anew.

    Raises
    ------
    BatchError
        A journal of other settings (which ones is said), or no journal at all.
    WriteError
        When it cannot be written.
    """
    from spectra.errors import WriteError

    target = Path(path)
    head = {"schema": SCHEMA, "fingerprint": sha256_of(settings), "settings": dict(settings)}
    try:
        if restart or not target.exists() or not _mend(target):
            target.write_bytes(_line(head))
        else:
            _check_head(target, head)
        return Journal(target, open(target, "r+b"))
    except OSError as error:
        raise WriteError(f"{path}: the journal cannot be written: {error.strerror or error}") from error


def _mend(target: Path) -> int:
    """Take off a torn last line; bytes that are left."""
    with open(target, "r+b") as file:
        end = file.seek(0, os.SEEK_END)
        keep, step = end, 2**16
        while keep:
            start = max(0, keep - step)
            file.seek(start)
            cut = file.read(keep - start).rfind(b"\n")
            if cut >= 0:
                keep = start + cut + 1
                break
            keep = start
        if keep < end:
            file.truncate(keep)
    return keep


def _check_head(target: Path, head: Mapping[str, Any]) -> None:
    with open(target, "rb") as file:
        first = file.readline(MAX_LINE_BYTES)
    try:
        then = json.loads(first)
        known = then["schema"] == SCHEMA and isinstance(then["settings"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        raise BatchError(f"{target}: not a journal of this version of contraspec: --restart begins anew")
    if then["fingerprint"] == head["fingerprint"]:
        return
    settings = head["settings"]
    names = sorted({*then["settings"], *settings})
    other = [name for name in names if then["settings"].get(name) != settings.get(name)]
    raise BatchError(
        f"{target}: this batch was begun with other settings ({', '.join(other)}): give those of then to go "
        f"on, --restart to begin anew, or another output"
    )


def _line(plain: Mapping[str, Any]) -> bytes:
    # rows keep the order of their fields: it is that of the output
    return json.dumps(plain, ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"


def _plain(done: Done) -> dict[str, Any]:
    identity = done.identity
    return {
        "root": done.root,
        "file": done.file,
        "size": identity.size,
        "mtime_ns": identity.mtime_ns,
        "sha256": identity.sha256,
        "entry": done.entry,
        "rows": list(done.rows),
    }


def _done(line: bytes, path: Path) -> Done:
    try:
        read = json.loads(line)
        plain = {name: read[name] for name in _FIELDS}
        identity = Identity(int(plain["size"]), int(plain["mtime_ns"]), str(plain["sha256"]))
        rows = tuple(dict(row) for row in plain["rows"])
        return Done(int(plain["root"]), str(plain["file"]), identity, rows, int(plain["entry"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BatchError(
            f"{path}: a line of the journal is damaged ({error}): take it from a backup, or --restart"
        ) from error
