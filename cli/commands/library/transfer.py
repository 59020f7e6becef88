"""``contraspec library transfer``: a library of one instrument for another."""

from typing import TYPE_CHECKING, Final, Literal

import click

from ..._errors import EXIT_OK, Settings, failure_of, say_error, show_traceback
from ..._options import format_option
from ..._progress import Progress
from ..._records import error_record, json_line, rounded
from ..._streams import machine_stdout, printable
from ..._targets import LIBRARY_ENDINGS, refuse_inside, refuse_other_kind, refuse_to_replace
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.library import Library
    from libraries.transferring import Transferred

TRANSFER_SCHEMA: Final = "contraspec.transfer/1"


@click.command("transfer")
@click.argument("library", metavar="LIB")
@click.option(
    "--samples-from",
    required=True,
    metavar="FOLDER",
    help="Scans of common samples on the library's instrument.",
)
@click.option(
    "--samples-to",
    required=True,
    metavar="FOLDER",
    help="Scans of the same samples, under the same file names, on the other instrument.",
)
@click.option(
    "-o", "--output", required=True, metavar="OUT.h5", help="Where to write the transferred library."
)
@click.option(
    "--method",
    type=click.Choice(["pds", "ds"]),
    default="pds",
    show_default=True,
    help="Piecewise direct standardisation, or direct.",
)
@click.option("--why", default="", metavar="TEXT", help="Reason, for the library's change log.")
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    library: str,
    samples_from: str,
    samples_to: str,
    output: str,
    method: Literal["pds", "ds"],
    why: str,
    output_format: str,
) -> None:
    """Make the near infrared library LIB into one for another instrument.

    Takes at least 5 samples measured on both, better 12 or more that differ from each other. Each is
    left out in turn; a transfer that does not clearly bring samples closer that it has not seen is
    refused, and nothing is written. What was done stands in the library's change log.

    \b
    Examples:
      contraspec library transfer lab.h5 --samples-from lab/ --samples-to handheld/ -o handheld.h5
      contraspec library transfer lab.h5 --samples-from lab/ --samples-to handheld/ --method ds -o ds.h5

    \b
    Exit codes: 0 written; 2 OUT.h5 is LIB, a sample or no library; 4 the library, the samples
    or the transfer are of no use, or OUT.h5 cannot be written.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    refuse_to_replace(output, [library])
    refuse_inside(output, [samples_from, samples_to])
    refuse_other_kind(output, LIBRARY_ENDINGS)
    try:
        moved, saved = _transfer(library, (samples_from, samples_to), output, method=method, why=why)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        failure = failure_of(library, error)
        show_traceback(error, ctx.ensure_object(Settings))
        if output_format == "json":
            click.echo(json_line(error_record(failure)))
        say_error(failure)
        ctx.exit(failure.exit_code)
    for path in moved.unpaired:
        click.echo(f"contraspec: {printable(path)}: not in the other folder, left out", err=True)
    _tell(output, moved, saved, output_format)
    ctx.exit(EXIT_OK)


def _transfer(
    library: str, folders: tuple[str, str], output: str, *, method: Literal["pds", "ds"], why: str
) -> "tuple[Transferred, Library]":
    from libraries.library import Library, save_library  # numpy and h5py come with it
    from libraries.transferring import finish_transfer, transfer_library

    opened = Library.open(library, mapped=False)  # so that the file can be replaced on Windows too
    with Progress("reading") as progress:
        moved = transfer_library(opened, *folders, method=method, progress=progress.update)
    with Progress("calibrating") as progress:
        made, remark = finish_transfer(moved, why=why, progress=progress.update)
    if remark:
        click.echo(f"contraspec: not calibrated: {printable(remark)}", err=True)
    return moved, save_library(made, output)


def _tell(output: str, moved: "Transferred", saved: "Library", output_format: str) -> None:
    test, (low, high) = moved.test, moved.range_nm
    if output_format == "json":
        record = {
            "schema": TRANSFER_SCHEMA,
            "library": output,
            "name": saved.name,
            "references": len(saved),
            "method": moved.transfer.method,
            "samples": list(moved.samples),
            "unpaired": list(moved.unpaired),
            "range_nm": [rounded(low), rounded(high)],
            "residual_before": [rounded(each) for each in test.before],
            "residual_after": [rounded(each) for each in test.after],
            "ratio": rounded(test.ratio),
            "p_value": rounded(test.p_value),
            "calibrated": saved.calibration is not None,
            "sha256": saved.content_sha256,
        }
        click.echo(json_line(record))
        return
    terminal = stdout_terminal("never")
    mean_before, mean_after = (sum(each) / len(each) for each in (test.before, test.after))
    for line in (
        f"transferred to {output}: {saved.name}, {len(saved)} references, {low:g} to {high:g} nm",
        f"  {moved.transfer.method} by {len(moved.samples)} samples; of each left out, what differs between "
        f"the instruments goes from {mean_before:.2g} to {mean_after:.2g} on average (p {test.p_value:.2g})",
        f"  sha256 {saved.content_sha256}",
    ):
        click.echo(terminal.show(line))
