"""One client: what it sends is read, checked and answered; what it does wrong stays its own trouble."""

import asyncio
import hmac
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Literal

from spectra.errors import ExtraError

from .._version import engine_version
from . import replies
from .channels import Channel
from .desk import Desk
from .framing import Decoder, Fault, Framing, decoder_of, framing_of
from .requests import Ask, Hello, Identify, Refused, Request, parse_request

Message = dict[str, Any]
_RETRY_MS: Final = 100
LARGE_BYTES: Final = 65_536
"""Messages above this are read in a thread of their own: up to here it takes less than handing over."""


@dataclass(frozen=True)
class Limits:
    """What one client may do.

    Attributes
    ----------
    message_bytes : int
        Of one message.
    in_flight : int
        Requests of one connection that may wait or run.
    message_s : float
        Seconds that a message, once begun, may take to arrive, and a reply to be taken.
    heartbeat_s : float
        Seconds between heartbeats; 0 for none.
    token : str
        What a client must say first; empty when none is needed.
    """

    message_bytes: int = 1_048_576
    in_flight: int = 32
    message_s: float = 30.0
    heartbeat_s: float = 10.0
    token: str = ""


@dataclass(frozen=True)
class ServerSide:
    """What a session needs of the server.

    Attributes
    ----------
    connections : callable
        How many there are.
    reload : callable
        Loads the libraries anew.
    """

    connections: Callable[[], int]
    reload: Callable[[], Any]


