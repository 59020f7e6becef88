"""The benchmark of the mixture searches checks what it times; its times are nobody's test."""

import numpy as np
import pytest

from benchmarks.speed import mixing
from benchmarks.speed.drawing import library


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return library(60, np.random.default_rng(3), channels=256)


def test_every_job_has_a_row_and_the_right_answers(rows):
    found = mixing.time_mixing(rows, 2, 1, np.random.default_rng(3))
    assert [row.job for row in found] == ["pairs", "triples", "triples_of_two"]
    for row in found:
        assert row.equal
        assert (row.n, row.threads, row.rival) == (60, 1, "blas single query")
        assert row.ratio > 0


def test_a_wrong_answer_is_seen(rows, monkeypatch):
    """A search that finds pairs where triples are asked for."""
    monkeypatch.setitem(mixing.SEARCHES, 3, mixing.best_pair)
    found = mixing.time_mixing(rows, 1, 1, np.random.default_rng(3), jobs=mixing.QUICK_JOBS)
    assert [row.equal for row in found] == [True, False]
