"""Search of a large library: with and without its codes the same rows, shifts and scores."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.matching import search as search_module
from spectra.matching._kernels import range_sums
from spectra.matching.alignment import align
from spectra.matching.cascade import CascadeError
from spectra.matching.cascade import index as index_module
from spectra.matching.cascade.pearson import build_pearson, search_codes
from spectra.matching.index import build_index, with_codes
from spectra.matching.search import search
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import columns, matrix_of, query_of, random_matrix

N = 180
SPANS = [(150, 3400), (200, 1900), (400, 1000), (2000, 3300), (300, 700)]


def spectra(rng):
    return random_matrix(N, low=100.0, high=3600.0).intensity, None


def partial_coverage(rng):
    masks = np.ones((N, RAMAN_GRID.n_points), dtype=bool)
    for row in rng.choice(N, 50, replace=False):
        low = rng.uniform(150, 900)
        masks[row] = columns(RAMAN_GRID, low, low + rng.uniform(300, 2000))
    return spectra(rng)[0], masks


def narrow_references(rng):
    lows = rng.uniform(150, 2300, N)
    return spectra(rng)[0], np.array([columns(RAMAN_GRID, low, low + 900) for low in lows])


def duplicates(rng):
    rows = spectra(rng)[0]
    return rows[rng.integers(0, 40, N)], None


def copies(rng):
    return np.tile(spectra(rng)[0][:1], (N, 1)), None


def white_noise(rng):
    return np.maximum(rng.normal(0, 1, (N, RAMAN_GRID.n_points)), 0), None


def spiky_noise(rng):
    return np.maximum(rng.normal(0, 1, (N, RAMAN_GRID.n_points)) - 1.5, 0) ** 2, None


def odd_rows(rng):
    rows = spectra(rng)[0].copy()
    rows[::7], rows[1::9] = 0.0, rng.uniform(0.1, 9.0, (len(rows[1::9]), 1))
    rows[2::11] = np.eye(N, RAMAN_GRID.n_points)[: len(rows[2::11])]
    return rows, None


LIBRARIES = (
    spectra,
    partial_coverage,
    narrow_references,
    duplicates,
    copies,
    white_noise,
    spiky_noise,
    odd_rows,
)


@pytest.fixture(autouse=True)
def as_if_large(monkeypatch):
    monkeypatch.setattr(search_module, "KERNEL_FROM", 1)
    monkeypatch.setattr(search_module, "KERNEL_ROWS", 0)
    monkeypatch.setattr(search_module, "CODES_FROM", 1)
    monkeypatch.setattr(search_module, "COMPRESS_ROWS", 0)
    monkeypatch.setattr(search_module, "LOAD_ROWS", 0)
    small_codes(monkeypatch)


def small_codes(monkeypatch):
    """Compress libraries that are too small for it to pay, and never give up on the codes."""
    monkeypatch.setattr(index_module, "MIN_ROWS", 1)
    monkeypatch.setattr(index_module, "MAX_SHARE", 10.0)
    monkeypatch.setattr(index_module, "_pays", lambda *_: True)


@cache
def library(number):
    """Rows, an index without codes and one with them."""
    with pytest.MonkeyPatch.context() as patch:
        small_codes(patch)
        rng = np.random.default_rng(number)
        rows, masks = LIBRARIES[number](rng)
        ids = tuple(f"id{place:04}" for place in rng.permutation(N))
        plain = build_index(matrix_of(rows, masks, ids=ids))
        return rows, plain, with_codes(plain, build_pearson(plain).cascade.arrays)


def without_codes(index, query, top):
    return search_module._ranked(index, query, search_module._compiled(index, query), top)


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(0, len(LIBRARIES) - 1),
    row=st.integers(0, N - 1),
    noise=st.sampled_from([0.0, 0.02, 1.0]),
    span=st.sampled_from(SPANS),
    reach=st.sampled_from([0.0, 2.0, 8.0]),
    seed=st.integers(0, 1000),
    top=st.sampled_from([1, 10, 12]),
)
def test_the_same_to_the_last_bit(number, row, noise, span, reach, seed, top):
    rows, plain, coded = library(number)
    seen = rows[row] + noise * np.random.default_rng(seed).random(rows.shape[1])
    query = align(query_of(seen, low=span[0], high=span[1]), max_shift_cm1=reach)
    assert search(coded, query, top=top) == without_codes(plain, query, top)


@pytest.mark.parametrize("number", range(len(LIBRARIES)))
def test_the_codes_are_used_where_they_serve(number):
    """Otherwise the plain scan would be compared with itself."""
    rows, _, coded = library(number)
    query = align(query_of(rows[20] + 0.01, low=200, high=1900))
    search(coded, query)
    found = search_codes(coded.usage.cascade, query, top=10)
    assert (found is None) == (LIBRARIES[number] in (narrow_references, copies, white_noise))


def test_a_library_is_compressed_when_that_pays(monkeypatch):
    """Not for a few searches; then once."""
    monkeypatch.setattr(search_module, "COMPRESS_AFTER", 2)
    rows, plain, _ = library(0)
    index = build_index(matrix_of(rows, ids=plain.ids))
    query = align(query_of(rows[9] + 0.02 * np.random.default_rng(0).random(rows.shape[1])))
    found = [search(index, query) for _ in range(2)]
    assert index.usage.cascade is None
    found.append(search(index, query))
    first = index.usage.cascade
    found.append(search(index, query))
    assert first is not None
    assert index.usage.cascade is first
    assert first.cascade.compressed
    assert found[1:] == found[:-1]


def test_stored_codes_are_used_from_the_first_search_that_earns_their_kernels(monkeypatch):
    rows, plain, coded = library(0)
    query = align(query_of(rows[9]))
    for n_rows, first in ((N // 2, 1), (N, 2), (2 * N, 3)):
        monkeypatch.setattr(search_module, "LOAD_ROWS", n_rows)
        index = with_codes(plain, coded.codes)
        used = []
        for _ in range(3):
            search(index, query)
            used.append(index.usage.cascade is not None)
        assert used == [place >= first for place in range(1, 4)]


def test_a_small_library_is_never_compressed(monkeypatch):
    monkeypatch.setattr(search_module, "COMPRESS_AFTER", 0)
    monkeypatch.setattr(search_module, "CODES_FROM", N + 1)
    rows, plain, _ = library(0)
    index = build_index(matrix_of(rows, ids=plain.ids))
    search(index, align(query_of(rows[9])))
    assert index.usage.cascade is None


def test_codes_of_other_rows_are_refused():
    _, _, coded = library(0)
    fewer = build_index(matrix_of(library(0)[0][:-1]))
    with pytest.raises(CascadeError, match="build the index from this matrix"):
        search(with_codes(fewer, coded.codes), align(query_of(library(0)[0][3])))


def test_scores_are_in_double_precision():
    rows, plain, _ = library(0)
    query = align(query_of(rows[5] + 0.05 * np.random.default_rng(1).random(rows.shape[1])))
    for each in search(plain, query, top=5):
        first = max(plain.stretches[each.row, 0], query.stretches[each.shift, 0])
        last = min(plain.stretches[each.row, 1], query.stretches[each.shift, 1])
        ours = query.root[each.shift, first:last].astype(np.float32).astype(np.float64)
        theirs = plain.root[each.row, first:last].astype(np.float64)
        expected = np.corrcoef(ours, theirs)[0, 1] - query.penalty[each.shift]
        assert each.score == pytest.approx(expected, abs=1e-13)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n_ranges=st.integers(1, 5), near=st.booleans())
def test_range_sums_are_sums(seed, n_ranges, near):
    rng = np.random.default_rng(seed)
    references = rng.random((6, 50)).astype(np.float32)
    ranges = np.sort(rng.integers(0, 51, (n_ranges, 2)), axis=1)
    if near:
        ranges = np.clip(np.array([12, 40]) + rng.integers(-8, 9, (n_ranges, 2)), 0, 50)
    sums, squares = np.full((2, n_ranges, 6), np.nan)
    range_sums(references, ranges, sums, squares, 0, 2)
    range_sums(references, ranges, sums, squares, 2, 6)
    for number, (first, last) in enumerate(ranges):
        values = references[:, first:last].astype(np.float64)
        np.testing.assert_allclose(sums[number], values.sum(axis=1), rtol=1e-12)
        np.testing.assert_allclose(squares[number], (values**2).sum(axis=1), rtol=1e-12)
