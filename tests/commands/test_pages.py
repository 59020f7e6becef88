"""Pages of batches, watched folders and of evidence afterwards: one for each answer, in every language."""

import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from cli import _engine
from cli.batch.keeping import Kept
from cli.batch.paging import Pages
from cli.messages import LANGUAGES, message
from libraries.batches.journal import Journal
from libraries.casework import log
from libraries.casework.evidence import read_evidence, write_evidence
from libraries.engine import Engine
from tests.commands.conftest import SCENARIOS, Ran

EXAMPLES = Path(__file__).parents[2] / "examples"
pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture
def batch(run: Callable[..., Ran], scans: Path) -> Callable[..., Ran]:
    """Run a batch over some of the scans, in this process."""

    def run_batch(*args: str) -> Ran:
        return run("batch", *args, "-o", "out.jsonl", "--workers", "1")

    return run_batch


def names(folder: str = "pages") -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def told(path: Path) -> str:
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    pages = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    assert len(pages) == 1
    return " ".join(pages[0].extract_text().replace("\u200b", "").split())


def test_every_answer_gets_a_page_and_no_failure_does(batch: Callable[..., Ran]) -> None:
    ran = batch(".", "--report", "pages", "--report-format", "html", "--item", "K1", "--subsample", "7")
    assert ran.code == 70  # boom
    assert names() == sorted(
        [*(f"{name}.csv.report.html" for name in (*SCENARIOS, "two")), "two.csv.1.report.html"]
    )
    assert all("K1" in told(Path("pages", name)) for name in names())
    assert "two.csv, spectrum 2 of 2" in told(Path("pages", "two.csv.1.report.html"))


def test_only_alerts_where_that_was_asked(batch: Callable[..., Ran]) -> None:
    batch(
        "match.csv", "alert.csv", "group.csv", "no_match.csv", "--report", "pages", "--report-only", "alert"
    )
    assert names() == ["alert.csv.report.pdf", "group.csv.report.pdf"]
    assert "cocaine" in told(Path("pages/alert.csv.report.pdf"))


def test_pages_are_no_input_of_the_next_run(batch: Callable[..., Ran]) -> None:
    ran = batch(".", "--report", "pages", "--report-format", "html", "--format", "json")
    n = json.loads(ran.out)["files"]
    again = json.loads(batch(".", "--report", "pages", "--report-format", "html", "--format", "json").out)
    assert (again["files"], again["done_before"]) == (n, n)


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--report", "."], "holds the scans"),
        (["--evidence", "."], "holds the scans"),
        (["--report", "alert.csv"], "is a file"),
        (["--evidence", "alert.csv"], "is a file"),
        (["--report-only", "alert"], "give --report too"),
        (["--report-format", "html"], "give --report too"),
    ],
)
def test_what_cannot_be_is_refused_before_work(batch: Callable[..., Ran], args: list[str], why: str) -> None:
    before = {path: path.read_bytes() for path in Path().iterdir()}
    ran = batch(".", *args)
    assert ran.code == 2
    assert why in " ".join(ran.err.split())
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_other_pages_are_other_settings(batch: Callable[..., Ran]) -> None:
    batch("match.csv")
    ran = batch("match.csv", "--report", "pages")
    assert ran.code == 2
    assert "other settings (pages)" in ran.err


