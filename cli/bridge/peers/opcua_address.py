"""Where the OPC UA server listens and who may come: ``opc.tcp://HOST:PORT/PATH?certificate=…``."""

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from spectra.errors import BridgeError

from ..access import is_loopback

EXAMPLE: Final = "opc.tcp://127.0.0.1:4840"
DEFAULT_PORT: Final = 4840
_SESSIONS: Final = 32
_MAX_SESSIONS: Final = 1000
_KEYS: Final = frozenset({"certificate", "key", "clients", "sessions"})


@dataclass(frozen=True)
class Address:
    """An address, taken apart.

    Attributes
    ----------
    host : str
        Name or number.
    port : int
        0 for any that is free.
    path : str
        Of the endpoint.
    certificate, key : str
        Files of the server, PEM or DER; empty without security.
    clients : str
        Folder with the certificates of clients that may come.
    sessions : int
        Connections at a time.
    """

    host: str
    port: int
    path: str = "/contraspec"
    certificate: str = ""
    key: str = ""
    clients: str = ""
    sessions: int = _SESSIONS

    @property
    def is_secured(self) -> bool:
        """Whether clients are known by their certificates."""
        return bool(self.certificate)


def parse_url(text: str) -> Address:
    """Take an address apart and refuse one that anybody could reach.

    Parameters
    ----------
    text : str
        As given with ``--opcua``.

    Raises
    ------
    BridgeError
        No such address, files that are missing, or an address off this machine without certificates.
    """
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", DEFAULT_PORT if url.port is None else url.port
    except ValueError as error:
        raise BridgeError(f"{text!r}: expected an address such as {EXAMPLE} ({error})") from error
    if url.scheme != "opc.tcp" or not host or url.username or url.fragment:
        raise BridgeError(f"{text!r}: expected an address such as {EXAMPLE}")
    settings = _settings(url.query)
    sessions = settings.get("sessions", str(_SESSIONS))
    if not (sessions.isascii() and sessions.isdigit() and 1 <= int(sessions) <= _MAX_SESSIONS):
        raise BridgeError(f"sessions={sessions}: expected a number from 1 to {_MAX_SESSIONS}")
    address = Address(
        host,
        port,
        path=url.path if url.path not in ("", "/") else "/contraspec",
        certificate=settings.get("certificate", ""),
        key=settings.get("key", ""),
        clients=settings.get("clients", ""),
        sessions=int(sessions),
    )
    _check(address)
    return address


def _settings(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        if name not in _KEYS or not value or name in found:
            raise BridgeError(f"{part!r}: expected {', '.join(sorted(_KEYS))}, each once and with a value")
        found[name] = unquote(value)
    return found


def _check(address: Address) -> None:
    given = [name for name in ("certificate", "key", "clients") if getattr(address, name)]
    if given and len(given) < 3:
        raise BridgeError("certificate, key and clients belong together: the server's two files and a folder")
    for path in (address.certificate, address.key):
        if path and not os.path.isfile(path):
            raise BridgeError(f"{path}: no such file; expected a certificate or key, PEM or DER")
    if address.clients and not os.path.isdir(address.clients):
        raise BridgeError(f"{address.clients}: no such folder; expected one with the clients' certificates")
    if not given and not is_loopback(address.host):
        raise BridgeError(
            f"{address.host} can be reached from other machines: give certificate=, key= and clients= in the "
            f"address (docs/opcua.md), or listen on 127.0.0.1"
        )
