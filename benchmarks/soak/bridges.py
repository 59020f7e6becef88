"""Real ``contraspec serve`` processes: started, looked at, signalled, started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .talking import Address, Wire

ROOT: Final = Path(__file__).resolve().parents[2]
START_S: Final = 60.0
MESSAGE_S: Final = 3.0
"""``--message-timeout`` of every bridge: how long slow clients are put up with."""
MESSAGE_BYTES: Final = 262_144
CONNECTIONS: Final = 48
REMEMBER: Final = 256
OPTIONS: Final = (
    "--reload-every", "0.3", "--heartbeat", "1", "--message-timeout", f"{MESSAGE_S:g}", "--max-message",
    f"{MESSAGE_BYTES}", "--connections", f"{CONNECTIONS}", "--remember", f"{REMEMBER}",
)  # fmt: skip


@dataclass(eq=False)
class Bridge:
    """A bridge process that listens.

    Attributes
    ----------
    library : path
        Its library file.
    folder : path
        For its socket and its log.
    threads : int
        That identify.
    log : path
        Takes its standard error.
    environment : mapping
        Set for it beside the usual.
    """

    library: Path
    folder: Path
    threads: int = 1
    log: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    port: int = 0

    def start(self) -> None:
        """Start it at the address that it had before, and wait until it is ready.

        Raises
        ------
        RuntimeError
            It ended, or is not ready in time.
        """
        self.port = self.port or _free_port()
        command = [*serve_command(self.library), "--tcp", f"127.0.0.1:{self.port}", "--unix", str(self.unix)]
        log = self.log or self.folder / "log.txt"
        with open(log, "ab") as said:
            self.process = subprocess.Popen(
                [*command, "--threads", str(self.threads)],
                cwd=self.folder,
                env=environment(**self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        ends = time.monotonic() + START_S
        while not self.alive():
            if self.process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"the bridge did not start: {log.read_text(errors='replace')[-500:]}")
            time.sleep(0.05)

    @property
    def unix(self) -> Path:
        """Its socket."""
        return self.folder / "s"

    @property
    def tcp(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", self.port

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        return self.process.pid if self.process else 0

    def alive(self) -> bool:
        """Whether it answers."""
        try:
            with Wire(self.tcp, timeout_s=10.0) as wire:
                wire.send([{"type": "health", "id": "alive"}])
                return wire.until("alive") is not None
        except OSError:
            return False

    def health(self) -> dict[str, Any]:
        """Ask what it says of itself.

        Raises
        ------
        ConnectionError
            It hung up.
        """
        return ask_health(self.tcp)

    def end(self, number: int) -> int:
        """Send a signal and wait for the end; its exit code."""
        if self.process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return self.process.wait(START_S)

    def stop(self) -> None:
        """End it for good, in whatever state it is."""
        if self.process is not None and self.process.poll() is None:
            self.end(signal.SIGKILL)


def ask_health(address: Address) -> dict[str, Any]:
    """Health of a bridge.

    Raises
    ------
    ConnectionError
        It hung up.
    """
    with Wire(address, timeout_s=30.0) as wire:
        wire.send([{"type": "health", "id": "health"}])
        found = wire.until("health")
    if found is None:
        raise ConnectionError("no health")
    return found


def serve_command(library: Path) -> list[str]:
    """Words that start a bridge over one library, without where it listens."""
    return [sys.executable, "-m", "cli", "serve", "-l", str(library), *OPTIONS]


def environment(**more: str) -> dict[str, str]:
    """Give a bridge no configuration of this user's, and one thread of BLAS."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("CONTRASPEC")}
    pinned = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "CONTRASPEC_CONFIG": os.devnull}
    return {**kept, **pinned, **more}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
