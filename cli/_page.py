"""The page that an officer reads: its terminal and its language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ._terminal import Terminal, without_umlauts
from .messages import FALLBACK, Field, day, message, moment, number

_INDENT: Final = "  "


@dataclass(frozen=True)
class Page:
    """Where and in which language a result is written.

    Attributes
    ----------
    terminal : Terminal
        Width, colour, encoding.
    language : str
        Of the catalogue.
    """

    terminal: Terminal
    language: str = FALLBACK

    def say(self, key: str, fields: Mapping[str, Field] | None = None) -> str:
        """Sentence of the page's language, in letters that the terminal has."""
        text = message(key, fields or {}, language=self.language)
        return without_umlauts(text, self.terminal.encoding) if self.language == "de" else text

    def number(self, value: float, spec: str) -> str:
        """Write a number with the decimal sign of the page's language."""
        return number(value, spec, language=self.language)

    def day(self, text: str) -> str:
        """Write the day of an ISO date or time as in the page's language."""
        return day(text, language=self.language)

    def moment(self, text: str) -> str:
        """Write an ISO time, to the minute, as in the page's language."""
        return moment(text, language=self.language)

    def heading(self, key: str) -> list[str]:
        """Blank line and heading."""
        lines = self.terminal.wrap(self.say(f"heading.{key}"))
        return ["", *(self.terminal.style(line, bold=True) for line in lines)]

    def block(self, text: str) -> list[str]:
        """Indented paragraph."""
        return self.terminal.wrap(text, indent=_INDENT)

    def item(self, text: str) -> list[str]:
        """One item of a list."""
        return self.terminal.wrap(text, indent=_INDENT + "- ", hanging=_INDENT * 2)
