"""Exact search: the cascade, with and without the int8 instruction, and the naive twin say the same."""

import hashlib
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.matching.cascade import (
    CascadeError,
    CascadeIndex,
    build_cascade,
    make_job,
    search_best,
    search_many,
    search_one,
    shifted,
    weigh,
)
from spectra.matching.cascade import _kernels as kernels
from spectra.matching.cascade import index as index_module
from spectra.matching.cascade import search as search_module
from spectra.matching.cascade.encoding import _kernels as encoding
from spectra.matching.cascade.plain import _kernels as plain
from tests.architecture.tree import ROOT
from tests.core.cascade_libraries import JIT, LIBRARIES, M, N, bands
from tests.naive import cascade as naive

HEAD, MIDDLE = (16, 16) if JIT else (8, 8)
EXAMPLES = 60 if JIT else 4
QUERIES = ("row", "near", "noise", "one-hot", "constant", "zero", "negative", "huge", "tiny")


def ask(kind, matrix, rng):
    row = matrix[rng.integers(len(matrix))].astype(np.float64)
    size = np.abs(row).max() or 1.0
    return {
        "row": row,
        "near": row + 0.05 * size * rng.normal(size=M),
        "noise": rng.normal(size=M),
        "one-hot": np.eye(M)[rng.integers(M)],
        "constant": np.ones(M),
        "zero": np.zeros(M),
        "negative": -row,
        "huge": row / size * 3e38,
        "tiny": row / size * 1e-42,
    }[kind].astype(np.float32)


@pytest.fixture(autouse=True)
def small_libraries(monkeypatch):
    """Compress libraries that are too small for it to pay, and never give up on the codes."""
    monkeypatch.setattr(index_module, "MIN_ROWS", 1)
    monkeypatch.setattr(index_module, "MAX_SHARE", 10.0)
    monkeypatch.setattr(index_module, "_pays", lambda *_: True)


@cache
def library(number, seed):
    matrix = LIBRARIES[number](np.random.default_rng(seed)).astype(np.float32)
    return matrix, build_cascade(matrix, head=HEAD, middle=MIDDLE)


def agrees(found, expected, table, top):
    """Same rows in the same order; where double precision cannot tell two apart, in either."""
    assert len(found.rows) == min(top, len(table))
    np.testing.assert_allclose(found.scores, table[expected], rtol=1e-12, atol=1e-14 * np.abs(table).max())
    np.testing.assert_allclose(
        table[found.rows], table[expected], rtol=1e-12, atol=1e-14 * np.abs(table).max()
    )
    same = found.scores[1:] == found.scores[:-1]
    assert (found.rows[1:][same] > found.rows[:-1][same]).all()
    assert len(set(found.rows.tolist())) == len(found.rows)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    number=st.integers(0, len(LIBRARIES) - 1),
    kind=st.sampled_from(QUERIES),
    seed=st.integers(0, 2**32 - 1),
    top=st.sampled_from([1, 3, 10, 40]),
    threads=st.sampled_from([1, 2, 4]),
    portable=st.booleans(),
    cosine=st.booleans(),
)
def test_equals_brute_force(number, kind, seed, top, threads, portable, cosine):
    matrix, index = library(number, seed % 3)
    assert index.compressed
    query = ask(kind, matrix, np.random.default_rng(seed))
    norms = np.sqrt(np.square(matrix.astype(np.float64)).sum(axis=1))
    weights = (
        np.divide(1.0, norms, out=np.zeros(len(norms)), where=norms > 0) if cosine else np.ones(len(norms))
    )
    weighting = index.cosine if cosine else index.product
    job = make_job(index, matrix, top=top, weighting=weighting, portable=portable)
    table = naive.scores(matrix, query, weights)
    agrees(search_one(job, query, threads=threads), naive.best(table, top), table, top)


