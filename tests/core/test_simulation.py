"""Simulated queries: another instrument's view, drawn from a generator that is passed in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.confidence.simulation import SNR, perturb
from spectra.matching.candidates import rank_candidates
from spectra.matching.index import Query, build_index
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import SMALL_GRID, draw, random_bands, random_matrix

CLEAN = draw(random_bands(0, low=430, high=890, n_bands=5), SMALL_GRID.axis)


def test_one_seed_one_draw():
    first, second = (perturb(CLEAN, SMALL_GRID, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert first[1] == second[1]
    assert not np.array_equal(first[0], perturb(CLEAN, SMALL_GRID, np.random.default_rng(8))[0])


def test_the_generator_is_the_only_source_of_chance():
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    perturb(CLEAN, SMALL_GRID, np.random.default_rng(0))
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_consecutive_draws_differ():
    rng = np.random.default_rng(0)
    assert not np.array_equal(perturb(CLEAN, SMALL_GRID, rng)[0], perturb(CLEAN, SMALL_GRID, rng)[0])


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([1e-12, 1.0, 1e6]),
    shape=st.sampled_from(["bands", "zero", "constant", "one point"]),
)
def test_finite_never_negative_and_about_one_high(seed, scale, shape):
    m = SMALL_GRID.n_points
    values = {"bands": CLEAN, "zero": np.zeros(m), "constant": np.ones(m), "one point": np.eye(m)[130]}[shape]
    intensity, noise = perturb(scale * values, SMALL_GRID, np.random.default_rng(seed))
    assert intensity.shape == (m,)
    assert np.all(np.isfinite(intensity))
    assert intensity.min() >= 0
    assert 1 / SNR[1] <= noise <= 1 / SNR[0]
    if shape != "zero":
        assert 0.8 < intensity.max() < 1.6


def test_the_height_does_not_matter():
    plain = perturb(CLEAN, SMALL_GRID, np.random.default_rng(1))[0]
    assert perturb(1e6 * CLEAN, SMALL_GRID, np.random.default_rng(1))[0] == pytest.approx(plain)


def test_the_input_is_not_changed():
    values = CLEAN.copy()
    values.flags.writeable = False
    intensity, _ = perturb(values, SMALL_GRID, np.random.default_rng(0))
    assert np.array_equal(values, CLEAN)
    assert not np.shares_memory(values, intensity)


def test_the_noise_is_what_it_says():
    """Far from any band half the variance is left: the other half is shot noise."""
    values = np.zeros(RAMAN_GRID.n_points)
    values[:20] = 1.0
    for seed in range(5):
        intensity, noise = perturb(values, RAMAN_GRID, np.random.default_rng(seed))
        second = np.diff(intensity[intensity > 0], n=1)
        spread = 1.4826 * float(np.median(np.abs(second))) / np.sqrt(2)
        assert 0.3 * noise < spread < 1.2 * noise


def test_most_draws_still_look_like_themselves():
    matrix = random_matrix(6)
    index = build_index(matrix)
    first, last = index.stretches[0].tolist()
    right = 0
    for draw_number in range(30):
        rng = np.random.default_rng(draw_number)
        row = draw_number % 6
        intensity, noise = perturb(matrix.intensity[row].astype(float), RAMAN_GRID, rng)
        query = Query(RAMAN_GRID, np.where(matrix.mask[row], intensity, 0.0), first, last, noise)
        right += rank_candidates(index, query)[1][0].candidate.row == row
    assert right >= 28
