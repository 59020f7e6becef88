"""The search's benchmark asks fairly, checks what it times, and does without the rivals."""

import numpy as np
import pytest

from benchmarks.speed import rivals, searching
from benchmarks.speed.drawing import library, queries_of, white_noise
from benchmarks.speed.searching import Case, prepare


@pytest.fixture(scope="module")
def case() -> Case:
    rng = np.random.default_rng(0)
    rows = library(300, rng, channels=128)
    return prepare(rows, queries_of(rows, 20, rng), 1, seconds=0.0)[0]


def alone(monkeypatch):
    monkeypatch.setattr(rivals, "find_spec", lambda _: None)


def test_every_job_of_a_library(case):
    rows = list(searching.time_library(case))
    assert {row.job for row in rows} == {"single", "batch20", "shifts10", "single_portable"}
    assert all(row.equal and row.ours_ms > 0 and row.n == 300 for row in rows)
    assert all((row.ratio is None) == (row.rival_ms is None) for row in rows)


def test_a_rival_that_is_not_installed_has_no_time(case, monkeypatch):
    alone(monkeypatch)
    rows = list(searching.time_library(case))
    missing = {row.rival for row in rows if row.rival_ms is None}
    assert missing == {"faiss flat", "usearch exact", "scikit-learn brute"}
    assert {row.rival for row in rows} - missing == {"blas sgemv", "blas sgemm"}


def test_quick_leaves_out_what_takes_long(case):
    quick = {(row.job, row.rival) for row in searching.time_library(case, quick=True)}
    assert quick < {(row.job, row.rival) for row in searching.time_library(case)}


def test_wrong_rows_are_seen(case, monkeypatch):
    found = searching.search_one
    monkeypatch.setattr(
        searching, "search_one", lambda *args, **more: found(*args, **more)._replace(rows=np.arange(10))
    )
    rows = searching.time_single(case, {"blas sgemv": rivals.blas(case.rows)})
    assert not any(row.equal for row in rows)


def test_noise_and_a_library_that_cannot_be_compressed(case):
    noise = white_noise(300, np.random.default_rng(1), channels=128)
    for each in (searching.time_noise(case, noise[:16]), searching.time_incompressible(case, noise)):
        assert all(row.equal for row in each)


def test_the_share_of_bytes_is_that_of_codes_and_rows():
    rng = np.random.default_rng(2)
    rows = library(searching.WARM, rng, channels=512)
    case, _ = prepare(rows, queries_of(rows, 3, rng), 1)
    index = case.job.cascade
    assert index.compressed
    assert searching._reading(case, np.zeros(3), 1.0).startswith(
        f"{(index.head.nbytes + 8 * len(rows)) / rows.nbytes:.1%} of the bytes"
    )
    more = searching._reading(case, np.array([0, 0, len(rows)]), 1.0)
    assert float(more.split("%")[0]) > 100
    assert "no codes" not in more


@pytest.mark.parametrize("best", [False, True])
def test_brute_force_is_that_of_double_precision(best):
    rng = np.random.default_rng(3)
    rows = library(200, rng, channels=64)
    rows[17] = rows[5]  # a tie
    queries = queries_of(rows, 6, rng)
    scores = queries.astype(np.float64) @ rows.astype(np.float64).T
    scores[:, 17] = scores[:, 5]
    tables = scores.max(axis=0, keepdims=True) if best else scores
    order = [np.lexsort((np.arange(200), -each))[:10] for each in tables]
    np.testing.assert_array_equal(
        rivals.exact_rows(rows, queries, best=best), order[0] if best else np.array(order)
    )


def test_numpy_finds_the_same_in_blocks(monkeypatch):
    rng = np.random.default_rng(4)
    rows = library(200, rng, channels=64)
    queries = queries_of(rows, 9, rng)
    truth = np.sort(rivals.exact_rows(rows, queries), axis=1)
    monkeypatch.setattr(rivals, "BLOCK", 64)
    monkeypatch.setattr(rivals, "QUERIES", 4)
    ask = rivals.blas(rows)
    np.testing.assert_array_equal(np.sort(ask(queries), axis=1), truth)
    np.testing.assert_array_equal(np.sort(ask(queries[:1])), truth[0])


def test_a_library_does_not_depend_on_threads(monkeypatch):
    first = library(5_000, np.random.default_rng(5), channels=32)
    monkeypatch.setattr("benchmarks.speed.drawing.usable_threads", lambda: 1)
    np.testing.assert_array_equal(first, library(5_000, np.random.default_rng(5), channels=32))
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, rtol=1e-5)
    assert first.min() >= 0
