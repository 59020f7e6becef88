"""Basis of mixtures: rows of library and containers, their slopes, the pool, the shift."""

import numpy as np
import pytest

from spectra.grid import Grid
from spectra.matching import basis as basis_module
from spectra.matching.alignment import align
from spectra.matching.basis import INDEPENDENT_CM1, POOL, at_best_shift, build_basis, cut_parts
from spectra.matching.index import build_index
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import SMALL_GRID, columns, draw, matrix_of, query_of, random_bands, random_matrix

MATRIX = random_matrix(12)
INDEX = build_index(MATRIX)
WHOLE = slice(*INDEX.stretches[0].tolist())


def basis_of(index, containers=None):
    n = len(index) + (len(containers) if containers is not None else 0)
    return build_basis(index, [f"substance {row}" for row in range(n)], containers=containers)


def everything(basis):
    return np.ones(len(basis), dtype=bool)


class TestRows:
    def test_containers_come_after_the_library(self):
        plastics = build_index(
            matrix_of(
                [draw(random_bands(row), RAMAN_GRID.axis) for row in (50, 51)],
                np.array([columns(RAMAN_GRID, 302, 2200), columns(RAMAN_GRID, 100, 1400)]),
                ids=("bag", "vial"),
            )
        )
        basis = basis_of(INDEX, plastics)
        assert len(basis) == 14
        assert basis.ids == (*INDEX.ids, "bag", "vial")
        assert basis.stretches.tolist() == [*INDEX.stretches.tolist(), *plastics.stretches.tolist()]
        rows = np.array([13, 2, 12, 0])
        expected = [plastics.root[1], INDEX.root[2], plastics.root[0], INDEX.root[0]]
        found = basis.intensity(rows, 200, 500)
        assert found == pytest.approx(np.array(expected, dtype=np.float64)[:, 200:500] ** 2)

    def test_without_containers_it_is_the_library(self):
        basis = basis_of(INDEX)
        assert basis.ids == INDEX.ids
        assert basis.stretches.tolist() == INDEX.stretches.tolist()

    def test_rows_of_one_identity_are_one_substance(self):
        basis = build_basis(build_index(random_matrix(4)), ["b", "a", "b", "c"])
        assert basis.substances[0] == basis.substances[2]
        assert len(set(basis.substances.tolist())) == 3
        parts = cut_parts(basis, np.ones(900), WHOLE.start, everything(basis))
        assert parts.terms.same.tolist() == [
            [row == other or {row, other} == {0, 2} for other in range(4)] for row in range(4)
        ]


class TestCut:
    def test_terms_are_those_of_the_slopes(self):
        basis, query = basis_of(INDEX), INDEX.root[3, 200:800].astype(np.float64) ** 2
        parts = cut_parts(basis, query, 200, everything(basis))
        spectra = INDEX.root[:, 200:800].astype(np.float64) ** 2
        slopes = spectra[:, 1:] - spectra[:, :-1]
        lengths = np.linalg.norm(slopes, axis=1)
        assert parts.spectra == pytest.approx(spectra)
        assert parts.lengths == pytest.approx(lengths)
        assert np.linalg.norm(parts.slopes, axis=1) == pytest.approx(np.ones(12))
        assert parts.terms.gram == pytest.approx(np.corrcoef(slopes), abs=1e-2)  # their means are near 0
        assert parts.terms.product[3] == pytest.approx(lengths[3])
        assert parts.terms.square == pytest.approx(lengths[3] ** 2)
        assert parts.terms.n_independent == 600 * RAMAN_GRID.step / INDEPENDENT_CM1

    def test_a_constant_or_empty_row_is_like_nothing(self):
        rows = np.array([np.zeros(RAMAN_GRID.n_points), np.ones(RAMAN_GRID.n_points), MATRIX.intensity[0]])
        basis = basis_of(build_index(matrix_of(rows)))
        parts = cut_parts(basis, basis.intensity(np.array([2]), 200, 800)[0], 200, everything(basis))
        assert parts.terms.product[:2] == pytest.approx([0, 0], abs=1e-6 * parts.terms.product[2])

    def test_rows_measured_elsewhere_or_not_allowed_are_left_out(self):
        first, last = WHOLE.start, WHOLE.stop
        limits = [
            (first, last),
            (first + 500, last),
            (first, last - 180),
            (0, RAMAN_GRID.n_points),
            (0, first),
        ]
        places = np.arange(RAMAN_GRID.n_points)
        masks = np.array([(places >= low) & (places < high) for low, high in limits])
        basis = basis_of(build_index(matrix_of(np.where(masks, MATRIX.intensity[:5], 0.0), masks)))
        query = np.ones(last - first)
        assert last - first == 950  # of which 0.6 must be covered
        assert cut_parts(basis, query, first, everything(basis)).rows.tolist() == [0, 2, 3]
        allowed = np.array([False, True, True, False, True])
        assert cut_parts(basis, query, first, allowed).rows.tolist() == [2]
        assert cut_parts(basis, query, first, np.zeros(5, dtype=bool)) is None

    def test_a_row_without_a_band_is_never_the_query(self):
        basis = basis_of(INDEX)
        parts = cut_parts(basis, np.zeros(900), WHOLE.start, everything(basis))
        assert parts.terms.square == 0
        assert np.all(parts.terms.product == 0)


