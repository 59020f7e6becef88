"""``contraspec watch``: finished files once, growing ones not, across restarts and vanished folders."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli._question import Question
from cli.batch import watching
from cli.batch._open import has_writer
from cli.batch.answering import Answered, Answerer
from cli.batch.watching import Watched
from libraries.batches.settling import SETTLE_SECONDS
from libraries.batches.walking import Own
from libraries.casework import log
from tests.commands.conftest import Ran, open_fake_engine, scan_text

ROOT = Path(__file__).parents[2]
LIMIT_S = 90
pytest.importorskip("watchfiles")


@pytest.fixture
def watched(tmp_path: Path, fake_engine: None) -> Watched:
    """Watched folder that is looked at by hand, with a clock of its own."""
    answerer = Answerer(Question(), open_fake_engine(()))  # type: ignore[arg-type]
    told: list[Answered] = []
    return Watched(str(tmp_path), answerer, Own(), told.append, lambda _: None, grace=5.0)


def told(watched: Watched) -> list[tuple[str, int, str]]:
    answers: list[Answered] = watched.tell.__self__  # type: ignore[attr-defined]
    return [
        (one.task.file, len(one.rows), one.rows[0].get("verdict") or one.rows[0]["error"]) for one in answers
    ]


def look(watched: Watched, now: float) -> None:
    watched.scan(now)
    watched.step(now)


def test_a_finished_file_is_answered_when_it_has_settled_and_only_once(
    watched: Watched, tmp_path: Path
) -> None:
    (tmp_path / "match.csv").write_text(scan_text())
    look(watched, 0.0)
    look(watched, SETTLE_SECONDS - 0.01)
    assert told(watched) == []
    for now in (SETTLE_SECONDS, 1.0, 5.0, 100.0):
        look(watched, now)
    assert told(watched) == [("match.csv", 1, "match")]


def test_a_growing_file_is_never_judged(watched: Watched, tmp_path: Path) -> None:
    text, path = scan_text(), tmp_path / "match.csv"
    for step in range(1, 20):
        path.write_text(text[: step * len(text) // 20])
        for now in (step * 0.3, step * 0.3 + 0.1, step * 0.3 + 0.29):
            look(watched, now)
    assert told(watched) == []
    path.write_text(text)
    look(watched, 6.0)
    look(watched, 6.3)
    assert told(watched) == []
    look(watched, 6.5)
    assert told(watched) == [("match.csv", 1, "match")]


def test_half_a_file_that_cannot_be_read_is_waited_for(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "match.csv"
    path.write_text(scan_text()[:20])
    for now in (0.0, 1.0, 3.0, 4.9):
        look(watched, now)
    assert told(watched) == []
    path.write_text(scan_text())
    look(watched, 5.0)
    look(watched, 20.0)
    assert told(watched) == [("match.csv", 1, "match")]


@pytest.mark.parametrize(
    ("content", "error"), [(b"", "empty"), (b"\xff\xd8\xff" + bytes(90), "unrecognised")]
)
def test_a_file_that_stays_damaged_is_reported_after_the_grace(
    watched: Watched, tmp_path: Path, content: bytes, error: str
) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    for now in (0.0, 1.0, 4.9):
        look(watched, now)
    assert told(watched) == []
    for now in (5.0, 6.0, 50.0):
        look(watched, now)
    assert told(watched) == [("x.csv", 1, error)]


def test_what_is_renamed_or_removed_before_it_settles_is_no_input(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "match.csv.part").write_text(scan_text()[:30])
    look(watched, 0.0)
    (tmp_path / "match.csv.part").rename(tmp_path / "match.csv")
    (tmp_path / "match.csv").write_text(scan_text())
    look(watched, 1.0)
    look(watched, 9.0)
    look(watched, 20.0)
    assert told(watched) == [("match.csv", 1, "match")]


def test_new_content_is_a_new_answer_and_a_new_date_is_none(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "match.csv"
    path.write_text(scan_text())
    for now in (0.0, 1.0):
        look(watched, now)
    os.utime(path, (5, 5))
    for now in (2.0, 3.0, 4.0):
        look(watched, now)
    assert len(told(watched)) == 1
    path.write_text(scan_text(2))
    for now in (5.0, 6.0, 7.0):
        look(watched, now)
    assert told(watched) == [("match.csv", 1, "match"), ("match.csv", 2, "match")]


def test_an_answer_that_cannot_be_written_because_the_folder_went_is_given_when_it_is_back(
    watched: Watched, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "match.csv").write_text(scan_text())
    watched.folder = str(inbox)
    keep = watched.tell

    def vanish(_: Answered) -> None:
        inbox.rename(tmp_path / "away")
        raise FileNotFoundError

    watched.tell = vanish
    look(watched, 0.0)
    look(watched, 1.0)
    (tmp_path / "away").rename(inbox)
    watched.tell = keep
    for now in (2.0, 3.0, 4.0):
        look(watched, now)
    assert told(watched) == [("match.csv", 1, "match")]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who writes")
def test_an_open_file_has_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with open(path, "w") as file:
        file.write("1")
        file.flush()
        assert has_writer(str(path))
    assert not has_writer(str(path))
    with open(path):
        assert not has_writer(str(path))
    assert not has_writer(str(tmp_path / "none"))


@contextlib.contextmanager
def watch(cwd: Path, *args: str) -> Iterator["subprocess.Popen[str]"]:
    """Watch ``inbox`` in a process of its own; it must end cleanly when it is asked to."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "watch", "inbox", "--format", "json", "--grace", "2", *args],
        cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert "Watching inbox" in process.stderr.readline()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def end(process: "subprocess.Popen[str]", how: int = signal.SIGTERM) -> tuple[int, str]:
    process.send_signal(how)
    _, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, err


