"""``contraspec info``: what was read, in the file's own order, for people and for machines."""

import json
from pathlib import Path

import numpy as np
import pytest

from cli._plot import plot_lines

X = np.linspace(300.0, 1800.0, 76)
Y = 10.0 + 1000.0 * np.exp(-(((X - 1000.0) / 30.0) ** 2))
KEYS = {
    "schema", "file", "index", "format", "reader", "technique", "n_points", "x_kind", "x_first", "x_last",
    "y_kind", "y_first", "y_last", "y_min", "y_max", "peaks", "sha256", "metadata", "warnings",
}  # fmt: skip


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    rows = [f"{x:.1f};{y:.3f}" for x, y in zip(X[::-1], Y[::-1], strict=True)]
    Path("scan.csv").write_text("\n".join(["Raman shift (cm-1);Intensity (counts)", *rows, ""]))
    return "scan.csv"


def test_json_holds_the_figures_in_file_order(run, scan: str) -> None:
    ran = run("info", scan, "--format", "json")
    (record,) = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert set(record) == KEYS
    assert record["schema"] == "contraspec.spectrum/1"
    assert (record["n_points"], record["x_kind"], record["technique"]) == (76, "raman_shift_cm-1", "raman")
    assert (record["x_first"], record["x_last"]) == (1800.0, 300.0)
    assert record["y_max"] == pytest.approx(1010.0)
    assert record["file"] == "scan.csv"


def test_figures_are_not_rounded(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{1000.00012345 + i},{123456.789012 + i}" for i in range(30)]
    Path("fine.csv").write_text("\n".join(["Raman shift,Intensity", *rows, ""]))
    record = json.loads(run("info", "fine.csv", "--format", "json").out)
    assert (record["x_first"], record["y_first"]) == (1000.00012345, 123456.789012)


def test_text_names_everything_and_draws(run, scan: str) -> None:
    ran = run("info", scan)
    assert ran.code == 0
    for word in ("scan.csv", "Raman", "1800 to 300", "76", "sha256"):
        assert word in ran.out
    assert "█" in ran.out


def test_one_bad_file_does_not_stop_the_others(run, scan: str) -> None:
    Path("bad.csv").write_text("no table at all\n" * 5)
    ran = run("info", "bad.csv", "gone.csv", scan, "--format", "json")
    records = [json.loads(line) for line in ran.out.splitlines()]
    assert [record["schema"] for record in records] == [
        "contraspec.error/1", "contraspec.error/1", "contraspec.spectrum/1",
    ]  # fmt: skip
    assert [record.get("error") for record in records] == ["unrecognised", "not_found", None]
    assert ran.code == 3
    assert "Traceback" not in ran.err


def test_laser_of_the_caller_gives_the_shift(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{800 + i}.0,{i}" for i in range(60)]
    Path("nm.csv").write_text("\n".join(["Wavelength (nm),Intensity (counts)", *rows, ""]))
    record = json.loads(run("info", "nm.csv", "--format", "json", "--laser-nm", "785").out)
    assert (record["technique"], record["x_kind"]) == ("raman", "raman_shift_cm-1")
    assert record["x_first"] == pytest.approx(1e7 / 785 - 1e7 / 800)


class TestPlot:
    def test_a_narrow_band_stays(self) -> None:
        axis, flat = np.arange(5000.0), np.zeros(5000)
        flat[2500] = 1.0
        lines = plot_lines(axis, flat, columns=60, encoding="utf-8")
        assert sum("█" in line for line in lines) == 8
        assert lines[-1].split() == ["0", "4999"]

    @pytest.mark.parametrize("values", [np.zeros(30), np.full(30, 1e308), 1e308 * np.linspace(-1.0, 1.0, 30)])
    def test_any_values(self, values: np.ndarray) -> None:
        lines = plot_lines(np.arange(30.0), values, columns=40, encoding="utf-8")
        assert len(lines) == 9
        assert max(map(len, lines)) <= 40

    def test_ascii_where_blocks_are_missing(self) -> None:
        lines = plot_lines(np.arange(30.0), np.arange(30.0), columns=40, encoding="cp1252")
        assert all(line.isascii() for line in lines)
        assert "#" in lines[0]

    def test_falling_axis_is_drawn_rising(self) -> None:
        axis = np.arange(30.0)[::-1]
        assert plot_lines(axis, axis, columns=40, encoding="utf-8") == plot_lines(
            axis[::-1], axis[::-1], columns=40, encoding="utf-8"
        )