@pytest.mark.parametrize("number", range(len(LIBRARIES)))
def test_a_batch_is_many_single_queries(number):
    matrix, index = library(number, 0)
    rng = np.random.default_rng(number)
    queries = np.stack([ask(kind, matrix, rng) for kind in QUERIES * 2])
    job = make_job(index, matrix, top=5)
    batch = search_many(job, queries, threads=1)
    for threads in (2, 4):
        again = search_many(job, queries, threads=threads)
        np.testing.assert_array_equal(batch.rows, again.rows)
        np.testing.assert_array_equal(batch.scores, again.scores)
    for place, query in enumerate(queries):
        for portable in (False, True):
            one = search_one(make_job(index, matrix, top=5, portable=portable), query)
            np.testing.assert_array_equal(batch.rows[place], one.rows)
            np.testing.assert_array_equal(batch.scores[place], one.scores)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(
    number=st.integers(0, len(LIBRARIES) - 1),
    kind=st.sampled_from(QUERIES[:7]),
    seed=st.integers(0, 2**32 - 1),
    reach=st.integers(0, 4),
    penalty=st.sampled_from([0.0, 0.01, 1.0]),
    threads=st.sampled_from([1, 2]),
)
def test_best_shift_equals_brute_force(number, kind, seed, reach, penalty, threads):
    matrix, index = library(number, seed % 3)
    queries, shifts = shifted(ask(kind, matrix, np.random.default_rng(seed)), reach)
    for query, shift in zip(queries, shifts.tolist(), strict=True):
        np.testing.assert_array_equal(query, naive.shift(queries[0], shift))
    penalties = penalty * np.square(shifts / 4.0)
    found = search_best(make_job(index, matrix, top=6), queries, penalties=penalties, threads=threads)
    tables = np.array([naive.scores(matrix, query) for query in queries]).T - penalties
    table = tables.max(axis=1)
    agrees(found, naive.best(table, 6), table, 6)
    size = 1e-14 * np.abs(tables).max()
    np.testing.assert_allclose(tables[found.rows, found.queries], table[found.rows], rtol=1e-12, atol=size)


def test_rows_without_a_weight_have_no_score():
    matrix, index = library(0, 0)
    weights = np.ones((2, len(matrix)))
    weights[0, ::2], weights[1] = np.nan, 0.5
    job = make_job(index, matrix, top=len(matrix), weighting=weigh(index, weights))
    queries = np.stack([matrix[4], matrix[4]])
    table = naive.scores(matrix, matrix[4])
    only_first = search_best(job, queries[:1])
    scored = only_first.scores > -np.inf
    assert only_first.rows[scored].tolist() == naive.best(
        np.where(np.isnan(weights[0]), np.nan, table), len(matrix)
    )
    few = make_job(index, matrix, top=5, weighting=weigh(index, weights))
    both = search_best(few, queries, sets=np.array([0, 1]))
    expected = np.where(np.isnan(weights[0]), 0.5 * table, table)
    assert both.rows.tolist() == naive.best(expected, 5)


@pytest.mark.parametrize("zero", ["query", "rows"])
def test_ties_of_all_rows_go_to_the_first_that_have_a_weight(zero):
    matrix = library(1, 0)[0]
    matrix, query = (matrix, np.zeros(M)) if zero == "query" else (np.zeros_like(matrix), matrix[0])
    weights = np.ones((1, N))
    weights[0, [0, 3, 4]] = np.nan
    for index in (
        build_cascade(matrix, head=HEAD, middle=MIDDLE),
        index_module._without_codes(norms(matrix)),
    ):
        found = search_one(make_job(index, matrix, top=4, weighting=weigh(index, weights)), query)
        assert found.rows.tolist() == [1, 2, 5, 6]
        assert found.scores.tolist() == [0.0] * 4


def norms(matrix):
    return np.sqrt(np.square(matrix.astype(np.float64)).sum(axis=1))


