"""Whittaker baselines of many spectra: the loops against pybaselines, the one-row solver and a dense one."""

import importlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pybaselines import Baseline

from spectra.errors import PipelineError
from spectra.preprocessing import fit_baseline
from spectra.preprocessing.whittaker import Settings, fit_row
from spectra.preprocessing.whittaker_batch import LAM_RANGE, fit_rows
from tests.architecture.tree import run_python

steps = importlib.import_module("spectra.preprocessing.baseline")  # the package gives the name to a step

METHODS = ("asls", "arpls", "airpls", "drpls")
every_method = pytest.mark.parametrize("method", METHODS)


def spectra(n, m=400, seed=0):
    """Bands on broad humps with noise, in units from tens to thousands."""
    rng = np.random.default_rng(seed)
    at = np.linspace(0, 1, m)
    rows = np.zeros((n, m))
    for row in rows:
        for _ in range(int(rng.integers(5, 20))):
            row += rng.exponential() * np.exp(-0.5 * ((at - rng.uniform()) / rng.uniform(0.002, 0.01)) ** 2)
        row += rng.uniform(0.5, 3) * np.exp(-0.5 * ((at - rng.uniform()) / rng.uniform(0.3, 0.8)) ** 2)
        row += rng.uniform(0, 0.5) + rng.normal(0, rng.uniform(0.01, 0.03), m)
        row *= 10 ** rng.uniform(1, 4)
    return rows


def one_by_one(rows, settings):
    results = [fit_row(row, settings) for row in rows]
    return np.array([fitted for fitted, _ in results]).reshape(rows.shape), [n for _, n in results]


def assert_same(rows, settings, share=1e-8):
    fitted, iterations = fit_rows(rows, settings)
    expected, rounds = one_by_one(rows, settings)
    assert iterations.tolist() == rounds
    assert np.all(np.abs(fitted - expected) <= share * np.ptp(rows, axis=1, keepdims=True))


@every_method
@pytest.mark.parametrize(("n", "m"), [(1, 400), (15, 401), (33, 400), (70, 1023)])
def test_baselines_and_iterations_equal_those_of_pybaselines(method, n, m):
    rows = spectra(n, m, seed=n)
    fitted, iterations = fit_rows(rows, Settings(method=method, lam=1e5))
    fitter = getattr(Baseline(), method)
    for row, ours, rounds in zip(rows, fitted, iterations, strict=True):
        theirs, details = fitter(row, lam=1e5)
        assert rounds == details["tol_history"].size
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-8 * np.abs(row).max())


@pytest.mark.parametrize("eta", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("diff_order", [2, 3])
def test_drpls_equals_that_of_pybaselines(eta, diff_order):
    rows = spectra(5, seed=3)
    settings = Settings(method="drpls", lam=1e4, eta=eta, diff_order=diff_order)
    fitted, iterations = fit_rows(rows, settings)
    for row, ours, rounds in zip(rows, fitted, iterations, strict=True):
        theirs, details = Baseline().drpls(row, lam=1e4, eta=eta, diff_order=diff_order)
        assert rounds == details["tol_history"].size
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-8 * np.abs(row).max())


@hypothesis_settings(max_examples=30, deadline=None)
@given(
    method=st.sampled_from(METHODS),
    n=st.integers(0, 40),
    m=st.integers(30, 90),
    lam=st.sampled_from([1.0, 1e2, 1e4, 1e6]),
    p=st.sampled_from([0.001, 0.05, 0.5]),
    factor=st.sampled_from([-1.0, 1e-12, 1.0, 1e12]),
    seed=st.integers(0, 10**6),
)
def test_any_batch_equals_its_rows_one_by_one(method, n, m, lam, p, factor, seed):
    # airPLS leaves ever fewer points below the baseline; with two, the rest is rounding.
    tol = 0.05 if method == "airpls" else 1e-3
    assert_same(factor * spectra(n, m, seed), Settings(method=method, lam=lam, p=p, tol=tol), share=1e-7)


@every_method
@pytest.mark.parametrize("max_iter", [0, 1, 3])
def test_what_does_not_converge_stops(method, max_iter):
    rows = spectra(20, 150, seed=4)
    settings = Settings(method=method, lam=1e4, max_iter=max_iter, tol=1e-300)
    _, iterations = fit_rows(rows, settings)
    assert iterations.max() == max_iter + 1
    assert_same(rows, settings)


@every_method
@pytest.mark.parametrize("lam", [1e-9, LAM_RANGE[0], 1e-2, 1e8])
def test_extreme_smoothness(method, lam):
    assert_same(spectra(18, 120, seed=5), Settings(method=method, lam=lam), share=1e-6)


@every_method
@pytest.mark.parametrize("lam", [1e11, LAM_RANGE[1], 1e13])
def test_a_huge_lam_gives_almost_a_line(method, lam):
    rows = spectra(18, 120, seed=5)
    fitted, _ = fit_rows(rows, Settings(method=method, lam=lam, max_iter=0))
    at = np.arange(120)
    lines = np.array([np.polyval(np.polyfit(at, row, 1), at) for row in rows])
    if method != "drpls":  # which draws lines flatter
        np.testing.assert_allclose(fitted, lines, atol=1e-3 * np.ptp(rows))
    assert np.all(np.isfinite(fitted))


@every_method
def test_too_large_a_lam_is_refused(method):
    with pytest.raises(PipelineError, match="too large"):
        fit_rows(spectra(3), Settings(method=method, lam=1e300))


