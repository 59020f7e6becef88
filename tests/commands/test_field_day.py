"""A field day: 500 mixed files in four languages through ``batch``, killed twice and resumed."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.messages import LANGUAGES
from libraries.casework import log
from tests.commands.conftest import Ran
from tests.commands.field_scans import write_field_day

ROOT = Path(__file__).parents[2]
N_FILES = 500
KILLED_AT = (60, 220)
"""Files that are done when the batch is killed."""
LIMIT_S = 300


def start(cwd: Path, language: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "cli", "batch", "inbox", "-o", "inbox/day.jsonl", "--workers", "2"]
    kept = ["--evidence", "inbox/kept", "--log", "inbox/case.log", "--item", "field day", "--lang", language]
    return subprocess.Popen(
        [*command, *kept], cwd=cwd, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def kill_when_done(process: subprocess.Popen[str], journal: Path, n: int) -> None:
    end = time.monotonic() + LIMIT_S
    while not journal.exists() or journal.read_bytes().count(b"\n") <= n:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int], list[str]]:
    """Folder of the day, rows that each file must get, and what the runs said."""
    folder = tmp_path_factory.mktemp("day")
    expected = write_field_day(folder / "inbox", N_FILES, seed=7)
    said = []
    for language, n in zip(LANGUAGES[1:], (*KILLED_AT, None), strict=True):
        process = start(folder, language)
        if n is not None:
            kill_when_done(process, folder / "inbox" / "day.jsonl.journal", n)
            assert not (folder / "inbox" / "day.jsonl").exists()
            continue
        out, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 3, err
        said.append(out)
    again = start(folder, LANGUAGES[0])
    said.append(again.communicate(timeout=LIMIT_S)[0])
    return folder / "inbox", expected, said


def rows(inbox: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (inbox / "day.jsonl").read_text("ascii").splitlines()]


Day = tuple[Path, dict[str, int], list[str]]


def test_exactly_one_row_for_each_spectrum_in_order(day: Day) -> None:
    inbox, expected, _ = day
    found = rows(inbox)
    assert Counter(row["file"] for row in found) == expected
    assert [row["file"] for row in found] == sorted(row["file"] for row in found)
    assert {(row["file"], row["index"]) for row in found if "verdict" in row} == {
        (row["file"], index) for row in found if "verdict" in row for index in range(expected[row["file"]])
    }


def test_what_cannot_be_judged_never_becomes_no_match(day: Day) -> None:
    inbox, _, _ = day
    verdicts: dict[str, set[str]] = {}
    for row in rows(inbox):
        kind = row["file"].removesuffix(".csv")[-1]
        verdicts.setdefault(kind, set()).add(row.get("verdict") or f"error {row['error']}")
    assert all(found.startswith("error ") for found in verdicts["5"])  # damaged
    assert len(verdicts["5"]) >= 2
    assert verdicts["7"] == {"unusable"}  # of a technique without a library
    for kind in "0124689":
        assert "match" in verdicts[kind]


def test_the_same_scan_gets_the_same_answer(day: Day) -> None:
    inbox, _, _ = day
    told: dict[str, set[str]] = {}
    for row in rows(inbox):
        if "verdict" in row:
            answer = {k: v for k, v in row.items() if k not in ("file", "warnings")}
            told.setdefault(f"{row['provenance']['input_sha256']} {row['index']}", set()).add(
                json.dumps(answer)
            )
    assert all(len(answers) == 1 for answers in told.values())
    assert len(told) < len([row for row in rows(inbox) if "verdict" in row])


def test_the_case_log_holds_each_once_and_verifies(day: Day) -> None:
    inbox, _, _ = day
    found = rows(inbox)
    head = log.verify_log(inbox / "case.log")
    entries = [entry for entry in log.read_log(inbox / "case.log") if entry.what != "recovered"]
    assert Counter((entry.details["file"], entry.details["index"]) for entry in entries) == Counter(
        (row["file"], row.get("index")) for row in found
    )
    assert head.number >= len(found)
    assert Counter(entry.what for entry in entries) == Counter(
        "result" if "verdict" in row else "error" for row in found
    )


def test_ten_random_evidence_files_replay_identically(day: Day, run: Callable[..., Ran]) -> None:
    inbox, _, _ = day
    kept = sorted((inbox / "kept").rglob("*.evidence.json"))
    assert len(kept) == sum("verdict" in row for row in rows(inbox))
    for path in random.Random(5).sample(kept, 10):
        told = json.loads(path.read_bytes())
        assert log.verify_log(inbox / "case.log", expected=told["log_head"]) is not None
        ran = run("replay", str(path))
        assert ran.code == 0, ran.out + ran.err
        assert ran.out.startswith("IDENTICAL")


def test_every_language_was_spoken(day: Day) -> None:
    _, _, (german, english) = day
    assert "Dateien" in german
    assert f"{N_FILES} files were done before" in english
    assert "Geschrieben" in german
