"""Answers files on a Dask cluster: libraries and files travel, so that workers need no disk of ours.

The libraries are scattered once; each worker process opens them once. What a dead worker had is done again
by another. Dask runs what it is sent, so whoever reaches a scheduler owns its machines: beyond the
loopback only TLS with certificates of both ends is used.
"""

import atexit
import hashlib
import ipaddress
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from spectra._extras import needs_extra
from spectra.errors import BatchError, SpectraError

from .._engine import STARTER, TRUST_VARIABLE, trust_file
from .._question import Question
from .answering import Answered, Answerer, Task, identity_of
from .workers import AHEAD, check_identity, fatal

if TYPE_CHECKING:
    from distributed import Client, Future

EXTRA: Final = ("cluster", "what talks to a Dask cluster (dask, distributed)")
CONNECT_SECONDS: Final = 10.0
_TRIES: Final = 3
"""Times a file is sent that came back without an answer."""


@dataclass(frozen=True)
class Tls:
    """Files in PEM that prove who is who; None where not given."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None

    @property
    def complete(self) -> bool:
        """Whether all are there; the key may stand in the certificate's file."""
        return self.ca is not None and self.cert is not None


@dataclass(frozen=True)
class Luggage:
    """Bytes of the files that workers need, by the name under which they store them."""

    files: dict[str, bytes]


def check_address(address: str, tls: Tls) -> None:
    """Refuse a scheduler that anybody could listen to or give orders to.

    Parameters
    ----------
    address : str
        ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.
    tls : Tls
        Certificates.

    Raises
    ------
    BatchError
        Another kind of address, TCP beyond the loopback, or TLS without certificates.
    """
    kind, sign, rest = address.partition("://")
    host, _, port = rest.rpartition(":")
    if not sign or kind not in ("tcp", "tls") or not host or not port.isdigit():
        raise BatchError(f"scheduler {address!r}: expected tcp://HOST:PORT or tls://HOST:PORT")
    if kind == "tcp" and not _is_loopback(host):
        raise BatchError(
            f"scheduler {address}: tcp:// is neither secret nor safe beyond this machine: use tls:// with "
            f"--tls-ca, --tls-cert and --tls-key"
        )
    if kind == "tls" and not tls.complete:
        raise BatchError(f"scheduler {address}: tls:// needs --tls-ca and --tls-cert, and --tls-key")


class Cluster:
    """Answers on a Dask cluster.

    Parameters
    ----------
    address : str
        Of the scheduler.
    tls : Tls
        Certificates; used with ``tls://`` only.
    question : Question
        How files are asked.
    expected : dict
        `identity_of` the engine that a worker must have.

    Raises
    ------
    BatchError
        No scheduler answers, it has no workers, or one listens beyond the loopback without TLS.
    """

    def __init__(self, address: str, tls: Tls, *, question: Question, expected: dict[str, Any]) -> None:
        check_address(address, tls)
        self._client = _connect(address, tls)
        try:
            self._threads = self._check_workers(address)
            self._question, luggage = pack(question)
            self._expected, self._luggage = expected, luggage
            self._scattered = self._scatter()
        except BaseException:
            self.close()
            raise
        self._pending: dict[Future[Any], Task] = {}
        self._finished: SimpleQueue[Future[Any]] = SimpleQueue()
        self._tries: dict[int, int] = {}

    @property
    def has_room(self) -> bool:
        """Whether the workers have fewer than `AHEAD` files for each of their threads."""
        return len(self._pending) < AHEAD * self._threads

    @property
    def n_pending(self) -> int:
        """Files that are out."""
        return len(self._pending)

    def submit(self, task: Task) -> None:
        """Send a file."""
        future = self._client.submit(
            answer_remotely, self._scattered, self._question, task, expected=self._expected, pure=False
        )
        self._pending[future] = task
        future.add_done_callback(self._finished.put)

    def answers(self) -> Iterator[Answered]:
        """Wait until one is answered."""
        if not self._pending:
            return
        futures = [self._finished.get()]
        while not self._finished.empty():
            futures.append(self._finished.get())
        for future in futures:
            task = self._pending.pop(future)
            if future.status == "finished":
                self._tries.pop(task.number, None)
                yield future.result()
            else:
                yield from self._failed(task, future)

    def close(self) -> None:
        """Leave the cluster; what is out is dropped there."""
        self._client.close()

    def _failed(self, task: Task, future: "Future[Any]") -> Iterator[Answered]:
        """Send a file again that came to nothing, with the libraries if those were lost."""
        error = future.exception() if future.status == "error" else None
        if isinstance(error, SpectraError):
            raise error
        self._tries[task.number] = self._tries.get(task.number, 0) + 1
        if self._tries[task.number] >= _TRIES:
            yield fatal(task)
            return
        if self._scattered.status != "finished":
            self._scattered = self._scatter()
        self.submit(task)

    def _scatter(self) -> "Future[Any]":
        found: Future[Any] = self._client.scatter(self._luggage, broadcast=True, hash=False)
        return found

    def _check_workers(self, address: str) -> int:
        """Count the threads of all workers."""
        from distributed import TimeoutError as NoWorkersError

        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (TimeoutError, NoWorkersError) as error:
            raise BatchError(f"scheduler {address}: has no workers; start some with dask worker") from error
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        beyond = [each for each in workers if not each.startswith("tls://") and not _is_loopback(_host(each))]
        if beyond:
            raise BatchError(f"worker {beyond[0]}: beyond this machine only tls:// is used")
        return sum(int(each["nthreads"]) for each in workers.values())


