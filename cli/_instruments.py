"""Checks of instruments as commands use them: where they are kept, and what they mean for a scan."""

import datetime
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

import click

from ._usage import WordedUsageError

if TYPE_CHECKING:
    from libraries.casework.evidence import Asked
    from libraries.engine import Answer
    from libraries.instruments.recording import StoredCheck
    from libraries.instruments.standing import InstrumentPolicy, Standing
    from spectra.spectrum import Spectrum

    from ._records import ResultRecord

VARIABLE: Final = "CONTRASPEC_INSTRUMENTS"
"""Environment variable that names the folder of checks."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


class InstrumentRecord(TypedDict):
    """How the instrument of a scan stood, and by what its axis was corrected."""

    state: str
    serial: str
    policy: str
    standard: str | None
    date: str | None
    age_days: float | None
    offset_cm1: float | None
    offset_expanded_cm1: float | None
    stretch: float | None
    applied: bool


@dataclass
class Checkup:
    """Looks up how instruments stood; each one's checks are read once.

    Attributes
    ----------
    folder : str
        Of the checks; empty where none are consulted.
    policy : str
        What is done without a valid check.
    serial : str
        Serial number for scans that do not say theirs.
    """

    folder: str = ""
    policy: "InstrumentPolicy" = "warn"
    serial: str = ""
    _known: "dict[str, tuple[StoredCheck, ...]]" = field(default_factory=dict, repr=False)

    def standing(self, spectrum: "Spectrum", *, overridden: bool = False) -> "Standing | None":
        """Say how the instrument of a scan stood; None where no checks are consulted, and for NIR.

        Raises
        ------
        CaseError
            Kept checks that were altered or cannot be read.
        """
        if not self.folder or spectrum.technique != "raman" or spectrum.unit != "raman_shift_cm-1":
            return None
        from libraries.instruments.standing import find_standing
        from libraries.instruments.store import read_checks

        serial = str(spectrum.metadata.get("serial") or self.serial).strip()
        if serial not in self._known:
            self._known[serial] = read_checks(self.folder, serial)
        return find_standing(
            spectrum,
            self._known[serial],
            serial=serial,
            policy=self.policy,
            now=datetime.datetime.now(),
            overridden=overridden,
        )


def put_right(spectrum: "Spectrum", standing: "Standing | None") -> "Spectrum":
    """Correct the axis by a valid check."""
    if standing is None:
        return spectrum
    from libraries.instruments import standing as standings

    return standings.put_right(spectrum, standing)


def standings_in(asked: "Asked", n: int) -> "list[Standing | None]":
    """How the instruments of ``n`` spectra stood then: the checks that are kept today do not matter.

    Raises
    ------
    CaseError
        What is stored is no standing.
    """
    checks = asked.instrument_checks
    if not checks:
        return [None] * n
    from libraries.instruments.standing import read_standing

    return [None if plain is None else read_standing(plain) for plain in checks]


def as_identified(raw: "Sequence[Spectrum]", asked: "Asked") -> "list[Spectrum]":
    """Spectra as they were identified, from those that were read and the settings of then."""
    offset = asked.axis_offset_cm1
    spectra = [each.with_axis_offset(offset) if offset else each for each in raw]
    standings = standings_in(asked, len(spectra))
    return [put_right(each, standing) for each, standing in zip(spectra, standings, strict=True)]


def consulted(answer: "Answer", standings: "Sequence[Standing | None]") -> "Answer":
    """Answer with what the checks of the instruments have to say, if any were consulted."""
    worst = _worst(standings)
    if worst is None:
        return answer
    from libraries.instruments.standing import apply_policy

    return apply_policy(answer, worst)


def note_standing(record: "ResultRecord", standings: "Sequence[Standing | None]") -> None:
    """Put into a record how the instrument stood, if its checks were consulted."""
    worst = _worst(standings)
    if worst is not None:
        record["instrument_check"] = InstrumentRecord(**worst.plain())  # type: ignore[typeddict-item]


def _worst(standings: "Sequence[Standing | None]") -> "Standing | None":
    known = [one for one in standings if one is not None]
    if not known:
        return None
    from libraries.instruments.standing import worst_of

    return worst_of(known)


def store_folder(given: str | None) -> str:
    """Folder of the checks: as given, else that of the environment; empty for none."""
    return given or os.environ.get(VARIABLE, "")


def store_option(function: _Command) -> _Command:
    """``--store FOLDER``, by default that of the environment."""
    return click.option(
        "--store",
        metavar="FOLDER",
        callback=lambda _ctx, _param, value: store_folder(value),
        help="Folder where checks are kept, one file for each serial number. Default: the one that the "
        f"environment variable {VARIABLE} names.",
    )(function)


_LIMITS: Final[dict[str, tuple[str, click.FloatRange, str, str]]] = {
    "max_offset_cm1": (
        "--max-offset", click.FloatRange(0.0, 20.0), "CM1",
        "Largest correction of the axis at any band of the standard. Default: 3.",
    ),
    "max_residual_cm1": (
        "--max-residual", click.FloatRange(0.0, min_open=True), "CM1",
        "Largest root mean square of what offset and stretch leave. Default: 1.5.",
    ),
    "max_resolution_cm1": (
        "--max-resolution", click.FloatRange(0.0, min_open=True), "CM1",
        "Largest width that the instrument gives a band. Default: 15, as in Ph. Eur. 2.2.48.",
    ),
    "min_snr": (
        "--min-snr", click.FloatRange(0.0), "RATIO",
        "Least height of the strongest band over the noise. Default: 30.",
    ),
    "max_height_ratio": (
        "--max-height-ratio", click.FloatRange(1.0), "FACTOR",
        "Change of relative heights since the last check from which on it is flagged. Default: 1.3.",
    ),
    "max_brightness_ratio": (
        "--max-brightness-ratio", click.FloatRange(1.0), "FACTOR",
        "Change of the counts a second since the last check from which on it is flagged. Default: 2.",
    ),
}  # fmt: skip


def limit_options(function: _Command) -> _Command:
    """``--max-offset`` and the other limits of a check, gathered into ``limits``."""

    @wraps(function)
    def gathered(*args: Any, **values: Any) -> Any:
        from spectra.instruments.limits import Limits  # only when a check is made

        given = {name: values.pop(name) for name in _LIMITS}
        limits = Limits(**{name: value for name, value in given.items() if value is not None})
        return function(*args, limits=limits, **values)

    for name, (option, kind, metavar, text) in reversed(_LIMITS.items()):
        gathered = click.option(option, name, type=kind, metavar=metavar, help=text)(gathered)
    return gathered  # type: ignore[return-value]


def needs_store(folder: str) -> None:
    """Refuse a command that has nowhere to look.

    Raises
    ------
    click.UsageError
        Without a folder.
    """
    if not folder:
        raise WordedUsageError("usage.no_store", {"variable": VARIABLE})


def existing_store(folder: str) -> str:
    """Folder of the checks, if it is there.

    Raises
    ------
    WordedError
        No such folder.
    """
    if not os.path.isdir(folder):
        from ._worded import WordedError  # most folders are there

        raise WordedError("error.no_store", code="damaged")
    return folder


def checkup_options(function: _Command) -> _Command:
    """``--instruments``, ``--instrument-policy`` and ``--serial``, gathered into ``checkup``."""

    @wraps(function)
    def gathered(*args: Any, **values: Any) -> Any:
        folder = store_folder(values.pop("instruments"))
        policy, serial = values.pop("instrument_policy"), values.pop("serial")
        if policy and not folder:
            raise click.UsageError(
                f"--instrument-policy needs the folder of the checks: give --instruments, or set {VARIABLE}"
            )
        return function(*args, checkup=Checkup(folder, policy or "warn", serial.strip()), **values)

    for option in (
        click.option(
            "--serial",
            default="",
            metavar="SERIAL",
            help="Serial number of the instrument, for scans that do not say theirs.",
        ),
        click.option(
            "--instrument-policy",
            type=click.Choice(["warn", "refuse"]),
            help="What to do where the instrument has no valid check: answer and say so, or refuse. "
            "Default: warn, where checks are kept at all.",
        ),
        click.option(
            "--instruments",
            metavar="FOLDER",
            help="Where 'contraspec instrument check' keeps its checks: the last valid one corrects the "
            f"axis. Default: the folder that the environment variable {VARIABLE} names.",
        ),
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]
