"""``contraspec instrument``, and what ``identify`` makes of the checks that it keeps."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from libraries.shift_standards import read_standard
from tests.commands.conftest import Ran

Run = Callable[..., Ran]
HEIGHTS = {"strongest": 1000.0, "strong": 400.0, "medium": 150.0, "weak": 60.0}


def write_scan(
    path: Path, key: str, *, offset: float = 0.0, serial: str = "WP-1", date: str = "2026-05-04 09:30:00"
) -> None:
    """CSV of a standard on an axis that needs this offset added."""
    rng = np.random.default_rng(1)
    axis = np.arange(150.0, 2400.0, 1.5)
    y = 300.0 + rng.normal(0, 2.0, axis.size)
    for band in read_standard(key).bands:
        height = HEIGHTS[band.strength]
        y = y + height * np.exp(-0.5 * ((axis + offset - band.position_cm1) / 3.4) ** 2)
    head = [f"Serial Number,{serial}"] if serial else []
    head += [f"Date,{date}", "Raman shift (cm-1),Intensity"]
    rows = [f"{x:.3f},{v:.4f}" for x, v in zip(axis, y, strict=True)]
    path.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Working folder with scans of standards, without a folder of checks in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONTRASPEC_INSTRUMENTS", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    write_scan(tmp_path / "ps.csv", "polystyrene", offset=1.5)
    write_scan(tmp_path / "calcite.csv", "calcite", offset=1.5, date="2026-05-04 10:00:00")
    return tmp_path


def told(ran: Ran) -> dict[str, Any]:
    record = json.loads(ran.out)
    assert isinstance(record, dict)
    return record


CHECK = ("instrument", "check", "ps.csv", "--standard", "polystyrene")


def test_a_check_says_offset_uncertainty_bands_and_limits(bench: Path, run: Run) -> None:
    ran = run(*CHECK)
    assert ran.code == 0
    assert ran.out.startswith("PASSED  WP-1, polystyrene, 2026-05-04 09:30\n")
    for words in (
        "Axis: add +1.",
        "U = 1.",
        "Stretch:",
        "used, 0 rejected",
        "limit 3",
        "limit 30",
        "Not stored.",
    ):
        assert words in ran.out


def test_the_record_for_machines(bench: Path, run: Run) -> None:
    record = told(run(*CHECK, "--format", "json", "--store", "checks"))
    assert record["schema"] == "contraspec.instrument/1"
    assert (record["serial"], record["standard"], record["passed"]) == ("WP-1", "polystyrene", True)
    assert record["axis"]["offset_cm1"] == pytest.approx(1.5, abs=0.3)
    assert record["axis"]["offset_expanded_cm1"] >= 1.1
    assert record["stored"]["entry"] == 1
    assert record["limits"]["max_resolution_cm1"] == 15.0


def test_a_failed_check_leaves_with_5_and_is_kept(bench: Path, run: Run) -> None:
    write_scan(bench / "off.csv", "polystyrene", offset=-7.0)
    ran = run("instrument", "check", "off.csv", "--standard", "polystyrene", "--store", "checks")
    assert ran.code == 5
    assert ran.out.startswith("FAILED")
    assert "further off than allowed" in ran.out
    assert "Stored:" in ran.out
    wide = run("instrument", "check", "off.csv", "--standard", "polystyrene", "--max-offset", "10")
    assert wide.code == 0


def test_a_wrong_standard_leaves_with_5_without_offset_and_is_not_kept(bench: Path, run: Run) -> None:
    ran = run(
        "instrument", "check", "ps.csv", "--standard", "calcite", "--store", "checks", "--format", "json"
    )
    record = told(ran)
    assert ran.code == 5
    assert record["reasons"] == ["wrong_standard"]
    assert (record["axis"], record["stored"]) == (None, None)
    assert not list(bench.glob("checks/*"))


@pytest.mark.parametrize("name", ["missing.csv", "empty.csv"])
def test_what_cannot_be_read_leaves_with_3(bench: Path, run: Run, name: str) -> None:
    (bench / "empty.csv").write_bytes(b"")
    ran = run("instrument", "check", name, "--standard", "polystyrene")
    assert ran.code == 3
    assert ran.err.startswith(f"contraspec: error: {name}: ")


def test_near_infrared_leaves_with_3_and_says_why(bench: Path, run: Run) -> None:
    axis = np.arange(900.0, 1700.0, 4.0)
    rows = [f"{x},{0.5 + 0.1 * np.sin(x / 90):.5f}" for x in axis]
    (bench / "nir.csv").write_text("Wavelength (nm),Absorbance\n" + "\n".join(rows), encoding="utf-8")
    ran = run("instrument", "check", "nir.csv", "--standard", "polystyrene")
    assert ran.code == 3
    assert "NIR instruments is not checked here" in ran.err


def test_serial_numbers(bench: Path, run: Run) -> None:
    write_scan(bench / "bare.csv", "calcite", serial="")
    bare = ("instrument", "check", "bare.csv", "--standard", "calcite", "--store", "checks")
    assert "give --serial" in run(*bare).err
    assert run(*bare, "--serial", "X9").code == 0
    other = run(*CHECK, "--serial", "other")
    assert other.code == 3
    assert "the file says WP-1" in other.err


def test_the_second_check_is_compared_with_the_first(bench: Path, run: Run) -> None:
    run(*CHECK, "--store", "checks")
    text = (bench / "ps.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in text[3:]]
    tilted = [f"{x},{float(y) * (2.0 if float(x) > 1300 else 1.0):.4f}" for x, y in rows]
    (bench / "tilted.csv").write_text("\n".join([*text[:3], *tilted]) + "\n", encoding="utf-8")
    ran = run(
        "instrument",
        "check",
        "tilted.csv",
        "--standard",
        "polystyrene",
        "--store",
        "checks",
        "--format",
        "json",
    )
    record = told(ran)
    assert ran.code == 0
    assert record["flags"] == ["relative_intensity"]
    assert record["change"]["height_ratio"] == pytest.approx(2.0, rel=0.05)


def test_list_and_show(bench: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("instrument", "list").code == 2
    monkeypatch.setenv("CONTRASPEC_INSTRUMENTS", "checks")
    run(*CHECK)
    run("instrument", "check", "calcite.csv", "--standard", "calcite")
    listed = json.loads(run("instrument", "list", "--format", "json").out)
    assert (listed["serial"], listed["n_checks"], listed["standard"]) == ("WP-1", 2, "calcite")
    shown = run("instrument", "show", "WP-1")
    assert shown.code == 0
    assert shown.out.replace("cm⁻¹", "").isascii()
    assert shown.out.count("\n2026-05-04 ") == 4
    records = [
        json.loads(line) for line in run("instrument", "show", "WP-1", "--format", "json").out.splitlines()
    ]
    assert [record["standard"] for record in records] == ["polystyrene", "calcite"]
    assert run("instrument", "show", "nobody").code == 3
    assert run("instrument", "show", "WP-1", "-o", "drift.txt").code == 2


@pytest.mark.parametrize("columns", ["40", "80"])
def test_the_chart_fits_and_shows_each_check(
    bench: Path, run: Run, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for name, key in (("ps.csv", "polystyrene"), ("calcite.csv", "calcite")):
        run("instrument", "check", name, "--standard", key, "--store", "checks")
    chart = run("instrument", "show", "WP-1", "--store", "checks").out.split("\n\n")[1].splitlines()
    assert len(chart) == 4
    assert all(len(line) <= int(columns) for line in chart)
    assert all(line.count("o", line.index("|")) == 1 for line in chart[:2])
    assert len({line.index("|") for line in chart[:3]}) == len({line.rindex("|") for line in chart[:3]}) == 1


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_drift_is_drawn_the_same_each_time(bench: Path, run: Run, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    run(*CHECK, "--store", "checks")
    drawn = []
    for name in (f"a.{suffix}", f"b.{suffix}"):
        assert run("instrument", "show", "WP-1", "--store", "checks", "-o", name).code == 0
        drawn.append((bench / name).read_bytes())
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith(b"<?xml" if suffix == "svg" else b"\x89PNG")


def test_a_missing_matplotlib_is_one_line(bench: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*CHECK, "--store", "checks")
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    ran = run("instrument", "show", "WP-1", "--store", "checks", "-o", "drift.svg")
    assert ran.code == 3
    assert 'pip install "contraspec[plot]"' in ran.err
    assert not (bench / "drift.svg").exists()


def test_a_changed_history_is_an_error_and_never_an_answer(bench: Path, run: Run) -> None:
    run(*CHECK, "--store", "checks")
    path = next(bench.glob("checks/*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b'"passed":true', b'"passed":false'))
    assert run("instrument", "list", "--store", "checks").code == 3
    assert run("instrument", "show", "WP-1", "--store", "checks").code == 3
    ran = run("identify", "calcite.csv", "--instruments", "checks", "--format", "json")
    assert ran.code == 3
    assert told(ran)["error"] == "damaged"


# identify, with the built-in library


IDENTIFY = ("identify", "calcite.csv", "--format", "json")


def test_without_a_folder_nothing_is_said(bench: Path, run: Run) -> None:
    record = told(run(*IDENTIFY))
    assert "instrument_check" not in record
    assert not [reason for reason in record["reasons"] if "instrument" in reason]
    assert run(*IDENTIFY, "--instrument-policy", "warn").code == 2


def test_the_last_valid_check_corrects_the_axis_and_says_so(bench: Path, run: Run) -> None:
    checked = told(run(*CHECK, "--store", "checks", "--format", "json"))
    record = told(run(*IDENTIFY, "--instruments", "checks"))
    found = record["instrument_check"]
    assert (found["state"], found["serial"], found["standard"]) == ("valid", "WP-1", "polystyrene")
    assert found["applied"] is True
    assert found["offset_cm1"] == checked["axis"]["offset_cm1"]
    assert found["age_days"] == pytest.approx(0.02)
    assert any("as the check of WP-1 with polystyrene" in warning for warning in record["warnings"])
    plain = told(run(*IDENTIFY))
    shift = record["quality"]["axis_shift_cm1"] - plain["quality"]["axis_shift_cm1"]
    assert shift == pytest.approx(-1.5, abs=0.6)
    text = run("identify", "calcite.csv", "--instruments", "checks").out
    assert "Instrument check: WP-1 with polystyrene on 2026-05-04" in " ".join(text.split())


def test_a_missing_or_old_check_is_a_reason_and_the_next_action(bench: Path, run: Run) -> None:
    (bench / "checks").mkdir()
    missing = told(run(*IDENTIFY, "--instruments", "checks"))
    assert missing["reasons"][-1] == "instrument_check_missing"
    assert missing["next_action"] == "check_instrument"
    run(*CHECK, "--store", "checks", "--valid-days", "0.001")
    old = told(run(*IDENTIFY, "--instruments", "checks"))
    assert old["reasons"][-1] == "instrument_check_expired"
    assert old["instrument_check"]["applied"] is False
    refused = told(run(*IDENTIFY, "--instruments", "checks", "--instrument-policy", "refuse"))
    assert (refused["verdict"], refused["reasons"][0]) == ("unusable", "instrument_check_expired")


def test_an_offset_of_the_caller_comes_first(bench: Path, run: Run) -> None:
    run(*CHECK, "--store", "checks")
    record = told(run(*IDENTIFY, "--instruments", "checks", "--axis-offset", "1"))
    assert record["instrument_check"]["state"] == "overridden"
    assert sum("axis corrected" in warning for warning in record["warnings"]) == 1


def test_the_serial_number_may_be_given(bench: Path, run: Run) -> None:
    run(*CHECK, "--store", "checks")
    write_scan(bench / "calcite.csv", "calcite", serial="", date="2026-05-04 10:00:00")
    unknown = told(run(*IDENTIFY, "--instruments", "checks"))
    assert unknown["instrument_check"]["state"] == "no_serial"
    assert unknown["reasons"][-1] == "instrument_check_missing"
    given = told(run(*IDENTIFY, "--instruments", "checks", "--serial", "WP-1"))
    assert given["instrument_check"]["state"] == "valid"


@pytest.mark.parametrize("policy", ["warn", "refuse"])
@pytest.mark.parametrize("replicates", [False, True])
@pytest.mark.parametrize("checked", [False, True])
def test_evidence_replays_without_the_checks(
    bench: Path, run: Run, policy: str, replicates: bool, checked: bool
) -> None:
    (bench / "checks").mkdir()
    if checked:
        run(*CHECK, "--store", "checks")
    files = ("calcite.csv", "calcite.csv") if replicates else ("calcite.csv",)
    options = ("--replicates",) if replicates else ()
    ran = run("identify", *files, *options, "--instruments", "checks", "--instrument-policy", policy,
              "--evidence", "evidence.json")  # fmt: skip
    assert ran.code == 0
    for path in bench.glob("checks/*"):
        path.unlink()
    replayed = run("replay", "evidence.json")
    assert replayed.code == 0, replayed.out
    assert replayed.out.startswith("IDENTICAL")
