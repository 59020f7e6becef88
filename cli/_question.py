"""How scans are asked: the options that identify, batch and watch share, as one plain value."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

from . import _engine
from ._inputs import ReadOptions
from ._instruments import Checkup, checkup_options
from ._options import (
    axis_offset_option,
    keep_options,
    policy_option,
    prior_option,
    read_options,
    trust_option,
    watch_option,
)
from ._settings import settings_fingerprint

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.instruments.standing import InstrumentPolicy
    from libraries.releases.policy import Policy
    from spectra.units import Technique

_Command = TypeVar("_Command", bound=Callable[..., Any])
_NO_OPTIONS: Final = ReadOptions()


@dataclass(frozen=True)
class Question:
    """How every scan is asked; plain values, so that it travels to other processes.

    Attributes
    ----------
    libraries : tuple of str
        As typed; none for the built-in starter.
    prior, watch, policy, trust
        As for `open_engine`.
    options : ReadOptions
        What the caller says of the scans.
    axis_offset_cm1 : float
        What is added to Raman shifts.
    item, subsample : str
        As the officer called what was scanned.
    instruments, instrument_policy, serial : str
        Where checks of instruments are kept (empty for none), and what they mean.
    settings : str
        Fingerprint of the configuration file; empty without one.
    keeps : bool
        Whether a worker gives the spectra back, for evidence and pages.
    """

    libraries: tuple[str, ...] = ()
    prior: float | None = None
    watch: tuple[str, ...] = ()
    policy: "Policy" = "integrity"
    trust: str | None = None
    options: ReadOptions = _NO_OPTIONS
    axis_offset_cm1: float = 0.0
    item: str = ""
    subsample: str = ""
    instruments: str = ""
    instrument_policy: "InstrumentPolicy" = "warn"
    serial: str = ""
    settings: str = ""
    keeps: bool = False

    def open_engine(self) -> "Engine":
        """Engine that answers it.

        Raises
        ------
        LibraryError
            When a library cannot be used, or holds nothing of a watched name.
        """
        return _engine.open_engine(
            self.libraries, prior=self.prior, watch=self.watch, policy=self.policy, trust=self.trust
        )

    def checkup(self) -> Checkup:
        """Who looks up how instruments stood."""
        return Checkup(self.instruments, self.instrument_policy, self.serial)


def question_options(function: _Command) -> _Command:
    """All options that a `Question` is made of, but ``-l``, gathered into ``question``.

    ``--evidence`` and ``--log`` come with them; the command gets those as they are.
    """

    @wraps(function)
    def gathered(
        *args: Any,
        technique: "Technique | None",
        column: str | None,
        laser_nm: float | None,
        checkup: Checkup,
        **values: Any,
    ) -> Any:
        question = Question(
            libraries=values.pop("libraries"),
            prior=values.pop("prior"),
            watch=values.pop("watched"),
            policy=values.pop("policy"),
            trust=values.pop("trust"),
            options=ReadOptions(technique, column, laser_nm),
            axis_offset_cm1=values.pop("axis_offset_cm1"),
            item=values.pop("item"),
            subsample=values.pop("subsample"),
            instruments=checkup.folder,
            instrument_policy=checkup.policy,
            serial=checkup.serial,
            settings=settings_fingerprint(),
        )
        return function(*args, question=question, **values)

    for option in (
        trust_option,
        policy_option,
        keep_options,
        checkup_options,
        axis_offset_option,
        watch_option,
        prior_option,
        read_options,
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]
