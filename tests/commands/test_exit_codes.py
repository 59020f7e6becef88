"""Exit codes, and which wins when several apply."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from cli import _engine
from cli._errors import worst
from cli.commands import identify

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["match.csv"], 0),
        (["no_match.csv", "unusable.csv"], 0),
        (["alert.csv"], 0),
        (["alert.csv", "--fail-on", "alert"], 1),
        (["match.csv", "--fail-on", "alert"], 0),
        (["missing.csv"], 3),
        (["empty.csv"], 3),
        (["."], 3),
        (["match.csv", "missing.csv"], 3),
        (["missing.csv", "alert.csv", "--fail-on", "alert"], 1),
        (["missing.csv", "alert.csv"], 3),
        (["match.csv", "-l", "broken.h5"], 4),
        (["missing.csv", "-l", "broken.h5"], 4),
        (["boom.csv", "alert.csv", "missing.csv", "--fail-on", "alert"], 70),
        ([], 2),
        (["match.csv", "--format", "xml"], 2),
        (["match.csv", "--no-such-option"], 2),
    ],
)
@pytest.mark.parametrize("output_format", ["text", "json", "csv"])
def test_identify(
    run: Callable[..., Any], scans: Path, args: list[str], code: int, output_format: str
) -> None:
    assert run("identify", "--format", output_format, *args).code == code


def test_precedence() -> None:
    assert [worst(codes) for codes in ({70, 4, 1, 3, 0}, {4, 1, 3, 0}, {1, 3, 0}, {3, 0}, {0}, set())] == [
        70, 4, 1, 3, 0, 0,
    ]  # fmt: skip


def test_an_unknown_command_is_wrong_usage(run: Callable[..., Any]) -> None:
    ran = run("identfy", "x.csv")
    assert ran.code == 2
    assert "No such command" in ran.err


def test_a_failure_before_the_engine_is_no_verdict(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_paths: object) -> None:
        raise RuntimeError("no engine")

    monkeypatch.setattr(_engine, "open_engine", fail)
    ran = run("identify", "match.csv")
    assert (ran.code, ran.out) == (70, "")
    assert "internal error" in ran.err


def test_ctrl_c_is_130_with_one_line(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_args: object, **_fields: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(identify, "read_file", interrupt)
    ran = run("identify", "match.csv")
    assert ran.code == 130
    assert ran.err.strip() == "contraspec: interrupted"


def test_a_closed_pipe_is_quiet_and_no_success(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_args: object, **_fields: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(click, "echo", closed)
    monkeypatch.setattr("cli.main.silence_stdout", lambda: None)
    ran = run("identify", "match.csv")
    assert (ran.code, ran.err) == (141, "")


def test_version_and_help(run: Callable[..., Any]) -> None:
    assert run("--version").out.startswith("contraspec ")
    for args in (["--help"], ["identify", "-h"], ["library", "--help"], ["library", "build", "--help"]):
        ran = run(*args)
        assert ran.code == 0
        assert "Examples:" in ran.out
