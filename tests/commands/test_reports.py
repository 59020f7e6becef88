"""The page that an officer signs: what stands on it, in four languages, on one page, always the same."""

import dataclasses
import datetime
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest

from cli._inputs import ReadOptions, read_file, spectrum_of
from cli._replicates import ReadScan
from cli.messages import LANGUAGES, message
from cli.reports.content import local_time
from cli.reports.html import html_of
from cli.reports.pdf import pdf_of
from cli.reports.rates import overall_rate, substance_rates
from cli.reports.writing import Reporter
from libraries.casework.evidence import Asked
from tests.commands.conftest import SCENARIOS, FakeLibrary
from tests.commands.report_lab import NOW, crowded, flat, record_of, sheet, text_of


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_verdict_has_a_page_in_every_language(name: str, language: str) -> None:
    record = record_of(name)
    page = html_of(sheet(record, language))
    told = flat(page)
    assert f'<html lang="{language}">' in page
    technique = message("technique.raman", language=language)
    for key in ("report.title", "heading.second", "report.officer", "check.none", "heading.fingerprints"):
        assert message(key, language=language) in told, key
    assert message("report.statement", {"technique": technique}, language=language) in told
    assert message(f"action.{record['next_action']}", language=language) in told
    for reason in record["reasons"]:
        assert message(f"reason.{reason}", language=language) in told
    assert "{" not in told.partition("</style>")[2]
    assert (message("alert.controlled", language=language).split(":")[0] in told) == record["alert"]
    if record["verdict"] in ("no_match", "unusable", "inconclusive"):
        word = {"en": "NOT", "nl": "GEEN", "fr": "PAS", "de": "KEINE"}[language]
        assert word in flat(page.split('class="verdict"')[1].split("</div>")[0])


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_page_is_one_page(language: str) -> None:
    told = text_of(pdf_of(sheet(crowded(), language)))
    assert "K-2026-000123" in told
    assert "A. Janssens" in told
    assert message("report.witness", language=language) in told


@pytest.mark.usefixtures("scans")
@pytest.mark.parametrize("name", ["match", "unusable", "container"])
def test_pdf_and_html_say_the_same(name: str) -> None:
    made = sheet(record_of(name))
    told, shown = text_of(pdf_of(made)), flat(html_of(made))
    for sentence in (made.word, made.action, made.title, *made.meaning):
        assert sentence in told
        assert sentence in shown


@pytest.mark.usefixtures("scans")
def test_the_same_answer_gives_the_same_bytes() -> None:
    made = sheet(record_of("mixture"))
    first = pdf_of(made)
    assert pdf_of(made) == first
    assert html_of(made) == html_of(made)
    assert pypdf.PdfReader(io.BytesIO(first)).metadata.creation_date == datetime.datetime(
        2026, 11, 22, 13, 5, 9, tzinfo=datetime.UTC
    )


@pytest.mark.usefixtures("scans")
def test_the_page_needs_nothing_from_outside() -> None:
    page = html_of(sheet(crowded()))
    rest = page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|//[a-z]|<script|<link|<iframe|<img|@import|url\(|\son\w+=", rest)


@pytest.mark.usefixtures("scans")
def test_names_are_text_and_never_markup() -> None:
    record = record_of("match")
    record["item"] = '<script>alert(1)</script> #panic("x") $x$ *b* \x1b[31m'
    made = sheet(record)
    assert "<script" not in html_of(made)
    assert "\x1b" not in html_of(made)
    assert '<script>alert(1)</script> #panic("x") $x$ *b*' in text_of(pdf_of(made))


@pytest.mark.usefixtures("scans")
def test_what_was_kept_is_printed_whole() -> None:
    record = record_of("match")
    record["kept"] = {
        "evidence": "e.json",
        "evidence_sha256": "3f" * 32,
        "log": "case.log",
        "entry": 41,
        "head": "a7" * 32,
    }
    told = text_of(pdf_of(sheet(record))).replace(" ", "")
    for hashed in ("3f" * 32, "a7" * 32, "ab" * 32, "pipe01", "conf01"):
        assert hashed in told
    assert "entry41" in told


@pytest.mark.usefixtures("scans")
def test_the_instrument_check_is_told() -> None:
    record = record_of("match")
    record["instrument_check"] = {
        "state": "valid",
        "serial": "S1",
        "policy": "warn",
        "standard": "polystyrene",
        "date": "2026-11-20T08:00:00",
        "age_days": 2.0,
        "offset_cm1": 5.5,
        "offset_expanded_cm1": 1.1,
        "stretch": 0.0,
        "applied": True,
    }
    told = flat(html_of(sheet(record, "fr")))
    assert "20 novembre 2026" in told
    assert "+5,5 cm⁻¹ (± 1,1, k = 2)" in told


def test_dates_are_those_of_the_language() -> None:
    assert [local_time(NOW, language) for language in LANGUAGES] == [
        "22 November 2026, 14:05:09 UTC+01:00",
        "22 november 2026, 14:05:09 UTC+01:00",
        "22 novembre 2026, 14:05:09 UTC+01:00",
        "22. November 2026, 14:05:09 UTC+01:00",
    ]


def share(k: int, n: int) -> dict[str, Any]:
    return {"k": k, "n": n, "value": k / n, "low": 0.912, "high": 0.9951}


