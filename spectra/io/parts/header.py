"""What the lines above a plain table tell: settings as key and value, and words that name the technique."""

import re
from collections.abc import Sequence
from typing import Final

from ...spectrum import MetadataValue
from . import keyvalue as kv
from .numbers import leading_number

_MAX_LINES: Final = 300
_MAX_CHARS: Final = 1000
_MAX_KEY: Final = 60
_COMMENT_CHARS: Final = " \t#%/!*'\""
_BETWEEN: Final = re.compile(r"[:=\t,;]")
_LASERS_NM: Final = (200.0, 2000.0)
_NM: Final = re.compile(r"nm|nanomet")
_RAMAN: Final = re.compile(r"raman|\blaser|excitation", re.IGNORECASE)
_INFRARED: Final = re.compile(r"\bft-?ir\b|infra-?red|\bmid-?ir\b|\batr\b", re.IGNORECASE)


def _laser_value(text: str) -> MetadataValue:
    value = leading_number(text)
    return value if value is not None and _LASERS_NM[0] <= value <= _LASERS_NM[1] else None


def _nm_value(text: str) -> MetadataValue:
    """Read a wavelength that says its unit, under a key that leaves open which wavelength it is."""
    return _laser_value(text) if _NM.search(text.lower()) else None


_RULES: Final[kv.Rules] = {
    "laser wavelength": ("laser_wavelength_nm", _laser_value),
    "laser wavelength nm": ("laser_wavelength_nm", _laser_value),
    "laser wavelength (nm)": ("laser_wavelength_nm", _laser_value),
    "laserwavelength nm": ("laser_wavelength_nm", _laser_value),
    "excitation wavelength": ("laser_wavelength_nm", _laser_value),
    "excitation wavelength (nm)": ("laser_wavelength_nm", _laser_value),
    "laser (nm)": ("laser_wavelength_nm", _laser_value),
    "laser": ("laser_wavelength_nm", _nm_value),
    "excitation": ("laser_wavelength_nm", _nm_value),
    "wl": ("laser_wavelength_nm", _nm_value),
    "exposure ms": ("integration_time_s", kv.milliseconds_value),
    "integration time (ms)": ("integration_time_s", kv.milliseconds_value),
    "integration time (s)": ("integration_time_s", kv.positive_value),
    "exposure (s)": ("integration_time_s", kv.positive_value),
    "repetitioncount": ("averages", kv.count_value),
    "averages": ("averages", kv.count_value),
    "accumulations": ("averages", kv.count_value),
    "instrument": ("instrument", kv.text_value),
    "model": ("instrument", kv.text_value),
    "spectrometer": ("instrument", kv.text_value),
    "device": ("serial", kv.text_value),
    "devicesn": ("serial", kv.text_value),
    "serial number": ("serial", kv.text_value),
    "serial": ("serial", kv.text_value),
    "title": ("label", kv.text_value),
    "sample name": ("label", kv.text_value),
    "sample": ("label", kv.text_value),
    "name": ("label", kv.text_value),
    "timestamp": ("date", kv.text_value),
    "time stamp": ("date", kv.text_value),
    "date": ("date", kv.text_value),
    "comment": ("note", kv.text_value),
    "note": ("note", kv.text_value),
}


def collect(lines: Sequence[str]) -> dict[str, MetadataValue]:
    """Collect the settings among the lines above a table, by the names of ``spectra.io``."""
    header: dict[str, str] = {}
    for line in lines[:_MAX_LINES]:
        text = line[:_MAX_CHARS].lstrip(_COMMENT_CHARS)
        if (found := _BETWEEN.search(text)) and found.start() <= _MAX_KEY:
            key = " ".join(text[: found.start()].lower().replace("_", " ").split()).strip(" \"'")
            header.setdefault(key, text[found.end() :].strip(" \t,;:=\"'"))
    return kv.collect(header, _RULES)


def technique_words(lines: Sequence[str]) -> str | None:
    """Technique that the lines above a table name: ``raman``, ``infrared``, or None when neither or both."""
    text = "\n".join(line[:_MAX_CHARS] for line in lines[:_MAX_LINES])
    raman, infrared = _RAMAN.search(text) is not None, _INFRARED.search(text) is not None
    if raman == infrared:
        return None
    return "raman" if raman else "infrared"
