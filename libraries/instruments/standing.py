"""What the kept checks of an instrument mean for one scan of it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from spectra.errors import CaseError
from spectra.instruments.correction import correct_axis
from spectra.spectrum import Spectrum

from .recording import StoredCheck, moment_of

if TYPE_CHECKING:
    from ..methods.method import Answer

State = Literal["valid", "expired", "failed", "missing", "no_serial", "overridden"]
InstrumentPolicy = Literal["warn", "refuse"]
POLICIES: Final[tuple[InstrumentPolicy, ...]] = get_args(InstrumentPolicy)

_SAYS: Final[dict[State, str]] = {
    "expired": "instrument_check_expired",
    "failed": "instrument_check_failed",
    "missing": "instrument_check_missing",
    "no_serial": "instrument_check_missing",
}
_URGENCY: Final[tuple[State, ...]] = ("failed", "no_serial", "missing", "expired", "overridden", "valid")
_LASER_TOLERANCE_NM: Final = 1.0
UNDATED: Final = "bears no date: the age of the instrument's check counts from the time of the answer"


@dataclass(frozen=True)
class Standing:
    """How an instrument stood when a scan was made.

    Attributes
    ----------
    state : str
        ``valid``: checked, and corrected by it; ``expired``: the check is too old; ``failed``: the last one
        failed; ``missing``: never checked; ``no_serial``: nobody says which instrument it was;
        ``overridden``: the caller gave an axis offset of their own.
    serial : str
        Of the instrument; empty where unknown.
    policy : str
        ``warn`` or ``refuse``.
    standard : str or None
        Of the check, as all that follows.
    date : str or None
        When the standard was measured, ISO.
    age_days : float or None
        From then to the scan.
    offset_cm1, offset_expanded_cm1, stretch : float or None
        Correction that the check found.
    applied : bool
        Whether the axis was corrected by it.
    """

    state: State
    serial: str
    policy: InstrumentPolicy
    standard: str | None = None
    date: str | None = None
    age_days: float | None = None
    offset_cm1: float | None = None
    offset_expanded_cm1: float | None = None
    stretch: float | None = None
    applied: bool = False

    @property
    def reason(self) -> str | None:
        """Reason code that the result gets; None where all is well."""
        return _SAYS.get(self.state)

    def plain(self) -> dict[str, Any]:
        """Plain JSON, as the result and the evidence have it."""
        return asdict(self)


def read_standing(plain: Mapping[str, Any]) -> Standing:
    """Read what ``Standing.plain`` gave.

    Raises
    ------
    CaseError
        Other fields, or a state or policy that is unknown.
    """
    names = {field.name for field in fields(Standing)}
    if set(plain) != names or plain["state"] not in get_args(State) or plain["policy"] not in POLICIES:
        raise CaseError(f"instrument check {dict(plain)!r}: expected the fields {', '.join(sorted(names))}")
    return Standing(**plain)


def find_standing(
    spectrum: Spectrum,
    checks: Sequence[StoredCheck],
    *,
    serial: str,
    policy: InstrumentPolicy,
    now: datetime.datetime,
    overridden: bool = False,
) -> Standing:
    """Find the check that counts for a scan: the last one before it, by the same laser.

    Parameters
    ----------
    spectrum : Spectrum
        The scan, as read. When it was made its file says; else it was now.
    checks : sequence of StoredCheck
        Of its instrument, in the order of their measurement.
    serial : str
        Of the instrument; empty where unknown.
    policy : str
        What is to be done without a valid check.
    now : datetime
        The clock's time.
    overridden : bool
        Whether the caller gave an axis offset.

    Returns
    -------
    Standing
        With ``applied`` true only for a valid check, so that ``put_right`` corrects by it.
    """
    at = _end_of(spectrum, now)
    laser = spectrum.metadata.get("laser_wavelength_nm")
    before = [one for one in checks if one.measured <= at and _same_laser(one.laser_nm, laser)]
    if overridden:
        return Standing("overridden", serial, policy)
    if not serial:
        return Standing("no_serial", serial, policy)
    if not before:
        return Standing("missing", serial, policy)
    last = before[-1]
    age = round(max((at - last.measured).total_seconds(), 0.0) / 86_400, 2)
    state: State = "valid"
    if not last.passed or last.offset_cm1 is None:
        state = "failed"
    elif age > last.valid_days:
        state = "expired"
    return Standing(
        state,
        serial,
        policy,
        standard=last.standard,
        date=last.measured.isoformat(timespec="seconds"),
        age_days=age,
        offset_cm1=last.offset_cm1,
        offset_expanded_cm1=last.offset_expanded_cm1,
        stretch=last.stretch,
        applied=state == "valid",
    )


def put_right(spectrum: Spectrum, standing: Standing) -> Spectrum:
    """Correct the axis of a scan by a valid check; anything else leaves the axis as it is.

    A scan that bears no date gets a warning: the check's age was counted from the clock then.
    """
    if standing.age_days is not None and moment_of(spectrum) is None:
        spectrum = replace(spectrum, warnings=(*spectrum.warnings, UNDATED))
    if not standing.applied or standing.offset_cm1 is None:
        return spectrum
    note = f"as the check of {standing.serial} with {standing.standard} on {standing.date} found"
    return correct_axis(spectrum, standing.offset_cm1, stretch=standing.stretch or 0.0, note=note)


def worst_of(standings: Sequence[Standing]) -> Standing:
    """Pick the one that asks for most among several scans of one item."""
    return min(standings, key=lambda one: _URGENCY.index(one.state))


def apply_policy(answer: "Answer", standing: Standing) -> "Answer":
    """Say in an answer that the instrument was not checked, or refuse to answer.

    Parameters
    ----------
    answer : Answer
        What the engine said.
    standing : Standing
        How the instrument stood.

    Returns
    -------
    Answer
        As it was for a valid check. ``warn``: with the reason, and the next action that it then asks
        for. ``refuse``: ``unusable``.
    """
    reason = standing.reason
    if reason is None:
        return answer
    from spectra.confidence.actions import advised  # the engine has loaded it

    said = answer.identification
    if standing.policy == "refuse":
        from ..methods.method import refuse  # and this

        kept = [code for code in said.reasons if said.verdict == "unusable" or _is_of_library(code)]
        reasons = [reason, *kept]
        refused = refuse(said.quality, reasons, answer.libraries)
        # what may explode stays so, whoever checked the instrument
        identification = advised(replace(refused.identification, safety=said.safety))
        return replace(refused, identification=identification)
    return replace(answer, identification=advised(replace(said, reasons=(*said.reasons, reason))))


def _is_of_library(code: str) -> bool:
    """Whether a reason says something of the library, which stays true without an answer."""
    return code.startswith("library_") or code == "starter_library"


def _end_of(spectrum: Spectrum, now: datetime.datetime) -> datetime.datetime:
    """When a scan was made at the latest: a day alone lasts until its end."""
    at = moment_of(spectrum)
    if at is None:
        return now
    alone = len(str(spectrum.metadata["date"]).strip()) <= len("2026-01-01")
    return at + datetime.timedelta(days=1, seconds=-1) if alone else at


def _same_laser(one: float | None, other: object) -> bool:
    if one is None or isinstance(other, bool) or not isinstance(other, (int, float)):
        return True
    return abs(one - other) <= _LASER_TOLERANCE_NM
