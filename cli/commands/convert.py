"""``contraspec convert``: write what was read as JCAMP-DX, CSV or NeXus."""

from typing import TYPE_CHECKING, Final

import click

from .._errors import EXIT_OK, Settings, failure_of, say_error, show_traceback
from .._inputs import ReadOptions, read_file, spectrum_of
from .._options import read_options
from .._streams import printable
from .._targets import SPECTRUM_ENDINGS, refuse_other_kind, refuse_to_replace, spectrum_endings

if TYPE_CHECKING:
    from spectra.units import Technique

_FORMS: Final = ("jcamp_dx", "jcamp_difdup", "csv", "nexus")


@click.command("convert")
@click.argument("file", metavar="FILE")
@click.argument("out", metavar="OUT")
@click.option(
    "--to",
    "form",
    type=click.Choice(_FORMS),
    help="Format to write. Default: by the ending of OUT (.jdx, .csv, .nxs).",
)
@read_options
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    out: str,
    form: str | None,
    technique: "Technique | None",
    column: str | None,
    laser_nm: float | None,
) -> None:
    """Write every spectrum of FILE into OUT as JCAMP-DX, CSV or NeXus.

    What contraspec reads back from OUT is what it read from FILE: axis, values, instrument
    and the rest. jcamp_difdup is the compressed JCAMP-DX, which needs an axis in equal
    steps. OUT is written whole or not at all; if one spectrum of FILE cannot be had,
    nothing is written. An OUT that exists is replaced only where its ending says that kind.

    \b
    Examples:
      contraspec convert scan.spc scan.jdx
      contraspec convert scan.wdf scan.csv
      contraspec convert table.xlsx all.nxs
      contraspec convert scan.spc small.jdx --to jcamp_difdup

    \b
    Exit codes: 0 written; 2 OUT is FILE, or a file of another kind; 3 FILE could not be read or
    OUT not be written; 70 internal error.
    """  # noqa: D301  # click reads the escape
    from spectra.errors import WriteError
    from spectra.io.writers import write_spectra

    refuse_to_replace(out, [file])
    refuse_other_kind(out, SPECTRUM_ENDINGS[form] if form else spectrum_endings(out))
    options = ReadOptions(technique, column, laser_nm)
    try:
        spectra = [spectrum_of(measured, options) for measured in read_file(file, options)]
        write_spectra(spectra, out, form=form)
    except Exception as error:  # noqa: BLE001  # told as one line, with its exit code
        failure = failure_of(out if isinstance(error, WriteError) else file, error)
        say_error(failure)
        show_traceback(error, ctx.ensure_object(Settings))
        ctx.exit(failure.exit_code)
    count = f"{len(spectra)} spectra" if len(spectra) > 1 else "1 spectrum"
    click.echo(f"contraspec: {count} written to {printable(out)}", err=True)
    ctx.exit(EXIT_OK)
