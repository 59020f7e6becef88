"""Search: numpy path, compiled path and naive twin say the same."""

from functools import lru_cache

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.grid import Grid
from spectra.matching import search as search_module
from spectra.matching._kernels import best_shift
from spectra.matching.alignment import align
from spectra.matching.first_scan import scan_by_totals
from spectra.matching.index import build_index
from spectra.matching.search import KERNEL_FROM, MIN_OVERLAP_POINTS, MIN_SPREAD, best_shift_numpy, search
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import (
    SMALL_GRID,
    columns,
    draw,
    matrix_of,
    query_of,
    random_bands,
    random_matrix,
)
from tests.naive import matching as naive

TOLERANCE = 1e-6
"""References and products are float32; sums, variances and the result are float64."""

NOISE_TOLERANCE = 5e-6
"""Square roots of noise lie far from zero beside their spread, which the float32 product pays for."""


def totals(references):
    values = references.astype(np.float64)
    return np.stack([values.sum(axis=1), (values**2).sum(axis=1)], axis=1)


def raman_like(rng):
    return random_matrix(12), query_of(draw(random_bands(3), RAMAN_GRID.axis) + rng.normal(0, 0.01, 1751))


def partial_stretches(rng):
    masks = np.array([columns(RAMAN_GRID, low, low + 900) for low in rng.uniform(150, 2300, 14)])
    rows = random_matrix(14, low=100.0, high=3600.0).intensity
    return matrix_of(rows, masks), query_of(rows[7], low=rng.uniform(200, 700), high=1900)


def empty_rows(rng):
    rows = random_matrix(8, low=100.0, high=3600.0).intensity.copy()
    rows[2], rows[5, 100:] = 0.0, 0.0
    return matrix_of(rows), query_of(rows[0] + 0.02 * rng.random(1751))


def duplicates(rng):
    rows = random_matrix(5, low=100.0, high=3600.0).intensity[rng.permutation(np.repeat(np.arange(5), 5))]
    ids = tuple(f"id{number:02}" for number in rng.permutation(25))
    return matrix_of(rows, ids=ids), query_of(rows[3] + 0.01 * rng.random(1751))


def white_noise(rng):
    rows = np.maximum(rng.normal(0, 1, (10, 1751)), 0)
    return matrix_of(rows), query_of(rng.normal(0, 1, 1751))


def one_hot(rng):
    rows = np.zeros((12, 1751))
    rows[np.arange(12), rng.integers(150, 1000, 12)] = 1.0
    return matrix_of(rows), query_of(rows[4])


def one_row(rng):
    return random_matrix(1), query_of(draw(random_bands(0), RAMAN_GRID.axis) + 0.05 * rng.random(1751))


SCENARIOS = (raman_like, partial_stretches, empty_rows, duplicates, white_noise, one_hot, one_row)


@pytest.fixture(params=["numpy", "totals", "kernel"])
def path(request, monkeypatch):
    monkeypatch.setattr(search_module, "KERNEL_FROM", 10**9 if request.param == "numpy" else 0)
    monkeypatch.setattr(search_module, "KERNEL_ROWS", 10**9 if request.param == "totals" else 0)
    return request.param


def check_against(table, index, found, n, tolerance):
    """Ranks, scores and shifts of ``found`` against the naive table of scores."""
    best = table.max(axis=1)
    expected = sorted(np.flatnonzero(np.isfinite(best)), key=lambda row: (-best[row], index.ids[row]))[:n]
    assert len(found) == len(expected)
    for candidate, row in zip(found, expected, strict=True):
        assert candidate.score == pytest.approx(best[candidate.row], abs=tolerance)
        assert table[candidate.row, candidate.shift] == pytest.approx(best[candidate.row], abs=tolerance)
        if candidate.row != row:  # only where the naive scores are a tie within the tolerance
            assert best[candidate.row] == pytest.approx(best[row], abs=2 * tolerance)
    assert len({candidate.row for candidate in found}) == len(found)


