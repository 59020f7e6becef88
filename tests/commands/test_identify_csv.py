"""CSV output: one row per spectrum, header once, errors as rows without a verdict."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli._csv import CSV_COLUMNS

pytestmark = pytest.mark.usefixtures("fake_engine")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_row_per_spectrum_and_one_header(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "mixture.csv", "empty.csv", "no_match.csv", "--format", "csv")
    got = rows(ran.out)
    assert ran.code == 3
    assert ran.out.count("verdict") == 1
    assert list(got[0]) == list(CSV_COLUMNS)
    assert [row["verdict"] for row in got] == ["mixture", "", "no_match"]
    assert [row["error"] for row in got] == ["", "empty", ""]
    assert got[0]["substances"] == "cocaine; caffeine"
    assert got[0]["shares"] == "0.64; 0.36"
    assert (got[0]["alert"], got[2]["alert"], got[1]["alert"]) == ("true", "false", "")
    assert got[2]["hints"] == "fentanyl"


def test_cells_are_quoted_as_rfc_4180_has_it(run: Callable[..., Any], scans: Path) -> None:
    name = 'a, "b".csv'
    (scans / "match.csv").rename(scans / name)
    ran = run("identify", name, "--format", "csv")
    assert rows(ran.out)[0]["file"] == name
    assert '"a, ""b"".csv"' in ran.out


def test_a_broken_library_leaves_a_header_and_its_row(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "match.csv", "-l", "broken.h5", "--format", "csv")
    (row,) = rows(ran.out)
    assert (ran.code, row["error"], row["verdict"]) == (4, "library", "")
