"""Resampling and cropping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.errors import PipelineError, SpectrumError
from spectra.grid import Grid
from spectra.preprocessing import covered_columns, crop, resample
from tests.naive import preprocessing as naive

GRID = {"start": 200.0, "step": 2.0, "n_points": 200}


def uneven_axis(rng, n=400, low=190.0, high=700.0):
    return np.sort(low + (high - low) * np.concatenate(([0, 1], rng.random(n - 2))))


def test_values_are_means_over_the_bins_of_an_uneven_axis():
    rng = np.random.default_rng(1)
    axis = uneven_axis(rng)
    intensity = rng.normal(size=axis.size)
    points, ours = resample(axis, intensity, **GRID)
    np.testing.assert_allclose(ours, naive.resample_by_slices(axis, intensity, points, 2.0), atol=2e-3)


def test_points_are_those_of_the_grid_bit_for_bit():
    axis = np.linspace(250.3, 480.9, 333)
    points, _ = resample(axis, axis, start=100.1, step=0.7, n_points=900)
    grid = Grid(100.1, 0.7, 900).axis
    assert np.array_equal(points, grid[(grid >= axis[0]) & (grid <= axis[-1])])


@settings(max_examples=50, deadline=None)
@given(slope=st.floats(-5, 5), level=st.floats(-1e3, 1e3), seed=st.integers(0, 10**6))
def test_a_straight_line_stays_itself_inside(slope, level, seed):
    axis = uneven_axis(np.random.default_rng(seed))
    points, ours = resample(axis, level + slope * axis, **GRID)
    inside = (points - 1 >= axis[0]) & (points + 1 <= axis[-1])
    np.testing.assert_allclose(ours[inside], (level + slope * points)[inside], atol=1e-8)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_nothing_overshoots_and_nothing_is_extrapolated(seed):
    rng = np.random.default_rng(seed)
    axis = uneven_axis(rng, n=60, low=rng.uniform(100, 300), high=rng.uniform(400, 900))
    intensity = rng.normal(size=60)
    points, ours = resample(axis, intensity, **GRID)
    assert points[0] >= axis[0] - 1e-5
    assert points[-1] <= axis[-1] + 1e-5
    assert ours.min() >= intensity.min() - 1e-12
    assert ours.max() <= intensity.max() + 1e-12


def test_the_area_of_a_band_is_kept_when_the_source_is_finer():
    axis = np.linspace(150, 650, 20001)
    band = np.exp(-0.5 * ((axis - 401) / 0.3) ** 2)
    _, ours = resample(axis, band, **GRID)
    assert ours.sum() * 2.0 == pytest.approx(0.3 * np.sqrt(2 * np.pi), rel=1e-6)


def test_resampling_twice_is_resampling_once():
    rng = np.random.default_rng(2)
    axis = uneven_axis(rng)
    once = resample(axis, rng.normal(size=axis.size), **GRID)
    twice = resample(*once, **GRID)
    assert np.array_equal(once[0], twice[0])
    assert np.array_equal(once[1], twice[1])


def test_too_little_overlap_is_refused():
    axis = np.linspace(580, 900, 300)
    with pytest.raises(SpectrumError, match=r"covers 10 points.*at least 20"):
        resample(axis, axis, **GRID)
    with pytest.raises(SpectrumError, match="covers 0 points"):
        resample(axis + 5000, axis, **GRID)
    with pytest.raises(PipelineError, match="step > 0"):
        resample(axis, axis, start=600.0, step=0.0, n_points=100)


def test_covered_columns_counts_points_on_the_ends():
    axis = np.linspace(210, 250, 100)
    assert covered_columns(axis, **GRID) == slice(5, 26)
    assert covered_columns(axis - 150, **GRID) == slice(0, 0)


def test_crop_keeps_both_ends():
    axis = np.arange(100.0, 201.0)
    points, values = crop(axis, axis * 2, low=120, high=150)
    assert np.array_equal(points, np.arange(120.0, 151.0))
    assert np.array_equal(values, points * 2)
    with pytest.raises(SpectrumError, match="at least 20"):
        crop(axis, axis, low=120, high=130)
    with pytest.raises(PipelineError, match="low < high"):
        crop(axis, axis, low=150, high=120)
