"""Log block of an SPC file, and the packed date: lines ``key=value`` to metadata."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from ...errors import DamagedError
from ...spectrum import MetadataValue
from ..parts import keyvalue as kv
from ..parts.binary import Window
from ..parts.numbers import leading_number
from .header import Header

_HEADER_SIZE: Final = 64
_MAX_TEXT: Final = 1_000_000
_MAX_LINES: Final = 10_000
_LASERS_NM: Final = (200.0, 2000.0)
_NM_PER_CM: Final = 1e7
_IN_NM: Final = re.compile(r"(\d{3,4}(?:[.,]\d+)?)\s*nm", re.ASCII)

_YEARS: Final = range(1970, 2100)
# The C library's broken-down time: years since 1900, months from 0.
_YEARS_SINCE_1900: Final = range(70, 200)


def _laser_value(text: str) -> MetadataValue:
    """Wavelength of a laser, nm, out of ``785``, ``632.81 nm`` or ``Laser: 532nm_Raman``."""
    within = _IN_NM.search(text)
    value = leading_number(within[1] if within else text)
    return value if value is not None and _LASERS_NM[0] <= value <= _LASERS_NM[1] else None


def _laser_of_wavenumber(text: str) -> MetadataValue:
    value = leading_number(text)
    return _laser_value(f"{_NM_PER_CM / value:.6g}") if value is not None and value > 0 else None


def _named(text: str) -> MetadataValue:
    """Text of a setting; None when it says that there is none."""
    return None if text.strip().casefold() in ("none", "unknown", "n/a") else kv.text_value(text)


# In order: of several keys for one thing the first that says something wins.
_RULES: Final[tuple[tuple[str, str, Callable[[str], MetadataValue]], ...]] = (
    ("laser (nm)", "laser_wavelength_nm", _laser_value),
    ("laser wavelength", "laser_wavelength_nm", _laser_value),
    ("laser wavelength (nm)", "laser_wavelength_nm", _laser_value),
    ("laser_wavelength", "laser_wavelength_nm", _laser_value),
    ("excit_line", "laser_wavelength_nm", _laser_value),
    ("laser", "laser_wavelength_nm", _laser_value),
    ("ramanfreq", "laser_wavelength_nm", _laser_of_wavenumber),
    ("instrument", "instrument", _named),
    ("instrument name", "instrument", _named),
    ("spectrometer", "instrument", _named),
    ("model", "instrument", _named),
    ("serial number", "serial", _named),
    ("serial", "serial", _named),
    ("detector", "detector", _named),
    ("det", "detector", _named),
    ("acq. time (s)", "integration_time_s", kv.positive_value),
    ("exposure time (s)", "integration_time_s", kv.positive_value),
    ("integration time (s)", "integration_time_s", kv.positive_value),
    ("integration time (ms)", "integration_time_s", kv.milliseconds_value),
    ("accumulations", "averages", kv.count_value),
    ("accum", "averages", kv.count_value),
    ("scans", "averages", kv.count_value),
    ("scans to average", "averages", kv.count_value),
    ("date", "date", kv.text_value),
    ("title", "label", kv.text_value),
    ("sample", "label", kv.text_value),
    ("sample name", "label", kv.text_value),
    ("name", "label", kv.text_value),
    ("remark", "note", kv.text_value),
    ("comment", "note", kv.text_value),
    ("software", "software", kv.text_value),
    ("program", "software", kv.text_value),
    ("ics correction", "intensity_corrected", kv.switch_value),
)


def read_log(window: Window, at: int) -> tuple[dict[str, str], list[str]]:
    """Lines ``key=value`` of the log's text part, and what had to be noted.

    Parameters
    ----------
    window : Window
        The file.
    at : int
        Where the log begins; 0 without one.

    Returns
    -------
    dict, list of str
        Values by key in lower case; the first of equal keys is kept. The binary parts are left out.
    """
    if not at:
        return {}, []
    try:
        size, _, text_at = window.values(at, "<III")
        if not _HEADER_SIZE <= text_at <= size <= len(window) - at:
            size, _, text_at = window.values(at, ">III")
    except DamagedError:
        return {}, ["the log is cut short"]
    notes = []
    if not _HEADER_SIZE <= text_at <= size:
        return {}, ["the log could not be read"]
    if size > len(window) - at:
        notes.append("the log is cut short")
        size = len(window) - at
    raw = window.raw(at + text_at, max(min(size - text_at, _MAX_TEXT), 0)) if text_at < size else b""
    lines = re.split(r"[\r\n\0]+", raw.decode("cp1252", errors="replace"))
    found: dict[str, str] = {}
    for line in lines[:_MAX_LINES]:
        key, equals, value = line.partition("=")
        if equals and key.strip():
            found.setdefault(" ".join(key.split()).casefold(), value.strip())
    return found, notes


def log_metadata(log: Mapping[str, str]) -> dict[str, MetadataValue]:
    """Metadata in the names of ``spectra.io``."""
    found: dict[str, MetadataValue] = {}
    for key, name, convert in _RULES:
        if key in log and name not in found:
            value = convert(log[key])
            if value is not None:
                found[name] = value
    # LabSpec 5 names no unit: its times are seconds.
    if "excit_line" in log and "integration_time_s" not in found:
        seconds = kv.positive_value(log.get("time", ""))
        if seconds is not None:
            found["integration_time_s"] = seconds
    return found


def header_date(header: Header) -> str | None:
    """Date of the header as ``YYYY-MM-DD HH:MM``; None without one that can be.

    Galactic packs year, month, day, hour and minute. LabSpec packs the C library's fields instead
    (2016 as 116, February as 1), WiRE an MS-DOS date and time.
    """
    packed = header.date
    year, month, day = packed >> 20, packed >> 16 & 15, packed >> 11 & 31
    hour, minute = packed >> 6 & 31, packed & 63
    if year in _YEARS_SINCE_1900:
        year, month = year + 1900, month + 1
    elif year not in _YEARS:
        year, month, day = 1980 + (packed >> 25), packed >> 21 & 15, packed >> 16 & 31
        hour, minute = packed >> 11 & 31, packed >> 5 & 63
    possible = year in _YEARS and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60
    return f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}" if packed and possible else None
