"""How a command that does one thing ends when it cannot."""

import dataclasses
from typing import Final, NoReturn

import click

from ._errors import Settings, Wording, failure_of, say_error, show_traceback
from ._records import error_record, json_line

_ALWAYS: Final = ("not_found", "internal")
"""Codes whose sentence is right whatever the command."""


def end_with_failure(
    ctx: click.Context,
    subject: str,
    error: Exception,
    *,
    as_json: bool = False,
    wording: Wording | None = None,
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
    wording : Wording, optional
        What an officer reads of it, where the sentence of the code would advise wrongly.
    """
    failure = failure_of(subject, error)
    if wording is not None and failure.wording is None and failure.error not in _ALWAYS:
        failure = dataclasses.replace(failure, wording=wording)
    if failure.message.startswith(f"{subject}: "):  # it names its file itself
        failure = dataclasses.replace(failure, message=failure.message.removeprefix(f"{subject}: "))
    if as_json:
        click.echo(json_line(error_record(failure)))
    say_error(failure)
    show_traceback(error, ctx.ensure_object(Settings))
    ctx.exit(failure.exit_code)
