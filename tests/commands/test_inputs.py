"""Which files a command line means; patterns that a shell left alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli._errors import Failure, say_error
from cli._inputs import expand_inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.csv", "a.csv", "c.txt", "scan[1].csv"):
        (tmp_path / name).touch()
    (tmp_path / "z.csv").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ("t1.json: no such file", "t1.json: no such file"),
        ("t1.json does not exist. Check it.", "t1.json: does not exist. Check it."),
        ("no such file: check the name", "t1.json: no such file: check the name"),
        ("t1.jsonl: is another file", "t1.json: t1.jsonl: is another file"),
    ],
)
def test_an_error_names_its_file_once(capsys: pytest.CaptureFixture[str], told: str, line: str) -> None:
    say_error(Failure("t1.json", "damaged", told))
    assert capsys.readouterr().err == f"contraspec: error: {line}\n"


def test_a_pattern_is_expanded_sorted_and_without_folders(folder: Path) -> None:
    assert list(expand_inputs(["*.csv"])) == ["a.csv", "b.csv", "scan[1].csv"]
    assert list(expand_inputs(["?.txt", "a.csv"])) == ["c.txt", "a.csv"]


def test_brackets_are_no_pattern(folder: Path) -> None:
    assert list(expand_inputs(["scan[1]*"])) == ["scan[1].csv"]
    assert list(expand_inputs(["scan[1].csv", "[ab].csv"])) == ["scan[1].csv", "[ab].csv"]


def test_a_pattern_without_match_is_not_found(folder: Path) -> None:
    (failure,) = expand_inputs(["*.spc"])
    assert isinstance(failure, Failure)
    assert (failure.file, failure.error) == ("*.spc", "not_found")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder: Path) -> None:
    try:
        (folder / "a*.csv").touch()
    except OSError:
        pytest.skip("this file system has no * in names")
    assert list(expand_inputs(["a*.csv"])) == ["a*.csv"]


@pytest.mark.usefixtures("fake_engine")
def test_the_command_expands_patterns(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "m*.csv", "nothing*", "--format", "csv")
    assert ran.code == 3
    assert [line.split(",")[0] for line in ran.out.splitlines()] == [
        "file",
        "match.csv",
        "mixture.csv",
        "nothing*",
    ]
