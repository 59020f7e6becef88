"""The search's benchmark runs and finds what brute force finds."""

import numpy as np

from benchmarks.speed import searching


def test_one_small_library(monkeypatch):
    monkeypatch.setattr(searching, "_SECONDS", 0.0)
    rng = np.random.default_rng(0)
    rows = searching.library(300, rng, channels=128)
    results = searching.time_library(rows, searching.queries_of(rows, 20, rng), 1)
    assert {row["job"] for row in results} == {"build", "single", "batch20", "shifts10", "single_portable"}
    assert all(row["equal"] for row in results)
    assert all((row["ratio"] is None) == (row["rival_ms"] is None) for row in results)
