"""``/metrics`` and ``/health`` over HTTP, for monitors on this machine."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, Final

from .metrics import CONTENT_TYPE

MAX_HEAD_BYTES: Final = 8192
HEAD_S: Final = 5.0


class Monitor:
    """Answers one GET a connection.

    Parameters
    ----------
    metrics : callable
        Text of the counters.
    health : callable
        Object that says how it goes.
    """

    def __init__(self, metrics: Callable[[], str], health: Callable[[], dict[str, Any]]) -> None:
        self._metrics, self._health = metrics, health

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection; whatever it sends, within a few seconds."""
        with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            async with asyncio.timeout(HEAD_S):
                line = await reader.readline()
                size = len(line)
                while (head := await reader.readline()).strip() and size < MAX_HEAD_BYTES:
                    size += len(head)
                writer.write(self._reply(line))
                await writer.drain()
        writer.close()

    def _reply(self, line: bytes) -> bytes:
        method, _, rest = line.partition(b" ")
        path = rest.split(b" ")[0].partition(b"?")[0]
        status, kind, body = "404 Not Found", "text/plain; charset=utf-8", "see /metrics and /health\n"
        if method not in (b"GET", b"HEAD"):
            status, body = "405 Method Not Allowed", "only GET\n"
        elif path == b"/metrics":
            status, kind, body = "200 OK", CONTENT_TYPE, self._metrics()
        elif path == b"/health":
            status, kind, body = "200 OK", "application/json", json.dumps(self._health()) + "\n"
        data = body.encode("utf-8")
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
        shown = b"" if method == b"HEAD" else data
        return head.encode("ascii") + b"Connection: close\r\n\r\n" + shown
