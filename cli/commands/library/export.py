"""``contraspec library export``: references as files that others read."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._streams import printable
from ..._targets import SPECTRUM_ENDINGS, refuse_other_kind, refuse_to_replace

if TYPE_CHECKING:
    from libraries.curation.exporting import Form

_ENDINGS = (".jdx", ".dx", ".jcm", ".jcamp", ".csv", ".txt", ".nxs", ".nx", ".h5", ".hdf5")


@click.command("export")
@click.argument("file", metavar="FILE")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    help="A file such as all.jdx for all references, or a new folder for one file each and a manifest.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jcamp", "csv", "nexus"]),
    default="jcamp",
    show_default=True,
    help="JCAMP-DX, CSV or NeXus (NXraman).",
)
@click.pass_context
def command(ctx: click.Context, file: str, output: str, form: "Form") -> None:
    """Write the references of the library FILE as JCAMP-DX, CSV or NeXus.

    Spectra are written as measured, with name, identifiers, licence and source. Into a
    folder go one file a reference and a manifest.csv from which 'library build' makes the
    library again. Deprecated references are left out.

    \b
    Examples:
      contraspec library export mylab.h5 -o all.jdx
      contraspec library export mylab.h5 -o exchange/ --format csv
      contraspec library export mylab.h5 -o all.nxs --format nexus

    \b
    Exit codes: 0 written; 2 OUT is FILE, or a file of another kind; 3 OUT cannot be written; 4
    the library is missing or damaged, or the folder is not empty.
    """  # noqa: D301  # click reads the escape
    refuse_to_replace(output, [file])
    refuse_other_kind(output, SPECTRUM_ENDINGS[form])
    subject = file
    try:
        from libraries.curation.exporting import export_file, export_folder, used
        from libraries.library import Library  # numpy and h5py come with it

        library = Library.open(file)
        left_out = len(library) - len(used(library))
        subject = output
        if Path(output).suffix.lower() in _ENDINGS and not Path(output).is_dir():
            export_file(library, Path(output), form)
        else:
            export_folder(library, Path(output), form)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, subject, error)
    note = f", {left_out} deprecated left out" if left_out else ""
    count = len(library) - left_out
    click.echo(f"contraspec: {count} references written to {printable(output)}{note}", err=True)
    ctx.exit(EXIT_OK)
