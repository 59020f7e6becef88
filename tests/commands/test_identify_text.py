"""Text an officer reads: what must stand there, whatever the terminal."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli import _engine
from cli._terminal import Terminal, encodable
from spectra.io import read_spectra

pytestmark = pytest.mark.usefixtures("fake_engine")

GOLDEN = Path(__file__).parents[1] / "golden" / "cli"
UPDATE = "CONTRASPEC_UPDATE_GOLDEN"
"""Set to 1 to write the golden files anew; then read the difference before committing it."""

SCENARIOS = [
    "explosive",
    "match",
    "alert",
    "precursor",
    "mixture",
    "group",
    "class",
    "phenyl",
    "limits",
    "inconclusive",
    "no_match",
    "unusable",
    "container",
]


@pytest.mark.parametrize("columns", [40, 50, 80])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_golden_text(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch, scenario: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = run("identify", f"{scenario}.csv").out
    golden = GOLDEN / f"{scenario}-{columns}.txt"
    if os.environ.get(UPDATE) == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8"), f"set {UPDATE}=1 to accept"


@pytest.mark.parametrize("columns", [20, 40, 50, 80, 120])
def test_no_line_is_wider_than_the_terminal(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    ran = run("identify", *(f"{scenario}.csv" for scenario in SCENARIOS))
    assert max(map(len, ran.out.splitlines())) <= columns


def test_the_verdict_stands_on_the_first_line(run: Callable[..., Any], scans: Path) -> None:
    assert run("identify", "match.csv").out.splitlines()[0] == "MATCH  caffeine (anhydrous)"


@pytest.mark.parametrize(
    ("scenario", "line"),
    [
        ("alert", "!!! ALERT: CONTROLLED SUBSTANCE "),
        ("mixture", "!!! ALERT: CONTROLLED SUBSTANCE "),
        ("group", "!!! ALERT: CONTROLLED SUBSTANCE POSSIBLE"),
        ("inconclusive", "!!! ALERT: CONTROLLED SUBSTANCE POSSIBLE"),
        ("phenyl", "!!! ALERT: CONTROLLED SUBSTANCE POSSIBLE"),
        ("precursor", "!!! ALERT: DRUG PRECURSOR"),
    ],
)
def test_an_alert_is_unmistakable_without_colour(
    run: Callable[..., Any], scans: Path, scenario: str, line: str
) -> None:
    first, second, third = run("identify", f"{scenario}.csv").out.splitlines()[:3]
    assert set(first) == set(third) == {"!"}
    assert second.startswith(line)
    assert second.endswith("!!!")


def test_no_alert_no_exclamation_marks(run: Callable[..., Any], scans: Path) -> None:
    assert (
        "!"
        not in run("identify", "match.csv", "limits.csv", "class.csv", "no_match.csv", "container.csv").out
    )


@pytest.mark.parametrize("scenario", ["inconclusive", "no_match", "unusable", "container"])
def test_a_failure_never_looks_like_clear(run: Callable[..., Any], scans: Path, scenario: str) -> None:
    assert "NOT a clear" in run("identify", f"{scenario}.csv").out


def test_a_match_to_something_harmless_does_not_clear(run: Callable[..., Any], scans: Path) -> None:
    assert "does not clear" in run("identify", "match.csv").out


def test_a_container_is_not_called_a_match(run: Callable[..., Any], scans: Path) -> None:
    out = run("identify", "container.csv").out
    assert out.startswith("CONTAINER ONLY")
    assert "% sure" not in out


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_result_is_presumptive_and_says_what_to_do(
    run: Callable[..., Any], scans: Path, scenario: str
) -> None:
    out = run("identify", f"{scenario}.csv").out
    assert "Presumptive: one technique (Raman)." in out
    assert "WHAT TO DO" in out


def test_a_score_is_no_percentage_and_certainty_is_never_100(run: Callable[..., Any], scans: Path) -> None:
    out = run("identify", "alert.csv").out
    assert "score 0.951 (HQI)" in out
    assert "More than 99 % sure this statement is right" in out
    assert "100 %" not in out
    assert "95 %" not in out


def test_the_starter_says_what_it_is(run: Callable[..., Any], scans: Path) -> None:
    out = " ".join(run("identify", "match.csv").out.split())
    assert "Built-in starter library" in out
    assert "load your instrument's measured library with -l" in out


def test_a_form_that_is_not_certain_is_not_named(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = _engine.open_engine(())
    answer: Any = engine.identify(read_spectra("match.csv")[0])
    said = replace(answer.identification, reasons=("form_uncertain",))
    monkeypatch.setattr(type(engine), "identify", lambda *_: replace(answer, identification=said))
    out = run("identify", "match.csv").out
    assert out.startswith("MATCH  caffeine\n")
    assert "anhydrous" not in out


def test_a_hint_is_told_apart_from_evidence(run: Callable[..., Any], scans: Path) -> None:
    out = run("identify", "no_match.csv").out
    assert "HINT, NOT EVIDENCE" in out
    assert "ALERT" not in out


def test_an_unreadable_file_is_a_block_on_stderr(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "missing.csv", "match.csv")
    assert ran.err.startswith("contraspec: error: missing.csv: ")
    assert "It is NOT a clear." in ran.err
    assert ran.out.startswith("MATCH")


def test_colour_only_where_asked_for(run: Callable[..., Any], scans: Path) -> None:
    assert "\x1b[" not in run("identify", "alert.csv").out
    assert "\x1b[" not in run("identify", "alert.csv", "--color", "never").out
    always = run("identify", "alert.csv", "--color", "always").out
    assert "\x1b[37m\x1b[41m" in always


@pytest.mark.parametrize(
    ("no_color", "term", "colored"), [("", "xterm", True), ("1", "xterm", False), ("", "dumb", False)]
)
def test_no_color_on_a_terminal(
    scans: Path, monkeypatch: pytest.MonkeyPatch, no_color: str, term: str, colored: bool
) -> None:
    import io
    import sys

    from cli._terminal import stdout_terminal

    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Tty())
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", term)
    assert stdout_terminal("auto").color is colored
    assert stdout_terminal("always").color is True
    assert stdout_terminal("never").color is False


def test_terminal_escapes_in_names_are_made_visible(run: Callable[..., Any], scans: Path) -> None:
    name = "a\x1b[2Jb.csv"
    ran = run("identify", name)
    assert "\x1b" not in ran.err
    assert "\\x1b[2Jb.csv" in ran.err


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("β-alanine", "cp1252", "beta-alanine"),
        ("4 cm⁻¹", "ascii", "4 cm-1"),
        ("5–6 °C é", "ascii", "5-6 degC e"),
        ("日", "ascii", "?"),
        ("β", "utf-8", "β"),
        ("β", "no-such-encoding", "beta"),
    ],
)
def test_characters_that_the_console_lacks(text: str, encoding: str, shown: str) -> None:
    assert encodable(text, encoding) == shown


def test_a_figure_is_not_torn_from_its_unit() -> None:
    lines = Terminal(columns=20).wrap("signal to noise 99 % of the range is 12.5 cm⁻¹ at 99 %")
    assert not [line for line in lines if line.startswith(("%", "cm"))]
