"""Which columns of a table are the axis and the spectra."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnrecognisedError, UnsupportedError
from .._source import Source
from ..parts.vocabulary import SIGNAL_ORDER, AxisKind, axis_kind, heading_kind, is_placeholder, signal_kind
from ._table import Table

_SHIFT_RANGE_CM1: Final = (-500.0, 5000.0)
_AXIS_ORDER: Final[tuple[tuple[AxisKind, ...], ...]] = (
    ("raman_shift",), ("wavenumber",), ("wavelength_nm", "wavelength_um", "wavelength"), ("x",),
)  # fmt: skip
_SHOWN: Final = 8


@dataclass(frozen=True)
class Choice:
    """The two columns of a spectrum.

    Attributes
    ----------
    x, y : int
        Positions in the table.
    axis, signal : str or None
        What their names say; None without names.
    warnings : tuple of str
        What was chosen among several.
    label : str
        Name of the spectrum where the table has several side by side, else empty.
    """

    x: int
    y: int
    axis: AxisKind | None = None
    signal: str | None = None
    warnings: tuple[str, ...] = ()
    label: str = ""


def choose_columns(table: Table, source: Source) -> tuple[Choice, ...]:
    """Pick axis and spectra by the columns' names, by there being two, or as the caller says.

    Raises
    ------
    UnsupportedError
        When the names leave a choice.
    UnrecognisedError
        When the names say something else.
    """
    n_columns = len(table.cells)
    if n_columns < 2:
        raise UnrecognisedError(
            f"{source.name}: one column of numbers, expected two, axis and intensity. "
            "Export the axis with the spectrum."
        )
    if table.names:
        return _by_names(table, source)
    counts = counts_rows(table.numbers(0, source))
    if source.column is not None:
        x = 1 if counts and n_columns > 2 else 0
        y = pick_column((), source, n_columns=n_columns, taken=(x,))
        return (Choice(x, y, None, None, (f"column {y + 1} taken as the caller says",)),)
    if n_columns == 2:
        return (Choice(0, 1, "pixel" if counts else heading_kind(table.heading)),)
    if n_columns == 3 and counts:
        note = "no column names: column 1 counts pixels, column 2 taken as axis, column 3 as intensity"
        return (Choice(1, 2, None, None, (note,)),)
    raise UnsupportedError(
        f"{source.name}: {n_columns} columns without names, expected two, axis and intensity. "
        "Say which is the intensity with --column, or export with column names."
    )


def _by_names(table: Table, source: Source) -> tuple[Choice, ...]:
    names = table.names
    kinds = [axis_kind(name) for name in names]
    if source.column is None and (pairs := _pairs(kinds)):
        return tuple(_choice(table, kinds, x, x + 1, label=names[x + 1]) for x in pairs)
    x, notes = _axis_column(kinds, table, source)
    if source.column is not None:
        y = pick_column(names, source, n_columns=len(names), taken=(x,))
        return (_choice(table, kinds, x, y, notes=(f"column {names[y]!r} taken as the caller says", *notes)),)
    found = _signal_columns(kinds, x, table, source)
    if len(kinds) > 2:
        listed = _listed([names[y] for y in found])
        notes = (f"of {len(kinds)} columns {names[x]!r} taken as axis, {listed} as intensity", *notes)
    single = len(found) == 1
    return tuple(_choice(table, kinds, x, y, notes=notes, label="" if single else names[y]) for y in found)


def _choice(
    table: Table,
    kinds: Sequence[AxisKind | None],
    x: int,
    y: int,
    *,
    notes: tuple[str, ...] = (),
    label: str = "",
) -> Choice:
    kind = kinds[x] if kinds[x] != "x" else None
    signal = signal_kind(table.names[y])
    # PerkinElmer writes "cm-1,A".
    if table.names[y].strip() == "A" and kind == "wavenumber":
        signal = "absorbance"
    return Choice(x, y, kind, signal, notes, label)


def _pairs(kinds: Sequence[AxisKind | None]) -> list[int]:
    """Positions of the axes where axis and signal stand in turn: several spectra, each with its axis."""
    axes = list(range(0, len(kinds), 2))
    in_turn = len(kinds) > 2 and len(kinds) % 2 == 0
    if not in_turn or any(kinds[i + 1] is not None for i in axes):
        return []
    return axes if kinds[0] not in (None, "pixel", "foreign") and len({kinds[i] for i in axes}) == 1 else []


def _axis_column(kinds: list[AxisKind | None], table: Table, source: Source) -> tuple[int, tuple[str, ...]]:
    """Position of the axis and what had to be assumed; changes ``kinds`` where a name misleads."""
    order = list(_AXIS_ORDER)
    if "wavenumber" in kinds and any(kind in order[2] for kind in kinds):
        # Absolute wavenumbers beside wavelengths are the same axis twice: only a shift is worth more.
        values = table.numbers(kinds.index("wavenumber"), source)
        if not _within(values, _SHIFT_RANGE_CM1):
            order[1], order[2] = order[2], order[1]
    for wanted in order:
        found = [i for i, kind in enumerate(kinds) if kind in wanted]
        if len(found) > 1:
            raise UnsupportedError(
                f"{source.name}: {len(found)} axis columns ({_listed([table.names[i] for i in found])}), "
                "expected one. Export one spectrum per file."
            )
        if found:
            return found[0], ()
    named = len(kinds) == 2 and kinds[0] is None and signal_kind(table.names[1]) not in (None, "ignored")
    if named and is_placeholder(table.names[0]):
        # "Column1,Intensity": the other column can only be the axis.
        kinds[0] = "pixel" if counts_rows(table.numbers(0, source)) else "x"
        return 0, ()
    return _pixel_column(kinds, table, source)


def _pixel_column(kinds: list[AxisKind | None], table: Table, source: Source) -> tuple[int, tuple[str, ...]]:
    if "pixel" not in kinds:
        raise UnrecognisedError(
            f"{source.name}: columns {_listed(table.names)}, expected one "
            "called Raman shift, wavenumber or wavelength. Export with such an axis."
        )
    x = kinds.index("pixel")
    if counts_steps(table.numbers(x, source)):
        return x, ()
    # Seen in exports whose writer put the Raman shift under the name of the pixels.
    kinds[x] = "x"
    return x, (f"column {table.names[x]!r} holds no pixel numbers: taken for an axis without a name",)


def _signal_columns(kinds: list[AxisKind | None], x: int, table: Table, source: Source) -> list[int]:
    others = [i for i, kind in enumerate(kinds) if i != x and kind is None]
    # Spreadsheet libraries write the row numbers first, without a name or with one that says nothing.
    others = [
        i
        for i in others
        if not (is_placeholder(table.names[i]) and i == 0 and counts_rows(table.numbers(i, source)))
    ]
    signals = {i: signal_kind(table.names[i]) for i in others}
    for wanted in SIGNAL_ORDER:
        if found := [i for i in others if signals[i] == wanted]:
            return found
    if unnamed := [i for i in others if signals[i] is None]:
        return unnamed
    listed = _listed([table.names[i] for i in others]) or "none"
    raise UnsupportedError(
        f"{source.name}: {len(others)} columns that may be the intensity ({listed}), expected one. "
        "Say which with --column, or export the spectrum itself."
    )


def pick_column(names: Sequence[str], source: Source, *, n_columns: int, taken: tuple[int, ...] = ()) -> int:
    """Position of the column the caller asked for by name or by its number from 1.

    Parameters
    ----------
    names : sequence of str
        Column names; empty when there are none.
    source : Source
        With ``column`` set.
    n_columns : int
        How many columns there are.
    taken : tuple of int
        Positions that cannot be asked for, as the axis.

    Raises
    ------
    UnsupportedError
        When there is no such column.
    """
    asked = (source.column or "").strip()
    lower = [name.strip().casefold() for name in names]
    if asked.casefold() in lower:
        at = lower.index(asked.casefold())
    else:
        at = int(asked) - 1 if asked.isascii() and asked.isdigit() and len(asked) < 9 else -1
    if not 0 <= at < n_columns or at in taken:
        listed = _listed([name for i, name in enumerate(names) if i not in taken])
        raise UnsupportedError(
            f"{source.name}: no column {asked[:40]!r} to take as intensity among {n_columns} columns"
            f"{f' ({listed})' if listed else ''}. Name one of them, or give its number from 1."
        )
    return at


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:30]) for name in names[:_SHOWN])
    return f"{shown} …" if len(names) > _SHOWN else shown


def counts_rows(values: NDArray[np.float64]) -> bool:
    """Whether a column only counts from 0 or 1."""
    return bool(values.size > 2 and values[0] in (0.0, 1.0) and counts_steps(values))


def counts_steps(values: NDArray[np.float64]) -> bool:
    """Whether a column only counts, from whatever number."""
    return bool(
        values.size > 2
        and np.isfinite(values[0])
        and values[0] == np.floor(values[0])
        and np.array_equal(values, values[0] + np.arange(values.size))
    )


def _within(values: NDArray[np.float64], limits: tuple[float, float]) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size) and float(finite.min()) >= limits[0] and float(finite.max()) <= limits[1]
