"""Commands that cannot be carried out as typed: told in the officer's language, the English detail behind."""

from collections.abc import Mapping, Sequence
from typing import Final

import click

from ._config import ConfigError
from ._errors import say_line
from ._language import note_language, preferred_language, spoken_language
from ._streams import printable
from .messages import FALLBACK, LANGUAGES, Field, message

_OPTION: Final = "--lang"
_HELP: Final = getattr(click.exceptions, "NoArgsIsHelpError", ())
"""A group without a command, which shows its help; older versions of click do without."""


class WordedUsageError(click.UsageError):
    """Wrong usage with a sentence of its own in the catalogues.

    Parameters
    ----------
    key : str
        Of the sentence.
    fields : mapping
        For its places.
    """

    def __init__(self, key: str, fields: Mapping[str, Field]) -> None:
        self.key = key
        self.fields = {name: _shown(value) for name, value in fields.items()}
        super().__init__(message(key, self.fields))


def say_wrong_usage(error: click.ClickException, arguments: Sequence[str]) -> None:
    """Tell what is wrong with a command: as click does, or in the language of the command.

    Parameters
    ----------
    error : click.ClickException
        What was raised.
    arguments : sequence of str
        Of the whole command line: ``--lang`` holds even where it was not read any more.
    """
    context = error.ctx if isinstance(error, click.UsageError) else None
    language = _language_of(context, arguments)
    note_language(language)
    if language == FALLBACK or not isinstance(error, click.UsageError) or isinstance(error, _HELP):
        error.show()
        return
    if isinstance(error, WordedUsageError):
        told = message(error.key, error.fields, language=language)
    else:
        told = f"{_sentence(error, language)} [{printable(error.format_message())}]"
    say_line("failure.line", told)
    command = context.command_path if context else "contraspec"
    click.echo(message("usage.help", {"command": command}, language=language), err=True)


def _shown(value: Field) -> Field:
    return printable(value) if isinstance(value, str) else value


def _sentence(error: click.UsageError, language: str) -> str:
    """Say in a few words what kind of fault it is."""
    name = ""
    if isinstance(error, ConfigError):
        key = "config"
    elif isinstance(error, click.NoSuchOption):
        key, name = "option", error.option_name
    elif isinstance(error, click.MissingParameter):
        key, name = "missing", _parameter(error)
    elif isinstance(error, click.BadParameter):
        key, name = "value", _parameter(error)
    else:
        key = "command" if error.ctx and isinstance(error.ctx.command, click.Group) else "other"
    return message(f"usage.{key}", {"name": printable(name)}, language=language)


def _parameter(error: click.BadParameter) -> str:
    """Name of the parameter at fault, as it is typed."""
    if error.param is not None and error.ctx is not None:
        hint: Sequence[str] | str | None = error.param.get_error_hint(error.ctx)
    else:
        hint = error.param_hint
    return (hint or "").strip("'[].") if hint is None or isinstance(hint, str) else ", ".join(hint)


def _language_of(context: click.Context | None, arguments: Sequence[str]) -> str:
    """Language that the command speaks: asked for, of the configuration, or of the system."""
    if spoken_language() != FALLBACK:
        return spoken_language()
    command = context.command if context else None
    spoken = command is None or any(param.name == "language" for param in command.params)
    if not spoken and not isinstance(command, click.Group):
        return FALLBACK
    asked = [
        after if one == _OPTION else one.partition("=")[2]
        for one, after in zip(arguments, [*arguments[1:], ""], strict=True)
        if one == _OPTION or one.startswith(f"{_OPTION}=")
    ]
    configured = (context.default_map or {}).get("language") if context else None
    wanted = [each for each in (*asked[-1:], configured) if each in LANGUAGES]
    return wanted[0] if wanted else preferred_language()
