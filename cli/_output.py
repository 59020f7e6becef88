"""Results and failures as they come, in the format asked for, with the exit code they add up to."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import click

from ._csv import csv_error, csv_header, csv_result
from ._errors import EXIT_ALERT, EXIT_OK, Failure, Settings, failure_of, say_error, show_traceback, worst
from ._records import ResultRecord, error_record, json_line, result_record
from ._render import Page, render_failure, render_result, render_rule
from ._streams import machine_stdout
from ._version import engine_version

if TYPE_CHECKING:
    from libraries.engine import Engine
    from spectra.spectrum import Spectrum

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
    """

    output_format: OutputFormat
    page: Page
    settings: Settings
    codes: set[int] = field(default_factory=set)
    n_results: int = 0

    def begin(self) -> None:
        """Prepare the stream; write what stands above all results."""
        if self.output_format != "text":
            machine_stdout()
        if self.output_format == "csv":
            self._write(csv_header())

    def identify(
        self, file: str, index: int, *, spectrum: "Spectrum", n_in_file: int, engine: "Engine"
    ) -> None:
        """Identify one spectrum and write its result; an exception becomes an error record.

        Parameters
        ----------
        file : str
            As typed.
        index : int
            Which spectrum of the file, from 0.
        spectrum : Spectrum
            What was read.
        n_in_file : int
            Spectra in the file.
        engine : Engine
            Who identifies.
        """
        try:
            answer, version = engine.identify(spectrum), engine_version()
            record = result_record(
                file, index, spectrum=spectrum, answer=answer, engine=engine, version=version
            )
            text = self._text(record, spectrum.technique, n_in_file)
        except Exception as error:  # noqa: BLE001  # one bad input must not stop the others
            self.failure(failure_of(file, error), error)
            return
        self.codes.add(EXIT_ALERT if record["alert"] else EXIT_OK)
        self.n_results += 1
        self._write(text)

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
        if self.output_format == "json":
            self._write(json_line(error_record(failure)) + "\n")
        elif self.output_format == "csv":
            self._write(csv_error(failure))
        say_error(failure)
        if self.output_format == "text":
            click.echo(render_failure(failure, self.page), err=True)
        if error is not None:
            show_traceback(error, self.settings)

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