class Session:
    """A conversation over one channel.

    Parameters
    ----------
    channel : Channel
        To the client.
    desk : Desk
        Who answers.
    limits : Limits
        What the client may do.
    name : str
        Of the connection, other than every other's.
    framing : str
        ``json``, ``msgpack``, or ``auto``: what the first byte states.
    server : ServerSide
        What it can be asked for.
    """

    def __init__(
        self,
        channel: Channel,
        desk: Desk,
        limits: Limits,
        *,
        name: str,
        framing: Framing | Literal["auto"],
        server: ServerSide,
    ) -> None:
        self._channel, self._desk, self._limits = channel, desk, limits
        self._name, self._server = name, server
        self._decoder: Decoder | None = None
        if framing != "auto":
            self._decoder = decoder_of(framing, limits.message_bytes)
        self._known = not limits.token
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._broken = False
        self.last_active = time.monotonic()

    @property
    def idle(self) -> bool:
        """Whether the client waits for nothing."""
        return not self._tasks

    async def run(self) -> None:
        """Serve the client until it leaves, misbehaves or is told to go; what it asked is answered."""
        beating = asyncio.create_task(self._beat())
        self._reader = asyncio.create_task(self._read())
        try:
            if self._decoder is not None:
                await self._ready(None)
            await asyncio.wait({self._reader})
            if self._tasks and not self._broken:
                await asyncio.wait(self._tasks)
        finally:
            beating.cancel()
            self._reader.cancel()
            for task in self._tasks:
                task.cancel()
            await self._channel.close()

    def end(self) -> None:
        """Read no more; what is in flight is still answered."""
        if self._reader is not None:
            self._reader.cancel()

    async def tell(self, message: Message) -> None:
        """Send something that the client did not ask for; a client that does not read is spared it."""
        if self._decoder is not None and self._known and not self._channel.clogged:
            await self._send(message)

    async def _read(self) -> None:
        begun = time.monotonic()
        while not self._broken:
            waits = (self._decoder is not None and self._decoder.partial) or not self._known
            left = begun + self._limits.message_s - time.monotonic() if waits else None
            try:
                async with asyncio.timeout(left):  # wait_for may swallow the order to read no more
                    data = await self._channel.read()
            except TimeoutError:
                await self._send(replies.error("too_slow", f"nothing whole in {self._limits.message_s:g} s"))
                return
            if not data:
                return
            was_partial = self._decoder is not None and self._decoder.partial
            if self._decoder is None:
                self._decoder = self._chosen(framing_of(data))
                if self._decoder is None:
                    return
                await self._ready(None)
            found = self._decoder.split(data)
            if self._known and (found or not was_partial):
                begun = time.monotonic()
            for raw in found:
                self.last_active = time.monotonic()
                await self._take(await self._understood(self._decoder, raw))
                if self._broken:
                    return

    def _chosen(self, framing: Framing) -> Decoder | None:
        """Make the decoder that a client asks for; None where its package is missing."""
        try:
            return decoder_of(framing, self._limits.message_bytes)
        except ExtraError:
            self._desk.metrics.count("errors_total", "no_msgpack")
            return None

    async def _understood(self, decoder: Decoder, raw: bytes | Fault) -> Request | Refused | Fault:
        """Request that a message is; a large one is read aside, so that nobody else waits for it."""
        if isinstance(raw, Fault):
            return raw
        if len(raw) > LARGE_BYTES:
            return await self._desk.aside(lambda: _read(decoder, raw))
        return _read(decoder, raw)

    async def _take(self, request: Request | Refused | Fault) -> None:
        if isinstance(request, Fault):
            await self._refuse(request.error, request.message, None)
        elif isinstance(request, Refused):
            await self._refuse("bad_request", request.message, request.id)
        elif isinstance(request, Hello):
            await self._greet(request)
        elif not self._known:
            await self._turn_away(request.id)
        elif len(self._tasks) >= self._limits.in_flight:
            self._desk.metrics.count("busy_total")
            await self._send(replies.busy(request.id, _RETRY_MS))
        elif isinstance(request, Ask):
            self._desk.metrics.count("requests_total", request.type)
            self._spawn(request.id, self._tell_about(request))
        else:
            self._desk.metrics.count("requests_total", "identify")
            self._spawn(request.id, self._identify(request))

    async def _greet(self, hello: Hello) -> None:
        given, wanted = hello.token.encode(), self._limits.token.encode()
        if wanted and not hmac.compare_digest(given, wanted):
            await self._turn_away(hello.id)
            return
        self._known = True
        self._name = f"client {hello.client}" if hello.client else self._name
        await self._ready(hello.id)

    async def _turn_away(self, request_id: str) -> None:
        await self._refuse("unauthorised", "say hello with the token first", request_id)
        self._broken = True

    async def _identify(self, request: Identify) -> None:
        said = await self._desk.answer(request, self._name)
        if said["type"] == "error":
            self._desk.metrics.count("errors_total", said["error"])
        await self._send(said)

    async def _tell_about(self, request: Ask) -> None:
        connections = self._server.connections()
        if request.type == "health":
            await self._send(self._desk.health(request.id, connections))
        elif request.type == "metrics":
            await self._send(replies.metrics(request.id, self._desk.prometheus(connections)))
        else:
            done = await self._server.reload()
            await self._send(replies.reloaded(request.id, done.ok, done.message, self._desk.libraries))

    async def _ready(self, request_id: str | None) -> None:
        await self._send(
            {
                "type": "ready",
                "id": request_id,
                "protocol": replies.PROTOCOL,
                "engine": engine_version(),
                "authorised": self._known,
                "libraries": self._desk.libraries if self._known else [],
                "message_bytes": self._limits.message_bytes,
                "in_flight": self._limits.in_flight,
                "heartbeat_s": self._limits.heartbeat_s,
            }
        )

    async def _refuse(self, code: str, message: str, request_id: str | None) -> None:
        self._desk.metrics.count("errors_total", code)
        await self._send(replies.error(code, message, request_id))

    async def _send(self, message: Message) -> None:
        """Send a message whole; a client that does not take it in time is dropped."""
        if self._broken or self._decoder is None:
            return
        data = self._decoder.encode(message)
        try:
            async with self._sending, asyncio.timeout(self._limits.message_s):
                await self._channel.write(data)
        except TimeoutError:
            self._broken = True
            self.end()

    async def _beat(self) -> None:
        while self._limits.heartbeat_s > 0:
            await asyncio.sleep(self._limits.heartbeat_s)
            await self.tell(replies.heartbeat(self._desk.uptime_s, self._desk.waiting))

    def _spawn(self, request_id: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._answered(request_id, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answered(self, request_id: str, work: Coroutine[Any, Any, None]) -> None:
        """See to it that a request gets a reply: a fault, short memory too, is said and not swallowed."""
        try:
            await work
        except Exception as error:  # noqa: BLE001  # whatever it was, the client must not wait for ever
            await self._refuse("internal", f"{type(error).__name__}: {error}"[:500], request_id)


def _read(decoder: Decoder, raw: bytes) -> Request | Refused | Fault:
    message = decoder.decode(raw)
    return message if isinstance(message, Fault) else parse_request(message)
