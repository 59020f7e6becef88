"""What goes to the broker: kept until it is acknowledged, over any number of connections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .outbox import Outbox

if TYPE_CHECKING:
    from ..metrics import Metrics
    from .mqtt_link import Link, Taken, Up
    from .mqtt_settings import MqttSettings
    from .peer import Say

WINDOW: Final = 20
FRUITLESS: Final = 10
"""Connections in a row that may end with nothing acknowledged; then what they carried first is given up."""

_HEAD_BYTES: Final = 256


@dataclass(eq=False)
class Post:
    """One message to the broker.

    Attributes
    ----------
    topic, payload : str and bytes
        Of the message.
    correlation : bytes or None
        Of who asked.
    is_result : bool
        Whether it carries a result: it is counted, and makes room for no other kind.
    settled : bool
        Whether it is taken, or given up.
    then : callable or None
        Called when it is settled.
    """

    topic: str
    payload: bytes
    correlation: bytes | None = None
    is_result: bool = False
    settled: bool = False
    then: Callable[[], None] | None = None


class Sender:
    """Hands posts to the broker, a few at a time, and again where it has not acknowledged them.

    Parameters
    ----------
    settings : MqttSettings
        How much may wait.
    name : str
        Of the peer, in the metrics.
    """

    def __init__(self, settings: "MqttSettings", name: str) -> None:
        self._name = name
        self._outbox: Outbox[Post] = Outbox(settings.keep, settings.keep_bytes, self._give_up)
        self._sent: dict[int, Post] = {}
        self._link: Link | None = None
        self._up: Up | None = None
        self._metrics: Metrics | None = None
        self._say: Say = print
        self._taken = self._fruitless = self.given_up = 0
        self._told = ""

    def __len__(self) -> int:
        return len(self._outbox)

    def attend(self, metrics: "Metrics", say: "Say") -> None:
        """Count and speak there from now on."""
        self._metrics, self._say = metrics, say

    def begin(self, link: "Link", up: "Up") -> None:
        """Send over this connection."""
        self._link, self._up, self._taken = link, up, 0
        self._send()

    def end(self) -> None:
        """Send no more: what the broker has not acknowledged waits for the next connection."""
        if self._link is not None and self._sent:
            self._fruitless = 0 if self._taken else self._fruitless + 1
        self._link = self._up = None
        self._sent.clear()
        self._outbox.back()
        if self._fruitless >= FRUITLESS:
            self._fruitless = 0
            if (post := self._outbox.take()) is not None:
                self._outbox.done(post)
                self._refuse(post, "it ends each connection that carries this")

    def put(self, post: Post) -> Post:
        """Send a post when that is possible."""
        if not self._outbox.put(post, len(post.payload) + _HEAD_BYTES, pushes=post.is_result):
            _settle(post)
        self._send()
        return post

    def acknowledged(self, taken: "Taken") -> None:
        """Take in that the broker has one, or refuses it."""
        post = self._sent.pop(taken.number, None)
        if post is None:
            return
        self._outbox.done(post)
        self._taken += 1
        self._fruitless = 0
        if taken.refused:
            self._refuse(post, taken.refused)
        else:
            if post.is_result:
                self._count("peer_sent_total")
            _settle(post)
        self._send()

    def clear(self) -> int:
        """Give up all; how many results that were."""
        left = [post for post in self._outbox.clear() if post.is_result]
        for post in left:
            self._give_up(post)
        return len(left)

    def _send(self) -> None:
        """Hand over what may be on its way at a time: one by one after a connection that got nowhere."""
        if self._link is None or self._up is None:
            return
        granted = self._up.window or WINDOW + 1
        window = 1 if self._fruitless else max(1, min(WINDOW, granted - 1))  # one for the status
        while self._outbox.out < window and (post := self._outbox.take()) is not None:
            size, most = len(post.payload) + len(post.topic.encode()) + _HEAD_BYTES, self._up.packet_bytes
            if most is not None and size > most:
                self._outbox.done(post)
                self._refuse(post, f"it takes at most {most} bytes")
                continue
            number = self._link.publish(post.topic, post.payload, retain=False, correlation=post.correlation)
            if not number:
                self._link.drop()  # then all of it waits again
                return
            self._sent[number] = post

    def _refuse(self, post: Post, reason: str) -> None:
        said = f"mqtt: the broker refuses what is published at {post.topic}: {reason}"[:500]
        if said != self._told:
            self._say(said)
            self._told = said
        self._give_up(post)

    def _give_up(self, post: Post) -> None:
        if post.is_result:
            self.given_up += 1
            self._count("peer_dropped_total")
        _settle(post)

    def _count(self, name: str) -> None:
        if self._metrics is not None:
            self._metrics.count(name, self._name)


def _settle(post: Post) -> None:
    post.settled = True
    if post.then is not None:
        post.then()
