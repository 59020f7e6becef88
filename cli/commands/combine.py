"""``contraspec combine``: two techniques on one item, agreement or not."""

from typing import TYPE_CHECKING, Literal, cast

import click

from .._combined import combined_record, render_combined
from .._ending import end_with_failure
from .._errors import EXIT_ALERT, Wording
from .._options import color_option, format_option, language_option
from .._page import Page
from .._records import json_line
from .._results import ReadResult, read_results
from .._streams import machine_stdout
from .._terminal import ColorChoice, stdout_terminal

if TYPE_CHECKING:
    from libraries.combining import Combined
    from spectra.units import Technique


@click.command("combine")
@click.argument("results", metavar="RESULT...", nargs=-1, required=True)
@format_option("text", "json")
@click.option("--fail-on", type=click.Choice(["alert"]), help="Exit with 1 when either raises an alert.")
@language_option
@color_option
@click.pass_context
def command(
    ctx: click.Context,
    results: tuple[str, ...],
    output_format: Literal["text", "json"],
    fail_on: str | None,
    language: str,
    color: ColorChoice,
) -> None:
    """Combine the results of two techniques on one item.

    RESULT is a file that contraspec identify --format json wrote; all files together hold two
    results, one by Raman and one by NIR. The answer is agreement, disagreement or no added
    information. Both see vibrations, so their probabilities are never multiplied. An alert of
    either stays an alert, and nothing that is said here is a clear.

    \b
    Examples:
      contraspec identify raman.csv --format json > raman.json
      contraspec identify nir.csv --format json > nir.json
      contraspec combine raman.json nir.json
      contraspec combine raman.json nir.json --format json

    \b
    Exit codes:
      0   the two were combined, whatever came of it
      1   an alert, only with --fail-on alert
      3   a result could not be read, or they are not two techniques
    """  # noqa: D301  # click reads the escape
    source = results[0]
    read: list[ReadResult] = []
    try:
        for source in results:
            read += read_results(source)
        record = combined_record(read, _combine(read))
    except Exception as error:  # noqa: BLE001  # told as an error record, never as a verdict
        wording = Wording("error.results")
        end_with_failure(ctx, source, error, as_json=output_format == "json", wording=wording)
    if output_format == "json":
        machine_stdout()
        click.echo(json_line(record))
    else:
        page = Page(stdout_terminal(color), language)
        click.echo(render_combined(record, page), color=page.terminal.color)
    if fail_on == "alert" and record["alert"]:
        ctx.exit(EXIT_ALERT)


def _combine(read: list[ReadResult]) -> "Combined":
    from libraries.combining import Heard, combine  # numpy comes with it
    from spectra.errors import UnsupportedError

    if len(read) != 2:
        raise UnsupportedError(
            f"{len(read)} results: expected two, one by each technique. Several scans by one technique "
            "become one result with identify --replicates."
        )
    first, second = (Heard(cast("Technique", one.record["technique"]), one.said) for one in read)
    return combine(first, second)
