"""Where the files of a batch are answered: in this process, or in several of this machine.

Processes, not threads: reading and deciding hold the interpreter's lock for most of their time. Each opens
the engine once and answers one file at a time. One that dies is replaced, and its file is tried again;
a file that ends two processes gets an error record.
"""

import contextlib
import os
import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from libraries.batches.journal import Identity
from spectra.errors import BatchError, LibraryError

from .._errors import Failure
from .._question import Question
from .._records import error_record
from .answering import Answered, Answerer, Task, identity_of, read_content

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

AHEAD: Final = 2
"""Files that a worker has at hand: the one it answers, and the next."""
_LIVES: Final = 2
"""Processes that one file may end."""
_THREADS: Final = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "CONTRASPEC_THREADS",
)


class Workers(Protocol):
    """Who answers files."""

    @property
    def has_room(self) -> bool:
        """Whether another file may be handed over now."""

    def submit(self, task: Task) -> None:
        """Hand over a file; only while there is room."""

    def answers(self) -> Iterator[Answered]:
        """Wait for at least one answer, where any file is handed over, and give all that are there."""

    @property
    def n_pending(self) -> int:
        """Files that are handed over and not answered."""

    def close(self) -> None:
        """End them at once."""


class InProcess:
    """Answers here, one file after the other."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._tasks: deque[Task] = deque()

    @property
    def has_room(self) -> bool:
        """Whether none is waiting."""
        return not self._tasks

    @property
    def n_pending(self) -> int:
        """Files that wait."""
        return len(self._tasks)

    def submit(self, task: Task) -> None:
        """Let a file wait for `answers`."""
        self._tasks.append(task)

    def answers(self) -> Iterator[Answered]:
        """Answer what waits."""
        while self._tasks:
            yield self._answerer.answer(self._tasks.popleft())

    def close(self) -> None:
        """Forget what waits."""
        self._tasks.clear()


@dataclass
class _Worker:
    process: "BaseProcess"
    pipe: "Connection[Any, Any]"
    tasks: deque[Task] = field(default_factory=deque)
    ready: bool = False


class Processes:
    """Answers in several processes of this machine.

    Parameters
    ----------
    n : int
        How many.
    question : Question
        How files are asked.
    expected : dict
        `identity_of` the engine that a worker must have.
    """

    def __init__(self, n: int, question: Question, expected: dict[str, Any]) -> None:
        import multiprocessing

        # a fresh interpreter on every system: a fork copies locks and threads in any state
        self._context = multiprocessing.get_context("spawn")
        self._question, self._expected = question, expected
        self._deaths: dict[int, int] = {}
        self._lost: list[Answered] = []
        self._workers = [self._start() for _ in range(n)]

    @property
    def has_room(self) -> bool:
        """Whether a process has fewer than `AHEAD` files."""
        return any(len(worker.tasks) < AHEAD for worker in self._workers)

    @property
    def n_pending(self) -> int:
        """Files that the processes have, and those they died of."""
        return sum(len(worker.tasks) for worker in self._workers) + len(self._lost)

    def submit(self, task: Task) -> None:
        """Give a file to the process that has the fewest."""
        self._give(min(self._workers, key=lambda worker: len(worker.tasks)), task)

    def answers(self) -> Iterator[Answered]:
        """Wait until a process has an answer or dies."""
        from multiprocessing.connection import wait

        if not self._lost and self.n_pending:
            pipes = {worker.pipe: worker for worker in self._workers}
            for pipe in wait(list(pipes)):
                worker = pipes[pipe]  # type: ignore[index]  # only ours were waited for
                try:
                    said = worker.pipe.recv()
                except (EOFError, OSError):
                    self._replace(worker)
                    continue
                yield from self._heard(worker, said)
        lost, self._lost = self._lost, []
        yield from lost

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()

    def _heard(self, worker: _Worker, said: Any) -> Iterator[Answered]:
        if isinstance(said, Answered):
            task = worker.tasks.popleft()
            self._deaths.pop(task.number, None)
            yield said
        elif isinstance(said, Exception):
            raise said
        else:
            worker.ready = True
            check_identity(said, self._expected)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        with _one_thread():
            process = self._context.Process(target=_work, args=(theirs, self._question), daemon=True)
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.tasks.append(task)
        with contextlib.suppress(OSError):  # it is dead: `answers` finds out and gives the file to another
            worker.pipe.send(task)

    def _replace(self, worker: _Worker) -> None:
        """Start a process in the place of a dead one; it gets its files, the first counted as tried."""
        worker.pipe.close()
        worker.process.join()
        if not worker.ready:
            raise BatchError(
                f"a worker process ended with code {worker.process.exitcode} before it answered anything: "
                f"is there memory for so many? Give fewer --workers"
            )
        tasks = list(worker.tasks)
        new = self._start()
        self._workers[self._workers.index(worker)] = new
        if tasks and self._outlived(tasks[0]):
            self._lost.append(fatal(tasks.pop(0)))
        for task in tasks:
            self._give(new, task)

    def _outlived(self, task: Task) -> bool:
        """Whether a file has ended as many processes as it may."""
        self._deaths[task.number] = self._deaths.get(task.number, 0) + 1
        return self._deaths[task.number] >= _LIVES


def check_identity(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Refuse a worker that would answer otherwise.

    Raises
    ------
    LibraryError
        Another version, or another library.
    """
    differing = [name for name in expected if found.get(name) != expected[name]]
    if differing:
        raise LibraryError(
            f"a worker has other {', '.join(differing)} than this process: the same contraspec and the same "
            f"libraries are needed everywhere; was a library replaced just now? Run again"
        )


def fatal(task: Task) -> Answered:
    """Error record of a file that ended its workers."""
    message = f"the process that read it ended, {_LIVES} times over: send this file to the developers"
    identity: Identity = read_content(task.path, task.file).identity
    return Answered(task, identity, (dict(error_record(Failure(task.file, "internal", message))),), (None,))


def default_workers() -> int:
    """Processors that this process may use."""
    from spectra._parallel import usable_threads

    return usable_threads()


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes that are started here use one thread each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(pipe: "Connection[Any, Any]", question: Question) -> None:
    """Answer what comes until the other end goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    try:
        answerer = Answerer(question)
        pipe.send(identity_of(answerer.engine))
    except Exception as error:  # noqa: BLE001  # told by the process that started this one
        pipe.send(LibraryError(str(error)))
        return
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(answerer.answer(pipe.recv()))
