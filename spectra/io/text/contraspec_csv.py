"""The CSV that contraspec writes: facts in comment lines, then two columns; one block a spectrum."""

import json
from typing import Any, Final

import numpy as np

from ...errors import DamagedError
from ...units import AXIS_UNITS, QUANTITIES, TECHNIQUES
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts.numbers import column

MARK: Final = "# contraspec spectrum 1"
"""First line of every block."""

END: Final = "# end"
"""Last line of every block: without it the file is cut short."""

_TEXT_LIMIT: Final = 2000


def sniff(source: Source) -> Sniff:
    """Certain when the first line is ours."""
    return Sniff.CERTAIN if source.lines and source.lines[0].strip() == MARK else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft a block.

    Raises
    ------
    DamagedError
        When a block lacks its facts, its column names or its rows.
    """
    starts = [at for at, line in enumerate(source.lines) if line.strip() == MARK]
    ends = [*starts[1:], len(source.lines)]
    return tuple(
        _draft([line.strip() for line in source.lines[start + 1 : end]], source)
        for start, end in zip(starts, ends, strict=True)
    )


def _draft(lines: list[str], source: Source) -> Draft:
    facts: dict[str, Any] = {}
    at = 0
    while at < len(lines) and lines[at].startswith("# ") and lines[at] != END:
        name, _, value = lines[at][2:].partition(" = ")
        facts[name] = _value(value, source)
        at += 1
    technique, unit = facts.pop("technique", None), facts.pop("unit", None)
    quantity, n_points = facts.pop("quantity", None), facts.pop("points", None)
    if technique not in TECHNIQUES or unit not in AXIS_UNITS or quantity not in QUANTITIES:
        raise DamagedError(
            f"{source.name}: technique {technique!r}, unit {unit!r}, quantity {quantity!r}, expected the "
            "words of contraspec. Convert the spectrum again."
        )
    lines = [line for line in lines[at:] if line]
    rows = [line.split(",") for line in lines[1:-1]]
    whole = len(lines) > 1 and lines[0] == f"{unit},intensity" and lines[-1] == END
    if not whole or len(rows) != n_points or any(len(row) != 2 for row in rows):
        raise DamagedError(
            f"{source.name}: expected the line '{unit},intensity', {n_points} rows of two numbers "
            f"and '{END}'. The file is cut short or edited: convert the spectrum again."
        )
    columns = [column([row[side] for row in rows]) for side in (0, 1)]
    for side, values in enumerate(columns):
        if isinstance(values, int):
            raise DamagedError(
                f"{source.name}: {rows[values][side][:20]!r} in row {values + 1}, expected a number. "
                "The file is damaged: convert the spectrum again."
            )
    axis, intensity = (np.asarray(values, dtype=np.float64) for values in columns)
    return Draft(axis, intensity, technique, unit, facts, quantity=quantity, counted=True)


def _value(text: str, source: Source) -> str | int | float | bool | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = []
    if not isinstance(value, str | int | float | bool | None) or len(str(value)) > _TEXT_LIMIT:
        raise DamagedError(
            f"{source.name}: {text[:20]!r} in a comment line, expected one short value. "
            "Convert the spectrum again."
        )
    return value


FORMAT: Final = Format("contraspec_csv", "contraspec CSV", (".csv", ".txt"), sniff, read)
