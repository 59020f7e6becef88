"""Exit codes, and how a failure is told: never as a verdict."""

import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import click

from ._language import spoken_language
from ._streams import printable
from ._terminal import without_umlauts
from .messages import FALLBACK, Field, message

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

_TELL_ALL: Final = ("not_found", "empty")
"""Codes to whose sentence no detail adds anything."""
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
class Wording:
    """Sentence by which an officer is told of a failure, where that of its code will not do.

    Attributes
    ----------
    key : str
        Of the catalogues.
    fields : mapping
        For the places of the sentence.
    whole : bool
        Whether it says everything; else the English detail stands behind it.
    """

    key: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    whole: bool = False


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
    wording : Wording or None
        What an officer reads of it; None for the sentence of the code.
    """

    file: str
    error: ErrorCode
    message: str
    index: int | None = None
    wording: Wording | None = field(default=None, compare=False)

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
                return Failure(file, code, str(error), index, _wording_of(error, file))
    elif isinstance(error, FileNotFoundError):
        return Failure(file, "not_found", "no such file: check the name")
    elif isinstance(error, PermissionError):
        told = "the file may not be read: check its permissions"
        return Failure(file, "unsupported", told, wording=Wording("error.permission", whole=True))
    return Failure(
        file, "internal", f"internal error ({type(error).__name__}: {error}): rerun with --debug", index
    )


def _wording_of(error: Exception, file: str) -> Wording | None:
    """Sentence of an error that is told otherwise than by its code."""
    from spectra.errors import CaseError, ExtraError, NotFoundError, WriteError

    own = getattr(error, "wording", None)
    if isinstance(own, Wording):
        return own
    if isinstance(error, CaseError) and file and not os.path.lexists(file):
        return Wording("error.not_found", whole=True)
    if isinstance(error, NotFoundError) and os.path.isdir(file):
        return Wording("error.folder", whole=True)
    kinds = ((ExtraError, "error.extra"), (WriteError, "error.write"), (CaseError, "error.case"))
    return next((Wording(key) for kind, key in kinds if isinstance(error, kind)), None)


def worst(codes: set[int]) -> int:
    """Exit code when several apply: 70 before 4 before 1 before 3 before 0."""
    return next((code for code in _PRECEDENCE if code in codes), EXIT_OK)


def say_error(failure: Failure) -> None:
    """Write ``contraspec: error: FILE: message`` on stderr, one line that names the file once.

    In another language than English the officer's sentence comes first, the English detail behind it.
    """
    detail, language = failure.message, spoken_language()
    if failure.file and detail.startswith((f"{failure.file}:", f"{failure.file} ")):
        detail = detail[len(failure.file) :].lstrip(": ")
    if language != FALLBACK:
        sentence = failure_sentence(failure, language)
        whole = failure.wording.whole if failure.wording else failure.error in _TELL_ALL
        detail = sentence if whole else f"{sentence} [{detail}]"
    say_line("failure.line", f"{failure.file}: {detail}" if failure.file else detail)


def failure_sentence(failure: Failure, language: str) -> str:
    """Sentence of the catalogues for a failure."""
    wording = failure.wording or Wording(f"error.{failure.error}")
    return message(wording.key, wording.fields, language=language)


def say_line(key: str, told: str = "", *, fields: Mapping[str, Field] | None = None) -> None:
    """Write one sentence of the language in effect on stderr, with ``told`` in its place."""
    language = spoken_language()
    text = message(key, {"told": printable(told), **(fields or {})}, language=language)
    if language == "de":
        text = without_umlauts(text, getattr(sys.stderr, "encoding", None) or "ascii")
    click.echo(text, err=True)


def say_internal(error: BaseException) -> None:
    """Write the one line that an unexpected exception gets on stderr."""
    say_line("failure.internal", f"{type(error).__name__}: {error}")


def show_traceback(error: BaseException, settings: Settings) -> None:
    """Print the traceback on stderr, only with ``--debug``."""
    if settings.debug:
        traceback.print_exception(error, file=sys.stderr)
