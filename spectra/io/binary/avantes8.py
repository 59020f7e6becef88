"""AvaSoft 8 binary files (``.RAW8``, ``.RFL8``, ``.ABS8``, ``.TRM8``, ``.IRR8`` …).

Layout from public readers: ``AVS8`` and a digit, the number of spectra, then for each a header of
322 bytes with the pixels in use and four arrays of float32: wavelength, sample, dark, reference.
The sources disagree on two values of the byte that tells the kind of measurement, so the file's
ending, which AvaSoft sets by that kind, speaks first. Nothing states the number of points twice,
so the arrays themselves are checked: the wavelengths are one smooth curve, and end where the
counts begin.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import UnsupportedError
from ...spectrum import MetadataValue
from ...units import Quantity
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.binary import Window
from ..parts.block import asked_column

_MAGIC: Final = b"AVS8"
_FRAMES: Final = b"STR8"
_START: Final = 6
_HEADER: Final = 322
# After the arrays stands the name of a group.
_GROUP: Final = 10
_RANGE_NM: Final = (100.0, 30_000.0)
# Changes of the step, in steps: a polynomial's are far smaller, those of counts far larger.
_BEND: Final = 0.2
_SAME_STEP: Final = 0.02
_NAMES: Final = ("wavelength", "sample", "dark", "reference")
_ENDINGS: Final[dict[str, str]] = {
    ".raw8": "scope",
    ".rwd8": "scope minus dark",
    ".abs8": "absorbance",
    ".trm8": "transmittance",
    ".rfl8": "reflectance",
    ".irr8": "irradiance",
    ".rir8": "irradiance",
}
# Only where the public sources agree.
_MODES: Final[dict[int, str]] = {
    0: "scope",
    3: "transmittance",
    4: "reflectance",
    5: "irradiance",
    6: "irradiance",
}
_QUANTITIES: Final[dict[str, Quantity]] = {
    "absorbance": "absorbance",
    "transmittance": "transmittance",
    "reflectance": "reflectance",
}


@dataclass(frozen=True, eq=False)
class _Part:
    """One spectrum of the file: where it begins, its four arrays."""

    start: int
    columns: tuple[NDArray[np.float64], ...]


def sniff(source: Source) -> Sniff:
    """Certain by the first four bytes and a digit."""
    head = source.data[:5]
    known = head[:4] in (_MAGIC, _FRAMES) and head[4:5].isdigit()
    return Sniff.CERTAIN if known and source.looks_like else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft per spectrometer channel.

    Raises
    ------
    DamagedError
        When the file is cut short or its arrays are not what the header says.
    UnsupportedError
        For series of frames and for a measurement whose kind the file does not tell.
    """
    if source.data.startswith(_FRAMES):
        raise UnsupportedError(
            f"{source.name}: a series of frames stored to RAM by AvaSoft, expected single spectra. "
            "Export it from AvaSoft as text."
        )
    window = Window(source.data, source.name, "AvaSoft 8")
    count = window.value(5, "<B")
    if not count:
        raise window.damaged("0 spectra stated in the header")
    parts: list[_Part] = []
    end = _START
    for _ in range(count):
        parts.append(_part(window, end))
        end = _end(window, parts[-1])
    left = len(window) - end
    # The length may or may not include itself.
    notes = (f"{left} bytes after the last spectrum left out",) if left not in (0, 4) else ()
    return tuple(_draft(window, part, source, notes) for part in parts)


def _part(window: Window, start: int) -> _Part:
    first, last = window.values(start + 83, "<2H")
    if last < first:
        raise window.damaged(f"pixels {first} to {last} in the header")
    n = last - first + 1
    columns = tuple(window.array(start + _HEADER + 4 * n * i, n, "<f4") for i in range(4))
    _check(window, columns[0], columns[1])
    return _Part(start, columns)


