"""The memory of answers: bounded, and a fault of it or of the engine is said, never swallowed."""

import asyncio

import pytest

from cli.bridge.answers import Answers
from libraries.embedded import Embedded
from tests.commands.bridge_lab import N, eventually, gated, question, running


def test_the_cache_is_bounded(bridge_path):
    with running(bridge_path, desk={"remembered": 3}) as bridge, bridge.client() as client:
        for number in range(8):
            client.ask(question(f"kept {number}", number % N))
        assert len(bridge.desk._answers) == 3
        assert len(bridge.desk._answers._asked) == 3


def test_a_fault_is_an_error_and_not_remembered(bridge_path):
    broken = [True]

    class Broken(Embedded):
        def identify(self, *args, **kwargs):
            if broken[0]:
                raise ZeroDivisionError("a bug")
            return super().identify(*args, **kwargs)

    with running(bridge_path, load=lambda: Broken([bridge_path])) as bridge, bridge.client() as client:
        assert client.ask(question("fault"))["error"] == "internal"
        broken[0] = False
        assert client.ask(question("fault"))["type"] == "result"


def test_what_is_still_worked_on_is_not_forgotten(bridge_path):
    with gated(bridge_path, desk={"remembered": 1}) as (bridge, gate), bridge.client() as client:
        client.send(*(question(f"held {number}", number) for number in range(3)))
        eventually(lambda: bridge.desk.waiting == 3)
        with bridge.client() as other:
            other.send(question("held 0", 0))
            eventually(lambda: "contraspec_repeated_total 1" in bridge.desk.prometheus(0))
            gate.set()
            assert other.until("held 0")["type"] == "result"
        assert {client.until(f"held {number}")["type"] for number in range(3)} == {"result"}
    assert 'answers_total{kind="match"} 3' in bridge.desk.prometheus(0)


@pytest.mark.parametrize("method", ["is_reused", "find", "keep"])
def test_short_memory_is_an_error_and_the_next_request_is_answered(bridge_path, monkeypatch, method):
    def fail(*_args):
        raise MemoryError("no memory for answers")

    with running(bridge_path) as bridge, bridge.client() as client:
        with monkeypatch.context() as patch:
            patch.setattr(bridge.desk._answers, method, fail)
            refused = client.ask(question("short", 1))
        assert (refused["error"], "no memory" in refused["message"]) == ("internal", True)
        assert client.ask(question("short", 1))["type"] == "result"
        assert bridge.desk.waiting == 0


def test_an_answer_comes_although_counting_or_a_follower_fails(bridge_path, monkeypatch):
    def fail(*_args):
        raise MemoryError("no memory for counting")

    told = []
    with running(bridge_path) as bridge, bridge.client() as client:
        with (
            bridge.desk.followed(fail),
            bridge.desk.followed(lambda _asked, said: told.append(said["id"])),
        ):
            assert client.ask(question("followed", 2))["type"] == "result"
            assert told == ["followed"]
        monkeypatch.setattr(bridge.desk.metrics, "observe", fail)
        assert client.ask(question("uncounted", 3))["type"] == "result"


def test_answers_leave_in_the_order_in_which_they_were_last_asked_for():
    async def fill():
        answers = Answers(2)
        for name in "ab":
            answers.keep(name, "", asyncio.get_running_loop().create_future())
            answers.find(name, "").set_result({})
        answers.find("a", "")
        answers.keep("c", "", asyncio.get_running_loop().create_future())
        return [name for name in "abc" if answers.find(name, "") is not None]

    assert asyncio.run(fill()) == ["a", "c"]
