"""Safety first: what an officer reads before he points a laser at something."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli._details import quality_facts
from cli._page import Page
from cli._render import action_texts, render_result
from cli._terminal import Terminal, encodable, without_umlauts
from cli.messages import LANGUAGES, message
from cli.messages.en import SENTENCES
from cli.reports.html import html_of
from spectra.confidence.identification import SAFETY_CODES
from tests.commands.conftest import SCENARIOS
from tests.commands.report_lab import flat, record_of, sheet

pytestmark = pytest.mark.usefixtures("fake_engine", "scans")

Run = Callable[..., Any]
AGAIN = ("unusable", "container")
"""Scenarios whose answer is another scan."""


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("columns", [50, 80])
def test_the_line_stands_before_every_scan_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, language: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    line = message("safety.no_laser", language=language)
    for scenario in SCENARIOS:
        shown = words(run("identify", f"{scenario}.csv", "--lang", language).out)
        assert (line in shown) == (scenario in (*AGAIN, "explosive")), scenario
        if scenario in AGAIN:
            heading = message("heading.action", language=language)
            assert (
                shown.index(heading)
                < shown.index(line)
                < shown.index(message("heading.why", language=language))
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_explosive_stands_above_all_else_and_is_not_sent_anywhere(run: Run, language: str) -> None:
    shown = run("identify", "explosive.csv", "--lang", language).out
    assert shown.startswith("!!!!")
    text = words(shown.replace("!!!", ""))
    assert text.startswith(message("alert.possible_explosive", language=language))
    assert message("safety.possible_explosive", language=language) in text
    assert message("action.call_reach_back", language=language) in text
    hint = message("line.hint_energetic", {"name": "fentanyl"}, language=language)
    assert hint in text
    assert message("line.hint", {"name": "fentanyl"}, language=language) not in text


def test_machines_get_the_codes(run: Run) -> None:
    told = {}
    for scenario in SCENARIOS:
        record = json.loads(run("identify", f"{scenario}.csv", "--format", "json").out)
        assert set(record["safety"]) <= set(SAFETY_CODES)
        told[scenario] = record["safety"]
    assert {name: codes for name, codes in told.items() if codes} == {
        "explosive": ["possible_explosive", "no_laser"],
        **{scenario: ["no_laser"] for scenario in AGAIN},
    }
    header, row = run("identify", "explosive.csv", "--format", "csv").out.splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=False))
    assert header.endswith(",safety")
    assert row.endswith(",possible_explosive; no_laser")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_to_sign_says_the_same(language: str) -> None:
    page = flat(html_of(sheet(record_of("explosive"), language)))
    for key in ("alert.possible_explosive", "safety.possible_explosive", "action.call_reach_back"):
        assert message(key, language=language) in page, key
    again = flat(html_of(sheet(record_of("unusable"), language)))
    assert message("safety.no_laser", language=language) in again


@pytest.mark.parametrize("language", LANGUAGES)
def test_near_infrared_has_words_of_its_own(language: str) -> None:
    page = Page(Terminal(80), language)
    (told,) = action_texts("scan_again_longer", (), page, technique="nir")
    assert told == message("action.scan_again_longer_nir", language=language)
    assert "laser" not in told.casefold()
    (told,) = action_texts("check_instrument", (), page, technique="nir")
    assert told == message("action.check_instrument_nir", language=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_too_wide_and_ascii_is_readable(language: str) -> None:
    """German without umlauts is spelt out, others lose their accents; nothing becomes a question mark."""
    record = record_of("unusable")
    for columns in (40, 50, 80):
        page = Page(Terminal(columns, encoding="ascii"), language)
        shown = render_result(record, page, technique="raman")
        assert shown.isascii()
        assert max(map(len, shown.splitlines())) <= columns
    for key in SENTENCES:
        told = Terminal(80, encoding="ascii").show(Page(Terminal(80, encoding="ascii"), language).say(key))
        assert told.isascii(), key
        assert told.count("?") == message(key, language=language).count("?"), key
    assert quality_facts(record, page)


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("Größe über Öl, MÖGLICH, Ä", "ascii", "Groesse ueber Oel, MOEGLICH, Ae"),
        ("STRASSE SÜSS Übel", "ascii", "STRASSE SUESS Uebel"),
        ("Größe", "cp1252", "Größe"),
        ("Größe – ±", "latin-1", "Größe - ±"),
        ("Fläche ≥ 3", "cp437", "Fläche ≥ 3"),
    ],
)
def test_german_without_umlauts(text: str, encoding: str, told: str) -> None:
    assert encodable(without_umlauts(text, encoding), encoding) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("coördinatie, één", "coordinatie, een"), ("Œuvre, déjà, ça, «non»", 'OEuvre, deja, ca, "non"')],
)
def test_other_letters_lose_their_accents(text: str, told: str) -> None:
    assert encodable(text, "ascii") == told


def test_a_file_name_follows_the_language_of_the_page() -> None:
    record = replace_file(record_of("match"), "müll.csv")
    page = Page(Terminal(80, encoding="ascii"), "nl")
    assert "mull.csv" in render_result(record, page, technique="raman")


def replace_file(record: Any, name: str) -> Any:
    return {**record, "file": name}
