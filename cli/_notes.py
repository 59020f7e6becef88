"""Remarks on a scan in the language of a page; those that no catalogue has stay English."""

import re
import string
from functools import cache
from typing import Final

from ._page import Page
from .messages import FALLBACK, Field
from .messages.en import SENTENCES

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
_KIND: Final = "note."


def note_text(note: str, page: Page) -> str:
    """Give a remark in the language of a page, its figures and dates in local form.

    Parameters
    ----------
    note : str
        In English, as a record has it.
    page : Page
        With its language.
    """
    if page.language == FALLBACK:
        return note
    for key, pattern in _patterns():
        found = pattern.fullmatch(note)
        if found:
            return page.say(key, {name: _value(text, page) for name, text in found.groupdict().items()})
    return note


def _value(text: str, page: Page) -> Field:
    return text.replace(".", page.say("number.decimal")) if _NUMBER.fullmatch(text) else page.moment(text)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each remark as a pattern with a group for each of its places; the longest, which say most, first."""
    keys = sorted((key for key in SENTENCES if key.startswith(_KIND)), key=lambda key: -len(SENTENCES[key]))
    return tuple((key, re.compile(_pattern(SENTENCES[key]), re.DOTALL)) for key in keys)


def _pattern(sentence: str) -> str:
    parts = string.Formatter().parse(sentence)
    return "".join(re.escape(text) + (f"(?P<{name}>.+?)" if name else "") for text, name, _, _ in parts)
