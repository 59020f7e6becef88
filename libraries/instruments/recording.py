"""The record of one check: schema ``contraspec.instrument/1``, as it is kept and as machines get it."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from spectra.errors import CaseError
from spectra.instruments.axis import PIVOT_CM1, AxisFit
from spectra.instruments.check import InstrumentCheck
from spectra.instruments.intensity import IntensityChange
from spectra.instruments.limits import Limits
from spectra.spectrum import Spectrum

SCHEMA: Final = "contraspec.instrument/1"
VALID_DAYS: Final = 30.0
"""How long a check that passed is relied on, unless the caller says otherwise."""
_DIGITS: Final = 6


@dataclass(frozen=True)
class StoredCheck:
    """What a kept check says.

    Attributes
    ----------
    serial : str
        Of the instrument.
    measured : datetime.datetime
        When the standard was measured, local time without zone.
    standard : str
        Key of the standard.
    passed : bool
        Whether all limits were kept.
    reasons, flags : tuple of str
        Why not, and what else is noteworthy.
    laser_nm : float or None
        Wavelength of the laser, where the file told.
    offset_cm1, stretch : float or None
        Correction of the axis; None where there is none.
    offset_expanded_cm1 : float or None
        Its uncertainty (k = 2).
    valid_days : float
        How long it is relied on.
    plain : mapping
        The whole record.
    """

    serial: str
    measured: datetime.datetime
    standard: str
    passed: bool
    reasons: tuple[str, ...]
    flags: tuple[str, ...]
    laser_nm: float | None
    offset_cm1: float | None
    stretch: float | None
    offset_expanded_cm1: float | None
    valid_days: float
    plain: Mapping[str, Any]


def moment_of(spectrum: Spectrum) -> datetime.datetime | None:
    """When a spectrum was measured, as its file says, without zone; None where it says nothing clear.

    Only ISO dates count: 03/04/2026 is two days, and a guess would date a check wrongly.
    """
    stated = spectrum.metadata.get("date")
    if not isinstance(stated, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(stated.strip())
        return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError, OSError):  # the last two: zones of years that the system cannot count
        return None


def describe_check(
    check: InstrumentCheck,
    spectrum: Spectrum,
    *,
    limits: Limits,
    serial: str = "",
    now: datetime.datetime | None = None,
    valid_days: float = VALID_DAYS,
) -> dict[str, Any]:
    """Describe a check in plain JSON; figures have six significant digits, and are used with no more.

    Parameters
    ----------
    check : InstrumentCheck
        What came out.
    spectrum : Spectrum
        Of the standard.
    limits : Limits
        What it was judged by.
    serial : str
        Of the instrument; empty where nobody knows.
    now : datetime, optional
        The clock's time, for a spectrum that does not say when it was measured.
    valid_days : float
        How long the check is to be relied on.
    """
    told = moment_of(spectrum)
    moment = told or (now or datetime.datetime.now()).replace(microsecond=0)
    metadata = spectrum.metadata
    return {
        "schema": SCHEMA,
        "serial": serial,
        "instrument": metadata.get("instrument"),
        "laser_nm": _number(metadata.get("laser_wavelength_nm")),
        "measured": moment.isoformat(timespec="seconds"),
        "dated_by": "file" if told else "clock",
        "standard": check.standard,
        "passed": check.passed,
        "reasons": list(check.reasons),
        "flags": [],
        "axis": None if check.axis is None else _axis(check.axis),
        "resolution": _rounded(asdict(check.resolution)) if check.resolution else None,
        "snr": _number(check.snr),
        "brightness": _number(check.brightness),
        "heights": [[_number(at), _number(share)] for at, share in sorted(check.heights.items())],
        "change": None,
        "n_in_range": check.n_in_range,
        "found": _number(check.found),
        "explained": _number(check.explained),
        "limits": _rounded(asdict(limits)),
        "valid_days": _number(valid_days),
        "input_sha256": metadata.get("source_sha256"),
    }


def with_change(plain: Mapping[str, Any], change: IntensityChange) -> dict[str, Any]:
    """Add to a record how the signal changed since the check before."""
    told = {"height_ratio": change.height_ratio, "at_cm1": change.at_cm1}
    told["brightness_ratio"] = change.brightness_ratio
    return {**plain, "flags": list(change.flags), "change": _rounded(told)}


def heights_of(plain: Mapping[str, Any]) -> dict[float, float]:
    """Relative heights in a record, by certified position."""
    return {float(at): float(share) for at, share in plain["heights"]}


def read_check(plain: Mapping[str, Any]) -> StoredCheck:
    """Read a record.

    Raises
    ------
    CaseError
        A record that is none of this schema.
    """
    try:
        if plain["schema"] != SCHEMA:
            raise CaseError(f"record of schema {plain['schema']!r}: expected {SCHEMA}")
        axis = plain["axis"] or {}
        return StoredCheck(
            serial=str(plain["serial"]),
            measured=datetime.datetime.fromisoformat(plain["measured"]),
            standard=str(plain["standard"]),
            passed=bool(plain["passed"]),
            reasons=tuple(plain["reasons"]),
            flags=tuple(plain["flags"]),
            laser_nm=_number(plain["laser_nm"]),
            offset_cm1=_number(axis.get("offset_cm1")),
            stretch=_number(axis.get("stretch")),
            offset_expanded_cm1=_number(axis.get("offset_expanded_cm1")),
            valid_days=float(plain["valid_days"]),
            plain=dict(plain),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CaseError(f"no record of an instrument check ({error}): expected schema {SCHEMA}") from error


def _axis(fit: AxisFit) -> dict[str, Any]:
    bands = [
        {
            "certified_cm1": _number(band.pair.certified_cm1),
            "measured_cm1": _number(band.pair.measured_cm1),
            "standard_cm1": _number(band.pair.measured_standard_cm1),
            "residual_cm1": _number(band.residual_cm1),
            "used": band.used,
        }
        for band in fit.bands
    ]
    return {
        "offset_cm1": _number(fit.offset_cm1),
        "offset_expanded_cm1": _number(fit.offset_expanded_cm1),
        "stretch": _number(fit.stretch),
        "stretch_expanded": _number(fit.stretch_expanded),
        "pivot_cm1": PIVOT_CM1,
        "range_cm1": [_number(end) for end in fit.range_cm1],
        "rms_cm1": _number(fit.rms_cm1),
        "n_used": fit.n_used,
        "n_rejected": fit.n_rejected,
        "bands": bands,
    }


def _number(value: object) -> float | None:
    """Six significant digits; None for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}") + 0.0


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, bool) else _number(value) for key, value in values.items()}
