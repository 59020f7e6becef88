"""What the workbench works on: one library file, read again whenever somebody else has changed it."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spectra.errors import LibraryError

from .. import _engine
from ._jobs import Job, Jobs, Progress

if TYPE_CHECKING:
    from libraries.curation.confusables import Confusables
    from libraries.curation.findings import Finding
    from libraries.library import Library
    from libraries.review import Decision


@dataclass(frozen=True)
class Notice:
    """One line to show once: what was done, or why not."""

    kind: Literal["done", "problem"]
    text: str


class Session:
    """One person at one library file.

    Attributes
    ----------
    path : str
        The library, as typed.
    trust : str or None
        Trust file, as typed.
    who : str
        Last name that was given; empty at first where none is configured.
    """

    def __init__(self, path: str, *, trust: str | None = None, who: str = "") -> None:
        self.path = path
        self.trust = trust
        self.who = who
        self._jobs = Jobs()
        self._lock = threading.RLock()
        self._notices: list[Notice] = []
        self._seen: tuple[int, ...] = ()
        self._library: Library | None = None

    @property
    def library(self) -> "Library":
        """The library as it stands in its file now.

        Raises
        ------
        LibraryError
            When it is missing, damaged or altered.
        """
        from libraries.library import Library

        with self._lock:
            seen = _state(self.path)
            if self._library is None or seen != self._seen:
                gate = _engine.open_gate(trust=self.trust)
                self._library = Library.open(self.path, mapped=False, gate=gate)
                self._seen = seen
            return self._library

    def decide(
        self, decision: "Decision", ids: Sequence[str], *, who: str, why: str, seen_head: str
    ) -> "Library":
        """Write a decision into the library's log.

        Parameters
        ----------
        decision : str
            Of ``libraries.review.DECISIONS``.
        ids : sequence of str
            References it is about.
        who, why : str
            As typed.
        seen_head : str
            Hash of the last entry of the log that the page showed.

        Raises
        ------
        LibraryError
            When the library has changed since, is released, or cannot be written.
        """
        from libraries.changes import changes_head
        from libraries.library import save_library
        from libraries.review import decide

        with self._lock:
            library = self.library
            if changes_head(library.changes) != seen_head:
                raise LibraryError(
                    "the library has changed since the page was shown: look again, then decide"
                )
            if library.signed is not None:
                raise LibraryError(
                    f"{self.path} carries signatures, which a change would drop: work on an unsigned copy"
                )
            save_library(decide(library, decision, ids, who=who, why=why), self.path)
            self.who = who.strip()
            return self.library

    def findings(self) -> "Job":
        """Job whose result is the findings, a tuple of ``Finding``."""
        from libraries.curation.lint import lint_library

        library = self.library

        def work(progress: Progress) -> "tuple[Finding, ...]":
            return lint_library(library, progress=progress)

        return self._jobs.start(self._lint_key(library), work)

    def known_findings(self) -> "tuple[Finding, ...] | None":
        """Return the findings that are there already, None while nobody asked or they are being made."""
        job = self._jobs.find(self._lint_key(self.library))
        return job.result if job is not None and job.wait(0) else None

    def confusables(self, snr: float) -> "Job":
        """Job whose result is ``Confusables``.

        Parameters
        ----------
        snr : float
            Signal-to-noise ratio of a scan.
        """
        from libraries.curation.confusables import find_confusables

        library = self.library

        def work(progress: Progress) -> "Confusables":
            return find_confusables(library, snr=snr, progress=progress)

        return self._jobs.start(("confusables", library.content_sha256, f"{snr:g}"), work)

    def notify(self, kind: Literal["done", "problem"], text: str) -> None:
        """Show a line on the next page."""
        self._notices.append(Notice(kind, text))

    def take_notices(self) -> tuple[Notice, ...]:
        """Lines to show now; each is shown once."""
        with self._lock:
            notices, self._notices = tuple(self._notices), []
            return notices

    @staticmethod
    def _lint_key(library: "Library") -> tuple[str, ...]:
        from libraries.changes import unrecorded

        return ("lint", library.content_sha256, str(unrecorded(library)))


def _state(path: str) -> tuple[int, ...]:
    """Tell one version of a file from the next."""
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino
