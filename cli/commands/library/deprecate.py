"""``contraspec library deprecate``: take references out of use, and keep them."""

from typing import TYPE_CHECKING, Final

import click

from ..._changes import change_options, save_recorded, say_warnings, searchable
from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout
from ..._targets import LIBRARY_ENDINGS, refuse_other_kind
from ..._terminal import stdout_terminal

if TYPE_CHECKING:
    from libraries.library import Library

DEPRECATED_SCHEMA: Final = "contraspec.deprecated/1"


@click.command("deprecate")
@click.argument("file", metavar="FILE")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why; stands with the reference and in the log."
)
@click.option("-o", "--output", metavar="LIB.h5", help="Where to write. Default: FILE itself.")
@click.option("--no-calibrate", is_flag=True, help="Leave out the calibration: quicker, no probabilities.")
@change_options
@format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    ids: tuple[str, ...],
    reason: str,
    output: str | None,
    no_calibrate: bool,
    who: str | None,
    why: str,
    output_format: str,
) -> None:
    """Take references out of use: no search sees them, and they stay in FILE.

    ID is what 'library show' gives, or its first digits. Nothing is ever deleted: the
    spectrum, its record and the reason stay and are shown. The others are calibrated again.

    \b
    Examples:
      contraspec library deprecate mylab.h5 3f9a01c2d4e5b607 --reason "wrong bottle" --by "A. Keeper"
      contraspec library deprecate mylab.h5 3f9a01c2 77ab0d14 --reason "superseded by batch 12"

    \b
    Exit codes: 0 written; 2 what stands at the output is no library; 4 the library is missing
    or damaged, an ID is not in it, or it cannot be written.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    if output is not None:
        refuse_other_kind(output, LIBRARY_ENDINGS)
    warnings: list[str] = []
    try:
        library, wanted = _deprecated(file, ids, reason)
        library = searchable(library, warnings, calibrate=not no_calibrate)
        saved = save_recorded(
            library, output or file, "deprecate", by=(who, why or reason), references=wanted
        )
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, file, error, as_json=output_format == "json")
    say_warnings(warnings)
    names = [saved.by_id[each].label.substance for each in wanted]
    if output_format == "json":
        record = {
            "schema": DEPRECATED_SCHEMA,
            "library": output or file,
            "references": list(wanted),
            "names": names,
            "reason": reason,
            "sha256": saved.content_sha256,
        }
        click.echo(json_line(record))
    else:
        terminal = stdout_terminal("never")
        for reference_id, name in zip(wanted, names, strict=True):
            click.echo(terminal.show(f"deprecated {name} ({reference_id})"))
        click.echo(terminal.show(f"sha256 {saved.content_sha256}"))
    ctx.exit(EXIT_OK)


def _deprecated(file: str, ids: tuple[str, ...], reason: str) -> "tuple[Library, tuple[str, ...]]":
    from libraries.curation.changing import deprecate_references, find_ids
    from libraries.library import Library  # numpy and h5py come with it

    library = Library.open(file, mapped=False)  # so that the file can be replaced on Windows too
    wanted = find_ids(library, ids)
    return deprecate_references(library, wanted, reason), wanted
