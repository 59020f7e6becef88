"""What the commands on case logs and evidence files share."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from ._errors import Settings, failure_of, say_error, show_traceback
from ._records import error_record, json_line
from ._streams import machine_stdout, printable


def run_on_file(ctx: click.Context, file: str, output_format: str, work: Callable[[], Any]) -> Any:
    """Do something with a log or evidence file; a failure is told as an error record and ends the command."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # told, with its exit code
        _leave(ctx, file, error, output_format)


def say(plain: object, lines: Sequence[str], output_format: str) -> None:
    """Write JSON for machines or lines for people; what files hold can't break a line."""
    if output_format == "json":
        machine_stdout()
        click.echo(json_line(plain))
    else:
        click.echo("\n".join(map(printable, lines)))


def _leave(ctx: click.Context, file: str, error: Exception, output_format: str) -> NoReturn:
    failure = failure_of(file, error)
    if output_format == "json":
        machine_stdout()
        click.echo(json_line(error_record(failure)))
    say_error(failure)
    show_traceback(error, ctx.ensure_object(Settings))
    ctx.exit(failure.exit_code)
