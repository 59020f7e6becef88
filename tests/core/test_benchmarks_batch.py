"""The benchmark of batches runs and says what it must."""

import contextlib
import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.batch.__main__ import main, measure
from benchmarks.batch.identical import compare
from benchmarks.batch.scans import disturbed, measured_spectra, write_measured, write_scans


def test_a_small_run_gives_figures_that_hold_together(tmp_path: Path) -> None:
    outcome = measure(tmp_path, files=12, workers=2, repeats=1)
    assert outcome.same
    assert outcome.files == 12
    assert 0.0 < outcome.read_share < 1.0
    assert 0.0 < outcome.write_share < 1.0
    assert outcome.read_share + outcome.write_share < 1.0
    assert outcome.one_files_s > 0.0


def test_a_small_comparison_finds_the_same_bytes_in_every_way(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    write_scans(tmp_path / "scans", 6)
    found = compare(tmp_path, measured=0, endings=(".csv",))  # test_batch_workers.py has all kinds of tables
    assert found.identical
    assert found.files == sum(found.verdicts.values()) == 6
    assert set(found.sha256[".csv"]) == {"1 worker", "2 workers", "Dask cluster of 2"}
    assert len(set(found.sha256[".csv"].values())) == 1


def test_a_comparison_sees_a_way_that_answers_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each batch writes something else."""
    from benchmarks.batch import identical

    def run_batch(folder: Path, output: str, *options: str) -> dict[str, object]:
        (folder / output).write_text(" ".join(options))
        return {"files": 3, "verdicts": {"match": 3}, "failures": {}}

    monkeypatch.setattr(identical, "run_batch", run_batch)
    monkeypatch.setattr(identical, "local_cluster", lambda _: contextlib.nullcontext("tcp://127.0.0.1:1"))
    assert main(["--identical", "--files", "3", "--json", str(tmp_path / "told.json")]) == 1
    assert "identical        False" in capsys.readouterr().out
    assert json.loads((tmp_path / "told.json").read_text())["files"] == 3


@pytest.mark.measured
def test_measured_spectra_and_disturbed_copies_of_them(tmp_path: Path, shared_data: Path) -> None:
    first = list(islice(measured_spectra(shared_data), 20))
    assert {each.technique for each in first} <= {"raman", "nir"}
    assert write_measured(tmp_path / "few", 8, shared_data) == 8
    assert len(list((tmp_path / "few").iterdir())) == 8
    worse = disturbed(first[0], np.random.default_rng(1))
    assert worse.n_points == first[0].n_points
    assert 0.5 < np.corrcoef(worse.intensity, first[0].intensity)[0, 1] < 1.0
