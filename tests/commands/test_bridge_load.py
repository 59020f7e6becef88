"""A busy bridge: queue, deadlines, heartbeats, what monitors see, and how it stops."""

import threading
import time
from dataclasses import replace

import pytest

from cli.bridge import framing as framing_module
from cli.bridge.session import LARGE_BYTES
from tests.commands.bridge_lab import (
    LIMITS,
    Client,
    eventually,
    gated,
    question,
    running,
    short,
    spectra,
)


def test_a_full_queue_says_busy_and_answers_later(bridge_path, wanted):
    with gated(bridge_path, desk={"queue": 2}) as (bridge, gate), bridge.client() as client:
        client.send(*(question(f"queued {number}", number) for number in range(4)))
        refused = [client.until(None, "busy") for _ in range(2)]
        assert {one["id"] for one in refused} == {"queued 2", "queued 3"}
        assert refused[0]["retry_after_ms"] >= 10
        gate.set()
        for number in (0, 1):
            assert short(client.until(f"queued {number}")) == wanted[number]
        assert short(client.ask(question("queued 2", 2))) == wanted[2]


def test_one_client_cannot_fill_the_queue(bridge_path):
    limits = replace(LIMITS, in_flight=2)
    with gated(bridge_path, limits=limits) as (bridge, gate), bridge.client() as client:
        client.send(*(question(f"flight {number}", number) for number in range(3)))
        assert client.until(None, "busy")["id"] == "flight 2"
        gate.set()


def test_a_deadline_that_passes_in_the_queue_gives_no_verdict(bridge_path):
    with gated(bridge_path) as (bridge, gate), bridge.client() as client:
        client.send(question("first"), question("late", 1, deadline_ms=1))
        eventually(lambda: bridge.desk.waiting == 2)
        time.sleep(0.01)
        gate.set()
        assert client.until("late")["error"] == "deadline"
        assert client.ask(question("late", 1, deadline_ms=60_000))["type"] == "result"


def test_heartbeats_come_and_do_not_clog(bridge_path):
    with running(bridge_path, replace(LIMITS, heartbeat_s=0.05)) as bridge, bridge.client() as client:
        client.send_bytes(b"\n")
        assert client.until(None, "heartbeat")["waiting"] == 0


def test_health_and_metrics_over_protocol_and_http(bridge_path):
    from urllib.request import urlopen

    with running(bridge_path, metrics=("127.0.0.1", 0)) as bridge, bridge.client() as client:
        client.ask(question("counted"))
        health = client.ask({"type": "health", "id": "h"})
        assert (health["status"], health["waiting"], health["connections"]) == ("ok", 0, 1)
        text = client.ask({"type": "metrics", "id": "m"})["text"]
        assert 'contraspec_answers_total{kind="match"} 1' in text
        base = f"http://{bridge.server.addresses['metrics']}"
        with urlopen(f"{base}/metrics", timeout=10) as page:
            assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert b"contraspec_answer_seconds_count 1" in page.read()
        with urlopen(f"{base}/health", timeout=10) as page:
            assert b'"status": "ok"' in page.read()
        with Client(bridge.server.addresses["metrics"]) as garbage:
            garbage.send_bytes(b"\0garbage\r\n\r\n")
            assert garbage.file.readline().startswith(b"HTTP/1.1 405")


def test_stopping_answers_what_is_in_flight(bridge_path):
    with gated(bridge_path) as (bridge, gate), bridge.client() as client:
        client.send(question("last"))
        eventually(lambda: bridge.desk.waiting == 1)
        bridge.loop.call_soon_threadsafe(bridge.server.stop)
        client.until(None, "stopping")
        gate.set()
        assert client.until("last")["type"] == "result"
        assert client.receive() is None
        with pytest.raises(OSError):
            Client(bridge.tcp)


@pytest.mark.parametrize("framing", ["json", "msgpack"])
def test_a_large_message_is_read_in_a_thread_of_its_own(bridge_path, monkeypatch, framing):
    seen, decode = [], framing_module.JsonLines.decode

    def noting(self, raw):
        seen.append((len(raw) > LARGE_BYTES, threading.current_thread().name.startswith("reader")))
        return decode(self, raw)

    points = 20_000
    axis = [200.0 + 0.1 * number for number in range(points)]
    with running(bridge_path, replace(LIMITS, message_bytes=2_000_000)) as bridge:
        monkeypatch.setattr(framing_module.JsonLines, "decode", noting)
        with bridge.client(framing) as client:
            large = {"type": "identify", "id": "large", "axis": axis, "intensity": [1.0] * points}
            assert client.ask(large)["result"]["verdict"] == "unusable"
            assert client.ask({"type": "health", "id": "small"})["status"] == "ok"
    assert seen == ([(True, True), (False, False)] if framing == "json" else [])


def test_both_framings_and_bytes_are_one_question(bridge_path):
    one = spectra()[4]
    packed = {"axis": one.axis.tobytes(), "intensity": one.intensity.tobytes()}
    with running(bridge_path) as bridge, bridge.client("msgpack") as client:
        assert client.ask({"type": "identify", "id": "one", **packed})["type"] == "result"
        with bridge.client() as other:
            assert other.ask(question("one", 4))["type"] == "result"
        assert "contraspec_repeated_total 1" in bridge.desk.prometheus(0)
