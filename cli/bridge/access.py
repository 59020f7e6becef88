"""Who may reach the bridge: addresses, tokens, certificates."""

import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from spectra.errors import BridgeError

if TYPE_CHECKING:
    import ssl

TOKEN_VARIABLE: Final = "CONTRASPEC_BRIDGE_TOKEN"  # the name of a variable
MIN_TOKEN: Final = 16
MAX_PORT: Final = 65_535


@dataclass(frozen=True)
class Tls:
    """Files of a server's certificate.

    Attributes
    ----------
    certificate, key : str
        Of the server, PEM.
    client_ca : str or None
        Certificates that sign those of clients: with it a client must show one.
    """

    certificate: str
    key: str
    client_ca: str | None = None


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``[V6]:PORT`` or ``PORT``; without a host, loopback.

    Raises
    ------
    BridgeError
        No such address.
    """
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= MAX_PORT):
        raise BridgeError(f"address {text!r}: expected HOST:PORT, such as 127.0.0.1:7345")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


def is_loopback(host: str) -> bool:
    """Whether all that a host name stands for is this machine.

    Raises
    ------
    BridgeError
        A name that stands for nothing.
    """
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        raise BridgeError(f"host {host!r}: no such address ({error})") from error
    return all(ipaddress.ip_address(str(each[4][0]).partition("%")[0]).is_loopback for each in found)


def check_access(host: str, token: str, tls: Tls | None) -> None:
    """Refuse an address off this machine that anybody could ask.

    Raises
    ------
    BridgeError
        Neither token nor client certificates.
    """
    if not is_loopback(host) and not token and not (tls and tls.client_ca):
        raise BridgeError(
            f"{host} can be reached from other machines: give --token-file, or --tls-cert, --tls-key and "
            f"--tls-client-ca, or listen on 127.0.0.1"
        )


def read_token(path: str | None) -> str:
    """Token of a file, else of the environment; empty without one.

    Raises
    ------
    BridgeError
        A file that cannot be read, or a token that is too short.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if path:
        try:
            with open(path, encoding="utf-8") as file:
                token = file.read(4096)
        except (OSError, UnicodeDecodeError) as error:
            raise BridgeError(f"{path}: the token cannot be read ({error})") from error
    token = token.strip()
    if (path or token) and len(token) < MIN_TOKEN:
        raise BridgeError(f"{path or TOKEN_VARIABLE}: a token has at least {MIN_TOKEN} characters")
    return token


def tls_context(tls: Tls) -> "ssl.SSLContext":
    """Build what the server encrypts with.

    Raises
    ------
    BridgeError
        Files that are no certificate or key.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key)
        if tls.client_ca:
            context.load_verify_locations(tls.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise BridgeError(
            f"{tls.certificate}: certificate, key or client CA cannot be used ({error})"
        ) from error
    return context
