"""Addresses of peers: where, as whom, and settings after the question mark. Never a password."""

import math
import os
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from spectra.errors import BridgeError

from ..access import MAX_PORT, is_loopback

TLS_SETTINGS: Final = ("ca", "cert", "key")
MAX_SECRET: Final = 4096


@dataclass(frozen=True)
class Address:
    """A peer's address, read.

    Attributes
    ----------
    scheme : str
        Such as ``mqtts``.
    host : str
        Name or number.
    port : int
        That of the scheme by default.
    path : str
        Without the slash it begins with.
    user : str
        Empty without one.
    settings : mapping
        Texts by name.
    secure : bool
        Whether the scheme encrypts.
    """

    scheme: str
    host: str
    port: int
    path: str
    user: str
    settings: Mapping[str, str]
    secure: bool

    def text(self, name: str, otherwise: str = "") -> str:
        """Give the setting of a name."""
        return self.settings.get(name, otherwise)

    def number(self, name: str, otherwise: float | None, low: float, high: float) -> float:
        """Give the setting of a name as a number.

        Parameters
        ----------
        name : str
            Of the setting.
        otherwise : float or None
            Where it is not set; None: it must be.
        low, high : float
            Between which it has to be.

        Raises
        ------
        BridgeError
            No number, one outside, or none where one is needed.
        """
        text = self.settings.get(name)
        if text is None and otherwise is not None:
            return otherwise
        try:
            value = float(text or "")
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise BridgeError(
                f"{self.scheme} address, setting {name}={text or ''}: expected a number from {low:g} to "
                f"{high:g}"
            )
        return value


def parse_url(text: str, schemes: Mapping[str, int], known: Collection[str]) -> Address:
    """Read a peer's address.

    Parameters
    ----------
    text : str
        ``SCHEME://[USER@]HOST[:PORT][/PATH][?NAME=VALUE&...]``.
    schemes : mapping
        Usual port by scheme; the one that ends in s encrypts.
    known : collection of str
        Settings that there are.

    Raises
    ------
    BridgeError
        Not such an address; a password in it; an unknown setting, or one that stands twice; an address off
        this machine that is not encrypted.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise BridgeError(f"address {_shown(text)}: {error}") from error
    if parts.scheme not in schemes or not host or parts.fragment:
        kinds = " or ".join(f"{each}://HOST:PORT" for each in schemes)
        raise BridgeError(f"address {_shown(text)}: expected {kinds}")
    if parts.password is not None:
        raise BridgeError(
            f"{parts.scheme} address: a password in it can be read by every user of this machine; give it in "
            f"a file or in the environment"
        )
    _check_settings(pairs, known, parts.scheme)
    secure = parts.scheme == max(schemes, key=len)
    if port is None:
        port = schemes[parts.scheme]
    if not 1 <= port <= MAX_PORT:
        raise BridgeError(f"address {_shown(text)}: expected a port from 1 to {MAX_PORT}")
    if not secure and not is_loopback(host):
        raise BridgeError(
            f"{host} is another machine, and {parts.scheme}:// is not encrypted: use {parts.scheme}s://"
        )
    path = parts.path.removeprefix("/")
    return Address(parts.scheme, host, port, path, parts.username or "", dict(pairs), secure)


def read_secret(address: Address, setting: str, variable: str) -> str:
    """Password of the file that a setting names, else of a variable of the environment; empty without one.

    Raises
    ------
    BridgeError
        A file that cannot be read, or that is empty.
    """
    path = address.text(setting)
    if not path:
        return os.environ.get(variable, "")
    try:
        with open(path, encoding="utf-8") as file:
            secret = file.read(MAX_SECRET).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BridgeError(f"{path}: the password cannot be read ({error})") from error
    if not secret:
        raise BridgeError(f"{path}: expected a password, found an empty file")
    return secret


def client_tls(address: Address) -> ssl.SSLContext | None:
    """Build what a client encrypts with; None for an address that is not encrypted.

    Parameters
    ----------
    address : Address
        Settings ``ca`` (authorities to trust; those of the system by default), ``cert`` and ``key`` (what
        this client shows).

    Raises
    ------
    BridgeError
        Files that cannot be used, a key without certificate, or TLS settings of a plain address.
    """
    ca, cert, key = (address.text(name) for name in TLS_SETTINGS)
    if not address.secure:
        if ca or cert or key:
            raise BridgeError(f"{address.scheme} address: ca, cert and key need {address.scheme}s://")
        return None
    if key and not cert:
        raise BridgeError(f"{address.scheme} address: key needs cert")
    try:
        context = ssl.create_default_context(cafile=ca or None)
        if cert:
            context.load_cert_chain(cert, key or None, password="")
    except (OSError, ValueError) as error:  # a wrong file too; an encrypted key must not ask on the terminal
        raise BridgeError(f"{cert or ca}: certificate, key or CA cannot be used ({error})") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _check_settings(pairs: list[tuple[str, str]], known: Collection[str], scheme: str) -> None:
    names = [name for name, _ in pairs]
    for name in names:
        if name not in known:
            raise BridgeError(
                f"{scheme} address: no setting {name!r:.60}; there are {', '.join(sorted(known))}"
            )
        if names.count(name) > 1:
            raise BridgeError(f"{scheme} address: setting {name} stands twice")


def _shown(text: str) -> str:
    """Address as a message may show it: without what might be a password."""
    head, mark, rest = text.partition("@")
    return repr(f"...@{rest}" if mark and ":" in head else text)[:200]
