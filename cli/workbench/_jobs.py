"""Long checks beside the pages: started once, asked for again and again, the last results kept."""

import threading
from collections.abc import Callable
from typing import Any, Final

from spectra.errors import SpectraError

MAX_JOBS: Final = 8

Progress = Callable[[int, int], None]
Work = Callable[[Progress], Any]


class Job:
    """One check, running or done.

    Attributes
    ----------
    result : object
        What it gave; None while it runs or when it failed.
    problem : str
        Why it failed; empty otherwise.
    share : float
        Of it that is done, 0 to 1.
    """

    def __init__(self, work: Work) -> None:
        self.result: Any = None
        self.problem = ""
        self.share = 0.0
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether it is done, after at most so long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self.result = self._work(self._update)
        except SpectraError as error:
            self.problem = str(error)
        except Exception as error:  # noqa: BLE001  # a thread has nobody above it who would tell
            self.problem = f"internal error: {type(error).__name__}: {error}"

    def _update(self, done: int, total: int) -> None:
        self.share = done / total if total else 0.0


class Jobs:
    """Checks by what they are of; the oldest go."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, ...], Job] = {}
        self._lock = threading.Lock()

    def start(self, key: tuple[str, ...], work: Work) -> Job:
        """Return the job of a key, started when there is none.

        Parameters
        ----------
        key : tuple of str
            Kind, and hashes of all that the result depends on.
        work : callable
            Called with a progress function, in a thread of its own.
        """
        with self._lock:
            if key not in self._jobs:
                while len(self._jobs) >= MAX_JOBS:
                    del self._jobs[next(iter(self._jobs))]
                self._jobs[key] = Job(work)
            return self._jobs[key]

    def find(self, key: tuple[str, ...]) -> Job | None:
        """Job of a key, where one was started."""
        return self._jobs.get(key)
