"""JCAMP-DX 4.24 and 5.0: one block of XYDATA or XYPOINTS in plain, packed or compressed numbers.

Published in McDonald and Wilks, Applied Spectroscopy 42 (1988) 151.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DamagedError, UnsupportedError
from ..units import AxisUnit, Technique
from . import _keyvalue as kv
from ._asdf import COMPRESSED, Decoder
from ._draft import Draft
from ._format import Format, Sniff
from ._numbers import leading_number
from ._source import Source

_LABEL: Final = re.compile(r"\s*##(.{0,80}?)=(.*)")
# A packed form needs no blank between numbers: the sign of the next one parts them.
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?|\?", re.ASCII)
_LOWEST_NIR_CM1: Final = 3500.0
_LONGEST_NIR_NM: Final = 2700.0
_CHECK_SHARE: Final = 0.6
_DATA_LABELS: Final = ("XYDATA", "XYPOINTS")
_UNSUPPORTED_LABELS: Final = ("NTUPLES", "PEAKTABLE", "PEAKASSIGNMENTS", "RADATA", "XYPOINTSTABLE")

_RULES: Final[kv.Rules] = {
    "TITLE": ("label", kv.text_value),
    "SPECTROMETERDATASYSTEM": ("instrument", kv.text_value),
    "ORIGIN": ("origin", kv.text_value),
    "DATE": ("date", kv.text_value),
    "LONGDATE": ("date", kv.text_value),
    "AVERAGES": ("averages", kv.count_value),
    "YUNITS": ("y_column", kv.text_value),
    "XUNITS": ("x_column", kv.text_value),
    "CASREGISTRYNO": ("cas", kv.text_value),
}


@dataclass(frozen=True)
class _Block:
    labels: dict[str, str]
    data: list[str]
    form: str


def sniff(source: Source) -> Sniff:
    """Certain when the first label is the title, or the version stands near the top."""
    head = [line.strip() for line in source.lines[:30] if line.strip() and not line.lstrip().startswith("$$")]
    if not head or not head[0].startswith("##"):
        return Sniff.NO
    names = {_plain(found[1]) for line in head if (found := _LABEL.match(line))}
    return Sniff.CERTAIN if names & {"TITLE", "JCAMPDX"} else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When counts or abscissae contradict the header, or the end is missing.
    UnsupportedError
        For several blocks, peak tables and other techniques.
    """
    block = _block(source)
    technique, unit, factor, notes = _axis_meaning(block, source)
    axis, intensity = _pairs(block, source) if block.form == "XYXY" else _stepped(block, source)
    if technique == "mir" and _near(axis * factor, unit):
        technique = "nir"
    notes += _first_y(block, intensity)
    return (Draft(axis * factor, intensity, technique, unit, kv.collect(block.labels, _RULES), notes),)


def _near(axis: NDArray[np.float64], unit: AxisUnit) -> bool:
    """Whether an axis called infrared lies in the near infrared altogether."""
    finite = axis[np.isfinite(axis)]
    if not finite.size:
        return False
    if unit == "wavelength_nm":
        return float(finite.max()) <= _LONGEST_NIR_NM
    return float(finite.min()) >= _LOWEST_NIR_CM1


def _plain(label: str) -> str:
    return re.sub(r"[\s\-_/]", "", label).upper()


def _block(source: Source) -> _Block:
    labels: dict[str, str] = {}
    data: list[str] = []
    form, current = "", ""
    for line in source.lines:
        text = line.partition("$$")[0].rstrip()
        if found := _LABEL.match(text):
            current = _plain(found[1])
            _refuse_label(current, found[2], labels, source)
            if current == "END":
                break
            labels.setdefault(current, found[2].strip())
            if current in _DATA_LABELS:
                form = re.sub(r"[^XY+]", "", found[2].upper())
        elif current in _DATA_LABELS and text.strip():
            data.append(text.strip())
    else:
        raise DamagedError(
            f"{source.name}: no ##END= at the end of this JCAMP-DX file. It is cut short: export it again."
        )
    if not form or not data:
        raise _without_data(labels, source)
    if form not in ("X++YY", "XYXY"):
        raise UnsupportedError(
            f"{source.name}: JCAMP-DX data of form {labels.get('XYDATA', form)[:30]!r}, expected "
            "(X++(Y..Y)) or (XY..XY). Export as plain JCAMP-DX or CSV."
        )
    if form == "XYXY" and any(COMPRESSED.search(line) for line in data):
        raise DamagedError(f"{source.name}: letters among pairs of numbers. Export the file again.")
    return _Block(labels, data, form)


