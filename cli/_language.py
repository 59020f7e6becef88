"""Which language an officer reads when none was asked for."""

import locale
import os
from typing import Final

from .messages import FALLBACK, LANGUAGES

_BY_NAME: Final = {"dutch": "nl", "french": "fr", "german": "de", "english": "en"}
"""Languages as Windows calls them."""


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
