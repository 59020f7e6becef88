"""The officers' commands speak every language: text, charts, summaries, errors, wrong usage."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cli._errors import Failure, Wording, failure_of
from cli._info import _label
from cli._notes import note_text
from cli._page import Page
from cli._terminal import Terminal
from cli.messages import FALLBACK, LANGUAGES, day, message, moment
from cli.messages.en import SENTENCES
from spectra.errors import CaseError, DamagedError, ExtraError, WriteError
from tests.commands.conftest import Ran
from tests.commands.test_instrument import write_scan

Run = Callable[..., Ran]
ROOT = Path(__file__).parents[2]
TRANSLATED = [language for language in LANGUAGES if language != FALLBACK]
MARKS = {"nl": "contraspec: fout: ", "fr": "contraspec: erreur : ", "de": "contraspec: Fehler: "}
OFFICERS = (
    "identify", "combine", "search", "predict run", "batch", "watch", "info", "plot", "replay", "redact",
    "instrument check", "instrument list", "instrument show", "case show", "case verify",
)  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONTRASPEC_INSTRUMENTS", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    write_scan(tmp_path / "ps.csv", "polystyrene", offset=1.5)
    write_scan(tmp_path / "off.csv", "polystyrene", offset=-7.0, date="2026-05-05 10:00:00")
    return tmp_path


@pytest.mark.parametrize("name", OFFICERS)
def test_every_officers_command_takes_a_language(run: Run, name: str) -> None:
    assert "--lang [en|nl|fr|de]" in run(*name.split(), "--help").out


@pytest.mark.parametrize("language", TRANSLATED)
def test_checks_of_instruments(bench: Path, run: Run, language: str) -> None:
    say = Page(Terminal(100), language).say
    for name, code, word in (("ps.csv", 0, "passed"), ("off.csv", 5, "failed")):
        ran = run("instrument", "check", name, "--standard", "polystyrene", "--store", "checks",
                  "--lang", language)  # fmt: skip
        assert ran.code == code
        assert ran.out.startswith(f"{say(f'instrument.{word}')}  WP-1, polystyrene, ")
        assert re.search(r"U = 1,\d\d, k = 2", ran.out)
    assert say("check_why.axis_offset") in ran.out
    assert day("2026-05-05", language=language) in ran.out
    listed = run("instrument", "list", "--store", "checks", "--lang", language)
    assert say("instruments.state_failed") in listed.out
    shown = run("instrument", "show", "WP-1", "--store", "checks", "--lang", language)
    for key in ("check_short.axis_offset", "check_short.passed", "drift.failed", "drift.scale"):
        assert say(key) in shown.out
    english = run("instrument", "show", "WP-1", "--store", "checks").out
    words = {word for word in re.findall(r"[A-Za-z]{4,}", english) if word.casefold() != "polystyrene"}
    assert not words & set(re.findall(r"[A-Za-z]{4,}", shown.out)) - {"standard", "Standard"}


def test_a_reason_of_a_check_has_its_words(bench: Path) -> None:
    from spectra.instruments import check, limits

    sources = "".join(Path(module.__file__ or "").read_text("utf-8") for module in (check, limits))
    kept = [key.partition(".")[2] for key in SENTENCES if key.startswith("check_why.")]
    assert len(kept) == 7
    for code in kept:
        assert f"check_short.{code}" in SENTENCES
        assert f'"{code}"' in sources


def test_the_language_of_the_system_holds_without_lang(
    bench: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    ran = run("instrument", "check", "ps.csv", "--standard", "polystyrene")
    assert ran.out.startswith("RÉUSSI")
    assert run("instrument", "check", "ps.csv", "--standard", "polystyrene", "--lang", "en").out.startswith(
        "PASSED"
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_errors_say_first_what_to_do(bench: Path, run: Run, language: str) -> None:
    (bench / "empty.csv").write_bytes(b"")
    (bench / "damaged.csv").write_text("no table at all\n" * 5)
    for name, code in (("gone.csv", "not_found"), ("empty.csv", "empty"), ("damaged.csv", "unrecognised")):
        sentence = message(f"error.{code}", language=language)
        for command in (("info",), ("instrument", "check", "--standard", "calcite"), ("search",)):
            ran = run(*command, name, "--lang", language)
            assert ran.code == 3
            assert ran.err.splitlines()[0].startswith(f"{MARKS[language]}{name}: {sentence}")
            assert ran.err.count(sentence) == 1


def test_an_error_in_english_stays_one_line(bench: Path, run: Run) -> None:
    ran = run("info", "gone.csv")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("contraspec: error: gone.csv: ")


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (ExtraError("no pyarrow"), "error.extra"),
        (WriteError("disk full"), "error.write"),
        (PermissionError("no"), "error.permission"),
        (DamagedError("cut"), None),
    ],
)
def test_what_is_no_fault_of_a_scan_does_not_ask_for_another_export(
    error: Exception, key: str | None
) -> None:
    wording = failure_of("x", error).wording
    assert (wording and wording.key) == key


def test_a_log_that_is_there_cannot_be_relied_on_and_one_that_is_not_is_missing(tmp_path: Path) -> None:
    there = tmp_path / "case.log"
    there.write_bytes(b"x")
    assert failure_of(str(there), CaseError("altered")).wording == Wording("error.case")
    assert failure_of(str(there) + "2", CaseError("gone")).wording == Wording("error.not_found", whole=True)


def test_a_folder_is_told_as_one(bench: Path, run: Run) -> None:
    ran = run("info", ".", "--lang", "de")
    assert ran.err == f"{MARKS['de']}.: {message('error.folder', language='de')}\n"


def test_how_a_failure_is_told_is_no_part_of_what_it_is() -> None:
    assert Failure("a", "empty", "b") == Failure("a", "empty", "b", wording=Wording("error.case"))


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(
    ("arguments", "key", "names"),
    [
        (("identify", "x.csv", "--foo"), "usage.option", {"name": "--foo"}),
        (("identify",), "usage.missing", {"name": "FILE"}),
        (("identify", "x.csv", "--prior", "3"), "usage.value", {"name": "--prior"}),
        (("instrument", "chek"), "usage.command", {}),
        (("instrument", "list"), "usage.no_store", {"variable": "CONTRASPEC_INSTRUMENTS"}),
        (("watch", "nofolder"), "usage.no_watched", {"folder": "nofolder"}),
        (("plot", "a", "-o", "b.txt"), "usage.ending", {"output": "b.txt", "endings": ".png, .svg, .html"}),
        (
            ("redact", "ps.csv", "-o", "ps.csv"),
            "usage.replaces_input",
            {"output": "ps.csv", "input": "ps.csv"},
        ),
    ],
)
def test_wrong_usage(
    bench: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    arguments: tuple[str, ...],
    key: str,
    names: dict[str, str],
) -> None:
    pytest.importorskip("watchfiles")
    monkeypatch.setenv("LC_ALL", f"{language}_XX.UTF-8")
    ran = run(*arguments)
    assert ran.code == 2
    first, second = ran.err.splitlines()
    assert first.startswith(MARKS[language] + message(key, names, language=language))
    assert second.endswith("--help")
    assert "Usage:" not in ran.err


def test_a_laboratorys_command_speaks_english(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    assert "No such option" in run("library", "list", "--foo").err.splitlines()[-1]
    assert run("library", "list", "gone.h5").err.startswith("contraspec: error: ")


def test_the_language_of_one_run_does_not_reach_the_next(bench: Path, run: Run) -> None:
    assert run("info", "gone.csv", "--lang", "nl").err.startswith(MARKS["nl"])
    assert run("library", "list", "gone.h5").err.startswith("contraspec: error: ")


def test_help_of_a_group_is_help_in_every_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    ran = run("instrument")
    assert "Usage:" in ran.out + ran.err


@pytest.mark.parametrize("language", TRANSLATED)
def test_info(bench: Path, run: Run, language: str) -> None:
    ran = run("info", "ps.csv", "--lang", language)
    page = Page(Terminal(100), language)
    for key in ("info.axis", "info.x_raman_shift_cm-1", "info.known_serial", "info.y_counts"):
        assert page.say(key) in ran.out
    assert "2398,5" in ran.out
    assert "2026-05-04 09:30:00" in ran.out  # as the file says it
    assert _label("never_heard_of", page) == "never heard of"


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "2026-05-04"), ("nl", "04-05-2026"), ("fr", "04/05/2026"), ("de", "04.05.2026")],
)
def test_dates(language: str, written: str) -> None:
    assert day("2026-05-04T09:30:12", language=language) == written
    assert moment("2026-05-04T09:30:12.000+00:00", language=language) == f"{written} 09:30 UTC"
    assert moment("2026-05-04", language=language) == written
    assert day("4 May 2026", language=language) == moment("Monday", language="en").replace(
        "Monday", "4 May 2026"
    )


def test_remarks_are_known_word_for_word() -> None:
    """Every literal piece of a remark stands in the sources, so that a change there is noticed here."""
    rooms = [path for room in ("spectra", "libraries", "cli") for path in (ROOT / room).rglob("*.py")]
    own = ROOT / "cli" / "messages"
    text = "".join(path.read_text("utf-8") for path in rooms if not path.is_relative_to(own))
    squeezed = re.sub(r"\"\s*\n\s*f?\"", "", text)
    for key in (key for key in SENTENCES if key.startswith("note.")):
        for piece in re.split(r"\{\w+\}", SENTENCES[key]):
            pieces = [part for part in re.split(r", | at | (?=1000)", piece.strip(" ,")) if part]
            assert all(part in squeezed for part in pieces), (key, piece)


def test_remarks() -> None:
    page = Page(Terminal(100), "nl")
    assert note_text("305 rows without a finite value dropped", page).startswith("305 rijen")
    told = note_text(
        "axis corrected by +0.275551 cm-1 at 1000 cm-1 and +0.367449 cm-1 per 1000 cm-1, as the check of "
        "WP.1 with polystyrene on 2021-10-27T15:57:13 found",
        page,
    )
    assert all(part in told for part in ("+0,275551", "+0,367449 cm-1 per", "WP.1", "27-10-2021 15:57"))
    assert "and" not in told.split()
    assert note_text("something nobody translated", page) == "something nobody translated"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drift_is_drawn_in_the_language(bench: Path, run: Run, language: str) -> None:
    pytest.importorskip("matplotlib")
    for name in ("ps.csv", "off.csv"):
        run("instrument", "check", name, "--standard", "polystyrene", "--store", "checks")
    ran = run("instrument", "show", "WP-1", "--store", "checks", "-o", "drift.svg", "--lang", language)
    assert ran.code == 0
    svg = (bench / "drift.svg").read_text("utf-8")
    assert f"<!-- {message('drift.legend_failed', language=language)} -->" in svg
    assert day("2026-05-04", language=language) in svg
