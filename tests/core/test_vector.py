"""Vector operations of the search: the int8 instruction and the two inner products against numpy."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra._vector import HAS_INT8_DOT, block_hits, dot_float32, dot_float64, first_bit, int8_block
from spectra.matching.cascade import _kernels as kernels
from spectra.matching.cascade._tables import LOW_STEPS
from spectra.matching.cascade.plain import _kernels as plain


@pytest.mark.skipif(not HAS_INT8_DOT, reason="this processor has no int8 dot product, or numba is off")
@pytest.mark.parametrize("head", [4, 20, 128])
def test_the_instruction_equals_integers(head):
    rng = np.random.default_rng(head)
    rows, query = rng.integers(0, 256, (128, head)), rng.integers(-127, 128, (2, head))
    words = pack(rows)
    codes = np.ascontiguousarray(query.astype(np.int8)).view(np.int32)[None]
    out = np.zeros((1, 128), dtype=np.int32)
    run_int8(words, codes, out)
    np.testing.assert_array_equal(out[0], rows @ (LOW_STEPS * query[0] + query[1]) - 7)
    whole = (LOW_STEPS * query[0] + query[1]).astype(np.int32)
    for block in range(2):
        kernels.portable_block(words, block, whole, 7, out[0, 64 * block : 64 * block + 64])
    np.testing.assert_array_equal(out[0], rows @ whole - 7)


def pack(rows):
    blocks = rows.astype(np.uint8).reshape(len(rows) // 64, 64, -1, 4).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(blocks).view(np.uint32)[..., 0]


@numba.njit
def run_int8(words, codes, out):
    for block in range(words.shape[0]):
        int8_block(words, block, codes, 0, 7, out, 64 * block)


@numba.njit
def run_hits(codes, values, figures, least):
    return block_hits(codes, 64, values[0], values[1], 3, figures, least)


@numba.njit
def run_first(bits):
    return first_bit(bits)


@given(seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_a_bit_for_each_row_that_reaches_the_bound(seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-(2**20), 2**20, 128).astype(np.int32)
    values, figures = rng.random((2, 70)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    inside = codes[64:].astype(np.float32) * figures[0] + (figures[2] * values[1, 3:67] + figures[1])
    bounds = values[0, 3:67] * inside
    least = bounds[rng.integers(64)]
    bits = int(run_hits(codes, values, figures, least))
    assert [bits >> lane & 1 for lane in range(64)] == (bounds >= least).tolist()
    assert run_first(np.uint64(bits)) == int((bounds >= least).argmax())


def test_no_bit():
    assert run_first(np.uint64(0)) == 64
    assert run_first(np.uint64(2**63)) == 63


@numba.njit
def run_dot(matrix, row, query, length):
    return dot_float64(matrix, row, query, length)


@given(length=st.integers(0, 130), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_dot_is_a_sum_of_exact_products(length, seed):
    rng = np.random.default_rng(seed)
    matrix, query = rng.normal(size=(3, 140)).astype(np.float32), rng.normal(size=140)
    query = query.astype(np.float32).astype(np.float64)
    expected = np.dot(matrix[1, :length].astype(np.float64), query[:length])
    assert run_dot(matrix, 1, query, length) == pytest.approx(expected, rel=1e-13, abs=1e-13)


@numba.njit
def run_dot_float32(matrix, row, query, length):
    return dot_float32(matrix, row, query, length)


@given(length=st.integers(0, 300), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_the_short_dot_is_within_its_bound(length, seed):
    rng = np.random.default_rng(seed)
    matrix, query = rng.normal(size=(3, 310)).astype(np.float32), rng.normal(size=310).astype(np.float32)
    row, values = matrix[2, :length].astype(np.float64), query[:length].astype(np.float64)
    error = abs(run_dot_float32(matrix, 2, query, length) - np.dot(row, values))
    norms = np.linalg.norm(row) * np.linalg.norm(values)
    assert error <= plain.PLAIN_ROUNDING * (length + 1) * norms
