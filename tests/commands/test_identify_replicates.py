"""``identify --replicates``: one result for several scans, in every format."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("fake_engine")

AGREE = ("match.csv", "match2/match.csv", "match3/match.csv")


@pytest.fixture
def item(scans: Path) -> Path:
    """Two more folders with such a scan: the fake engine answers by the file's name."""
    for folder in ("match2", "match3"):
        (scans / folder).mkdir()
        (scans / folder / "match.csv").write_bytes((scans / "match.csv").read_bytes())
    for number, file in enumerate((*AGREE, "alert.csv", "unusable.csv")):
        text = (scans / file).read_text(encoding="utf-8")
        (scans / file).write_text(text.replace("\n300.0000,", f"\n300.0000,{number + 1}"), encoding="utf-8")
    return scans


def result(text: str) -> dict[str, Any]:
    (line,) = text.splitlines()
    return json.loads(line)


def test_scans_that_agree_give_one_result(run: Callable[..., Any], item: Path) -> None:
    ran = run("identify", *AGREE, "--replicates", "--format", "json")
    record = result(ran.out)
    assert ran.code == 0
    assert (record["schema"], record["verdict"], record["file"]) == (
        "contraspec.result/1",
        "match",
        "match.csv",
    )
    found = record["replicates"]
    assert (found["agreement"], found["n_scans"], found["n_used"], found["n_unread"]) == ("agree", 3, 3, 0)
    assert found["verdicts"] == {"match": 3}
    assert found["probability_range"] == [0.991235, 0.991235]
    assert [scan["file"] for scan in found["scans"]] == list(AGREE)
    assert {scan["state"] for scan in found["scans"]} == {"used"}
    assert len({scan["input_sha256"] for scan in found["scans"]}) == len(AGREE)
    assert record["provenance"]["input_sha256"] is None


def test_one_file_with_several_spectra_gives_one_result(run: Callable[..., Any], item: Path) -> None:
    record = result(run("identify", "two.csv", "--replicates", "--format", "json").out)
    assert [scan["index"] for scan in record["replicates"]["scans"]] == [0, 1]


def test_without_the_option_nothing_changes(run: Callable[..., Any], item: Path) -> None:
    lines = run("identify", *AGREE, "--format", "json").out.splitlines()
    assert len(lines) == 3
    assert all("replicates" not in json.loads(line) for line in lines)


def test_scans_that_disagree_name_nothing_and_list_what_each_saw(run: Callable[..., Any], item: Path) -> None:
    ran = run("identify", "match.csv", "alert.csv", "--replicates", "--fail-on", "alert", "--format", "json")
    record = result(ran.out)
    assert ran.code == 1
    assert (record["verdict"], record["alert"], record["probability"]) == ("inconclusive", True, None)
    assert record["reasons"][0] == "replicates_disagree"
    assert record["substances"][0]["name"] == "cocaine"
    assert [scan["names"] for scan in record["replicates"]["scans"]] == [["caffeine"], ["cocaine"]]
    text = run("identify", "match.csv", "alert.csv", "--replicates").out
    assert "CONTROLLED SUBSTANCE POSSIBLE" in text
    assert "match.csv: MATCH, caffeine" in text
    assert "alert.csv: MATCH, cocaine" in text
    assert "do not agree" in " ".join(text.split())


def test_text_names_what_was_left_out(run: Callable[..., Any], item: Path) -> None:
    text = " ".join(run("identify", *AGREE, "unusable.csv", "--replicates").out.split())
    assert text.startswith("MATCH")
    assert "3 of 4 scans used" in text
    assert "Left out: unusable.csv cannot be used." in text


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_same_scan_given_again_is_named_and_confirms_nothing(
    run: Callable[..., Any], item: Path, form: str
) -> None:
    (item / "match2" / "match.csv").write_bytes((item / "match.csv").read_bytes())
    out = run("identify", *AGREE[:2], "--replicates", "--format", form).out
    if form == "text":
        text = " ".join(out.split())
        assert "1 of 2 scans used" in text
        assert "Left out: match2/match.csv is the same scan given again." in text
        return
    record = result(out)
    assert (record["verdict"], record["reasons"][0]) == ("inconclusive", "too_few_replicates")
    assert [scan["state"] for scan in record["replicates"]["scans"]] == ["used", "duplicate"]


def test_csv_has_one_row_with_the_spread(run: Callable[..., Any], item: Path) -> None:
    out = run("identify", *AGREE, "unusable.csv", "--replicates", "--format", "csv").out
    (row,) = csv.DictReader(io.StringIO(out, newline=""))
    assert row["replicates_agreement"] == "agree"
    assert (row["replicates_scans"], row["replicates_used"]) == ("4", "3")
    assert row["replicates_left_out"] == "unusable.csv 0: unusable"
    assert row["replicates_counts"] == "match: 3; unusable: 1"
    assert row["replicates_probability_low"] == "0.991235"


def test_a_file_that_cannot_be_read_is_an_error_and_is_counted(run: Callable[..., Any], item: Path) -> None:
    ran = run("identify", *AGREE, "empty.csv", "--replicates", "--format", "json")
    error, record = (json.loads(line) for line in ran.out.splitlines())
    assert (ran.code, error["error"], record["replicates"]["n_unread"]) == (3, "empty", 1)
    assert "could not be read: 1" in " ".join(
        run("identify", *AGREE, "empty.csv", "--replicates").out.split()
    )


def test_no_file_that_can_be_read_gives_no_result(run: Callable[..., Any], item: Path) -> None:
    ran = run("identify", "empty.csv", "gone.csv", "--replicates", "--format", "json")
    assert ran.code == 3
    assert [json.loads(line)["schema"] for line in ran.out.splitlines()] == ["contraspec.error/1"] * 2


def test_an_engine_that_fails_is_an_error_never_a_verdict(run: Callable[..., Any], item: Path) -> None:
    ran = run("identify", "match.csv", "boom.csv", "--replicates", "--format", "json")
    assert (ran.code, result(ran.out)["error"]) == (70, "internal")


def test_scans_of_two_techniques_are_refused(run: Callable[..., Any], item: Path) -> None:
    axis = np.arange(900.0, 1700.0, 4.0)
    rows = [f"{x},{0.3 + 0.1 * np.sin(x / 60):.5f}" for x in axis]
    (item / "nir.csv").write_text("\n".join(["Wavelength (nm),Absorbance", *rows]) + "\n", encoding="utf-8")
    ran = run("identify", "match.csv", "nir.csv", "--replicates", "--format", "json")
    record = result(ran.out)
    assert (ran.code, record["schema"]) == (3, "contraspec.error/1")
    assert "several kinds" in record["message"]
