"""Libraries that are replaced, damaged or expire while the bridge runs."""

import os
import threading
from datetime import date

import pytest

from cli.bridge.desk import Desk
from libraries import expiring
from libraries.embedded import Config, Embedded
from spectra.errors import LibraryError
from tests.commands.bridge_lab import N, eventually, question, running, short, write_library


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


def test_a_library_that_cannot_be_loaded_starts_nothing(tmp_path):
    with pytest.raises(LibraryError):
        Desk(lambda: Embedded([tmp_path / "absent.h5"]))


@pytest.fixture
def last_day(monkeypatch):
    """Sets the last day of every release, while a bridge runs."""

    def set_day(day):
        monkeypatch.setattr(expiring, "_last_day", lambda _: day)

    return set_day


class TestExpiry:
    def test_is_noticed_while_running_and_every_answer_says_so(self, bridge_path, last_day):
        with running(bridge_path) as bridge, bridge.client() as client:
            health = client.ask({"type": "health", "id": "h1"})
            assert (health["status"], health["expires"]) == ("ok", None)
            assert "expire_timestamp" not in bridge.desk.prometheus(0)
            last_day(date(2999, 12, 31))
            good = client.ask(question("good"))
            assert "library_expired" not in good["result"]["reasons"]
            assert client.ask({"type": "health", "id": "h2"})["expires"] == "2999-12-31"
            last_day(date(2020, 2, 29))
            late = client.ask(question("late"))
            assert late["result"]["reasons"] == [*good["result"]["reasons"], "library_expired"]
            health = client.ask({"type": "health", "id": "h3"})
            assert (health["status"], "lab" in health["message"]) == ("expired_libraries", True)
            text = bridge.desk.prometheus(0)
            assert "contraspec_libraries_expired 1\n" in text
            assert "contraspec_libraries_expire_timestamp_seconds 1583020800\n" in text

    def test_is_refused_where_the_policy_wants_signed_ones(self, bridge_path, last_day, wanted):
        def load():
            engine = Embedded([bridge_path])
            engine.config = Config(policy="signed")
            return engine

        with running(bridge_path, load=load) as bridge, bridge.client() as client:
            first = client.ask(question("before", 1))
            last_day(date(2020, 2, 29))
            refused = client.ask(question("after", 2))
            assert (refused["error"], "has expired" in refused["message"]) == ("library", True)
            assert client.ask(question("before", 1)) == first
            last_day(date(2999, 1, 1))  # a clock that was wrong, and is set right
            assert short(client.ask(question("after", 2))) == wanted[2]
