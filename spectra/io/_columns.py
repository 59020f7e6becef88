"""Which columns of a table are the axis and the spectrum, and what the axis is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import UnrecognisedError, UnsupportedError
from ..units import AxisUnit, Technique
from ._source import Source
from ._table import Table
from ._vocabulary import SIGNAL_ORDER, AxisKind, axis_kind, heading_kind, is_placeholder, signal_kind

_SHIFT_RANGE_CM1: Final = (-500.0, 5000.0)
_NAMED_SHIFT_RANGE_CM1: Final = (-5000.0, 12_000.0)
_NIR_RANGE_NM: Final = (600.0, 2700.0)
# A Raman export starts lower; from here on nm and infrared wavenumbers are as likely.
_AMBIGUOUS_START: Final = 600.0
_LOWEST_NIR_CM1: Final = 3500.0
_OPTICAL: Final = ("absorbance", "reflectance", "transmittance")


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
    """

    x: int
    y: int
    axis: AxisKind | None = None
    signal: str | None = None
    warnings: tuple[str, ...] = ()


def choose_columns(table: Table, source: Source) -> Choice:
    """Pick axis and spectrum by the columns' names, or by there being two.

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
    if n_columns == 2:
        _refuse_pixels(table, source)
        return Choice(0, 1, heading_kind(table.heading))
    if n_columns == 3 and _counts_pixels(table.numbers(0, source)):
        note = "no column names: column 1 counts pixels, column 2 taken as axis, column 3 as intensity"
        return Choice(1, 2, None, None, (note,))
    raise UnsupportedError(
        f"{source.name}: {n_columns} columns without names, expected two, axis and intensity. "
        "Export with column names, or only these two columns."
    )


def _by_names(table: Table, source: Source) -> Choice:
    kinds = [axis_kind(name) for name in table.names]
    x = _axis_column(kinds, table, source)
    if x is None and len(kinds) == 2 and signal_kind(table.names[1]) not in (None, "ignored"):
        # "Column1,Intensity": the other column can only be the axis.
        x = 0 if is_placeholder(table.names[0]) else None
    if x is None:
        pixels = "pixel" in kinds
        error = UnsupportedError if pixels else UnrecognisedError
        raise error(
            f"{source.name}: columns {_listed(table.names)}{' count pixels' if pixels else ''}, expected one "
            "called Raman shift, wavenumber or wavelength. Export with such an axis."
        )
    y = _signal_column(kinds, x, table, source)
    notes = []
    if len(kinds) > 2:
        notes.append(
            f"of {len(kinds)} columns {table.names[x]!r} taken as axis, {table.names[y]!r} as intensity"
        )
    kind = kinds[x] if kinds[x] != "x" else None
    return Choice(x, y, kind, signal_kind(table.names[y]), tuple(notes))


def _axis_column(kinds: list[AxisKind | None], table: Table, source: Source) -> int | None:
    order: list[tuple[AxisKind, ...]] = [
        ("raman_shift",), ("wavenumber",), ("wavelength_nm", "wavelength_um", "wavelength"), ("x",),
    ]  # fmt: skip
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
            return found[0]
    return None


def _signal_column(kinds: list[AxisKind | None], x: int, table: Table, source: Source) -> int:
    others = [i for i, kind in enumerate(kinds) if i != x and kind is None]
    signals = {i: signal_kind(table.names[i]) for i in others}
    for wanted in SIGNAL_ORDER:
        found = [i for i in others if signals[i] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            break
    else:
        unnamed = [i for i in others if signals[i] is None]
        if len(unnamed) == 1:
            return unnamed[0]
        found = unnamed or others
    listed = _listed([table.names[i] for i in found])
    raise UnsupportedError(
        f"{source.name}: {len(found)} columns that may be the intensity ({listed}), expected one. "
        "Export one spectrum per file."
    )


def _listed(names: list[str] | tuple[str, ...]) -> str:
    shown = ", ".join(repr(name[:30]) for name in names[:5])
    return f"{shown} …" if len(names) > 5 else shown


def _refuse_pixels(table: Table, source: Source) -> None:
    if _counts_pixels(table.numbers(0, source)):
        raise UnsupportedError(
            f"{source.name}: the first column only counts pixels, expected a Raman shift or a wavelength. "
            "Export with such an axis."
        )


def _counts_pixels(values: NDArray[np.float64]) -> bool:
    return bool(
        values.size > 2
        and values[0] in (0.0, 1.0)
        and np.array_equal(values, values[0] + np.arange(values.size))
    )


def _within(values: NDArray[np.float64], limits: tuple[float, float]) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size) and float(finite.min()) >= limits[0] and float(finite.max()) <= limits[1]


@dataclass(frozen=True, eq=False)
class AxisChoice:
    """What an axis is: the values in ``unit``, the technique, and what was assumed."""

    values: NDArray[np.float64]
    technique: Technique
    unit: AxisUnit
    warnings: tuple[str, ...] = ()


def decide_axis(
    values: NDArray[np.float64], kind: AxisKind | None, signal: str | None, source: Source
) -> AxisChoice:
    """Find unit and technique from the column's name, from the caller, or from the range.

    Raises
    ------
    UnsupportedError
        When the range fits nothing, or two things.
    """
    if kind == "raman_shift":
        return AxisChoice(values, "raman", "raman_shift_cm-1")
    if kind in ("wavelength_nm", "wavelength_um", "wavelength"):
        return _wavelength(values, kind, signal, source)
    if kind == "wavenumber":
        return _wavenumber(values, signal, source)
    return _unnamed(values, signal, source)


def _wavelength(
    values: NDArray[np.float64], kind: AxisKind, signal: str | None, source: Source
) -> AxisChoice:
    notes = []
    if kind == "wavelength_um":
        values = values * 1000.0
        notes.append("wavelengths converted from µm to nm")
    elif kind == "wavelength" and not _within(values, (100.0, 30_000.0)):
        raise UnsupportedError(
            f"{source.name}: a wavelength column without a unit, its values are no nm. "
            "Export with 'wavelength (nm)' as the column's name."
        )
    if not _within(values, _NIR_RANGE_NM):
        return AxisChoice(values, "other", "wavelength_nm", tuple(notes))
    if signal not in _OPTICAL and _within(values, (0.0, 1150.0)):
        notes.append("wavelength axis taken as NIR; a Raman spectrum has to be exported with its Raman shift")
    return AxisChoice(values, "nir", "wavelength_nm", tuple(notes))


def _wavenumber(values: NDArray[np.float64], signal: str | None, source: Source) -> AxisChoice:
    infrared = signal in _OPTICAL or source.technique in ("nir", "mir")
    if not infrared and _within(values, _SHIFT_RANGE_CM1):
        note = "the axis is called a wavenumber: axis taken as Raman shift"
        return AxisChoice(values, "raman", "raman_shift_cm-1", (note,))
    return AxisChoice(values, _infrared(values), "wavenumber_cm-1")


def _infrared(values: NDArray[np.float64]) -> Technique:
    finite = values[np.isfinite(values)]
    return "nir" if finite.size and float(finite.min()) >= _LOWEST_NIR_CM1 else "mir"


def _unnamed(values: NDArray[np.float64], signal: str | None, source: Source) -> AxisChoice:
    told = source.technique
    if told == "nir" and _within(values, _NIR_RANGE_NM):
        return AxisChoice(
            values, "nir", "wavelength_nm", ("the axis has no name: taken as wavelength in nm",)
        )
    if told in ("nir", "mir"):
        note = "the axis has no name: taken as wavenumber in cm⁻¹"
        return AxisChoice(values, _infrared(values), "wavenumber_cm-1", (note,))
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if told is None and _within(values, _SHIFT_RANGE_CM1) and (low >= _AMBIGUOUS_START or signal in _OPTICAL):
        raise UnsupportedError(
            f"{source.name}: an axis without a name from {low:.6g} to {high:.6g} may be a Raman shift, "
            "an infrared wavenumber or a wavelength. Export with column names, or say which technique it is."
        )
    if told == "raman" or _within(values, _SHIFT_RANGE_CM1):
        note = "the axis has no name: axis taken as Raman shift in cm⁻¹"
        return AxisChoice(values, "raman", "raman_shift_cm-1", (note,))
    raise UnsupportedError(
        f"{source.name}: an axis without a name from {low:.6g} to {high:.6g}, expected Raman shifts within "
        "-500 to 5000 cm⁻¹. Export with column names."
    )
