"""A bridge in this process, clients that behave and clients that do not."""

import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from jsonschema import Draft202012Validator

from cli.bridge.desk import Desk
from cli.bridge.server import Listening, Server
from cli.bridge.session import Limits
from cli.bridge.watching import Changes, stamp_of
from libraries.embedded import Embedded
from libraries.library import save_library
from tests.core.synthetic import library

SCHEMAS = Path(__file__).parents[2] / "cli" / "bridge" / "schemas"
N = 12
LIMITS = Limits(message_bytes=200_000, in_flight=8, message_s=5.0, heartbeat_s=0.0)


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8")))


def check_reply(reply: dict[str, Any]) -> dict[str, Any]:
    """Hold a reply against its schema."""
    validator(f"reply.{reply['type']}").validate(reply)
    return reply


def spectra() -> list[Any]:
    return [reference.spectrum for reference in library(N).references]


def question(name: str, number: int = 0, **more: Any) -> dict[str, Any]:
    one = spectra()[number]
    found = {"type": "identify", "id": name, "axis": one.axis.tolist(), "intensity": one.intensity.tolist()}
    return {**found, **more}


def write_library(path: Path, n: int = N, name: str = "lab") -> Path:
    save_library(replace(library(n), name=name), path)
    return path


class Client:
    """One connection; every reply is checked against its schema."""

    def __init__(self, address: str, framing: str = "json") -> None:
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.file = self.socket.makefile("rb")
        self.framing = framing

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, *messages: dict[str, Any]) -> None:
        self.send_bytes(b"".join(self.encoded(each) for each in messages))

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def encoded(self, message: dict[str, Any]) -> bytes:
        if self.framing == "json":
            return json.dumps(message).encode() + b"\n"
        packed = msgpack.packb(message)
        return struct.pack(">I", len(packed)) + packed

    def receive(self) -> dict[str, Any] | None:
        """Next message; None at the end."""
        try:
            if self.framing == "json":
                line = self.file.readline()
                return check_reply(json.loads(line)) if line else None
            length = self.file.read(4)
            return (
                check_reply(msgpack.unpackb(self.file.read(*struct.unpack(">I", length)))) if length else None
            )
        except ConnectionError:
            return None

    def until(self, name: str | None, kind: str | None = None) -> dict[str, Any]:
        """Message with an id, or of a type; what comes before is passed over."""
        while (reply := self.receive()) is not None:
            if (kind is None or reply["type"] == kind) and (name is None or reply.get("id") == name):
                return reply
        raise AssertionError(f"ended before {name or kind}")

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self.send(message)
        return self.until(message["id"])


@dataclass
class Bridge:
    """A server in a thread."""

    server: Server
    desk: Desk
    loop: asyncio.AbstractEventLoop
    said: list[str]
    thread: threading.Thread

    @property
    def tcp(self) -> str:
        return self.server.addresses["tcp"]

    def client(self, framing: str = "json") -> Client:
        return Client(self.tcp, framing)

    def stop(self) -> None:
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.server.stop)
            self.thread.join(30)


@contextlib.contextmanager
def running(path: Path, limits: Limits = LIMITS, *, load: Any = None, desk: Any = None, **listening: Any):
    """Bridge over one library file."""
    ready, kept, said = threading.Event(), {}, []
    paths = [str(path)]

    def say(line: str) -> None:
        said.append(line)
        if line == "ready":
            ready.set()

    async def serve() -> None:
        changes = Changes(paths, stamp_of(paths))
        own = Desk(load or (lambda: Embedded(paths)), **(desk or {}))
        asked = Listening(**{"tcp": ("127.0.0.1", 0), "reload_s": 0.0, **listening})
        kept["server"] = Server(own, asked, limits=limits, changes=changes, say=say)
        kept["desk"], kept["loop"] = own, asyncio.get_running_loop()
        await kept["server"].run()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001  # shown by the waiting test
            kept["error"] = error
        ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    if "error" in kept:
        raise kept["error"]
    bridge = Bridge(kept["server"], kept["desk"], kept["loop"], said, thread)
    try:
        yield bridge
    finally:
        bridge.stop()
        assert not thread.is_alive()
        assert "error" not in kept, kept["error"]


def record_without_name(reply: dict[str, Any]) -> dict[str, Any]:
    """Answer without what differs between two requests for the same."""
    return {**reply["result"], "file": ""}


@pytest.fixture(scope="module")
def bridge_path(tmp_path_factory):
    return write_library(tmp_path_factory.mktemp("bridge") / "lab.h5")


@pytest.fixture(scope="module")
def bridge(bridge_path):
    with running(bridge_path) as one:
        yield one


@pytest.fixture(scope="module")
def wanted(bridge_path):
    """Verdict and substances by number of the reference that is asked for."""
    engine, found = Embedded([bridge_path]), {}
    for number, one in enumerate(spectra()):
        said = engine.identify(one.axis, one.intensity).answer.identification
        found[number] = said.verdict, [each.label.id for each in said.substances]
    return found


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(0, 1, 300)


def short(reply: dict[str, Any]) -> tuple[str, list[str]]:
    """Verdict and substances of a result."""
    assert reply["type"] == "result", reply
    return reply["result"]["verdict"], [each["id"] for each in reply["result"]["substances"]]


@contextlib.contextmanager
def gated(path, **more):
    """Bridge whose engine waits until it is let go."""
    gate = threading.Event()

    class Waiting(Embedded):
        def identify(self, *args, **kwargs):
            gate.wait(30)
            return super().identify(*args, **kwargs)

    with running(path, load=lambda: Waiting([path]), **more) as one:
        try:
            yield one, gate
        finally:
            gate.set()


def eventually(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
