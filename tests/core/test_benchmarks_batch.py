"""The benchmark of batches runs and says what it must."""

from pathlib import Path

from benchmarks.batch.__main__ import measure


def test_a_small_run_gives_figures_that_hold_together(tmp_path: Path) -> None:
    outcome = measure(tmp_path, files=12, workers=2, repeats=1)
    assert outcome.same
    assert outcome.files == 12
    assert 0.0 < outcome.read_share < 1.0
    assert 0.0 < outcome.write_share < 1.0
    assert outcome.read_share + outcome.write_share < 1.0
    assert outcome.one_files_s > 0.0
