"""What a worker does: open the engine once, then turn one file after the other into rows."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from libraries.batches.journal import Identity

from .._errors import Failure, failure_of
from .._evidence import Keeper
from .._inputs import spectrum_of
from .._instruments import consulted, note_standing, put_right
from .._question import Question
from .._records import error_record, result_record
from .._settings import noted_settings
from .._version import engine_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from libraries.engine import Engine
    from libraries.library import Library
    from spectra.errors import ReadError
    from spectra.io import Measurement
    from spectra.spectrum import Spectrum

MAX_BYTES: Final = 200_000_000
_ATTEMPTS: Final = 3
"""Times a file is read that changes under the reader."""


@dataclass(frozen=True)
class Task:
    """One file to answer.

    Attributes
    ----------
    number : int
        Of the task, for who asked.
    root : int
        Input it comes from.
    file : str
        What results call it.
    path : str
        What opens it.
    content : Content or None
        Its bytes where the worker need not see the disk.
    """

    number: int
    root: int
    file: str
    path: str
    content: "Content | None" = None


@dataclass(frozen=True)
class Content:
    """Bytes of a file and which they are, or why there are none."""

    data: bytes
    identity: Identity
    failure: Failure | None = None


@dataclass(frozen=True)
class Answered:
    """What came of one file.

    Attributes
    ----------
    task : Task
        Without its content.
    identity : Identity
        Of the bytes that were answered.
    rows : tuple of mapping
        Result and error records.
    spectra : tuple of Spectrum or None
        As read, for each row; empty where nobody keeps evidence.
    """

    task: Task
    identity: Identity
    rows: "tuple[Mapping[str, Any], ...]"
    spectra: "tuple[Spectrum | None, ...]" = ()


class Answerer:
    """An engine that is opened once and asked in one way.

    Parameters
    ----------
    question : Question
        How.
    engine : Engine, optional
        One that was opened so already.

    Raises
    ------
    LibraryError
        When a library cannot be used.
    """

    def __init__(self, question: Question, engine: "Engine | None" = None) -> None:
        self.question = question
        self._checkup = question.checkup()
        self.engine: Engine = engine or question.open_engine()

    def answer(self, task: Task) -> Answered:
        """Answer one file; whatever happens to it becomes rows, never an exception."""
        content = task.content or read_content(task.path, task.file)
        bare = replace(task, content=None)
        if content.failure:
            return Answered(bare, content.identity, (dict(error_record(content.failure)),), (None,))
        with noted_settings(self.question.settings):
            found = list(self._rows(task, content.data))
        rows = tuple(row for row, _ in found)
        spectra = tuple(spectrum for _, spectrum in found) if self.question.keeps else ()
        return Answered(bare, content.identity, rows, spectra)

    def _rows(self, task: Task, data: bytes) -> "Iterator[tuple[Mapping[str, Any], Spectrum | None]]":
        from spectra.io.reading import read_measurements_from_bytes

        options = self.question.options
        try:
            read = read_measurements_from_bytes(
                data,
                os.path.basename(task.path),
                technique=options.technique,
                column=options.column,
                laser_nm=options.laser_nm,
            )
        except Exception as error:  # noqa: BLE001  # one bad file must not stop the others
            yield dict(error_record(failure_of(task.file, error))), None
            return
        for index, measured in enumerate(read):
            try:
                yield self._result(task.file, index, measured)
            except Exception as error:  # noqa: BLE001  # nor must one bad spectrum of a file
                failure = failure_of(task.file, error, index if len(read) > 1 else None)
                yield dict(error_record(failure)), None

    def _result(
        self, file: str, index: int, measured: "Measurement | ReadError"
    ) -> "tuple[Mapping[str, Any], Spectrum]":
        question = self.question
        raw = spectrum_of(measured, question.options)
        offset = question.axis_offset_cm1
        standing = self._checkup.standing(raw, overridden=bool(offset))
        spectrum = put_right(raw.with_axis_offset(offset) if offset else raw, standing)
        record = result_record(
            file,
            index,
            spectrum=spectrum,
            answer=consulted(self.engine.identify(spectrum), [standing]),
            engine=self.engine,
            version=engine_version(),
        )
        note_standing(record, [standing])
        Keeper(question.item, question.subsample).name(record)
        return dict(record), raw


def identity_of(engine: "Engine") -> dict[str, Any]:
    """Collect what the answers of an engine depend on: two of the same identity answer alike."""
    techniques: Sequence[str] = sorted({library.technique for library in engine.libraries})
    return {
        "engine": engine_version(),
        "libraries": [library.content_sha256 for library in engine.libraries],
        "standing": [_remarks(library) for library in engine.libraries],
        "methods": {name: list(engine.fingerprints_for(name)) for name in techniques},  # type: ignore[arg-type]
    }


def _remarks(library: "Library") -> list[str]:
    """Collect what every answer from a library says of its signatures."""
    standing = getattr(library, "standing", None)
    return list(standing.reasons) if standing else []


def read_content(path: str, file: str) -> Content:
    """Read a file whole, and say which content it was; never an exception.

    Parameters
    ----------
    path : str
        What opens it.
    file : str
        What results call it.
    """
    for _ in range(_ATTEMPTS):
        content = _read_once(path, file)
        if content.failure is None or content.failure.error != "damaged":
            break
    return content


def _read_once(path: str, file: str) -> Content:
    try:
        with open(path, "rb") as opened:
            before = os.fstat(opened.fileno())
            data = opened.read(MAX_BYTES + 1)
            after = os.fstat(opened.fileno())
    except (OSError, ValueError) as error:
        return Content(b"", Identity(), _unopened(path, file, error))
    digest = hashlib.sha256(data).hexdigest()
    identity = Identity(after.st_size, after.st_mtime_ns, digest)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        failure = Failure(file, "damaged", "it changed while it was read: let the export end, then run again")
        return Content(b"", replace(identity, sha256=""), failure)
    return Content(data, identity)


def _unopened(path: str, file: str, error: Exception) -> Failure:
    """Why a file gave no bytes; without its path, which is that of one machine."""
    if os.path.isdir(path):
        return Failure(file, "empty", "a folder without a file in it, or one that may not be listed")
    if isinstance(error, FileNotFoundError):
        pattern = "*" in file or "?" in file
        what = "no file matches this pattern: check the folder and the name"
        return Failure(file, "not_found", what if pattern else "no such file: check the name")
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return Failure(file, "unsupported", f"cannot be opened ({reason}): check that you may read it")
    return Failure(file, "not_found", "no possible path: check the name")