def odd_rows(m=200):
    """Rows that are no spectra, and spectra between them."""
    at = np.arange(m)
    rng = np.random.default_rng(9)
    odd = {
        "zeros": np.zeros(m),
        "constant": np.full(m, 1 / 3),
        "line": 3.0 * at - 100,
        "step": np.where(at > 90, 1.0, 0.0),
        "spike": np.where(at == 60, 1e9, 0.0),
        "first": np.where(at == 0, 1.0, 0.0),
        "last": np.where(at == m - 1, -1.0, 0.0),
        "two spikes": np.where((at == 50) | (at == 120), 1e6, 0.0) + rng.normal(0, 1, m),
        "padded": np.where(at < 120, spectra(1, m, seed=8)[0], 0.0),
        "valley": np.abs(at - 77.0),
        "noise": rng.normal(0, 1, m),
        "huge": 1e150 * rng.uniform(1, 2, m),
        "tiny": 1e-200 * rng.uniform(1, 2, m),
    }
    filled = spectra(len(odd), m, seed=10)
    return np.concatenate([np.stack(list(odd.values())), filled]), list(odd)


@every_method
def test_odd_rows_do_not_disturb_their_neighbours(method):
    rows, names = odd_rows()
    settings = Settings(method=method, lam=1e4)
    fitted, iterations = fit_rows(rows, settings)
    assert np.all(np.isfinite(fitted))
    alone, rounds = fit_rows(rows[len(names) :], settings)
    assert np.array_equal(fitted[len(names) :], alone)
    assert np.array_equal(iterations[len(names) :], rounds)
    for name in ("zeros", "constant"):
        assert np.array_equal(fitted[names.index(name)], rows[names.index(name)])
        assert iterations[names.index(name)] == 0
    for name in ("two spikes", "padded", "noise", "huge", "tiny"):
        row = rows[names.index(name)]
        expected, n = fit_row(row, settings)
        assert iterations[names.index(name)] == n, name
        np.testing.assert_allclose(fitted[names.index(name)], expected, rtol=0, atol=1e-7 * np.ptp(row))
    if method == "drpls":
        return  # its first-order penalty bends lines
    line = rows[names.index("line")]
    np.testing.assert_allclose(fitted[names.index("line")], line, rtol=0, atol=1e-6 * np.ptp(line))


def test_a_row_that_is_not_finite_is_refused():
    rows = spectra(20)
    rows[11, 5] = np.nan
    with pytest.raises(PipelineError):
        fit_rows(rows, Settings())


@every_method
@pytest.mark.parametrize("m", [400, 401])
def test_order_and_threads_do_not_matter(method, m):
    rows = spectra(61, m, seed=11)
    settings = Settings(method=method, lam=1e5)
    fitted, iterations = fit_rows(rows, settings, n_threads=1)
    for n_threads in (2, 4):
        again, rounds = fit_rows(rows, settings, n_threads=n_threads)
        assert np.array_equal(again, fitted)
        assert np.array_equal(rounds, iterations)
    order = np.random.default_rng(1).permutation(61)
    shuffled, rounds = fit_rows(rows[order], settings)
    assert np.array_equal(shuffled, fitted[order])
    assert np.array_equal(rounds, iterations[order])


def test_the_input_is_kept_and_any_layout_is_taken():
    rows = spectra(20).astype(np.float32)
    kept = rows.copy()
    fitted, _ = fit_rows(rows, Settings())
    assert np.array_equal(rows, kept)
    turned, _ = fit_rows(np.asfortranarray(rows), Settings())
    assert np.array_equal(turned, fitted)


@pytest.mark.parametrize("diff_order", [1, 3])
def test_other_orders_are_fitted_row_by_row(diff_order):
    rows = spectra(3)
    settings = Settings(lam=1e3, diff_order=diff_order)
    assert np.array_equal(fit_rows(rows, settings)[0], one_by_one(rows, settings)[0])


@every_method
def test_the_step_changes_by_rounding_only_where_it_takes_the_loops(method, monkeypatch):
    rows, axis = spectra(24, 300, seed=13).reshape(2, 12, 300), np.arange(300.0)
    one = fit_baseline(axis, rows, method=method, lam=1e5)
    monkeypatch.setattr(steps, "BATCH_FROM", 1)
    many = fit_baseline(axis, rows, method=method, lam=1e5)
    assert many.shape == rows.shape
    assert not np.array_equal(one, many)
    np.testing.assert_allclose(many, one, rtol=0, atol=1e-8 * np.ptp(rows))


def test_a_few_spectra_load_no_numba():
    code = (
        "import json, sys, numpy as np; from spectra.preprocessing import fit_baseline;"
        "rows = np.random.default_rng(0).normal(size=({n}, 50));"
        "fit_baseline(np.arange(50.0), rows, lam=10.0); print(json.dumps('numba' in sys.modules))"
    )
    few, many = (run_python("-c", code.format(n=n)) for n in (steps.BATCH_FROM - 1, steps.BATCH_FROM))
    assert json.loads(few.stdout) is False, few.stderr
    assert json.loads(many.stdout) is True, many.stderr


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "drpls", "diff_order": 1}, "2 or 3"),
        ({"method": "drpls", "eta": 1.5}, "0 to 1"),
    ],
)
def test_wrong_parameters_of_drpls_are_refused(parameters, message):
    with pytest.raises(PipelineError, match=message):
        Settings(**parameters)


def test_too_few_points_are_refused():
    with pytest.raises(PipelineError, match="at least 4"):
        fit_rows(np.eye(3), Settings())