GRID = Grid(300.0, 2.0, 800)
N = 1000


@pytest.fixture(scope="module", name="large")
def large_basis():
    """A library of more rows than are compared with each other."""
    rows = [draw(random_bands(row), GRID.axis) for row in range(N)]
    return basis_of(build_index(matrix_of(rows, grid=GRID)))


class TestPool:
    @pytest.mark.parametrize("seed", range(6))
    def test_of_a_large_library_has_the_components(self, large, seed):
        rng = np.random.default_rng(seed)
        rows = rng.choice(N, 3, replace=False)
        query = np.array([0.5, 0.3, 0.2]) @ large.intensity(rows, 0, 800) + rng.normal(0, 0.002, 800)
        parts = cut_parts(large, query, 0, everything(large))
        assert set(rows.tolist()) <= set(parts.rows.tolist())
        assert parts.rows.size <= POOL
        assert parts.rows.tolist() == sorted(set(parts.rows.tolist()))

    def test_keeps_to_what_is_allowed(self, large):
        query = np.array([0.6, 0.4]) @ large.intensity(np.array([7, 900]), 0, 800)
        allowed = np.arange(N) >= 450  # of which there are still more than are compared
        parts = cut_parts(large, query, 0, allowed)
        assert parts.rows.min() >= 450
        assert 900 in parts.rows

    def test_a_weak_one_is_among_them_though_the_whole_query_is_unlike_it(self, large):
        """A scan of the query alone, which is what a search gives, puts others before it."""
        query = np.array([0.7, 0.24, 0.06]) @ large.intensity(np.array([3, 11, 19]), 0, 800)
        parts = cut_parts(large, query, 0, everything(large))
        alone = basis_module._scan(large, np.arange(N), query, 0, np.zeros((799, 0)))
        assert 19 not in alone
        assert 19 in parts.rows


class TestShift:
    @pytest.mark.parametrize("displaced", [-7.0, -3.0, 0.0, 4.0])
    def test_finds_that_of_a_mixture(self, displaced):
        axis = RAMAN_GRID.axis + displaced
        total = 0.6 * draw(random_bands(2), axis) + 0.4 * draw(random_bands(9), axis)
        aligned = align(query_of(total))
        first, last = int(aligned.stretches[:, 0].max()), int(aligned.stretches[:, 1].min())
        queries = aligned.root[:, first:last] ** 2
        basis = basis_of(INDEX)
        middle = int(aligned.penalty.argmin())
        parts = cut_parts(basis, queries[middle], first, everything(basis))
        moved = at_best_shift(parts, queries, aligned.penalty)
        assert aligned.shifts_cm1[moved.shift] == displaced
        assert np.array_equal(moved.query, queries[moved.shift])
        fresh = cut_parts(basis, queries[moved.shift], first, everything(basis))
        assert moved.terms.product == pytest.approx(fresh.terms.product)
        assert moved.terms.square == pytest.approx(fresh.terms.square)
        assert moved.terms.gram is parts.terms.gram

    def test_a_shift_must_gain_more_than_it_costs(self):
        basis = basis_of(INDEX)
        queries = INDEX.root[[0, 1], WHOLE].astype(np.float64) ** 2
        parts = cut_parts(basis, queries[0], WHOLE.start, everything(basis))
        assert [at_best_shift(parts, queries, np.array(cost)).shift for cost in ([0.0, 0.1], [0.1, 0.0])] == [
            0,
            1,
        ]

    def test_nothing_to_fit_is_no_error(self):
        grid = SMALL_GRID
        basis = basis_of(
            build_index(matrix_of(random_matrix(3, grid=grid, low=400, high=1000).intensity, grid=grid))
        )
        parts = cut_parts(basis, np.zeros(260), 0, everything(basis))
        assert at_best_shift(parts, np.zeros((3, 260)), np.array([0.1, 0.0, 0.1])).shift == 1
