"""The speed benchmark compares like with like; its times are nobody's test."""

import numpy as np

from benchmarks.speed.__main__ import time_process, time_search


def test_kernel_and_twin_find_the_same():
    row = time_search(60, 1, np.random.default_rng(1))
    assert row["equal"]
    assert row["job"] == "single"
    assert row["ratio"] > 0


def test_a_whole_process_is_run():
    assert time_process("help", ["--help"], 1)["ours_ms"] > 0
