"""Libraries by technique: what is given is made ready at once, what is built in when first asked for.

A Raman scan must not wait for the near infrared part of the starter library, nor the reverse.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from spectra.errors import LibraryError
from spectra.preprocessing import RAMAN_PIPELINE
from spectra.units import Technique

from .library import Library
from .methods.method import Method
from .starter.tables import FOLDER


@dataclass(frozen=True)
class Shipped:
    """A part of the starter library that is not open yet.

    Attributes
    ----------
    technique : str
        Of its references.
    path : Path
        Its file.
    mapped : bool
        Leave large arrays in the file; False reads it whole and keeps it closed.
    """

    technique: Technique
    path: Path
    mapped: bool = True

    def open(self) -> Library:
        """Open it.

        Raises
        ------
        LibraryError
            When the installation lacks it or it was altered.
        """
        return Library.open(self.path, mapped=self.mapped)


STARTER_PARTS = (Shipped("raman", FOLDER / "starter.h5"), Shipped("nir", FOLDER / "starter-nir.h5"))
"""The starter library: one file for each technique."""


class Shelf:
    """Libraries and what searches them.

    Parameters
    ----------
    parts : sequence of Library or Shipped
        A technique of which only shipped parts are there waits until it is asked for.
    prior : float or None
        P(the substance is in the library) that probabilities are restated for.

    Raises
    ------
    LibraryError
        A given library that cannot be prepared, or none of a technique that can be searched.
    """

    def __init__(self, parts: Sequence[Library | Shipped], prior: float | None) -> None:
        self._parts, self._prior = tuple(parts), prior
        self._opened: dict[Shipped, Library] = {}
        self._methods: dict[Technique, Method] = {}
        self._lock = Lock()
        named = dict.fromkeys(part.technique for part in self._parts)
        self.techniques = tuple(technique for technique in named if technique in _COLLECTORS)
        if not self.techniques:
            raise LibraryError(
                f"libraries of technique {', '.join(sorted(named))}: this engine searches "
                f"{', '.join(_COLLECTORS)}"
            )
        for technique in self.techniques:
            if any(isinstance(part, Library) for part in self._of(technique)):
                self.method(technique)

    @property
    def libraries(self) -> tuple[Library, ...]:
        """All of them, in the order given; opens what waits."""
        return tuple(self._open(part) for part in self._parts)

    def method(self, technique: Technique) -> Method | None:
        """Give what searches the libraries of a technique; None where there are none."""
        if technique not in self.techniques:
            return None
        with self._lock:  # two threads would open a library twice
            if technique not in self._methods:
                opened = [self._open(part) for part in self._of(technique)]
                self._methods[technique] = _COLLECTORS[technique](opened, self._prior)
            return self._methods[technique]

    def _of(self, technique: Technique) -> list[Library | Shipped]:
        return [part for part in self._parts if part.technique == technique]

    def _open(self, part: Library | Shipped) -> Library:
        if isinstance(part, Library):
            return part
        if part not in self._opened:
            self._opened[part] = part.open()
        return self._opened[part]


def _collect_raman(libraries: Sequence[Library], prior: float | None) -> Method:
    from .methods.raman import collect_raman  # of no use to who has no such spectrum

    return collect_raman(libraries, RAMAN_PIPELINE, prior)


def _collect_nir(libraries: Sequence[Library], prior: float | None) -> Method:
    from .methods.nir import collect_nir  # likewise

    return collect_nir(libraries, prior)


_COLLECTORS: dict[Technique, Callable[[Sequence[Library], float | None], Method]] = {
    "raman": _collect_raman,
    "nir": _collect_nir,
}
