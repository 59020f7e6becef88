"""Exit codes, and how a failure is told: never as a verdict."""

import sys
import traceback
from dataclasses import dataclass
from typing import Final, Literal

import click

from ._streams import printable

ErrorCode = Literal["not_found", "empty", "unrecognised", "unsupported", "damaged", "library", "internal"]
ERROR_CODES: Final[tuple[ErrorCode, ...]] = (
    "not_found",
    "empty",
    "unrecognised",
    "unsupported",
    "damaged",
    "library",
    "internal",
)

EXIT_OK: Final = 0
EXIT_ALERT: Final = 1
EXIT_USAGE: Final = 2
EXIT_INPUT: Final = 3
EXIT_LIBRARY: Final = 4
EXIT_CHECK: Final = 5
EXIT_INTERNAL: Final = 70
EXIT_INTERRUPTED: Final = 130
EXIT_PIPE: Final = 141

_PRECEDENCE: Final = (EXIT_INTERNAL, EXIT_LIBRARY, EXIT_ALERT, EXIT_INPUT, EXIT_OK)


@dataclass(frozen=True)
class Settings:
    """What the root command hands to every other.

    Attributes
    ----------
    debug : bool
        Show tracebacks.
    config : str or None
        Configuration file as typed; None where none was.
    """

    debug: bool = False
    config: str | None = None


@dataclass(frozen=True)
class Failure:
    """One input or library that gave no answer.

    Attributes
    ----------
    file : str
        As typed.
    error : str
        One of ``ERROR_CODES``.
    message : str
        What happened and what to do.
    index : int or None
        Which spectrum of the file, from 0, where the others were read.
    """

    file: str
    error: ErrorCode
    message: str
    index: int | None = None

    @property
    def exit_code(self) -> int:
        """Exit code that this failure alone would give."""
        if self.error == "internal":
            return EXIT_INTERNAL
        return EXIT_LIBRARY if self.error == "library" else EXIT_INPUT


def failure_of(file: str, error: Exception, index: int | None = None) -> Failure:
    """Translate an exception; anything that is not raised on purpose is ``internal``.

    Parameters
    ----------
    file : str
        The input or library at fault, as typed.
    error : Exception
        What was raised.
    index : int, optional
        Which spectrum of the file, where the others were read.

    Returns
    -------
    Failure
        With the error's own code, or ``internal``.
    """
    from spectra.errors import SpectraError  # only when something failed: keeps --help light

    if isinstance(error, SpectraError):
        for code in ERROR_CODES:
            if code == error.code and code != "internal":
                return Failure(file, code, str(error), index)
    elif isinstance(error, FileNotFoundError):
        return Failure(file, "not_found", "no such file: check the name")
    elif isinstance(error, PermissionError):
        return Failure(file, "unsupported", "the file may not be read: check its permissions")
    return Failure(
        file, "internal", f"internal error ({type(error).__name__}: {error}): rerun with --debug", index
    )


def worst(codes: set[int]) -> int:
    """Exit code when several apply: 70 before 4 before 1 before 3 before 0."""
    return next((code for code in _PRECEDENCE if code in codes), EXIT_OK)


def say_error(failure: Failure) -> None:
    """Write ``contraspec: error: FILE: message`` on stderr, one line that names the file once."""
    message = failure.message
    if failure.file:
        if message.startswith((f"{failure.file}:", f"{failure.file} ")):
            message = message[len(failure.file) :].lstrip(": ")
        message = f"{failure.file}: {message}"
    click.echo(f"contraspec: error: {printable(message)}", err=True)


def say_internal(error: BaseException) -> None:
    """Write the one line that an unexpected exception gets on stderr."""
    detail = printable(f"{type(error).__name__}: {error}")
    click.echo(f"contraspec: internal error: {detail}; rerun with --debug", err=True)


def show_traceback(error: BaseException, settings: Settings) -> None:
    """Print the traceback on stderr, only with ``--debug``."""
    if settings.debug:
        traceback.print_exception(error, file=sys.stderr)
