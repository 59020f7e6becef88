"""Where the answers of a watched folder go: screen, one file for all, or a file beside each scan."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import click

from libraries.batches.journal import Done, Journal
from spectra._atomic import write_atomically
from spectra.errors import BatchError

from .._page import Page
from .._records import json_line
from .._render import render_failure, render_result, render_rule
from .answering import Answered
from .writing import Counts, failure_in

if TYPE_CHECKING:
    from .._records import ResultRecord
    from .keeping import Kept

BESIDE: Final = ".result.jsonl"
"""Ending of the file beside a scan."""


@dataclass
class Sink:
    """Takes each answered file once.

    Attributes
    ----------
    journal : Journal
        Gets a line when all else is written.
    kept : Kept
        Evidence and log.
    say : callable
        Shows a row.
    results : str or None
        File of JSON lines for all rows.
    beside : bool
        Write a file beside each scan.
    counts : Counts
        Of this run.
    """

    journal: Journal
    kept: "Kept"
    say: Callable[[Mapping[str, Any]], None]
    results: str | None = None
    beside: bool = False
    counts: Counts = field(default_factory=Counts)

    def tell(self, answered: Answered) -> None:
        """Write what came of a file.

        Raises
        ------
        OSError
            When the file beside the scan cannot be written; nothing else was written then.
        CaseError
            When the log cannot be written.
        """
        if self.beside:
            lines = "".join(json_line(row) + "\n" for row in answered.rows)
            write_atomically(answered.task.path + BESIDE, lines.encode("ascii"))
        entry = self.kept.keep(answered)
        task = answered.task
        self.journal.append(Done(task.root, task.file, answered.identity, answered.rows, entry))
        self.journal.sync()
        if self.results:
            append_rows(self.results, answered.rows)
        self.counts.files += 1
        for row in answered.rows:
            self.counts.add(row)
            self.say(row)

    def catch_up(self) -> None:
        """Append the rows that a kill kept from the file of results.

        Raises
        ------
        BatchError
            When that file holds more than the journal.
        """
        if not self.results:
            return
        there = _whole_lines(self.results)
        total = 0
        missing: list[Mapping[str, Any]] = []
        for _, done in self.journal.done():
            for row in done.rows:
                total += 1
                if total > there:
                    missing.append(row)
        if total < there:
            raise BatchError(
                f"{self.results}: holds {there} results, its journal {total}: choose another file"
            )
        append_rows(self.results, tuple(missing))


def append_rows(path: str, rows: tuple[Mapping[str, Any], ...]) -> None:
    """Append rows as JSON lines, forced to the disk."""
    with open(path, "ab") as file:
        for row in rows:
            file.write(json_line(row).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def say_json(row: Mapping[str, Any]) -> None:
    """Show a row as a line of JSON."""
    click.echo(json_line(row))


def text_sayer(page: Page) -> Callable[[Mapping[str, Any]], None]:
    """Show rows as an officer reads them."""

    def say(row: Mapping[str, Any]) -> None:
        if "verdict" in row:
            record = cast("ResultRecord", row)
            click.echo(render_result(record, page, technique=row["technique"]), color=page.terminal.color)
        else:
            click.echo(f"{row['file']}: {render_failure(failure_in(row), page)}", color=page.terminal.color)
        click.echo(render_rule(page), color=page.terminal.color)

    return say


def _whole_lines(path: str) -> int:
    """Count the whole lines of a file, and take off a torn last one."""
    try:
        with open(path, "r+b") as file:
            n, end = 0, 0
            for line in file:
                if line.endswith(b"\n"):
                    n, end = n + 1, end + len(line)
            file.truncate(end)
            return n
    except FileNotFoundError:
        return 0
