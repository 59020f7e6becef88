"""``contraspec search``: the references that a scan is most like, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from .. import _engine
from .._errors import EXIT_OK, Failure, Settings, failure_of, say_error, show_traceback, worst
from .._inputs import ReadOptions, expand_inputs, read_file, spectrum_of
from .._options import (
    color_option,
    format_option,
    language_option,
    library_option,
    policy_option,
    read_options,
    trust_option,
)
from .._output import OutputFormat
from .._page import Page
from .._records import error_record, json_line
from .._render import render_failure, render_rule
from .._searching import render_search, search_failure_row, search_header, search_record, search_rows
from .._streams import machine_stdout
from .._terminal import ColorChoice, stdout_terminal

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.releases.policy import Policy
    from spectra.errors import ReadError
    from spectra.io import Measurement
    from spectra.units import Technique


@click.command("search")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@library_option
@click.option(
    "--top",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="How many references to list for each scan, at the most.",
)
@format_option("text", "json", "csv")
@read_options
@policy_option
@trust_option
@language_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    libraries: tuple[str, ...],
    top: int,
    output_format: OutputFormat,
    technique: "Technique | None",
    column: str | None,
    laser_nm: float | None,
    policy: "Policy",
    trust: str | None,
    language: str,
    color: ColorChoice,
) -> None:
    """Rank the references that each scan is most like, Raman and near infrared.

    A screening for who reads spectra, not an identification: some reference always comes first, a
    score is not a probability, and nothing is named. A scan that cannot be compared gets the
    reasons instead of a list. Deprecated references are never listed; of near infrared
    libraries the best reference of each substance and form is.

    \b
    Examples:
      contraspec search scan.csv
      contraspec search scan.csv -l mylab.h5 --top 25
      contraspec search *.spc -l mylab.h5 --format csv > lists.csv
      contraspec search scan.jdx --technique nir --format json

    \b
    Exit codes:
      0   every scan got a list, or the reasons why it has none
      2   wrong usage
      3   an input could not be read or processed
      4   a library cannot be used
      70  internal error
    When several apply: 70 before 4 before 3.
    """  # noqa: D301  # click reads the escape
    output = _Lists(output_format, Page(stdout_terminal(color), language), ctx.ensure_object(Settings), top)
    output.begin()
    try:
        engine = _engine.open_engine(libraries, policy=policy, trust=trust)
    except Exception as error:  # noqa: BLE001  # told as an error record
        output.failure(_engine.library_failure(libraries, error), error)
    else:
        _search_all(files, ReadOptions(technique, column, laser_nm), engine, output)
    ctx.exit(worst(output.codes))


def _search_all(files: Sequence[str], options: ReadOptions, engine: "Engine", output: "_Lists") -> None:
    """Search with every spectrum of every file; one that fails never stops the others."""
    for one in expand_inputs(files):
        if isinstance(one, Failure):
            output.failure(one)
            continue
        try:
            read = read_file(one, options)
        except Exception as error:  # noqa: BLE001  # one bad file must not stop the others
            output.failure(failure_of(one, error), error)
            continue
        for index, measured in enumerate(read):
            try:
                output.search(one, index, measured, (options, len(read)), engine)
            except Exception as error:  # noqa: BLE001  # nor must one bad spectrum of a file
                output.failure(failure_of(one, error, index if len(read) > 1 else None), error)


@dataclass
class _Lists:
    """Writer of lists, each as soon as it is there."""

    output_format: OutputFormat
    page: Page
    settings: Settings
    top: int
    codes: set[int] = field(default_factory=lambda: {EXIT_OK})
    n_lists: int = 0

    def begin(self) -> None:
        if self.output_format != "text":
            machine_stdout()
        if self.output_format == "csv":
            self._write(search_header())

    def search(
        self,
        file: str,
        index: int,
        measured: "Measurement | ReadError",
        read: tuple[ReadOptions, int],
        engine: "Engine",
    ) -> None:
        """Search with one spectrum of a file that has so many, and write its list."""
        options, n_in_file = read
        spectrum = spectrum_of(measured, options)
        found = engine.search(spectrum, self.top)
        record = search_record(file, index, spectrum=spectrum, found=found, engine=engine, top=self.top)
        if self.output_format == "json":
            text = json_line(record) + "\n"
        elif self.output_format == "csv":
            text = search_rows(record)
        else:
            rule = render_rule(self.page) if self.n_lists else ""
            text = rule + render_search(record, self.page, n_in_file=n_in_file) + "\n"
        self.n_lists += 1
        self._write(text)

    def failure(self, failure: Failure, error: Exception | None = None) -> None:
        self.codes.add(failure.exit_code)
        if self.output_format == "json":
            self._write(json_line(error_record(failure)) + "\n")
        elif self.output_format == "csv":
            self._write(search_failure_row(failure))
        say_error(failure)
        told = render_failure(failure, self.page, told=True)
        if self.output_format == "text" and told:
            click.echo(told, err=True)
        if error is not None:
            show_traceback(error, self.settings)

    def _write(self, text: str) -> None:
        click.echo(text, nl=False, color=self.page.terminal.color)
