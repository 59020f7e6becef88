"""The engine: libraries loaded and indexed once, then one call per spectrum."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

from spectra.confidence.calibration import check_prior
from spectra.errors import LibraryError
from spectra.label import ALERT_ROLES, Label
from spectra.preprocessing import RAMAN_PIPELINE
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum
from spectra.units import Technique

from .calibrating import PIPELINES
from .library import Library, verify_library
from .methods.method import Answer, Method, refuse
from .releases.policy import Gate
from .starter.tables import FOLDER
from .substances import identity_key, normalise_name

__all__ = ["STARTER", "Answer", "Engine", "open_starter"]

STARTER: Final = "starter"


class Engine:
    """Libraries ready to identify spectra.

    Parameters
    ----------
    libraries : iterable of Library
        At least one. Those of one technique are searched as one.
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
        libraries: Iterable[Library],
        *,
        uses_starter: bool = False,
        prior: float | None = None,
        watch: Sequence[str] = (),
    ) -> None:
        self.libraries = tuple(libraries)
        self.uses_starter = uses_starter
        if prior is not None:
            check_prior(prior)
        if not self.libraries:
            raise LibraryError("no library given: name one with -l, or none for the built-in starter")
        techniques = dict.fromkeys(library.technique for library in self.libraries)
        self._methods: dict[Technique, Method] = {
            technique: _collect(
                technique, [lib for lib in self.libraries if lib.technique == technique], prior
            )
            for technique in techniques
            if technique in PIPELINES
        }
        if not self._methods:
            named = ", ".join(sorted(techniques))
            raise LibraryError(f"libraries of technique {named}: this engine searches {', '.join(PIPELINES)}")
        known = [label for method in self._methods.values() for label in method.labels]
        self._watched = _watched(known, watch)

    @classmethod
    def open(
        cls,
        paths: Sequence[str | os.PathLike[str]] = (),
        *,
        prior: float | None = None,
        watch: Sequence[str] = (),
        verify: bool = False,
        gate: Gate | None = None,
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

        Raises
        ------
        LibraryError
            A library that is missing, damaged, foreign or refused by the gate, or a watched substance
            that none has.
        CalibrationError
            A prior that is not inside 0 and 1.
        """
        names = [os.fspath(path) for path in paths] or [STARTER]
        read, gate = verify_library if verify else Library.open, gate or Gate()
        if STARTER in names and gate.policy == "signed":
            gate.judge(None, STARTER)
        libraries = [open_starter() if name == STARTER else read(name, gate=gate) for name in names]
        return cls(libraries, uses_starter=STARTER in names, prior=prior, watch=watch)

    @property
    def pipeline_fingerprint(self) -> str:
        """Fingerprint of the preprocessing, of several techniques joined by a plus sign."""
        return "+".join(method.pipeline.fingerprint for method in self._methods.values())

    @property
    def config_fingerprint(self) -> str:
        """Fingerprint of everything that decides and is neither library nor preprocessing."""
        several = {technique: dict(method.config) for technique, method in self._methods.items()}
        config: Any = next(iter(several.values())) if len(several) == 1 else several
        return hashlib.sha256(json.dumps(config, sort_keys=True).encode("ascii")).hexdigest()

    def identify(self, spectrum: Spectrum) -> Answer:
        """Answer what a spectrum is.

        Parameters
        ----------
        spectrum : Spectrum
            As measured.

        Returns
        -------
        Answer
            Always one of the verdicts; a spectrum that cannot be judged is ``unusable``.
        """
        quality = assess_quality(spectrum)
        method = self._methods.get(spectrum.technique)
        remarks = self._remarks(self.libraries if method is None else method.libraries)
        if method is None:
            return refuse(quality, ["no_library_for_technique"], self.libraries, remarks=remarks)
        return method.identify(spectrum, quality, watched=self._watched, remarks=remarks)

    def _remarks(self, libraries: Iterable[Library]) -> list[str]:
        """Collect what every answer of these libraries must say of them."""
        found = [reason for each in libraries if each.standing for reason in each.standing.reasons]
        return [*dict.fromkeys(found), *(["starter_library"] if self.uses_starter else [])]


def open_starter() -> Library:
    """Open the built-in starter library.

    Raises
    ------
    LibraryError
        When the installation lacks it or it was altered.
    """
    return Library.open(FOLDER / "starter.h5")


def _collect(technique: Technique, libraries: Sequence[Library], prior: float | None) -> Method:
    if technique == "nir":
        from .methods.nir import collect_nir  # of no use to who has no such library

        return collect_nir(libraries, prior)
    from .methods.raman import collect_raman

    return collect_raman(libraries, RAMAN_PIPELINE, prior)


def _watched(labels: Sequence[Label], names: Sequence[str]) -> frozenset[str]:
    """Identities to watch for: those that alarm, and those that are named."""
    watched = {label.identity for label in labels if label.role in ALERT_ROLES}
    for name in names:
        keys = {identity_key(name), normalise_name(name)}
        found = {
            label.identity for label in labels if keys & {label.identity, normalise_name(label.substance)}
        }
        if not found:
            raise LibraryError(f"{name!r} is to be watched for, but no library has it")
        watched |= found
    return frozenset(watched)