def _check(window: Window, axis: NDArray[np.float64], sample: NDArray[np.float64]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.diff(axis)
        smooth = axis.size > 3 and bool(np.isfinite(axis).all()) and bool((steps > 0).all())
        smooth = smooth and _RANGE_NM[0] <= axis[0] and axis[-1] <= _RANGE_NM[1]
        if not smooth or np.abs(np.diff(steps)).max() > _BEND * float(np.median(steps)):
            raise window.damaged("the wavelengths do not run on evenly, so the number of pixels is wrong")
        # With too few pixels stated the wavelengths go on where the counts should begin.
        onward = 3.0 * axis[-1] - 3.0 * axis[-2] + axis[-3]
        if abs(float(sample[0]) - onward) <= _SAME_STEP * steps[-1]:
            raise window.damaged("more wavelengths than the pixels stated in the header")


def _end(window: Window, part: _Part) -> int:
    """Where the spectrum ends: its length has 32 bits, and in some files only 16 that count."""
    needed = part.start + _HEADER + 16 * part.columns[0].size
    for form in ("<I", "<H"):
        end = part.start + int(window.value(part.start, form)) + _GROUP
        if needed <= end + 4 and end <= len(window):
            return end
    raise window.damaged("a length in the header that is not that of the spectrum")


def _draft(window: Window, part: _Part, source: Source, notes: tuple[str, ...]) -> Draft:
    axis, sample, dark, reference = part.columns
    stated = _MODES.get(window.value(part.start + 5, "<B"), "")
    mode = _ENDINGS.get(source.extension, stated)
    if stated and stated != mode:
        notes += (f"the file's ending says {mode}, its header {stated}: read as {mode}",)
    quantity: Quantity = "counts"
    wish = asked_column((*_NAMES, mode) if mode else _NAMES, source)
    if wish is not None and wish < len(_NAMES):
        values, name = part.columns[wish], _NAMES[wish]
    elif not mode:
        raise UnsupportedError(
            f"{source.name}: AvaSoft does not say in a readable way what was measured. Give the file its "
            f"ending back ({', '.join(_ENDINGS)}), export it as text, or name a column ({', '.join(_NAMES)})."
        )
    else:
        name, quantity = mode, _QUANTITIES.get(mode, "counts")
        values = _computed(mode, sample, dark, reference)
        if mode == "irradiance":
            notes += ("the counts are read: AvaSoft computes the irradiance with a calibration",)
    return Draft(
        axis,
        values,
        technique_of_axis(axis, "wavelength_nm"),
        "wavelength_nm",
        _metadata(window, part.start) | {"x_column": "wavelength", "y_column": name},
        notes,
        quantity=quantity,
    )


def _computed(
    mode: str, sample: NDArray[np.float64], dark: NDArray[np.float64], reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute what AvaSoft shows for the counts; NaN where it has no value."""
    if mode == "scope minus dark":
        return sample - dark
    if mode not in _QUANTITIES:
        return sample
    return ratio(sample, dark, reference, absorbance=mode == "absorbance")


def ratio(
    sample: NDArray[np.float64],
    dark: NDArray[np.float64],
    reference: NDArray[np.float64],
    *,
    absorbance: bool,
) -> NDArray[np.float64]:
    """Transmittance or reflectance in percent, or the absorbance; NaN where it is not defined.

    Parameters
    ----------
    sample, dark, reference : array, shape (m,)
        Counts.
    absorbance : bool
        Minus the decimal logarithm of the ratio instead of its percentage.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = (sample - dark) / np.where(reference == dark, np.nan, reference - dark)
        return -np.log10(np.where(share > 0, share, np.nan)) if absorbance else 100.0 * share


def _metadata(window: Window, start: int) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {}
    serial, label = window.text(start + 8, 10), window.text(start + 192, 130)
    if serial:
        found["serial"] = serial
    if label:
        found["label"] = label
    time_ms, averages = window.value(start + 87, "<f"), window.value(start + 95, "<I")
    if np.isfinite(time_ms) and 0 < time_ms < 1e7:
        found["integration_time_s"] = round(float(time_ms) / 1000.0, 9)
    if 0 < averages < 1_000_000:
        found["averages"] = averages
    packed = window.value(start + 128, "<I")
    year, month, day, hour, minute = (
        packed >> 20, packed >> 16 & 15, packed >> 11 & 31, packed >> 6 & 31, packed & 63,
    )  # fmt: skip
    if 1990 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60:
        found["date"] = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}"
    return found


FORMAT: Final = Format("avasoft8", "Avantes AvaSoft 8", tuple(_ENDINGS), sniff, read)
