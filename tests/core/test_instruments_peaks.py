"""Positions to a fraction of a pixel against scipy, their uncertainty, and the width of the instrument."""

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.special import voigt_profile

from spectra.instruments.peaks import FWHM_OF_SIGMA, SAMPLING, candidate_bands, fit_peak
from spectra.instruments.resolution import estimate_resolution, instrument_width


def gaussian(
    x: np.ndarray, centre: float, sigma: float, height: float, level: float, slope: float
) -> np.ndarray:
    return height * np.exp(-0.5 * ((x - centre) / sigma) ** 2) + level + slope * (x - centre)


AXIS = np.arange(900.0, 1100.0, 1.7)


@pytest.mark.parametrize("centre", [1000.0, 1000.4, 1000.85, 1001.3])
def test_a_gaussian_without_noise_is_found_to_a_thousandth(centre: float) -> None:
    y = gaussian(AXIS, centre, 3.5, 1000.0, 50.0, 0.4)
    peak = fit_peak(AXIS, y, near_cm1=float(AXIS[np.argmax(y)]), noise=1e-6)
    assert peak is not None
    assert peak.position_cm1 == pytest.approx(centre, abs=1e-3)
    assert peak.height == pytest.approx(1000.0, rel=1e-3)
    assert peak.width_cm1 == pytest.approx(FWHM_OF_SIGMA * 3.5, rel=1e-3)


@pytest.mark.parametrize("seed", range(8))
def test_the_fit_is_that_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    centre = 1000.0 + rng.uniform(-1, 1)
    y = gaussian(AXIS, centre, 4.0, 500.0, 100.0, -0.2) + rng.normal(0, 5.0, AXIS.size)
    peak = fit_peak(AXIS, y, near_cm1=float(AXIS[np.argmax(y)]), noise=5.0)
    assert peak is not None
    # the same points, as far as the valleys let the window go
    near = np.abs(AXIS - centre) <= 2 * 9.4
    values, _ = curve_fit(gaussian, AXIS[near], y[near], p0=[centre, 4.0, 500.0, 100.0, 0.0])
    assert peak.position_cm1 == pytest.approx(values[0], abs=0.1)


def test_the_stated_uncertainty_is_the_scatter_of_repeated_measurements() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(400):
        centre = 1000.0 + rng.uniform(0, 1.7)
        y = gaussian(AXIS, centre, 3.5, 300.0, 0.0, 0.0) + rng.normal(0, 10.0, AXIS.size)
        peak = fit_peak(AXIS, y, near_cm1=float(AXIS[np.argmax(y)]), noise=10.0)
        assert peak is not None
        found.append((peak.position_cm1 - centre, peak.standard_cm1))
    errors, stated = np.array(found).T
    scatter = float(np.std(errors))
    assert abs(errors.mean()) < 0.03
    assert scatter <= float(np.median(stated)) <= 2.0 * scatter


def test_the_uncertainty_never_falls_below_a_twentieth_of_a_pixel() -> None:
    y = gaussian(AXIS, 1000.3, 3.5, 1000.0, 0.0, 0.0)
    peak = fit_peak(AXIS, y, near_cm1=1000.3, noise=1e-9)
    assert peak is not None
    assert peak.standard_cm1 >= SAMPLING * 1.7


def test_a_band_at_the_end_of_the_axis_is_no_peak() -> None:
    y = gaussian(AXIS, 900.0, 3.5, 1000.0, 0.0, 0.0)
    assert fit_peak(AXIS, y, near_cm1=900.0, noise=1.0) is None


def test_candidates_stand_in_wavenumbers_and_out_of_the_noise() -> None:
    rng = np.random.default_rng(4)
    y = gaussian(AXIS, 950.0, 4.0, 100.0, 0.0, 0.0) + gaussian(AXIS, 1050.0, 4.0, 30.0, 0.0, 0.0)
    found = candidate_bands(AXIS, y + rng.normal(0, 1.0, AXIS.size), 1.0)
    assert found.position == pytest.approx([950.0, 1050.0], abs=1.5)


@pytest.mark.parametrize("natural", [0.0, 1.36, 3.0])
@pytest.mark.parametrize("instrument", [3.0, 6.0, 12.0])
def test_the_instrument_width_comes_out_of_a_voigt_profile(natural: float, instrument: float) -> None:
    x = np.linspace(-60, 60, 240_001)
    y = voigt_profile(x, instrument / FWHM_OF_SIGMA, natural / 2)
    above = x[y >= y.max() / 2]
    measured = float(above[-1] - above[0])
    assert instrument_width(measured, natural_cm1=natural) == pytest.approx(instrument, rel=0.005)


def test_a_band_no_wider_than_by_nature_says_that_the_instrument_adds_nothing() -> None:
    assert instrument_width(1.3, natural_cm1=1.36) == 0.0


def test_without_a_natural_width_the_resolution_is_a_bound() -> None:
    assert estimate_resolution(1001.4, 8.0, natural_cm1=0.0).is_bound
    assert not estimate_resolution(1086.0, 8.0, natural_cm1=1.36).is_bound
