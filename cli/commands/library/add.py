"""``contraspec library add``: further references for a library, measured or from another one."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..._changes import at_fault, change_options, save_recorded, say_warnings, searchable
from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option
from ..._progress import Progress
from ..._records import json_line
from ..._stating import Stated, stating_options
from ..._streams import machine_stdout, printable
from ..._targets import LIBRARY_ENDINGS, refuse_inside, refuse_other_kind, refuse_to_replace
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.ingest import Skipped, Source
    from libraries.library import Library
    from libraries.reference import Reference

ADDED_SCHEMA: Final = "contraspec.added/1"


@dataclass
class _Found:
    """What is to be added, and what was noticed on the way."""

    references: "list[Reference]" = field(default_factory=list)
    skipped: "list[Skipped]" = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


@click.command("add")
@click.argument("library", metavar="LIBRARY")
@click.argument("files", metavar="[FILE]...", nargs=-1)
@stating_options
@click.option(
    "--from", "other", metavar="LIB.h5", help="Take references of another library instead of FILEs."
)
@click.option(
    "--select",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="With --from: id or name to take, * and ? as in file names; several times if need be. Default: all.",
)
@click.option("-o", "--output", metavar="LIB.h5", help="Where to write. Default: LIBRARY itself.")
@click.option("--no-calibrate", is_flag=True, help="Leave out the calibration: quicker, no probabilities.")
@change_options
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    library: str,
    files: tuple[str, ...],
    stated: Stated,
    other: str | None,
    patterns: tuple[str, ...],
    output: str | None,
    no_calibrate: bool,
    who: str | None,
    why: str,
    output_format: str,
) -> None:
    """Add references to LIBRARY: from FILEs, a folder, or another library.

    What the FILEs are is said by options, by a manifest, or by their names. A file with
    several spectra gives as many references. What cannot be used is skipped and named on
    stderr; what the library holds already is not added twice. The library is prepared and
    calibrated again and replaced when all is written.

    \b
    Examples:
      contraspec library add mylab.h5 new.csv --substance caffeine --form anhydrous --cas 58-08-2
      contraspec library add mylab.h5 batch/ --manifest batch/manifest.csv --by "A. Keeper"
      contraspec library add mylab.h5 collection.jdx --names title
      contraspec library add mylab.h5 --from other.h5 --select "sodium*"

    \b
    Exit codes: 0 written; 2 the output is an input or no library; 3 a FILE is not there, none
    could be used, or the manifest cannot be read; 4 a library is missing, damaged or of
    another technique, or cannot be written.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    if bool(other) == bool(files or stated.manifest):
        raise click.UsageError("give FILEs, --manifest or --from LIB.h5, and only one of FILEs and --from")
    if patterns and not other:
        raise click.UsageError("--select goes with --from LIB.h5")
    if output:
        refuse_to_replace(output, [*files, stated.manifest, other])
        refuse_inside(output, files)
        refuse_other_kind(output, LIBRARY_ENDINGS)
    subject = library
    try:
        base = _open(library)
        subject = other or (files[0] if files else str(stated.manifest))
        found = _from_library(other, patterns) if other else _from_files(files, stated, base)
        subject = library
        record, saved = _add(base, found, output or library, (who, why), calibrate=not no_calibrate)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        subject = at_fault(error, subject, stated.manifest)
        end_with_failure(ctx, subject, error, as_json=output_format == "json")
    _tell(record, saved, found, output_format)
    ctx.exit(EXIT_OK)


def _open(path: str) -> "Library":
    from libraries.library import Library  # numpy and h5py come with it

    return Library.open(path, mapped=False)  # so that the file can be replaced on Windows too


def _from_library(path: str, patterns: tuple[str, ...]) -> _Found:
    from libraries.curation.changing import select_references

    source = _open(path)
    return _Found(
        references=list(select_references(source, patterns)),
        details={"from": source.name, "from_sha256": source.content_sha256},
    )


def _from_files(files: tuple[str, ...], stated: Stated, base: "Library") -> _Found:
    from libraries.ingest import Fault, Log, read_references, told
    from spectra.errors import DamagedError, NotFoundError

    for file in files:
        if not os.path.exists(file):
            raise NotFoundError(f"{file}: no such file: check the name")
    found = _Found()
    faults: list[Fault] = []
    for source in _sources(files, stated):
        log = Log()
        with Progress("reading") as progress:
            references, skipped, warnings = read_references(
                source, technique=base.technique, progress=progress.update, log=log
            )
        faults += log.faults
        found.references += references
        found.skipped += skipped
        found.warnings += warnings
    if not found.references:
        first = f": {found.skipped[0].file}: {found.skipped[0].reason}" if found.skipped else ""
        raise DamagedError(f"no usable {base.technique} spectrum{first}")
    found.details = told(len(found.references), found.skipped, faults)
    return found


def _sources(files: tuple[str, ...], stated: Stated) -> "list[Source]":
    """Folders whole; files each from where they lie."""
    from libraries.ingest import Source

    manifest = Path(stated.manifest) if stated.manifest else None
    row, names = stated.row(), stated.names
    if not files:
        return [Source(Path(str(stated.manifest)).resolve().parent, manifest=manifest)]
    return [
        Source(Path(file), manifest=manifest, names=names, stated=row)
        if os.path.isdir(file)
        else Source(Path(file).parent, (Path(file).name,), manifest, names, row)
        for file in files
    ]


def _add(
    base: "Library", found: _Found, output: str, by: tuple[str | None, str], *, calibrate: bool
) -> "tuple[dict[str, Any], Library]":
    from libraries.curation.changing import add_references

    added = add_references(base, found.references)
    found.warnings += [
        f"{each.label.substance} ({each.id}) is there already" + (", deprecated" if each.deprecated else "")
        for each in (base.by_id.get(present.id, present) for present in added.present)
    ]
    ids = [each.id for each in added.added]
    if not ids:
        return {"references": [], "names": []}, base
    prepared = searchable(added.library, found.warnings, calibrate=calibrate)
    saved = save_recorded(prepared, output, "add", by=by, references=ids, details=found.details)
    return {"references": ids, "names": [each.label.substance for each in added.added]}, saved


def _tell(record: dict[str, Any], saved: "Library", found: _Found, output_format: str) -> None:
    for skipped in found.skipped:
        click.echo(f"contraspec: skipped: {printable(f'{skipped.file}: {skipped.reason}')}", err=True)
    say_warnings(found.warnings)
    if output_format == "json":
        skips = [{"file": each.file, "reason": each.reason} for each in found.skipped]
        line = {
            "schema": ADDED_SCHEMA,
            "library": str(saved.path),
            **record,
            "skipped": skips,
            "warnings": found.warnings,
            "sha256": saved.content_sha256,
        }
        click.echo(json_line(line))
        return
    terminal = stdout_terminal("never")
    for reference_id, name in zip(record["references"], record["names"], strict=True):
        click.echo(terminal.show(f"added {name} ({reference_id})"))
    if not record["references"]:
        click.echo(terminal.show("nothing to add: the library was left as it is"))
    click.echo(terminal.show(f"{len(saved)} references, sha256 {saved.content_sha256}"))
