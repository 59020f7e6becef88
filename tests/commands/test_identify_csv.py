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


FIRST_RELEASE = (
    "file", "index", "verdict", "alert", "probability", "substances", "forms", "roles", "cas", "shares",
    "hqi", "grades", "hints", "reasons", "next_action", "snr", "saturated", "coverage", "axis_shift_cm1",
    "fluorescence", "n_spikes", "input_sha256", "library", "library_sha256", "engine", "pipeline", "config",
    "warnings", "error", "message",
)  # fmt: skip


def test_columns_of_the_first_release_keep_their_places() -> None:
    assert CSV_COLUMNS[: len(FIRST_RELEASE)] == FIRST_RELEASE
    assert len(set(CSV_COLUMNS)) == len(CSV_COLUMNS)


def test_what_may_be_there_beside_the_answer(run: Callable[..., Any], scans: Path) -> None:
    limits, mixture, match = rows(
        run("identify", "limits.csv", "mixture.csv", "match.csv", "--format", "csv").out
    )
    assert (mixture["shares_low"], mixture["shares_high"]) == ("0.551235; 0.28", "0.7189; 0.45")
    assert mixture["unexplained_bands_cm1"] == "1233.6; 1310.24"
    assert (limits["prediction_level"], limits["prediction_set"]) == ("0.95", "caffeine; β-alanine")
    assert limits["limit_names"] == "cocaine; cocaine; PMK; cocaine; amphetamine"
    assert limits["limit_forms"] == "hydrochloride; hydrochloride; ; base; sulfate"
    assert limits["limit_roles"] == "controlled; controlled; precursor; controlled; controlled"
    assert limits["limit_shares"] == "0.0412346; 0.12; 0.0701; any; 0.31"
    assert limits["limit_level"] == "0.95"
    assert match["prior"] == "0.5"
    empty = (
        "shares_low",
        "unexplained_bands_cm1",
        "prediction_level",
        "prediction_set",
        "limit_names",
        "limit_shares",
    )
    assert not any(match[column] for column in empty)


def test_every_new_column_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8").split("### CSV", 1)[1]
    for column in CSV_COLUMNS[len(FIRST_RELEASE) :]:
        assert f"`{column}`" in text