def _refuse_label(label: str, value: str, labels: dict[str, str], source: Source) -> None:
    kind = value.strip().upper()
    several = (
        (label == "DATATYPE" and kind.startswith("LINK"))
        or (label in ("TITLE", *_DATA_LABELS) and label in labels)
        or label == "NTUPLES"
    )
    if several:
        raise UnsupportedError(
            f"{source.name}: a JCAMP-DX file with several blocks, expected one spectrum. "
            "Export one spectrum per file."
        )


def _without_data(labels: dict[str, str], source: Source) -> DamagedError | UnsupportedError:
    listed = [label for label in _UNSUPPORTED_LABELS if label in labels]
    if listed:
        return UnsupportedError(
            f"{source.name}: a JCAMP-DX peak table or assignment, expected a spectrum (XYDATA). "
            "Export the spectrum itself."
        )
    return DamagedError(f"{source.name}: a JCAMP-DX header without XYDATA. Export the spectrum again.")


def _axis_meaning(block: _Block, source: Source) -> tuple[Technique, AxisUnit, float, tuple[str, ...]]:
    kind = block.labels.get("DATATYPE", "").upper()
    units = block.labels.get("XUNITS", "").upper().replace(" ", "")
    technique: Technique
    if "RAMAN" in kind:
        technique = "raman"
    elif "NEARINFRARED" in kind.replace(" ", "").replace("-", "") or kind.startswith("NIR"):
        technique = "nir"
    elif "INFRARED" in kind:
        technique = "mir"
    else:
        raise UnsupportedError(
            f"{source.name}: JCAMP-DX data type {kind[:30] or 'missing'!r}, expected a Raman or infrared "
            "spectrum. Export the right measurement."
        )
    if "1/CM" in units or "CM-1" in units or "CM^-1" in units:
        return technique, "raman_shift_cm-1" if technique == "raman" else "wavenumber_cm-1", 1.0, ()
    if units.startswith("NANOM") or units == "NM":
        return technique, "wavelength_nm", 1.0, ()
    if units.startswith("MICROM") or units in ("UM", "µM", "ΜM"):
        note = "wavelengths converted from µm to nm"
        return technique, "wavelength_nm", 1000.0, (note,)
    raise UnsupportedError(
        f"{source.name}: x unit {units[:20] or 'missing'!r}, expected 1/CM, NANOMETERS or MICROMETERS. "
        "Export with one of these."
    )


def _factor(block: _Block, label: str, source: Source) -> float:
    text = block.labels.get(label, "")
    value = leading_number(text) if text else 1.0
    if value is None or value == 0:
        raise DamagedError(
            f"{source.name}: {label} is {text[:20]!r}, expected a number other than 0. Export again."
        )
    return value


def _numbers(line: str, source: Source) -> list[float]:
    rest = _NUMBER.sub("", line).strip(" \t,;")
    if rest.replace(",", "").replace(";", "").strip():
        raise DamagedError(
            f"{source.name}: {line[:30]!r} in the data, expected numbers. Export the file again."
        )
    return [float("nan") if token == "?" else float(token) for token in _NUMBER.findall(line)]


def _check_count(found: int, block: _Block, source: Source) -> None:
    promised = leading_number(block.labels.get("NPOINTS", ""))
    if promised is not None and promised != found:
        raise DamagedError(
            f"{source.name}: {found} points, the header promises {promised:.0f}. "
            "The file is cut short or damaged: export it again."
        )


