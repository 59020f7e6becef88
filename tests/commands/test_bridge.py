"""The bridge over real sockets: right answers, whatever other clients and the disk do."""

import contextlib
import os
import threading
import time
from dataclasses import replace

import pytest

from cli.bridge.desk import Desk
from libraries.embedded import Embedded
from spectra.errors import LibraryError
from tests.commands.bridge_lab import (
    LIMITS,
    Client,
    N,
    question,
    record_without_name,
    running,
    spectra,
    write_library,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_library(tmp_path_factory.mktemp("bridge") / "lab.h5")


@pytest.fixture(scope="module")
def bridge(path):
    with running(path) as one:
        yield one


@pytest.fixture(scope="module")
def wanted(path):
    """Verdict and substances by number of the reference that is asked for."""
    engine, found = Embedded([path]), {}
    for number, one in enumerate(spectra()):
        said = engine.identify(one.axis, one.intensity).answer.identification
        found[number] = said.verdict, [each.label.id for each in said.substances]
    return found


def short(reply):
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


@pytest.mark.parametrize("framing", ["json", "msgpack"])
def test_right_answers(bridge, wanted, framing):
    with bridge.client(framing) as client:
        for number in range(N):
            assert short(client.ask(question(f"{framing} {number}", number))) == wanted[number]


def test_message_pack_takes_bytes(bridge, wanted):
    one = spectra()[3]
    with bridge.client("msgpack") as client:
        packed = {"axis": one.axis.tobytes(), "intensity": one.intensity.tobytes()}
        assert short(client.ask({"type": "identify", "id": "bytes", **packed})) == wanted[3]


def test_the_first_byte_states_the_framing_and_brings_ready(bridge):
    for framing, first in (("json", b"\n"), ("msgpack", b"\0\0\0\0")):
        with bridge.client(framing) as client:
            client.send_bytes(first)
            ready = client.until(None, "ready")
            assert ready["libraries"][0]["name"] == "lab"
            assert ready["authorised"] is True


def test_many_clients_at_once(bridge, wanted):
    wrong = []

    def ask(place):
        with bridge.client("json" if place % 2 else "msgpack") as client:
            for number in range(N):
                try:
                    assert short(client.ask(question(f"many {place} {number}", number))) == wanted[number]
                except BaseException as error:  # noqa: BLE001  # gathered for the test's own thread
                    wrong.append(error)
                    return

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_repeated_id_gets_the_same_answer_on_any_connection(bridge):
    with bridge.client() as client:
        first = client.ask(question("again"))
        assert client.ask(question("again")) == first
    with bridge.client("msgpack") as client:
        assert client.ask(question("again")) == first
    assert "contraspec_repeated_total 2" in bridge.desk.prometheus(0)


def test_an_id_may_not_be_used_for_another_question(bridge):
    with bridge.client() as client:
        client.ask({"type": "hello", "id": "h", "client": "line 4"})
        assert client.ask(question("reused", 0))["type"] == "result"
        assert client.ask(question("reused", 1))["error"] == "id_reused"
    with bridge.client() as client:
        client.ask({"type": "hello", "id": "h", "client": "line 4"})
        assert client.ask(question("reused", 1))["error"] == "id_reused"
    with bridge.client() as other:
        assert other.ask(question("reused", 1))["type"] == "result"


def test_the_cache_is_bounded(path):
    with running(path, desk={"remembered": 3}) as bridge, bridge.client() as client:
        for number in range(8):
            client.ask(question(f"kept {number}", number % N))
        assert len(bridge.desk._answers) == 3
        assert len(bridge.desk._answers._asked) == 3


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\xff\xfe not json\n", "malformed"),
        (b"[1, 2]\n", "malformed"),
        (b'{"type": "identify", "id": NaN}\n', "malformed"),
        (b"[" * 50_000 + b"\n", "malformed"),
        (b'{"type": "dance", "id": "1"}\n', "bad_request"),
        (b'{"type": "identify", "id": "1"}\n', "bad_request"),
        (b'{"type": "health"}\n', "bad_request"),
        (b'{"type": "health", "id": "1", "extra": 1}\n', "bad_request"),
        (b'{"type": "identify", "id": "short", "axis": [1, 2], "intensity": [1, 2]}\n', "damaged"),
        (b'{"id": "' + b"x" * 300_000 + b'"}\n', "too_large"),
    ],
)
def test_what_is_wrong_is_said_and_the_next_request_is_answered(bridge, wanted, data, error):
    with bridge.client() as client:
        client.send_bytes(data)
        assert client.until(None, "error")["error"] == error
        assert short(client.ask(question(f"after {data[:20]!r}", 1))) == wanted[1]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\0\0\0\1\xc1", "malformed"),
        (b"\0\0\0\1\x01", "malformed"),
        (b"\0\0\0\3\x81\x01\x01", "malformed"),
        (b"\0\x10\0\0" + b"z" * 0x100000, "too_large"),
    ],
)
def test_the_same_in_message_pack(bridge, wanted, data, error):
    with bridge.client("msgpack") as client:
        client.send_bytes(data)
        assert client.until(None, "error")["error"] == error
        assert short(client.ask(question(f"after {data[:6]!r}", 2))) == wanted[2]


