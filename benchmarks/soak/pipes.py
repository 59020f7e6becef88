"""A bridge on its standard streams, and the conversation with it."""

import json
import os
import select
import signal
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .bridges import environment, serve_command
from .talking import REPLY_S, encoded

Message = dict[str, Any]


class Pipes:
    """A bridge process whose parent talks to it by newline JSON.

    Parameters
    ----------
    library : path
        Its library file.
    """

    def __init__(self, library: Path) -> None:
        self.process = subprocess.Popen(
            [*serve_command(library), "--stdio"],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self._kept = bytearray()

    def send(self, messages: Iterable[Message]) -> None:
        """Send messages in one piece."""
        left = memoryview(b"".join(encoded(each, "json") for each in messages))
        while left and self.process.stdin:
            left = left[self.process.stdin.write(left) :]

    def receive(self) -> Message | None:
        """Next message; None at the end. TimeoutError when nothing comes."""
        if self.process.stdout is None:
            return None
        file = self.process.stdout.fileno()
        while (end := self._kept.find(b"\n")) < 0:
            if not select.select([file], [], [], REPLY_S)[0]:
                raise TimeoutError
            piece = os.read(file, 65_536)
            if not piece:
                return None
            self._kept += piece
        line = bytes(self._kept[:end])
        del self._kept[: end + 1]
        return dict(json.loads(line))

    def until(self, wanted: str) -> Message | None:
        """Next message of a type, or with an id; None at the end."""
        while (found := self.receive()) is not None:
            if wanted in (found["type"], found.get("id")):
                return found
        return None

    def leave(self) -> None:
        """Close its input: it answers what is in flight and ends."""
        if self.process.stdin:
            self.process.stdin.close()

    def close(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout):
            if file is not None:
                file.close()


class Parent:
    """Whoever starts a bridge on its standard streams, and starts it again when it is gone.

    Parameters
    ----------
    library : path
        Its library file.
    """

    def __init__(self, library: Path) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._pipes: Pipes | None = None

    def connect(self) -> Pipes:
        """Start the process."""
        with self._lock:
            self._pipes = Pipes(self._library)
            return self._pipes

    def kill(self) -> bool:
        """Kill the process, if there is one; the conversation sees its end."""
        with self._lock:
            if self._pipes is None or self._pipes.process.poll() is not None:
                return False
            self._pipes.process.send_signal(signal.SIGKILL)
            return True
