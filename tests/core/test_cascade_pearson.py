"""The project's score on the cascade: the same candidates as the search that scores every row."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.matching import search as search_module
from spectra.matching.alignment import align
from spectra.matching.cascade import index as index_module
from spectra.matching.cascade import pearson
from spectra.matching.cascade.pearson import build_pearson, search_pearson
from spectra.matching.index import build_index
from spectra.matching.search import search
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import columns, matrix_of, query_of, random_matrix

N = 240
TOLERANCE = 5e-6
"""Both score by float32 products, whose rounding depends on how many rows stand together."""


def whole(rng):
    return np.ones((N, RAMAN_GRID.n_points), dtype=bool)


def some_partial(rng):
    masks = whole(rng)
    for row in rng.integers(0, N, 30):
        low = rng.uniform(150, 900)
        masks[row] = columns(RAMAN_GRID, low, low + rng.uniform(500, 2000))
    return masks


def narrow(rng):
    return np.array([columns(RAMAN_GRID, low, low + 800) for low in rng.uniform(150, 2300, N)])


def library(masks, seed):
    rng = np.random.default_rng(seed)
    rows = random_matrix(N, low=100.0, high=3600.0).intensity.copy()
    rows[7], rows[11] = 0.0, 1.0
    rows[rng.integers(0, N, 12)] = rows[3]
    rows[rng.integers(0, N, 5)] = rng.random((5, RAMAN_GRID.n_points))
    ids = tuple(f"id{number:04}" for number in rng.permutation(N))
    return build_pearson(build_index(matrix_of(rows, masks(rng), ids=ids))), rows


@cache
def libraries():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "MIN_ROWS", 1)
        patch.setattr(index_module, "MAX_SHARE", 10.0)
        patch.setattr(index_module, "_pays", lambda *_: True)
        return [library(masks, seed) for seed, masks in enumerate((whole, some_partial, narrow))]


@settings(max_examples=25, deadline=None)
@given(
    which=st.integers(0, 2),
    row=st.integers(0, N - 1),
    noise=st.sampled_from([0.0, 0.02, 1.0]),
    span=st.sampled_from([(150, 3400), (200, 1900), (400, 1000), (2000, 3300), (300, 600)]),
    seed=st.integers(0, 1000),
    top=st.sampled_from([1, 10]),
)
def test_same_candidates(which, row, noise, span, seed, top):
    fast, rows = libraries()[which]
    noisy = rows[row] + noise * np.random.default_rng(seed).random(rows.shape[1])
    query = align(query_of(noisy, low=span[0], high=span[1]))
    found, expected = search_pearson(fast, query, top=top), search(fast.index, query, top=top)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.score == pytest.approx(theirs.score, abs=TOLERANCE)
    scores = {each.row: each.score for each in search(fast.index, query, top=N)}
    for ours, theirs in zip(found, expected, strict=True):
        assert scores[ours.row] == pytest.approx(scores[theirs.row], abs=TOLERANCE)


def test_the_codes_are_used():
    """Otherwise the plain scan would be compared with itself."""
    fast, rows = libraries()[1]
    candidates = pearson._candidate_rows(fast, align(query_of(rows[20], low=200, high=1900)), 10, None)
    assert candidates is not None
    others = pearson._ranges_of(fast, align(query_of(rows[20], low=200, high=1900))).others
    assert 0 < others.size < 60
    assert candidates.size <= others.size + 10 + search_module.SPARE
