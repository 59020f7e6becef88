"""The configuration in identify, batch and watch: the same values, the same fingerprint on every result."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import _engine
from cli._config import read_config
from cli.batch.watching import Watched
from cli.commands import watch
from libraries.engine import Engine
from tests.commands.conftest import Ran, open_fake_engine
from tests.commands.test_instrument import write_scan

COMMANDS = ("identify", "batch", "watch")
SITE = """
library = ["lab.h5"]
language = "nl"
prior = 0.2
watch = ["caffeine"]
"""
Ask = Callable[..., Ran]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Notes with what an engine was opened; the fake one answers."""
    noted: list[dict[str, Any]] = []

    def open_engine(paths: Any, **options: Any) -> Any:
        noted.append({"libraries": [Path(path).name for path in paths], **options})
        return open_fake_engine(paths, **options)

    monkeypatch.setattr(_engine, "open_engine", open_engine)
    return noted


@pytest.fixture
def ask(scans: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask about one scan in each of three ways; a watch looks twice and ends."""

    def look(self: Watched, _stop: object) -> None:
        self.scan(0.0)
        self.step(0.0)
        self.step(100.0)

    monkeypatch.setattr(Watched, "run", look)
    monkeypatch.setattr(watch, "_warm", lambda _: None)

    def asked(command: str, *options: str) -> Ran:
        folder = scans / "only"
        folder.mkdir(exist_ok=True)
        (folder / "no_match.csv").write_bytes((scans / "no_match.csv").read_bytes())
        if command == "identify":
            return run("identify", "only/no_match.csv", *options)
        if command == "batch":
            return run("batch", "only", "-o", "o.jsonl", "--workers", "1", "--restart", *options)
        pytest.importorskip("watchfiles")
        return run("watch", "only", "--results", "o.jsonl", *options)

    return asked


def configure(scans: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = scans / "contraspec.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CONTRASPEC_CONFIG", str(path))
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_library_prior_language_watch_and_fingerprint(
    ask: Ask, opened: list[dict[str, Any]], scans: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    path = configure(scans, SITE, monkeypatch)
    kept = scans / ("kept" if command != "identify" else "e.json")
    ran = ask(command, "--evidence", str(kept))
    assert opened[-1] == {
        "libraries": ["lab.h5"], "prior": 0.2, "watch": ("caffeine",), "policy": "integrity", "trust": None,
    }  # fmt: skip
    assert "GEEN OVEREENKOMST" in ran.out
    evidence = kept if command == "identify" else kept / "no_match.csv.evidence.json"
    told = json.loads(evidence.read_bytes())
    assert told["settings"]["watch"] == ["caffeine"]
    assert told["settings"]["prior"] == 0.2
    fingerprint = read_config(str(path)).fingerprint
    assert told["result"]["provenance"]["settings"] == fingerprint
    if command != "identify":
        assert json.loads((scans / "o.jsonl").read_text())["provenance"]["settings"] == fingerprint


@pytest.mark.parametrize("command", COMMANDS)
def test_policy_and_trust(
    ask: Ask, opened: list[dict[str, Any]], scans: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    configure(scans, 'policy = "signed"\n', monkeypatch)
    assert ask(command).code == 4
    configure(scans, 'policy = "signed"\ntrust = "ours.json"\n', monkeypatch)
    assert ask(command).code == 0
    assert opened[-1]["policy"] == "signed"
    assert opened[-1]["trust"] == str(scans / "ours.json")
    assert ask(command, "--policy", "integrity").code == 0
    assert opened[-1]["policy"] == "integrity"


@pytest.mark.parametrize("command", COMMANDS)
def test_watch_lists(
    ask: Ask, opened: list[dict[str, Any]], scans: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (scans / "lists.toml").write_text('[ours]\nsubstances = ["cocaine", "caffeine"]\n')
    configure(scans, '[watchlist]\nfile = "lists.toml"\n', monkeypatch)
    monkeypatch.setattr(Engine, "open", lambda paths: open_fake_engine(paths))
    assert ask(command).code == 0
    assert opened[-1]["watch"] == ("caffeine", "cocaine")


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("command", COMMANDS)
def test_checks_of_instruments_and_their_policy(
    ask: Ask, scans: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (scans / "checks").mkdir()
    configure(scans, '[instrument]\nstore = "checks"\npolicy = "refuse"\n', monkeypatch)
    kept = scans / ("kept" if command != "identify" else "e.json")
    ask(command, "--evidence", str(kept))
    evidence = kept if command == "identify" else kept / "no_match.csv.evidence.json"
    result = json.loads(evidence.read_bytes())["result"]
    assert result["verdict"] == "unusable"
    assert result["instrument_check"]["policy"] == "refuse"


def test_limits_of_a_check(run: Callable[..., Ran], scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scan(scans / "ps.csv", "polystyrene", offset=1.5)
    check = ("instrument", "check", "ps.csv", "--standard", "polystyrene", "--format", "json")
    configure(scans, "[instrument]\nvalid_days = 7\n[instrument.limits]\nmax_offset_cm1 = 1\n", monkeypatch)
    ran = run(*check)
    assert ran.code == 5
    told = json.loads(ran.out)
    assert told["limits"]["max_offset_cm1"] == 1.0
    assert told["reasons"] == ["axis_offset"]
    assert told["valid_days"] == 7.0
    assert run(*check, "--max-offset", "3").code == 0
