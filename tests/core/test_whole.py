"""The best of a whole library on heights: joins the pool, and says whether it is proven."""

import dataclasses

import numpy as np
import pytest

from spectra.matching import basis as basis_module
from spectra.matching import heights as heights_module
from spectra.matching import whole as whole_module
from spectra.matching.alignment import align
from spectra.matching.basis import build_basis, cut_parts
from spectra.matching.branching import search as branching
from spectra.matching.branching.rows import prepare_rows
from spectra.matching.index import build_index
from spectra.matching.mixtures import find_mixture
from spectra.matching.whole import best_of_all
from tests.core.synthetic import SMALL_GRID, draw, matrix_of, query_of, random_bands
from tests.naive import mixing as naive

N = 40
ROWS = np.array([draw(random_bands(row), SMALL_GRID.axis) for row in range(N)])
INDEX = build_index(matrix_of(ROWS, grid=SMALL_GRID))
BASIS = build_basis(INDEX, [f"substance {row}" for row in range(N)])
ALL = np.arange(N)
NOBODY = np.zeros(0, dtype=np.int64)


def heights(rows, weights, *, basis=BASIS):
    return np.asarray(weights) @ basis.intensity(np.array(rows), 0, SMALL_GRID.n_points)


@pytest.mark.parametrize("members", [(3, 17), (5, 21, 33), (0, 1, 39)])
def test_the_members_of_a_sum_are_found_and_proven(members):
    query = heights(members, [0.5, 0.3, 0.2][: len(members)])
    found = best_of_all(BASIS, query, rows=ALL, first=0, behind=NOBODY)
    assert set(members) <= set(found.rows.tolist())
    assert found.proven


def test_rows_and_columns_are_those_of_the_basis():
    query = heights((8, 30), [0.6, 0.4])[100:500]
    found = best_of_all(BASIS, query, rows=ALL[6:35], first=100, behind=NOBODY)
    assert {8, 30} <= set(found.rows.tolist())


def test_a_container_in_the_way_is_projected_out():
    plastic = build_index(
        matrix_of(draw(random_bands(77), SMALL_GRID.axis)[None], grid=SMALL_GRID, ids=("bag",))
    )
    basis = build_basis(INDEX, [*(f"substance {row}" for row in range(N)), "bag"], containers=plastic)
    query = heights((4, 11, 29, N), [0.3, 0.2, 0.2, 3.0], basis=basis)
    every = np.arange(N + 1)
    found = best_of_all(basis, query, rows=every, first=0, behind=np.array([N]))
    assert found.rows.tolist() == [4, 11, 29]
    with_it = best_of_all(basis, query, rows=every, first=0, behind=NOBODY)
    assert N in with_it.rows  # and leaves room for two
    assert len(with_it.rows) == 3


def test_a_library_that_is_too_large_for_memory_is_left_alone(monkeypatch):
    monkeypatch.setattr(heights_module, "MAX_BYTES", 4 * N * SMALL_GRID.n_points - 1)
    found = best_of_all(BASIS, heights((1, 2), [1, 1]), rows=ALL, first=0, behind=NOBODY)
    assert found.rows.tolist() == []
    assert not found.proven


def noisy(seed=0):
    rng = np.random.default_rng(seed)
    clean = heights((5, 21, 33), [0.5, 0.3, 0.2])
    return np.maximum(clean + 0.2 * clean.max() * rng.random(clean.size), 0.0)


def test_a_deadline_gives_the_best_so_far_unproven():
    late = best_of_all(BASIS, noisy(), rows=ALL, first=0, behind=NOBODY, seconds=0.0)
    assert not late.proven
    assert late.rows.size > 0


@pytest.mark.parametrize("steps", [0, 1])
def test_steps_that_are_spent_give_the_best_so_far_and_the_same_each_time(steps):
    rows = prepare_rows(BASIS.intensity(ALL, 0, SMALL_GRID.n_points).astype(np.float32))
    given_up = [branching.best_triple(rows, noisy(), steps=steps) for _ in range(2)]
    whole = branching.best_triple(rows, noisy(), steps=10**9)
    assert not given_up[0].proven
    assert whole.proven
    assert given_up[0].rows == given_up[1].rows
    assert given_up[0].gain <= whole.gain
    assert not branching.best_pair(rows, noisy(), steps=0).proven


class TestPool:
    @pytest.fixture(autouse=True)
    def a_small_pool(self, monkeypatch):
        monkeypatch.setattr(basis_module, "POOL", 12)
        monkeypatch.setattr(basis_module, "SCANNED", 4)

    def test_what_branch_and_bound_finds_joins_the_pool(self, monkeypatch):
        query = heights((5, 21, 33), [0.5, 0.3, 0.2])
        everything = np.ones(N, dtype=bool)
        alone = cut_parts(BASIS, query, 0, everything)
        assert alone.whole
        found = best_of_all(BASIS, query, rows=ALL, first=0, behind=NOBODY)
        foreign = next(row for row in range(N) if row not in alone.rows)
        planted = dataclasses.replace(found, rows=np.array([foreign]), proven=False)
        monkeypatch.setattr(basis_module, "best_of_all", lambda *_, **__: planted)
        parts = cut_parts(BASIS, query, 0, everything)
        assert foreign in parts.rows
        assert not parts.whole

    @pytest.mark.parametrize("proven", [True, False])
    def test_a_mixture_is_proven_only_where_the_whole_library_was(self, monkeypatch, proven):
        monkeypatch.setattr(whole_module, "SECONDS", 1e9)
        search = basis_module.best_of_all
        seconds = 1e9 if proven else 0.0
        monkeypatch.setattr(basis_module, "best_of_all", lambda *a, **k: search(*a, **k, seconds=seconds))
        sum_of_three = ROWS[[5, 21, 33]].sum(axis=0) + 0.01 * np.random.default_rng(1).random(
            SMALL_GRID.n_points
        )
        query = query_of(sum_of_three, SMALL_GRID, low=SMALL_GRID.start, high=SMALL_GRID.stop, noise=0.003)
        found = find_mixture(BASIS, query, align(query))
        assert {each.row for each in (*found.components, *found.doubtful)} >= {5, 21, 33}
        assert found.proven == proven

    def test_the_best_of_the_whole_is_that_of_every_set(self):
        query = noisy(3)
        found = best_of_all(BASIS, query, rows=ALL, first=0, behind=NOBODY)
        matrix = BASIS.intensity(ALL, 0, SMALL_GRID.n_points)
        assert tuple(found.rows.tolist()) == naive.best_set(matrix, query, 3)[1]
