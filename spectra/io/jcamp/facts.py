"""What the header of a JCAMP-DX table states of its numbers, from labels or from the lists of NTUPLES."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...errors import DamagedError, UnsupportedError
from ..parts.numbers import leading_number
from .blocks import Table
from .header import Facts
from .numbers import unit_of

_STEPPED: Final = re.compile(r"\(?\s*(\w+?)\s*\+\+\s*\(\s*(\w+)\s*\.\.\s*\2\s*\)")
_PAIRED: Final = re.compile(r"\(\s*([A-Z]\w*?)\s*,?\s*([A-Z])\s*([WMA]*)\s*(\.\.)?")
_SPREAD_NUMBER: Final = re.compile(r"[\d\s.,+\-]+(?:[eE][+\-]?\d+)?")
_COMMA_NUMBER: Final = re.compile(r"\s*[+-]?\d+,\d+\s*(?:[eE][+-]?\d+)?\s*$")
_COMMA_WITNESSES: Final = (
    "FIRSTX",
    "LASTX",
    "FIRSTY",
    "MINX",
    "MAXX",
    "MINY",
    "MAXY",
    "DELTAX",
    "XFACTOR",
    "YFACTOR",
)
# RADATA, an interferogram, has the same labels with R and A in them.
_INTERFEROGRAM: Final = {
    "FIRSTR": "FIRSTX", "LASTR": "LASTX", "DELTAR": "DELTAX", "RFACTOR": "XFACTOR", "AFACTOR": "YFACTOR",
    "RUNITS": "XUNITS", "AUNITS": "YUNITS", "FIRSTA": "FIRSTY", "MINA": "MINY", "MAXA": "MAXY",
}  # fmt: skip
_LARGEST_COUNT: Final = 1e9


@dataclass(frozen=True)
class Form:
    """How the numbers of a table stand.

    Attributes
    ----------
    stepped : bool
        One x a line with several y behind it.
    x, y : str
        Symbols of the variables.
    size : int
        Numbers of a group in a table of pairs.
    assigned : bool
        Whether the groups hold text or letters.
    """

    stepped: bool
    x: str = "X"
    y: str = "Y"
    size: int = 2
    assigned: bool = False


def form_of(table: Table, name: str) -> Form:
    """Form that stands behind the label.

    Raises
    ------
    UnsupportedError
        For a form that is not read.
    """
    text = table.form.upper()
    if found := _STEPPED.search(text):
        return Form(True, found[1], found[2])
    if found := _PAIRED.match(text):
        extra = found[3]
        assigned = "A" in extra or "M" in extra or "ASSIGNMENT" in table.label
        return Form(False, found[1], found[2], 2 + len(extra), assigned)
    if not text:
        return Form(table.label in ("XYDATA", "RADATA"), assigned="ASSIGNMENT" in table.label)
    raise UnsupportedError(
        f"{name}: JCAMP-DX data of form {table.form[:30]!r}, expected (X++(Y..Y)) or (XY..XY). "
        "Export as plain JCAMP-DX or CSV."
    )


def header_number(text: str) -> float | None:
    """Read a number as writers put it: with blanks inside, or a decimal comma; None without one."""
    if _SPREAD_NUMBER.fullmatch(text.strip()):
        text = re.sub(r"(?<=[.+\-])\s+|\s+(?=[.])", "", text.strip())
    return leading_number(text)


def labels_of(table: Table) -> dict[str, str]:
    """Labels of a table in the names of XYDATA; NTUPLES' lists put under them."""
    if table.label == "RADATA":
        return {_INTERFEROGRAM.get(label, label): value for label, value in table.labels.items()}
    return table.labels


def ntuple_labels(table: Table, form: Form) -> dict[str, str]:
    """Labels as a table of its own would have them, picked from the lists of NTUPLES.

    Parameters
    ----------
    table : Table
        A page.
    form : Form
        With the symbols of its two variables.
    """
    lists = {
        label: [cell.strip() for cell in table.labels.get(label, "").split(",")]
        for label in ("SYMBOL", "VARNAME", "VARDIM", "UNITS", "FACTOR", "FIRST", "LAST", "MIN", "MAX")
    }
    symbols = [symbol.upper() for symbol in lists["SYMBOL"]]
    labels = dict(table.labels)
    for label, values, symbol in (
        ("FIRSTX", "FIRST", form.x), ("LASTX", "LAST", form.x), ("XFACTOR", "FACTOR", form.x),
        ("XUNITS", "UNITS", form.x), ("YUNITS", "UNITS", form.y), ("YFACTOR", "FACTOR", form.y),
        ("MINY", "MIN", form.y), ("MAXY", "MAX", form.y), ("VARNAMEY", "VARNAME", form.y),
    ):  # fmt: skip
        value = _cell(lists[values], symbols, symbol)
        if value:
            labels[label] = value
    dimension = _cell(lists["VARDIM"], symbols, form.y) or _cell(lists["VARDIM"], symbols, form.x)
    if dimension and "NPOINTS" not in labels:
        labels["NPOINTS"] = dimension
    return labels


def _cell(cells: Sequence[str], symbols: Sequence[str], symbol: str) -> str:
    at = symbols.index(symbol) if symbol in symbols else len(cells)
    return cells[at] if at < len(cells) else ""


def facts_of(labels: Mapping[str, str], name: str) -> Facts:
    """Collect what the labels say of the numbers.

    Raises
    ------
    DamagedError
        For a factor that is 0 or no number, or a count that is none.
    """
    numbers = {
        label: header_number(labels[label]) if labels.get(label) else None
        for label in ("FIRSTX", "LASTX", "DELTAX", "NPOINTS", "MINX", "MAXX", "FIRSTY", "MINY", "MAXY")
    }
    count = numbers["NPOINTS"]
    if count is not None and not (0 < count < _LARGEST_COUNT and count == int(count)):
        raise DamagedError(f"{name}: NPOINTS is {labels['NPOINTS'][:20]!r}, expected a count. Export again.")
    first_unit, last_unit = (
        0.0 if numbers[label] is None else unit_of(labels[label]) for label in ("FIRSTX", "LASTX")
    )
    return Facts(
        first=numbers["FIRSTX"],
        last=numbers["LASTX"],
        delta=numbers["DELTAX"],
        unit=max(first_unit, last_unit),
        first_unit=first_unit,
        last_unit=last_unit,
        x_factor=_factor(labels, "XFACTOR", name),
        y_factor=_factor(labels, "YFACTOR", name),
        n_points=None if count is None else int(count),
        min_x=numbers["MINX"],
        max_x=numbers["MAXX"],
        x_unit=max(
            (unit_of(labels[label]) for label in ("MINX", "MAXX") if numbers[label] is not None), default=0.0
        ),
        first_y=numbers["FIRSTY"],
        first_y_unit=unit_of(labels.get("FIRSTY", "")),
        min_y=numbers["MINY"],
        max_y=numbers["MAXY"],
        comma=any(_COMMA_NUMBER.match(labels.get(label, "")) for label in _COMMA_WITNESSES),
    )


def _factor(labels: Mapping[str, str], label: str, name: str) -> float:
    text = labels.get(label, "")
    value = header_number(text) if text else 1.0
    if value is None or value == 0:
        raise DamagedError(f"{name}: {label} is {text[:20]!r}, expected a number other than 0. Export again.")
    return value
