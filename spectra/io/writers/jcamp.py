"""JCAMP-DX 5.01: plain numbers (AFFN) or compressed differences (DIFDUP).

Published in McDonald and Wilks, Applied Spectroscopy 42 (1988) 151. An axis in equal steps is written as
XYDATA, any other as XYPOINTS, which has no compressed form. Plain numbers have the fewest digits that give
the same double again; compressed ones are whole numbers of at most 31 bits times YFACTOR.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import WriteError
from ...spectrum import Spectrum
from ._facts import facts

FACT_LABEL: Final = "$CONTRASPEC FACT"
"""Label of one line of metadata under our names, ``name = JSON``."""

_MAX_LINE: Final = 78
_MAX_INTEGER: Final = 2**31 - 1
# Within a thousandth of a step the axis is what FIRSTX, LASTX and NPOINTS say.
_EVEN: Final = 1e-3
_EXACTLY_EVEN: Final = 1e-9
_DATA_TYPES: Final = {
    "raman": "RAMAN SPECTRUM",
    "nir": "NEAR INFRARED SPECTRUM",
    "mir": "INFRARED SPECTRUM",
    "other": "UV/VIS SPECTRUM",
}
_X_UNITS: Final = {"raman_shift_cm-1": "1/CM", "wavenumber_cm-1": "1/CM", "wavelength_nm": "NANOMETERS"}
_Y_UNITS: Final = {
    "absorbance": "ABSORBANCE",
    "transmittance": "TRANSMITTANCE",
    "reflectance": "REFLECTANCE",
    "kubelka_munk": "KUBELKA-MUNK",
}
_ISO_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_SQZ: Final = dict(zip(range(-9, 10), "ihgfedcba@ABCDEFGHI", strict=True))
_DIF: Final = dict(zip(range(-9, 10), "rqponmlkj%JKLMNOPQR", strict=True))
_DUP: Final = dict(zip(range(1, 10), "STUVWXYZs", strict=True))


def write_affn(spectra: Sequence[Spectrum]) -> bytes:
    """Bytes with plain numbers.

    Raises
    ------
    WriteError
        For an axis that JCAMP-DX has no unit for.
    """
    return _file(spectra, [_affn(spectrum) for spectrum in spectra])


def write_difdup(spectra: Sequence[Spectrum]) -> bytes:
    """Bytes with compressed differences.

    Raises
    ------
    WriteError
        For an axis in unequal steps, which this form cannot hold, or of a unit JCAMP-DX has none for.
    """
    return _file(spectra, [_difdup(spectrum) for spectrum in spectra])


def _file(spectra: Sequence[Spectrum], data: Sequence[list[str]]) -> bytes:
    lines: list[str] = []
    if len(spectra) > 1:
        lines += ["##TITLE=contraspec", "##JCAMP-DX=5.01", "##DATA TYPE=LINK", f"##BLOCKS={len(spectra) + 1}"]
    for spectrum, part in zip(spectra, data, strict=True):
        lines += [*_head(spectrum), *part, "##END="]
    if len(spectra) > 1:
        lines.append("##END=")
    return ("\r\n".join(lines) + "\r\n").encode("ascii", errors="replace")


def _head(spectrum: Spectrum) -> Iterator[str]:
    told = facts(spectrum)
    if spectrum.unit not in _X_UNITS:
        raise WriteError(f"an axis of unit {spectrum.unit!r} has no place in JCAMP-DX: convert to CSV")
    label = told.get("label") or told.get("origin_file") or "spectrum"
    yield f"##TITLE={_text(label)}"
    yield "##JCAMP-DX=5.01 $$ contraspec"
    yield f"##DATA TYPE={_DATA_TYPES[spectrum.technique]}"
    yield f"##ORIGIN={_text(told.get('origin') or '')}"
    yield "##OWNER="
    if found := _ISO_DATE.match(str(told.get("date"))):
        yield f"##LONGDATE={'/'.join(found.groups())}"
    if told.get("instrument"):
        yield f"##SPECTROMETER/DATA SYSTEM={_text(told['instrument'])}"
    for name, value in told.items():
        # "$$" would begin a comment.
        yield f"##{FACT_LABEL}={name} = {json.dumps(value).replace('$', chr(92) + 'u0024')}"
    yield f"##XUNITS={_X_UNITS[spectrum.unit]}"
    yield f"##YUNITS={_Y_UNITS.get(str(told.get('quantity')), 'ARBITRARY UNITS')}"


def _text(value: object) -> str:
    return " ".join(str(value).replace("$$", "$ $").split())[:_MAX_LINE]


def _figures(axis: NDArray[np.float64], ordinates: NDArray[np.float64]) -> list[str]:
    return [
        f"##FIRSTX={float(axis[0])!r}",
        f"##LASTX={float(axis[-1])!r}",
        f"##NPOINTS={axis.size}",
        f"##FIRSTY={float(ordinates[0])!r}",
        f"##MAXY={float(ordinates.max())!r}",
        f"##MINY={float(ordinates.min())!r}",
    ]


def _uneven(axis: NDArray[np.float64]) -> float:
    """Largest distance of an axis from equal steps, in steps."""
    even = np.linspace(axis[0], axis[-1], axis.size)
    return float(np.max(np.abs(axis - even)) / ((axis[-1] - axis[0]) / (axis.size - 1)))


def _affn(spectrum: Spectrum) -> list[str]:
    axis, ordinates = spectrum.axis, spectrum.intensity
    lines = ["##XFACTOR=1", "##YFACTOR=1", *_figures(axis, ordinates)]
    if _uneven(axis) > _EXACTLY_EVEN:
        pairs = zip(axis.tolist(), ordinates.tolist(), strict=True)
        return [*lines, "##XYPOINTS=(XY..XY)", *(f"{x!r}, {y!r}" for x, y in pairs)]
    lines += [_delta(axis), "##XYDATA=(X++(Y..Y))"]
    line = ""
    for x, y in zip(axis.tolist(), ordinates.tolist(), strict=True):
        number = f" {y!r}"
        if not line or len(line) + len(number) > _MAX_LINE:
            lines += [line] if line else []
            line = f"{x:.12g}"
        line += number
    return [*lines, line]


def _delta(axis: NDArray[np.float64]) -> str:
    return f"##DELTAX={float((axis[-1] - axis[0]) / (axis.size - 1))!r}"


def _difdup(spectrum: Spectrum) -> list[str]:
    axis, ordinates = spectrum.axis, spectrum.intensity
    if _uneven(axis) > _EVEN:
        raise WriteError(
            "the axis has unequal steps, and the compressed form of JCAMP-DX has only equal ones: "
            "write plain JCAMP-DX (jcamp_dx) or CSV"
        )
    largest = float(np.max(np.abs(ordinates)))
    factor = _factor(ordinates, largest)
    numbers = np.round(ordinates / factor).astype(np.int64).tolist()
    head = ["##XFACTOR=1", f"##YFACTOR={factor!r}", *_figures(axis, np.array(numbers) * factor), _delta(axis)]
    return [*head, "##XYDATA=(X++(Y..Y))", *_compressed(axis.tolist(), numbers)]


def _factor(ordinates: NDArray[np.float64], largest: float) -> float:
    """Step of the whole numbers: that of the printed digits, or the finest that 31 bits give."""
    if largest == 0:
        return 1.0
    for decimals in range(7):
        scale = 10.0**decimals
        if largest * scale > _MAX_INTEGER:
            break
        if np.max(np.abs(np.round(ordinates * scale) / scale - ordinates)) <= largest / _MAX_INTEGER / 2:
            return 1.0 / scale
    return largest / _MAX_INTEGER


def _compressed(axis: list[float], numbers: list[int]) -> Iterator[str]:
    """Lines of squeezed first values, differences and repetitions, each beginning with the check."""
    at, last = 0, len(numbers) - 1
    while True:
        line = f"{axis[at]:.12g}" + _coded(numbers[at], _SQZ)
        while at < last:
            step, count = numbers[at + 1] - numbers[at], 1
            while at + count < last and numbers[at + count + 1] - numbers[at + count] == step:
                count += 1
            token = _coded(step, _DIF) + (_coded(count, _DUP) if count > 1 else "")
            if len(line) + len(token) > _MAX_LINE:
                break
            line += token
            at += count
        yield line
        if at == last:
            break
    # The last value once more, for its check.
    yield f"{axis[last]:.12g}" + _coded(numbers[last], _SQZ)


def _coded(value: int, digits: dict[int, str]) -> str:
    """Whole number with its first digit and sign as one character."""
    text = str(abs(value))
    first = int(text[0]) if value >= 0 else -int(text[0])
    return digits[first] + text[1:]
