"""SNV, normalisation, clipping, square root."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spectra.errors import PipelineError
from spectra.preprocessing import clip, normalize, snv, square_root
from tests.naive import preprocessing as naive

AXIS = np.linspace(200, 2000, 50)
spectra = arrays(np.float64, 50, elements=st.floats(-1e6, 1e6, width=32))


@settings(max_examples=100, deadline=None)
@given(spectra, st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_snv_is_blind_to_factor_and_offset(intensity, factor, offset):
    _, ours = snv(AXIS, intensity)
    assert np.all(np.isfinite(ours))
    if np.ptp(intensity) > 1e-3 * np.abs(intensity).max() and np.ptp(intensity) > 1:
        np.testing.assert_allclose(ours, naive.snv(intensity), atol=1e-6)
        np.testing.assert_allclose(snv(AXIS, factor * intensity + offset)[1], ours, atol=1e-5)


@pytest.mark.parametrize("method", ["max", "area", "l2"])
def test_normalize_gives_size_one(method):
    intensity = np.random.default_rng(1).normal(size=(4, 50))
    _, ours = normalize(AXIS, intensity, method=method)
    size = {
        "max": np.abs(ours).max(axis=1),
        "area": [np.trapezoid(np.abs(row), AXIS) for row in ours],
        "l2": np.linalg.norm(ours, axis=1),
    }[method]
    np.testing.assert_allclose(size, 1)
    np.testing.assert_allclose(normalize(AXIS, ours, method=method)[1], ours)


@pytest.mark.parametrize("level", [0.0, 7.0, -1e-9])
@pytest.mark.parametrize("method", ["max", "area", "l2"])
def test_a_constant_becomes_zeros(level, method):
    assert not normalize(AXIS, np.full(50, level), method=method)[1].any()
    assert not snv(AXIS, np.full(50, level))[1].any()


def test_an_unknown_method_is_refused():
    with pytest.raises(PipelineError, match="expected max, area or l2"):
        normalize(AXIS, AXIS, method="median")


def test_clip_and_square_root_take_negatives_to_the_floor():
    intensity = np.linspace(-4, 9, 50)
    assert clip(AXIS, intensity)[1].min() == 0
    assert clip(AXIS, intensity, minimum=-1.0)[1].min() == -1
    root = square_root(AXIS, intensity)[1]
    np.testing.assert_allclose(root**2, np.maximum(intensity, 0))
