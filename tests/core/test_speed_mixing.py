"""The benchmark of the mixture searches checks what it times; its times are nobody's test."""

import numpy as np

from benchmarks.speed import mixing

KEYS = {"job", "n", "threads", "ours_ms", "rival", "rival_ms", "ratio", "equal"}


def test_every_job_has_a_row_and_the_right_answers():
    rows = mixing.time_mixing(60, 2, np.random.default_rng(3))
    assert [row["job"] for row in rows] == ["pairs", "triples", "triples_of_two"]
    for row in rows:
        assert set(row) == KEYS
        assert row["equal"]
        assert row["n"] == 60
        assert row["ratio"] > 0


def test_a_wrong_answer_is_seen(monkeypatch):
    """A search that finds pairs where triples are asked for."""
    monkeypatch.setitem(mixing.SEARCHES, 3, mixing.best_pair)
    rows = mixing.time_mixing(60, 1, np.random.default_rng(3))
    assert [row["equal"] for row in rows] == [True, False, False]
