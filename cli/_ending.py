"""How a command that does one thing ends when it cannot."""

from typing import NoReturn

import click

from ._errors import Settings, failure_of, say_error, show_traceback
from ._records import error_record, json_line


def end_with_failure(
    ctx: click.Context, subject: str, error: Exception, *, as_json: bool = False
) -> NoReturn:
    """Tell why, and leave with the exit code of the error.

    Parameters
    ----------
    ctx : click.Context
        Of the command.
    subject : str
        File at fault, as typed.
    error : Exception
        What was raised.
    as_json : bool
        Write an error record on stdout too.
    """
    failure = failure_of(subject, error)
    if failure.message.startswith(f"{subject}: "):  # it names its file itself
        failure = type(failure)(subject, failure.error, failure.message.removeprefix(f"{subject}: "))
    if as_json:
        click.echo(json_line(error_record(failure)))
    say_error(failure)
    show_traceback(error, ctx.ensure_object(Settings))
    ctx.exit(failure.exit_code)
