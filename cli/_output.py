"""Results and failures as they come, in the format asked for, with the exit code they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import click

from ._csv import csv_error, csv_header, csv_result
from ._errors import EXIT_ALERT, EXIT_OK, Failure, Settings, failure_of, say_error, show_traceback, worst
from ._evidence import Keeper
from ._instruments import consulted, note_standing
from ._page import Page
from ._records import ResultRecord, error_record, json_line, result_record
from ._render import render_failure, render_result, render_rule
from ._replicates import ReadScan
from ._streams import machine_stdout
from ._version import engine_version

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.engine import Engine

    from .reports.writing import Reporter

OutputFormat = Literal["text", "json", "csv"]


@dataclass
class Output:
    """Writer of results that never lets one input stop the others.

    Attributes
    ----------
    output_format : str
        ``text``, ``json`` or ``csv``.
    page : Page
        For text.
    settings : Settings
        Of the root command.
    codes : set of int
        Exit codes that apply so far; ``EXIT_ALERT`` stands for an alert.
    n_results : int
        Results written so far.
    n_failures : int
        Inputs so far that gave no result.
    keeper : Keeper
        Keeps evidence and log.
    asked : Asked or None
        Settings that evidence and pages state; needed where any is kept.
    reporter : Reporter or None
        Writes a page of each answer.
    """

    output_format: OutputFormat
    page: Page
    settings: Settings
    codes: set[int] = field(default_factory=set)
    n_results: int = 0
    n_failures: int = 0
    keeper: Keeper = field(default_factory=Keeper)
    asked: "Asked | None" = None
    reporter: "Reporter | None" = None

    def begin(self) -> None:
        """Prepare the stream; write what stands above all results."""
        if self.output_format != "text":
            machine_stdout()
        if self.output_format == "csv":
            self._write(csv_header())

    def identify(self, scan: ReadScan, *, n_in_file: int, engine: "Engine") -> None:
        """Identify one spectrum and write its result; an exception becomes an error record.

        Parameters
        ----------
        scan : ReadScan
            What was read.
        n_in_file : int
            Spectra in the file.
        engine : Engine
            Who identifies.
        """
        try:
            record = result_record(
                scan.file,
                scan.index,
                spectrum=scan.spectrum,
                answer=consulted(engine.identify(scan.spectrum), [scan.standing]),
                engine=engine,
                version=engine_version(),
            )
            note_standing(record, [scan.standing])
        except Exception as error:  # noqa: BLE001  # one bad input must not stop the others
            self.failure(failure_of(scan.file, error), error)
            return
        self._result(record, [scan], n_in_file=n_in_file, engine=engine)

    def replicates(self, scans: "Sequence[ReadScan]", *, n_unread: int, engine: "Engine") -> None:
        """Identify several scans of one item and write the one result.

        Parameters
        ----------
        scans : sequence of ReadScan
            At least one.
        n_unread : int
            Scans that could not be read.
        engine : Engine
            Who identifies.
        """
        from ._replicates import replicated_record  # of no use to single scans

        try:
            record = replicated_record(scans, n_unread=n_unread, engine=engine)
        except Exception as error:  # noqa: BLE001  # told as an error record
            self.failure(failure_of(scans[0].file, error), error)
            return
        self._result(record, scans, n_in_file=1, engine=engine)

    def _result(
        self, record: ResultRecord, scans: Sequence[ReadScan], *, n_in_file: int, engine: "Engine"
    ) -> None:
        """Keep a result as far as that was asked for, then write it whatever came of keeping it."""
        unkept = self._keep(record, scans, engine)
        unreported = self._report(record, scans, n_in_file=n_in_file, engine=engine)
        try:
            text = self._text(record, record["technique"], n_in_file)
        except Exception as error:  # noqa: BLE001  # told as an error record
            self.failure(failure_of(scans[0].file, error), error)
            return
        self.codes.add(EXIT_ALERT if record["alert"] else EXIT_OK)
        self.n_results += 1
        self._write(text)
        if unkept is not None:
            self._unkept(unkept)
        if unreported is not None:
            self._unkept(unreported, self.reporter.target if self.reporter else "")

    def _report(
        self, record: ResultRecord, scans: Sequence[ReadScan], *, n_in_file: int, engine: "Engine"
    ) -> Exception | None:
        """Write the page of an answer where that was asked for."""
        if self.reporter is None or self.asked is None:
            return None
        try:
            asked = self._asked_of(scans)
            self.reporter.write(record, scans, asked=asked, engine=engine, n_in_file=n_in_file)
        except Exception as error:  # noqa: BLE001  # the officer still gets the answer
            return error
        return None

    def _keep(self, record: ResultRecord, scans: Sequence[ReadScan], engine: "Engine") -> Exception | None:
        self.keeper.name(record)
        if not self.keeper.active or self.asked is None:
            return None
        spectra = [scan.raw or scan.spectrum for scan in scans]
        try:
            record["kept"] = self.keeper.keep(record, spectra, asked=self._asked_of(scans), engine=engine)
        except Exception as error:  # noqa: BLE001  # the officer still gets the answer
            return error
        return None

    def _asked_of(self, scans: Sequence[ReadScan]) -> "Asked":
        """Add to the settings how the instrument of each scan stood."""
        if self.asked is None:
            raise TypeError("settings of an answer that is neither kept nor reported")
        if not any(scan.standing for scan in scans):
            return self.asked
        checks = tuple(scan.standing.plain() if scan.standing else None for scan in scans)
        return replace(self.asked, instrument_checks=checks)

    def _unkept(self, error: Exception, file: str | None = None) -> None:
        """Tell that an answer, which was given, could not be kept: the exit code says so too."""
        failure = failure_of(file or self.keeper.evidence or self.keeper.log or "", error)
        self.codes.add(failure.exit_code)
        say_error(failure)
        show_traceback(error, self.settings)

    def failure(self, failure: Failure, error: Exception | None = None) -> None:
        """Write what gave no answer, and remember its exit code.

        Parameters
        ----------
        failure : Failure
            What to tell.
        error : Exception, optional
            Where it comes from, for ``--debug``.
        """
        self.codes.add(failure.exit_code)
        self.n_failures += 1
        if self.output_format == "json":
            self._write(json_line(error_record(failure)) + "\n")
        elif self.output_format == "csv":
            self._write(csv_error(failure))
        say_error(failure)
        told = render_failure(failure, self.page, told=True)
        if self.output_format == "text" and told:
            click.echo(told, err=True)
        if error is not None:
            show_traceback(error, self.settings)
        try:
            self.keeper.keep_failure(failure)
        except Exception as unkept:  # noqa: BLE001  # told; the other inputs go on
            self._unkept(unkept)

    def exit_code(self, *, fail_on_alert: bool) -> int:
        """Exit code of all that was written."""
        return worst(self.codes if fail_on_alert else self.codes - {EXIT_ALERT})

    def _text(self, record: ResultRecord, technique: str, n_in_file: int) -> str:
        if self.output_format == "json":
            return json_line(record) + "\n"
        if self.output_format == "csv":
            return csv_result(record)
        rule = render_rule(self.page) if self.n_results else ""
        return rule + render_result(record, self.page, technique=technique, n_in_file=n_in_file) + "\n"

    def _write(self, text: str) -> None:
        """Write to stdout and flush, so that a reader at the other end gets each result at once."""
        click.echo(text, nl=False, color=self.page.terminal.color)
