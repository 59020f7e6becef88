"""RRUFF text: ``##KEY=value`` lines, pairs with a comma, ``##END=``."""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError
from ...units import AxisUnit, Quantity, Technique
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts import keyvalue as kv
from ..parts.numbers import column
from ..tables._axis import Evidence, decide_axis

_KEY: Final = re.compile(r"##\s?([^=]{1,60})=(.*)")
_KNOWN: Final = ("NAMES", "RRUFFID", "IDEAL CHEMISTRY")
_JCAMP: Final = ("TITLE", "JCAMP-DX", "JCAMPDX")
_HEADER_LINES: Final = 60

_RULES: Final[kv.Rules] = {
    "NAMES": ("label", kv.text_value),
    "RRUFFID": ("measurement_id", kv.text_value),
    "OWNER": ("origin", kv.text_value),
    "DESCRIPTION": ("note", kv.text_value),
    "RAMAN WAVELENGTH": ("laser_wavelength_nm", kv.positive_value),
    "LASER_WAVELENGTH": ("laser_wavelength_nm", kv.positive_value),
    "LASER WAVELENGTH": ("laser_wavelength_nm", kv.positive_value),
}


def sniff(source: Source) -> Sniff:
    """Certain when the first line is a RRUFF key and none is JCAMP-DX's."""
    head = [line.strip() for line in source.lines[:_HEADER_LINES] if line.strip()]
    if not head or not head[0].startswith("##"):
        return Sniff.NO
    keys = {found[1].strip().upper() for line in head if (found := _KEY.match(line))}
    return Sniff.CERTAIN if keys.intersection(_KNOWN) and not keys.intersection(_JCAMP) else Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft.

    Raises
    ------
    DamagedError
        When a row is no pair, or the end is missing.
    """
    header: dict[str, str] = {}
    rows: list[tuple[str, str]] = []
    ended = False
    for at, line in enumerate(source.lines, start=1):
        text = line.strip()
        if found := _KEY.match(text):
            key = found[1].strip().upper()
            ended = ended or key == "END"
            header.setdefault(key, found[2].strip())
        elif text and not text.startswith("#"):
            pair = text.replace(",", " ").split()
            if len(pair) != 2 or ended:
                raise DamagedError(
                    f"{source.name}: line {at} is {text[:40]!r}, expected a pair of numbers before ##END. "
                    "The file is damaged: download it again."
                )
            rows.append((pair[0], pair[1]))
    if not ended or not rows:
        what = "no ##END line" if rows else "no pairs of numbers"
        raise DamagedError(f"{source.name}: {what}. The file is cut short: download it again.")
    axis, intensity = (column([row[i] for row in rows]) for i in (0, 1))
    if isinstance(axis, int) or isinstance(intensity, int):
        bad = axis if isinstance(axis, int) else intensity
        raise DamagedError(
            f"{source.name}: {rows[int(bad)]} among the pairs, expected numbers. "
            "The file is damaged: download it again."
        )
    technique, unit, notes = _meaning(axis, intensity, header, source)
    metadata = kv.collect(header, _RULES)
    quantity: Quantity = "counts" if technique == "raman" else "unknown"
    return (Draft(axis, intensity, technique, unit, metadata, notes, quantity=quantity),)


def _meaning(
    axis: NDArray[np.float64], intensity: NDArray[np.float64], header: dict[str, str], source: Source
) -> tuple[Technique, AxisUnit, tuple[str, ...]]:
    """Raman unless the file's kind or its name says another of RRUFF's measurements."""
    kind = f"{header.get('FILETYPE', '')} {source.name}".lower().replace("_", " ")
    if "raman" in kind or "RAMAN WAVELENGTH" in header or "LASER_WAVELENGTH" in header:
        return "raman", "raman_shift_cm-1", ()
    if "infrared" in kind:
        return "mir", "wavenumber_cm-1", ()
    if (
        any(word in kind for word in ("powder", "x-ray", "xray", "diffraction"))
        or "X-RAY WAVELENGTH" in header
    ):
        return "other", "other", ("a diffraction pattern, no optical spectrum",)
    choice = decide_axis(axis, None, Evidence(None, intensity), source)
    return choice.technique, choice.unit, choice.warnings


FORMAT: Final = Format("rruff_txt", "RRUFF text", (".txt", ".rruf", ".rruff"), sniff, read)
