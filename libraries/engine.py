"""The engine: libraries loaded and indexed once, then one call per spectrum."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from spectra.confidence.calibration import check_prior
from spectra.errors import EngineError, LibraryError
from spectra.label import ALERT_ROLES, Label
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum
from spectra.units import Technique

from ._shelf import STARTER_PARTS, Shelf, Shipped
from .library import Library, verify_library
from .methods.allowance import Allowance, marked
from .methods.method import Answer, Method, refuse
from .releases.policy import Gate
from .substances import identity_key, normalise_name
from .substances_energetic import made_safe

if TYPE_CHECKING:
    from .methods.ranked import HitList

__all__ = ["STARTER", "Answer", "Engine", "open_starter"]

STARTER: Final = "starter"


class Engine:
    """Libraries ready to identify spectra.

    Parameters
    ----------
    libraries : iterable of Library or Shipped
        At least one. Those of one technique are searched as one. A technique of which only shipped
        ones are there is opened by its first spectrum.
    uses_starter : bool
        True when they are the built-in starter library, which every result then says.
    prior : float, optional
        P(the substance is in the library) that probabilities are restated for; that of the
        calibrations by default.
    watch : sequence of str
        Substances to watch for beside controlled ones and precursors.

    Raises
    ------
    LibraryError
        No library, one that cannot be prepared, or a watched substance that none of them has.
    CalibrationError
        A prior that is not inside 0 and 1.
    """

    def __init__(
        self,
        libraries: Iterable[Library | Shipped],
        *,
        uses_starter: bool = False,
        prior: float | None = None,
        watch: Sequence[str] = (),
    ) -> None:
        parts = tuple(libraries)
        self.uses_starter = uses_starter
        if prior is not None:
            check_prior(prior)
        if not parts:
            raise LibraryError("no library given: name one with -l, or none for the built-in starter")
        self._shelf = Shelf(parts, prior)
        known = [label for method in self._all().values() for label in method.labels] if watch else []
        self._named = _named(known, watch)
        self._alarming: dict[Technique, frozenset[str]] = {}

    @classmethod
    def open(
        cls,
        paths: Sequence[str | os.PathLike[str]] = (),
        *,
        prior: float | None = None,
        watch: Sequence[str] = (),
        verify: bool = False,
        gate: Gate | None = None,
        mapped: bool = True,
    ) -> "Engine":
        """Open libraries.

        Parameters
        ----------
        paths : sequence of path
            Library files; ``starter`` or nothing means the built-in starter library.
        prior : float, optional
            P(the substance is in the library) that probabilities are restated for.
        watch : sequence of str
            Substances to watch for beside controlled ones and precursors.
        verify : bool
            Check every byte of large libraries too, as who opens them once and keeps them should.
        gate : Gate, optional
            Judge of their signatures; by default one of policy ``integrity`` that trusts nobody, so that
            every answer says what a library lacks.
        mapped : bool
            False reads and verifies every library whole and keeps no file open.

        Raises
        ------
        LibraryError
            A library that is missing, damaged, foreign or refused by the gate, or a watched substance
            that none has.
        CalibrationError
            A prior that is not inside 0 and 1.
        """
        names = [os.fspath(path) for path in paths] or [STARTER]
        read = verify_library if verify and mapped else partial(Library.open, mapped=mapped)
        gate = gate or Gate()
        if STARTER in names and gate.policy == "signed":
            gate.judge(None, STARTER)
        parts: list[Library | Shipped] = []
        for name in names:
            starter = [replace(part, mapped=mapped) for part in STARTER_PARTS]
            parts += starter if name == STARTER else [read(name, gate=gate)]
        return cls(parts, uses_starter=STARTER in names, prior=prior, watch=watch)

    @property
    def libraries(self) -> tuple[Library, ...]:
        """All of them, in the order given; opens those that were not asked for yet."""
        return self._shelf.libraries

    @property
    def pipeline_fingerprint(self) -> str:
        """Fingerprint of the preprocessing, of several techniques joined by a plus sign."""
        return "+".join(method.pipeline.fingerprint for method in self._all().values())

    @property
    def config_fingerprint(self) -> str:
        """Fingerprint of everything that decides and is neither library nor preprocessing."""
        several = {technique: dict(method.config) for technique, method in self._all().items()}
        return _fingerprint(next(iter(several.values())) if len(several) == 1 else several)

    def method_for(self, technique: Technique) -> Method | None:
        """How spectra of a technique are judged; None without a library of it."""
        return self._shelf.method(technique)

    def libraries_for(self, technique: Technique) -> tuple[Library, ...]:
        """Give the libraries that spectra of a technique are compared with; all where none is of it."""
        method = self.method_for(technique)
        return self.libraries if method is None else method.libraries

    def fingerprints_for(self, technique: Technique) -> tuple[str, str]:
        """Fingerprints of preprocessing and configuration for spectra of a technique.

        Those of everything where no library is of that technique.
        """
        method = self.method_for(technique)
        if method is None:
            return self.pipeline_fingerprint, self.config_fingerprint
        return method.pipeline.fingerprint, _fingerprint(dict(method.config))

    def identify(self, spectrum: Spectrum, allowance: Allowance | None = None) -> Answer:
        """Answer what a spectrum is.

        Parameters
        ----------
        spectrum : Spectrum
            As measured.
        allowance : Allowance, optional
            Time for it; as long as it takes by default.

        Returns
        -------
        Answer
            Always one of the verdicts; a spectrum that cannot be judged is ``unusable``.
        """
        quality = assess_quality(spectrum)
        method = self.method_for(spectrum.technique)
        remarks = self._remarks(self.libraries_for(spectrum.technique))
        if method is None:
            return refuse(quality, ["no_library_for_technique"], self.libraries, remarks=remarks)
        watched = self._watched(spectrum.technique, method)
        allowance = allowance or Allowance()
        answer = method.identify(spectrum, quality, watched=watched, remarks=remarks, allowance=allowance)
        answer = marked(answer, allowance)
        return replace(answer, identification=made_safe(answer.identification))

    def search(self, spectrum: Spectrum, top: int = 10) -> "HitList":
        """Rank the references that a spectrum is most like: a screening, from which no verdict is made.

        Parameters
        ----------
        spectrum : Spectrum
            As measured.
        top : int
            How many references to give at the most, from 1; of near infrared the best of each
            substance and form.

        Returns
        -------
        HitList
            Deprecated references are never in it. Empty only with the reasons why.

        Raises
        ------
        EngineError
            A ``top`` below 1.
        """
        from .methods.ranked import unranked  # of no use to who identifies

        if top < 1:
            raise EngineError(f"{top} references asked for, expected at least 1")
        quality = assess_quality(spectrum)
        method, libraries = self.method_for(spectrum.technique), self.libraries_for(spectrum.technique)
        if method is None:
            found = unranked(quality, ("no_library_for_technique",), libraries)
        else:
            found = method.search(spectrum, quality, top=top)
        return replace(found, remarks=(*found.remarks, *self._remarks(libraries)))

    def _watched(self, technique: Technique, method: Method) -> frozenset[str]:
        """Identities to watch for: those of the technique that alarm, and those that are named."""
        if technique not in self._alarming:
            alarming = {label.identity for label in method.labels if label.role in ALERT_ROLES}
            self._alarming[technique] = self._named | alarming
        return self._alarming[technique]

    def _all(self) -> dict[Technique, Method]:
        found = {technique: self.method_for(technique) for technique in self._shelf.techniques}
        return {technique: method for technique, method in found.items() if method is not None}

    def _remarks(self, libraries: Iterable[Library]) -> list[str]:
        """Collect what every answer of these libraries must say of them."""
        found = [reason for each in libraries if each.standing for reason in each.standing.reasons]
        return [*dict.fromkeys(found), *(["starter_library"] if self.uses_starter else [])]


def open_starter() -> Library:
    """Open the Raman part of the built-in starter library.

    Raises
    ------
    LibraryError
        When the installation lacks it or it was altered.
    """
    return STARTER_PARTS[0].open()


def _fingerprint(config: Any) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode("ascii")).hexdigest()


def _named(labels: Sequence[Label], names: Sequence[str]) -> frozenset[str]:
    """Identities of the substances that are named to be watched for."""
    watched: set[str] = set()
    for name in names:
        keys = {identity_key(name), normalise_name(name)}
        found = {
            label.identity for label in labels if keys & {label.identity, normalise_name(label.substance)}
        }
        if not found:
            raise LibraryError(f"{name!r} is to be watched for, but no library has it")
        watched |= found
    return frozenset(watched)
