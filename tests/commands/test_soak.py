"""The soak suite: a run of seconds with every fault, and what it would say of wrong, lost and growing."""

import json
import math
import os
import sys

import numpy as np
import pytest
from scipy.stats import linregress

from benchmarks.soak.clock import make_clock
from benchmarks.soak.crowd import expects, expects_error
from benchmarks.soak.harm import HARM
from benchmarks.soak.ledger import Ledger
from benchmarks.soak.memory import BLOCKS, Slope, slope_of
from benchmarks.soak.questions import Ask, make_oracle
from benchmarks.soak.report import Run, figures, table
from benchmarks.soak.rude import RUDE
from benchmarks.soak.talking import Insisting
from tests.architecture.tree import ROOT, run_python

MINUTES = "1" if os.environ.get("CI") else "0.1"
FLAT = Slope(0.0, 0.1, 5.0, 100.0, 100.0)


@pytest.mark.skipif(os.name == "nt", reason="Unix sockets, signals and limits")
def test_a_run_of_seconds_has_every_fault_and_nothing_wrong_or_lost(tmp_path):
    done = run_python(
        "-m",
        "benchmarks.soak",
        "--minutes",
        MINUTES,
        "--short",
        "--json",
        str(tmp_path / "soak.json"),
        cwd=ROOT,
    )
    said = json.loads((tmp_path / "soak.json").read_text())
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    assert (said["wrong"], said["lost"], said["violations"]) == (0, 0, 0), shown
    assert said["requests"] == said["answered"] > 200
    assert set(said["faults"]) == {*RUDE, *HARM}
    assert said["p50_ms"] <= said["p99_ms"]
    assert math.isfinite(said["rss_slope_mb_per_min"])


class Scripted:
    """A conversation that says what it is told to; None ends it, an exception is raised."""

    def __init__(self, *lines):
        self.lines = list(lines)

    def send(self, messages):
        list(messages)

    def receive(self):
        line = self.lines.pop(0) if self.lines else None
        if isinstance(line, Exception):
            raise line
        return line

    def until(self, _wanted):
        return {"type": "ready", "id": "hello"}

    def close(self):
        pass


def settled(*talks, asks=None):
    """Ledger after conversations, one after the other, about one request."""
    ledger, waiting = Ledger(), list(talks)
    client = Insisting(lambda: waiting.pop(0), ledger, "test")
    client.settle(asks or [Ask({"type": "health", "id": "a"}, expects("health"), fresh=True)])
    return ledger


GOOD = {"type": "health", "id": "a"}


class TestInsisting:
    def test_what_is_answered_counts_once(self):
        counts = settled(Scripted({"type": "heartbeat"}, GOOD)).counts
        assert (counts["requests"], counts["answered"], counts["wrong"], counts["lost"]) == (1, 1, 0, 0)

    def test_a_connection_that_ends_is_asked_again_on_the_next(self):
        counts = settled(Scripted(None), Scripted(ConnectionError()), Scripted(GOOD)).counts
        assert (counts["requests"], counts["answered"], counts["sent"], counts["closed"]) == (1, 1, 3, 2)

    def test_busy_is_asked_again(self):
        counts = settled(Scripted({"type": "busy", "id": "a", "retry_after_ms": 1}, GOOD)).counts
        assert (counts["busy"], counts["answered"]) == (1, 1)

    def test_silence_on_a_connection_that_stands_is_a_loss(self):
        counts = settled(Scripted(TimeoutError())).counts
        assert (counts["lost"], counts["answered"]) == (1, 0)

    @pytest.mark.parametrize(
        "reply", [{"type": "metrics", "id": "a"}, {"type": "error", "id": "a", "error": "internal"}]
    )
    def test_another_reply_is_wrong(self, reply):
        assert settled(Scripted(reply)).counts["wrong"] == 1

    def test_an_error_that_nobody_asked_for_is_wrong(self):
        stray = {"type": "error", "id": None, "error": "unreadable"}
        assert settled(Scripted(stray, GOOD)).counts["wrong"] == 1

    def test_a_refusal_must_have_its_code(self):
        assert expects_error("deadline")({"type": "error", "error": "damaged"})
        assert expects_error("deadline")({"type": "error", "error": "deadline"}) is None


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    return make_oracle(tmp_path_factory.mktemp("oracle"), 6)


class TestOracle:
    def reply(self, oracle, number, library=0, **changed):
        record = json.loads(oracle.answers[oracle.hashes[library], number])
        return {"type": "result", "degraded": [], "result": {**record, "file": "x", **changed}}

    def test_takes_either_library_for_what_it_is(self, oracle):
        assert len(set(oracle.hashes)) == 2
        for number in range(6):
            for library in (0, 1):
                assert oracle.check(number)(self.reply(oracle, number, library)) is None

    def test_any_other_answer_is_wrong(self, oracle):
        assert oracle.check(1)(self.reply(oracle, 0))
        assert oracle.check(0)(self.reply(oracle, 0, verdict="no_match"))
        assert oracle.check(0)(self.reply(oracle, 0, probability=0.123456))
        assert oracle.check(0)({"type": "error", "error": "internal"})
        stranger = self.reply(oracle, 0)
        stranger["result"]["provenance"]["library"][0]["sha256"] = "0" * 64
        assert oracle.check(0)(stranger)

    def test_a_degraded_answer_is_never_no_match(self, oracle):
        reply = {**self.reply(oracle, 0, reasons=["degraded_limits"]), "degraded": ["degraded_limits"]}
        assert oracle.check(0)(reply) is None
        reply["result"]["verdict"] = "no_match"
        assert oracle.check(0)(reply)


