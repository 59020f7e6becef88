"""Clients of the bridge that misbehave or leave: their own trouble, nobody else's."""

import contextlib
from dataclasses import replace

import pytest

from tests.commands.bridge_lab import LIMITS, N, eventually, gated, question, running, short


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


def test_a_client_that_hangs_up_gets_its_answer_when_it_asks_again(bridge_path):
    with gated(bridge_path) as (bridge, gate):
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


def test_a_slow_message_ends_its_own_connection_only(bridge_path, wanted):
    with running(bridge_path, replace(LIMITS, message_s=0.3)) as bridge, bridge.client() as steady:
        with bridge.client() as slow:
            slow.send_bytes(b'{"type": "hea')
            assert slow.until(None, "error")["error"] == "too_slow"
            assert slow.receive() is None
        assert short(steady.ask(question("patient", 4))) == wanted[4]


def test_a_client_that_does_not_read_is_dropped(bridge_path, wanted):
    limits = replace(LIMITS, message_s=0.5)
    with running(bridge_path, limits) as bridge, bridge.client() as steady, bridge.client() as deaf:
        deaf.socket.settimeout(0.2)
        line = 100 * deaf.encoded({"type": "metrics", "id": "m"})
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                deaf.send_bytes(line)
        assert short(steady.ask(question("heard", 4))) == wanted[4]
        eventually(lambda: len(bridge.server._sessions) == 1)


def test_one_connection_too_many_takes_the_place_of_the_silent_one(bridge_path, wanted):
    with running(bridge_path, connections=2) as bridge, bridge.client() as silent, bridge.client() as busy:
        for client in (silent, busy):
            client.send_bytes(b"\n")
            client.until(None, "ready")
        busy.ask(question("busy"))
        with bridge.client() as third:
            assert short(third.ask(question("third", 3))) == wanted[3]
            assert silent.receive() is None
            assert short(busy.ask(question("still", 5))) == wanted[5]