@pytest.mark.usefixtures("scans")
def test_error_rates_of_a_validation_stand_with_n() -> None:
    from cli._page import Page
    from cli._terminal import Terminal

    record, page = record_of("match"), Page(Terminal(1000), "nl")
    library = SimpleNamespace(labels=FakeLibrary.labels, signed=None)
    assert "geen foutenpercentage" in overall_rate([library], record, page)
    assert substance_rates([library], record, page) == {}
    validation = {
        "cases": {"n": 321},
        "total": {
            "detection": share(97, 100),
            "false_match_known": share(1, 100),
            "false_match_strangers": share(3, 221),
        },
        "substances": [
            {
                "identity": FakeLibrary.labels[0].identity,
                "detection": share(9, 10),
                "false_match": share(0, 311),
            }
        ],
    }
    library.signed = SimpleNamespace(statement=SimpleNamespace(validation=validation))
    told = overall_rate([library], record, page)
    for part in ("321", "97 van 100 (91,2 tot 99,5 %)", "1 van 100", "3 van 221"):
        assert part in told
    assert substance_rates([library], record, page) == {
        "a1": ("9 van 10 (91,2 tot 99,5 %)", "0 van 311 (91,2 tot 99,5 %)")
    }
    validation["total"] = {"detection": {"k": "many"}}  # type: ignore[dict-item]
    assert "-" in overall_rate([library], record, page)


@pytest.mark.usefixtures("fake_engine", "scans")
@pytest.mark.parametrize("name", ["out.pdf", "out.html"])
def test_identify_writes_pages_with_numbers(run: Callable[..., Any], name: str, tmp_path: Path) -> None:
    ran = run("identify", "match.csv", "alert.csv", "--report", name, "--item", "K12", "--lang", "de")
    assert (ran.code, ran.err) == (0, "")
    stem, suffix = name.split(".")
    pages = sorted(path.name for path in tmp_path.glob(f"out*.{suffix}"))
    assert pages == [f"{stem}-2.{suffix}", name]
    content = (tmp_path / name).read_bytes()
    told = text_of(content) if suffix == "pdf" else content.decode("utf-8")
    assert "K12" in told
    assert "Gegenstand" in told


@pytest.mark.usefixtures("fake_engine", "scans")
def test_a_folder_gets_one_pdf_each(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    assert run("identify", "match.csv", "two.csv", "--report", "pages").code == 0
    names = sorted(path.name for path in (tmp_path / "pages").iterdir())
    assert names == ["match.csv.report.pdf", "two.csv.report-2.pdf", "two.csv.report.pdf"]


@pytest.mark.usefixtures("fake_engine", "scans")
def test_an_override_is_recorded_shown_and_changes_nothing(run: Callable[..., Any], tmp_path: Path) -> None:
    plain = json.loads(run("identify", "match.csv", "--format", "json").out)
    options = (
        "--override",
        "Seized all the same",
        "--by",
        "A. Janssens",
        "--report",
        "o.html",
        "--log",
        "c.log",
    )
    ran = run("identify", "match.csv", "--format", "json", *options)
    record = json.loads(ran.out)
    assert record.pop("override") == {"text": "Seized all the same", "by": "A. Janssens"}
    kept = record.pop("kept")
    assert record == plain
    entries = [json.loads(line) for line in (tmp_path / "c.log").read_text().splitlines()]
    assert [entry["what"] for entry in entries] == ["result", "override"]
    assert entries[1]["details"]["by"] == "A. Janssens"
    assert kept["head"] == entries[1]["sha256"]
    page = (tmp_path / "o.html").read_text(encoding="utf-8")
    assert "A. Janssens: Seized all the same" in page
    assert kept["head"] in page
    assert "Override by A. Janssens" in run("identify", "match.csv", *options[:4]).out
    assert run("case", "verify", "c.log").code == 0


@pytest.mark.usefixtures("fake_engine", "scans")
@pytest.mark.parametrize(
    "options",
    [("--override", "x"), ("--by", "x"), ("--override", " ", "--by", "x"), ("--report", "page.docx")],
)
def test_wrong_usage_is_said_before_anything_is_done(
    run: Callable[..., Any], options: tuple[str, ...]
) -> None:
    ran = run("identify", "match.csv", *options)
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.usefixtures("fake_engine", "scans")
def test_a_page_that_cannot_be_written_costs_no_answer(run: Callable[..., Any]) -> None:
    ran = run("identify", "alert.csv", "--report", "no/such/folder/page.html")
    assert ran.code == 3
    assert "ALERT" in ran.out
    assert "page.html" in ran.err


@pytest.mark.usefixtures("scans")
def test_without_typst_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from spectra.errors import ExtraError

    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ExtraError, match=r'pip install "contraspec\[report\]"'):
        pdf_of(sheet(record_of("match")))


def test_replicates_and_picture_of_the_real_engine(tmp_path: Path) -> None:
    from cli._replicates import replicated_record
    from libraries.engine import Engine

    examples = Path(__file__).parents[2] / "examples"
    engine, scans = Engine.open(), []
    for place, name in enumerate(["caffeine", "caffeine", "too_weak"]):
        file = str(examples / f"synthetic_{name}.csv")
        read = spectrum_of(read_file(file, ReadOptions())[0], ReadOptions())
        another = dataclasses.replace(read, intensity=read.intensity * (1 + 0.05 * place))
        scans.append(ReadScan(f"spot{place}.csv", 0, another))
    record = replicated_record(scans, n_unread=0, engine=engine)
    target = Reporter(str(tmp_path / "page.html"), "en", NOW)
    written = target.write(record, scans, asked=Asked(replicates=True), engine=engine)
    page = written.read_text(encoding="utf-8")
    told = flat(page)
    assert "2 of 3 scans used" in told
    assert "3: spot2.csv no: unusable" in told
    assert "fit: caffeine" in told
    assert "scans of the other spots" in told
    assert page.count("<path") > 10
    assert target.write(record, scans, asked=Asked(), engine=engine).name == "page-2.html"
