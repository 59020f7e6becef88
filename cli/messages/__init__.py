"""Every word an officer reads, by language.

The English sentences stand in ``en.py``, one mapping from key to sentence; keys are ``kind.code``:
``verdict.match``, ``reason.too_weak``, ``action.send_to_lab``, ``error.damaged``. The other languages
are gettext catalogues in ``locale``: the key is the message's context, the English sentence its id.
``python -m cli.messages.catalogues`` brings them up to date.
"""

import re
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from types import MappingProxyType
from typing import Final

from .en import SENTENCES

Field = str | int | float

LANGUAGES: Final = ("en", "nl", "fr", "de")
FALLBACK: Final = "en"
DOMAIN: Final = "contraspec"
LOCALE: Final = Path(__file__).parent / "locale"

_DAY: Final = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9])")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([0-9]{2}:[0-9]{2})(?![0-9])")
_NO_FIELDS: Final[Mapping[str, Field]] = MappingProxyType({})


def message(key: str, fields: Mapping[str, Field] = _NO_FIELDS, *, language: str = FALLBACK) -> str:
    """Return the sentence for a key; an unknown key gives its code, never an exception.

    Parameters
    ----------
    key : str
        ``kind.code``.
    fields : mapping, optional
        Values for the places in the sentence.
    language : str, optional
        One of ``LANGUAGES``; anything else speaks English.

    Returns
    -------
    str
        The sentence, or the code itself when no catalogue has it.
    """
    english = SENTENCES.get(key)
    if english is None:
        return key.partition(".")[2] or key
    return _translated(key, english, language).format_map(_Fields(fields))


def has_message(key: str) -> bool:
    """Whether there is a sentence for a key; that every language has it is for the tests to see."""
    return key in SENTENCES


def number(value: float, spec: str, *, language: str = FALLBACK) -> str:
    """Format a number with the decimal sign of a language.

    Parameters
    ----------
    value : float
        What to write.
    spec : str
        Format specification of Python, such as ``.3f``.
    language : str, optional
        One of ``LANGUAGES``.
    """
    return format(value, spec).replace(".", message("number.decimal", language=language))


def day(text: str, *, language: str = FALLBACK) -> str:
    """Write the day of an ISO date or time as people of a language do, in figures.

    Parameters
    ----------
    text : str
        Begins with ``YYYY-MM-DD``; anything else comes back as it is.
    language : str, optional
        One of ``LANGUAGES``; English keeps the order of ISO 8601, which nobody reads two ways.
    """
    found = _DAY.match(text)
    return message("number.date", found.groupdict(), language=language) if found else text


def moment(text: str, *, language: str = FALLBACK) -> str:
    """Write an ISO date or time as `day` does, with the minute where it is told, and UTC where it is that.

    Parameters
    ----------
    text : str
        Begins with ``YYYY-MM-DD``; anything else comes back as it is.
    language : str, optional
        One of ``LANGUAGES``.
    """
    found = _TIME.match(text)
    if found is None:
        return day(text, language=language)
    zone = " UTC" if text.endswith(("+00:00", "Z")) else ""
    return f"{day(text, language=language)} {found[1]}{zone}"


class _Fields(dict[str, Field]):
    """Values of a sentence; a missing one shows its name."""

    def __missing__(self, key: str) -> str:
        return key


def _translated(key: str, english: str, language: str) -> str:
    catalogue = None if language == FALLBACK else _catalogue(language)
    return english if catalogue is None else catalogue.pgettext(key, english)


@cache
def _catalogue(language: str) -> GNUTranslations | None:
    if language not in LANGUAGES:
        return None
    with open(LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo", "rb") as file:
        return GNUTranslations(file)
