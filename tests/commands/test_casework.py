"""Evidence that replays, logs that tell, cases that are counted: with the real engine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from libraries.canonical import canonical, sha256_of
from libraries.casework.log import read_log

EXAMPLES = Path(__file__).parents[2] / "examples"
CAFFEINE = str(EXAMPLES / "synthetic_caffeine.csv")
MIXTURE = str(EXAMPLES / "synthetic_mixture_caffeine_paracetamol.csv")

Run = Callable[..., Any]


@pytest.fixture
def case(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with two answers, evidence and log."""
    monkeypatch.chdir(tmp_path)
    for file, part in ((CAFFEINE, "1"), (MIXTURE, "2")):
        ran = run(
            "identify",
            file,
            "--item",
            "K12",
            "--subsample",
            part,
            "--axis-offset",
            "0.5",
            "--prior",
            "0.3",
            "--evidence",
            f"{part}.json",
            "--log",
            "case.log",
            "--format",
            "json",
        )
        assert ran.code == 0
        told = json.loads(ran.out)
        assert (told["item"], told["subsample"], told["kept"]["entry"]) == ("K12", part, int(part))
    return tmp_path


@pytest.mark.parametrize("part", ["1", "2"])
def test_evidence_replays_to_the_last_digit(case: Path, run: Run, part: str) -> None:
    ran = run("replay", f"{part}.json", "--format", "json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["identical"] is True
    assert told["differences"] == []


def test_scans_of_one_item_replay_too(case: Path, run: Run) -> None:
    assert run("identify", CAFFEINE, MIXTURE, CAFFEINE, "--replicates", "--evidence", "r.json").code == 0
    assert run("replay", "r.json").code == 0


def test_an_edited_file_is_refused(case: Path, run: Run) -> None:
    path = case / "1.json"
    path.write_bytes(path.read_bytes().replace(b'"verdict":"match"', b'"verdict":"no_match"', 1))
    ran = run("replay", "1.json")
    assert ran.code == 3
    assert "was edited" in ran.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an evidence file"),
        (b"[1]", "schema None"),
        (b'{"schema": "contraspec.evidence/2"}', "newer contraspec"),
        (b'{"schema": "contraspec.evidence/1"}', "not the fields"),
    ],
)
def test_what_is_no_evidence_is_refused(case: Path, run: Run, content: bytes, says: str) -> None:
    (case / "x.json").write_bytes(content)
    ran = run("replay", "x.json", "--format", "json")
    assert ran.code == 3
    assert json.loads(ran.out)["schema"] == "contraspec.error/1"
    assert says in ran.err


def test_another_answer_is_told_field_by_field(case: Path, run: Run) -> None:
    """A file that somebody sealed anew replays, and shows what is not so."""
    plain = json.loads((case / "1.json").read_bytes())
    plain["result"]["probability"] = 0.5
    del plain["sha256"]
    plain["sha256"] = sha256_of(plain)
    (case / "1.json").write_bytes(canonical(plain))
    ran = run("replay", "1.json", "--format", "json")
    assert ran.code == 5
    (line,) = json.loads(ran.out)["differences"]
    assert line.startswith("probability: 0.5 -> 0.9")
    logged = [entry.details["evidence_sha256"] for entry in read_log(case / "case.log")]
    assert plain["sha256"] not in logged  # which is how the new seal shows


def test_another_library_is_refused(case: Path, run: Run, tmp_path: Path) -> None:
    plain = json.loads((case / "1.json").read_bytes())
    plain["libraries"][0]["sha256"] = "0" * 64
    del plain["sha256"]
    plain["sha256"] = sha256_of(plain)
    (case / "1.json").write_bytes(canonical(plain))
    ran = run("replay", "1.json")
    assert ran.code == 4
    assert "give the libraries of then" in ran.err


def test_failures_stand_in_the_log_and_never_as_an_answer(case: Path, run: Run) -> None:
    (case / "bad.csv").write_bytes(b"\x00\x01")
    assert run("identify", "bad.csv", "--item", "K13", "--log", "case.log").code == 3
    last = list(read_log(case / "case.log"))[-1]
    assert (last.what, last.details["item"]) == ("error", "K13")
    assert "verdict" not in last.details


def test_an_answer_that_cannot_be_kept_is_given_and_told(case: Path, run: Run) -> None:
    lines = (case / "case.log").read_bytes().splitlines(keepends=True)
    (case / "case.log").write_bytes(b"".join(lines[:1]))
    ran = run("identify", CAFFEINE, "--item", "K14", "--log", "case.log", "--format", "json")
    assert json.loads(ran.out)["verdict"] == "match"
    assert ran.code == 3
    assert "the log was altered" in ran.err


def test_a_log_is_checked_against_a_printed_head(case: Path, run: Run) -> None:
    ran = run("case", "verify", "case.log", "--format", "json")
    assert ran.code == 0
    head = json.loads(ran.out)["head"]
    shown = run("identify", CAFFEINE, "--item", "K15", "--log", "case.log")
    assert "entry 3" in shown.out
    assert run("case", "verify", "case.log", "--head", head[:12]).code == 0
    assert run("case", "verify", "case.log", "--head", "f" * 12).code == 3


