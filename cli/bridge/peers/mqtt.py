"""MQTT: each result is published at a broker, requests come from there, and a retained status says who lives.

What the broker has not acknowledged is kept, and a request is acknowledged to the broker once its answer is
out. So a result is delivered at least once, whichever side is killed.
"""

import asyncio
import contextlib
import random
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from .. import replies
from ..framing import Fault
from ..requests import Identify, Refused
from .mqtt_link import Down, Event, Link, Taken, Up
from .mqtt_messages import Request, Status, encoded, result_message, status_message
from .mqtt_sending import Post, Sender
from .mqtt_settings import MqttSettings, is_topic, read_settings

if TYPE_CHECKING:
    from ..desk import Desk
    from .peer import Say

Message = dict[str, Any]
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
LASTING_S: Final = 10.0
BRIEF: Final = 4
"""So many connections in a row that stood for less than that, and the pauses grow."""

_LOOK_S: Final = 1.0
_HANDSHAKE_S: Final = 15.0
_FLUSH_S: Final = 2.5
_GOODBYE_S: Final = 1.0
_HANG_UP_S: Final = 0.5
_RETRY_MS: Final = 100


class MqttPeer:
    """A broker; see ``Peer``.

    Parameters
    ----------
    settings : MqttSettings
        What the address says.
    """

    name = "mqtt"

    def __init__(self, settings: MqttSettings) -> None:
        self._settings = settings
        self._sender = Sender(settings, self.name)
        self._events: asyncio.Queue[tuple[Link, Event]] = asyncio.Queue()
        self._link: Link | None = None
        self._up = False
        self._old = settings.version == "3.1.1"
        self._requests: dict[int, bool] = {}
        self._answering: set[asyncio.Task[None]] = set()
        self._mine: dict[int, Post | None] = {}
        self._run_name = secrets.token_hex(8)
        self._shown: Message = {}
        self._told = ""

    async def run(self, desk: "Desk", say: "Say") -> None:
        """Work until cancelled; see ``Peer``."""
        self._desk, self._say = desk, say
        self._sender.attend(desk.metrics, say)
        with desk.followed(self._follow):
            try:
                await self._stay_connected()
            finally:  # cancelled: it ends in no other way
                await self._leave()

    async def _stay_connected(self) -> None:
        pause, brief, loop = FIRST_PAUSE_S, 0, asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                reason = await self._connection()
            except Exception as error:  # noqa: BLE001  # what waits is kept, whatever happens
                reason = f"{type(error).__name__}: {error}"
                if self._link is not None:
                    self._link.drop()
                self._part(Down(reason))
            if loop.time() - begun > LASTING_S:
                brief, self._told = 0, ""
            elif self._shown:  # it stood, and not for long
                brief += 1
            if self._shown and brief < BRIEF:
                pause = FIRST_PAUSE_S
            elif self._shown:
                reason += "; connections do not last: perhaps another client has this node's name"
            if reason != self._told:
                self._say(f"mqtt: {self._settings.host}:{self._settings.port}: {reason}; trying again"[:500])
                self._told = reason
            self._desk.metrics.count("peer_restarts_total", self.name)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(2.0 * pause, LONGEST_PAUSE_S)

    async def _connection(self) -> str:
        """Have one connection from its beginning to its end; why it ended."""
        self._shown, self._up = {}, False
        link = Link(
            self._settings,
            old=self._old,
            will=encoded(self._status("offline", "lost")),
            hear=lambda event: self._events.put_nowait((link, event)),
        )
        self._link = link
        link.open()
        loop = asyncio.get_running_loop()
        end = loop.time() + _HANDSHAKE_S
        while True:
            event = await self._next(link, _LOOK_S)
            if event is None and not self._up and loop.time() > end:
                link.drop()
                event = Down("no answer")
            if isinstance(event, Down):
                self._part(event)
                return event.reason
            self._handle(event)
            self._show()

    async def _next(self, link: Link, within_s: float) -> Event | None:
        """Next event of a connection; None when none comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while True:
                    whose, event = await self._events.get()
                    if whose is link:
                        return event
        return None

    def _handle(self, event: Event | None) -> None:
        if isinstance(event, Request):
            self._take(event)
        elif isinstance(event, Taken):
            self._sender.acknowledged(event)
        elif isinstance(event, Up) and self._link is not None:
            self._up = True
            version = "3.1.1" if self._old else "5"
            listens = "" if event.listens else "; it gives no requests, so results only"
            self._say(
                f"mqtt: {self._settings.host}:{self._settings.port}: connected, MQTT {version}{listens}"
            )
            self._sender.begin(self._link, event)

    def _part(self, end: Down) -> None:
        if end.older and self._settings.version == "auto":
            self._old = True
        self._sender.end()
        self._requests.clear()
        self._link, self._up = None, False

    # results

    def _follow(self, request: Identify, said: Message) -> None:
        """Publish a new result, whoever asked for it."""
        post = self._publish(request, said)
        if id(request) in self._mine:
            self._mine[id(request)] = post

    def _publish(self, request: Identify, said: Message) -> Post:
        payload = encoded(result_message(self._settings.node, request, said))
        return self._sender.put(Post(self._settings.topic("result"), payload, is_result=True))

    # requests

    def _take(self, request: Request) -> None:
        """Begin to answer a request, or say why not; what was retained is some other day's scan."""
        if request.number:
            self._requests[request.number] = False
        link, asked, metrics = self._link, request.asked, self._desk.metrics

        def finish() -> None:
            if link is self._link:
                self._finish(request.number)

        if self._desk.closing:
            return  # not acknowledged: the broker keeps it for the next run
        wrong = self._wrong_with(request)
        if request.stored:
            metrics.count("errors_total", "retained")
            self._say("mqtt: a retained request was passed over: publish requests without the retain flag")
            finish()
        elif wrong is not None or not isinstance(asked, Identify):
            wrong = wrong or {}
            metrics.count("errors_total", wrong["error"])
            self._reply(request, wrong, finish)
        elif len(self._answering) >= self._settings.in_flight:
            metrics.count("busy_total")
            self._reply(request, replies.busy(asked.id, _RETRY_MS), finish)
        else:
            metrics.count("requests_total", "identify")
            task = asyncio.create_task(self._answer(request, asked, finish))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    def _wrong_with(self, request: Request) -> Message | None:
        """Reply to what cannot be answered; None to what can."""
        asked = request.asked
        if isinstance(asked, Fault):
            return replies.error(asked.error, asked.message)
        if isinstance(asked, Refused):
            return replies.error("bad_request", asked.message, asked.id)
        if request.reply_to and not self._may_reply(request.reply_to):
            return replies.error(
                "bad_request", "response topic: expected one that is not this node's", asked.id
            )
        return None

    def _may_reply(self, topic: str) -> bool:
        return is_topic(topic) and not topic.startswith(("$", f"{self._settings.base}/"))

    async def _answer(self, request: Request, asked: Identify, finish: Callable[[], None]) -> None:
        self._mine[id(asked)] = None
        try:
            said = await self._desk.answer(asked, f"mqtt {request.reply_to}")
        finally:
            published = self._mine.pop(id(asked), None)
        if said["type"] != "result" and self._desk.closing:
            return
        if said["type"] == "error":
            self._desk.metrics.count("errors_total", said["error"])
        if said["type"] != "result" or request.reply_to:
            self._reply(request, said, finish)
            return
        post = published or self._publish(asked, said)  # answered from memory: said again where it belongs
        if post.settled:
            finish()
        else:
            post.then = finish

    def _reply(self, request: Request, said: Message, then: Callable[[], None]) -> None:
        """Answer who asked: at its response topic, else among the errors."""
        topic = request.reply_to if self._may_reply(request.reply_to) else self._settings.topic("error")
        is_result = said["type"] == "result"
        self._sender.put(Post(topic, encoded(said), request.correlation, is_result, then=then))

    def _finish(self, number: int) -> None:
        """Acknowledge a request and those after it that are done: the broker wants them in order."""
        if number not in self._requests or self._link is None:
            return
        self._requests[number] = True
        while self._requests and self._requests[first := next(iter(self._requests))]:
            del self._requests[first]
            self._link.acknowledge(first)

    # status

    def _status(self, status: Status, reason: str) -> Message:
        health = self._desk.health("", 0)
        said = status_message(self._settings.node, status, reason, run=self._run_name, health=health)
        return {**said, "given_up": self._sender.given_up}

    def _show(self) -> None:
        """Publish the status when it is another than the last."""
        if self._link is None or not self._up:
            return
        now = self._status("online", "")
        if {**now, "time": None} != {**self._shown, "time": None}:
            self._shown = now
            self._link.publish(self._settings.topic("status"), encoded(now), retain=True)

    async def _leave(self) -> None:
        """Let the broker have what waits, say goodbye, and say what it never took."""
        loop = asyncio.get_running_loop()
        if self._answering:
            await asyncio.wait(self._answering, timeout=_GOODBYE_S)
        end = loop.time() + _FLUSH_S
        while self._up and len(self._sender) and loop.time() < end:
            await self._listen_on(None)
        if self._up and self._link is not None:
            goodbye = encoded(self._status("offline", "stopped"))
            number = self._link.publish(self._settings.topic("status"), goodbye, retain=True)
            end = loop.time() + _GOODBYE_S
            while self._up and loop.time() < end and not await self._listen_on(number):
                pass
        if self._link is not None:
            self._link.close()
            end = loop.time() + _HANG_UP_S
            while self._up and loop.time() < end:  # a process that ends before this is sent looks lost
                await self._listen_on(None)
        if left := self._sender.clear():
            self._say(f"mqtt: {left} results were not taken by the broker before the end")

    async def _listen_on(self, number: int | None) -> bool:
        """Take in one event while leaving; whether the broker has acknowledged this message."""
        event = None if self._link is None else await self._next(self._link, 0.1)
        if isinstance(event, Down):
            self._up = False
        elif isinstance(event, Taken):
            self._sender.acknowledged(event)
        return isinstance(event, Taken) and event.number == number


def open_peer(address: str) -> MqttPeer:
    """Make the peer of an MQTT address.

    Parameters
    ----------
    address : str
        ``mqtt[s]://[USER@]HOST[:PORT][/PREFIX][?node=NAME&...]``.

    Raises
    ------
    BridgeError
        An address, setting or file that cannot be used.
    """
    return MqttPeer(read_settings(address))
