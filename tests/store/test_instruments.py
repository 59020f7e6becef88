"""Kept checks: what is stored comes back, nothing can be changed unseen, and what they mean for a scan."""

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from libraries.instruments.recording import describe_check, moment_of, read_check
from libraries.instruments.standing import (
    Standing,
    apply_policy,
    find_standing,
    put_right,
    read_standing,
    worst_of,
)
from libraries.instruments.store import check_file, read_checks, read_instruments, store_check
from libraries.methods.method import Answer
from spectra.confidence.identification import Identification
from spectra.errors import CaseError
from spectra.instruments.check import InstrumentCheck
from spectra.instruments.limits import Limits
from spectra.quality import QualityReport
from spectra.spectrum import Spectrum

NOW = datetime.datetime(2026, 6, 30, 12, 0)
AXIS = np.arange(200.0, 2000.0, 2.0)
QUALITY = QualityReport(100.0, False, 0.1, 0, 1.0)


def scan(**metadata: Any) -> Spectrum:
    return Spectrum(AXIS, 100 + np.sin(AXIS), metadata=metadata)


def record(
    serial: str = "A-1", *, days_ago: float = 1.0, passed: bool = True, **changes: Any
) -> dict[str, Any]:
    measured = NOW - datetime.timedelta(days=days_ago)
    check = InstrumentCheck(
        "polystyrene",
        passed,
        () if passed else ("axis_offset",),
        None,
        None,
        300.0,
        12.5,
        {1001.4: 1.0},
        8,
        1.0,
        1.0,
    )
    plain = describe_check(check, scan(date=measured.isoformat()), limits=Limits(), serial=serial)
    axis = {"offset_cm1": 1.25, "offset_expanded_cm1": 1.2, "stretch": 0.0005, "stretch_expanded": 0.001}
    return {**plain, "axis": axis, **changes}


def test_a_record_is_plain_and_comes_back() -> None:
    plain = record()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    check = read_check(plain)
    assert (check.serial, check.standard, check.passed) == ("A-1", "polystyrene", True)
    assert (check.offset_cm1, check.stretch, check.valid_days) == (1.25, 0.0005, 30.0)
    with pytest.raises(CaseError, match="no record of an instrument check"):
        read_check({key: value for key, value in plain.items() if key != "passed"})
    with pytest.raises(CaseError, match="expected contraspec"):
        read_check({**plain, "schema": "x/1"})


def test_checks_come_back_in_the_order_of_measurement(tmp_path: Path) -> None:
    for days in (3, 9, 1):
        store_check(tmp_path, record(days_ago=days))
    store_check(tmp_path, record("B-2"))
    assert [(NOW - one.measured).days for one in read_checks(tmp_path, "A-1")] == [9, 3, 1]
    assert {serial: len(checks) for serial, checks in read_instruments(tmp_path).items()} == {
        "A-1": 3,
        "B-2": 1,
    }
    assert read_checks(tmp_path, "C-3") == ()


@pytest.mark.parametrize(("one", "other"), [("AB1", "ab1"), ("A/1", "A:1"), ("ü", "ö"), ("..", "../..")])
def test_serial_numbers_that_look_alike_have_files_of_their_own(tmp_path: Path, one: str, other: str) -> None:
    assert check_file(tmp_path, one) != check_file(tmp_path, other)
    assert check_file(tmp_path, one).parent == tmp_path
    store_check(tmp_path, record(one))
    assert read_checks(tmp_path, other) == ()


@pytest.mark.parametrize("harm", ["edit", "cut", "gone"])
def test_a_changed_history_is_refused(tmp_path: Path, harm: str) -> None:
    for days in (2, 1):
        store_check(tmp_path, record(days_ago=days))
    path = check_file(tmp_path, "A-1")
    lines = path.read_bytes().splitlines(keepends=True)
    if harm == "edit":
        path.write_bytes(b"".join(lines).replace(b"1.25", b"0.25", 1))
    elif harm == "cut":
        path.write_bytes(lines[0])
    else:
        path.unlink()
    with pytest.raises(CaseError):
        read_checks(tmp_path, "A-1")


def test_without_folder_or_serial_number_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no such folder"):
        read_checks(tmp_path / "none", "A-1")
    with pytest.raises(CaseError, match="no such folder"):
        read_instruments(tmp_path / "none")
    with pytest.raises(CaseError, match="give --serial"):
        store_check(tmp_path, record(""))


