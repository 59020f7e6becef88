"""A real broker on this machine, somebody who listens at it, and a wire that can be cut."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.commands.bridge_lab import SCHEMAS, validator

PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
MOSQUITTO = shutil.which("mosquitto", path=PLACES)
needs_broker = pytest.mark.skipif(not MOSQUITTO, reason="no mosquitto here: apt-get install mosquitto")
BASE = "site/line3/n1"
PATIENCE_S = 30.0


def wait_for(what: Callable[[], Any], message: str = "") -> Any:
    """What comes true within a while."""
    end = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < end, message or "waited in vain"
        time.sleep(0.02)
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Broker:
    """A mosquitto of its own: random port, own folder, nothing of the system's."""

    def __init__(self, folder: Path, *lines: str, port: int = 0) -> None:
        self.port, self.folder = port or free_port(), folder
        self.config = folder / "mosquitto.conf"
        usual = lines or ("allow_anonymous true",)
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            usual = (*usual, "user root")  # it would become somebody who may not read this folder
        saved = ["persistence true", f"persistence_location {folder}/", "autosave_on_changes true"]
        self.config.write_text(
            "\n".join([f"listener {self.port} 127.0.0.1", *usual, *saved, "autosave_interval 1", ""])
        )
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-c", str(self.config)], stdout=log, stderr=log)
        wait_for(self.answers, "the broker does not start")

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)
            self.process = None

    def url(self, **settings: Any) -> str:
        more = "".join(f"&{name}={value}" for name, value in settings.items())
        return f"mqtt://127.0.0.1:{self.port}/site/line3?node=n1{more}"


class Listener:
    """A client that keeps all that is published; its session lasts over a broker's restart."""

    def __init__(self, broker: Broker, **settings: Any) -> None:
        self.heard: list[tuple[str, dict[str, Any], bool, bytes | None]] = []
        self.wrong: list[str] = []
        self.ready = threading.Event()
        self.client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id="listener", protocol=paho.MQTTv5
        )
        self.client.reconnect_delay_set(1, 1)
        if settings.get("user"):
            self.client.username_pw_set(settings["user"], settings["password"])
        if settings.get("tls"):
            self.client.tls_set_context(settings["tls"])
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.on_message = self._on_message
        lasting = Properties(PacketTypes.CONNECT)
        lasting.SessionExpiryInterval = 3600
        self.client.connect(
            settings.get("host", "127.0.0.1"), broker.port, clean_start=False, properties=lasting
        )
        self.client.loop_start()
        assert self.ready.wait(PATIENCE_S)

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(self, client: Any, *_: Any) -> None:
        client.subscribe([(f"{BASE}/{name}", 1) for name in ("status", "result", "error")] + [("me/#", 1)])

    def _on_message(self, _: Any, __: Any, message: Any) -> None:
        found = json.loads(message.payload)
        name = message.topic.removeprefix(f"{BASE}/")
        self.wrong += [error.message for error in checker(name, found.get("type")).iter_errors(found)]
        correlation = getattr(message.properties, "CorrelationData", None)
        self.heard.append((message.topic, found, message.retain, correlation))

    def of(self, topic: str) -> list[dict[str, Any]]:
        """All that came there; nothing that came anywhere was against its schema."""
        assert not self.wrong
        whole = topic if topic.startswith("me") else f"{BASE}/{topic}"
        return [message for where, message, _, _ in tuple(self.heard) if where == whole]

    def results(self) -> set[str]:
        return {message["id"] for message in self.of("result")}

    def status(self) -> str:
        found = self.of("status")
        return " ".join((found[-1]["status"], found[-1]["reason"])).strip() if found else ""

    def ask(self, message: Any, *, reply_to: str = "", correlation: bytes = b"", **more: Any) -> None:
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        properties = Properties(PacketTypes.PUBLISH)
        if reply_to:
            properties.ResponseTopic, properties.CorrelationData = reply_to, correlation
        self.client.publish(f"{BASE}/identify", payload, **{"qos": 1, **more}, properties=properties)


@cache
def checker(topic: str, kind: str) -> Draft202012Validator:
    """Schema of what comes at a topic."""
    if topic not in ("status", "result"):
        return validator(f"reply.{kind}")
    file = SCHEMAS.parent / "peers" / "schemas" / f"mqtt.{topic}.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


class Wire:
    """Carries bytes between a client and a broker, and can be cut at any byte."""

    def __init__(self, port: int, *, refuses_five: bool = False) -> None:
        self._target, self._refuses = port, refuses_five
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.cut_after: int | None = None
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """End every connection."""
        for pair in self._pairs:
            for one in pair:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        self._pairs.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                if self._refuses:
                    first = near.recv(4096)
                    if b"MQTT\x05" in first:
                        near.sendall(b"\x20\x02\x00\x01")  # version not supported, as MQTT 3.1.1 says it
                        near.close()
                        continue
                else:
                    first = b""
                far = socket.create_connection(("127.0.0.1", self._target))
                far.sendall(first)
                self._pairs.append((near, far))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            carried = 0
            while data := source.recv(1000):
                carried += len(data)
                if self.cut_after is not None and carried > self.cut_after:
                    target.sendall(data[: len(data) // 2])
                    self.cuts += 1
                    break
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
