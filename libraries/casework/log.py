"""The case log: one line for each thing that happened, each bound to the one before.

Every entry holds its number and the hash of its predecessor (Haber and Stornetta, J. Cryptology 3, 1991,
99): none can be edited, taken out, put in or moved without breaking what follows. What was cut off at the
end breaks nothing, so the hash of the last entry (the head) is kept beside the log and printed on every
report and in every evidence file: ``verify_log`` compares with any of them.

A write that was cut short by a crash leaves a torn last line. The next append takes it out and says so in
an entry of its own, with the hash of the fragment; nothing that was whole is ever taken out.
"""

import datetime
import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spectra._atomic import write_atomically
from spectra.errors import CaseError

from ..canonical import canonical, sha256_of

SCHEMA: Final = "contraspec.log/1"
WHATS: Final = ("result", "error", "override", "confirmation", "instrument_check", "recovered")
"""What an entry may be about."""

MAX_LINE_BYTES: Final = 1_000_000
LOCK_SECONDS: Final = 10.0
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL})
"""What systems say of a file that cannot be locked."""
_BEGIN: Final = b'{"details":{'
"""How every entry begins: keys are sorted."""
_FIELDS: Final = frozenset({"schema", "number", "what", "when", "details", "previous", "sha256"})


@dataclass(frozen=True)
class Entry:
    """One line of the log.

    Attributes
    ----------
    number : int
        From 1, without gaps.
    what : str
        One of ``WHATS``.
    when : str
        ISO time in UTC, by the clock of the machine.
    details : mapping
        Plain JSON.
    previous : str
        Hash of the entry before; empty for the first.
    sha256 : str
        Of all other fields.
    """

    number: int
    what: str
    when: str
    details: Mapping[str, Any]
    previous: str
    sha256: str


@dataclass(frozen=True)
class Head:
    """The last entry: how many there are, and its hash (empty without any)."""

    number: int
    sha256: str


def append(path: str | os.PathLike[str], what: str, details: Mapping[str, Any]) -> Entry:
    """Add an entry, forced to the disk before this returns.

    Parameters
    ----------
    path : path
        The log; made where there is none. Several processes may append to one log.
    what : str
        One of ``WHATS``.
    details : mapping
        Plain JSON.

    Raises
    ------
    CaseError
        Details that are no JSON, a log that was altered, is held by another process for longer than
        ``LOCK_SECONDS``, cannot be locked or cannot be written.
    """
    if what not in WHATS or what == "recovered":
        raise CaseError(f"log entry {what!r}: expected one of {', '.join(WHATS[:-1])}")
    target = Path(path)
    _check_ours(target)
    with _locked(target):
        try:
            head = _mended(target)
            return _write(target, head, what, details)
        except OSError as error:
            raise CaseError(f"{path}: the case log cannot be written: {error.strerror or error}") from error


def read_log(path: str | os.PathLike[str]) -> Iterator[Entry]:
    """Entries in their order, each checked against the one before; memory does not grow with the log.

    Raises
    ------
    CaseError
        A log that cannot be read, or the first entry that does not follow.
    """
    previous = ""
    for number, (line, whole) in enumerate(_lines(Path(path)), start=1):
        if not whole:
            raise CaseError(
                f"{path}: line {number} is cut short, as by a crash while it was written; the next entry "
                f"that contraspec adds takes it out and says so"
            )
        entry = _parsed(line, path, number)
        if entry.previous != previous or entry.number != number:
            raise CaseError(
                f"{path}: entry {number} does not follow from the one before: the log was altered; "
                f"take it from a backup"
            )
        previous = entry.sha256
        yield entry


def verify_log(path: str | os.PathLike[str], *, expected: str | None = None) -> Head:
    """Check a whole log, its end included.

    Parameters
    ----------
    path : path
        The log.
    expected : str, optional
        Head hash, whole or its first digits, of a report or an evidence file: it must be that of an
        entry of this log, not necessarily the last.

    Returns
    -------
    Head
        Of the log as it stands.

    Raises
    ------
    CaseError
        Something was edited, removed, put in or moved, entries are missing at the end, or no entry has
        the expected hash.
    """
    head, seen = Head(0, ""), expected is None
    kept = read_head(path)
    kept_seen = kept is None or kept.number == 0
    for entry in read_log(path):
        head = Head(entry.number, entry.sha256)
        seen = seen or (expected is not None and entry.sha256.startswith(expected.casefold()))
        kept_seen = kept_seen or head == kept
    if not kept_seen and kept is not None:
        raise CaseError(
            f"{path}: {head.number} entries, but entry {kept.number} was the last when it was written "
            f"({_head_path(Path(path)).name}): entries were taken off the end"
        )
    if not seen:
        raise CaseError(
            f"{path}: no entry has the hash {expected}: entries were taken off the end, or the report "
            f"belongs to another log"
        )
    return head


