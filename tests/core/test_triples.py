"""Branch and bound for three slopes: against a fit of every triple."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.matching import triples
from spectra.matching.triples import best_triple
from tests.naive import mixing as naive

SEEDS = st.integers(0, 10**6)
DISTINCT = 1e-3


def slopes(rng, n, kind):
    """Unit rows whose products are near nothing, of either sign, strongly negative, or all but equal."""
    rows = rng.normal(size=(n, {"wide": 60, "narrow": 4}.get(kind, 15)))
    if kind == "opposed":
        rows[1::2] = 0.3 * rows[1::2] - rows[::2][: len(rows[1::2])]
    elif kind == "alike":
        rows = rows[rng.integers(0, max(n // 3, 1), n)] + 0.02 * rows
    elif kind == "bands":
        rows = np.diff(rng.random((n, 30)) ** 8, axis=1)
    return rows / np.linalg.norm(rows, axis=1)[:, None]


KINDS = st.sampled_from(["wide", "narrow", "opposed", "alike", "bands"])


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS, n=st.integers(0, 14), kind=KINDS, members=st.integers(0, 4))
def test_is_the_best_of_all(seed, n, kind, members):
    rng = np.random.default_rng(seed)
    rows = slopes(rng, n, kind)
    target = rng.exponential(1, n)[:members] @ rows[:members] + 0.3 * rng.normal(size=rows.shape[1])
    groups = rng.integers(0, max(n - 2, 1), n)
    gram, product, same = rows @ rows.T, rows @ target, groups[:, None] == groups[None, :]
    found = best_triple(gram, product, same, min_distinct=DISTINCT)
    gain, best = naive.best_triple_of_gram(gram, product, groups, DISTINCT)
    assert found.proven
    assert found.gain == pytest.approx(gain, rel=1e-9)
    assert found.members == best or len(found.members) == 3 == len(best)
    if found.members:
        alone = naive.heights(gram, product, found.members)
        assert alone.min() > 0
        assert alone @ product[list(found.members)] == pytest.approx(gain, rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, kind=KINDS)
def test_no_triple_explains_more_than_half_its_ceilings(seed, kind):
    rng = np.random.default_rng(seed)
    rows = slopes(rng, 3, kind)
    gram, product = rows @ rows.T, rows @ rng.normal(size=rows.shape[1])
    ceilings = triples._pair_ceilings(gram, product, np.eye(3, dtype=bool))
    highest = (ceilings[0, 1] + ceilings[0, 2] + ceilings[1, 2]) / 2
    assert naive.highest_gain(gram, product) <= highest * (1 + 1e-9) + 1e-12


def test_says_so_when_it_stops_early():
    rng = np.random.default_rng(1)
    rows = slopes(rng, 40, "narrow")
    gram, product, same = rows @ rows.T, rows @ np.ones(4), np.eye(40, dtype=bool)
    given_up = best_triple(gram, product, same, min_distinct=0.1, limit=0)
    whole = best_triple(gram, product, same, min_distinct=0.1)
    assert not given_up.proven
    assert whole.proven
    assert given_up.gain <= whole.gain


def test_looks_at_little_where_bands_differ():
    """One in a hundred of what comparing all would take, with three of four hundred terms in the query."""
    rng = np.random.default_rng(2)
    heights = rng.exponential(1, (400, 300)) * (rng.random((400, 300)) < 0.05)
    rows = np.array([np.diff(np.convolve(row, [0.2, 0.6, 1.0, 0.6, 0.2], "same")) for row in heights])
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    target = [0.6, 0.5, 0.4] @ rows[:3] + 0.01 * rng.normal(size=299)
    found = best_triple(
        rows @ rows.T, rows @ target, np.eye(400, dtype=bool), min_distinct=DISTINCT, limit=400**3 // 300
    )
    assert found.proven
    assert found.members == (0, 1, 2)
