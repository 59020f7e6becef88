"""``contraspec batch``: rows, order, journal, what is kept; answers by the fake engine, in this process."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.batch import answering
from cli.batch.keeping import evidence_path
from libraries.batches.journal import Journal
from libraries.casework import log
from tests.commands.conftest import SCENARIOS, Ran, scan_text

pytestmark = pytest.mark.usefixtures("fake_engine")
ALL = sorted([*(f"{name}.csv" for name in (*SCENARIOS, "boom", "two", "empty")), "photo.jpg"])


@pytest.fixture
def batch(run: Callable[..., Ran], scans: Path) -> Callable[..., Ran]:
    """Run a batch over the folder of scans, in this process."""

    def run_batch(*args: str, output: str = "out.jsonl") -> Ran:
        return run("batch", *(args or (".",)), "-o", output, "--workers", "1")

    return run_batch


def rows(path: str = "out.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text("ascii").splitlines()]


def told(path: str = "out.jsonl") -> list[tuple[str, int | None, str]]:
    return [(row["file"], row.get("index"), row.get("verdict") or row["error"]) for row in rows(path)]


def test_every_file_has_its_rows_in_sorted_order(batch: Callable[..., Ran]) -> None:
    ran = batch()
    assert ran.code == 70  # boom
    assert list(dict.fromkeys(row["file"] for row in rows())) == ALL
    assert [row["index"] for row in rows() if row["file"] == "two.csv"] == [0, 1]
    failures = {
        file: verdict for file, _, verdict in told() if verdict in ("empty", "unrecognised", "internal")
    }
    assert failures == {"empty.csv": "empty", "photo.jpg": "unrecognised", "boom.csv": "internal"}
    assert ran.err == ""
    assert f"{len(ALL)} files: {len(SCENARIOS) + 2} results, 3 without a result, 6 alerts." in ran.out


def test_rows_are_those_of_identify(batch: Callable[..., Ran], run: Callable[..., Ran]) -> None:
    batch("*.csv", "photo.jpg")
    typed = sorted(str(path) for path in Path().glob("*.csv"))
    alone = run("identify", *typed, "photo.jpg", "--format", "json").out.splitlines()
    assert [json.dumps(row) for row in rows()] == alone


def test_the_summary_for_machines(batch: Callable[..., Ran]) -> None:
    ran = batch("match.csv", "alert.csv", "empty.csv", "--format", "json")
    assert json.loads(ran.out) == {
        "schema": "contraspec.batch/1", "output": "out.jsonl", "files": 3, "done_before": 0, "results": 2,
        "errors": 1, "alerts": 1, "verdicts": {"match": 2}, "failures": {"empty": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["match.csv"], 0),
        (["alert.csv"], 0),
        (["alert.csv", "--fail-on", "alert"], 1),
        (["missing.csv"], 3),
        (["*.none"], 3),
        (["photo.jpg", "alert.csv", "--fail-on", "alert"], 1),
        (["match.csv", "-l", "broken.h5"], 4),
        (["boom.csv", "missing.csv"], 70),
        (["--restart"], 2),
        (["match.csv", "--scheduler", "tcp://127.0.0.1:1"], 2),
        (["match.csv", "--list", "nowhere.txt"], 3),
    ],
)
def test_exit_codes(batch: Callable[..., Ran], args: list[str], code: int) -> None:
    assert batch(*args).code == code


@pytest.mark.parametrize("output", ["out.xlsx", "out", "nowhere/out.csv"])
def test_outputs_that_cannot_be_are_refused_before_work(batch: Callable[..., Ran], output: str) -> None:
    ran = batch("match.csv", output=output)
    assert ran.code == 2
    assert not list(Path().rglob("*.journal"))


def test_a_scan_is_never_written_over(batch: Callable[..., Ran]) -> None:
    before = Path("match.csv").read_bytes()
    ran = batch(".", output="match.csv")
    assert ran.code == 2
    assert "is there already" in ran.err
    assert Path("match.csv").read_bytes() == before


def test_no_path_of_this_machine_in_any_row(batch: Callable[..., Ran], scans: Path) -> None:
    batch(str(scans), str(scans / "missing.csv"), "--item", "K1", "--subsample", "2")
    text = Path("out.jsonl").read_text("ascii").replace(f'"file": "{scans / "missing.csv"}"', "")
    assert str(scans) not in text
    assert all(row["item"] == "K1" and row["subsample"] == "2" for row in rows() if "verdict" in row)


def test_csv_and_parquet_say_the_same(batch: Callable[..., Ran]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    typed = ("*e*.csv", "match.csv", "mixture.csv", "photo.jpg")
    for output in ("out.jsonl", "out.csv", "out.parquet"):
        batch(*typed, output=output)
    table = parquet.read_table("out.parquet")
    assert [json.loads(record) for record in table["record"].to_pylist()] == rows()
    read = list(csv.DictReader(io.StringIO(Path("out.csv").read_bytes().decode())))
    columns = table.to_pylist()
    assert len(read) == len(columns) == len(rows())
    for row, cells, line in zip(rows(), columns, read, strict=True):
        assert cells["file"] == line["file"] == row["file"]
        assert (cells["verdict"] or "") == line["verdict"] == row.get("verdict", "")
        assert (cells["error"] or "") == line["error"] == row.get("error", "")
        assert cells["substances"] == [one["name"] for one in row["substances"]] if "verdict" in row else True
        assert cells["probability"] == row.get("probability")
        assert (cells["safety"] or []) == row.get("safety", [])
        assert line["safety"] == "; ".join(row.get("safety", []))
    assert any(cells["safety"] for cells in columns)


def test_what_is_done_is_not_done_again(batch: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    batch()
    before = Path("out.jsonl").read_bytes()
    asked: list[str] = []
    answer = answering.Answerer.answer
    monkeypatch.setattr(
        answering.Answerer, "answer", lambda self, task: asked.append(task.file) or answer(self, task)
    )
    assert f"{len(ALL)} files were done before" in batch().out
    assert asked == []
    Path("match.csv").write_text(scan_text(2), encoding="utf-8")
    Path("new.csv").write_text(scan_text(), encoding="utf-8")
    os.utime("two.csv", (1, 1))  # another time, the same content
    Path("group.csv").unlink()
    batch()
    assert asked == ["match.csv", "new.csv"]
    left = {line for line in Path("out.jsonl").read_bytes().splitlines() if b'"new.csv"' not in line}
    assert b'"group.csv"' in b"".join(left)  # it was answered: that it is gone now unsays nothing
    assert {line for line in left if b'"match.csv"' not in line} < set(before.splitlines())
    assert [index for file, index, _ in told() if file == "match.csv"] == [0, 1]


def test_other_settings_are_refused(batch: Callable[..., Ran]) -> None:
    batch("match.csv")
    ran = batch("match.csv", "--prior", "0.1")
    assert ran.code == 2
    assert "other settings (prior)" in ran.err
    assert batch("match.csv", "--prior", "0.1", "--restart").code == 0
    assert rows()[0]["prior"] == 0.1


class KilledError(Exception):
    """Stands for the end of the process at any place."""


@pytest.mark.parametrize("after", [0, 2, 8])
@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_anywhere_and_resumed_each_answer_stands_once(
    batch: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, after: int, where: str
) -> None:
    """The kill falls between log and journal, or just after the journal's line."""
    args = (".", "--log", "case.log", "--evidence", "kept")
    append, calls = Journal.append, [0]

    def killed(self: Journal, done: Any) -> int:
        calls[0] += 1
        if calls[0] > after:
            if where == "after":
                append(self, done)
            raise KilledError
        return append(self, done)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", killed)
        batch(*args)
    assert not Path("out.jsonl").exists()
    batch(*args)
    files = [*ALL, "two.csv"]
    assert sorted(row["file"] for row in rows()) == sorted(files)
    log.verify_log("case.log")
    entries = [entry.details["file"] for entry in log.read_log("case.log")]
    assert sorted(entries) == sorted(files)
    kept = {Path(path).name for path in Path("kept").iterdir()}
    assert kept == {
        *(f"{name}.csv.evidence.json" for name in (*SCENARIOS, "two")),
        "two.csv.1.evidence.json",
    }
    hashes = {entry.details.get("evidence_sha256") for entry in log.read_log("case.log")} - {None}
    assert hashes == {json.loads(Path("kept", name).read_bytes())["sha256"] for name in kept}


