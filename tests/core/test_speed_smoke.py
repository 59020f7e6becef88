"""The speed benchmark's rows, processes, table and curve; its times are nobody's test."""

import json

import numpy as np
import pytest

from benchmarks.speed import __main__ as speed
from benchmarks.speed import _common, machine, part, plots, processes, report
from benchmarks.speed._common import Row, in_turns
from benchmarks.speed.identifying import time_identify

KEYS = ["job", "n", "threads", "ours_ms", "rival", "rival_ms", "ratio", "equal"]


def single(n: int, ours_ms: float, rival_ms: float | None, *, rival: str = "blas sgemv") -> Row:
    return Row("single", n, 1, ours_ms, rival, rival_ms, True)


# --- rows and stopwatches ------------------------------------------------------------------------


def test_a_row_has_the_eight_figures():
    figures = Row("single", 1_000, 2, 0.2, "faiss flat", 5.0, True, "a note").figures()
    assert sorted(figures) == sorted(KEYS)
    assert figures["ratio"] == 25.0
    assert single(1, 0.5, None).figures()["ratio"] is None


def test_sides_take_turns_and_warm_up(monkeypatch):
    monkeypatch.setattr(_common, "REST", 0.0)
    asked: dict[str, list[int]] = {"ours": [], "theirs": []}
    ours, nobody, theirs = in_turns(
        [asked["ours"].append, None, asked["theirs"].append], run=3, seconds=0.0, warm=True
    )
    assert nobody is None
    assert ours > 0
    assert theirs > 0
    assert asked["ours"] == asked["theirs"] == [0, 0, 1, 2]  # the first is the one that is not counted


def test_a_long_turn_ends_early(monkeypatch):
    monkeypatch.setattr(_common, "WINDOW", 0.0)
    asked: list[int] = []
    in_turns([asked.append], run=50, seconds=0.0, warm=False)
    assert asked == [0]


# --- what is run --------------------------------------------------------------------------------


def test_quick_keeps_every_job_at_25000_rows():
    names = {name for each in speed.plan((1, 2), quick=True) for name in each.names}
    assert {"search", "mixing", "whittaker", "large_batch", "identify", "cold"} <= names
    assert {each.n for each in speed.plan((1, 2), quick=True)} == {25_000}
    assert {each.n for each in speed.plan((1, 2))} == {1_000, 25_000, 100_000, 1_000_000}
    assert {each.names for each in speed.plan((1,), grown=True)} == {("single",)}
    for options in ({}, {"quick": True}, {"grown": True}):
        parts = speed.plan((1, 2), **options)
        assert all(set(each.names) <= set(part.PARTS) for each in parts)
        assert {each.threads for each in parts} == {1, 2}


def test_a_library_that_does_not_fit_is_left_out(monkeypatch):
    monkeypatch.setattr(speed, "free_bytes", lambda: 8_000_000_000)
    assert "8.0 are free" in speed.left_out(1_000_000, 0.0)
    monkeypatch.setattr(speed, "free_bytes", lambda: None)
    assert speed.left_out(1_000_000, 0.0) == ""
    assert "slow" in speed.left_out(1_000_000, 200.0)
    assert speed.left_out(100_000, 200.0) == ""
    assert speed.left_out(25_000, 1e6) == ""


def test_the_whole_way_through_processes(monkeypatch, tmp_path, capsys):
    small = [speed.Part(("peaks", "mixing", "search", "noise", "whittaker"), 1, 300, 0.0)]
    monkeypatch.setattr(speed, "plan", lambda *_, **__: small)
    monkeypatch.setattr(speed, "compiled", lambda: True)
    assert speed.main(["--quick", "--json", str(tmp_path / "rows.json")]) == 0
    rows = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert {"single", "batch256", "shifts10", "pairs", "triples", "whittaker"} <= {row["job"] for row in rows}
    for row in rows:
        assert sorted(row) == sorted(KEYS)
        assert row["equal"] is True
        assert row["threads"] == 1
    said = capsys.readouterr().out
    assert "memory is read at" in said
    assert report.HEADER in said


