"""PerkinElmer Spectrum files (``.sp``): blocks within one data set of even interval.

A block is a number, a length and its content; a value within it begins with a code of its type.
"""

import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ReadError, UnsupportedError
from ...spectrum import MetadataValue
from ...units import AxisUnit, Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.binary import Window
from ..parts.keyvalue import text_value

_MAGIC: Final = b"PEPE"
_CURVE_MAGIC: Final = b"PEPE2D"
_FIRST_BLOCK: Final = 44
_BLOCK_HEAD: Final = 6
_DATA_SET, _HISTORY = 120, 121
_RANGE, _LIMITS, _STEP, _N_POINTS = 35698, 35699, 35700, 35701
_X_LABEL, _Y_LABEL, _KIND, _DATA, _NAME, _EDITS = 35703, 35704, 35707, 35708, 35709, 35711
_DOUBLE, _TWO_DOUBLES, _INTEGER, _TEXT, _DOUBLES = 0x751B, 0x751D, 0x752B, 0x7523, 0x7516
_MAX_BLOCKS: Final = 10_000
_MAX_HISTORY: Final = 100_000
_AXES: Final[dict[str, tuple[AxisUnit, float]]] = {
    "cm-1": ("wavenumber_cm-1", 1.0),
    "1/cm": ("wavenumber_cm-1", 1.0),
    "wavenumber": ("wavenumber_cm-1", 1.0),
    "wavenumbers": ("wavenumber_cm-1", 1.0),
    "raman shift": ("raman_shift_cm-1", 1.0),
    "raman shift / cm-1": ("raman_shift_cm-1", 1.0),
    "nm": ("wavelength_nm", 1.0),
    "nanometers": ("wavelength_nm", 1.0),
    "nanometres": ("wavelength_nm", 1.0),
    "um": ("wavelength_nm", 1000.0),
    "µm".casefold(): ("wavelength_nm", 1000.0),
    "microns": ("wavelength_nm", 1000.0),
}
_HIGHEST: Final = {"wavenumber_cm-1": 1e5, "raman_shift_cm-1": 12_000.0, "wavelength_nm": 1e6}
_QUANTITIES: Final[dict[str, Quantity]] = {
    "a": "absorbance", "abs": "absorbance", "absorbance": "absorbance", "log(1/r)": "absorbance",
    "%t": "transmittance", "t": "transmittance", "%r": "reflectance", "r": "reflectance",
    "km": "kubelka_munk", "k-m": "kubelka_munk", "egy": "counts", "int": "counts", "energy": "counts",
}  # fmt: skip
# Named in the history of each of its spectra, whose axis says "cm-1" only.
_RAMAN_INSTRUMENT: Final = b"RamanStation"
_SAME: Final = 1e-6
_GROSS: Final = 0.5