def test_killed_between_log_and_journal_the_page_names_the_entry_that_is_there(
    batch: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ("match.csv", "--report", "pages", "--evidence", "kept", "--log", "case.log")
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", lambda *_: 1 / 0)
        assert batch(*kept).code == 70
    Path("pages/match.csv.report.pdf").unlink()
    assert batch(*kept).code == 0
    (entry,) = log.read_log("case.log")
    page = told(Path("pages/match.csv.report.pdf")).replace(" ", "")
    assert entry.sha256 in page
    assert json.loads(Path("kept/match.csv.evidence.json").read_bytes())["sha256"] in page


def test_a_page_that_cannot_be_made_costs_no_answer(
    batch: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Pages.page

    def refusing(self: Pages, row: dict[str, object], *args: object, **options: object) -> bytes:
        if row["file"] == "alert.csv":
            raise ValueError("no such letter")
        return page(self, row, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Pages, "page", refusing)
    ran = batch("alert.csv", "match.csv", "--report", "pages", "--report-format", "html")
    assert ran.code == 70
    assert "alert.csv.report.html: " in ran.err
    assert [json.loads(line)["verdict"] for line in Path("out.jsonl").read_text().splitlines()] == [
        "match"
    ] * 2
    assert names() == ["match.csv.report.html"]


def test_without_the_extra_nothing_is_begun(
    batch: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "typst", None)
    ran = batch("match.csv", "--report", "pages")
    assert ran.code == 2
    assert 'pip install "contraspec[report]"' in ran.err
    assert not list(Path().glob("*.journal"))


def test_a_watched_folder_gets_pages_too(scans: Path, run: Callable[..., Ran]) -> None:
    """The same keeper, called as a watch calls it."""
    from cli._question import Question
    from cli.batch.answering import Answerer, Task
    from tests.commands.conftest import open_fake_engine

    answerer = Answerer(Question(keeps=True), open_fake_engine(()))  # type: ignore[arg-type]
    pages = Pages("pages", "html", alerts_only=True, language="nl")
    kept = Kept(answerer.engine, answerer.question, pages=pages)
    for name in ("alert.csv", "match.csv", "empty.csv"):
        kept.keep(answerer.answer(Task(0, 0, name, name)))
    assert names() == ["alert.csv.report.html"]
    assert '<html lang="nl">' in told(Path("pages/alert.csv.report.html"))
    assert kept.codes == set()


@pytest.fixture
def real(scans: Path, fake_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real engine, with a scan of caffeine for ``match.csv`` and one of a mixture."""
    monkeypatch.setattr(_engine, "open_engine", lambda paths, **_: Engine.open(paths))
    for name, example in (("match", "caffeine"), ("mixture", "mixture_caffeine_paracetamol")):
        shutil.copy(EXAMPLES / f"synthetic_{example}.csv", f"{name}.csv")


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_made_later_from_evidence_says_what_one_made_at_once_says(
    run: Callable[..., Ran], language: str
) -> None:
    kept = ("--evidence", "e.json", "--log", "case.log", "--item", "K12", "--lang", language)
    assert run("identify", "mixture.csv", *kept, "--report", "now.html").code == 0
    ran = run("replay", "e.json", "--report", "later.html", "--log", "case.log", "--lang", language)
    assert (ran.code, ran.err) == (0, "")
    made = re.compile(f"<dt>{re.escape(message('report.made', language=language))}</dt><dd>[^<]+</dd>")

    def without_time(name: str) -> str:
        page, n = made.subn("", Path(name).read_text(encoding="utf-8"))
        assert n == 1
        return page

    assert without_time("later.html") == without_time("now.html")


@pytest.mark.usefixtures("real")
def test_several_scans_of_one_item_have_their_page_later_too(run: Callable[..., Ran]) -> None:
    run("identify", "match.csv", "match.csv", "--replicates", "--evidence", "e.json", "--axis-offset", "1")
    assert run("replay", "e.json", "--report", "later.pdf").code == 0
    assert "1: match.csv" in told(Path("later.pdf"))


@pytest.mark.usefixtures("real")
def test_a_page_of_evidence_needs_the_log_it_is_in(run: Callable[..., Ran]) -> None:
    run("identify", "match.csv", "--evidence", "e.json", "--log", "case.log")
    run("identify", "mixture.csv", "--log", "other.log")
    ran = run("replay", "e.json", "--report", "p.pdf", "--log", "other.log")
    assert ran.code == 3
    assert "has no entry of this evidence" in ran.err
    assert not Path("p.pdf").exists()
    assert run("replay", "e.json", "--report", "p.pdf").code == 0
    for path in ("e.json", "case.log", "match.csv"):
        before = Path(path).read_bytes()
        assert run("replay", "e.json", "--report", path, "--log", "case.log").code == 2
        assert Path(path).read_bytes() == before


@pytest.mark.usefixtures("real")
def test_evidence_that_replays_otherwise_gets_no_page(run: Callable[..., Ran]) -> None:
    run("identify", "match.csv", "--evidence", "e.json")
    evidence = read_evidence("e.json")
    write_evidence(replace(evidence, result={**evidence.result, "verdict": "no_match"}), "edited.json")
    assert run("replay", "edited.json", "--report", "p.html").code == 5
    assert not Path("p.html").exists()
