"""SAPIENT (BSI Flex 335 v2.0): the bridge is an edge node; every result is a detection report.

It registers at a fusion node or middleware, says now and then how it is, answers tasks, and says goodbye.
"""

import asyncio
import contextlib
import random
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from .sapient_link import LinkError, SapientLink, connect
from .sapient_messages import envelope, registration, status_report
from .sapient_reports import alert_for, detection_report
from .sapient_sending import Reports
from .sapient_settings import SapientSettings, read_settings
from .sapient_tasks import Replies
from .stamps import new_ulid

if TYPE_CHECKING:
    from ..desk import Desk
    from ..requests import Identify
    from .peer import Say

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
LASTING_S: Final = 10.0
BRIEF: Final = 4
"""So many connections in a row that stood for less than that, and the pauses grow."""

REGISTRATION_S: Final = 10.0
ITEMS: Final = 1024
MOST_FAULTS: Final = 20
MOST_REPLIES: Final = 200
_LOOK_S: Final = 1.0
_FLUSH_S: Final = 2.5


class SapientPeer:
    """A fusion node; see ``Peer``.

    Parameters
    ----------
    settings : SapientSettings
        What the address says.
    """

    name = "sapient"

    def __init__(self, settings: SapientSettings) -> None:
        self._settings = settings
        self._reports = Reports(settings, self.name)
        self._replies: list[tuple[str, Any]] = []
        self._items: OrderedDict[str, str] = OrderedDict()
        self._wake = asyncio.Event()
        self._other = ""
        self._registered: list[Any] = []
        self._status: tuple[Any, ...] = ()
        self._next_status = 0.0
        self._told = ""

    async def run(self, desk: "Desk", say: "Say") -> None:
        """Work until cancelled; see ``Peer``."""
        self._desk, self._say = desk, say
        self._reports.attend(desk.metrics)
        with desk.followed(self._follow):
            try:
                await self._stay_connected()
            finally:  # cancelled: it ends in no other way
                if left := self._reports.clear():
                    say(f"sapient: {left} reports were not taken before the end")

    async def _stay_connected(self) -> None:
        pause, brief, loop = FIRST_PAUSE_S, 0, asyncio.get_running_loop()
        while True:
            begun, self._registered = loop.time(), []
            try:
                await self._connection()
            except LinkError as error:
                self._tell_once(f"{error}; trying again")
            except Exception as error:  # noqa: BLE001  # what waits is kept, whatever happens
                self._tell_once(f"{type(error).__name__}: {error}; trying again")
            self._reports.broken(loop.time())
            brief = 0 if loop.time() - begun > LASTING_S else brief + 1
            pause = FIRST_PAUSE_S if self._registered and brief < BRIEF else pause
            self._desk.metrics.count("peer_restarts_total", self.name)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(2.0 * pause, LONGEST_PAUSE_S)

    async def _connection(self) -> None:
        """Have one connection from its beginning to its end, which is an error."""
        link = await connect(self._settings)
        try:
            await self._register(link)
            self._tell("registered")
            self._told = ""
            self._replies.clear()
            tasks = [asyncio.create_task(each) for each in (self._read(link), self._write(link))]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _ended(tasks)
            for task in tasks:
                if not task.cancelled():
                    task.result()
        except asyncio.CancelledError:
            with contextlib.suppress(LinkError, TimeoutError):
                await self._goodbye(link)
            raise
        except LinkError:
            link.drop()
            raise
        finally:
            await link.close()

    # what it hears

    async def _register(self, link: SapientLink) -> None:
        """Register and wait until that is accepted; nothing else is said before."""
        await self._introduce(link)
        registered = self._registered
        self._registered = []
        replies = Replies(self._settings.node)
        try:
            async with asyncio.timeout(REGISTRATION_S):
                while True:
                    found = await link.receive()
                    if replies.accepted(found):
                        self._other, self._registered = found.node_id, registered
                        return
        except TimeoutError as error:
            raise LinkError(f"no answer to the registration within {REGISTRATION_S:g} s") from error

    async def _read(self, link: SapientLink) -> None:
        replies, faults = Replies(self._settings.node), 0
        while True:
            found = await link.receive()
            heard = replies.take(found)
            faults += heard.is_fault
            if faults > MOST_FAULTS:
                raise LinkError(f"more than {MOST_FAULTS} messages that are none")
            if heard.is_fault:
                self._desk.metrics.count("errors_total", "malformed")
            if heard.trouble:
                self._tell_once(heard.trouble)
            if heard.alert_id:
                self._reports.acknowledged(heard.alert_id)
            self._replies += heard.replies
            if len(self._replies) > MOST_REPLIES:
                raise LinkError("the other side asks and does not read")
            self._wake.set()

    # what it says

    async def _write(self, link: SapientLink) -> None:
        """Send what there is to say, and the status from time to time."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            if self._registered != self._desk.libraries:
                await self._introduce(link)
            await self._report_status(link)
            while self._replies:
                await self._reply(link, *self._replies.pop(0))
            while not self._replies and (report := self._reports.take(loop.time())) is not None:
                await link.send(self._wrapped(**{report.kind: report.content}))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):  # wait_for may swallow a cancellation
                    await self._wake.wait()

    async def _reply(self, link: SapientLink, kind: str, content: Any) -> None:
        if kind == "registration":
            await self._introduce(link)
        elif kind == "status_report":
            self._next_status = 0.0
            await self._report_status(link)
        else:
            await link.send(self._wrapped(**{kind: content}))

    async def _introduce(self, link: SapientLink) -> None:
        libraries = self._desk.libraries
        techniques = sorted({each.technique for each in self._desk.engine.engine.libraries})
        await link.send(self._wrapped(registration=registration(self._settings, libraries, techniques)))
        self._registered, self._status = libraries, ()

    async def _report_status(self, link: SapientLink, *, goodbye: bool = False) -> None:
        """Send the status when its time has come, or when it is another."""
        now, health = asyncio.get_running_loop().time(), self._desk.health("", 0)
        state = (health["status"], health["message"], self._reports.given_up, goodbye)
        is_new = state != self._status
        if not is_new and now < self._next_status:
            return
        self._status, self._next_status = state, now + self._settings.interval_s
        report = status_report(
            self._settings, health, given_up=self._reports.given_up, is_new=is_new, goodbye=goodbye
        )
        await link.send(self._wrapped(status_report=report))

    async def _goodbye(self, link: SapientLink) -> None:
        """Send what waits, then the last status."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_FLUSH_S):
            if self._registered:
                while (report := self._reports.take(loop.time())) is not None:
                    await link.send(self._wrapped(**{report.kind: report.content}))
                await self._report_status(link, goodbye=True)

    def _wrapped(self, **content: Any) -> Any:
        return envelope(self._settings, self._other, **content)

    def _follow(self, request: "Identify", said: dict[str, Any]) -> None:
        """Report a new result, whoever asked for it."""
        record = said["result"]
        report = detection_report(
            self._settings,
            record,
            request_id=request.id,
            object_id=self._item(request),
            degraded=said["degraded"],
        )
        self._reports.put("detection_report", report)
        if (alert := alert_for(self._settings, record, report)) is not None:
            self._reports.put("alert", alert)
        self._wake.set()

    def _item(self, request: "Identify") -> str:
        """ULID of the item that was measured: the same for scans that name the same item."""
        item = request.metadata.get("item")
        if not isinstance(item, str) or not item:
            return new_ulid()
        name = self._items.setdefault(item, new_ulid())
        self._items.move_to_end(item)
        while len(self._items) > ITEMS:
            self._items.popitem(last=False)
        return name

    def _tell_once(self, line: str) -> None:
        if line != self._told:
            self._tell(line)
            self._told = line

    def _tell(self, line: str) -> None:
        self._say(f"sapient: {self._settings.host}:{self._settings.port}: {line}"[:500])


async def _ended(tasks: list["asyncio.Task[None]"]) -> None:
    """Cancel tasks and wait until they are."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def open_peer(address: str) -> SapientPeer:
    """Make the peer of a SAPIENT address.

    Parameters
    ----------
    address : str
        ``sapient[s]://HOST[:PORT]?node=UUID&lat=DEGREES&lon=DEGREES[&...]``.

    Raises
    ------
    BridgeError
        An address, setting or file that cannot be used.
    """
    return SapientPeer(read_settings(address))