def sniff(source: Source) -> Sniff:
    """Certain by the first four bytes and a content that is binary."""
    if not source.data.startswith(_MAGIC):
        return Sniff.NO
    return Sniff.CERTAIN if b"\0" in source.data[:64] else Sniff.POSSIBLE


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When blocks reach beyond the file or contradict each other.
    UnsupportedError
        For images and other sets that are no single curve, and for unknown axis units.
    """
    window = Window(source.data, source.name, "PerkinElmer")
    if not source.data.startswith(_CURVE_MAGIC):
        what = window.text(4, min(40, len(window) - 4)) if len(window) > 4 else ""
        raise UnsupportedError(
            f"{source.name}: a PerkinElmer data set of the kind {what!r}, expected a single spectrum. "
            "Extract one spectrum and save it as SP, CSV or JCAMP-DX."
        )
    members = _members(window)
    n_points = _number(window, members, _N_POINTS, code=_INTEGER, form="<i")
    at, size = _place(window, members, _DATA, _DOUBLES)
    n_bytes = window.value(at, "<I")
    if n_points < 1 or n_bytes != 8 * n_points or n_bytes + 4 != size:
        raise window.damaged(f"{n_bytes} bytes of ordinates in {size}, {n_points} points announced")
    values = window.array(at + 4, n_points, "<f8")
    axis, unit, x_name = _axis(window, members, n_points)
    raman = unit == "raman_shift_cm-1" or (unit == "wavenumber_cm-1" and _RAMAN_INSTRUMENT in source.data)
    unit = "raman_shift_cm-1" if raman else unit
    y_name = _text(window, members, _Y_LABEL)
    quantity = _QUANTITIES.get(y_name.casefold(), "unknown")
    notes = _notes(window, members, values, unit=unit, quantity=quantity)
    metadata: dict[str, MetadataValue] = {
        "x_column": x_name,
        "y_column": y_name or None,
        "label": text_value(_text(window, members, _NAME)),
        "date": _date(window, members),
    }
    known = {key: value for key, value in metadata.items() if value is not None}
    technique = technique_of_axis(axis, unit)
    return (Draft(axis, values, technique, unit, known, notes, quantity=quantity, counted=True),)


def _members(window: Window) -> dict[int, tuple[int, int]]:
    """Start and size of each block of the data set, the first of a number."""
    found: dict[int, tuple[int, int]] = {}
    # What follows the data set is the program's own record: newer versions append to it.
    number, size = window.values(_FIRST_BLOCK, "<Hi")
    if number != _DATA_SET:
        raise window.damaged(f"block {number} first, expected a data set")
    start = _FIRST_BLOCK + _BLOCK_HEAD
    window.raw(start, size)
    for number, at, length in _blocks(window, start, start + size):
        found.setdefault(number, (at, length))
    return found


def _blocks(window: Window, at: int, end: int) -> list[tuple[int, int, int]]:
    """Blocks between two places as number, start of the content and its size."""
    found: list[tuple[int, int, int]] = []
    while at + _BLOCK_HEAD <= end:
        number, size = window.values(at, "<Hi")
        at += _BLOCK_HEAD
        if size < 0 or at + size > end or len(found) > _MAX_BLOCKS:
            raise window.damaged(f"a block of {size} bytes at byte {at}, {end - at} are left")
        found.append((number, at, size))
        at += size
    return found


def _place(window: Window, members: Mapping[int, tuple[int, int]], number: int, code: int) -> tuple[int, int]:
    """Start and size of a value, after the code of its type."""
    start, size = members.get(number, (0, 0))
    if size < 2 or window.value(start, "<H") != code:
        raise window.damaged(f"no value of type {code} in block {number}")
    return start + 2, size - 2


def _number(
    window: Window, members: Mapping[int, tuple[int, int]], number: int, *, code: int, form: str
) -> int:
    at, size = _place(window, members, number, code)
    if size != struct.calcsize(form):
        raise window.damaged(f"{size} bytes in block {number}, expected {struct.calcsize(form)}")
    return int(window.value(at, form))


def _doubles(
    window: Window, members: Mapping[int, tuple[int, int]], number: int, *, code: int
) -> tuple[float, ...]:
    at, size = _place(window, members, number, code)
    return tuple(window.values(at, f"<{size // 8}d"))


def _text(window: Window, members: Mapping[int, tuple[int, int]], number: int) -> str:
    """Return a text, empty when there is none."""
    start, size = members.get(number, (0, 0))
    if size < 4:
        return ""
    code, length = window.values(start, "<HH")
    if code != _TEXT or length + 4 > size:
        return ""
    return window.text(start + 4, length)


def _axis(
    window: Window, members: Mapping[int, tuple[int, int]], n_points: int
) -> tuple[NDArray[np.float64], AxisUnit, str]:
    ends = _doubles(window, members, _RANGE, code=_TWO_DOUBLES)
    step = _doubles(window, members, _STEP, code=_DOUBLE)
    name = _text(window, members, _X_LABEL)
    if name.casefold() not in _AXES:
        raise UnsupportedError(
            f"{window.name}: axis unit {name[:20]!r}, expected cm-1, nm or micron. "
            "Show the spectrum over wavenumbers and save it again."
        )
    unit, factor = _AXES[name.casefold()]
    possible = all(factor * abs(end) <= _HIGHEST[unit] for end in ends)
    if len(ends) != 2 or len(step) != 1 or not possible:
        raise window.damaged(f"an axis with the ends {ends} and the steps {step}")
    calculated = (n_points - 1) * step[0]
    if n_points > 1 and not abs(ends[1] - ends[0] - calculated) <= _SAME * n_points * abs(step[0]):
        raise window.damaged(
            f"{n_points} points from {ends[0]:.6g} to {ends[1]:.6g} in steps of {step[0]:.6g}"
        )
    return factor * np.linspace(ends[0], ends[1], n_points), unit, name


def _notes(
    window: Window,
    members: Mapping[int, tuple[int, int]],
    values: NDArray[np.float64],
    *,
    unit: AxisUnit,
    quantity: Quantity,
) -> tuple[str, ...]:
    notes = []
    if _LIMITS in members:
        low, high = sorted((*_doubles(window, members, _LIMITS, code=_TWO_DOUBLES), 0.0, 0.0)[:2])
        outside = max(low - values.min(), values.max() - high)
        if not outside <= _GROSS * (high - low) and high > low:
            found = f"values from {values.min():.6g} to {values.max():.6g}"
            raise window.damaged(f"{found}, the file states {low:.6g} to {high:.6g}")
        if outside > _SAME * (high - low):
            notes.append(f"values beyond the stated {low:.6g} to {high:.6g}: it was edited or is damaged")
    if quantity == "counts" and unit == "wavenumber_cm-1":
        notes.append(
            "an intensity over wavenumbers: a single beam, or a Raman spectrum (then state --technique raman)"
        )
    kind = _text(window, members, _KIND)
    if kind and kind.casefold() != "spectrum":
        notes.append(f"the file calls it {kind!r}")
    return tuple(notes)


def _date(window: Window, members: Mapping[int, tuple[int, int]]) -> MetadataValue:
    """Date of the first entry of the history; None when there is none that can be read."""
    start, size = members.get(_EDITS, (0, 0))
    if not 0 < size <= _MAX_HISTORY:
        return None
    with suppress(ReadError):
        for number, at, length in _blocks(window, start, start + size):
            if number == _HISTORY:
                texts = {n: (a, s) for n, a, s in _blocks(window, at, at + length)}
                return text_value(_text(window, texts, _STEP))
    return None


FORMAT: Final = Format("perkinelmer_sp", "PerkinElmer Spectrum", (".sp",), sniff, read)
