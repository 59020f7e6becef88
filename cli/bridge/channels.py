"""Two-way streams of bytes: a socket, or the standard streams of this process."""

import asyncio
import contextlib
import os
import queue
import threading
from typing import Final, Protocol

PIECE_BYTES: Final = 65_536
_PIECES_KEPT: Final = 64


class Channel(Protocol):
    """What a session talks through."""

    async def read(self) -> bytes:
        """Read the next piece; empty at the end."""

    async def write(self, data: bytes) -> None:
        """Write, and wait until the peer takes it."""

    @property
    def clogged(self) -> bool:
        """Whether earlier bytes still wait for the peer."""

    async def close(self) -> None:
        """End it."""


class SocketChannel:
    """A connection.

    Parameters
    ----------
    reader, writer : asyncio streams
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        """Read the next piece; empty at the end or when the connection broke."""
        try:
            return await self._reader.read(PIECE_BYTES)
        except OSError:
            return b""

    async def write(self, data: bytes) -> None:
        """Write, and wait until the peer takes it; a broken connection takes nothing."""
        if self._writer.is_closing():
            return
        with contextlib.suppress(OSError):
            self._writer.write(data)
            await self._writer.drain()

    @property
    def clogged(self) -> bool:
        """Whether earlier bytes still wait for the peer."""
        return self._writer.transport.get_write_buffer_size() > 0

    async def close(self) -> None:
        """End the connection; what a peer does not take within a second is dropped."""
        self._writer.close()
        try:
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


class StandardChannel:
    """Standard input and output, read and written by threads of their own: so it works on every system.

    The threads are daemons: nothing that a parent process does or leaves keeps this process alive.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._read: asyncio.Queue[bytes] = asyncio.Queue(_PIECES_KEPT)
        self._to_write: queue.Queue[tuple[bytes, asyncio.Future[None]]] = queue.Queue()
        self._unwritten = 0
        for target in (self._reading, self._writing):
            threading.Thread(target=target, daemon=True, name=f"stdio-{target.__name__}").start()

    async def read(self) -> bytes:
        """Read the next piece; empty at the end."""
        return await self._read.get()

    async def write(self, data: bytes) -> None:
        """Write, and wait until the parent takes it."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._unwritten += 1
        self._to_write.put((data, done))
        try:
            await done
        finally:
            self._unwritten -= 1

    @property
    def clogged(self) -> bool:
        """Whether earlier bytes still wait for the parent."""
        return self._unwritten > 0

    async def close(self) -> None:
        """Nothing: the streams are those of the process."""

    def _reading(self) -> None:
        piece = b"-"
        while piece:
            try:
                piece = os.read(0, PIECE_BYTES)  # not sys.stdin, whose lock would outlive the thread
            except OSError:
                piece = b""
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody reads any more
                asyncio.run_coroutine_threadsafe(self._read.put(piece), self._loop).result()

    def _writing(self) -> None:
        while True:
            data, done = self._to_write.get()
            left = memoryview(data)
            with contextlib.suppress(OSError):  # the parent is gone: the end of its input says so
                while left:
                    left = left[os.write(1, left) :]
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_finish, done)


def _finish(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)
