"""Branch and bound over a whole library: against a fit of every pair and triple."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.errors import SpectrumError
from spectra.matching.branching import _kernels as kernels
from spectra.matching.branching.rows import prepare_rows
from spectra.matching.branching.search import best_pair, best_triple
from spectra.matching.gram._kernels import best_of_gram
from tests.naive import mixing as naive

SEEDS = st.integers(0, 10**6)
KINDS = st.sampled_from(
    ["bands", "dense", "noise", "copies", "nearly copies", "one-hot", "constant", "zeros", "huge", "tiny"]
)
SIZES = st.sampled_from([2, 3])
WIDTH = 24
COMPILED = not numba.config.DISABLE_JIT
MANY = 150 if COMPILED else 99
"""More rows than the first pool holds; plain Python compares few of their triples a second."""
FUNCTIONS = {2: best_pair, 3: best_triple}


def draw_rows(rng, n, kind):
    """Rows that are not negative: like spectra, and like nothing that a library should hold."""
    rows = rng.random((n, WIDTH)) ** 8
    if kind == "dense":
        rows = rng.random((n, WIDTH))
    elif kind == "noise":
        rows = np.maximum(rng.normal(size=(n, WIDTH)), 0)
    elif kind == "copies":
        rows = rows[rng.integers(0, max(n // 3, 1), n)]
    elif kind == "nearly copies":
        rows = rows[rng.integers(0, max(n // 3, 1), n)] * (1 + 0.01 * rng.random((n, WIDTH)))
    elif kind == "one-hot":
        rows = np.eye(WIDTH)[rng.integers(0, WIDTH, n)]
    elif kind == "constant":
        rows[::2] = rng.random((rows[::2].shape[0], 1))
    elif kind == "zeros":
        rows[::2] = 0
    scale = {"huge": 1e25, "tiny": 1e-25}.get(kind, 1.0)
    return (scale * rows).astype(np.float32)


def draw_query(rng, rows, members):
    mixed = rng.exponential(1, len(rows))[:members] @ rows[:members].astype(np.float64)
    level = max(float(np.abs(rows).max(initial=0)), 1e-30)
    return mixed + rng.choice([0.0, 0.02, 0.5]) * level * rng.normal(size=WIDTH)


def assert_same(found, wanted):
    gain, rows = wanted
    assert found.proven
    assert found.gain == pytest.approx(gain, rel=1e-8, abs=1e-12)
    assert found.rows == rows


@settings(max_examples=200 if COMPILED else 40, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 14), kind=KINDS, members=st.integers(0, 4), size=SIZES)
def test_is_the_best_of_all(seed, n, kind, members, size):
    rng = np.random.default_rng(seed)
    rows = draw_rows(rng, n, kind)
    query = draw_query(rng, rows, members)
    assert_same(FUNCTIONS[size](prepare_rows(rows), query), naive.best_set(rows, query, size))


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, n=st.integers(3, 12), kind=KINDS, size=SIZES)
def test_groups_and_masks_are_kept(seed, n, kind, size):
    rng = np.random.default_rng(seed)
    rows = draw_rows(rng, n, kind)
    query = draw_query(rng, rows, 3)
    groups, allowed = rng.integers(0, 4, n), rng.random(n) < 0.7
    found = FUNCTIONS[size](prepare_rows(rows, groups=groups), query, allowed=allowed)
    assert_same(found, naive.best_set(rows, query, size, groups, allowed))
    assert all(allowed[row] for row in found.rows)
    assert len({groups[row] for row in found.rows}) == len(found.rows)


@settings(max_examples=80 if COMPILED else 20, deadline=None)
@given(
    seed=SEEDS,
    n=st.integers(2, 11),
    kind=st.sampled_from(["bands", "dense", "noise", "nearly copies"]),
    terms=st.integers(1, 3),
    size=SIZES,
)
def test_a_background_is_projected_out_first(seed, n, kind, terms, size):
    rng = np.random.default_rng(seed)
    rows = draw_rows(rng, n, kind)
    background = np.vander(np.linspace(-1, 1, WIDTH), terms, increasing=True).T
    query = draw_query(rng, rows, 3) + 100 * rng.normal(size=terms) @ background
    rest, left = naive.beside_background(rows, query, background)
    found = FUNCTIONS[size](prepare_rows(rows, background=background), query)
    gain, _ = naive.best_set(rest, left, size)
    assert found.proven
    assert found.gain == pytest.approx(gain, rel=1e-5)  # what is left of the rows is in single precision
    fit = np.linalg.lstsq(np.vstack([rows[list(found.rows)], background]).T, query, rcond=None)[0]
    assert found.heights == pytest.approx(fit[: len(found.rows)], rel=1e-3, abs=1e-3 * np.abs(fit).max())


@settings(max_examples=60 if COMPILED else 4, deadline=None)
@given(
    seed=SEEDS,
    n=st.integers(MANY, 400 if COMPILED else MANY),
    size=SIZES,
    budget=st.sampled_from([1, 500, 10**7]),
)
def test_more_rows_than_the_first_pool_holds(seed, n, size, budget):
    """Against all sets of the same rows, compared on their Gram matrix."""
    rng = np.random.default_rng(seed)
    rows = draw_rows(rng, n, "bands")
    query = draw_query(rng, rows, int(rng.integers(0, 5)))
    unit = rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1)[:, None]
    target = query / np.linalg.norm(query) if query.any() else query
    gain, *members = best_of_gram(unit @ unit.T, unit @ target, np.arange(n), size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spectra.matching.branching.search.BUDGET", budget)
        patch.setattr("spectra.matching.branching.search.ROUNDS", int(rng.integers(0, 3)))
        found = FUNCTIONS[size](prepare_rows(rows), query)
    assert_same(found, (gain, tuple(row for row in members if row >= 0)))


@settings(max_examples=100 if COMPILED else 20, deadline=None)
@given(seed=SEEDS, n=st.integers(2, 12), kind=KINDS, size=SIZES)
def test_the_gram_kernel_compares_all(seed, n, kind, size):
    rng = np.random.default_rng(seed)
    rows = draw_rows(rng, n, kind)[:, : int(rng.integers(3, WIDTH))].astype(np.float64)
    if rng.random() < 0.5:
        rows = np.diff(rows, axis=1)  # of either sign
    length = np.linalg.norm(rows, axis=1)
    if not np.all(length > 0):
        return
    unit = rows / length[:, None]
    query = rng.exponential(1, n) @ unit
    gain = best_of_gram(unit @ unit.T, unit @ query, np.arange(n), size)[0]
    wanted, _ = naive.best_set(unit, query, size)
    assert gain == pytest.approx(wanted * float(query @ query), rel=1e-8, abs=1e-12)


class TestCeilings:
    """A lower product never lowers a ceiling, and with the products themselves it is the gain."""

    @settings(max_examples=200 if COMPILED else 40, deadline=None)
    @given(seed=SEEDS, floor=st.sampled_from([0.0, -0.2, -0.6]))
    def test_no_set_is_above(self, seed, floor):
        rng = np.random.default_rng(seed)
        rows = rng.random((3, int(rng.integers(3, 12)))) ** rng.choice([1, 4])
        rows = rows - (rows.mean() if floor else 0.0)
        rows /= np.linalg.norm(rows, axis=1)[:, None]
        gram, product = rows @ rows.T, rows @ rng.normal(size=rows.shape[1])
        gain = naive.highest_gain(gram, product)
        exact = kernels.triple_ceiling(*product, gram[0, 1], gram[0, 2], gram[1, 2])
        lower = [
            max(floor, gram[j, k] - rng.choice([0, 0.1, 1]) * rng.random())
            for j, k in ((0, 1), (0, 2), (1, 2))
        ]
        lower = np.minimum(lower, gram[[0, 0, 1], [1, 2, 2]])
        assert kernels.triple_ceiling(*product, *lower) >= exact * (1 - 1e-6) >= gain * (1 - 2e-6)
        pair = naive.highest_gain(gram[:2, :2], product[:2])
        assert kernels.pair_ceiling(*product[:2], lower[0]) >= pair * (1 - 1e-9)

    def test_a_third_row_adds_at_most_its_square(self):
        assert kernels.triple_ceiling(0.6, 0.5, 0.4, 0.3, 0.0, 0.0) == pytest.approx(
            kernels.pair_ceiling(0.6, 0.5, 0.3) + 0.4**2
        )

    def test_without_a_floor_there_is_no_ceiling(self):
        assert kernels.pair_ceiling(0.1, 0.1, -1.0) == np.inf
        assert kernels.triple_ceiling(0.1, 0.1, 0.1, -0.5, -0.5, -0.5) == np.inf
        assert kernels.triple_ceiling(0.1, 0.1, 0.1, -0.49, -0.49, -0.49) < np.inf


class TestDeadline:
    def test_what_is_found_before_is_given_without_proof(self):
        rng = np.random.default_rng(5)
        rows = draw_rows(rng, MANY, "dense")
        query = draw_query(rng, rows, 3) + 5.0
        found = best_triple(prepare_rows(rows), query, seconds=0.0)
        assert not found.proven
        assert 1 <= len(found.rows) <= 3
        assert found.gain <= best_triple(prepare_rows(rows), query).gain * (1 + 1e-9)

    def test_a_generous_one_changes_nothing(self):
        rng = np.random.default_rng(6)
        rows = prepare_rows(draw_rows(rng, MANY, "bands"))
        query = rng.random(WIDTH)
        hurried, patient = best_triple(rows, query, seconds=600.0), best_triple(rows, query)
        assert (hurried.rows, hurried.gain, hurried.proven) == (patient.rows, patient.gain, True)


class TestResult:
    def test_heights_are_those_of_the_rows_as_given(self):
        rows = np.array([[2, 0, 0, 0], [0, 4, 0, 0], [0, 0, 8, 0]], dtype=np.float32)
        found = best_triple(prepare_rows(rows), [2, 2, 2, 0])
        assert found.rows == (0, 1, 2)
        assert found.heights == pytest.approx([1, 0.5, 0.25])
        assert found.gain == pytest.approx(1)

    def test_ties_go_to_fewer_and_smaller_rows(self):
        rows = np.eye(6, dtype=np.float32)[[0, 0, 1, 1, 2, 2]]
        assert best_pair(prepare_rows(rows), [1, 1, 0, 0, 0, 0]).rows == (0, 2)
        assert best_triple(prepare_rows(rows), [1, 1, 0, 0, 0, 0]).rows == (0, 2)
        assert best_triple(prepare_rows(rows), [1, 1, 1, 0, 0, 0]).rows == (0, 2, 4)
        assert best_triple(prepare_rows(rows), [0, 1, 0, 0, 0, 0]).rows == (2,)

    @pytest.mark.parametrize("query", [np.zeros(6), -np.ones(6)])
    def test_nothing_explains_nothing(self, query):
        found = best_pair(prepare_rows(np.eye(6, dtype=np.float32)), query)
        assert (found.rows, found.gain, found.proven, found.heights.size) == ((), 0.0, True, 0)

    def test_the_library_is_not_copied_or_changed(self):
        matrix = draw_rows(np.random.default_rng(0), 9, "bands")
        matrix.setflags(write=False)
        assert np.shares_memory(prepare_rows(matrix).matrix, matrix)
        assert best_pair(prepare_rows(matrix), matrix[3]).rows == (3,)


class TestRefusals:
    @pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
    def test_rows(self, bad):
        rows = np.ones((3, 4), dtype=np.float32)
        rows[1, 2] = bad
        with pytest.raises(SpectrumError, match="negative or not finite"):
            prepare_rows(rows)

    @pytest.mark.parametrize("shape", [(0, 4), (3, 0), (4,)])
    def test_shapes(self, shape):
        with pytest.raises(SpectrumError, match="at least one row"):
            prepare_rows(np.ones(shape, dtype=np.float32))

    @pytest.mark.parametrize("query", [np.ones(3), np.full(4, np.nan), np.full(4, np.inf)])
    def test_queries(self, query):
        with pytest.raises(SpectrumError, match="a query must be finite"):
            best_pair(prepare_rows(np.ones((3, 4), dtype=np.float32)), query)

    def test_masks_groups_and_backgrounds(self):
        rows = np.ones((3, 4), dtype=np.float32)
        with pytest.raises(SpectrumError, match="mask"):
            best_pair(prepare_rows(rows), np.ones(4), allowed=np.ones(2, dtype=bool))
        with pytest.raises(SpectrumError, match="groups"):
            prepare_rows(rows, groups=[1, 2])
        with pytest.raises(SpectrumError, match="background"):
            prepare_rows(rows, background=np.ones((1, 3)))
