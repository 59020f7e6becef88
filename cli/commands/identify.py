"""``contraspec identify``: say what each scan is, how sure, and what to do next."""

from typing import TYPE_CHECKING

import click

from .. import _engine
from .._errors import Failure, Settings, failure_of
from .._inputs import expand_inputs, read_file
from .._options import color_option, format_option, language_option, library_option
from .._output import Output, OutputFormat
from .._render import Page
from .._terminal import ColorChoice, stdout_terminal

if TYPE_CHECKING:
    from libraries.engine import Engine
    from spectra.units import Technique


@click.command("identify")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@library_option
@format_option("text", "json", "csv")
@click.option("--fail-on", type=click.Choice(["alert"]), help="Exit with 1 when any result is an alert.")
@click.option(
    "--technique",
    type=click.Choice(["raman", "nir"]),
    help="What the scans are, whatever the files say; noted in the result.",
)
@language_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[str, ...],
    libraries: tuple[str, ...],
    output_format: OutputFormat,
    fail_on: str | None,
    technique: "Technique | None",
    language: str,
    color: ColorChoice,
) -> None:
    """Say what each scan is, how sure that is, and what to do next.

    Every file is read on its own: one that cannot be read gets an error, the others
    still get their answer. No answer is ever a clear. FILE may hold * and ?, also where
    the shell does not expand them.

    \b
    Examples:
      contraspec identify scan.csv
      contraspec identify *.spc -l mylab.h5
      contraspec identify scan.csv --format json
      contraspec identify inbox/*.csv --format csv > results.csv
      contraspec identify scan.csv --fail-on alert || echo "look at this one"

    \b
    Exit codes:
      0   every input got a verdict
      1   an alert, only with --fail-on alert
      3   an input could not be read or processed
      4   a library cannot be used
      70  internal error
    When several apply: 70 before 4 before 1 before 3.
    """  # noqa: D301  # click reads the escape
    output = Output(output_format, Page(stdout_terminal(color), language), ctx.ensure_object(Settings))
    output.begin()
    try:
        engine = _engine.open_engine(libraries)
    except Exception as error:  # noqa: BLE001  # told as an error record, never as a verdict
        output.failure(_engine.library_failure(libraries, error), error)
    else:
        for one in expand_inputs(files):
            if isinstance(one, Failure):
                output.failure(one)
            else:
                _identify_file(one, technique, engine=engine, output=output)
    ctx.exit(output.exit_code(fail_on_alert=fail_on == "alert"))


def _identify_file(file: str, technique: "Technique | None", *, engine: "Engine", output: Output) -> None:
    try:
        spectra = read_file(file, technique=technique)
    except Exception as error:  # noqa: BLE001  # one bad file must not stop the others
        output.failure(failure_of(file, error), error)
        return
    for index, spectrum in enumerate(spectra):
        output.identify(file, index, spectrum=spectrum, n_in_file=len(spectra), engine=engine)
