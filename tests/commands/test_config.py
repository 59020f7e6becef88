"""The configuration file: where values come from, what wins, what every result says of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from cli import _config
from cli._config import KEYS, Config, ConfigError, read_config
from cli._settings import settings_fingerprint
from cli.main import root
from tests.commands.conftest import Ran

FULL = """
library = ["lab.h5", "starter"]
language = "nl"
policy = "integrity"
trust = "trust.json"
prior = 0.2
watch = ["caffeine"]
[watchlist]
file = "lists.toml"
service = "customs"
country = "NL"
[instrument]
store = "checks"
[instrument.limits]
max_offset_cm1 = 2
"""


@pytest.fixture
def configured(scans: Path, monkeypatch: pytest.MonkeyPatch, fake_engine: None) -> Callable[[str], Path]:
    """Write a configuration file and let the environment name it."""

    def configure(text: str) -> Path:
        path = scans / "site" / "contraspec.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("CONTRASPEC_CONFIG", str(path))
        return path

    return configure


def result(ran: Ran) -> dict[str, Any]:
    return dict(json.loads(ran.out.splitlines()[0]))


def test_values_stand_in_for_options_and_options_win(
    configured: Callable[[str], Path], run: Callable[..., Ran]
) -> None:
    configured('language = "nl"\nprior = 0.2\n')
    assert result(run("identify", "match.csv", "--format", "json"))["prior"] == 0.2
    assert result(run("identify", "match.csv", "--format", "json", "--prior", "0.3"))["prior"] == 0.3
    assert "GEEN OVEREENKOMST" in run("identify", "no_match.csv").out
    assert "NO MATCH" in run("identify", "no_match.csv", "--lang", "en").out


def test_every_result_says_which_configuration_stood_behind_it(
    configured: Callable[[str], Path], run: Callable[..., Ran]
) -> None:
    assert "settings" not in result(run("identify", "match.csv", "--format", "json"))["provenance"]
    path = configured('prior = 0.2\nlanguage = "nl"\n')
    told = result(run("identify", "match.csv", "--format", "json"))["provenance"]["settings"]
    assert told == read_config(str(path)).fingerprint
    run("batch", "match.csv", "-o", "o.jsonl", "--workers", "1")
    assert json.loads(Path("o.jsonl").read_text())["provenance"]["settings"] == told
    configured('# a remark\nlanguage = "nl"\nprior = 0.2\n')  # the same values
    assert result(run("identify", "match.csv", "--format", "json"))["provenance"]["settings"] == told
    configured('language = "nl"\nprior = 0.21\n')
    assert result(run("identify", "match.csv", "--format", "json"))["provenance"]["settings"] != told


def test_a_command_leaves_nothing_behind(configured: Callable[[str], Path], run: Callable[..., Ran]) -> None:
    import os

    configured(FULL)
    run("config", "show")
    run("info", "match.csv")
    assert "CONTRASPEC_INSTRUMENTS" not in os.environ
    configured("")
    run("info", "match.csv")
    assert settings_fingerprint() == ""


def test_the_file_is_named_by_option_before_environment_before_home(
    configured: Callable[[str], Path], run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, scans: Path
) -> None:
    configured("prior = 0.2\n")
    (scans / "typed.toml").write_text("prior = 0.4\n")
    home = scans / "home"
    home.mkdir()
    (home / "contraspec.toml").write_text("prior = 0.6\n")
    monkeypatch.setattr(click, "get_app_dir", lambda _: str(home))
    identify = ("identify", "match.csv", "--format", "json")
    assert result(run("--config", "typed.toml", *identify))["prior"] == 0.4
    assert result(run(*identify, "--config", "typed.toml"))["prior"] == 0.4
    assert result(run(*identify, "--config=typed.toml", "--debug"))["prior"] == 0.4
    assert result(run(*identify))["prior"] == 0.2
    monkeypatch.delenv("CONTRASPEC_CONFIG")
    assert result(run(*identify))["prior"] == 0.6


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("prioor = 0.2", "unknown key prioor; did you mean prior?"),
        ("[watchlist]\ncountri = 'NL'", "did you mean watchlist.country?"),
        ("[instrument.limit]\nmin_snr = 3", "did you mean instrument.limits?"),
        ("zzzz = 1", "known: library, language"),
        ("prior = 1.5", "above 0 and below 1"),
        ("prior = true", "expected a number"),
        ("prior = '0.5'", "expected a number"),
        ("prior = nan", "expected a number"),
        ("language = 'es'", "expected one of en, nl, fr, de"),
        ("policy = 'any'", "expected one of integrity, signed"),
        ("library = 3", "expected a text, or a list"),
        ("library = ['']", "expected a text, or a list"),
        ("trust = ['a']", "expected a text"),
        ("watchlist = 3", "unknown key watchlist"),
        ("prior = ", "expected TOML"),
        ("\x00", "expected TOML"),
    ],
)
def test_what_is_wrong_is_said_by_every_command_and_by_check(
    configured: Callable[[str], Path], run: Callable[..., Ran], text: str, why: str
) -> None:
    configured(text)
    ran = run("identify", "match.csv")
    assert (ran.code, ran.out) == (2, "")
    assert why in " ".join(ran.err.split())
    checked = run("config", "check")
    assert checked.code == 5
    assert why in checked.out
    assert run("--help").code == 0


def test_a_file_that_is_named_must_be_there(run: Callable[..., Ran], scans: Path) -> None:
    assert run("--config", "none.toml", "info", "match.csv").code == 2


def test_check_names_files_that_are_missing(
    configured: Callable[[str], Path], run: Callable[..., Ran]
) -> None:
    path = configured(FULL)
    ran = run("config", "check")
    assert ran.code == 5
    assert "library:" in ran.out
    assert "lab.h5: no such file" in ran.out
    for name in ("lab.h5", "trust.json", "lists.toml"):
        (path.parent / name).write_bytes(b"")
    assert run("config", "check").code == 0


def test_show_says_where_each_value_comes_from(
    configured: Callable[[str], Path], run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = configured(FULL)
    monkeypatch.setenv("CONTRASPEC_TRUST", "other.json")
    told = json.loads(run("config", "show", "--format", "json").out)
    assert told["schema"] == "contraspec.config/1"
    assert told["file"] == str(path)
    assert told["fingerprint"] == read_config(str(path)).fingerprint
    found = {each["key"]: (each["value"], each["from"]) for each in told["values"]}
    assert list(found) == [key.name for key in KEYS]
    assert found["library"] == ([str(path.parent / "lab.h5"), "starter"], "file")
    assert found["trust"] == ("other.json", "environment")
    assert found["instrument.store"] == (str(path.parent / "checks"), "file")
    assert found["watchlist.country"] == ("NL", "file")
    assert found["instrument.limits.min_snr"] == (None, "default")
    text = run("config", "show").out
    assert "prior" in text
    assert "environment" in text


def test_without_a_file_nothing_is_configured(run: Callable[..., Ran], scans: Path) -> None:
    told = json.loads(run("config", "show", "--format", "json").out)
    assert told["fingerprint"] is None
    assert {each["from"] for each in told["values"]} == {"default"}


def test_a_replay_takes_its_libraries_from_the_evidence_and_says_the_settings_of_then(
    configured: Callable[[str], Path], run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli import _engine
    from libraries.engine import Engine

    monkeypatch.setattr(_engine, "open_engine", lambda paths, **_: Engine.open(paths))
    configured('language = "nl"\n')
    run("identify", "match.csv", "--evidence", "e.json")
    assert "settings" in json.loads(Path("e.json").read_bytes())["result"]["provenance"]
    configured('library = "lab.h5"\nprior = 0.2\n')
    assert run("replay", "e.json").out.startswith("IDENTICAL")
    configured("")
    assert run("replay", "e.json").out.startswith("IDENTICAL")


def test_watch_lists_name_what_is_watched_for(
    configured: Callable[[str], Path], run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that a list of our service and country holds today, and that the library has."""
    from cli import _engine
    from libraries.engine import Engine

    path = configured(
        'watch = "caffeine"\n[watchlist]\nfile = "l.toml"\nservice = "customs"\ncountry = "NL"\n'
    )
    (path.parent / "l.toml").write_text(
        """
        [ours]
        service = "customs"
        countries = ["NL"]
        substances = ["paracetamol", "no such substance"]
        [theirs]
        countries = ["XX"]
        substances = ["sucrose"]
        [past]
        substances = ["sucrose"]
        until = "2001-01-01"
        """
    )
    monkeypatch.setattr(
        _engine, "open_engine", lambda paths, **options: Engine.open(paths, watch=options["watch"])
    )
    run("identify", "match.csv", "--evidence", "e.json")
    named = json.loads(Path("e.json").read_bytes())["settings"]["watch"]
    assert [name.split()[0] for name in named] == ["caffeine", "paracetamol"]
    (path.parent / "l.toml").write_text("[")
    assert run("identify", "match.csv").code == 2


def test_every_option_of_the_file_is_an_option_of_a_command() -> None:
    def parameters(group: click.Group) -> set[str | None]:
        found: set[str | None] = set()
        for name in group.list_commands(click.Context(group)):
            command = group.get_command(click.Context(group), name)
            assert command is not None
            found |= {one.name for one in command.params}
            if isinstance(command, click.Group):
                found |= parameters(command)
        return found

    known = parameters(root)
    assert {key.option for key in KEYS if key.option} <= known


def test_defaults_reach_commands_of_groups_and_nothing_else() -> None:
    defaults = _config.Defaults(root, {"policy": "signed", "libraries": ["a"]})
    assert defaults.get("library").get("verify") == {"policy": "signed"}
    assert defaults.get("identify") == {"policy": "signed", "libraries": ["a"]}
    assert defaults.get("replay") == {}
    assert defaults.get("nothing") is None


def test_a_configuration_without_values_has_no_fingerprint() -> None:
    assert Config().fingerprint == ""
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config("none.toml")
