"""Axis errors are found, within their bound and at a price."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.matching.alignment import FINE_SHIFTS_CM1, FINE_WEIGHT, MAX_SHIFT_CM1, align, refine
from spectra.matching.index import Query, broaden, build_index
from spectra.matching.search import search
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import SMALL_GRID, columns, draw, matrix_of, query_of, random_bands, random_matrix
from tests.naive import matching as naive


def displaced_query(seed, displaced_cm1, grid=RAMAN_GRID):
    """Query whose instrument reads ``displaced_cm1`` too low."""
    return query_of(draw(random_bands(seed), grid.axis + displaced_cm1) + 0.002, grid)


@pytest.mark.parametrize("displaced", [-8.0, -6.5, -5.0, -3.0, -1.3, 0.0, 0.7, 2.0, 4.0, 5.5, 7.0, 8.0])
def test_a_displaced_axis_is_recovered(displaced):
    index = build_index(random_matrix(6))
    for seed in range(6):
        aligned = align(displaced_query(seed, displaced))
        best = search(index, aligned, top=1)[0]
        assert best.row == seed
        assert aligned.shifts_cm1[best.shift] == pytest.approx(displaced, abs=1.0)


def test_a_perfect_match_needs_no_shift():
    matrix = random_matrix(6)
    index = build_index(matrix)
    for row in range(6):
        aligned = align(query_of(matrix.intensity[row]))
        best = search(index, aligned, top=1)[0]
        assert (best.row, aligned.shifts_cm1[best.shift]) == (row, 0)
        assert best.score == pytest.approx(1.0, abs=1e-6)


def test_beyond_the_bound_nothing_is_recovered():
    index = build_index(random_matrix(1))
    near, far = (search(index, align(displaced_query(0, shift)), top=1)[0] for shift in (8.0, 30.0))
    assert near.score > 0.95
    assert far.score < 0.5


def test_the_penalty_is_nothing_without_a_shift_and_grows_on_both_sides():
    aligned = align(displaced_query(0, 0.0))
    centre = int(np.flatnonzero(aligned.shifts_cm1 == 0)[0])
    assert aligned.penalty[centre] == 0
    assert np.all(np.diff(aligned.penalty[centre:]) > 0)
    assert aligned.penalty == pytest.approx(aligned.penalty[::-1])
    growth = np.diff(aligned.penalty[centre:])
    assert np.all(np.diff(growth) > 0)  # the farther, the dearer


def test_a_shift_is_paid_for():
    """The same agreement counts less after a shift: alignment alone must not make matches."""
    index = build_index(random_matrix(1, low=100, high=3600))
    scores = []
    for displaced in (0.0, 2.0, 4.0, 6.0, 8.0):
        query = query_of(draw(random_bands(0), RAMAN_GRID.axis + displaced), low=100, high=3600)
        scores.append(search(index, align(query), top=1)[0].score)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] - scores[-1] > 0.01


@pytest.mark.parametrize(("bound", "n_shifts"), [(0.0, 1), (0.9, 1), (3.0, 7), (MAX_SHIFT_CM1, 17)])
def test_all_whole_shifts_within_the_bound(bound, n_shifts):
    shifts = align(displaced_query(0, 0.0), max_shift_cm1=bound).shifts_cm1
    assert shifts.size == n_shifts
    assert np.abs(shifts).max() <= bound
    assert shifts == pytest.approx(-shifts[::-1])


def test_without_a_shift_the_query_is_what_it_was():
    query = displaced_query(1, 0.0)
    aligned = align(query, max_shift_cm1=0)
    mask = (np.arange(RAMAN_GRID.n_points) >= query.first) & (np.arange(RAMAN_GRID.n_points) < query.last)
    assert aligned.stretches.tolist() == [[query.first, query.last]]
    assert aligned.root[0] == pytest.approx(np.sqrt(broaden(query.intensity, mask, 2.0)), abs=1e-12)


@pytest.mark.parametrize(("low", "high"), [(400, 918), (450, 800), (400, 500), (880, 918)])
def test_every_shift_is_the_naive_twin(low, high):
    rng = np.random.default_rng(4)
    mask = columns(SMALL_GRID, low, high)
    first = int(mask.argmax())
    values = np.where(mask, rng.random(mask.size), 0)
    query = Query(SMALL_GRID, values, first, first + int(mask.sum()))
    aligned = align(query)
    roots, masks = naive.align(query, aligned.shifts_cm1)
    assert aligned.root == pytest.approx(roots, abs=1e-9)
    place = np.arange(mask.size)
    stretches = aligned.stretches
    assert np.array_equal((place >= stretches[:, :1]) & (place < stretches[:, 1:]), masks)


def test_the_query_is_not_changed():
    query = displaced_query(2, 3.0)
    before = query.intensity.copy()
    align(query)
    assert np.array_equal(query.intensity, before)


def test_rows_of_the_library_do_not_move():
    """A shift is the query's: a reference that ends inside the range keeps its own end."""
    mask = columns(RAMAN_GRID, 302, 1500)
    matrix = matrix_of(random_matrix(1).intensity, mask[None])
    aligned = align(displaced_query(0, 5.0))
    best = search(build_index(matrix), aligned, top=1)[0]
    assert aligned.shifts_cm1[best.shift] == pytest.approx(5.0, abs=1.0)
    assert best.score > 0.95


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(3, 60),
    step=st.sampled_from([0.4, 0.5, 1.0, 2.0, 5.0]),
    displaced=st.floats(-2, 2),
)
def test_the_fine_shift_is_the_naive_twin(seed, n, step, displaced):
    """Whatever the step: several of them, one, or a part of one are tried."""
    rng = np.random.default_rng(seed)
    points = np.arange(n) * step
    centres, widths = rng.uniform(0, points[-1], 4), rng.uniform(2, 6, 4)

    def shape(x):
        return np.exp(-0.5 * ((x[:, None] - centres) / widths) ** 2).sum(axis=1)

    root, reference = shape(points + displaced) + 1e-3 * rng.random(n), shape(points)
    moved, shift = refine(root, reference, step)
    expected, expected_shift = naive.refine(root, reference, step, FINE_SHIFTS_CM1, FINE_WEIGHT)
    assert shift == expected_shift
    assert moved == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("straight", [False, True])
def test_to_a_straight_line_nothing_is_shifted(straight):
    """What is left of its slopes' spread is rounding."""
    line, rough = np.linspace(0.2, 0.9, 50), np.random.default_rng(0).random(50)
    root = line if straight else rough
    moved, shift = refine(root, line, 2.0)
    assert shift == 0
    assert np.array_equal(moved, root)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_next_to_nothing_is_not_shifted(n):
    assert refine(np.ones(n), np.ones(n), 2.0)[1] == 0
