"""Cosmic rays are found, sharp bands are kept."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.preprocessing import despike, find_spikes
from spectra.preprocessing import spikes as spikes_module
from spectra.preprocessing.spikes import clean_spikes
from tests.naive import preprocessing as naive

PIXELS = np.arange(1000.0)


def gauss(centre, fwhm, height, axis=PIXELS):
    return height * np.exp(-4 * np.log(2) * ((axis - centre) / fwhm) ** 2)


def lorentz(centre, fwhm, height, axis=PIXELS):
    return height / (1 + 4 * ((axis - centre) / fwhm) ** 2)


@pytest.mark.parametrize("shape", [[1.0], [1.0, 0.8], [0.5, 1.0, 0.4], [1.0, 1.0, 1.0], [0.1, 1.0, 0.1]])
@pytest.mark.parametrize("place", [10, 300, 500, 985])
def test_a_spike_is_found_and_replaced(shape, place):
    rng = np.random.default_rng(place)
    clean = 200 + gauss(500, 25, 400) + rng.normal(0, 3, PIXELS.size)
    hit = clean.copy()
    hit[place : place + len(shape)] += 300 * np.array(shape)
    marks = find_spikes(PIXELS, hit)
    assert marks[place : place + len(shape)].any()
    assert marks.sum() <= len(shape) + 2
    _, cleaned = despike(PIXELS, hit)
    assert np.abs(cleaned - clean).max() < 45


@settings(max_examples=100, deadline=None)
@given(
    fwhm=st.floats(3, 60),
    centre=st.floats(20, 980),
    height=st.floats(0, 1e6),
    lorentzian=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_no_band_of_three_pixels_or_more_is_touched(fwhm, centre, height, lorentzian, seed):
    band = (lorentz if lorentzian else gauss)(centre, fwhm, height)
    noise = np.random.default_rng(seed).normal(0, 1, PIXELS.size)
    assert not find_spikes(PIXELS, band + noise)[np.abs(PIXELS - centre) < 2 * fwhm].any()


@settings(max_examples=50, deadline=None)
@given(fwhm=st.floats(3, 60), centre=st.floats(20, 980), factor=st.sampled_from([1e-12, 1.0, 1e12]))
def test_a_spectrum_without_noise_is_left_alone(fwhm, centre, factor):
    spectrum = factor * (gauss(centre, fwhm, 1.0) + gauss(500, 300, 5.0))
    _, cleaned = despike(PIXELS, spectrum)
    assert np.array_equal(cleaned, spectrum)


def test_measured_shapes_that_a_height_test_would_clip_are_kept():
    # calcite 1085 cm⁻¹ at 2.4 pixels FWHM (ramanchada2 calibration set, ICV_BW785)
    calcite = [850, 1595, 2762, 5592, 13230, 35492, 51816, 22450, 4473, 1732, 1061, 700]
    spectrum = 500 + np.random.default_rng(3).normal(0, 40, 400)
    spectrum[200:212] += calcite
    assert not find_spikes(np.arange(400.0), spectrum).any()


def test_the_edge_of_a_filter_is_no_spike():
    spectrum = np.where(PIXELS < 400, 0.0, 5000.0) + np.random.default_rng(4).normal(0, 5, PIXELS.size)
    assert not find_spikes(PIXELS, spectrum).any()


def test_white_noise_and_shot_noise_hold_no_spikes():
    rng = np.random.default_rng(5)
    counts = rng.poisson(50 + gauss(400, 30, 20000) + gauss(700, 8, 5000), (50, PIXELS.size))
    assert find_spikes(PIXELS, counts.astype(float)).sum() <= 2
    assert find_spikes(PIXELS, rng.normal(0, 1, (50, PIXELS.size))).sum() <= 2


def test_stretches_that_the_device_clipped_at_zero_do_not_fake_silence():
    rng = np.random.default_rng(6)
    clipped = np.maximum(gauss(300, 10, 500) + rng.normal(0, 5, PIXELS.size) - 4, 0)
    clipped[500:] = 0
    assert not find_spikes(PIXELS, clipped).any()


def test_too_short_a_spectrum_is_left_alone():
    spectrum = np.zeros(30)
    spectrum[15] = 100.0
    assert not find_spikes(np.arange(30.0), spectrum).any()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n_hits=st.integers(0, 12), cliff=st.booleans())
def test_one_pass_is_the_naive_twin(seed, n_hits, cliff):
    """Only runs that can be spikes are looked at closely: none of the others is one."""
    rng = np.random.default_rng(seed)
    row = 200 + gauss(150, rng.uniform(2, 30), 400, np.arange(300.0)) + rng.normal(0, 3, 300)
    for place in rng.integers(3, 290, n_hits):
        row[place : place + rng.integers(1, 4)] += rng.uniform(5, 300)
    if cliff:
        row[200:] -= 150
    seen = []

    def noted(values):
        seen.append(noise(values))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        noise = spikes_module._local_noise
        patch.setattr(spikes_module, "_local_noise", noted)
        found = spikes_module._spikes_of_rows(row[None], 8.0)[0]
    smallest = 1e-4 * (np.sort(row)[300 - 1 - 15] - row.min())
    least = np.maximum(8.0 * seen[0][0], smallest)
    assert set(np.flatnonzero(found).tolist()) == naive.spike_runs(row.tolist(), least)


def test_both_results_at_once_are_those_of_each():
    rng = np.random.default_rng(3)
    rows = 100 + rng.normal(0, 2, (3, PIXELS.size))
    rows[1, 400], rows[2, [10, 700]] = 900, 500
    cleaned, marks = clean_spikes(PIXELS, rows)
    assert np.array_equal(cleaned, despike(PIXELS, rows)[1])
    assert np.array_equal(marks, find_spikes(PIXELS, rows))
    assert marks.any(axis=1).tolist() == [False, True, True]