def test_clients_that_leave_in_the_middle_disturb_nobody(bridge, wanted):
    with bridge.client() as steady:
        for number in range(N):
            for framing in ("json", "msgpack"):
                with bridge.client(framing) as rude:
                    data = rude.encoded(question(f"cut {framing} {number}", number))
                    rude.send_bytes(data[: len(data) * number // N + 3])
            assert short(steady.ask(question(f"steady {number}", number))) == wanted[number]
    eventually(lambda: not bridge.server._sessions)


def test_a_client_that_hangs_up_gets_its_answer_when_it_asks_again(path):
    with gated(path) as (bridge, gate):
        with bridge.client() as rude:
            rude.send(question("dropped"))
            eventually(lambda: bridge.desk.waiting == 1)
        with bridge.client() as client:
            client.send(question("dropped"))
            eventually(lambda: "contraspec_repeated_total 1" in bridge.desk.prometheus(0))
            gate.set()
            assert client.until("dropped")["type"] == "result"
        assert 'contraspec_answers_total{kind="match"} 1' in bridge.desk.prometheus(0)


def test_half_a_connection_still_gets_its_answers(bridge, wanted):
    import socket

    with bridge.client() as client:
        client.send(question("half 1", 1), question("half 2", 2))
        client.socket.shutdown(socket.SHUT_WR)
        found = {reply["id"]: reply for reply in iter(client.receive, None) if reply["type"] == "result"}
    assert {name: short(reply) for name, reply in found.items()} == {
        "half 1": wanted[1],
        "half 2": wanted[2],
    }


def test_a_slow_message_ends_its_own_connection_only(path, wanted):
    with running(path, replace(LIMITS, message_s=0.3)) as bridge, bridge.client() as steady:
        with bridge.client() as slow:
            slow.send_bytes(b'{"type": "hea')
            assert slow.until(None, "error")["error"] == "too_slow"
            assert slow.receive() is None
        assert short(steady.ask(question("patient", 4))) == wanted[4]


def test_a_client_that_does_not_read_is_dropped(path, wanted):
    limits = replace(LIMITS, message_s=0.5)
    with running(path, limits) as bridge, bridge.client() as steady, bridge.client() as deaf:
        deaf.socket.settimeout(0.2)
        line = 100 * deaf.encoded({"type": "metrics", "id": "m"})
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                deaf.send_bytes(line)
        assert short(steady.ask(question("heard", 4))) == wanted[4]
        eventually(lambda: len(bridge.server._sessions) == 1)


def test_a_full_queue_says_busy_and_answers_later(path, wanted):
    with gated(path, desk={"queue": 2}) as (bridge, gate), bridge.client() as client:
        client.send(*(question(f"queued {number}", number) for number in range(4)))
        refused = [client.until(None, "busy") for _ in range(2)]
        assert {one["id"] for one in refused} == {"queued 2", "queued 3"}
        assert refused[0]["retry_after_ms"] >= 10
        gate.set()
        for number in (0, 1):
            assert short(client.until(f"queued {number}")) == wanted[number]
        assert short(client.ask(question("queued 2", 2))) == wanted[2]


def test_one_client_cannot_fill_the_queue(path):
    limits = replace(LIMITS, in_flight=2)
    with gated(path, limits=limits) as (bridge, gate), bridge.client() as client:
        client.send(*(question(f"flight {number}", number) for number in range(3)))
        assert client.until(None, "busy")["id"] == "flight 2"
        gate.set()


def test_a_deadline_that_passes_in_the_queue_gives_no_verdict(path):
    with gated(path) as (bridge, gate), bridge.client() as client:
        client.send(question("first"), question("late", 1, deadline_ms=1))
        eventually(lambda: bridge.desk.waiting == 2)
        time.sleep(0.01)
        gate.set()
        assert client.until("late")["error"] == "deadline"
        assert client.ask(question("late", 1, deadline_ms=60_000))["type"] == "result"


def test_a_degraded_answer_says_so(path):
    with running(path) as bridge, bridge.client() as client:
        bridge.desk.engine._costs.note("mixture", 1e6)
        total = sum(one.intensity for one in spectra()[:2]).tolist()
        asked = question("hurried", deadline_ms=60_000, intensity=total)
        reply = client.ask(asked)
        assert reply["degraded"] == ["degraded_mixture"]
        assert "degraded_mixture" in reply["result"]["reasons"]
        assert 'degraded_total{kind="degraded_mixture"} 1' in bridge.desk.prometheus(0)


def test_a_fault_is_an_error_and_not_remembered(path):
    broken = [True]

    class Broken(Embedded):
        def identify(self, *args, **kwargs):
            if broken[0]:
                raise ZeroDivisionError("a bug")
            return super().identify(*args, **kwargs)

    with running(path, load=lambda: Broken([path])) as bridge, bridge.client() as client:
        assert client.ask(question("fault"))["error"] == "internal"
        broken[0] = False
        assert client.ask(question("fault"))["type"] == "result"


def test_heartbeats_come_and_do_not_clog(path):
    with running(path, replace(LIMITS, heartbeat_s=0.05)) as bridge, bridge.client() as client:
        client.send_bytes(b"\n")
        assert client.until(None, "heartbeat")["waiting"] == 0


def test_health_and_metrics_over_protocol_and_http(path):
    from urllib.request import urlopen

    with running(path, metrics=("127.0.0.1", 0)) as bridge, bridge.client() as client:
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


def test_one_connection_too_many_takes_the_place_of_the_silent_one(path, wanted):
    with running(path, connections=2) as bridge, bridge.client() as silent, bridge.client() as busy:
        for client in (silent, busy):
            client.send_bytes(b"\n")
            client.until(None, "ready")
        busy.ask(question("busy"))
        with bridge.client() as third:
            assert short(third.ask(question("third", 3))) == wanted[3]
            assert silent.receive() is None
            assert short(busy.ask(question("still", 5))) == wanted[5]


class TestReload:
    def test_by_request_and_bad_files_change_nothing(self, tmp_path, wanted):
        own = write_library(tmp_path / "lab.h5")
        with running(own) as bridge, bridge.client() as client:
            write_library(own, N, "newer")
            done = client.ask({"type": "reload", "id": "r1"})
            assert (done["ok"], done["libraries"][0]["name"]) == (True, "newer")
            own.write_bytes(own.read_bytes()[:-100])
            done = client.ask({"type": "reload", "id": "r2"})
            assert (done["ok"], done["libraries"][0]["name"]) == (False, "newer")
            assert "lab.h5" in done["message"]
            assert client.ask({"type": "health", "id": "h"})["status"] == "old_libraries"
            own.unlink()
            assert client.ask({"type": "reload", "id": "r3"})["ok"] is False
            assert short(client.ask(question("kept", 2))) == wanted[2]

    def test_under_load_nothing_is_dropped_or_wrong(self, tmp_path, wanted):
        own = write_library(tmp_path / "lab.h5")
        names, wrong, stop = set(), [], threading.Event()

        def ask(place):
            with bridge.client() as client:
                for number in range(100_000):
                    if stop.is_set():
                        return
                    reply = client.ask(question(f"load {place} {number}", number % N))
                    if reply["type"] != "result" or short(reply) != wanted[number % N]:
                        wrong.append(reply)
                    else:
                        names.add(reply["result"]["provenance"]["library"][0]["name"])

        with running(own, reload_s=0.05) as bridge:
            threads = [threading.Thread(target=ask, args=(place,)) for place in range(3)]
            for thread in threads:
                thread.start()
            try:
                for name in ("second", "third"):
                    part = write_library(tmp_path / "part.h5", N, name)
                    os.replace(part, own)
                    eventually(lambda name=name: name in names)
                own.write_bytes(b"no library")
                eventually(lambda: any("not loaded anew" in line for line in bridge.said))
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            assert bridge.desk.libraries[0]["name"] == "third"
        assert not wrong
        assert names >= {"second", "third"}

    def test_in_flight_requests_finish_on_the_old_one(self, tmp_path):
        own = write_library(tmp_path / "lab.h5")
        gate, entered = threading.Event(), threading.Event()

        class Waiting(Embedded):
            def identify(self, *args, **kwargs):
                entered.set()
                gate.wait(30)
                return super().identify(*args, **kwargs)

        with running(own, load=lambda: Waiting([own])) as bridge, bridge.client() as client:
            client.send(question("old"))
            assert entered.wait(30)
            write_library(own, N, "newer")
            assert client.ask({"type": "reload", "id": "r"})["ok"] is True
            gate.set()
            provenance = client.until("old")["result"]["provenance"]
            assert provenance["library"][0]["name"] == "lab"
            assert client.ask(question("new"))["result"]["provenance"]["library"][0]["name"] == "newer"

    def test_everybody_is_told(self, tmp_path):
        own = write_library(tmp_path / "lab.h5")
        with running(own, reload_s=0.05) as bridge, bridge.client() as client:
            client.send_bytes(b"\n")
            client.until(None, "ready")
            own.write_bytes(b"rubbish")
            assert client.until(None, "reloaded")["ok"] is False


def test_stopping_answers_what_is_in_flight(path):
    with gated(path) as (bridge, gate), bridge.client() as client:
        client.send(question("last"))
        eventually(lambda: bridge.desk.waiting == 1)
        bridge.loop.call_soon_threadsafe(bridge.server.stop)
        client.until(None, "stopping")
        gate.set()
        assert client.until("last")["type"] == "result"
        assert client.receive() is None
        with pytest.raises(OSError):
            Client(bridge.tcp)


def test_a_library_that_cannot_be_loaded_starts_nothing(tmp_path):
    with pytest.raises(LibraryError):
        Desk(lambda: Embedded([tmp_path / "absent.h5"]))


def test_two_bridges_give_identical_answers(path, bridge):
    with running(path) as other, bridge.client() as a, other.client() as b:
        for number in range(N):
            one, two = (client.ask(question(f"twin {number}", number)) for client in (a, b))
            assert record_without_name(one) == record_without_name(two)