def test_copies_among_other_rows_without_codes():
    """Neighbours, and copies that stand far apart, with equal and with other weights."""
    rng = np.random.default_rng(3)
    matrix = bands(rng, 5).astype(np.float32)[np.repeat(rng.integers(0, 5, N // 4), 4)]
    index = index_module._without_codes(norms(matrix))
    for weights in (np.ones(N), rng.choice([0.5, 1.0], N), np.where(rng.random(N) < 0.3, np.nan, 1.0)):
        weighting = weigh(index, weights[None])
        for top in (1, 3, 30):
            query = matrix[7] + 0.01 * rng.normal(size=M)
            table = naive.scores(matrix, query.astype(np.float32), weights)
            found = search_one(make_job(index, matrix, top=top, weighting=weighting), query)
            assert found.rows.tolist() == naive.best(table, top)


def test_more_rows_asked_for_than_there_are():
    matrix, index = library(0, 0)
    found = search_one(make_job(index, matrix, top=10 * len(matrix)), matrix[0])
    assert found.rows.tolist() == naive.best(naive.scores(matrix, matrix[0]), len(matrix))


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (1, 1), (5, 3)])
def test_small_and_empty_libraries(shape):
    matrix = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    index = build_cascade(matrix)
    found = search_one(make_job(index, matrix, top=2), np.ones(shape[1], dtype=np.float32))
    assert found.rows.tolist() == naive.best(naive.scores(matrix, np.ones(shape[1])), 2)


def test_bounds_hold_for_every_row():
    for number in range(len(LIBRARIES)):
        matrix, index = library(number, 1)
        rng = np.random.default_rng(number)
        for kind in QUERIES:
            query = ask(kind, matrix, rng)
            job = make_job(index, matrix)
            bounds = index_bounds(job, query)
            table = naive.scores(matrix, query)
            slack = 1e-12 * np.abs(table).max()
            for place, bound in enumerate(bounds):
                assert (bound >= table - slack).all(), (LIBRARIES[number].__name__, kind, place)


def test_codes_beyond_the_neck(monkeypatch):
    """Rows that are wide enough for all three bounds, and queries that each of them has to deal with."""
    n, m, head, middle = (300, 160, 16, 100) if JIT else (70, 80, 4, 68)
    rng = np.random.default_rng(0)
    for matrix in (bands(rng, n, m) + 0.02 * rng.normal(size=(n, m)), rng.normal(size=(n, m))):
        index = build_cascade(matrix, head=head, middle=middle)
        assert index.middle.shape == (n, middle + 8)
        rows = matrix.astype(np.float32)
        for query in (rows[3], rows[5] + rng.normal(size=m), rng.normal(size=m), -rows[1]):
            job = make_job(index, rows, top=3)
            table = naive.scores(rows, query)
            bounds = index_bounds(job, query.astype(np.float32))
            assert (bounds >= table - 1e-12 * np.abs(table).max()).all()
            slack = 1e-3 * np.abs(table).max()
            assert (bounds[1] <= bounds[0] + slack).mean() > 0.9
            assert (bounds[2] <= bounds[1] + slack).mean() > 0.9
            agrees(search_one(job, query), naive.best(table, 3), table, 3)


@pytest.mark.parametrize("n_queries", [1, 3])
def test_what_is_left_to_a_plain_scan_is_shared_by_threads(n_queries):
    """Rows that codes do not help among rows that they do; the second list entry of a row is no copy."""
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(N, M)).astype(np.float32)
    index = index_module.compress(matrix, 4, 0)
    queries = rng.normal(size=(n_queries, M)).astype(np.float32)
    job = make_job(index, matrix, top=8)
    one = search_best(job, queries, threads=1)
    assert one.counts[2] == n_queries * N
    for threads in (2, 4, 1000):
        again = search_best(job, queries, threads=threads)
        for ours, theirs in zip(again[:3], one[:3], strict=True):
            np.testing.assert_array_equal(ours, theirs)
    table = np.array([naive.scores(matrix, query) for query in queries]).max(axis=0)
    agrees(one, naive.best(table, 8), table, 8)


def index_bounds(job, query):
    """Upper bounds of all rows by their heads, with the neck and with all codes, as scores."""
    from spectra.matching.cascade.search import _encode, _scale, _separate

    if not job.cascade.compressed:
        return np.full((3, len(job.matrix)), np.inf)
    tile, tables = _encode(job, _scale(query[None]), _separate(1)), job.weighting.tables
    codes = np.zeros(tables.tail_head.size, dtype=np.int32)
    for block in range(tables.head.shape[0]):
        out = codes[64 * block : 64 * block + 64]
        kernels.portable_block(tables.head, block, tile.whole[0], tile.offsets[0], out)
    step, slack, rest = tile.figures[0, :3]
    n = len(job.matrix)
    first = tables.gains[0] * (codes.astype(np.float32) * step + (rest * tables.tail_head + slack))
    inner = [
        [kernels.inner_bound(tables, tile, 0, row, codes[row], part) for row in range(n)] for part in (0, 1)
    ]
    return np.array([first[:n], *inner], dtype=np.float64) * tile.units[0]


@pytest.mark.parametrize("columns", [1, 5, 16, 17, 300])
def test_rows_are_told_apart_by_any_column(columns):
    rng = np.random.default_rng(columns)
    matrix = np.tile(rng.normal(size=columns), (columns + 2, 1)).astype(np.float32)
    matrix[np.arange(columns), np.arange(columns)] += 1e-3
    same = [plain.same_rows(matrix, row, columns) for row in range(columns + 2)]
    assert same == [False] * columns + [True, True]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(bad):
    matrix, index = library(0, 0)
    broken, query = matrix.copy(), matrix[0].copy()
    broken[3, 5], query[2] = bad, bad
    with pytest.raises(CascadeError, match="row 3 is not finite"):
        build_cascade(broken)
    with pytest.raises(CascadeError, match="not finite"):
        search_one(make_job(index, matrix), query)


