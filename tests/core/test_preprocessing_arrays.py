"""Medians without numpy's detour over masked arrays, and LAPACK without the rest of scipy."""

import importlib
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg.lapack import dpbsv

from spectra.preprocessing import _lapack
from spectra.preprocessing._arrays import block_medians, median
from tests.architecture.tree import run_python

SYSTEM = (np.array([[4.0, 5.0, 6.0], [-1.0, -2.0, 0.0]]), np.array([1.0, 2.0, 3.0]))

COLD = """
import sys
import numpy as np
from spectra.preprocessing import baseline
fitted = baseline(np.arange(50.0), np.sin(np.arange(50.0)))[1]
assert "scipy.linalg" not in sys.modules and "numpy.ma" not in sys.modules
import scipy.linalg.lapack
from spectra.preprocessing._lapack import banded_solver
assert scipy.linalg.lapack.dpbsv is banded_solver()
assert np.allclose(scipy.linalg.solveh_banded([[2.0, 2.0], [-1.0, 0.0]], [1.0, 1.0], lower=True), 1.0)
"""


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 200), levels=st.sampled_from([2, 5, 10**6]))
def test_medians_are_numpys(seed, n, levels):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, levels, n).astype(float)
    assert median(values) == np.median(values)
    size = int(rng.integers(1, n + 1))
    starts = range(0, n - size + 1, max(size // 2, 1))
    expected = [np.median(values[start : start + size]) for start in starts]
    assert block_medians(values, size).tolist() == expected


def test_a_baseline_does_not_load_all_of_scipy_and_leaves_it_usable():
    done = run_python("-W", "error", "-c", COLD)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def fresh():
    _lapack.banded_solver.cache_clear()
    yield
    _lapack.banded_solver.cache_clear()


def check(solver):
    band, right = SYSTEM
    for ours, theirs in zip(solver(band, right, lower=1), dpbsv(band, right, lower=1), strict=True):
        assert np.array_equal(ours, theirs)


def test_the_wrapper_loaded_alone_is_scipys(fresh, monkeypatch):
    monkeypatch.delitem(sys.modules, "scipy.linalg._flapack")
    check(_lapack.banded_solver())


def test_where_the_wrapper_lies_elsewhere_the_public_import_serves(fresh, monkeypatch):
    monkeypatch.setattr(_lapack, "_WRAPPER", "scipy.linalg._moved")
    assert _lapack.banded_solver() is importlib.import_module("scipy.linalg.lapack").dpbsv
    check(_lapack.banded_solver())
