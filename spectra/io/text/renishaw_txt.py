"""Renishaw WiRE text: ``#Wave #Intensity``, or ``#X #Y #Wave #Intensity`` with a spectrum a position."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts.ending import check_ending
from ..parts.numbers import column

_X_NAME: Final = "#wave"
_Y_NAME: Final = "#intensity"


def sniff(source: Source) -> Sniff:
    """Certain when the first line names WiRE's columns and nothing else."""
    return Sniff.CERTAIN if _names(source) else Sniff.NO


def _names(source: Source) -> list[str]:
    """Column names in lower case; empty when they are not WiRE's."""
    first = next((line for line in source.lines[:20] if line.strip()), "").lower().split()
    hashed = len(first) > 1 and all(name.startswith("#") for name in first)
    return first if hashed and _X_NAME in first and _Y_NAME in first else []


def read(source: Source) -> tuple[Draft, ...]:
    """One draft, or one per position in the order of the file.

    Raises
    ------
    DamagedError
        When a row is torn, or a position has fewer points than the first.
    UnsupportedError
        When there are several columns of intensity.
    """
    names = _names(source)
    if names.count(_X_NAME) > 1 or names.count(_Y_NAME) > 1:
        raise UnsupportedError(
            f"{source.name}: several columns called {_X_NAME} or {_Y_NAME}, expected one of each. "
            "Export one spectrum per file."
        )
    columns, ending = _columns(names, source)
    axis, intensity = (columns[names.index(name)] for name in (_X_NAME, _Y_NAME))
    places = {name: columns[at] for at, name in enumerate(names) if name not in (_X_NAME, _Y_NAME)}
    metadata = {"x_column": "#Wave", "y_column": "#Intensity"}
    note = ("the axis is called a wave: axis taken as Raman shift", *ending)
    drafts = []
    for start, end in _groups(list(places.values()), axis, source):
        where = ", ".join(f"{name.strip('#').upper()} {at[start]:g}" for name, at in places.items())
        drafts.append(
            Draft(
                axis[start:end],
                intensity[start:end],
                metadata=metadata | ({"label": where} if where else {}),
                warnings=note,
                quantity="counts",
            )
        )
    return tuple(drafts)


def _columns(names: Sequence[str], source: Source) -> tuple[list[NDArray[np.float64]], tuple[str, ...]]:
    rows: list[list[str]] = []
    for at, line in enumerate(source.lines, start=1):
        cells = line.split()
        if not cells or (not rows and cells[0].startswith("#")):
            continue
        if len(cells) != len(names):
            raise DamagedError(
                f"{source.name}: line {at} has {len(cells)} cells, expected {len(names)}. "
                "The file is cut short or damaged: export it again."
            )
        rows.append(cells)
    if not rows:
        raise DamagedError(f"{source.name}: a WiRE heading without data. Export the spectrum again.")
    decimal = "," if any("," in cell for cell in rows[0]) else "."
    columns = []
    for name, one in zip(names, zip(*rows, strict=True), strict=True):
        values = column(one, decimal=decimal)
        if isinstance(values, int):
            raise DamagedError(
                f"{source.name}: {one[values][:20]!r} in column {name}, expected a number. "
                "The file is damaged: export it again."
            )
        columns.append(values)
    # WiRE ends each line, so a number without an end is noted at least.
    return columns, check_ending([row[-1] for row in rows], source, decimal=decimal)


def _groups(
    places: Sequence[NDArray[np.float64]], axis: NDArray[np.float64], source: Source
) -> list[tuple[int, int]]:
    """Rows of each spectrum: they share their position, and all spectra their axis."""
    if not places:
        return [(0, axis.size)]
    moved = np.zeros(axis.size - 1, dtype=bool)
    for values in places:
        moved |= np.diff(values) != 0
    starts = [0, *(int(at) + 1 for at in np.flatnonzero(moved))]
    ends = [*starts[1:], axis.size]
    first = axis[: ends[0]]
    step = float(np.nanmedian(np.abs(np.diff(first)))) if np.isfinite(first).sum() > 1 else 0.0
    for start, end in zip(starts, ends, strict=True):
        same = end - start == first.size and np.allclose(axis[start:end], first, rtol=0, atol=step)
        if not same:
            raise DamagedError(
                f"{source.name}: the position that begins in row {start + 1} has {end - start} points, the "
                f"first has {first.size}, or on another axis. The file is cut short or damaged: export it "
                "again."
            )
    return list(zip(starts, ends, strict=True))


FORMAT: Final = Format("renishaw_txt", "Renishaw WiRE text", (".txt",), sniff, read)