def pack(question: Question) -> tuple[Question, Luggage]:
    """Replace the files of a question by names, and give their bytes.

    Raises
    ------
    OSError
        When one cannot be read.
    """
    files: dict[str, bytes] = {}

    def packed(path: str) -> str:
        data = Path(path).read_bytes()
        # its own name stays at the end: messages may tell it
        name = f"{hashlib.sha256(data).hexdigest()[:32]}-{os.path.basename(path)}"
        files[name] = data
        return name

    libraries = tuple(path if path == STARTER else packed(path) for path in question.libraries)
    trust = trust_file(question.trust)
    return replace(question, libraries=libraries, trust=packed(trust) if trust else None), Luggage(files)


def answer_remotely(
    luggage: Luggage, question: Question, task: Task, *, expected: dict[str, Any]
) -> Answered:
    """Answer one file on a worker; its process opens the engine once."""
    return _answerer(luggage, question, expected).answer(task)


_OPENED: Final[dict[Question, Answerer]] = {}
_OPENING: Final = threading.Lock()


def _answerer(luggage: Luggage, question: Question, expected: dict[str, Any]) -> Answerer:
    with _OPENING:
        if question not in _OPENED:
            os.environ["CONTRASPEC_THREADS"] = "1"
            os.environ.pop(TRUST_VARIABLE, None)  # whose signatures count is said by who asks
            folder = _folder()
            for name, data in luggage.files.items():
                Path(folder, name).write_bytes(data)
            libraries = tuple(
                str(Path(folder, name)) if name in luggage.files else name for name in question.libraries
            )
            trust = str(Path(folder, question.trust)) if question.trust else None
            answerer = Answerer(replace(question, libraries=libraries, trust=trust))
            check_identity(identity_of(answerer.engine), expected)
            _OPENED.clear()  # a worker serves one batch at a time; the libraries of the last may go
            _OPENED[question] = answerer
        return _OPENED[question]


def _folder() -> str:
    """Folder of this process alone, gone when it ends."""
    folder = tempfile.mkdtemp(prefix="contraspec-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _connect(address: str, tls: Tls) -> "Client":
    with needs_extra(*EXTRA):
        from distributed import Client
        from distributed.security import Security
    security = None
    if address.startswith("tls://"):
        security = Security(
            tls_ca_file=tls.ca, tls_client_cert=tls.cert, tls_client_key=tls.key, require_encryption=True
        )
    try:
        return Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise BatchError(f"scheduler {address}: does not answer ({error}); is it running?") from error


def _host(address: str) -> str:
    return address.partition("://")[2].rpartition(":")[0]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