def test_evidence_keeps_folders_apart_and_never_leaves_its_own() -> None:
    def below(file: str, index: int = 0) -> str:
        return Path(evidence_path("kept", file, index)).as_posix()

    assert below("a/b.csv") == "kept/a/b.csv.evidence.json"
    assert below("b.csv", 2) == "kept/b.csv.2.evidence.json"
    assert below("../../b.csv") == "kept/__/__/b.csv.evidence.json"
    assert below("/etc/b.csv") == "kept/etc/b.csv.evidence.json"
    assert below("C:\\x\\b.csv") == "kept/C_/x/b.csv.evidence.json"


def test_a_log_that_cannot_be_written_ends_the_batch_with_nothing_noted(batch: Callable[..., Ran]) -> None:
    Path("case.log").write_text("no log\n")
    ran = batch("match.csv", "--log", "case.log")
    assert ran.code == 3
    assert not Path("out.jsonl").exists()


def test_a_file_that_changes_while_it_is_read_is_no_answer(
    scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstat
    sizes = iter(range(1000))

    def changing(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        found[6] = next(sizes)
        return os.stat_result(found)

    monkeypatch.setattr(answering.os, "fstat", changing)
    content = answering.read_content("match.csv", "match.csv")
    assert content.failure is not None
    assert content.failure.error == "damaged"
    assert not content.identity.sha256  # so that the next run looks again


def test_memory_holds_no_more_than_the_workers_have_room_for(
    batch: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli.batch.workers import InProcess

    most, submit = [0], InProcess.submit

    def counted(self: InProcess, task: Any) -> None:
        submit(self, task)
        most[0] = max(most[0], self.n_pending)

    monkeypatch.setattr(InProcess, "submit", counted)
    batch()
    assert most == [1]


def test_nothing_is_kept_that_nobody_asked_for(batch: Callable[..., Ran]) -> None:
    batch("match.csv")
    assert {path.name for path in Path().iterdir()} - set(ALL) == {
        "out.jsonl", "out.jsonl.journal", "out.jsonl.journal.lock",
    }  # fmt: skip
