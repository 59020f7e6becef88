"""The baseline benchmark compares like with like; its times are nobody's test."""

import numpy as np

from benchmarks.speed.baselines import METHODS, time_whittaker


def test_batches_and_pybaselines_give_the_same():
    rows = time_whittaker(20, 1, np.random.default_rng(3), n_points=300, n_threads=2)
    assert len(rows) == len(METHODS)
    for row, method in zip(rows, METHODS, strict=True):
        assert row.job == "whittaker"
        assert f"pybaselines {method}" in row.rival
        assert row.equal is True
        assert row.ratio > 0
        assert (row.n, row.threads) == (20, 2)
