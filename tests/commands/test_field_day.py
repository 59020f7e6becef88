"""A field day: 500 mixed files in four languages through ``batch``, killed twice and resumed."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdf
import pytest

from cli._render import shown_verdict
from cli.messages import LANGUAGES, message
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
    kept = ["--evidence", "inbox/kept", "--log", "inbox/case.log", "--item", "field day", "--subsample", "7"]
    pages = ["--report", "inbox/pages", "--report-format", "html", "--lang", language]
    return subprocess.Popen(
        [*command, *kept, *pages], cwd=cwd, env=environment,
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


def test_every_answer_has_one_page_that_says_it_and_names_its_entry_of_the_log(day: Day) -> None:
    inbox, _, _ = day
    entries = {entry.sha256 for entry in log.read_log(inbox / "case.log") if entry.what == "result"}
    expected = {page_of(inbox, row): row for row in rows(inbox) if "verdict" in row}
    pages = {path: ReadPage(path.read_text("utf-8")) for path in (inbox / "pages").rglob("*.report.html")}
    assert set(pages) == set(expected)
    for path, row in expected.items():
        assert unsaid(row, pages[path].text, pages[path].language) == [], path
    heads = [set(page.text.split()) & entries for page in pages.values()]
    assert all(len(found) == 1 for found in heads)
    assert len(set.union(*heads)) == len(pages)
    assert {page.language for page in pages.values()} == {"nl", "fr", "de"}  # of the runs that made them


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_every_verdict_are_made_from_evidence_and_read_back(
    day: Day, run: Callable[..., Ran], tmp_path: Path, language: str
) -> None:
    """As PDF in each language; as HTML in the one that no run of the batch spoke."""
    inbox, _, _ = day
    kept, chosen = str(inbox / "case.log"), one_of_each(inbox)
    heads = {entry.sha256 for entry in log.read_log(kept)}
    assert {"match", "mixture", "unusable", "no_match", "alert"} <= set(chosen)
    for kind, row in chosen.items():
        evidence = inbox / "kept" / f"{row['file']}{number_of(row)}.evidence.json"
        for ending in ("pdf", "html")[: 2 if language == "en" else 1]:
            page = tmp_path / f"{kind}.{ending}"
            ran = run("replay", str(evidence), "--report", str(page), "--log", kept, "--lang", language)
            assert (ran.code, ran.err) == (0, "")
            text = read_page(page)
            assert unsaid(row, text, language) == [], page
            assert any(head in squeezed(text) for head in heads)


def one_of_each(inbox: Path) -> dict[str, dict[str, Any]]:
    """Take the first result of each verdict, and the first alert."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows(inbox):
        if "verdict" in row:
            found.setdefault(row["verdict"], row)
            if row["alert"]:
                found.setdefault("alert", row)
    return found


def number_of(row: dict[str, Any]) -> str:
    return f".{row['index']}" if row["index"] else ""


def page_of(inbox: Path, row: dict[str, Any]) -> Path:
    return inbox / "pages" / f"{row['file']}{number_of(row)}.report.html"


def unsaid(row: dict[str, Any], text: str, language: str) -> list[str]:
    """What a page should say of an answer and does not."""
    keys = ["report.title", f"verdict.{shown_verdict(row)}", f"action.{row['next_action']}"]  # type: ignore[arg-type]
    keys += [f"reason.{code}" for code in row["reasons"]]
    said = [message(key, language=language) for key in keys]
    said += ["field day", *(one["name"].split()[0] for one in row["substances"])]
    return [words for words in said if squeezed(words) not in squeezed(text)]


class ReadPage(HTMLParser):
    """Words and language of a page; a tag that is not closed fails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self._said: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []
        self.text = " ".join(" ".join(self._said).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = str(dict(attrs)["lang"])
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self._said.append(data)


def read_page(path: Path) -> str:
    if path.suffix == ".html":
        return ReadPage(path.read_text(encoding="utf-8")).text
    pages = pypdf.PdfReader(path).pages
    assert len(pages) == 1
    return str(pages[0].extract_text())


def squeezed(text: str) -> str:
    """Without blanks, invisible signs and the hyphens that a line's end may bring."""
    return "".join(text.replace("\u200b", "").replace("\u00ad", "").split())


def test_every_language_was_spoken(day: Day) -> None:
    _, _, (german, english) = day
    assert "Dateien" in german
    assert f"{N_FILES} files were done before" in english
    assert "Geschrieben" in german
