"""OPC UA: the engine as an analyser with a chemometric model, see docs/opcua.md."""

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING, Final

from spectra._extras import needs_extra
from spectra.errors import BridgeError

from .opcua_address import Address, parse_url

if TYPE_CHECKING:
    from asyncua import Server

    from ..desk import Desk
    from .opcua_analyser import Analyser
    from .peer import Say

_TELLING_S: Final = 0.3


class OpcUa:
    """An OPC UA server beside the bridge.

    Parameters
    ----------
    address : Address
        Where it listens, and who may come.
    """

    def __init__(self, address: Address) -> None:
        self._address = address

    @property
    def name(self) -> str:
        """``opcua``."""
        return "opcua"

    async def run(self, desk: "Desk", say: "Say") -> None:
        """Serve until cancelled; then tell the clients and leave.

        Parameters
        ----------
        desk : Desk
            Who answers.
        say : callable
            Takes a line for whoever watches the process.

        Raises
        ------
        BridgeError
            An address that cannot be listened on, or certificates that cannot be used.
        """
        from .opcua_analyser import Analyser
        from .opcua_guard import make_server, watch_connections
        from .opcua_methods import Methods

        _check_free(self._address)
        server = await make_server(self._address)
        analyser = None
        try:
            analyser = await Analyser.create(server, desk)
            Methods(analyser).link()
            with desk.followed(analyser.follow, failures=True):
                await server.start()
                say(f"listening on opc.tcp://{_place(server)}{self._address.path}")
                async with asyncio.TaskGroup() as group:
                    for work in (analyser.show_answers(), analyser.beat(), watch_connections(server)):
                        group.create_task(work)
        finally:
            await _end(server, analyser)


def open_peer(address: str) -> OpcUa:
    """Make the peer of an address.

    Parameters
    ----------
    address : str
        ``opc.tcp://HOST:PORT/PATH?certificate=FILE&key=FILE&clients=FOLDER&sessions=N``.

    Raises
    ------
    BridgeError
        An address or setting that cannot be used, or one that anybody could reach.
    ExtraError
        asyncua is not installed.
    """
    parsed = parse_url(address)
    with needs_extra("opcua", "asyncua, for OPC UA,"):
        import asyncua  # noqa: F401  # missed now or never

        from .opcua_certificates import read_pair
    if parsed.is_secured:
        read_pair(parsed)
    return OpcUa(parsed)


async def _end(server: "Server", analyser: "Analyser | None") -> None:
    """Tell the clients, give them a moment to hear it, and close."""
    if analyser is not None and server.bserver is not None and server.bserver.clients:
        await analyser.leave()
        await asyncio.sleep(_TELLING_S)
    with contextlib.suppress(Exception):
        await server.stop()


def _place(server: "Server") -> str:
    found = server.bserver
    if found is None:
        return ""
    return f"[{found.hostname}]:{found.port}" if ":" in found.hostname else f"{found.hostname}:{found.port}"


def _check_free(address: Address) -> None:
    """Notice before all is built that another process listens there."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, place in found[:1]:
            with socket.socket(family, kind, protocol) as probe:
                if os.name == "posix":  # elsewhere the option would let two listen at once
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
    except OSError as error:
        raise BridgeError(f"cannot listen at {address.host}:{address.port}: {error}") from error
