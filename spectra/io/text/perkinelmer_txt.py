"""PerkinElmer ASCII of Spectrum and UV WinLab: ``PE IR … ASCII``, ``#GR`` with the axis, ``#DATA``."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, UnsupportedError
from ...units import AxisUnit, Technique
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.ending import check_ending
from ..parts.numbers import column, leading_number
from ..parts.vocabulary import axis_kind, quantity

_HEADER_LINES: Final = 300
# The step is written with six decimals.
_STEP_ROUNDING: Final = 1e-6
_LABEL_LINE: Final = 8
# Positions after the #GR line.
_X_UNIT, _Y_UNIT, _FIRST_X, _STEP, _N_POINTS = 0, 1, 4, 5, 6


def sniff(source: Source) -> Sniff:
    """Certain when the first line is PerkinElmer's."""
    first = source.lines[0].upper().split() if source.lines else []
    return Sniff.CERTAIN if first[:1] == ["PE"] and "ASCII" in first else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the table is torn, or not what the header says.
    UnsupportedError
        For an abscissa that is no axis of ours.
    """
    lines = [line.strip() for line in source.lines]
    head = lines[:_HEADER_LINES]
    if "#DATA" not in head:
        raise DamagedError(f"{source.name}: no #DATA. The file is cut short: export it again.")
    start = head.index("#DATA") + 1
    graph = lines[head.index("#GR") + 1 : start - 1] if "#GR" in head[:start] else []
    rows = [line.replace(";", " ").split() for line in lines[start:] if line]
    if not rows or any(len(row) != 2 for row in rows):
        raise DamagedError(
            f"{source.name}: rows of other than two numbers after #DATA. "
            "The file is cut short or damaged: export it again."
        )
    decimal = "," if any("," in cell for cell in rows[0]) else "."
    axis, intensity = (column([row[i] for row in rows], decimal=decimal) for i in (0, 1))
    if isinstance(axis, int) or isinstance(intensity, int):
        raise DamagedError(
            f"{source.name}: a cell after #DATA that is no number. The file is damaged: export it again."
        )
    counted = _check(graph, axis, source)
    x_name, y_name = (graph[at] if len(graph) > at else "" for at in (_X_UNIT, _Y_UNIT))
    unit, technique = _axis(x_name, axis, source)
    metadata = {"x_column": x_name, "y_column": y_name}
    if len(lines) > _LABEL_LINE and lines[_LABEL_LINE]:
        metadata["label"] = lines[_LABEL_LINE][:500]
    named = "absorbance" if y_name.strip().upper() == "A" else quantity(y_name)
    notes = check_ending([row[1] for row in rows], source, decimal=decimal)
    return (Draft(axis, intensity, technique, unit, metadata, notes, quantity=named, counted=counted),)


def _check(graph: list[str], axis: NDArray[np.float64], source: Source) -> bool:
    """Whether the header states how many points there are; refuse a table that contradicts it."""
    if len(graph) <= _N_POINTS:
        return False
    first, step, promised = (leading_number(graph[at]) for at in (_FIRST_X, _STEP, _N_POINTS))
    if promised is None or not promised.is_integer() or promised < 2:
        return False
    if promised != axis.size:
        raise DamagedError(
            f"{source.name}: {axis.size} rows, the header promises {promised:.0f}. "
            "The file is cut short or damaged: export it again."
        )
    if first is not None and step:
        grid = first + step * np.arange(axis.size)
        if not np.all(np.abs(axis - grid) <= 0.5 * abs(step) + _STEP_ROUNDING * axis.size):
            raise DamagedError(
                f"{source.name}: the axis is not the one the header states, from {first:g} in steps of "
                f"{step:g}. The file is damaged: export it again."
            )
    return True


def _axis(name: str, axis: NDArray[np.float64], source: Source) -> tuple[AxisUnit, Technique]:
    kind = axis_kind(name)
    if kind == "wavenumber":
        return "wavenumber_cm-1", technique_of_axis(axis, "wavenumber_cm-1")
    if kind in ("wavelength_nm", "wavelength"):
        return "wavelength_nm", technique_of_axis(axis, "wavelength_nm")
    if kind == "raman_shift":
        return "raman_shift_cm-1", "raman"
    raise UnsupportedError(
        f"{source.name}: axis unit {name[:30]!r}, expected cm-1 or nm. Export with such an axis."
    )


FORMAT: Final = Format("perkinelmer_txt", "PerkinElmer ASCII", (".asc", ".txt"), sniff, read)
