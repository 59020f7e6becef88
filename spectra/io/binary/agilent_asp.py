"""Agilent MicroLab and ResolutionsPro text (``.asp``): a column of numbers and nothing else.

Number of points, first and last wavenumber, three codes whose meaning Agilent does not publish,
then the ordinates. Nothing in the file says whether these are absorbance or transmittance.
"""

import re
from typing import Final

import numpy as np

from ...errors import DamagedError
from ...spectrum import MIN_POINTS
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from .._technique import technique_of_axis
from ..parts.numbers import column

_HEAD: Final = 6
_COUNT: Final = re.compile(r"\d{2,7}", re.ASCII)
_CODE: Final = re.compile(r"-?\d{1,3}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?\d+[.,]\d+", re.ASCII)
_WAVENUMBERS_CM1: Final = (10.0, 30_000.0)


def sniff(source: Source) -> Sniff:
    """Certain when the first line counts the lines after the head; possible when only the head fits."""
    if source.looks_like:
        return Sniff.NO
    head = [line.strip() for line in source.text[:400].split("\n")[: _HEAD + 1]]
    if len(head) <= _HEAD or not _COUNT.fullmatch(head[0]) or int(head[0]) < MIN_POINTS:
        return Sniff.NO
    if not all(_CODE.fullmatch(code) for code in head[3:_HEAD]):
        return Sniff.NO
    ends = [float(line.replace(",", ".")) for line in head[1:3] if _DECIMAL.fullmatch(line)]
    if len(ends) < 2 or not all(_WAVENUMBERS_CM1[0] <= end <= _WAVENUMBERS_CM1[1] for end in ends):
        return Sniff.NO
    n_lines = sum(bool(line.strip()) for line in source.lines)
    return Sniff.CERTAIN if n_lines == int(head[0]) + _HEAD else Sniff.POSSIBLE


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When there are more or fewer ordinates than announced, or a line is no number.
    """
    lines = [line.strip() for line in source.lines if line.strip()]
    n_points = int(lines[0])
    if len(lines) != n_points + _HEAD:
        raise DamagedError(
            f"{source.name}: {len(lines) - _HEAD} ordinates, the first line announces {n_points}. "
            "The file is cut short or damaged: export it again."
        )
    decimal = "," if "," in lines[1] else "."
    numbers = column([*lines[1:3], *lines[_HEAD:]], decimal=decimal)
    if isinstance(numbers, int):
        line = lines[1:3][numbers] if numbers < 2 else lines[_HEAD + numbers - 2]
        raise DamagedError(f"{source.name}: {line[:20]!r} where a number was expected. Export it again.")
    if numbers[0] == numbers[1]:
        raise DamagedError(f"{source.name}: an axis that begins and ends at {numbers[0]:g}. Export it again.")
    axis = np.linspace(numbers[0], numbers[1], n_points)
    metadata = {
        "instrument": "Agilent",
        "x_column": "wavenumber (cm-1)",
        "note": f"codes {' '.join(lines[3:_HEAD])}",
    }
    notes: tuple[str, ...] = ("the file does not say whether its ordinates are absorbance or transmittance",)
    if not source.text.endswith("\n"):
        notes += ("the last line has no end: its number may be cut short",)
    technique = technique_of_axis(axis, "wavenumber_cm-1")
    return (Draft(axis, numbers[2:], technique, "wavenumber_cm-1", metadata, notes, counted=True),)


FORMAT: Final = Format("agilent_asp", "Agilent MicroLab text", (".asp",), sniff, read)
