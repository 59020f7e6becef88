"""Bands: positions and prominences against scipy and a brute-force twin, and what they explain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, peak_prominences

from spectra.matching.bands import Bands, explained, find_bands
from tests.core.synthetic import SMALL_GRID
from tests.naive import matching as naive


def smooth(seed, width, n=300):
    """Never negative, as the pipeline leaves a spectrum."""
    y = gaussian_filter1d(np.random.default_rng(seed).normal(size=n), width)
    return y - y.min()


def bands(positions, prominences=None):
    positions = np.asarray(positions, dtype=np.float64)
    return Bands(
        positions, np.ones(positions.size) if prominences is None else np.asarray(prominences, float)
    )


positions = st.lists(st.floats(0, 1000), min_size=1, max_size=12)
prominences = st.floats(1e-6, 1e6)


class TestFindBands:
    @settings(max_examples=60, deadline=None)
    @given(seed=st.integers(0, 10**6), width=st.sampled_from([1.0, 2.5, 6.0]), share=st.floats(0.001, 0.9))
    def test_scipy_finds_the_same(self, seed, width, share):
        y = smooth(seed, width)
        floor = share * float(y.max())
        tops, _ = find_peaks(y, prominence=floor)
        found = find_bands(y, min_prominence=floor)
        assert np.rint(found.position).astype(int) == pytest.approx(tops, abs=0)
        assert found.prominence == pytest.approx(peak_prominences(y, tops)[0], rel=1e-12)

    @pytest.mark.parametrize("seed", range(5))
    def test_so_does_the_walk_over_the_hills(self, seed):
        y = smooth(seed, 2.0)
        found = find_bands(y, min_prominence=1e-6)
        assert len(found) > 5
        tops = np.rint(found.position).astype(int)
        assert found.prominence == pytest.approx([naive.prominence(y.tolist(), int(top)) for top in tops])

    @pytest.mark.parametrize("centre", np.arange(650.0, 652.0, 0.25))
    def test_positions_are_finer_than_the_grid(self, centre):
        y = np.exp(-0.5 * ((SMALL_GRID.axis - centre) / 6.0) ** 2)
        (position,) = find_bands(y, min_prominence=0.5).position
        assert SMALL_GRID.start + position * SMALL_GRID.step == pytest.approx(centre, abs=0.03)

    def test_a_parabola_is_met_exactly(self):
        x = np.arange(20.0)
        (position,) = find_bands(100 - (x - 7.3) ** 2, min_prominence=1.0).position
        assert position == pytest.approx(7.3)

    def test_the_ends_are_no_bands(self):
        assert len(find_bands(np.array([5.0, 1.0, 0.0, 1.0, 9.0]), min_prominence=0.1)) == 0

    def test_a_band_cut_off_flat_counts_once(self):
        found = find_bands(np.array([0.0, 1.0, 3.0, 3.0, 3.0, 1.0, 0.0]), min_prominence=0.1)
        assert found.prominence.tolist() == [3.0]
        assert 2 <= found.position[0] <= 4

    def test_steps_and_flat_lines_are_none(self):
        assert len(find_bands(np.repeat([0.0, 1.0, 2.0], 5), min_prominence=0.1)) == 0
        assert len(find_bands(np.zeros(50), min_prominence=np.inf)) == 0

    @pytest.mark.parametrize("n", [0, 1, 2])
    def test_too_short_to_have_one(self, n):
        assert len(find_bands(np.ones(n), min_prominence=0.1)) == 0

    @given(seed=st.integers(0, 10**6), scale=st.sampled_from([1e-12, 1e-3, 1e12]))
    def test_scale_free(self, seed, scale):
        y = smooth(seed, 2.0)
        plain, scaled = find_bands(y, min_prominence=0.05), find_bands(scale * y, min_prominence=0.05 * scale)
        assert scaled.position == pytest.approx(plain.position, abs=1e-6)
        assert scaled.prominence == pytest.approx(scale * plain.prominence)


class TestStructure:
    @pytest.mark.parametrize("k", [1, 2, 7, 40])
    def test_equal_bands_count_as_many_as_they_are(self, k):
        assert bands(range(k), np.full(k, 0.37)).structure == pytest.approx(k)

    def test_none_count_nothing(self):
        assert bands([]).structure == 0

    def test_the_formula(self):
        # root prominences 3, 2, 1: (3 + 2 + 1)² / (9 + 4 + 1)
        assert bands([1, 2, 3], [9.0, 4.0, 1.0]).structure == pytest.approx(36 / 14)

    @given(values=st.lists(prominences, min_size=1, max_size=30), scale=st.sampled_from([1e-9, 1e9]))
    def test_bounds_and_scale(self, values, scale):
        structure = bands(range(len(values)), values).structure
        assert 1 - 1e-9 <= structure <= len(values) * (1 + 1e-9)
        assert bands(range(len(values)), np.multiply(values, scale)).structure == pytest.approx(structure)


class TestExplained:
    @given(ours=positions, theirs=positions, data=st.data())
    def test_is_the_naive_twin_and_a_share(self, ours, theirs, data):
        weights = data.draw(st.lists(prominences, min_size=len(ours), max_size=len(ours)))
        share = explained(bands(ours, weights), bands(theirs), tolerance=4.0)
        assert 0 <= share <= 1 + 1e-12
        assert share == pytest.approx(naive.explained(ours, np.sqrt(weights), theirs, 4.0), abs=1e-9)

    @given(ours=positions)
    def test_everything_explains_itself(self, ours):
        assert explained(bands(ours), bands(ours), tolerance=4.0) == pytest.approx(1)

    @given(ours=positions, theirs=positions, more=positions)
    def test_more_bands_never_explain_less(self, ours, theirs, more):
        few, many = bands(theirs), bands(theirs + more)
        assert (
            explained(bands(ours), many, tolerance=4.0) >= explained(bands(ours), few, tolerance=4.0) - 1e-12
        )

    def test_the_credit_falls_with_the_distance(self):
        credit = [explained(bands([100.0]), bands([100 + d]), tolerance=6.0) for d in (0, 2, 3, 4, 5, 6, 9)]
        assert credit == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0, 0])

    def test_heights_of_the_other_side_do_not_matter(self):
        ours, near = bands([10.0, 50.0], [1.0, 0.2]), [10.5, 52.0]
        weak, strong = bands(near, [1e-6, 1e-6]), bands(near, [1.0, 9.0])
        assert explained(ours, weak, tolerance=4.0) == explained(ours, strong, tolerance=4.0)

    def test_strong_bands_weigh_more(self):
        strong_missing = explained(bands([10.0, 50.0], [0.1, 1.0]), bands([10.0]), tolerance=4.0)
        weak_missing = explained(bands([10.0, 50.0], [0.1, 1.0]), bands([50.0]), tolerance=4.0)
        assert strong_missing < 0.5 < weak_missing

    def test_nothing_explains_nothing(self):
        assert explained(bands([]), bands([1.0]), tolerance=4.0) == 0
        assert explained(bands([1.0]), bands([]), tolerance=4.0) == 0