def _pairs(block: _Block, source: Source) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    flat: list[float] = []
    for line in block.data:
        values = _numbers(line, source)
        if len(values) % 2:
            raise DamagedError(
                f"{source.name}: {line[:30]!r} holds no pairs of x and y. Export the file again."
            )
        flat += values
    _check_count(len(flat) // 2, block, source)
    table = np.array(flat, dtype=np.float64).reshape(-1, 2)
    x_factor, y_factor = _factor(block, "XFACTOR", source), _factor(block, "YFACTOR", source)
    with np.errstate(over="ignore"):
        return table[:, 0] * x_factor, table[:, 1] * y_factor


def _stepped(block: _Block, source: Source) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """X from FIRSTX, LASTX and the count; each line's own X is checked against it."""
    first, last = (leading_number(block.labels.get(label, "")) for label in ("FIRSTX", "LASTX"))
    if first is None or last is None:
        raise DamagedError(f"{source.name}: FIRSTX or LASTX is missing. Export the spectrum again.")
    starts: list[float] = []
    positions: list[int] = []
    ordinates: list[float] = []
    if any(COMPRESSED.search(line) for line in block.data):
        decoder = Decoder(ordinates)
        for line in block.data:
            start, position = decoder.line(line, source.name)
            starts.append(start)
            positions.append(position)
    for line in block.data if not ordinates else ():
        values = _numbers(line, source)
        if len(values) < 2:
            raise DamagedError(
                f"{source.name}: {line[:30]!r} has no value after its x. Export the file again."
            )
        starts.append(values[0])
        positions.append(len(ordinates))
        ordinates += values[1:]
    _check_count(len(ordinates), block, source)
    if max(abs(first), abs(last)) > 1e12:
        raise DamagedError(f"{source.name}: FIRSTX {first:g}, LASTX {last:g}: no instrument measures there.")
    axis = np.linspace(first, last, len(ordinates))
    _check_abscissae(block, axis, starts, positions, source)
    with np.errstate(over="ignore"):
        return axis, np.array(ordinates) * _factor(block, "YFACTOR", source)


def _check_abscissae(
    block: _Block, axis: NDArray[np.float64], starts: list[float], positions: list[int], source: Source
) -> None:
    factor = _factor(block, "XFACTOR", source)
    printed = [re.match(r"[+-]?\d*\.?(\d*)", line) for line in block.data]
    decimals = min(len(found[1]) if found else 0 for found in printed)
    # Half a step, and half of the last digit that the lines print.
    step = abs(float(axis[-1] - axis[0])) / max(1, axis.size - 1)
    tolerance = _CHECK_SHARE * step + 0.5 * 10.0**-decimals * abs(factor)
    with np.errstate(over="ignore"):
        off = np.abs(np.array(starts) * factor - axis[np.array(positions)])
    worst = int(np.argmax(np.nan_to_num(off, nan=np.inf)))
    if not off[worst] <= tolerance:
        expected = axis[positions[worst]]
        raise DamagedError(
            f"{source.name}: line {block.data[worst][:20]!r} should begin at x = {expected:.6g}. "
            "Points are missing or doubled: export the file again."
        )


def _first_y(block: _Block, intensity: NDArray[np.float64]) -> tuple[str, ...]:
    promised = leading_number(block.labels.get("FIRSTY", ""))
    finite = intensity[np.isfinite(intensity) & (np.abs(intensity) < 1e300)]
    if promised is None or not finite.size or not np.isfinite(intensity[0]):
        return ()
    tolerance = 0.01 * max(float(finite.max()) - float(finite.min()), abs(promised))
    if abs(float(intensity[0]) - promised) <= tolerance:
        return ()
    return (f"the header's first value {promised:g} differs from the data's {intensity[0]:g}",)


FORMAT: Final = Format("jcamp_dx", "JCAMP-DX", (".jdx", ".dx", ".jcm", ".jcamp"), sniff, read)
