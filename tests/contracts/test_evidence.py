"""What every piece of evidence must keep, whatever the two sides are."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.matching.evidence import Evidence, Side, log_odds, score, weigh

M = 200
PIECES = tuple(field.name for field in fields(Evidence))
BOUNDS = {
    "correlation": (-1.0, 1.0),
    "derivative": (-1.0, 1.0),
    "hqi": (0.0, 1.0),
    "query_explained": (0.0, 1.0),
    "reference_explained": (0.0, 1.0),
    "coverage": (0.0, 1.0),
    "structure": (0.0, M / 2),
    "shift_cm1": (0.0, 0.0),
}


def bumps(rng):
    x = np.arange(M)
    places, heights = rng.uniform(5, M - 5, 6), rng.uniform(0.1, 1, 6)
    return sum(h * np.exp(-0.5 * ((x - p) / 4) ** 2) for p, h in zip(places, heights, strict=True))


SHAPES = {
    "bumps": bumps,
    "noise": lambda rng: np.maximum(rng.normal(size=M), 0),
    "zero": lambda rng: np.zeros(M),
    "constant": lambda rng: np.full(M, 0.7),
    "ramp": lambda rng: np.linspace(0, 1, M),
    "one point": lambda rng: np.eye(M)[rng.integers(M)],
}

shapes = st.sampled_from(sorted(SHAPES))
stretches = st.tuples(st.integers(0, M), st.integers(0, M)).map(sorted)
scales = st.sampled_from([1e-12, 1e-3, 1.0, 1e6, 1e12])
noises = st.sampled_from([0.0, 0.01, 0.3])


def side(shape, stretch, seed, scale=1.0, noise=0.0):
    first, last = stretch
    inside = (np.arange(M) >= first) & (np.arange(M) < last)
    values = np.where(inside, SHAPES[shape](np.random.default_rng(seed)), 0)
    return Side(np.sqrt(scale * values), first, last, scale * noise)


def test_every_piece_has_its_bounds():
    assert set(BOUNDS) == set(PIECES)


@settings(max_examples=150, deadline=None)
@given(ours=shapes, theirs=shapes, a=stretches, b=stretches, seed=st.integers(0, 999), noise=noises)
def test_finite_and_bounded_whatever_is_compared(ours, theirs, a, b, seed, noise):
    found = weigh(side(ours, a, seed, noise=noise), side(theirs, b, seed + 1))
    for piece, (low, high) in BOUNDS.items():
        assert low - 1e-9 <= getattr(found, piece) <= high + 1e-9, piece
    assert np.isfinite(log_odds(found))
    assert 0 < score(found) < 1


@settings(max_examples=60, deadline=None)
@given(theirs=st.sampled_from(["bumps", "noise"]), scale=scales, seed=st.integers(0, 999), noise=noises)
def test_scale_free_on_either_side(theirs, scale, seed, noise):
    whole = (0, M)
    plain = weigh(side("bumps", whole, seed, noise=noise), side(theirs, whole, seed + 1))
    ours = weigh(side("bumps", whole, seed, scale, noise), side(theirs, whole, seed + 1))
    both = weigh(side("bumps", whole, seed, noise=noise), side(theirs, whole, seed + 1, scale))
    assert vars(ours) == pytest.approx(vars(plain), abs=1e-6)
    assert vars(both) == pytest.approx(vars(plain), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(theirs=st.sampled_from(["bumps", "noise"]), seed=st.integers(0, 999))
def test_free_of_the_direction_of_the_axis(theirs, seed):
    def turned(entry):
        return Side(entry.root[::-1], M - entry.last, M - entry.first, entry.noise)

    query, reference = side("bumps", (10, 180), seed), side(theirs, (30, M), seed + 1)
    plain = weigh(query, reference)
    back = weigh(turned(query), turned(reference))
    for piece in PIECES:  # slopes lie between the points, so the ends of their segments may move by one
        tolerance = 0.05 if piece == "derivative" else 1e-9
        assert getattr(back, piece) == pytest.approx(getattr(plain, piece), abs=tolerance), piece


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), theirs=st.sampled_from(["bumps", "noise", "ramp", "one point"]))
def test_nothing_agrees_better_than_a_spectrum_with_itself(seed, theirs):
    query = side("bumps", (0, M), seed)
    own, other = weigh(query, query), weigh(query, side(theirs, (0, M), seed + 1))
    for piece in ("correlation", "derivative", "hqi", "query_explained", "reference_explained", "coverage"):
        assert getattr(own, piece) == pytest.approx(1)
        assert getattr(other, piece) <= 1 + 1e-9
    assert log_odds(own) > log_odds(other) - 1e-9


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), ours=shapes, theirs=shapes)
def test_nothing_in_common_is_no_evidence(seed, ours, theirs):
    found = weigh(side(ours, (0, 90), seed), side(theirs, (110, M), seed + 1))
    assert (found.correlation, found.derivative, found.hqi) == (0, 0, 0)
    assert (found.query_explained, found.reference_explained, found.structure) == (0, 0, 0)
    assert score(found) < 1e-6


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), noise=noises)
def test_sides_are_not_changed(seed, noise):
    query, reference = side("bumps", (5, 190), seed, noise=noise), side("noise", (0, M), seed)
    before = query.root.copy(), reference.root.copy()
    weigh(query, reference)
    assert np.array_equal(query.root, before[0])
    assert np.array_equal(reference.root, before[1])
