"""Derivatives with a window in nm against scipy, polynomials and a fit of each window by itself."""

import numpy as np
import pytest
from scipy.signal import savgol_filter

from spectra.errors import PipelineError, SpectrumError
from spectra.preprocessing import derivative_nm, local_polynomial

EVEN = 900 + 2.0 * np.arange(150)
UNEVEN = 1e7 / np.linspace(1e7 / 2500, 1e7 / 1300, 160)[::-1]


@pytest.mark.parametrize(("window", "poly_order"), [(5, 2), (9, 2), (11, 3), (25, 4), (149, 3)])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_equals_scipy_on_an_even_axis(window, poly_order, order):
    intensity = np.random.default_rng(window).normal(1, 0.1, (3, EVEN.size))
    ours = local_polynomial(
        EVEN, intensity, at=EVEN, window=2.0 * (window - 1), poly_order=poly_order, order=order
    )
    theirs = savgol_filter(intensity, window, poly_order, deriv=order, delta=2.0, mode="interp")
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("axis", [EVEN, UNEVEN, np.sort(np.random.default_rng(1).uniform(900, 1700, 90))])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_polynomials_pass_exactly_on_any_axis(axis, order):
    polynomial = np.polynomial.Polynomial([0.4, 0.2, -0.7, 0.3], domain=[axis[0], axis[-1]])
    at = np.linspace(axis[0], axis[-1], 333)
    ours = local_polynomial(axis, polynomial(axis), at=at, window=30.0, poly_order=3, order=order)
    truth = polynomial.deriv(order)(at) if order else polynomial(at)
    np.testing.assert_allclose(ours, truth, rtol=1e-7, atol=1e-9 * np.abs(truth).max())


def test_a_window_of_an_uneven_axis_is_fitted_by_least_squares():
    rng = np.random.default_rng(2)
    axis = np.sort(rng.uniform(900, 1700, 120))
    intensity = rng.normal(0, 1, axis.size)
    inside = np.flatnonzero((axis > 940) & (axis < 1660))
    ours = local_polynomial(axis, intensity, at=axis[inside], window=60.0, poly_order=2, order=1)
    for place, value in zip(inside, ours, strict=True):
        near = np.abs(axis - axis[place]) <= 30
        fitted = np.polyfit(axis[near] - axis[place], intensity[near], 2)
        assert value == pytest.approx(fitted[-2], rel=1e-6, abs=1e-9)


def test_a_coarse_axis_gives_no_kinks_on_a_fine_grid():
    """A band sampled every 10 nm: the error of its second derivative stays small and nothing jumps."""
    axis = np.arange(1000.0, 1600.0, 10.0)
    band = np.exp(-0.5 * ((axis - 1303) / 40) ** 2)
    grid, ours = derivative_nm(
        axis, band, start=1000, step=1.0, n_points=591, window_nm=40.0, poly_order=3, order=2
    )
    at = (grid - 1303) / 40
    truth = (at**2 - 1) * np.exp(-0.5 * at**2) / 1600
    assert np.abs(ours - truth).max() < 0.15 * np.abs(truth).max()
    finer = local_polynomial(axis, band, at=np.arange(1100, 1500, 0.01), window=40.0, poly_order=3, order=2)
    assert np.abs(np.diff(finer)).max() < 2e-3 * np.abs(truth).max()


def test_two_instruments_of_unlike_spacing_give_the_same_derivative():
    def derivative_of(axis):
        band = np.exp(-0.5 * ((axis - 1310) / 40) ** 2)
        return derivative_nm(axis, band, start=1000, step=2.0, n_points=250, window_nm=30.0)

    grid, fine = derivative_of(np.arange(950.0, 1600.0, 2.0))
    _, coarse = derivative_of(np.arange(950.0, 1600.0, 6.2))
    assert grid.size == 250
    np.testing.assert_allclose(coarse, fine, atol=0.03 * np.abs(fine).max())


def test_only_what_was_measured_comes_out():
    grid, values = derivative_nm(EVEN, EVEN, start=800.0, step=5.0, n_points=200, order=1)
    assert grid[0] == 900
    assert grid[-1] == 1195
    np.testing.assert_allclose(values, 1.0, rtol=1e-9)


def test_a_window_of_too_few_points_is_widened():
    axis = np.arange(900.0, 1500.0, 10.0)
    ours = local_polynomial(axis, axis**2, at=axis, window=5.0, poly_order=2, order=2)
    np.testing.assert_allclose(ours, 2.0, rtol=1e-7)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"window": 0.0}, "window > 0"),
        ({"window": 20.0, "order": 3}, "derivative <= poly_order"),
        ({"window": 20.0, "at": np.array([100.0])}, "outside the axis"),
    ],
)
def test_the_impossible_is_refused(parameters, message):
    with pytest.raises(PipelineError, match=message):
        local_polynomial(EVEN, EVEN, **{"at": EVEN, **parameters})


def test_too_little_to_fit_is_refused():
    with pytest.raises(SpectrumError, match="takes more"):
        local_polynomial(EVEN[:3], EVEN[:3], at=EVEN[:3], window=20.0, poly_order=3)
    with pytest.raises(SpectrumError, match="at least 20"):
        derivative_nm(EVEN, EVEN, start=1190.0, step=2.0, n_points=100)
    with pytest.raises(PipelineError, match="step > 0"):
        derivative_nm(EVEN, EVEN, start=900.0, step=0.0, n_points=100)
