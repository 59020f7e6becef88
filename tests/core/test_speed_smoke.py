"""The speed benchmark compares like with like; its times are nobody's test."""

import numpy as np
import pytest

from benchmarks.speed.__main__ import time_process, time_search
from benchmarks.speed.identifying import time_identify


def test_kernel_and_twin_find_the_same():
    row = time_search(60, 1, np.random.default_rng(1))
    assert row["equal"]
    assert row["job"] == "single"
    assert row["ratio"] > 0


def test_a_whole_process_is_run():
    assert time_process("help", ["--help"], 1)["ours_ms"] > 0


@pytest.mark.parametrize("mixture", [False, True])
def test_whole_identifications_name_nothing_else(mixture):
    row = time_identify(30, 1, np.random.default_rng(2), mixture=mixture)
    assert row["equal"]
    assert row["job"] == ("identify_30_mixture" if mixture else "identify_30")
    assert row["ours_ms"] > 0
