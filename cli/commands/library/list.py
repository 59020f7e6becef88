"""``contraspec library list``: one line for each library."""

import click

from ... import _engine
from ..._errors import EXIT_OK, Settings, say_error, show_traceback, worst
from ..._libraries import LibrarySummary, library_summary, open_libraries
from ..._options import format_option
from ..._records import error_record, json_line
from ..._streams import machine_stdout
from ..._terminal import Terminal, stdout_terminal

_HASH_DIGITS = 12


@click.command("list")
@click.argument("libraries", metavar="[LIBRARY]...", nargs=-1)
@format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, libraries: tuple[str, ...], output_format: str) -> None:
    """Say in one line what each LIBRARY holds; without one, the built-in starter.

    \b
    Examples:
      contraspec library list
      contraspec library list starter mylab.h5
      contraspec library list *.h5 --format json

    \b
    Exit codes: 0 all opened; 4 a library is missing or damaged.
    """  # noqa: D301  # click reads the escape
    if output_format == "json":
        machine_stdout()
    settings, terminal = ctx.ensure_object(Settings), stdout_terminal("never")
    codes = {EXIT_OK}
    for path in libraries or (_engine.STARTER,):
        try:
            summaries = [library_summary(path, library) for library in open_libraries(path)]
        except Exception as error:  # noqa: BLE001  # one broken library must not hide the others
            failure = _engine.library_failure((path,), error)
            codes.add(failure.exit_code)
            if output_format == "json":
                click.echo(json_line(error_record(failure)))
            say_error(failure)
            show_traceback(error, settings)
            continue
        for summary in summaries:
            click.echo(json_line(summary) if output_format == "json" else _line(summary, terminal))
    ctx.exit(worst(codes))


def _line(summary: LibrarySummary, terminal: Terminal) -> str:
    facts = [
        summary["technique"],
        f"{summary['references']} references of {summary['substances']} substances",
        f"{summary['hints']} hints" if summary["hints"] else "",
        f"release {summary['release']}" if summary["release"] else "no release",
        "calibrated" if summary["calibrated"] else "not calibrated",
        f"sha256 {summary['sha256'][:_HASH_DIGITS]}",
    ]
    return terminal.show(f"{summary['library']}: {summary['name']}: {', '.join(filter(None, facts))}")
