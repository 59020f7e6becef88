"""AvaSoft 6 and 7 binary files (``.ROH``, ``.TRM``, ``.ABS``, ``.DRK``, ``.REF``).

All numbers are float32. Layout from public readers of both versions: a header with the
coefficients that turn pixels into wavelengths and the first and last pixel, then the counts of
the sample alone, or sample, reference and dark in turns, then three numbers: integration time,
averages, and a delay or a width. How many numbers there are tells whether it is one column or three; three
cut short to the length of one show by what stands in the place of the last three numbers, by the file's
ending, or by counts that repeat in threes.
"""

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
from .avantes8 import ratio

# Places of the fields, in numbers of four bytes: serial, coefficients, first pixel, data.
_LAYOUTS: Final[dict[float, tuple[int, int, int, int]]] = {60.0: (6, 1, 15, 19), 70.0: (1, 74, 79, 100)}
_SERIAL: Final = 9
_COEFFICIENTS: Final = 5
_TRAILER: Final = 3
_MAX_PIXEL: Final = 65_535
_RANGE_NM: Final = (100.0, 30_000.0)
_NAMES: Final = ("wavelength", "processed", "sample", "reference", "dark")
_LONE: Final = {".drk": "dark", ".ref": "reference"}
_RATIOS: Final = (".trm", ".abs")
_MOST_MS: Final = 1e7
_MOST_AVERAGES: Final = 65_535
_MOST_DELAY: Final = 2.0**32
_MIN_PIXELS: Final = 12
_IN_TURNS: Final = 0.5


def sniff(source: Source) -> Sniff:
    """Certain when the version is 60 or 70 and the serial is text, a letter in each number."""
    if len(source.data) < 4 * 22:
        return Sniff.NO
    values = np.frombuffer(source.data[: 4 * 20], "<f4")
    layout = _LAYOUTS.get(float(values[0]))
    if layout is None:
        return Sniff.NO
    serial = values[layout[0] : layout[0] + _SERIAL]
    with np.errstate(invalid="ignore"):
        letters = bool(np.all((serial == 0) | ((serial >= 32) & (serial < 127) & (serial % 1 == 0))))
    return Sniff.CERTAIN if letters and bool(serial.any()) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When the file's length fits no number of columns, the wavelengths or the numbers at the end are
        impossible, or three columns are cut to the length of one.
    UnsupportedError
        For an irradiance file.
    """
    window = Window(source.data, source.name, "AvaSoft")
    at_serial, at_fit, at_pixels, at_data = _LAYOUTS[float(window.value(0, "<f"))]
    if source.extension in (".irr", ".rir"):
        raise UnsupportedError(
            f"{source.name}: an irradiance of AvaSoft 6 or 7, expected counts or a ratio of them. "
            "Export it from AvaSoft as text."
        )
    first, last = window.values(4 * at_pixels, "<2f")
    if not (0 <= first < last <= _MAX_PIXEL and first % 1 == 0 == last % 1):
        raise window.damaged(f"pixels {first:g} to {last:g} in the header")
    n = int(last - first) + 1
    wide = _columns(window, at_data, n)
    axis = _axis(window, window.array(4 * at_fit, _COEFFICIENTS, "<f4"), first + np.arange(n))
    settings = _settings(window, at_data + wide * n)
    values = window.array(4 * at_data, wide * n, "<f4").reshape(n, wide)
    if wide == 1 and (source.extension in _RATIOS or _in_turns(values[:, 0])):
        raise window.damaged(f"one column of {n} pixels, expected sample, reference and dark")
    name, intensity, quantity = _choose(values, axis, source)
    metadata = _metadata(window, at_serial) | settings
    return (
        Draft(
            axis,
            intensity,
            technique_of_axis(axis, "wavelength_nm"),
            "wavelength_nm",
            metadata | {"x_column": "wavelength", "y_column": name},
            quantity=quantity,
            counted=True,
        ),
    )


def _columns(window: Window, at_data: int, n: int) -> int:
    after = len(window) / 4 - at_data
    for wide in (3, 1):
        if after == wide * n + _TRAILER:
            return wide
    raise window.damaged(f"{len(window)} bytes, which hold neither one nor three columns of {n} pixels")


def _axis(
    window: Window, coefficients: NDArray[np.float64], pixels: NDArray[np.float64]
) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        axis = np.asarray(np.polynomial.polynomial.polyval(pixels, coefficients), dtype=np.float64)
        steps = np.diff(axis)
        good = bool(np.isfinite(axis).all()) and bool((steps > 0).all() or (steps < 0).all())
    if not good or axis.min() < _RANGE_NM[0] or axis.max() > _RANGE_NM[1]:
        raise window.damaged("coefficients in the header that make no wavelengths")
    return axis


def _choose(
    values: NDArray[np.float64], axis: NDArray[np.float64], source: Source
) -> tuple[str, NDArray[np.float64], Quantity]:
    """Name, values and quantity of the column to read."""
    if values.shape[1] == 1:
        name = _LONE.get(source.extension, "sample")
        asked_column(("wavelength", name), source)
        return name, values[:, 0], "counts"
    sample, reference, dark = values.T
    wish = asked_column(_NAMES, source)
    if wish is None or _NAMES[wish] == "processed":
        absorbance = source.extension == ".abs"
        quantity: Quantity = "absorbance" if absorbance else "transmittance"
        return quantity, ratio(sample, dark, reference, absorbance=absorbance), quantity
    return _NAMES[wish], (axis, axis, sample, reference, dark)[wish], "counts"


def _settings(window: Window, at_trailer: int) -> dict[str, MetadataValue]:
    """Integration time and averages behind the counts; counts in their place show a cut."""
    time_ms, averages, delay = window.values(4 * at_trailer, "<3f")
    good = (
        0 < time_ms < _MOST_MS
        and 1 <= averages <= _MOST_AVERAGES
        and averages % 1 == 0
        and abs(delay) <= _MOST_DELAY
    )
    if not good:
        raise window.damaged(
            f"{time_ms:g} ms, {averages:g} averages and {delay:g} at the end, expected an integration "
            "time and a whole number"
        )
    return {"integration_time_s": round(time_ms / 1000.0, 9), "averages": int(averages)}


def _in_turns(counts: NDArray[np.float64]) -> bool:
    """Whether counts are far more like the third next than like the next, as three columns in turns are."""
    if counts.size < _MIN_PIXELS or not np.isfinite(counts).all():
        return False
    next_one, third = (float(np.mean(np.abs(counts[lag:] - counts[:-lag]))) for lag in (1, 3))
    return third < _IN_TURNS * next_one


def _metadata(window: Window, at_serial: int) -> dict[str, MetadataValue]:
    found: dict[str, MetadataValue] = {}
    letters = window.array(4 * at_serial, _SERIAL, "<f4")
    serial = "".join(chr(int(one)) for one in letters if 32 <= one < 127).strip()
    if serial:
        found["serial"] = serial
    return found


FORMAT: Final = Format(
    "avasoft6", "Avantes AvaSoft 6 or 7", (".roh", ".trm", ".abs", ".drk", ".ref"), sniff, read
)
