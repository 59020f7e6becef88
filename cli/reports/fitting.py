"""How large the letters of the HTML page may be: a browser that prints does not shrink a page by itself.

An estimate on the high side, from the lengths of the texts; the PDF measures instead.
"""

import math
from typing import Final

from .sheet import Block, Sheet

SIZES: Final = tuple(9.0 - 0.25 * step for step in range(15))
PAGE: Final = 785.0
"""Height of what a page holds, points."""

_WIDTH: Final = 530.0
_COLUMN: Final = 255.0
_PICTURE: Final = 185.0
_LETTER: Final = 0.5
"""Mean width of a letter, and ``_LINE`` the height of a line, in letters' sizes."""

_LINE: Final = 1.17
_SURE: Final = 0.96
"""Of the estimate, 84 pages in four sizes were 0.84 to 0.93 high, in Chromium with Arial's widths."""


def letters(sheet: Sheet) -> float:
    """Size in points at which a page is surely not too full; the least there is where none is."""
    return next((size for size in SIZES if height(sheet, size) <= PAGE), SIZES[-1])


def height(sheet: Sheet, size: float) -> float:
    """Estimate the height of a page, points."""
    half = -(-len(sheet.head) // 2)
    columns = [sum(_block(block, size, _COLUMN) for block in side) for side in (sheet.left, sheet.right)]
    last = max(_block(sheet.override, size, _COLUMN), _block(sheet.prints, size, _COLUMN))
    named = _lines(f"{sheet.word} {sheet.names}", 1.3 * size, _WIDTH) * 1.4
    said = _lines(" ".join(sheet.meaning), size, _WIDTH) + _lines(
        sheet.action_heading + sheet.action, size, _WIDTH
    )
    parts = [
        2.6,
        max(_rows(sheet.head[:half], size, _COLUMN), _rows(sheet.head[half:], size, _COLUMN)),
        2.2 if sheet.alert else 0.0,
        named + said + 1.4,
        _block(sheet.substances, size, _WIDTH) / (_LINE * size),
        2.0,
        max(columns) / (_LINE * size),
        last / (_LINE * size) + 0.6,
        2.0 + 3.2 + _lines(sheet.statement, size, _WIDTH) + 1.2,
        1.4 + 2.3 * len(sheet.signatures.items),
    ]
    return _SURE * (_PICTURE + _LINE * size * sum(parts))


def _block(block: Block, size: float, width: float) -> float:
    """Height of a block, points."""
    lines = (
        1.6
        + _rows(block.rows, size, width)
        + sum(_lines(each, size, width - size) + 0.15 for each in block.items)
    )
    if block.table:
        longest = [max(len(row[place]) for row in block.table) + 4 for place in range(len(block.columns))]
        share = [min(each, 30) / sum(min(other, 30) for other in longest) for each in longest]
        for row in (block.columns, *block.table):
            cells = zip(row, share, strict=True)
            lines += 0.9 * max(_lines(cell, 0.9 * size, part * width - 6) for cell, part in cells) + 0.2
    return _LINE * size * lines


def _rows(rows: tuple[tuple[str, str], ...], size: float, width: float) -> float:
    """Lines that names and values take."""
    if not rows:
        return 0.0
    names = max(len(key) for key, _ in rows) * _LETTER * size + size
    small = [0.74 if len(value) == 64 and " " not in value else 1.0 for _, value in rows]
    found = zip(rows, small, strict=True)
    return sum(_lines(value, size * part, max(width - names, 40.0)) + 0.08 for (_, value), part in found)


def _lines(text: str, size: float, width: float) -> float:
    return float(max(1, math.ceil(len(text) * _LETTER * size / max(width, size))))
