"""The bridge over real sockets: right answers, in either framing, however many ask."""

import threading

import pytest

from tests.commands.bridge_lab import N, question, record_without_name, running, short, spectra


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


def test_a_degraded_answer_says_so(bridge_path):
    with running(bridge_path) as bridge, bridge.client() as client:
        bridge.desk.engine._costs.note("mixture", 1e6)
        total = sum(one.intensity for one in spectra()[:2]).tolist()
        asked = question("hurried", deadline_ms=60_000, intensity=total)
        reply = client.ask(asked)
        assert reply["degraded"] == ["degraded_mixture"]
        assert "degraded_mixture" in reply["result"]["reasons"]
        assert 'degraded_total{kind="degraded_mixture"} 1' in bridge.desk.prometheus(0)


def test_two_bridges_give_identical_answers(bridge_path, bridge):
    with running(bridge_path) as other, bridge.client() as a, other.client() as b:
        for number in range(N):
            one, two = (client.ask(question(f"twin {number}", number)) for client in (a, b))
            assert record_without_name(one) == record_without_name(two)
