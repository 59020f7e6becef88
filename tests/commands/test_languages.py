"""Every sentence in every language, with the places that it fills in."""

import string
from collections.abc import Callable
from typing import Any

import pytest

from cli import _language
from cli.messages import FALLBACK, LANGUAGES, LOCALE, catalogues, message, number
from cli.messages.en import SENTENCES

TRANSLATED = [language for language in LANGUAGES if language != FALLBACK]


def places(sentence: str) -> list[tuple[str, str]]:
    found = string.Formatter().parse(sentence)
    return sorted((name, spec or "") for _, name, spec, _ in found if name is not None)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_catalogue_lacks_a_sentence(language: str) -> None:
    entries = {entry.context: entry for entry in catalogues.read_catalogue(language) if entry.id}
    assert {key: entries[key].id for key in entries} == SENTENCES
    assert not [key for key, entry in entries.items() if not entry.string or entry.fuzzy]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("key", SENTENCES)
def test_every_sentence_keeps_its_places(key: str, language: str) -> None:
    assert places(message_template(key, language)) == places(SENTENCES[key])


def message_template(key: str, language: str) -> str:
    names = {name: "{" + name + "}" for name, _ in places(SENTENCES[key])}
    return message(key, names, language=language)


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_program_reads_what_the_catalogue_says(language: str) -> None:
    path = LOCALE / language / "LC_MESSAGES" / "contraspec"
    assert path.with_suffix(".mo").read_bytes() == catalogues.compiled(catalogues.read_catalogue(language))
    assert path.with_suffix(".po").read_bytes() == catalogues.written(catalogues.updated(language))


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_languages_differ(language: str) -> None:
    same = [key for key in SENTENCES if message(key, language=language) == message(key)]
    assert len(same) < 0.15 * len(SENTENCES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_clear_is_ever_promised(language: str) -> None:
    """The word NOT, in capitals, stands wherever no substance was named."""
    word = {"en": "NOT", "nl": "GEEN", "fr": "PAS", "de": "KEINE"}[language]
    for key in ("headline.no_match", "meaning.no_match", "meaning.inconclusive", "meaning.unusable",
                "meaning.container_only", "line.no_result"):  # fmt: skip
        assert word in message(key, language=language), key


def test_numbers_have_the_sign_of_the_language() -> None:
    assert number(1234.5678, ".2f") == "1234.57"
    assert [number(0.5, ".1f", language=language) for language in LANGUAGES] == ["0.5", "0,5", "0,5", "0,5"]


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "nl_BE.UTF-8"}, "nl"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "it_IT"}, "en"),
        ({"LANG": "nl_NL", "LC_ALL": "fr-BE"}, "fr"),
        ({"LC_MESSAGES": "de"}, "de"),
    ],
)
def test_the_environment_says_the_language(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert _language.preferred_language() == language


@pytest.mark.parametrize(
    ("system", "language"), [("Dutch_Belgium", "nl"), ("German_Germany", "de"), ("fr_FR", "fr"), (None, "en")]
)
def test_else_the_system_says_it(monkeypatch: pytest.MonkeyPatch, system: str | None, language: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_language.locale, "getlocale", lambda: (system, "1252"))
    assert _language.preferred_language() == language


@pytest.mark.usefixtures("fake_engine", "scans")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_officer_reads_his_own_language(run: Callable[..., Any], language: str) -> None:
    shown = run("identify", "no_match.csv", "--lang", language)
    assert message("headline.no_match", language=language) in shown.out
    assert message("heading.action", language=language) in shown.out