class TestMemory:
    def test_the_slope_is_that_of_least_squares_through_block_means(self):
        rng = np.random.default_rng(0)
        times = np.arange(0.0, 420.0, 0.5)
        values = 100.0 + 0.7 * times / 60.0 + rng.normal(0, 1.0, times.size)
        found = slope_of(times.tolist(), values.tolist())
        x, y = times.reshape(BLOCKS, -1).mean(axis=1) / 60.0, values.reshape(BLOCKS, -1).mean(axis=1)
        wanted = linregress(x, y)
        assert found.mb_per_min == pytest.approx(wanted.slope)
        assert found.error == pytest.approx(wanted.stderr)
        assert found.grows

    def test_flat_noise_rarely_grows_and_a_leak_always_does(self):
        grown, leaks = 0, 0
        times = np.arange(0.0, 420.0, 1.0)
        for seed in range(200):
            rng = np.random.default_rng(seed)
            steps = np.repeat(rng.normal(0, 3.0, 42), 10)  # a sawtooth of loads, ten seconds each
            grown += slope_of(times.tolist(), (100 + steps).tolist()).grows
            leaks += slope_of(times.tolist(), (100 + steps + 1.5 * times / 60).tolist()).grows
        assert grown <= 6  # 1 % of 200, and what chance adds
        assert leaks >= 190

    def test_a_short_run_says_nothing(self):
        times = np.arange(0.0, 60.0, 0.5)
        assert not slope_of(times.tolist(), (100.0 + times).tolist()).grows

    def test_too_few_samples_say_nothing(self):
        assert not slope_of([0.0, 1.0], [1.0, 900.0]).grows
        assert not slope_of([], []).grows


class TestReport:
    def ledger(self, **counts):
        ledger = Ledger()
        ledger.counts.update({"requests": 10, "answered": 10, **counts})
        return ledger

    def test_good_only_when_nothing_is_wrong_lost_or_growing(self):
        assert Run(self.ledger(), FLAT, 1.0).good
        assert not Run(self.ledger(wrong=1), FLAT, 1.0).good
        assert not Run(self.ledger(lost=1, answered=9), FLAT, 1.0).good
        assert not Run(self.ledger(answered=9), FLAT, 1.0).good
        assert not Run(self.ledger(), Slope(3.0, 0.1, 5.0, 100.0, 115.0), 1.0).good
        harmed = self.ledger()
        harmed.violated("no status")
        assert not Run(harmed, FLAT, 1.0).good

    def test_the_long_form_must_reach_its_numbers(self):
        few = self.ledger(requests=94_999, answered=94_999, identifications=5_000)
        enough = self.ledger(requests=95_000, answered=95_000, identifications=5_000)
        assert not Run(few, FLAT, 10.0).good
        assert Run(enough, FLAT, 10.0).good

    def test_figures_and_table(self):
        ledger = self.ledger(sent=12)
        ledger.fault("cut")
        for milliseconds in range(1, 101):
            ledger.took("calm", milliseconds / 1000)
        run = Run(ledger, FLAT, 1.0, ("a note",))
        said = figures(run)
        keys = ["requests", "answered", "wrong", "lost", "p50_ms", "p99_ms", "rss_slope_mb_per_min", "faults"]
        assert list(said)[:8] == keys
        assert (said["p50_ms"], said["p99_ms"], said["asked_again"]) == (50.5, 99.01, 2)
        assert json.loads(json.dumps(said)) == said
        assert any("a note" in each for each in table(run))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the clock that jumps is for Linux")
def test_the_clock_moves_the_day_and_not_the_time_that_passes(tmp_path):
    clock = make_clock(tmp_path)
    if clock is None:
        pytest.skip("needs a C compiler")
    told = []
    for years in (0, 30, -30):
        clock.jump(years * 31_557_600)
        probe = "import time, datetime; print(datetime.datetime.now().year, time.monotonic())"
        done = run_python("-c", probe, **clock.environment)
        told.append([float(each) for each in done.stdout.split()])
    assert [round(year - told[0][0]) for year, _ in told] == [0, 30, -30]
    assert 0 < told[1][1] - told[0][1] < 60
    assert 0 < told[2][1] - told[1][1] < 60


def test_the_bridge_asks_the_calendar_for_nothing_but_expiry():
    wall = ("time.time(", "time_ns(", "datetime.now(", "utcnow(", "date.today(", "localtime(", "gmtime(")
    files = [*(ROOT / "cli" / "bridge").glob("*.py"), *(ROOT / "libraries").glob("embedded.py")]
    files += [ROOT / "libraries" / "engine.py", *(ROOT / "libraries" / "methods").glob("*.py")]
    assert len(files) > 12
    asking = [file.name for file in files if any(word in file.read_text(encoding="utf-8") for word in wall)]
    assert asking == []
