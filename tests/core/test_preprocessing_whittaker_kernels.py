"""The compiled baseline loops on small spectra; the same tests hold with numba switched off."""

import numpy as np
import pytest

from spectra.preprocessing import _kernels
from spectra.preprocessing.whittaker import Settings, fit_row
from spectra.preprocessing.whittaker_batch import fit_rows
from tests.naive import preprocessing as naive

# Lanes without a spectrum compute with zeros. Nobody reads them, but Python's floats complain.
pytestmark = pytest.mark.filterwarnings("ignore:.* encountered in:RuntimeWarning")


def walks(n, m, seed=0):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(0, 1, (n, m)), axis=1) + 5 * (rng.uniform(size=(n, m)) < 0.1)


@pytest.mark.parametrize("m", [*range(4, 14), 31, 32])
def test_first_solution_equals_a_dense_one(m):
    rows = walks(3, m, seed=m)
    fitted, iterations = fit_rows(rows, Settings(method="asls", lam=7.0, max_iter=0))
    assert iterations.tolist() == [1, 1, 1]
    for row, ours in zip(rows, fitted, strict=True):
        expected = naive.whittaker(row, np.ones(m), 7.0, 2)
        np.testing.assert_allclose(ours, expected, atol=1e-12 * np.ptp(row))


@pytest.mark.parametrize("m", [4, 5, 12, 17])
def test_first_drpls_solution_equals_a_dense_one(m):
    row = walks(1, m, seed=m)[0]
    (ours,), _ = fit_rows(row[None], Settings(method="drpls", lam=7.0, eta=0.4, max_iter=0))
    second, first = (np.diff(np.eye(m), n=order, axis=0) for order in (2, 1))
    system = np.eye(m) + first.T @ first + 0.6 * 7.0 * second.T @ second
    np.testing.assert_allclose(ours, np.linalg.solve(system, row), atol=1e-12 * np.ptp(row))


@pytest.mark.parametrize("method", ["asls", "arpls", "airpls", "drpls"])
@pytest.mark.parametrize(("n", "m"), [(1, 20), (19, 31), (35, 14)])
def test_all_iterations_equal_those_of_one_row(method, n, m):
    rows = walks(n, m, seed=n)
    # airPLS leaves ever fewer points below the baseline; with two, the rest is rounding.
    settings = Settings(method=method, lam=20.0, max_iter=12, tol=0.05 if method == "airpls" else 1e-3)
    fitted, iterations = fit_rows(rows, settings)
    for row, ours, rounds in zip(rows, fitted, iterations, strict=True):
        expected, n_done = fit_row(row, settings)
        assert rounds == n_done
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9 * np.ptp(row))


@pytest.mark.parametrize("method", ["arpls", "airpls", "drpls"])
def test_almost_nothing_below_the_baseline_ends_it_early(method):
    row = np.zeros(21)
    row[10] = -1.0  # one point below all others: after some rounds the only one
    rows = np.stack([row, -row, walks(1, 21)[0]])
    settings = Settings(method=method, lam=100.0, tol=0.02 if method == "airpls" else 1e-12)
    fitted, iterations = fit_rows(rows, settings)
    for each, ours, rounds in zip(rows, fitted, iterations, strict=True):
        expected, n_done = fit_row(each, settings)
        assert rounds == n_done
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9)


def test_a_singular_system_is_left_to_the_careful_solver():
    rows = walks(2, 12)
    penalty = np.zeros((6, 5))  # no penalty and hardly a weight: pivots at the edge of rounding
    penalty[:, 1] = 1e-30
    fitted, rounds = np.empty_like(rows), np.zeros(2, dtype=np.int64)
    scales = np.stack([rows.min(axis=1), np.ptp(rows, axis=1), np.zeros(2)], axis=1)
    _kernels.fit_lanes(rows, scales, penalty, (_kernels.ASLS, 1e30, 0.01, 5, 1e-3), fitted, rounds)
    assert rounds.tolist() == [_kernels.REDO, _kernels.REDO]


@pytest.mark.parametrize("x", [-1e300, -700.0, -1.5, -1e-9, 0.0, 0.3465, 0.3466, 1.0, 699.9])
def test_exponential(x):
    assert _kernels._exp(x) == pytest.approx(np.exp(max(x, -700.0)), rel=1e-12)
    assert _kernels._exp(1e300) == pytest.approx(np.exp(700.0), rel=1e-12)
