"""The engine inside another program: loaded once, then one call per spectrum for months.

``docs/embedding.md`` says what may be relied on from version to version.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectra.errors import EngineError, LibraryError, SpectraError, SpectrumError
from spectra.spectrum import MetadataValue, Spectrum
from spectra.units import AxisUnit, Technique

from .engine import Answer, Engine
from .expiring import EXPIRED, expired, last_day
from .library import Library
from .methods.allowance import REASONS, Allowance, Costs
from .releases.policy import Gate, Policy

__all__ = ["Answer", "Config", "Embedded", "Outcome"]

UNITS: Final[dict[Technique, AxisUnit]] = {"raman": "raman_shift_cm-1", "nir": "wavelength_nm"}
"""Axis of a technique where the caller states none."""

WIDEST: Final = 100_000.0
"""Of an axis, cm⁻¹ or nm: no instrument covers more, and one made-up scan must not occupy an engine."""

_WARMING_NOISE: Final = 0.01
_WARMED_REFERENCES: Final = 3
_LARGE: Final = 1_000
"""References from which on a library is not decoded for the sake of three of them."""


@dataclass(frozen=True)
class Config:
    """What an engine is to do with its libraries.

    Attributes
    ----------
    prior : float or None
        P(the item is something the libraries hold); that of the calibrations by default.
    watch : tuple of str
        Substances to watch for beside controlled ones and precursors.
    policy : str
        ``integrity``: intact, signed or not. ``signed``: released by two signers of the trust file.
    trust : str or None
        Trust file; without one nobody's signature counts.
    deadline_s : float or None
        Seconds that a call may take where it states none itself; None for as long as it takes.
    """

    prior: float | None = None
    watch: tuple[str, ...] = ()
    policy: Policy = "integrity"
    trust: str | None = None
    deadline_s: float | None = None


@dataclass(frozen=True, eq=False)
class Outcome:
    """An answer, and how it came about.

    Attributes
    ----------
    answer : Answer
        Verdict, substances, reasons, libraries.
    spectrum : Spectrum
        What was judged: own copies of the arrays.
    elapsed_s : float
        How long the call took.
    overrun_s : float
        By how much it came after its deadline; 0 when in time or without one.
    degraded : tuple of str
        Reasons that say what was left out to keep to the deadline: ``degraded_limits``,
        ``degraded_mixture``. They stand among the reasons of the answer too.
    """

    answer: Answer
    spectrum: Spectrum
    elapsed_s: float
    overrun_s: float
    degraded: tuple[str, ...]


class Embedded:
    """Libraries in memory, ready to identify.

    Everything is read, verified and compiled here: afterwards no call needs disk, network or terminal, and
    the files may be replaced, damaged or removed. Any number of threads may call at once.

    Parameters
    ----------
    libraries : sequence of path
        Library files; none, or ``starter``, for the built-in starter library.
    config : Config
        What to do with them.

    Raises
    ------
    LibraryError
        A library that is missing, damaged, foreign or refused by the policy, a trust file that cannot be
        read, or a watched substance that no library has.
    CalibrationError
        A prior that is not inside 0 and 1.
    EngineError
        A deadline that is not above 0, or a fault of contraspec itself.

    Examples
    --------
    >>> engine = Embedded()
    >>> axis = np.linspace(200.0, 2000.0, 1000)
    >>> engine.identify(axis, np.ones(1000)).answer.identification.verdict
    'unusable'
    """

    def __init__(
        self, libraries: Sequence[str | os.PathLike[str]] = (), config: Config | None = None
    ) -> None:
        self.config = config or Config()
        _deadline(self.config.deadline_s)
        self._costs = Costs()
        try:
            self._engine = _opened(libraries, self.config)
            self._warm()
        except SpectraError:
            raise
        except Exception as error:
            raise EngineError(f"loading failed ({type(error).__name__}: {error}): report this") from error

    @property
    def engine(self) -> Engine:
        """The engine behind it; records are made with its help."""
        return self._engine

    @property
    def expires(self) -> date | None:
        """Last day (UTC) on which every release is good; None where none expires."""
        return last_day(self._engine.libraries)

    @property
    def expired(self) -> tuple[str, ...]:
        """Names of the libraries whose release has expired by now, as a load of today would say."""
        return expired(self._engine.libraries)

    def identify(
        self,
        axis: ArrayLike,
        intensity: ArrayLike,
        metadata: Mapping[str, MetadataValue] | None = None,
        *,
        technique: Technique = "raman",
        unit: AxisUnit | None = None,
        deadline_s: float | None = None,
    ) -> Outcome:
        """Answer what a spectrum is.

        Parameters
        ----------
        axis : array, shape (m,)
            Strictly ascending or descending.
        intensity : array, shape (m,)
            As measured. Both are copied once and never written to.
        metadata : mapping, optional
            What is known of the measurement, under the names that ``spectra.io`` documents.
        technique : str
            ``raman`` or ``nir``.
        unit : str, optional
            Of the axis: Raman shifts for ``raman``, nm for ``nir`` by default.
        deadline_s : float, optional
            Seconds from now until the answer is due; that of the configuration by default.

        Returns
        -------
        Outcome
            Always with a verdict: a spectrum that cannot be judged is ``unusable``.

        Raises
        ------
        SpectrumError
            Arrays that are not a spectrum, an unknown technique or unit.
        LibraryError
            Under policy ``signed``: a release has expired since it was loaded.
        EngineError
            A deadline that is not above 0, or a fault of contraspec itself.
        """
        begun = time.monotonic()
        limit = _deadline(self.config.deadline_s if deadline_s is None else deadline_s)
        allowance = Allowance(None if limit is None else begun + limit, self._costs)
        try:
            spectrum = _spectrum(axis, intensity, metadata, technique, unit)
            self._check_policy()
            answer = _dated(self._engine.identify(spectrum, allowance))
        except SpectraError:
            raise
        except Exception as error:
            raise EngineError(f"identifying failed ({type(error).__name__}: {error}): report this") from error
        elapsed = time.monotonic() - begun
        degraded = tuple(code for code in REASONS.values() if code in answer.identification.reasons)
        return Outcome(answer, spectrum, elapsed, max(0.0, elapsed - (limit or elapsed)), degraded)

    def _check_policy(self) -> None:
        """Refuse what a load of today would refuse."""
        if self.config.policy == "signed" and (late := self.expired):
            raise LibraryError(
                f"{late[0]}: is refused under policy 'signed': its release has expired; load a newer release"
            )

    def _warm(self) -> None:
        """Run every stage once, so that no later call compiles, imports or waits for the disk."""
        from .warming import compile_kernels  # numba comes with it

        compile_kernels(self._engine)
        for spectrum in _rehearsals(self._engine):
            self._engine.identify(spectrum, Allowance(None, self._costs))


def _opened(libraries: Sequence[str | os.PathLike[str]], config: Config) -> Engine:
    """Engine whose libraries are all in memory."""
    gate = Gate(config.policy)
    if config.trust:
        from .releases.trust import read_trust  # only where signers are known

        gate = Gate(config.policy, read_trust(config.trust))
    engine = Engine.open(libraries, prior=config.prior, watch=config.watch, gate=gate, mapped=False)
    _ = engine.libraries, engine.config_fingerprint  # the starter's parts open when they are asked for
    return engine


def _dated(answer: Answer) -> Answer:
    """Answer that says when a release has expired since it was loaded."""
    said = answer.identification
    if EXPIRED in said.reasons or not expired(answer.libraries):
        return answer
    return replace(answer, identification=replace(said, reasons=(*said.reasons, EXPIRED)))


def _deadline(seconds: float | None) -> float | None:
    """Deadline as a number of seconds, whatever was given for one."""
    if seconds is None:
        return None
    try:
        number = float(seconds)
    except (TypeError, ValueError, OverflowError):
        number = 0.0
    if not 0 < number < float("inf"):
        raise EngineError(f"deadline of {seconds!r:.40} s: expected a number above 0, or none")
    return number


def _spectrum(
    axis: ArrayLike,
    intensity: ArrayLike,
    metadata: Mapping[str, MetadataValue] | None,
    technique: Technique,
    unit: AxisUnit | None,
) -> Spectrum:
    """Spectrum that owns its arrays: the only copy that is made of them."""
    x, y = _as_floats(axis, "axis"), _as_floats(intensity, "intensity")
    if x.ndim == y.ndim == 1 and x.size == y.size > 1 and x[0] > x[-1]:
        x, y = x[::-1], y[::-1]  # views: turned here, they need no second copy
    if x.ndim == 1 and x.size > 1 and not abs(float(x[-1]) - float(x[0])) <= WIDEST:
        raise SpectrumError(f"axis from {x[0]:g} to {x[-1]:g}: expected at most {WIDEST:g} cm-1 or nm in all")
    return Spectrum(x, y, technique, unit or UNITS.get(technique, "raman_shift_cm-1"), metadata or {})


def _as_floats(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Array as given where it is one of real numbers: ``Spectrum`` copies."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise SpectrumError(f"{name} is no array of numbers ({error})") from error
    if array.dtype.kind not in "fiu":
        raise SpectrumError(f"{name} is of type {array.dtype}: expected real numbers")
    return array  # of any real type: what it becomes is float64


def _rehearsals(engine: Engine) -> Iterator[Spectrum]:
    """Draw references alone, noisy and summed: they take each way through the engine."""
    noise = np.random.default_rng(0)
    for technique in dict.fromkeys(library.technique for library in engine.libraries):
        labelled = [library for library in engine.libraries_for(technique) if library.technique == technique]
        spectra = [spectrum for library in labelled for spectrum in _some_of(library, engine)]
        summed = np.zeros(spectra[0].n_points if spectra else 0)
        large = max(map(len, labelled), default=0) >= _LARGE
        for number, spectrum in enumerate(spectra[:_WARMED_REFERENCES], 1):
            first, own = spectra[0], np.interp(spectra[0].axis, spectrum.axis, spectrum.intensity)
            summed = summed + own / (np.ptp(own) or 1.0)
            rough = noise.normal(0.0, _WARMING_NOISE, own.size)
            if large and number < len(spectra[:_WARMED_REFERENCES]):
                continue  # each takes long there: the last goes every way too
            yield spectrum
            for intensity in (summed, summed + rough):
                yield Spectrum(first.axis, intensity, first.technique, first.unit, first.metadata)


def _some_of(library: Library, engine: Engine) -> list[Spectrum]:
    """Give the first references, of a large library as its search sees them: no answer reads the others."""
    method = engine.method_for(library.technique)
    if method is None or library.technique != "raman" or len(library) < _LARGE:
        return [each.spectrum for each in library.references[:_WARMED_REFERENCES]]
    index, found = library.index(method.pipeline), []
    for root, (first, end) in zip(index.root[:_WARMED_REFERENCES], index.stretches.tolist(), strict=False):
        broadened = np.square(root[first:end].astype(np.float64))
        found.append(Spectrum(index.grid.axis[first:end], broadened, library.technique, index.grid.unit))
    return found
