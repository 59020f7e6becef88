"""``contraspec library build``: make a library from a folder of measured references."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

import click

from ..._changes import at_fault, change_options, save_recorded, say_warnings, searchable
from ..._errors import EXIT_OK, Failure, Settings, failure_of, say_error, show_traceback
from ..._libraries import library_summary
from ..._options import format_option
from ..._progress import Progress
from ..._records import error_record, json_line
from ..._streams import machine_stdout, printable
from ..._targets import LIBRARY_ENDINGS, refuse_inside, refuse_other_kind, refuse_to_replace
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.ingest import Skipped, Source
    from libraries.ingest_plan import Names
    from libraries.library import Library

BUILD_SCHEMA: Final = "contraspec.build/1"


@click.command("build")
@click.argument("folder", metavar="FOLDER")
@click.option(
    "--manifest",
    metavar="FILE",
    help="CSV that says what each file is: file, substance, form, cas, inchikey, role, technique, "
    "instrument, laser_nm, licence, source, grade, identity_assurance, index, smiles. Without one, the "
    "file names are the substances.",
)
@click.option(
    "-o", "--output", metavar="LIB.h5", required=True, help="Where to write; replaced whole or not at all."
)
@click.option("--name", help="What results call the library. Default: the name of the output file.")
@click.option(
    "--names",
    type=click.Choice(["file", "title"]),
    default="file",
    show_default=True,
    help="Without a manifest: names from the files, or from each spectrum's own title or column.",
)
@click.option(
    "--no-calibrate", is_flag=True, help="Leave out the calibration: quicker, but no probabilities."
)
@change_options
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    folder: str,
    manifest: str | None,
    output: str,
    name: str | None,
    names: "Names",
    no_calibrate: bool,
    who: str | None,
    why: str,
    output_format: str,
) -> None:
    """Make a library from the measured references in FOLDER.

    Files that cannot be used are skipped and named on stderr with the reason. A CAS number
    or InChIKey of the manifest that is wrong by itself is named there too and left empty. A
    role of the substance table that alerts is kept whatever the manifest says. A library
    that stands at the output is replaced when all is written, and not before.

    \b
    Examples:
      contraspec library build references/ -o mylab.h5
      contraspec library build references/ --manifest manifest.csv --name "My lab 2025" -o mylab.h5
      contraspec library build collections/ --names title --by "A. Keeper" -o mylab.h5
      contraspec library build references/ -o quick.h5 --no-calibrate --format json

    \b
    Exit codes: 0 written; 2 the output is the manifest, a file of FOLDER or no library; 3
    FOLDER or the manifest cannot be read; 4 no library could be made or written.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    refuse_to_replace(output, [manifest])
    refuse_inside(output, [folder])
    refuse_other_kind(output, LIBRARY_ENDINGS)
    failure = _missing(folder, manifest)
    if failure is None:
        try:
            from libraries.ingest import Source  # numpy, h5py and the readers come with it

            source = Source(Path(folder), manifest=Path(manifest) if manifest else None, names=names)
            built = _build(
                source,
                name=name or PurePath(output).stem,
                output=output,
                calibrate=not no_calibrate,
                by=(who, why),
            )
        except Exception as error:  # noqa: BLE001  # told with its own exit code
            failure = failure_of(at_fault(error, folder, manifest), error)
            show_traceback(error, ctx.ensure_object(Settings))
    if failure is not None:
        if output_format == "json":
            click.echo(json_line(error_record(failure)))
        say_error(failure)
        ctx.exit(failure.exit_code)
    _tell(output, built, output_format)
    ctx.exit(EXIT_OK)


def _missing(folder: str, manifest: str | None) -> Failure | None:
    if not os.path.isdir(folder):
        return Failure(folder, "not_found", "there is no such folder: check the path")
    if manifest is not None and not os.path.isfile(manifest):
        return Failure(manifest, "not_found", "there is no such manifest: check the path")
    return None


@dataclass(frozen=True)
class Built:
    """What was written and what was noticed on the way.

    Attributes
    ----------
    library : Library
        As it was saved.
    skipped : tuple of Skipped
        What is not in it.
    warnings : tuple of str
        What the maker should look at.
    """

    library: "Library"
    skipped: "tuple[Skipped, ...]"
    warnings: tuple[str, ...]


def _build(source: "Source", *, name: str, output: str, calibrate: bool, by: tuple[str | None, str]) -> Built:
    from libraries.calibrating import PIPELINES  # numpy, h5py and the readers come with these
    from libraries.ingest import build_from
    from spectra.errors import LibraryError

    with Progress("reading") as progress:
        built = build_from(source, name=name, progress=progress.update)
    warnings: list[str] = []
    try:
        library = searchable(built.library, warnings, calibrate=calibrate)
    except LibraryError:  # read again, now leaving out what cannot be prepared
        built = build_from(source, name=name, pipelines=[PIPELINES[built.library.technique]])
        library = searchable(built.library, warnings, calibrate=calibrate)
    saved = save_recorded(library, output, "build", by=by, details=built.details())
    return Built(saved, built.skipped, (*built.warnings, *warnings))


def _tell(output: str, built: Built, output_format: str) -> None:
    for skipped in built.skipped:
        click.echo(f"contraspec: skipped: {printable(f'{skipped.file}: {skipped.reason}')}", err=True)
    say_warnings(built.warnings)
    summary = library_summary(output, built.library)
    if output_format == "json":
        record = {
            **summary,
            "schema": BUILD_SCHEMA,
            "skipped": [{"file": skipped.file, "reason": skipped.reason} for skipped in built.skipped],
            "warnings": list(built.warnings),
        }
        click.echo(json_line(record))
        return
    terminal = stdout_terminal("never")
    for line in (
        f"wrote {output}: {summary['name']}",
        f"  {summary['technique']}, {summary['references']} references of {summary['substances']} substances",
        f"  {len(built.skipped)} files skipped" if built.skipped else "",
        f"  {'calibrated' if summary['calibrated'] else 'not calibrated: it will give no probabilities'}",
        f"  sha256 {summary['sha256']}",
    ):
        if line:
            click.echo(terminal.show(line))
