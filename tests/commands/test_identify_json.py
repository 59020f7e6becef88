"""The JSON contract of ``identify``: keys, types, order, ASCII, no NaN."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli._errors import ERROR_CODES
from cli._records import rounded
from cli._version import engine_version

pytestmark = pytest.mark.usefixtures("fake_engine")

RESULT_KEYS = [
    "schema", "file", "index", "verdict", "alert", "probability", "substances", "hits", "hints", "reasons",
    "next_action", "quality", "provenance", "warnings",
]  # fmt: skip
SUBSTANCE_KEYS = ["name", "form", "id", "cas", "role", "probability", "share", "hqi", "grade"]


def records(text: str) -> list[dict[str, Any]]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in JSON")

    assert text.isascii()
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


@pytest.mark.parametrize(
    "scenario",
    ["match", "alert", "precursor", "mixture", "group", "inconclusive", "no_match", "unusable", "container"],
)
def test_result_has_the_keys_of_the_contract_in_order(
    run: Callable[..., Any], scans: Path, scenario: str
) -> None:
    ran = run("identify", f"{scenario}.csv", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    (record,) = records(ran.out)
    assert list(record) == RESULT_KEYS
    assert record["schema"] == "contraspec.result/1"
    assert (record["file"], record["index"]) == (f"{scenario}.csv", 0)
    assert type(record["alert"]) is bool
    assert record["probability"] is None or 0 <= record["probability"] <= 1
    for substance in record["substances"]:
        assert list(substance) == SUBSTANCE_KEYS
    for hit in record["hits"]:
        assert list(hit) == ["rank", "name", "id", "hqi", "score"]
    for hint in record["hints"]:
        assert list(hint) == ["name", "form", "bands_cm1", "found_cm1", "message"]
        assert "unverified" in hint["message"]
    assert list(record["quality"]) == [
        "snr",
        "saturated",
        "coverage",
        "axis_shift_cm1",
        "fluorescence",
        "n_spikes",
    ]
    assert list(record["provenance"]) == ["input_sha256", "library", "engine", "pipeline", "config"]
    assert list(record["provenance"]["library"][0]) == ["name", "sha256", "release"]
    assert all(isinstance(reason, str) for reason in record["reasons"])


def test_provenance_names_the_input_and_the_engine(run: Callable[..., Any], scans: Path) -> None:
    (record,) = records(run("identify", "match.csv", "--format", "json").out)
    digest = hashlib.sha256((scans / "match.csv").read_bytes()).hexdigest()
    assert record["provenance"]["input_sha256"] == digest
    assert record["provenance"]["engine"] == engine_version()
    assert (record["provenance"]["pipeline"], record["provenance"]["config"]) == ("pipe01", "conf01")


def test_figures_have_six_significant_digits_and_nan_is_null(run: Callable[..., Any], scans: Path) -> None:
    match, unusable = records(run("identify", "match.csv", "unusable.csv", "--format", "json").out)
    assert match["probability"] == 0.991235
    assert match["substances"][0]["hqi"] == 0.973123
    assert match["quality"]["fluorescence"] == 0.123457
    assert unusable["quality"]["snr"] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (1234567.0, 1234570.0),
        (1e-12, 1e-12),
        (3, 3.0),
    ],
)
def test_rounded(value: float | None, expected: float | None) -> None:
    assert rounded(value) == expected


def test_rounded_has_no_negative_zero() -> None:
    assert str(rounded(-0.0)) == "0.0"


def test_every_file_gets_its_line_in_input_order(run: Callable[..., Any], scans: Path) -> None:
    files = ["match.csv", "empty.csv", "missing.csv", "photo.jpg", "alert.csv"]
    ran = run("identify", *files, "--format", "json")
    got = records(ran.out)
    assert [record["file"] for record in got] == files
    assert [record.get("error") for record in got] == [None, "empty", "not_found", "unrecognised", None]
    for record in got[1:4]:
        assert list(record) == ["schema", "file", "error", "message"]
        assert record["schema"] == "contraspec.error/1"
        assert record["error"] in ERROR_CODES
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 3


def test_several_spectra_of_a_file_are_told_apart_by_index(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spectra.io

    read = spectra.io.read_spectra
    monkeypatch.setattr(
        spectra.io, "read_spectra", lambda path, technique=None: read(path, technique=technique) * 2
    )
    got = records(run("identify", "match.csv", "group.csv", "--format", "json").out)
    assert [(record["file"], record["index"]) for record in got] == [
        ("match.csv", 0), ("match.csv", 1), ("group.csv", 0), ("group.csv", 1),
    ]  # fmt: skip
    assert "spectrum 2 of 2" in run("identify", "match.csv").out


def test_a_technique_given_by_hand_is_noted(run: Callable[..., Any], scans: Path) -> None:
    (record,) = records(run("identify", "match.csv", "--technique", "raman", "--format", "json").out)
    assert any("--technique raman" in warning for warning in record["warnings"])


def test_a_broken_library_is_one_error_record(run: Callable[..., Any], scans: Path) -> None:
    ran = run("identify", "match.csv", "group.csv", "-l", "ok.h5", "-l", "broken.h5", "--format", "json")
    (record,) = records(ran.out)
    assert (ran.code, record["error"], record["file"]) == (4, "library", "broken.h5")
    assert record["message"] == "is cut short; copy it again"


def test_an_unexpected_exception_is_an_internal_record_and_the_others_go_on(
    run: Callable[..., Any], scans: Path
) -> None:
    ran = run("identify", "boom.csv", "match.csv", "--format", "json")
    boom, match = records(ran.out)
    assert (ran.code, boom["error"], match["verdict"]) == (70, "internal", "match")
    assert "--debug" in ran.err
    assert "Traceback" not in ran.err


def test_debug_shows_the_traceback(
    run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Traceback" in run("--debug", "identify", "boom.csv").err
    assert "Traceback" in run("identify", "boom.csv", "--debug").err
    assert "Traceback" not in run("identify", "boom.csv", "--", "--debug").err
    monkeypatch.setenv("CONTRASPEC_DEBUG", "1")
    assert "Traceback" in run("identify", "boom.csv").err


def test_the_banner_of_a_library_goes_with_every_result(run: Callable[..., Any], scans: Path) -> None:
    (record,) = records(run("identify", "match.csv", "-l", "mine.h5", "--format", "json").out)
    assert record["warnings"] == ["library fake library: for tests only"]
    assert "Note: library fake library: for tests only" in run("identify", "match.csv", "-l", "mine.h5").out
    assert records(run("identify", "match.csv", "--format", "json").out)[0]["warnings"] == []
