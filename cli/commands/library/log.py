"""``contraspec library log``: who changed a library, when and why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from ..._ending import end_with_failure
from ..._errors import EXIT_OK
from ..._options import format_option
from ..._records import json_line
from ..._streams import machine_stdout
from ..._terminal import Terminal, stdout_terminal

if TYPE_CHECKING:
    from libraries.changes import Change

CHANGE_SCHEMA: Final = "contraspec.change/1"


@click.command("log")
@click.argument("file", metavar="FILE")
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, file: str, output_format: str) -> None:
    """Show the change log of the library FILE: who changed what, when and why, oldest first.

    Each entry holds the hash of the one before; a log from which something was taken, or in
    which something was altered, is refused when the library is opened.

    \b
    Examples:
      contraspec library log mylab.h5
      contraspec library log mylab.h5 --format json

    \b
    Exit codes: 0 shown; 4 the library is missing or damaged, or its log was altered.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    try:
        from libraries.changes import unrecorded
        from libraries.library import Library  # numpy and h5py come with it

        library = Library.open(file)
        changes, stray = library.changes, unrecorded(library)
    except Exception as error:  # noqa: BLE001  # told with its own exit code
        end_with_failure(ctx, file, error, as_json=output_format == "json")
    if output_format == "json":
        for number, change in enumerate(changes, start=1):
            click.echo(json_line(change_record(change, number)))
    else:
        for line in _text(changes, stray, stdout_terminal("never")):
            click.echo(line)
    if stray:
        click.echo("contraspec: warning: the content was changed after the last entry", err=True)
    ctx.exit(EXIT_OK)


def change_record(change: "Change", number: int) -> dict[str, Any]:
    """``contraspec.change/1``: one entry of a change log."""
    return {"schema": CHANGE_SCHEMA, "number": number, **change.to_dict()}


def _text(changes: "tuple[Change, ...]", stray: bool, terminal: Terminal) -> Iterator[str]:
    if not changes:
        yield terminal.show("nothing was recorded")
    for number, change in enumerate(changes, start=1):
        who = change.who or "by nobody named"
        about = f", {len(change.references)} references" if change.references else ""
        yield from terminal.wrap(f"{number}. {change.when} {change.what}{about}: {who}", hanging="   ")
        if change.why:
            yield from terminal.wrap(change.why, indent="   ")
        for reference_id in change.references[:20]:
            yield terminal.show(f"   {reference_id}")
        yield terminal.show(f"   content {change.content_sha256[:12]}, entry {change.sha256[:12]}")
    if stray:
        yield terminal.show("the content is not that of the last entry")
