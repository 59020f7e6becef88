"""What a SAPIENT address says: the other node, who and where this one is, limits."""

import ssl
import uuid
from dataclasses import dataclass
from typing import Final

from spectra.errors import BridgeError

from .addresses import TLS_SETTINGS, client_tls, parse_url

SCHEMES: Final = {"sapient": 5020, "sapients": 5020}
NUMBERS: Final = {
    "interval": (10, 1, 3600),
    "keep": (1000, 10, 100_000),
    "keep_bytes": (16_777_216, 65_536, 1_073_741_824),
    "resend": (30, 0, 300),
}
"""Number settings: usual, least and most."""

KNOWN: Final = (*NUMBERS, *TLS_SETTINGS, "node", "lat", "lon", "alt", "name")
MAX_NAME: Final = 100
_UUID_VERSION: Final = 4


@dataclass(frozen=True)
class SapientSettings:
    """What an address says.

    Attributes
    ----------
    host, port : str and int
        Of the fusion node or middleware.
    tls : ssl.SSLContext or None
        None: not encrypted, on this machine only.
    node : str
        UUID of this node.
    name : str
        Of this node.
    latitude_deg, longitude_deg : float
        Where items lie, WGS 84.
    altitude_m : float or None
        Above the ellipsoid.
    interval_s : float
        Between status reports.
    keep, keep_bytes : int
        Reports, and their bytes, that wait while the other node is away.
    resend_s : float
        Reports of so many seconds before a connection broke are sent again.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None
    node: str
    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None
    interval_s: float
    keep: int
    keep_bytes: int
    resend_s: float


def read_settings(text: str) -> SapientSettings:
    """Read a SAPIENT address.

    Parameters
    ----------
    text : str
        ``sapient[s]://HOST[:PORT]?node=UUID&lat=DEGREES&lon=DEGREES[&...]``.

    Raises
    ------
    BridgeError
        An address, setting or file that cannot be used.
    """
    address = parse_url(text, SCHEMES, KNOWN)
    if address.path.strip("/") or address.user:
        raise BridgeError("sapient address: expected HOST:PORT without user and path")
    name = address.text("name", "contraspec")
    if not (1 <= len(name) <= MAX_NAME and name.isprintable()):
        raise BridgeError(f"name {name!r:.40}: expected 1 to {MAX_NAME} characters")
    numbers = {key: address.number(key, *limits) for key, limits in NUMBERS.items()}
    return SapientSettings(
        host=address.host,
        port=address.port,
        tls=client_tls(address),
        node=_uuid(address.text("node")),
        name=name,
        latitude_deg=address.number("lat", None, -90.0, 90.0),
        longitude_deg=address.number("lon", None, -180.0, 180.0),
        altitude_m=address.number("alt", None, -1000.0, 20_000.0) if address.text("alt") else None,
        interval_s=numbers["interval"],
        keep=int(numbers["keep"]),
        keep_bytes=int(numbers["keep_bytes"]),
        resend_s=numbers["resend"],
    )


def _uuid(text: str) -> str:
    """UUID as middleware wants it: version 4, small letters."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        found = None
    if found is None or found.version != _UUID_VERSION:
        raise BridgeError(
            f"sapient address, setting node={text:.60}: expected a UUID of version 4 that is this node's for "
            f"good, such as {uuid.uuid4()}"
        )
    return str(found)
