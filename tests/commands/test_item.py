"""``--item`` and ``--subsample`` go with an answer wherever it goes."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.messages import message
from libraries.casework import log
from tests.commands.conftest import Ran

pytestmark = pytest.mark.usefixtures("fake_engine", "scans")
CALLED = ("--item", "K-12/b", "--subsample", "spot 3")
KEPT = ("--evidence", "kept", "--log", "case.log", *CALLED)


def is_called(told: Any) -> bool:
    return (told["item"], told["subsample"]) == ("K-12/b", "spot 3")


def check_kept(page: Path, n_errors: int) -> None:
    """Evidence, its result, every entry of the log and the page."""
    evidence = [json.loads(path.read_bytes()) for path in Path("kept").iterdir()]
    assert evidence
    assert all(is_called(each["item"]) and is_called(each["result"]) for each in evidence)
    entries = list(log.read_log("case.log"))
    assert sum(entry.what == "error" for entry in entries) == n_errors
    assert all(is_called(entry.details) for entry in entries)
    said = page.read_text(encoding="utf-8")
    for key, value in (("report.item", "K-12/b"), ("report.subsample", "spot 3")):
        assert f"<dt>{message(key)}</dt><dd>{value}</dd>" in said


def test_identify(run: Callable[..., Ran]) -> None:
    Path("kept").mkdir()
    ran = run("identify", "match.csv", "empty.csv", *KEPT, "--report", "page.html", "--format", "json")
    assert is_called(json.loads(ran.out.splitlines()[0]))
    check_kept(Path("page.html"), n_errors=1)
    told = list(csv.DictReader(io.StringIO(run("identify", "match.csv", *CALLED, "--format", "csv").out)))
    assert is_called(told[0])
    text = run("identify", "match.csv", *CALLED).out
    assert "K-12/b" in text
    assert "spot 3" in text


def test_batch(run: Callable[..., Ran]) -> None:
    pages = ("--report", "pages", "--report-format", "html")
    run("batch", "match.csv", "empty.csv", *KEPT, *pages, "-o", "o.jsonl", "--workers", "1")
    assert is_called(json.loads(Path("o.jsonl").read_text().splitlines()[0]))
    check_kept(Path("pages/match.csv.report.html"), n_errors=1)
    run("batch", "match.csv", *CALLED, "-o", "o.csv", "--workers", "1")
    assert is_called(next(csv.DictReader(io.StringIO(Path("o.csv").read_text()))))
    parquet = pytest.importorskip("pyarrow.parquet")
    run("batch", "match.csv", *CALLED, "-o", "o.parquet", "--workers", "1")
    (row,) = parquet.read_table("o.parquet").to_pylist()
    assert is_called(row)
    assert is_called(json.loads(row["record"]))


def test_without_them_nothing_is_said(run: Callable[..., Ran]) -> None:
    told = json.loads(run("identify", "match.csv", "--format", "json").out)
    assert "item" not in told
    assert "subsample" not in told