def wait_for(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.02)


def rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text("ascii") if path.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


@pytest.mark.skipif(os.name == "nt", reason="a process of its own group gets no signal there")
def test_a_watch_across_restarts_kills_and_a_vanished_folder(tmp_path: Path) -> None:
    inbox, results = tmp_path / "inbox", tmp_path / "r.jsonl"
    inbox.mkdir()
    (inbox / "before.csv").write_text(scan_text())
    args = ("--results", "r.jsonl", "--log", "case.log", "--beside")
    with watch(tmp_path, *args) as process:
        wait_for(lambda: len(rows(results)) == 1)
        (inbox / "post").mkdir()
        (inbox / "post" / "two.csv").write_text(scan_text(2))
        wait_for(lambda: len(rows(results)) == 3)
        inbox.rename(tmp_path / "away")
        time.sleep(0.5)
        (tmp_path / "away" / "meanwhile.csv").write_text(scan_text())
        (tmp_path / "away").rename(inbox)
        wait_for(lambda: len(rows(results)) == 4)
        code, err = end(process, signal.SIGINT)
    assert code == 0
    assert "Ended: 4 results" in err
    (inbox / "between.csv").write_text(scan_text())
    with watch(tmp_path, *args) as process:
        wait_for(lambda: len(rows(results)) == 5)
        (inbox / "x.jpg").write_bytes(b"\xff\xd8\xff")
        wait_for(lambda: len(rows(results)) == 6)
        process.kill()
    results.write_bytes(results.read_bytes()[:-10])  # as if the kill had come a little earlier
    with watch(tmp_path, *args) as process:
        assert len(rows(results)) == 6
        code, _ = end(process)
    assert code == 0
    expected = ["before.csv", "post/two.csv", "post/two.csv", "meanwhile.csv", "between.csv", "x.jpg"]
    assert [row["file"] for row in rows(results)] == expected
    assert rows(results)[-1]["error"] == "unrecognised"
    log.verify_log(tmp_path / "case.log")
    assert [entry.details["file"] for entry in log.read_log(tmp_path / "case.log")] == expected
    beside = {path.name: len(rows(path)) for path in inbox.rglob("*.result.jsonl")}
    assert beside == {
        "before.csv.result.jsonl": 1, "two.csv.result.jsonl": 2, "meanwhile.csv.result.jsonl": 1,
        "between.csv.result.jsonl": 1, "x.jpg.result.jsonl": 1,
    }  # fmt: skip


def test_a_watch_runs_until_it_is_stopped_and_says_gone_and_back(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "GONE_SECONDS", 0.05)
    inbox, noticed, stop = tmp_path / "inbox", [], threading.Event()
    inbox.mkdir()
    watched.folder, watched.notice = str(inbox), noticed.append
    thread = threading.Thread(target=watched.run, args=(stop,))
    thread.start()
    try:
        inbox.rename(tmp_path / "away")
        wait_for(lambda: noticed == ["gone"])
        (tmp_path / "away").rename(inbox)
        wait_for(lambda: noticed == ["gone", "back"])
        (inbox / "match.csv").write_text(scan_text())
        wait_for(lambda: told(watched) == [("match.csv", 1, "match")])
    finally:
        stop.set()
        thread.join(LIMIT_S)
    assert not thread.is_alive()


@pytest.mark.usefixtures("fake_engine")
@pytest.mark.parametrize(
    ("args", "code"), [(["nowhere"], 2), (["match.csv"], 2), ([".", "-l", "broken.h5"], 4), ([], 2)]
)
def test_what_cannot_be_watched(run: Callable[..., Ran], scans: Path, args: list[str], code: int) -> None:
    ran = run("watch", *args, "--journal", "j")
    assert ran.code == code
    assert ran.out == ""