def test_what_does_not_fit_is_refused():
    matrix, index = library(0, 0)
    with pytest.raises(CascadeError, match="build the index from this matrix"):
        make_job(index, matrix[:-1])
    with pytest.raises(CascadeError, match="at least one row"):
        make_job(index, matrix, top=0)
    with pytest.raises(CascadeError, match="columns"):
        search_one(make_job(index, matrix), matrix[0, :-1])
    with pytest.raises(CascadeError, match="matrix of shape"):
        build_cascade(matrix[0])
    for head, middle in ((6, 64), (164, 64), (96, -4), (96, 388)):
        with pytest.raises(CascadeError, match="fit 32 bits"):
            build_cascade(matrix, head=head, middle=middle)


def test_the_arrays_are_the_index():
    matrix, index = library(0, 0)
    again = CascadeIndex(**{name: array.copy() for name, array in index.arrays.items()})
    assert all(array.flags.c_contiguous and not array.flags.writeable for array in again.arrays.values())
    assert index.nbytes == sum(array.nbytes for array in index.arrays.values())
    found, expected = (search_one(make_job(each, matrix), matrix[9]) for each in (again, index))
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_array_equal(found.scores, expected.scores)


def test_few_rows_are_scored():
    """Otherwise the bounds would be right and useless."""
    matrix, index = library(0, 0)
    found = search_one(make_job(index, matrix, top=3), matrix[5])
    assert found.counts[2] == 0
    assert found.counts[1] < len(matrix) // 4


@pytest.mark.parametrize(
    ("module", "files"),
    [
        (
            kernels,
            [
                "spectra/_vector.py",
                "spectra/matching/cascade/_tables.py",
                "spectra/matching/cascade/plain/_kernels.py",
            ],
        ),
        (plain, ["spectra/_vector.py", "spectra/matching/cascade/_tables.py"]),
        (encoding, ["spectra/matching/cascade/_tables.py"]),
    ],
)
def test_the_kernels_change_with_what_is_compiled_into_them(module, files):
    """numba's cache looks at the kernels' own file: a stale kernel would go unnoticed."""
    content = b"".join((ROOT / file).read_bytes().replace(b"\r\n", b"\n") for file in files)
    now = hashlib.sha256(content).hexdigest()[:8]
    assert now == module.READS, f"write {now} into READS of {module.__name__}"


@pytest.mark.parametrize("number", range(len(LIBRARIES)))
@pytest.mark.parametrize("few", [1, 4])
def test_without_codes(number, few, monkeypatch):
    matrix, _ = library(number, 2)
    monkeypatch.setattr(index_module, "MIN_ROWS", 10**9)
    monkeypatch.setattr(search_module, "FEW", few)
    index = build_cascade(matrix)
    assert not index.compressed
    rng = np.random.default_rng(number)
    queries = np.stack([ask(kind, matrix, rng) for kind in QUERIES])
    job = make_job(index, matrix, top=4)
    batch = search_many(job, queries)
    for place, query in enumerate(queries):
        table = naive.scores(matrix, query)
        found = search_one(job, query, threads=1 + place % 2)
        agrees(found, naive.best(table, 4), table, 4)
        np.testing.assert_array_equal(found.rows, batch.rows[place])
        np.testing.assert_array_equal(found.scores, batch.scores[place])


def test_a_library_that_does_not_compress_keeps_no_codes(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(index_module, "MIN_ROWS", 1)
    monkeypatch.setattr(index_module, "MAX_SHARE", 10.0)
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4 * N, M)).astype(np.float32)
    assert not build_cascade(noise, head=4, middle=0).compressed
    spectra = bands(rng, 4 * N).astype(np.float32)
    assert build_cascade(spectra, head=HEAD, middle=MIDDLE).compressed


def test_the_index_is_small(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(index_module, "MIN_ROWS", 1)
    rng = np.random.default_rng(0)
    for n, m in ((400, 300), (1_500, 220), (2_500, 160)):
        matrix = bands(rng, n, m).astype(np.float32)
        assert build_cascade(matrix, head=16).nbytes <= 0.12 * matrix.nbytes, (n, m)