@lru_cache
def prepared(scenario):
    matrix, query = scenario(np.random.default_rng(5))
    aligned = align(query)
    table = naive.search(matrix, query, aligned.shifts_cm1, aligned.penalty, min_points=MIN_OVERLAP_POINTS)
    return build_index(matrix), aligned, table


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_both_paths_are_the_naive_twin(scenario, path):
    index, aligned, table = prepared(scenario)
    tolerance = NOISE_TOLERANCE if scenario is white_noise else TOLERANCE
    for top in (1, 3, len(index), len(index) + 50):
        check_against(table, index, search(index, aligned, top=top), top, tolerance)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_rows=st.integers(1, 40),
    low=st.integers(100, 2000),
    width=st.integers(100, 3000),
    faint=st.sampled_from([1.0, 1e-3, 1e-9]),
)
def test_a_scan_by_totals_is_the_kernel_on_any_range(seed, n_rows, low, width, faint):
    """Also where a reference shines outside the query's range and hardly inside."""
    rng = np.random.default_rng(seed)
    axis = RAMAN_GRID.axis
    rows = rng.random((n_rows, axis.size)) * np.where((axis >= low) & (axis <= low + width), faint, 1.0)
    first = rng.integers(0, 700, n_rows)
    last = first + rng.integers(30, 1000, n_rows)
    places = np.arange(axis.size)
    masks = (places >= first[:, None]) & (places < last[:, None])
    index = build_index(matrix_of(np.where(masks, rows, 0.0), masks))
    query = align(query_of(rng.random(axis.size), low=low, high=low + width))
    expected, expected_shifts = search_module._compiled(index, query)
    scores, shifts = scan_by_totals(index, query)
    assert scores == pytest.approx(expected, abs=1e-9)
    close = np.isfinite(expected)
    assert np.array_equal(shifts[close], expected_shifts[close])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n_rows=st.integers(1, 8), n_shifts=st.integers(1, 5))
def test_kernel_is_its_numpy_twin_on_any_stretches(seed, n_rows, n_shifts):
    rng = np.random.default_rng(seed)
    m = 60
    stretches = np.sort(rng.integers(0, m + 1, (n_rows + n_shifts, 2)), axis=1)
    measured = (np.arange(m) >= stretches[:, :1]) & (np.arange(m) < stretches[:, 1:])
    values = np.where(measured, rng.random((n_rows + n_shifts, m)), 0).astype(np.float32)
    references, queries = values[:n_rows], values[n_rows:]
    penalty = rng.random(n_shifts) / 10
    products = references @ queries.T
    arguments = (stretches[:n_rows], queries, stretches[n_rows:], penalty, products, 8, MIN_SPREAD)
    scores, shifts = best_shift(references, totals(references), *arguments)
    twin, twin_shifts = best_shift_numpy(references, *arguments)
    assert np.array_equal(np.isfinite(scores), np.isfinite(twin))
    known = np.isfinite(scores)
    assert scores[known] == pytest.approx(twin[known], abs=TOLERANCE)
    assert np.array_equal(shifts, twin_shifts)
    table = naive.scores(references, measured[:n_rows], queries, measured[n_rows:], penalty, min_points=8)
    assert np.array_equal(np.isfinite(table.max(axis=1)), known)
    # few and uncentred points: the rounding of the float32 product is not averaged away
    assert scores[known] == pytest.approx(table.max(axis=1)[known], abs=1e-5)


def test_the_kernel_sums_in_double_precision():
    rng = np.random.default_rng(0)
    references, queries = (rng.random((20, 1751)).astype(np.float32) for _ in range(2))
    whole = np.tile([0, 1751], (20, 1))
    arguments = (whole, queries, whole, np.zeros(20), references @ queries.T, 100, MIN_SPREAD)
    scores, _ = best_shift(references, totals(references), *arguments)
    assert scores == pytest.approx(best_shift_numpy(references, *arguments)[0], abs=1e-12)


def test_a_reference_that_shines_elsewhere_is_summed_where_the_query_is():
    """Its sums in the common range are not what is left of a sum a million million times larger."""
    rng = np.random.default_rng(1)
    faint = rng.random((6, 300)).astype(np.float32)
    bright, whole = faint.copy(), np.tile([0, 300], (6, 1))
    bright[:, 250:] *= 1e6
    silent = bright.copy()
    silent[:, :250] = 0.0
    query = np.zeros((1, 300), dtype=np.float32)
    query[0, :240] = rng.random(240)
    rest = (query, np.array([[0, 240]]), np.zeros(1))
    expected, _ = best_shift_numpy(faint, whole, *rest, faint @ query.T, 100, MIN_SPREAD)
    scores, _ = best_shift(bright, totals(bright), whole, *rest, bright @ query.T, 100, MIN_SPREAD)
    assert scores == pytest.approx(expected, abs=TOLERANCE)
    scores, _ = best_shift(silent, totals(silent), whole, *rest, silent @ query.T, 100, MIN_SPREAD)
    assert np.all(scores == -np.inf)


def test_duplicates_are_ordered_by_id(path):
    matrix, query = duplicates(np.random.default_rng(1))
    index = build_index(matrix)
    found = search(index, align(query), top=25)
    groups = [[index.ids[entry.row] for entry in found[first : first + 5]] for first in range(0, 25, 5)]
    assert groups == [sorted(group) for group in groups]


