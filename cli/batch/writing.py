"""The output of a batch: from the journal, in the order of the inputs, whole or not at all."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Protocol, cast

from spectra._atomic import file_in_whole
from spectra.errors import BatchError

from .._csv import csv_error, csv_header, csv_result
from .._errors import EXIT_ALERT, EXIT_OK, Failure
from .._records import json_line

if TYPE_CHECKING:
    from libraries.batches.journal import Journal
    from libraries.batches.worklist import WorkList

    from .._records import ResultRecord


class Rows(Protocol):
    """Writer of rows."""

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a result or an error."""


@dataclass
class Counts:
    """What a batch came to.

    Attributes
    ----------
    files, results, errors, alerts : int
        Files; spectra with a verdict; what gave none; results that alarm.
    verdicts, failures : Counter
        How many of each.
    codes : set of int
        Exit codes that apply; ``EXIT_ALERT`` stands for an alert.
    """

    files: int = 0
    results: int = 0
    errors: int = 0
    alerts: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    codes: set[int] = field(default_factory=lambda: {EXIT_OK})

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a row."""
        if "verdict" in row:
            self.results += 1
            self.verdicts[row["verdict"]] += 1
            if row["alert"]:
                self.alerts += 1
                self.codes.add(EXIT_ALERT)
        else:
            self.errors += 1
            self.failures[row["error"]] += 1
            self.codes.add(failure_in(row).exit_code)


def check_output(path: str) -> str:
    """Name the format of an output by its ending.

    Raises
    ------
    BatchError
        Another ending.
    ExtraError
        Parquet without the extra ``batch``.
    """
    ending = Path(path).suffix.casefold()
    if ending not in _WRITERS:
        raise BatchError(f"{path}: expected a name that ends in {', '.join(sorted(_WRITERS))}")
    if ending == ".parquet":
        from .parquet import check_parquet

        check_parquet()
    return ending


def write_output(path: str, work: "WorkList", journal: "Journal") -> Counts:
    """Write every row, and count them.

    Parameters
    ----------
    path : str
        Output; its ending names the format.
    work : WorkList
        All done.
    journal : Journal
        Holds the rows.

    Raises
    ------
    WriteError
        When it cannot be written; what stood there is unchanged.
    """
    counts = Counts()
    with file_in_whole(path) as file, _WRITERS[check_output(path)](file) as rows:
        for item in work.items():
            if item.place is None:
                raise BatchError(f"{item.file}: was not answered: run the same command again")
            counts.files += 1
            for row in journal.read_at(item.place).rows:
                counts.add(row)
                rows.write(row)
    return counts


def failure_in(row: Mapping[str, Any]) -> Failure:
    """Failure that an error record tells of."""
    return Failure(row["file"], row["error"], row["message"], row.get("index"))


class _JsonLines:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, row: Mapping[str, Any]) -> None:
        self._file.write(json_line(row).encode("ascii") + b"\n")


class _Csv:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._say(csv_header())

    def write(self, row: Mapping[str, Any]) -> None:
        self._say(csv_result(cast("ResultRecord", row)) if "verdict" in row else csv_error(failure_in(row)))

    def _say(self, line: str) -> None:
        # a file's name may hold what is no character
        self._file.write(line.encode("utf-8", "backslashreplace"))


@contextmanager
def _json_lines(file: BinaryIO) -> Iterator[Rows]:
    yield _JsonLines(file)


@contextmanager
def _csv(file: BinaryIO) -> Iterator[Rows]:
    yield _Csv(file)


def _parquet(file: BinaryIO) -> AbstractContextManager[Rows]:
    from .parquet import parquet_rows

    return parquet_rows(file)


_WRITERS: Final = {".jsonl": _json_lines, ".csv": _csv, ".parquet": _parquet}


def own_files(output: str) -> tuple[str, ...]:
    """Names that a batch with this output writes beside it."""
    journal = journal_path(output)
    return output, journal, f"{journal}.lock"


def journal_path(output: str) -> str:
    """Journal of an output."""
    return f"{os.fspath(output)}.journal"
