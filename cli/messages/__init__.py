"""Every word an officer reads, by language.

A catalogue is a module of this package with one mapping ``SENTENCES`` from key to
sentence; ``en`` is complete and the fallback of the others. Keys are ``kind.code``:
``verdict.match``, ``reason.too_weak``, ``action.send_to_lab``, ``error.damaged``.
"""

import importlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

Field = str | int | float

LANGUAGES: Final[dict[str, str]] = {"en": "cli.messages.en"}
"""Language code to catalogue module."""
FALLBACK: Final = "en"

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
    sentence = _sentences(language).get(key) or _sentences(FALLBACK).get(key)
    if sentence is None:
        return key.partition(".")[2] or key
    return sentence.format_map(_Fields(fields))


def has_message(key: str, *, language: str = FALLBACK) -> bool:
    """Whether the catalogue of a language itself has the key."""
    return key in _sentences(language)


class _Fields(dict[str, Field]):
    """Values of a sentence; a missing one shows its name."""

    def __missing__(self, key: str) -> str:
        return key


@cache
def _sentences(language: str) -> Mapping[str, str]:
    module = importlib.import_module(LANGUAGES.get(language, LANGUAGES[FALLBACK]))
    sentences: Mapping[str, str] = module.SENTENCES
    return sentences
