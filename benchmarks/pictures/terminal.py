"""What a terminal shows, as SVG: a letter a cell, colours as ANSI sequences say, no font from outside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Final

CELL: Final = 7.8
LINE: Final = 17.0
SIZE: Final = 13.0
"""Of a letter, its line and its font, pixels."""
MARGIN: Final = 14.0
FAMILY: Final = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
GROUND: Final = "#14161a"
INK: Final = "#e4e4e0"
FRAME: Final = "#3a3f47"
COLOURS: Final = {
    0: "#14161a", 1: "#e0524d", 2: "#63b96b", 3: "#d9b13b",
    4: "#6c9ef8", 5: "#c78be0", 6: "#4fbcc4", 7: "#ffffff",
}  # fmt: skip
"""Of the eight ANSI colours."""
_SEQUENCE: Final = re.compile(r"\x1b\[([0-9;]*)m")
_OTHER: Final = re.compile(r"\x1b\[[0-9;?]*[A-Zac-ln-z]")
"""Sequences that move or hide the cursor."""


@dataclass(frozen=True)
class Style:
    """How letters look: colours by their ANSI number, None for those of the terminal."""

    ink: int | None = None
    ground: int | None = None
    bold: bool = False


def screen_svg(text: str, *, columns: int, title: str) -> str:
    """Picture of a terminal with a text in it.

    Parameters
    ----------
    text : str
        As written to the terminal, with its colour sequences.
    columns : int
        Width of the terminal; a longer line is broken there, as a terminal does.
    title : str
        For those who cannot see the picture.
    """
    lines = list(_lines(_OTHER.sub("", text).rstrip("\n"), columns))
    width, height = columns * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    rows = [part for place, line in enumerate(lines) for part in _row(line, MARGIN + place * LINE)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.1f} {height:.1f}" role="img" aria-label="{escape(title)}">',
            f"<title>{escape(title)}</title>",
            f'<rect x="0.5" y="0.5" width="{width - 1:.1f}" height="{height - 1:.1f}" rx="6" fill="{GROUND}" '
            f'stroke="{FRAME}"/>',
            f'<g font-family="{FAMILY}" font-size="{SIZE:g}" fill="{INK}">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


Cell = tuple[str, Style]


def _lines(text: str, columns: int) -> Iterator[list[Cell]]:
    """Cells of each line, styles carried from line to line."""
    style = Style()
    for line in text.split("\n"):
        cells: list[Cell] = []
        at = 0
        for found in (*_SEQUENCE.finditer(line), None):
            end = found.start() if found else len(line)
            cells += [(letter, style) for letter in line[at:end]]
            if found:
                style, at = _styled(style, found[1]), found.end()
        yield from ([cells[i : i + columns] for i in range(0, len(cells), columns)] or [[]])


def _styled(style: Style, numbers: str) -> Style:
    for number in map(int, (numbers or "0").split(";")):
        if number == 0:
            style = Style()
        elif number == 1:
            style = replace(style, bold=True)
        elif number == 22:
            style = replace(style, bold=False)
        elif 30 <= number <= 37:
            style = replace(style, ink=number - 30)
        elif 40 <= number <= 47:
            style = replace(style, ground=number - 40)
    return style


def _row(cells: list[Cell], top: float) -> Iterator[str]:
    """Rectangles and letters of a line; a run of one style is one text of exactly its width."""
    start = 0
    while start < len(cells):
        style = cells[start][1]
        end = start
        while end < len(cells) and cells[end][1] == style:
            end += 1
        words = "".join(letter for letter, _ in cells[start:end])
        x, width = MARGIN + start * CELL, (end - start) * CELL
        if style.ground is not None:
            yield (
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{LINE:g}" '
                f'fill="{COLOURS[style.ground]}"/>'
            )
        if words.strip():
            ink = f' fill="{COLOURS[style.ink]}"' if style.ink is not None else ""
            bold = ' font-weight="bold"' if style.bold else ""
            yield (
                f'<text x="{x:.1f}" y="{top + 0.76 * LINE:.1f}" textLength="{width:.1f}" '
                f'xml:space="preserve"{ink}{bold}>{escape(words)}</text>'
            )
        start = end
