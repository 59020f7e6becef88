"""A scan without a date: the age of its instrument's check is the clock's, is said, and stays in evidence."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import _instruments
from libraries.instruments.standing import UNDATED
from tests.commands.conftest import Ran
from tests.commands.test_instrument import CHECK, bench, write_scan

__all__ = ["bench"]

CHECKED = datetime.datetime(2026, 5, 4, 9, 30)
ASKED = ("--instruments", "checks", "--serial", "WP-1")


def clock(monkeypatch: pytest.MonkeyPatch, *, days: float) -> None:
    """Let commands believe that so many days have gone since the check."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return CHECKED + datetime.timedelta(days=days)

    class Module:
        datetime = Clock

    monkeypatch.setattr(_instruments, "datetime", Module)


@pytest.fixture
def undated(bench: Path, run: Callable[..., Ran]) -> Path:
    """Folder with a check and a scan that bears no date."""
    assert run(*CHECK, "--store", "checks").code == 0
    write_scan(bench / "calcite.csv", "calcite", offset=1.5)
    text = (bench / "calcite.csv").read_text()
    (bench / "calcite.csv").write_text(
        "\n".join(row for row in text.split("\n") if not row.startswith("Date"))
    )
    return bench


def identified(run: Callable[..., Ran], *options: str) -> dict[str, Any]:
    return dict(json.loads(run("identify", "calcite.csv", *ASKED, "--format", "json", *options).out))


def test_the_age_is_the_clocks_and_the_result_says_so(
    undated: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, days=2.0)
    told = identified(run)
    assert told["instrument_check"]["age_days"] == 2.0
    assert told["instrument_check"]["state"] == "valid"
    assert UNDATED in told["warnings"]
    clock(monkeypatch, days=31.0)
    later = identified(run)
    assert later["instrument_check"]["state"] == "expired"
    assert UNDATED in later["warnings"]


def test_a_scan_with_a_date_has_no_such_warning(
    undated: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_scan(undated / "calcite.csv", "calcite", offset=1.5, date="2026-05-06 10:00:00")
    clock(monkeypatch, days=300.0)
    told = identified(run)
    assert told["instrument_check"]["age_days"] == 2.02
    assert UNDATED not in told["warnings"]


@pytest.mark.parametrize("policy", ["warn", "refuse"])
@pytest.mark.parametrize("days", [2.0, 31.0])
def test_a_replay_on_another_day_is_identical(
    undated: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, policy: str, days: float
) -> None:
    clock(monkeypatch, days=days)
    options = (*ASKED, "--instrument-policy", policy)
    identified(run, "--instrument-policy", policy, "--evidence", "e.json")
    run("batch", "calcite.csv", *options, "-o", "o.jsonl", "--workers", "1", "--evidence", "kept")
    clock(monkeypatch, days=400.0)
    for path in ("e.json", "kept/calcite.csv.evidence.json"):
        ran = run("replay", path)
        assert ran.code == 0, ran.out
        assert ran.out.startswith("IDENTICAL")
