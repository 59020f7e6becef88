"""Savitzky-Golay against scipy, a naive twin and polynomials."""

import numpy as np
import pytest
from scipy.signal import savgol_filter

from spectra.errors import PipelineError
from spectra.preprocessing import derivative, smooth
from tests.naive import preprocessing as naive

AXIS = 200 + 1.5 * np.arange(200)


@pytest.mark.parametrize(("window", "poly_order"), [(3, 2), (5, 2), (9, 2), (11, 3), (25, 4), (199, 3)])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_equals_scipy_and_the_naive_twin(window, poly_order, order):
    intensity = np.random.default_rng(window).normal(100, 10, AXIS.size)
    if order:
        _, ours = derivative(AXIS, intensity, window=window, poly_order=poly_order, order=order)
    else:
        _, ours = smooth(AXIS, intensity, window=window, poly_order=poly_order)
    theirs = savgol_filter(intensity, window, poly_order, deriv=order, delta=1.5, mode="interp")
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    twin = naive.savgol(intensity, window, poly_order, order) / 1.5**order
    np.testing.assert_allclose(ours, twin, rtol=1e-6, atol=1e-6)


def test_a_polynomial_of_its_degree_passes_unchanged():
    parabola = 3 + 0.2 * AXIS - 0.01 * AXIS**2
    _, smoothed = smooth(AXIS, parabola, window=11, poly_order=2)
    _, slope = derivative(AXIS, parabola, window=11, poly_order=2)
    np.testing.assert_allclose(smoothed, parabola, rtol=1e-10)
    np.testing.assert_allclose(slope, 0.2 - 0.02 * AXIS, rtol=1e-8)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"window": 8}, "odd number"),
        ({"window": 301}, "200 points"),
        ({"window": -1}, "odd number"),
        ({"window": 5, "poly_order": 5}, "poly_order < window"),
    ],
)
def test_impossible_windows_are_refused(parameters, message):
    with pytest.raises(PipelineError, match=message):
        smooth(AXIS, AXIS, **parameters)
    with pytest.raises(PipelineError, match="derivative <= poly_order"):
        derivative(AXIS, AXIS, poly_order=2, order=3)
