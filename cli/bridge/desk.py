"""Where requests wait for an engine, and where the engine is changed for a newer one."""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from spectra.errors import SpectraError

from .._records import library_record, result_record
from .._version import engine_version
from . import replies
from .answers import Answers
from .metrics import Metrics
from .requests import Identify

if TYPE_CHECKING:
    from libraries.embedded import Embedded

Message = dict[str, Any]
Given = TypeVar("Given")
Follower = Callable[[Identify, Message], None]
"""Told of each new result; runs on the event loop and must not wait."""

_SHORTEST_RETRY_MS: Final = 10
_LONGEST_RETRY_MS: Final = 10_000
_SMOOTHING: Final = 0.1


@dataclass(frozen=True)
class Reload:
    """The last attempt to load the libraries anew.

    Attributes
    ----------
    ok : bool
        Whether they are in use now.
    message : str
        What was wrong; empty when nothing was.
    """

    ok: bool = True
    message: str = ""


class Desk:
    """An engine, the requests that wait for it, and what was answered.

    Parameters
    ----------
    load : callable
        Loads the engine, verified and warm; called again for every reload.
    queue : int
        Requests that may wait or run; more are told ``busy``.
    threads : int
        Requests that run at a time.
    remembered : int
        Answers that are kept for who asks again.
    deadline_s : float or None
        For requests that state none.

    Raises
    ------
    SpectraError
        Whatever loading raises.
    """

    def __init__(
        self,
        load: "Callable[[], Embedded]",
        *,
        queue: int = 64,
        threads: int = 1,
        remembered: int = 1024,
        deadline_s: float | None = None,
    ) -> None:
        self._load = load
        self.engine = load()
        self.metrics = Metrics()
        self.last_reload = Reload()
        self.waiting = 0
        self.closing = False  # who brings requests brings no more
        self._queue, self._threads, self._deadline_s = queue, threads, deadline_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="engine")
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="reader")
        # always the same thread: each that has loaded once keeps memory of its own for it
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="loader")
        self._answers = Answers(remembered)
        self._tasks: set[asyncio.Task[None]] = set()
        self._followers: list[Follower] = []
        self._of_failures: list[Follower] = []
        self._reloading = asyncio.Lock()
        self._typical_s = 0.05
        self._begun = time.monotonic()

    @property
    def uptime_s(self) -> float:
        """Seconds since the engine was first ready."""
        return time.monotonic() - self._begun

    @property
    def libraries(self) -> list[Message]:
        """Name, hash and release of each library in use."""
        return [dict(library_record(each)) for each in self.engine.engine.libraries]

    @contextlib.contextmanager
    def followed(self, follower: Follower, *, failures: bool = False) -> Iterator[None]:
        """Tell somebody of each result, and if wanted each error, as long as the context lasts: once."""
        lists = (self._followers, self._of_failures) if failures else (self._followers,)
        for each in lists:
            each.append(follower)
        try:
            yield
        finally:
            for each in lists:
                each.remove(follower)

    async def aside(self, work: Callable[[], Given]) -> Given:
        """Do what would keep the event loop too long in the one thread for it, in turn."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, work)

    async def answer(self, request: Identify, who: str) -> Message:
        """Answer a request: ``result``, ``error`` or ``busy``.

        Parameters
        ----------
        request : Identify
            What is asked.
        who : str
            Client or connection: one of them may not use an id for two questions.
        """
        arrived = time.monotonic()
        if self._answers.is_reused(who, request.id, request.digest):
            return replies.error("id_reused", "this id was another request's: use a new one", request.id)
        kept = self._answers.find(request.id, request.digest)
        if kept is not None:
            self.metrics.count("repeated_total")
            return await asyncio.shield(kept)
        if self.waiting >= self._queue:
            self.metrics.count("busy_total")
            return replies.busy(request.id, self._retry_after_ms())
        promise: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers.keep(request.id, request.digest, promise)
        self.waiting += 1
        task = asyncio.create_task(self._run(request, arrived, promise))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(promise)

    async def reload(self) -> Reload:
        """Load the libraries anew and use them from now on; keep the old ones when that fails."""
        async with self._reloading:
            try:
                self.engine = await asyncio.get_running_loop().run_in_executor(self._loader, self._load)
            except SpectraError as error:
                self.last_reload = Reload(False, f"the libraries in use stay: {error}")
            except Exception as error:  # noqa: BLE001  # a fault must not end what works
                name = type(error).__name__
                self.last_reload = Reload(False, f"the libraries in use stay: {name}: {error}")
            else:
                self.last_reload = Reload()
            self.metrics.count("reloads_total", "done" if self.last_reload.ok else "refused")
            return self.last_reload

    def health(self, request_id: str, connections: int) -> Message:
        """Say how it goes; an expired release matters more than a reload that failed."""
        late, until = self.engine.expired, self.engine.expires
        status, text = ("ok" if self.last_reload.ok else "old_libraries"), self.last_reload.message
        if late:
            status, text = "expired_libraries", f"their release has expired: {', '.join(late)}"
        return {
            "type": "health",
            "id": request_id,
            "status": status,
            "message": text,
            "expires": until and until.isoformat(),
            "engine": engine_version(),
            "libraries": self.libraries,
            "uptime_s": round(self.uptime_s, 3),
            "waiting": self.waiting,
            "queue": self._queue,
            "connections": connections,
        }

    def prometheus(self, connections: int) -> str:
        """Counters and gauges as text."""
        gauges: dict[str, float] = {
            "waiting": self.waiting,
            "queue_size": self._queue,
            "connections": connections,
            "uptime_seconds": self.uptime_s,
            "libraries_current": float(self.last_reload.ok),
            "libraries_expired": len(self.engine.expired),
        }
        if (until := self.engine.expires) is not None:
            ends = datetime.combine(until, datetime.min.time(), UTC) + timedelta(days=1)
            gauges["libraries_expire_timestamp_seconds"] = ends.timestamp()
        return self.metrics.text(gauges, self.libraries)

    async def close(self, grace_s: float) -> None:
        """Let what waits be answered, for so many seconds."""
        self.closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        self._pool.shutdown(wait=False, cancel_futures=True)
        for pool in (self._reader, self._loader):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, request: Identify, arrived: float, promise: "asyncio.Future[Message]") -> None:
        """Have a request answered by the engine of now, whatever replaces it meanwhile."""
        engine, context = self.engine, contextvars.copy_context()
        try:
            loop = asyncio.get_running_loop()
            said = await loop.run_in_executor(
                self._pool, context.run, _identified, engine, request, arrived, self._deadline_s
            )
        except SpectraError as error:
            code = error.code if error.code in ("internal", "library") else "damaged"
            said = replies.error(code, str(error), request.id)
        except Exception as error:  # noqa: BLE001  # a fault is an error reply, never a verdict
            said = replies.error("internal", f"{type(error).__name__}: {error}"[:500], request.id)
        finally:
            self.waiting -= 1
        if said["type"] != "result":
            self._answers.forget(request.id, request.digest)
        if not promise.done():
            promise.set_result(said)  # first of all: whoever asked waits for it
        self._note(said, time.monotonic() - arrived)
        for follower in tuple(self._followers if said["type"] == "result" else self._of_failures):
            self._follow(follower, request, said)

    def _follow(self, follower: Follower, request: Identify, said: Message) -> None:
        """Tell one of those who follow; its fault is its own."""
        try:
            follower(request, said)
        except Exception:  # noqa: BLE001  # the answer is out, and the others must hear of it too
            self.metrics.count("errors_total", "follower")

    def _note(self, said: Message, seconds: float) -> None:
        if said["type"] != "result":
            return
        self.metrics.count("answers_total", said["result"]["verdict"])
        self.metrics.observe(seconds)
        for reason in said["degraded"]:
            self.metrics.count("degraded_total", reason)
        if said["overrun_ms"]:
            self.metrics.count("overruns_total")
        self._typical_s += _SMOOTHING * (seconds / max(1, self.waiting) - self._typical_s)

    def _retry_after_ms(self) -> int:
        wanted = int(1000.0 * self._typical_s * self.waiting / self._threads)
        return max(_SHORTEST_RETRY_MS, min(_LONGEST_RETRY_MS, wanted))


def _identified(engine: "Embedded", request: Identify, arrived: float, usual_s: float | None) -> Message:
    """Answer of an engine; runs in a thread of its own."""
    limit = usual_s if request.deadline_s is None else request.deadline_s
    left = None if limit is None else limit - (time.monotonic() - arrived)
    if left is not None and left <= 0:
        text = "the deadline passed while the request waited: nothing was identified"
        return replies.error("deadline", text, request.id)
    technique: Any = request.technique
    unit: Any = request.unit
    outcome = engine.identify(
        _array(request.axis),
        _array(request.intensity),
        request.metadata,
        technique=technique,
        unit=unit,
        deadline_s=left,
    )
    record = result_record(
        request.id,
        0,
        spectrum=outcome.spectrum,
        answer=outcome.answer,
        engine=engine.engine,
        version=engine_version(),
    )
    elapsed = time.monotonic() - arrived
    return replies.result(
        request.id, record, elapsed_s=elapsed, overrun_s=outcome.overrun_s, degraded=outcome.degraded
    )


def _array(values: Any) -> Any:
    """Bytes as the numbers they are, without a copy."""
    return np.frombuffer(values, "<f8") if isinstance(values, bytes) else values
