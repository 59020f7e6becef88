"""The run of a batch: hand out what is not done, keep and note what comes back."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from libraries.batches.journal import Done, Identity, Journal
from libraries.batches.worklist import Item, WorkList

from .answering import Answered, Task, read_content

if TYPE_CHECKING:
    from .keeping import Kept
    from .workers import Workers

SYNC_SECONDS: Final = 2.0
"""How often the journal is forced to the disk: what a power cut costs at most."""
_CHUNK: Final = 2**20


class Run:
    """One run over a work list.

    Parameters
    ----------
    work : WorkList
        With what the journal tells of noted.
    journal : Journal
        Gets a line for each file.
    kept : Kept
        Evidence and log.
    progress : callable
        Told how many files are done, and of how many.
    """

    def __init__(
        self, work: WorkList, journal: Journal, kept: "Kept", progress: Callable[[int, int], None]
    ) -> None:
        self._work, self._journal, self._kept, self._progress = work, journal, kept, progress
        self._total = len(work)
        self.n_done = 0
        self.n_answered = 0
        self._synced = time.monotonic()

    def through(self, workers: "Workers", *, send_content: bool = False) -> None:
        """Answer every file that is not done yet; memory does not grow with their number.

        Parameters
        ----------
        workers : Workers
            Who answers.
        send_content : bool
            Read files here and send their bytes, for workers that see another disk.

        Raises
        ------
        CaseError, WriteError
            When something cannot be kept or noted: what was noted stays, and the next run goes on.
        """
        for number, item in enumerate(self._work.items()):
            if item.path is None or is_done(item):
                self._step()
                continue
            while not workers.has_room:
                self._take(workers)
            task = Task(number, item.root, item.file, item.path)
            if send_content:
                task = replace(task, content=read_content(item.path, item.file))
            workers.submit(task)
        while workers.n_pending:
            self._take(workers)

    def _take(self, workers: "Workers") -> None:
        for answered in workers.answers():
            self.note(answered)
        now = time.monotonic()
        if now - self._synced > SYNC_SECONDS:
            self._journal.sync()
            self._synced = now

    def note(self, answered: Answered) -> None:
        """Keep and note one file."""
        entry = self._kept.keep(answered)
        done = Done(answered.task.root, answered.task.file, answered.identity, answered.rows, entry)
        self._work.note(done, self._journal.append(done))
        self.n_answered += 1
        self._step()

    def _step(self) -> None:
        self.n_done += 1
        self._progress(self.n_done, self._total)


def is_done(item: Item) -> bool:
    """Whether the journal tells of exactly the content that a file has now.

    Size and time of change say so; where only the time differs, as after copying, the hash does.
    """
    if item.place is None or item.path is None or not item.identity.sha256:
        return False
    try:
        found = os.stat(item.path)
        if found.st_size != item.identity.size:
            return False
        return found.st_mtime_ns == item.identity.mtime_ns or _sha256(item.path) == item.identity.sha256
    except OSError:
        return True  # it was answered, and is gone now: the answer stays


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def identity_now(path: str) -> Identity:
    """Size and time of change of a file, its content unread."""
    found = os.stat(path)
    return Identity(found.st_size, found.st_mtime_ns)
