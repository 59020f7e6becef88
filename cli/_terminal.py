"""What the terminal can show: its width, its colours, its characters."""

import os
import re
import shutil
import sys
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

import click

from ._streams import printable

ColorChoice = Literal["auto", "always", "never"]
COLOR_CHOICES: Final[tuple[ColorChoice, ...]] = ("auto", "always", "never")

MIN_COLUMNS: Final = 20
MAX_COLUMNS: Final = 100
"""Longer lines are not read faster."""

_BEFORE_UNIT: Final = re.compile(r"(?<=[0-9]) (?=%|cm|nm)|(?<=\bk) (?==)|(?<=\bk =) (?=[0-9])")
_HELD: Final = "\x1f"
"""Stands for a space that must not end a line; the text itself has no control characters."""

_ASCII: Final = str.maketrans(
    {
        "⁻": "-",
        "¹": "1",
        "²": "2",
        "³": "3",
        "–": "-",
        "—": "-",
        "…": "...",
        "±": "+/-",
        "≥": ">=",
        "≤": "<=",
        "×": "x",
        "·": ".",
        "µ": "u",
        "μ": "u",
        "°": "deg",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "ß": "ss",
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "€": "EUR",
    }
)
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ẞ": "SS"}
"""How German is written without them; in other languages a letter with two dots is the plain letter."""
_UMLAUT: Final = re.compile("[äöüÄÖÜẞ]")


@dataclass(frozen=True)
class Terminal:
    """Shape and abilities of where text goes.

    Attributes
    ----------
    columns : int
        Width in characters.
    color : bool
        Whether colour may be used.
    encoding : str
        What the stream can encode.
    """

    columns: int = 80
    color: bool = False
    encoding: str = "utf-8"

    def wrap(self, text: str, *, indent: str = "", hanging: str | None = None) -> list[str]:
        """Lines of at most ``columns`` characters, safe for the terminal.

        Parameters
        ----------
        text : str
            One paragraph.
        indent : str, optional
            Before the first line.
        hanging : str, optional
            Before the others; ``indent`` when None.
        """
        lines = textwrap.wrap(
            _BEFORE_UNIT.sub(_HELD, self.show(text)),
            self.columns,
            initial_indent=indent,
            subsequent_indent=indent if hanging is None else hanging,
            break_on_hyphens=False,
        )
        return [line.replace(_HELD, " ") for line in lines]

    def fit(self, line: str) -> list[str]:
        """Lines of at most ``columns`` characters, the further ones set in by two more than the first."""
        text = line.lstrip(" ")
        indent = line[: len(line) - len(text)]
        return self.wrap(text, indent=indent, hanging=f"{indent}  ")

    def show(self, text: str) -> str:
        """Return the text in characters that the stream has, without control characters."""
        return encodable(printable(text), self.encoding)

    def style(self, text: str, *, bold: bool = False, fg: str | None = None, bg: str | None = None) -> str:
        """Add colour where it is allowed; the words never depend on it."""
        return click.style(text, bold=bold, fg=fg, bg=bg) if self.color else text


def stdout_terminal(color: ColorChoice) -> Terminal:
    """Describe the standard output.

    ``auto`` means colour only on a terminal that is not dumb and without ``NO_COLOR``.

    Parameters
    ----------
    color : str
        What the user asked for.
    """
    columns = shutil.get_terminal_size((80, 24)).columns
    return Terminal(
        columns=min(max(columns, MIN_COLUMNS), MAX_COLUMNS),
        color=color == "always" or (color == "auto" and _color_by_default()),
        encoding=sys.stdout.encoding or "ascii",
    )


def _color_by_default() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def without_umlauts(text: str, encoding: str) -> str:
    """German text as it is spelt where the encoding has no umlauts; else as it is.

    Parameters
    ----------
    text : str
        German.
    encoding : str
        Of the stream.
    """
    if encodable(text, encoding) == text:
        return text

    def spelt(found: re.Match[str]) -> str:
        letter, place = found[0], found.start()
        if encodable(letter, encoding) == letter:
            return letter
        beside = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
        capitals = letter.isupper() and any(each.isupper() for each in beside)
        return _UMLAUTS[letter].upper() if capitals else _UMLAUTS[letter]

    return _UMLAUT.sub(spelt, text)


def encodable(text: str, encoding: str) -> str:
    """Replace every character that the encoding lacks by what ASCII has for it."""
    try:
        text.encode(encoding)
    except LookupError:
        return encodable(text, "ascii")
    except UnicodeEncodeError:
        return "".join(_fitting(character, encoding) for character in text)
    return text


def _fitting(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return _ascii(character)
    return character


def _ascii(character: str) -> str:
    plain = character.translate(_ASCII)
    if plain.isascii():
        return plain
    name = unicodedata.name(character, "")
    if name.startswith("GREEK ") and " LETTER " in name:
        return name.split(" LETTER ")[1].split()[0].lower()
    decomposed = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return decomposed or "?"
