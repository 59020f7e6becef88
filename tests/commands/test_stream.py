"""``contraspec stream``: lines in, lines out, whatever the lines are."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from libraries.calibrating import fit_library
from libraries.library import save_library
from tests.architecture.tree import ROOT
from tests.core.synthetic import draw, library, random_bands

AXIS = np.arange(300.0, 1900.0, 3.0)
SCHEMAS = ROOT / "cli" / "streams" / "schemas"
SHAPE = draw(random_bands(3), AXIS)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("stream") / "lab.h5"
    save_library(fit_library(library(12)), path)
    return str(path)


def schema(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def frames(*parts, seed=0, start=0.0):
    """Lines of frames: how many, how bright the item, and what the first carries beside."""
    rng, time, lines = np.random.default_rng(seed), start, []
    for n, light, more in parts:
        for k in range(n):
            time += 0.1
            counts = 300.0 + 300.0 * light * SHAPE + rng.normal(0.0, 6.0, AXIS.size)
            line = {"time_s": round(time, 3), "intensity": [round(float(v), 1) for v in counts]}
            lines.append(line | (more if k == 0 else {}))
    return lines


HEAD = {"axis": AXIS.tolist(), "metadata": {"laser_wavelength_nm": 785.0}}
USUAL = ["--background-frames", "40"]


def text(*lines):
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)


@pytest.fixture
def stream(run, file, monkeypatch):
    """Run the command over a text and check each event against its schema."""

    def run_stream(given, *options):
        data = given if isinstance(given, bytes) else given.encode("utf-8")
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        ran = run("stream", "-l", file, *USUAL, *options)
        events = [json.loads(line) for line in ran.out.splitlines()]
        for event in events:
            jsonschema.validate(event, schema(f"event.{event['type']}"))
        return ran, events

    return run_stream


def kinds(events):
    return [event["type"] for event in events]


def test_an_item_goes_by(stream):
    given = frames((60, 0, {}), (40, 1, {}), (15, 0, {}))
    for line in given:
        jsonschema.validate(line, schema("line.frame"))
    jsonschema.validate(HEAD, schema("line.axis"))
    ran, events = stream(text(HEAD, *given))
    assert ran.code == 0
    assert [kind for kind in kinds(events) if kind != "look"] == [
        "started", "background_ready", "item_begun", "decided", "item_ended",
    ]  # fmt: skip
    decided = next(event for event in events if event["type"] == "decided")
    assert decided["verdict"] == "match"
    assert decided["error_bound"] <= 0.01
    assert decided["result"]["schema"] == "contraspec.result/1"
    assert decided["result"]["file"] == "item-1"
    assert decided["result"]["substances"][0]["name"] == "substance 3"
    assert len(decided["result"]["provenance"]["input_sha256"]) == 64
    assert "ready" in ran.err


def test_the_axis_may_come_with_the_first_frame_and_equal_input_gives_equal_output(stream):
    given = frames((60, 0, {}), (20, 1, {}))
    one, _ = stream(text(HEAD, *given))
    other, events = stream(text({**HEAD, **given[0]}, *given[1:]))
    assert one.out == other.out
    assert events[-1]["by"] == "stream_ended"
    assert kinds(events)[-2] == "decided" or "decided" in kinds(events)


def test_triggers_deadline_and_error_rate_are_options(stream):
    given = frames((45, 0, {}), (12, 1, {"trigger": "begin"}), (1, 1, {"trigger": "end"}), (5, 0, {}))
    _, events = stream(text(HEAD, *given), "--trigger", "--deadline", "0.5", "--alpha", "0.000001")
    begun = next(event for event in events if event["type"] == "item_begun")
    decided = next(event for event in events if event["type"] == "decided")
    assert begun["by"] == "trigger"
    assert (decided["verdict"], decided["reasons"][0]) == ("inconclusive", "deadline")
    assert decided["alpha"] == 1e-6
    assert decided["result"]["verdict"] == "inconclusive"


BAD = [
    ("no json", "malformed"),
    ("[1, 2]", "malformed"),
    ('{"time_s": NaN}', "malformed"),
    ("\udcff", "malformed"),
    ('{"time_s": 1, "intensity": [1], "extra": 1}', "bad_request"),
    ('{"control": "stop"}', "bad_request"),
    ("{}", "bad_request"),
    ('{"axis": "x"}', "bad_request"),
    (json.dumps({**HEAD, "technique": "mir"}), "bad_request"),
    (json.dumps({**HEAD, "unit": "furlong"}), "bad_request"),
    (json.dumps({**HEAD, "metadata": {"a": [1]}}), "bad_request"),
    (json.dumps({"axis": [*AXIS.tolist(), 5000.0]}), "axis_changed"),
    ('{"time_s": 1, "intensity": "' + "x" * 40_000 + '"}', "too_large"),
    ("[" * 4000, "malformed"),
]


@pytest.mark.parametrize(("line", "error"), BAD)
def test_a_bad_line_is_an_error_event_and_ends_nothing(stream, line, error):
    given = frames((45, 0, {}))
    data = text(HEAD, *given[:20]).encode() + line.encode("utf-8", "surrogateescape") + b"\n"
    ran, events = stream(data + text(*given[20:]).encode(), "--max-line", "30000")
    assert ran.code == 0
    assert [event["error"] for event in events if event["type"] == "error"] == [error]
    assert [event["line"] for event in events if event["type"] == "error"] == [22]
    assert "background_ready" in kinds(events)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"time_s": 0.01, "intensity": [1.0]}, "not_later"),
        ({"time_s": 9e9, "intensity": [1.0]}, "length"),
        ({"time_s": 9e9, "intensity": [None] * AXIS.size}, "not_finite"),
        ({"time_s": 9e9, "intensity": ["a"]}, "length"),
        ({"time_s": 9e9, "intensity": ["a"] * AXIS.size}, "not_numbers"),
        ({"time_s": 9e9, "intensity": {"a": 1}}, "not_numbers"),
        ({"time_s": 9e9, "intensity": [10**400] * AXIS.size}, "not_numbers"),
        ({"time_s": 9e9, "intensity": [1.0], "trigger": ["begin"]}, "trigger"),
        ({"intensity": [1.0]}, "time"),
        ({"time_s": "soon", "intensity": [1.0]}, "time"),
        ({"time_s": 10**400, "intensity": [1.0]}, "time"),
    ],
)
def test_a_bad_frame_is_rejected(stream, line, reason):
    _, events = stream(text(HEAD, *frames((3, 0, {})), line))
    rejected = [event["reason"] for event in events if event["type"] == "frame_rejected"]
    assert rejected == [reason] or (reason, rejected) == ("length", ["not_numbers"])


def test_nothing_works_without_an_axis_and_a_wrong_one_may_be_put_right(stream):
    given = frames((2, 0, {}))
    _, events = stream(text(given[0], {"axis": [1.0, 2.0]}, {"axis": [10**400] * 50}, HEAD, given[1]))
    assert [event.get("error", event["type"]) for event in events] == [
        "no_axis", "bad_request", "bad_request", "started",
    ]  # fmt: skip


def test_time_and_relearning_are_lines_too(stream):
    given = frames((45, 0, {}), (10, 1, {}))
    for line in ({"time_s": 100.0}, {"control": "relearn"}):
        jsonschema.validate(line, schema("line.tick" if "time_s" in line else "line.control"))
    _, events = stream(text(HEAD, *given, {"time_s": 100.0}, {"control": "relearn"}))
    assert [event["by"] for event in events if event["type"] == "item_ended"] == ["gap"]


def test_a_last_line_without_its_end_counts_and_no_line_is_fine(stream):
    given = frames((3, 0, {}))
    _, events = stream(text(HEAD, *given)[:-1])
    assert kinds(events) == ["started"]
    ran, events = stream("")
    assert (ran.code, events) == (0, [])


def test_a_library_that_is_missing_ends_with_four(run, tmp_path):
    ran = run("stream", "-l", str(tmp_path / "none.h5"))
    assert ran.code == 4
    assert not ran.out


@pytest.mark.skipif(os.name == "nt", reason="signals of a console are another matter there")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_events_come_at_once_and_a_signal_reports_the_item(file, ending):
    command = [sys.executable, "-m", "cli", "stream", "-l", file, *USUAL]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CONTRASPEC_CONFIG": os.devnull}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        cwd=Path(file).parent,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        process.stdin.write(text(HEAD, *frames((45, 0, {}), (3, 1, {}))).encode())
        process.stdin.flush()
        seen = [json.loads(process.stdout.readline())["type"] for _ in range(3)]
        assert seen == ["started", "background_ready", "item_begun"]
        process.send_signal(ending)
        rest, told = process.communicate(timeout=60)
    events = [json.loads(line) for line in rest.splitlines()]
    assert process.returncode == 0, told
    assert kinds(events)[-2:] == ["decided", "item_ended"]
    assert events[-1]["by"] == "stream_ended"