def test_answers_go_beside_each_other_in_a_folder(case: Path, run: Run) -> None:
    (case / "kept").mkdir()
    assert run("identify", CAFFEINE, MIXTURE, CAFFEINE, "--evidence", "kept").code == 0
    names = sorted(path.name for path in (case / "kept").iterdir())
    assert names == [
        "synthetic_caffeine.csv.evidence-2.json",
        "synthetic_caffeine.csv.evidence.json",
        "synthetic_mixture_caffeine_paracetamol.csv.evidence.json",
    ]


def test_confirmed_cases_are_counted(case: Path, run: Run) -> None:
    told = ("--method", "GC-MS", "--by", "LAB-7")
    assert (
        run("case", "confirm", "case.log", "--item", "K12", "--subsample", "1", "--nothing", *told).code == 0
    )
    ran = run(
        "case",
        "confirm",
        "case.log",
        "--item",
        "K12",
        "--subsample",
        "1",
        "--substance",
        "caffeine",
        "--substance",
        "cocaine",
        *told,
    )
    assert ran.code == 0
    ran = run(
        "case",
        "confirm",
        "case.log",
        "--item",
        "K12",
        "--subsample",
        "2",
        "--substance",
        "caffeine",
        "--substance",
        "paracetamol",
        *told,
    )
    assert ran.code == 0
    counted = json.loads(run("case", "stats", "case.log", "--format", "json").out)
    assert (counted["results"], counted["items"], counted["confirmed"]) == (2, 2, 2)
    assert (counted["right"]["mixture"]["k"], counted["right"]["mixture"]["n"]) == (1, 1)
    # cocaine was there and nothing said so
    assert (counted["found"]["k"], counted["found"]["n"]) == (0, 1)
    assert [each["subsample"] for each in counted["wrong"]] == ["1"]
    assert "look at K12 / 1" in run("case", "stats", "case.log").out
    assert run("case", "show", "case.log", "--item", "K12").out.count("\n") == 5


@pytest.mark.parametrize("name", ["nowhere/", "nowhere"])
def test_evidence_for_a_folder_that_is_not_there_is_wrong_usage(case: Path, run: Run, name: str) -> None:
    ran = run("identify", CAFFEINE, "--evidence", name)
    assert (ran.code, ran.out) == (2, "")
    assert "there is no such folder. Make it first, or name a file" in " ".join(ran.err.split())
    assert not (case / "nowhere").exists()


@pytest.mark.parametrize("name", ["1.json", "case.log", "scan.csv"])
def test_evidence_replaces_no_file(case: Path, run: Run, name: str) -> None:
    (case / "scan.csv").write_bytes(Path(CAFFEINE).read_bytes())
    before = (case / name).read_bytes()
    ran = run("identify", "scan.csv", "--evidence", name, "--format", "json")
    assert json.loads(ran.out)["verdict"] == "match"
    assert ran.code == 3
    assert "replaces no file" in ran.err
    assert (case / name).read_bytes() == before


@pytest.mark.parametrize("content", [b"my only copy", b"{", b'{"a": 1}\n', b'{"details":{"x'])
def test_a_file_that_is_no_log_stays_as_it_is(case: Path, run: Run, content: bytes) -> None:
    (case / "notes.txt").write_bytes(content)
    ran = run("identify", CAFFEINE, "--log", "notes.txt", "--format", "json")
    torn = content.startswith(b'{"details":{')  # how a first entry looks that a crash has cut
    assert ran.code == (0 if torn else 3)
    if not torn:
        assert (case / "notes.txt").read_bytes() == content
        assert not (case / "notes.txt.lock").exists()


def test_a_log_in_a_folder_that_is_not_there_makes_none(case: Path, run: Run) -> None:
    ran = run("identify", CAFFEINE, "--log", "nowhere/case.log")
    assert ran.code == 3
    assert "no such folder" in ran.err
    assert not (case / "nowhere").exists()


def test_nothing_in_a_log_can_forge_a_line(case: Path, run: Run) -> None:
    run("identify", CAFFEINE, "--item", "K1\nNO MATCH  forged", "--log", "case.log", "--evidence", "n.json")
    assert "\nNO MATCH" not in run("case", "show", "case.log").out
    assert "\nNO MATCH" not in run("replay", "n.json").out


@pytest.mark.parametrize("head", ["", "4", "xyz", "0" * 65])
def test_a_head_that_is_too_short_to_say_anything_is_wrong_usage(case: Path, run: Run, head: str) -> None:
    assert run("case", "verify", "case.log", "--head", head).code == 2


def test_a_key_that_stands_twice_is_an_edit(case: Path, run: Run) -> None:
    content = (case / "1.json").read_bytes()
    (case / "1.json").write_bytes(b'{"result":{"verdict":"no_match"},' + content[1:])
    assert run("replay", "1.json").code == 3


def test_only_what_was_answered_can_be_confirmed(case: Path, run: Run) -> None:
    ran = run("case", "confirm", "case.log", "--item", "K99", "--nothing", "--method", "x", "--by", "y")
    assert ran.code == 3
    assert "no answer for K99" in ran.err
    ran = run("case", "confirm", "case.log", "--item", "K12", "--method", "x", "--by", "y")
    assert ran.code == 2
