"""Whittaker baselines against pybaselines and a dense twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pybaselines import Baseline

from spectra.errors import PipelineError
from spectra.preprocessing import RAMAN_GRID, baseline, fit_baseline, pybaselines_baseline
from spectra.preprocessing.defaults import RAMAN_LAM
from spectra.preprocessing.whittaker import Settings, fit_row
from tests.naive import preprocessing as naive

AXIS = 200 + 2.0 * np.arange(800)


def gauss(centre, fwhm, height):
    return height * np.exp(-4 * np.log(2) * ((AXIS - centre) / fwhm) ** 2)


def example(seed, noise=5.0):
    bands = gauss(800, 12, 900) + gauss(1003, 8, 500) + gauss(1450, 25, 300)
    return 150 + gauss(1200, 700, 1500) + bands + np.random.default_rng(seed).normal(0, noise, AXIS.size)


@pytest.mark.parametrize("diff_order", [1, 2, 3])
@pytest.mark.parametrize(
    ("method", "lam", "share"), [("asls", 1e5, 1e-8), ("arpls", 1e4, 1e-8), ("airpls", 1e4, 1e-6)]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_baseline_and_iterations_equal_those_of_pybaselines(method, lam, share, diff_order, seed):
    spectrum = example(seed)
    fitted, n_iterations = fit_row(spectrum, Settings(method=method, lam=lam, diff_order=diff_order))
    theirs, details = getattr(Baseline(), method)(spectrum, lam=lam, diff_order=diff_order)
    assert n_iterations == details["tol_history"].size
    np.testing.assert_allclose(fitted, theirs, rtol=0, atol=share * np.ptp(spectrum))


@pytest.mark.parametrize("diff_order", [1, 2])
def test_baseline_equals_the_dense_twin(diff_order):
    spectrum = example(4)[:200]
    axis = AXIS[:200]
    ours = fit_baseline(axis, spectrum, method="asls", lam=1e4, p=0.02, diff_order=diff_order)
    np.testing.assert_allclose(ours, naive.asls(spectrum, 1e4, 0.02, diff_order), rtol=1e-7)
    ours = fit_baseline(axis, spectrum, method="arpls", lam=1e3, diff_order=diff_order)
    np.testing.assert_allclose(ours, naive.arpls(spectrum, 1e3, diff_order), rtol=1e-7)


@settings(max_examples=30, deadline=None)
@given(
    factor=st.floats(1e-12, 1e12),
    offset=st.floats(-1e4, 1e4),
    method=st.sampled_from(["asls", "arpls"]),
    seed=st.integers(0, 10**6),
)
def test_factor_and_offset_pass_through(factor, offset, method, seed):
    spectrum = example(seed)
    ours = fit_baseline(AXIS, spectrum, method=method, lam=1e4)
    moved = fit_baseline(AXIS, factor * (spectrum + offset), method=method, lam=1e4)
    np.testing.assert_allclose(moved / factor, ours + offset, atol=1e-6 * np.ptp(spectrum))


@pytest.mark.parametrize("method", ["asls", "arpls", "airpls"])
@pytest.mark.parametrize("values", ["zeros", "constant", "line", "step", "delta", "negative"])
def test_odd_inputs_stay_finite(method, values):
    spectrum = {
        "zeros": np.zeros(AXIS.size),
        "constant": np.full(AXIS.size, 1 / 3),
        "line": 3 * AXIS - 100,
        "step": np.where(AXIS > 900, 1.0, 0.0),
        "delta": np.where(np.arange(AXIS.size) == 300, 1e9, 0.0),
        "negative": -example(1),
    }[values]
    _, above = baseline(AXIS, spectrum, method=method, lam=1e5)
    assert np.all(np.isfinite(above))
    if values in ("zeros", "constant"):
        assert not above.any()
    if values == "line":
        assert np.abs(above).max() < 1e-6 * np.ptp(spectrum)


def test_the_default_keeps_bands_and_takes_humps():
    def left(signal, noise):
        rng = np.random.default_rng(7)
        spectrum = signal + gauss(500, 10, 300) + rng.normal(0, noise, AXIS.size)
        _, above = baseline(AXIS, spectrum, lam=RAMAN_LAM)
        middle = np.abs(AXIS - 1100) < 8
        return above[middle].mean() / signal[middle].mean()

    assert RAMAN_GRID.step == 2.0
    for fwhm in (10, 20, 40, 60):
        assert left(gauss(1100, fwhm, 1000), 1000 / 300) > 0.95
        assert left(gauss(1100, fwhm, 1000), 1000 / 33) > 0.85
    for fwhm in (300, 500, 900):
        assert abs(left(gauss(1100, fwhm, 3000), 10)) < 0.02


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "magic"}, "asls, arpls, airpls, drpls"),
        ({"lam": 0.0}, "expected > 0"),
        ({"p": 1.0}, "p below 1"),
        ({"diff_order": 0}, "1 to 3"),
        ({"max_iter": -1}, "at least 0"),
        ({"lam": 1e300}, "too large"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(PipelineError, match=message):
        baseline(AXIS, example(1), **parameters)
    with pytest.raises(PipelineError, match="at least 4"):
        baseline(AXIS[:3], AXIS[:3])


def test_the_adapter_subtracts_what_pybaselines_fits():
    spectrum = example(9)
    _, above = pybaselines_baseline(AXIS, spectrum, method="modpoly", parameters={"poly_order": 3})
    theirs = Baseline(x_data=AXIS).modpoly(spectrum, poly_order=3)[0]
    np.testing.assert_allclose(above, spectrum - theirs, atol=1e-6 * np.ptp(spectrum))


@pytest.mark.parametrize(
    ("method", "parameters", "message"),
    [
        ("magic", {}, "no method 'magic'"),
        ("_register", {}, "no method"),
        ("modpoly", {"polly": 3}, "modpoly with"),
        ("asls", {"p": 7.0}, "asls with"),
    ],
)
def test_the_adapter_refuses_what_pybaselines_lacks(method, parameters, message):
    with pytest.raises(PipelineError, match=message):
        pybaselines_baseline(AXIS, example(1), method=method, parameters=parameters)
