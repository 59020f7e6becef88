"""One TCP connection that carries SAPIENT messages: a length of 4 bytes, lowest first, then the message."""

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, Final

from spectra._extras import needs_extra

if TYPE_CHECKING:
    from .sapient_settings import SapientSettings

with needs_extra("sapient", "the messages of SAPIENT (package sapient-proto)"):
    from google.protobuf.message import DecodeError
    from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

MAX_FRAME: Final = 1_048_576
CONNECT_S: Final = 10.0
PIECE_S: Final = 30.0
"""A message that has begun ends within this, and one that is sent is taken within this."""

_PREFIX: Final = 4
_CLOSING_S: Final = 1.0
_KEEPALIVE: Final = (
    ("TCP_KEEPIDLE", 10),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 20_000),
)


class LinkError(Exception):
    """The connection is of no use any more; why."""


class SapientLink:
    """An open connection.

    Parameters
    ----------
    reader, writer : asyncio streams
        Of the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def receive(self) -> Any:
        """Wait for a message: a ``SapientMessage``, or the bytes that are none.

        Raises
        ------
        LinkError
            The end, a message above the limit, or one that does not end.
        """
        try:
            while not (length := int.from_bytes(await self._reader.readexactly(_PREFIX), "little")):
                pass
            if length > MAX_FRAME:
                raise LinkError(f"a message of {length} bytes: expected at most {MAX_FRAME}")
            async with asyncio.timeout(PIECE_S):
                data = await self._reader.readexactly(length)
        except TimeoutError as error:
            raise LinkError(f"a message was not sent whole within {PIECE_S:g} s") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise LinkError("the connection has ended") from error
        try:
            return SapientMessage.FromString(data)
        except DecodeError:
            return data

    async def send(self, message: Any) -> None:
        """Send a message.

        Raises
        ------
        LinkError
            The other side is gone, or does not read.
        """
        data = message.SerializeToString()
        try:
            self._writer.write(len(data).to_bytes(_PREFIX, "little") + data)
            async with asyncio.timeout(PIECE_S):
                await self._writer.drain()
        except TimeoutError as error:
            raise LinkError("the other side does not read") from error
        except (OSError, RuntimeError) as error:
            raise LinkError(f"the connection has ended ({error})") from error

    async def close(self) -> None:
        """End it; what was sent is still carried over."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSING_S):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self.drop()

    def drop(self) -> None:
        """End it at once."""
        self._writer.transport.abort()


async def connect(settings: "SapientSettings") -> SapientLink:
    """Open a connection.

    Parameters
    ----------
    settings : SapientSettings
        Where to.

    Raises
    ------
    LinkError
        Nobody answers, or not with the right certificate.
    """
    try:
        async with asyncio.timeout(CONNECT_S):
            streams = await asyncio.open_connection(settings.host, settings.port, ssl=settings.tls)
    except TimeoutError as error:
        raise LinkError(f"no connection within {CONNECT_S:g} s") from error
    except OSError as error:
        raise LinkError(f"{error}") from error
    _watch_over(streams[1].get_extra_info("socket"))
    return SapientLink(*streams)


def _watch_over(open_one: Any) -> None:
    """Have the system notice that the other side is gone, as far as it can."""
    with contextlib.suppress(OSError, AttributeError):
        open_one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                open_one.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
