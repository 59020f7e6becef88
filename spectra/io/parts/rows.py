"""Which lines of a text are rows of a table of numbers."""

import re
from typing import Final

from .numbers import MISSING, number

NUMBER_CHARS: Final = "0123456789+-.,;|eE \t\"'"
"""All that a row without missing values is made of."""

_WORD: Final = re.compile(r"[\s,;|\"']+")


def is_row(line: str) -> bool:
    """Whether a line holds numbers and missing-value words only, and at least one number."""
    rest = line.strip(NUMBER_CHARS)
    if not rest:
        return any(char.isdigit() for char in line)
    words = [word for word in _WORD.split(line.strip()) if word]
    return len(words) > 1 and all(w.lower() in MISSING or number(w) is not None for w in words)


def find_rows(lines: list[str]) -> tuple[int, int, int]:
    """Find the longest run of rows: its first line, one past its last, and how many rows it has.

    Blank lines do not end a run.
    """
    best, start, n_rows = (0, 0, 0), -1, 0
    for at, line in enumerate(lines):
        if not line or line.isspace():
            continue
        if is_row(line):
            if start < 0:
                start, n_rows = at, 0
            n_rows += 1
            if n_rows > best[2]:
                best = (start, at + 1, n_rows)
        else:
            start = -1
    return best