@pytest.mark.parametrize(
    ("stated", "moment"),
    [
        ("2026-06-01 10:20:30", datetime.datetime(2026, 6, 1, 10, 20, 30)),
        ("2026-06-01", datetime.datetime(2026, 6, 1)),
        ("03/04/2026", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_only_iso_dates_are_believed(stated: str | None, moment: datetime.datetime | None) -> None:
    assert moment_of(scan(date=stated)) == moment


def test_a_stated_zone_is_brought_to_local_time() -> None:
    moment = moment_of(scan(date="2026-06-01T10:20:30+00:00"))
    assert moment is not None
    assert moment.tzinfo is None
    assert moment.timestamp() == datetime.datetime(2026, 6, 1, 10, 20, 30, tzinfo=datetime.UTC).timestamp()


def standing(
    *records: dict[str, Any], serial: str = "A-1", overridden: bool = False, **metadata: Any
) -> Standing:
    checks = sorted((read_check(plain) for plain in records), key=lambda check: check.measured)
    return find_standing(
        scan(**metadata), checks, serial=serial, policy="warn", now=NOW, overridden=overridden
    )


def test_the_last_check_before_the_scan_counts() -> None:
    new = record(days_ago=1, axis={**record()["axis"], "offset_cm1": 3.0})
    assert standing(record(days_ago=10), new).offset_cm1 == 3.0
    early = standing(record(days_ago=10), new, date=(NOW - datetime.timedelta(days=5)).isoformat())
    assert (early.state, early.offset_cm1, early.age_days) == ("valid", 1.25, 5.0)
    assert standing(new, date="2026-01-01").state == "missing"


def test_a_scan_dated_by_the_day_alone_may_follow_a_check_of_that_day() -> None:
    assert standing(record(days_ago=0.1), date=NOW.date().isoformat()).state == "valid"


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ([record(days_ago=29)], "valid"),
        ([record(days_ago=31)], "expired"),
        ([record(days_ago=31, valid_days=60.0)], "valid"),
        ([record(days_ago=3), record(days_ago=2, passed=False)], "failed"),
        ([record(days_ago=3, passed=False), record(days_ago=2)], "valid"),
        ([], "missing"),
    ],
)
def test_states(records: list[dict[str, Any]], state: str) -> None:
    found = standing(*records)
    assert found.state == state
    assert found.applied == (state == "valid")
    assert (found.reason is None) == (state == "valid")


def test_another_laser_of_the_same_instrument_is_another_axis() -> None:
    by_785 = record(laser_nm=785.0)
    assert standing(by_785, laser_wavelength_nm=784.8).state == "valid"
    assert standing(by_785, laser_wavelength_nm=532.0).state == "missing"
    assert standing(by_785).state == "valid"


def test_unknown_instruments_and_offsets_of_the_caller() -> None:
    assert standing(record(), serial="").state == "no_serial"
    given = standing(record(), overridden=True)
    assert (given.state, given.applied, given.reason) == ("overridden", False, None)


def test_only_a_valid_check_moves_the_axis() -> None:
    moved = put_right(scan(), standing(record()))
    assert moved.axis == pytest.approx(AXIS + 1.25 + 0.0005 * (AXIS - 1000.0))
    assert "check of A-1 with polystyrene" in moved.warnings[-1]
    kept = put_right(scan(), standing(record(days_ago=99)))
    assert kept.axis == pytest.approx(AXIS, abs=0)


def test_a_standing_comes_back_from_plain_json() -> None:
    found = standing(record())
    assert read_standing(json.loads(json.dumps(found.plain()))) == found
    for wrong in ({}, {**found.plain(), "state": "fine"}, {**found.plain(), "policy": "x"}):
        with pytest.raises(CaseError, match="expected the fields"):
            read_standing(wrong)


def test_of_several_scans_the_worst_counts() -> None:
    good, old = standing(record()), standing(record(days_ago=99))
    assert worst_of([good, old]) is old
    assert worst_of([old, standing()]).state == "missing"


def answer(**changes: Any) -> Answer:
    said = Identification("match", False, 0.99, (), (), (), ("starter_library",), "send_to_lab", QUALITY)
    return Answer(replace(said, **changes), 1.0, 0.0, ())


def test_a_valid_check_changes_nothing() -> None:
    before = answer()
    assert apply_policy(before, standing(record())) is before


def test_a_missing_check_is_said_and_comes_first_unless_something_alarms() -> None:
    said = apply_policy(answer(), standing()).identification
    assert (said.verdict, said.reasons) == ("match", ("starter_library", "instrument_check_missing"))
    assert said.next_action == "check_instrument"
    assert apply_policy(answer(alert=True), standing()).identification.next_action == "send_to_lab"
    weak = answer(verdict="unusable", reasons=("too_weak",), next_action="scan_again_longer")
    assert apply_policy(weak, standing()).identification.next_action == "scan_again_longer"


@pytest.mark.parametrize("records", [[], [record(days_ago=99)], [record(passed=False)]])
def test_refusing_makes_every_answer_unusable(records: list[dict[str, Any]]) -> None:
    refused = apply_policy(answer(), replace(standing(*records), policy="refuse")).identification
    assert (refused.verdict, refused.substances, refused.probability) == ("unusable", (), None)
    assert refused.reasons[0].startswith("instrument_check_")
    assert "starter_library" in refused.reasons
    assert refused.next_action == "check_instrument"
    valid = replace(standing(record()), policy="refuse")
    assert apply_policy(answer(), valid).identification.verdict == "match"
