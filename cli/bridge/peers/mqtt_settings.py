"""What an MQTT address says: broker, topics, limits."""

import re
import socket
import ssl
from dataclasses import dataclass
from typing import Final

from spectra.errors import BridgeError

from .addresses import TLS_SETTINGS, client_tls, parse_url, read_secret

PASSWORD_VARIABLE: Final = "CONTRASPEC_MQTT_PASSWORD"  # the name of a variable
SCHEMES: Final = {"mqtt": 1883, "mqtts": 8883}
NUMBERS: Final = {
    "keepalive": (30, 5, 3600),
    "session": (300, 0, 604_800),
    "keep": (1000, 10, 100_000),
    "keep_bytes": (16_777_216, 65_536, 1_073_741_824),
    "max": (1_048_576, 4096, 16_000_000),
    "in_flight": (16, 1, 1000),
}
"""Number settings: usual, least and most."""

KNOWN: Final = (*NUMBERS, *TLS_SETTINGS, "node", "password_file", "version")
VERSIONS: Final = ("auto", "5", "3.1.1")
MAX_TOPIC: Final = 512


@dataclass(frozen=True)
class MqttSettings:
    """What an address says.

    Attributes
    ----------
    host, port : str and int
        Of the broker.
    user, password : str
        Empty without.
    base : str
        What the topics begin with: prefix and node.
    node : str
        Name of this bridge at the broker.
    tls : ssl.SSLContext or None
        None: not encrypted, on this machine only.
    version : str
        Of MQTT: ``auto`` is 5, or 3.1.1 where the broker has no more.
    keepalive_s, session_s : int
        Seconds between signs of life; seconds for which the broker keeps requests while the bridge is away.
    keep, keep_bytes : int
        Results, and their bytes, that wait for the broker at the most.
    max_bytes : int
        Of a request.
    in_flight : int
        Requests that are worked on at a time.
    """

    host: str
    port: int
    user: str
    password: str
    base: str
    node: str
    tls: ssl.SSLContext | None
    version: str
    keepalive_s: int
    session_s: int
    keep: int
    keep_bytes: int
    max_bytes: int
    in_flight: int

    def topic(self, name: str) -> str:
        """Topic of ``status``, ``identify``, ``result`` or ``error``."""
        return f"{self.base}/{name}"

    @property
    def client_id(self) -> str:
        """Name of the session at the broker: the same after a restart."""
        return f"contraspec-{self.base.replace('/', '-')}"


def read_settings(text: str) -> MqttSettings:
    """Read an MQTT address.

    Parameters
    ----------
    text : str
        ``mqtt[s]://[USER@]HOST[:PORT][/PREFIX][?node=NAME&...]``.

    Raises
    ------
    BridgeError
        An address, setting or file that cannot be used.
    """
    address = parse_url(text, SCHEMES, KNOWN)
    prefix = address.path.strip("/") or "contraspec"
    node = address.text("node") or re.sub(r"[^\w.-]", "-", socket.gethostname())[:64]
    if not is_topic(prefix) or prefix.startswith("$"):
        raise BridgeError(f"prefix {prefix!r:.80}: expected a topic without wildcards, such as site/line3")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", node):
        raise BridgeError(f"node {node!r:.80}: expected 1 to 64 letters, digits, dots, dashes, underscores")
    version = address.text("version", "auto")
    if version not in VERSIONS:
        raise BridgeError(f"version {version!r:.20}: expected one of {', '.join(VERSIONS)}")
    password = read_secret(address, "password_file", PASSWORD_VARIABLE)
    if password and not address.user:
        raise BridgeError("a password for the broker, and no user: write mqtts://USER@HOST")
    numbers = {name: int(address.number(name, *limits)) for name, limits in NUMBERS.items()}
    return MqttSettings(
        host=address.host,
        port=address.port,
        user=address.user,
        password=password,
        base=f"{prefix}/{node}",
        node=node,
        tls=client_tls(address),
        version=version,
        keepalive_s=numbers["keepalive"],
        session_s=numbers["session"],
        keep=numbers["keep"],
        keep_bytes=numbers["keep_bytes"],
        max_bytes=numbers["max"],
        in_flight=numbers["in_flight"],
    )


def is_topic(text: str) -> bool:
    """Whether something can be published there."""
    return 1 <= len(text) <= MAX_TOPIC and not any(sign in text for sign in "+#\0") and text.isprintable()
