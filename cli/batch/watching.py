"""Answers each scan that appears in a folder, once, when it is finished.

The system tells of changes (watchfiles); because network shares often do not, the folder is also looked
through every `RESCAN_SECONDS`. A folder that vanishes is waited for.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from libraries.batches.journal import Identity
from libraries.batches.settling import Seen
from libraries.batches.walking import Own, Place, find_places
from spectra._extras import needs_extra

from ._open import has_writer
from .answering import Answered, Answerer, Task

if TYPE_CHECKING:
    from libraries.batches.journal import Journal

EXTRA: Final = ("watch", "what tells of changes in a folder (watchfiles)")
TICK_MS: Final = 100
RESCAN_SECONDS: Final = 1.0
GONE_SECONDS: Final = 0.5
GRACE_SECONDS: Final = 10.0
"""How long a file that cannot be read is taken for one that is still being written."""


@dataclass
class Watched:
    """A watched folder.

    Attributes
    ----------
    folder : str
        As typed.
    answerer : Answerer
        Who answers.
    own : Own
        What is never an input.
    tell : callable
        Gets what came of each finished file; raises OSError where that cannot be written now.
    notice : callable
        Told ``gone`` and ``back``.
    grace : float
        Seconds before a file that cannot be read is reported.
    """

    folder: str
    answerer: Answerer
    own: Own
    tell: Callable[[Answered], None]
    notice: Callable[[str], None]
    grace: float = GRACE_SECONDS
    _answered: dict[str, Identity] = field(default_factory=dict, repr=False)
    _growing: dict[str, Seen] = field(default_factory=dict, repr=False)
    _tried: dict[str, Seen] = field(default_factory=dict, repr=False)
    _places: dict[str, Place] = field(default_factory=dict, repr=False)

    def recall(self, journal: "Journal") -> int:
        """Note what was answered before; the last entry of the case log that the journal tells of."""
        last = 0
        for _, done in journal.done():
            self._answered[done.file] = done.identity
            last = max(last, done.entry)
        return last

    def run(self, stop: threading.Event) -> None:
        """Answer until told to stop.

        Raises
        ------
        ExtraError
            When the extra ``watch`` is not installed.
        """
        here = True
        while not stop.is_set():
            if os.path.isdir(self.folder):
                if not here:
                    self.notice("back")
                here = True
                self._while_there(stop)
            else:
                if here:
                    self.notice("gone")
                here = False
                self._growing.clear()
                stop.wait(GONE_SECONDS)

    def _while_there(self, stop: threading.Event) -> None:
        scanned = float("-inf")
        for changed in _wakes(self.folder, stop):
            now = time.monotonic()
            if changed or now - scanned >= RESCAN_SECONDS:
                if not os.path.isdir(self.folder):
                    return
                self.scan(now)
                scanned = now
            self.step(now)

    def scan(self, now: float) -> None:
        """Look through the folder for files that are new or changed."""
        for place in find_places([self.folder], self.own):
            if os.path.isdir(place.path) or place.file in self._growing:
                continue
            found = _look(place.path)
            if found is None or self._is_known(place.file, found):
                continue
            self._places[place.file] = place
            self._growing[place.file] = Seen(*found, now)

    def step(self, now: float) -> None:
        """Look at the files that are being written; answer those that are finished."""
        for file in sorted(self._growing):
            found = _look(self._places[file].path)
            if found is None:
                self._forget(file)
                continue
            seen = self._growing[file] = self._growing[file].looked(*found, now)
            if not seen.is_settled(now):
                continue
            if has_writer(self._places[file].path):
                self._growing[file] = seen.touched(now)
            elif self._tried.get(file) != seen or now - seen.changed >= self.grace:
                self._answer(file, seen, now)

    def _answer(self, file: str, seen: Seen, now: float) -> None:
        place = self._places[file]
        answered = self.answerer.answer(Task(0, 0, file, place.path))
        identity = answered.identity
        if identity.size >= 0 and (identity.size, identity.mtime_ns) != (seen.size, seen.mtime_ns):
            return  # it changed meanwhile: the next look sees it
        if now - seen.changed < self.grace and any("verdict" not in row for row in answered.rows):
            self._tried[file] = seen  # perhaps only a half of it is there: once more at the end of the grace
            return
        if identity.size < 0:
            identity = Identity(seen.size, seen.mtime_ns)
            answered = Answered(answered.task, identity, answered.rows, answered.spectra)
        before = self._answered.get(file)
        if before is None or not identity.sha256 or before.sha256 != identity.sha256:
            try:
                self.tell(answered)
            except OSError:
                if os.path.isdir(self.folder):
                    raise
                return  # the folder is gone: answered again when it is back
        self._answered[file] = identity
        self._forget(file)

    def _is_known(self, file: str, found: tuple[int, int]) -> bool:
        known = self._answered.get(file)
        return known is not None and (known.size, known.mtime_ns) == found

    def _forget(self, file: str) -> None:
        for table in (self._growing, self._tried, self._places):
            table.pop(file, None)


def check_watchfiles() -> None:
    """Raise now when the extra ``watch`` is not installed.

    Raises
    ------
    ExtraError
        It is not.
    """
    with needs_extra(*EXTRA):
        import watchfiles  # noqa: F401


def _look(path: str) -> tuple[int, int] | None:
    """Size and time of change; None for what is no file any more."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _wakes(folder: str, stop: threading.Event) -> Iterator[bool]:
    """Wake up every `TICK_MS`, and say whether the system told of a change."""
    with needs_extra(*EXTRA):
        from watchfiles import watch
    try:
        changes = watch(
            folder,
            watch_filter=None,
            debounce=TICK_MS,
            step=TICK_MS // 4,
            stop_event=stop,
            rust_timeout=TICK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=True,
        )
        yield from (bool(found) for found in changes)
    except OSError:  # the folder is gone, or the system can watch no more: looking goes on without
        while not stop.wait(TICK_MS / 1000) and os.path.isdir(folder):
            yield False