def test_a_wrong_row_is_an_exit_code(monkeypatch):
    wrong = Row("single", 10, 1, 1.0, "blas sgemv", 1.0, False)
    monkeypatch.setattr(speed, "run_part", lambda *_, **__: iter([wrong]))
    monkeypatch.setattr(speed, "compiled", lambda: True)
    assert speed.main(["--quick"]) == 1


def test_a_process_that_fails_ends_the_run():
    with pytest.raises(SystemExit, match="code 2"):
        list(speed.run_part(speed.Part(("nonsense",), 1)))


def test_a_pool_that_is_too_large_is_refused():
    pytest.importorskip("threadpoolctl", reason="comes with the extra [bench]")
    part.check_pools(10_000)
    with pytest.raises(SystemExit, match="more than 0 threads"):
        part.check_pools(0)


def test_cold_processes_say_the_same_as_eager_ones():
    rows = processes.time_processes(1, 1)
    assert [row.job for row in rows] == ["cold_identify", "help"]
    assert all(row.equal and row.ratio > 0 for row in rows)
    assert rows[0].n > 50


@pytest.mark.parametrize("mixture", [False, True])
def test_whole_identifications_name_nothing_else(mixture):
    row = time_identify(30, 1, np.random.default_rng(2), mixture=mixture, seconds=0.0)
    assert row.equal
    assert row.job == ("identify_30_mixture" if mixture else "identify_30")
    assert row.ours_ms > 0


# --- the machine --------------------------------------------------------------------------------


def test_peaks_are_measured():
    peaks = machine.measure(2, megabytes=1)
    assert min(peaks.read_gbs, peaks.triad_gbs, peaks.gflops) > 0
    assert "2 threads" in report.peaks_line(peaks)
    assert "processors" in machine.describe()


def test_work_of_the_peaks_is_done():
    kernels = pytest.importorskip("benchmarks.speed._kernels")
    values = np.arange(6, dtype=np.float32)
    assert kernels.read_all(values) == 15
    out = np.zeros(6, dtype=np.float32)
    kernels.triad(values, values, out)
    np.testing.assert_array_equal(out, 4 * values)
    kernels.multiply_add(halves := np.full(3, 0.5, dtype=np.float32), 1)
    np.testing.assert_allclose(halves, 1.0, rtol=1e-6)  # 0.5 x + 0.5 has the fixed point 1


# --- table and curve ----------------------------------------------------------------------------


def test_growth_is_the_power_of_n():
    rows = [single(n, 0.01 * n**0.5, 0.001 * n) for n in (1_000, 25_000, 400_000)]
    ours, blas = report.growth(rows)
    assert "n^0.50" in ours
    assert "n^1.00" in blas
    assert list(report.growth(rows[:2])) == []


def test_a_line_has_dashes_for_a_missing_rival():
    said = report.line(single(1_000, 0.2, None, rival="faiss flat"))
    assert said.split() == ["single", "1000", "1", "0.2", "-", "-", "True", "faiss", "flat"]
    assert len(report.HEADER) <= 110


def test_notes_are_told_once():
    rows = [Row("batch256", 1_000, 2, 1.0, "blas sgemm", 2.0, True, "fast"), single(1_000, 1.0, 2.0)]
    assert list(report.notes(rows)) == ["batch256, 1,000, 2 threads: fast"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_curve_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="plots need the extra [bench]")
    rows = [single(n, 0.01 * n**0.5, 0.001 * n) for n in (1_000, 25_000)]
    assert plots.write_plot(rows, tmp_path / "new").read_bytes().startswith(b"\x89PNG")


def test_a_curve_needs_sizes(capsys):
    with pytest.raises(SystemExit):
        speed.main(["--quick", "--plots", "somewhere"])
    assert "several sizes" in capsys.readouterr().err