@pytest.mark.parametrize("top", [1, 2, 3, 7])
def test_top_takes_the_smaller_ids_of_a_tie(top, path):
    """Forty equal rows, of which few are asked for: the shortcut must not choose among them."""
    row = draw(random_bands(1), SMALL_GRID.axis)
    ids = tuple(f"{number:02}" for number in np.random.default_rng(2).permutation(40))
    index = build_index(matrix_of(np.tile(row, (40, 1)), ids=ids, grid=SMALL_GRID))
    found = search(index, align(query_of(row, SMALL_GRID)), top=top)
    assert [index.ids[entry.row] for entry in found] == [f"{number:02}" for number in range(top)]


def test_row_order_does_not_matter(path):
    matrix, query = random_matrix(23), query_of(draw(random_bands(4), RAMAN_GRID.axis))
    order = np.random.default_rng(3).permutation(23)
    turned = matrix_of(matrix.intensity[order], matrix.mask[order], tuple(matrix.ids[row] for row in order))
    plain, permuted = (
        [(index.ids[entry.row], entry.shift, entry.score) for entry in search(index, align(query), top=10)]
        for index in (build_index(matrix), build_index(turned))
    )
    assert [entry[:2] for entry in plain] == [entry[:2] for entry in permuted]
    assert [entry[2] for entry in plain] == pytest.approx([entry[2] for entry in permuted], abs=TOLERANCE)


def test_a_constant_row_is_no_candidate(path):
    """Whatever its level: what is left of its variance is rounding."""
    query = align(query_of(np.random.default_rng(0).random(RAMAN_GRID.n_points), low=100.0, high=3600.0))
    levels = np.geomspace(0.1, 1e5, 30)
    index = build_index(matrix_of(np.repeat(levels[:, None], RAMAN_GRID.n_points, axis=1)))
    assert search(index, query, top=30) == ()


def test_a_constant_query_has_no_candidate(path):
    index = build_index(random_matrix(3))
    assert search(index, align(query_of(np.full(RAMAN_GRID.n_points, 0.3)))) == ()


def test_a_large_library_takes_the_kernel_when_that_pays_and_agrees(monkeypatch):
    monkeypatch.setattr(search_module, "KERNEL_ROWS", KERNEL_FROM)
    grid = Grid(400.0, 2.0, MIN_OVERLAP_POINTS + 30)
    rng = np.random.default_rng(6)
    rows = np.maximum(rng.normal(0.2, 0.3, (KERNEL_FROM, grid.n_points)), 0)
    query = query_of(rows[321] + 0.1 * rng.random(grid.n_points), grid)
    index, aligned = build_index(matrix_of(rows, grid=grid)), align(query)
    monkeypatch.setattr(search_module, "_plain", None)  # not reached above the limit
    kernel = search_module._compiled
    monkeypatch.setattr(search_module, "_compiled", None)  # nor the kernel by the first search
    first = search(index, aligned, top=20)
    monkeypatch.setattr(search_module, "_compiled", kernel)
    monkeypatch.setattr("spectra.matching.first_scan.scan_by_totals", None)
    compiled = search(index, aligned, top=20)
    assert first == compiled
    monkeypatch.undo()
    monkeypatch.setattr(search_module, "KERNEL_FROM", KERNEL_FROM + 1)
    plain = search(index, aligned, top=20)
    assert [(entry.row, entry.shift) for entry in plain] == [(entry.row, entry.shift) for entry in compiled]
    assert [entry.score for entry in plain] == pytest.approx(
        [entry.score for entry in compiled], abs=TOLERANCE
    )
    assert compiled[0].row == 321


@pytest.mark.parametrize(
    ("points", "found"), [(MIN_OVERLAP_POINTS, 1), (MIN_OVERLAP_POINTS - 1, 0), (1, 0), (0, 0), (-200, 0)]
)
def test_too_little_overlap_is_no_candidate(points, found, path):
    """The query ends ``points`` columns into the reference; shifts may not add to that."""
    row = draw(random_bands(2, low=600, high=1500), RAMAN_GRID.axis)
    mask = np.arange(RAMAN_GRID.n_points) >= 400
    index = build_index(matrix_of(row[None], mask[None]))
    query = query_of(row + 0.01, low=200.0, high=RAMAN_GRID.axis[400 + points - 1])
    assert len(search(index, align(query, max_shift_cm1=0))) == found


def test_an_empty_library_has_no_candidate(path):
    empty = np.zeros((0, RAMAN_GRID.n_points))
    assert search(build_index(matrix_of(empty)), align(query_of(np.ones(RAMAN_GRID.n_points)))) == ()


def test_the_compiled_kernel_is_compiled():
    if numba.config.DISABLE_JIT:
        pytest.skip("NUMBA_DISABLE_JIT is set")
    assert hasattr(best_shift, "signatures")
