"""Libraries that are made to be searched well, badly, or to break a bound."""

import numba
import numpy as np

JIT = not numba.config.DISABLE_JIT
N = 700 if JIT else 140
M = 60 if JIT else 24


def bands(rng, n, m=M):
    """Spectra that compress: a few smooth bands each."""
    centres, widths = rng.uniform(0, m, (n, 5)), rng.uniform(2, 6, (n, 5))
    heights = rng.exponential(size=(n, 5, 1))
    return (heights * np.exp(-(((np.arange(m) - centres[..., None]) / widths[..., None]) ** 2))).sum(axis=1)


def noisy(rng):
    return bands(rng, N) + 0.01 * rng.normal(size=(N, M))


def white(rng):
    return rng.normal(size=(N, M))


def duplicates(rng):
    return bands(rng, 7)[rng.integers(0, 7, N)]


def constant(rng):
    return np.ones((N, M)) * rng.choice([-1.0, 0.5, 3.0])


def zeros_among(rng):
    return bands(rng, N) * (rng.random((N, 1)) < 0.5)


def one_hot(rng):
    return np.eye(M)[rng.integers(0, M, N)]


def scales_apart(rng):
    return bands(rng, N) * 10.0 ** rng.uniform(-18, 18, (N, 1))


def huge(rng):
    return bands(rng, N) * 1e37


def tiny(rng):
    return bands(rng, N) * 1e-37


def negative(rng):
    return -bands(rng, N)


def outliers(rng):
    rows = bands(rng, N)
    rows[rng.integers(0, N, 9)] = 50.0 * rng.normal(size=(9, M))
    return rows


def integers(rng):
    return rng.integers(-3, 4, (N, M)).astype(np.float64)


def spikes(rng):
    rows = 1e-3 * bands(rng, N)
    rows[np.arange(N), rng.integers(0, M, N)] += 1.0
    return rows


LIBRARIES = (
    noisy, white, duplicates, constant, zeros_among, one_hot, scales_apart, huge, tiny, negative, outliers,
    integers, spikes,
)  # fmt: skip
