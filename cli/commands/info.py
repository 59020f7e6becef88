"""``contraspec info``: show what a file holds, as it was read."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import click

from .._errors import EXIT_OK, Failure, Settings, failure_of, say_error, show_traceback, worst
from .._info import SpectrumRecord, render_spectrum, spectrum_record
from .._inputs import ReadOptions, expand_inputs, read_file
from .._options import color_option, format_option, language_option, read_options
from .._page import Page
from .._records import error_record, json_line
from .._streams import machine_stdout
from .._terminal import ColorChoice, stdout_terminal

if TYPE_CHECKING:
    from spectra.io import Measurement
    from spectra.units import Technique

_MAX_DRAWN: Final = 3
"""Spectra of one file that get a picture."""


@click.command("info")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@format_option("text", "json")
@read_options
@language_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    output_format: str,
    technique: "Technique | None",
    column: str | None,
    laser_nm: float | None,
    language: str,
    color: ColorChoice,
) -> None:
    """Show what a file holds, as it was read: axis, figures, instrument, warnings, a small plot.

    Nothing is identified and no library is needed. Peak lists and spectra of other
    techniques are shown too. The figures are in the file's own order and units.

    \b
    Examples:
      contraspec info scan.spc
      contraspec info scan.spc --lang fr
      contraspec info *.csv --format json
      contraspec info table.csv --column "Sample Signal"

    \b
    Exit codes: 0 every file was read; 3 one could not be read; 70 internal error.
    """  # noqa: D301  # click reads the escape
    output = _Output(
        output_format == "json", Page(stdout_terminal(color), language), ctx.ensure_object(Settings)
    )
    options = ReadOptions(technique, column, laser_nm)
    if output.json:
        machine_stdout()
    for one in expand_inputs(files):
        if isinstance(one, Failure):
            output.failure(one)
        else:
            output.file(one, options)
    ctx.exit(worst(output.codes))


@dataclass
class _Output:
    """Writer of what was read; one bad file never stops the others."""

    json: bool
    page: Page
    settings: Settings
    codes: set[int] = field(default_factory=lambda: {EXIT_OK})

    def file(self, file: str, options: ReadOptions) -> None:
        try:
            read = read_file(file, options)
        except Exception as error:  # noqa: BLE001  # told as an error record
            self.failure(failure_of(file, error), error)
            return
        for index, measured in enumerate(read):
            if isinstance(measured, Exception):
                self.failure(failure_of(file, measured, index), measured)
            else:
                self._write(spectrum_record(file, measured), measured, drawn=index < _MAX_DRAWN)

    def failure(self, failure: Failure, error: Exception | None = None) -> None:
        self.codes.add(failure.exit_code)
        if self.json:
            click.echo(json_line(error_record(failure)))
        say_error(failure)
        if error is not None:
            show_traceback(error, self.settings)

    def _write(self, record: SpectrumRecord, measured: "Measurement", *, drawn: bool) -> None:
        if self.json:
            click.echo(json_line(record))
            return
        text = render_spectrum(record, measured if drawn else None, self.page)
        click.echo(text, color=self.page.terminal.color)