def read_head(path: str | os.PathLike[str]) -> Head | None:
    """Read what was kept beside the log as its last entry; None where nothing was.

    Raises
    ------
    CaseError
        A file that is none of ours.
    """
    beside = _head_path(Path(path))
    try:
        plain = json.loads(beside.read_bytes())
        return Head(int(plain["number"]), str(plain["sha256"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CaseError(f"{beside}: not the head of a case log ({error}); take it from a backup") from error


def _write(target: Path, head: Head, what: str, details: Mapping[str, Any]) -> Entry:
    """Append one line and keep the new head."""
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "number": head.number + 1,
        "what": what,
        "when": when,
        "details": dict(details),
        "previous": head.sha256,
    }
    plain["sha256"] = sha256_of(plain, refuse=CaseError)
    line = canonical(plain, refuse=CaseError) + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise CaseError(f"log entry of {len(line)} bytes: expected at most {MAX_LINE_BYTES}")
    with open(target, "ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    _keep_head(target, plain["number"], plain["sha256"])
    return Entry(plain["number"], what, when, plain["details"], plain["previous"], plain["sha256"])


def _check_ours(target: Path) -> None:
    """Refuse a folder that is not there and a file that is no log, before anything is put beside it."""
    if not target.parent.is_dir():
        raise CaseError(f"{target}: there is no such folder: make it, or name another log")
    try:
        with open(target, "rb") as file:
            begin = file.read(len(_BEGIN))
    except FileNotFoundError:
        return
    except OSError as error:
        raise CaseError(f"{target}: the case log cannot be read: {error.strerror or error}") from error
    if not _BEGIN.startswith(begin) or (begin != _BEGIN and read_head(target) is None and begin):
        raise CaseError(f"{target}: not a case log: name another file, this one stays as it is")


def _mended(target: Path) -> Head:
    """Head of the log, after a torn last line was taken out."""
    kept = read_head(target)
    if not target.exists():
        if kept is not None and kept.number:
            raise CaseError(f"{target}: the case log is gone, but it had {kept.number} entries; restore it")
        return Head(0, "")
    last, fragment = _tail(target)
    head = Head(0, "")
    if last:
        entry = _parsed(last, target, None)
        head = Head(entry.number, entry.sha256)
    if kept is not None and (head.number < kept.number or (head.number == kept.number and head != kept)):
        raise CaseError(
            f"{target}: {head.number} entries, but entry {kept.number} was the last when it was written: "
            f"the log was altered; take it from a backup"
        )
    if not fragment:
        return head
    if not fragment.startswith(_BEGIN[: len(fragment)]):
        raise CaseError(f"{target}: what stands at the end is no entry: the log was altered")
    with open(target, "r+b") as file:
        file.truncate(target.stat().st_size - len(fragment))
    told = {"bytes": len(fragment), "fragment_sha256": hashlib.sha256(fragment).hexdigest()}
    entry = _write(target, head, "recovered", told)
    return Head(entry.number, entry.sha256)


def _tail(target: Path) -> tuple[bytes, bytes]:
    """Last whole line, and what stands behind it."""
    with open(target, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 2 * MAX_LINE_BYTES))
        end = file.read()
    whole, _, fragment = end.rpartition(b"\n")
    return whole.rpartition(b"\n")[2], fragment


def _lines(target: Path) -> Iterator[tuple[bytes, bool]]:
    """Lines, and whether each is whole; bounded, whatever the file holds."""
    try:
        with open(target, "rb") as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                yield line, line.endswith(b"\n")
    except OSError as error:
        raise CaseError(f"{target}: the case log cannot be read: {error.strerror or error}") from error


def _parsed(line: bytes, path: object, number: int | None) -> Entry:
    """One entry, its own hash checked."""
    where = f"{path}: entry {number}" if number else f"{path}: the last entry"
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{where} is no entry of a case log ({error}): the log was altered") from error
    if not isinstance(plain, dict) or set(plain) != _FIELDS or plain["schema"] != SCHEMA:
        raise CaseError(f"{where} is no entry of a log of schema {SCHEMA}")
    own = plain.pop("sha256")
    if own != sha256_of(plain, refuse=CaseError) or canonical({**plain, "sha256": own}) != line.rstrip(b"\n"):
        raise CaseError(f"{where} was altered: its hash is not that of its content")
    return Entry(plain["number"], plain["what"], plain["when"], plain["details"], plain["previous"], own)


def _keep_head(target: Path, number: int, sha256: str) -> None:
    write_atomically(str(_head_path(target)), canonical({"number": number, "sha256": sha256}) + b"\n")


def _head_path(target: Path) -> Path:
    return target.with_name(target.name + ".head")


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Hold the log for one process at a time; the lock of a process that died is free."""
    from filelock import FileLock, Timeout  # only where a log is written

    lock = FileLock(str(target.with_name(target.name + ".lock")), timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except (Timeout, OSError) as error:
        raise CaseError(f"{target}: {_why_not_locked(target, error)}") from error
    try:
        yield
    finally:
        lock.release()


def _why_not_locked(target: Path, error: Exception) -> str:
    """Say why a lock was not had: held by another, a file system without locks, or no right to it."""
    told = error if isinstance(error, OSError) and not isinstance(error, TimeoutError) else None
    cause = _cannot_lock(target.parent) if told is None or told.errno in _NO_LOCKS else ""
    if cause:
        return (
            f"the file system of this folder cannot lock files ({cause}), so two programs could spoil "
            f"the case log; keep the log on a disk of this computer"
        )
    if told is None:
        return f"another process has held the case log for {LOCK_SECONDS:g} s; try again"
    return f"the case log cannot be written: {told.strerror or told}"


def _cannot_lock(folder: Path) -> str:
    """Why a file that nobody else knows cannot be locked in a folder either; empty where it can."""
    import tempfile  # only where a lock was not had

    from filelock import FileLock, Timeout

    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".lock-") as place:
            FileLock(os.path.join(place, "lock"), timeout=0).acquire().lock.release()
    except Timeout:
        return "it refuses every lock"
    except OSError as error:
        return error.strerror or str(error)
    return ""
