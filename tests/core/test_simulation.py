"""Simulated queries: another instrument's view, drawn from a generator that is passed in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.confidence import simulation
from spectra.confidence.simulation import SHOT_SHARE, SNR, perturb
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
    low, high = (1 - SHOT_SHARE[1]) ** 0.5 / SNR[1], (1 - SHOT_SHARE[0]) ** 0.5 / SNR[0]
    assert low <= noise <= high
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


def only(monkeypatch, **kept):
    """Switch everything off that is not kept."""
    still = {"OFFSET_CM1": 0.0, "STRETCH": 0.0, "BROADENING_CM1": (0.01, 0.01), "RESPONSE": 0.0}
    still |= {"BAND_RESPONSE": 0.0, "SNR": (1e9, 1e9), "RESIDUE": 0.0, "SPIKES": 0.0}
    for name, value in (still | kept).items():
        monkeypatch.setattr(simulation, name, value)


def test_without_differences_nothing_changes(monkeypatch):
    only(monkeypatch)
    intensity, noise = perturb(CLEAN, SMALL_GRID, np.random.default_rng(0))
    assert intensity == pytest.approx(CLEAN / CLEAN.max(), abs=1e-6)
    assert noise < 1e-8


def test_read_and_shot_noise_are_what_they_say(monkeypatch):
    """Read noise everywhere, as returned; at full height all of the variance."""
    only(monkeypatch, SNR=(20.0, 20.0), SHOT_SHARE=(0.75, 0.75))
    values = np.zeros(RAMAN_GRID.n_points)
    values[:800] = 1.0
    intensity, noise = perturb(values, RAMAN_GRID, np.random.default_rng(0))
    assert noise == pytest.approx(0.05 * 0.5)
    assert intensity[:700].std() == pytest.approx(0.05, rel=0.1)
    dark = intensity[900:]
    assert (dark > 0).mean() == pytest.approx(0.5, abs=0.07)  # clipped at 0
    assert np.sqrt((dark[dark > 0] ** 2).mean()) == pytest.approx(noise, rel=0.1)


def test_spikes_are_narrow_stumps(monkeypatch):
    only(monkeypatch, SPIKES=3.0)
    intensity = perturb(np.zeros(RAMAN_GRID.n_points), RAMAN_GRID, np.random.default_rng(2))[0]
    hit = intensity > 1e-6
    assert 1 <= hit.sum() <= 20
    assert intensity.max() <= 3 * simulation.SPIKE_HEIGHT


def test_an_offset_moves_the_bands(monkeypatch):
    only(monkeypatch, OFFSET_CM1=10.0)
    rng = np.random.default_rng(3)
    tops = [float(SMALL_GRID.axis[perturb(CLEAN, SMALL_GRID, rng)[0].argmax()]) for _ in range(200)]
    assert np.std(tops) == pytest.approx(10.0, rel=0.2)


def test_resolution_broadens(monkeypatch):
    only(monkeypatch, BROADENING_CM1=(4.0, 4.0))
    line = np.eye(SMALL_GRID.n_points)[130]
    intensity = perturb(line, SMALL_GRID, np.random.default_rng(0))[0]
    offsets = SMALL_GRID.axis - SMALL_GRID.axis[130]
    variance = (intensity * offsets**2).sum() / intensity.sum()
    assert np.sqrt(variance) == pytest.approx(4.0, rel=0.02)


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
