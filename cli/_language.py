"""Which language an officer reads: the one asked for, else that of the system."""

import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from .messages import FALLBACK, LANGUAGES

_BY_NAME: Final = {"dutch": "nl", "french": "fr", "german": "de", "english": "en"}
"""Languages as Windows calls them."""
_SPOKEN: Final[ContextVar[str]] = ContextVar("language", default=FALLBACK)


def spoken_language() -> str:
    """Language of the command that runs, for errors: English in commands that speak no other."""
    return _SPOKEN.get()


@contextmanager
def own_language() -> Iterator[None]:
    """Begin without a language, and leave none behind."""
    token = _SPOKEN.set(FALLBACK)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def note_language(language: str) -> None:
    """Say which language the command that runs speaks from now on."""
    _SPOKEN.set(language)


def preferred_language() -> str:
    """Language of the environment or else of the system; English where we do not speak it."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        stated = os.environ.get(variable)
        if stated:
            return _spoken(stated)
    return _spoken(locale.getlocale()[0] or "")


def _spoken(name: str) -> str:
    """One of ``LANGUAGES`` for a locale's name such as ``nl_BE.UTF-8`` or ``Dutch_Belgium``."""
    language = name.replace("-", "_").partition("_")[0].partition(".")[0].casefold()
    language = _BY_NAME.get(language, language)
    return language if language in LANGUAGES else FALLBACK
