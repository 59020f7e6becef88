"""One connection to a broker. paho-mqtt runs it in threads of its own, so any event loop will do."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from spectra._extras import needs_extra

from .mqtt_messages import Request, read_request

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.properties import Properties

    from .mqtt_settings import MqttSettings

with needs_extra("mqtt", "the MQTT client (package paho-mqtt)"):
    from paho.mqtt import client as paho
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties as _Properties
    from paho.mqtt.subscribeoptions import SubscribeOptions

CONNECT_S: Final = 5.0
_UNSUPPORTED: Final = 0x84
_FAILED: Final = 0x80
_PACKET_SLACK: Final = 4
"""Requests up to so many times the limit are read, to be refused; larger ones the broker keeps back."""


@dataclass(frozen=True)
class Up:
    """The connection stands.

    Attributes
    ----------
    listens : bool
        Whether the broker gives it requests.
    packet_bytes : int or None
        Largest packet that the broker takes.
    window : int or None
        Messages that may be on their way to it.
    """

    listens: bool
    packet_bytes: int | None
    window: int | None


@dataclass(frozen=True)
class Taken:
    """The broker has taken a message, or refused it for a reason."""

    number: int
    refused: str


@dataclass(frozen=True)
class Down:
    """The connection has ended, or never stood.

    Attributes
    ----------
    reason : str
        Why.
    older : bool
        Whether the broker wants an older version of the protocol.
    """

    reason: str
    older: bool = False


Event = Up | Taken | Down | Request


class _Client(paho.Client):  # type: ignore[misc]  # paho is not type-checked here
    """paho's client, whose thread says why it ends: a packet that paho cannot read must not go unnoticed."""

    def __init__(self, ended: Callable[[str], None], **more: Any) -> None:
        super().__init__(paho.CallbackAPIVersion.VERSION2, **more)
        self._say_end = ended

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> Any:
        """Run the connection until it ends; paho's thread calls this."""
        try:
            code = super().loop_forever(timeout, retry_first_connection)
        except Exception as error:  # noqa: BLE001  # whatever the other side has sent
            self._say_end(f"{type(error).__name__}: {error}"[:200])
            return paho.MQTT_ERR_UNKNOWN
        self._say_end("ended")
        return code


class Link:
    """A connection; used once.

    Parameters
    ----------
    settings : MqttSettings
        Where to.
    old : bool
        MQTT 3.1.1.
    will : bytes
        What the broker says when the connection is lost.
    hear : callable
        Told of each event, on the event loop that runs now.
    """

    def __init__(
        self, settings: "MqttSettings", *, old: bool, will: bytes, hear: Callable[[Event], None]
    ) -> None:
        self._settings, self._old, self._hear = settings, old, hear
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._granted: Any = None
        self._client = self._made(will)

    def open(self) -> None:
        """Begin to connect; ``Up`` or ``Down`` follows."""
        threading.Thread(target=self._connect, name="mqtt-connect", daemon=True).start()

    def publish(self, topic: str, payload: bytes, *, retain: bool, correlation: bytes | None = None) -> int:
        """Send a message that the broker has to acknowledge.

        Returns
        -------
        int
            Its number, as ``Taken`` will tell it; 0 where it could not be sent.
        """
        properties = None
        if not self._old:
            properties = _Properties(PacketTypes.PUBLISH)
            properties.ContentType = "application/json"
            if correlation is not None:
                properties.CorrelationData = correlation
        sent = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        return sent.mid if sent.rc == paho.MQTT_ERR_SUCCESS else 0

    def acknowledge(self, number: int) -> None:
        """Say that a request is dealt with: the broker need not send it again."""
        if number:
            self._client.ack(number, 1)

    def close(self) -> None:
        """End in order: the will is not executed."""
        self._ended = True
        self._client.disconnect()

    def drop(self) -> None:
        """End at once."""
        self._ended = True
        if (open_one := self._client.socket()) is not None:
            with contextlib.suppress(OSError):
                open_one.shutdown(socket.SHUT_RDWR)

    def _made(self, will: bytes) -> "Client":
        settings = self._settings
        client = _Client(
            lambda reason: self._tell(Down(reason)),
            client_id=settings.client_id,
            clean_session=False if self._old else None,
            protocol=paho.MQTTv311 if self._old else paho.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_S
        client.suppress_exceptions = True
        client.max_inflight_messages_set(0)  # the outbox knows how many may be on their way
        if settings.user:
            client.username_pw_set(settings.user, settings.password or None)
        if settings.tls is not None:
            client.tls_set_context(settings.tls)
        client.will_set(settings.topic("status"), will, qos=1, retain=True)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe, client.on_publish = self._on_subscribe, self._on_publish
        client.on_message = self._on_message
        return client

    def _connect(self) -> None:
        """Connect and hand over to paho's thread; in a thread, since names and handshakes take their time."""
        settings = self._settings
        try:
            if self._old:
                self._client.connect(settings.host, settings.port, settings.keepalive_s)
            else:
                self._client.connect(
                    settings.host,
                    settings.port,
                    settings.keepalive_s,
                    clean_start=False,
                    properties=self._wishes(),
                )
        except (OSError, ValueError) as error:
            self._tell(Down(f"{error}" or type(error).__name__))
            return
        self._client.loop_start()
        if self._ended:
            self.drop()

    def _wishes(self) -> "Properties":
        properties = _Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._settings.session_s
        properties.ReceiveMaximum = self._settings.in_flight
        properties.MaximumPacketSize = _PACKET_SLACK * self._settings.max_bytes
        return properties

    def _tell(self, event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            self._loop.call_soon_threadsafe(self._hear, event)

    def _on_connect(self, client: "Client", _: Any, __: Any, code: Any, granted: Any) -> None:
        if code.is_failure:
            self._tell(Down(f"refused: {code}", older=code.value == _UNSUPPORTED))
            return
        self._granted = granted
        topic = self._settings.topic("identify")
        if self._old:
            client.subscribe(topic, 1)
        else:  # 2: what is retained there is not sent
            client.subscribe(topic, options=SubscribeOptions(qos=1, retainHandling=2))

    def _on_subscribe(self, _: "Client", __: Any, ___: int, codes: list[Any], ____: Any) -> None:
        listens = bool(codes) and all(each.value < _FAILED for each in codes)
        packet = getattr(self._granted, "MaximumPacketSize", None)
        self._tell(Up(listens, packet, getattr(self._granted, "ReceiveMaximum", None)))

    def _on_publish(self, _: "Client", __: Any, number: int, code: Any, ___: Any) -> None:
        self._tell(Taken(number, str(code) if code.is_failure else ""))

    def _on_disconnect(self, _: "Client", __: Any, ___: Any, code: Any, ____: Any) -> None:
        self._tell(Down(f"{code}"))

    def _on_message(self, _: "Client", __: Any, message: Any) -> None:
        """Read a request here, where it keeps nobody waiting."""
        properties = message.properties
        self._tell(
            Request(
                asked=read_request(message.payload, self._settings.max_bytes),
                number=message.mid if message.qos else 0,
                stored=bool(message.retain),
                reply_to=getattr(properties, "ResponseTopic", "") or "",
                correlation=getattr(properties, "CorrelationData", None),
            )
        )
