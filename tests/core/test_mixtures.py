"""Mixtures: exact fits, shares, and what may not pass for a component."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from libraries.starter.tables import Band
from spectra.confidence.calibration import Calibration, Curve
from spectra.confidence.decision import Ranking, decide
from spectra.confidence.simulation import perturb
from spectra.label import Label
from spectra.matching import mixtures
from spectra.matching.alignment import align
from spectra.matching.candidates import rank_candidates
from spectra.matching.evidence import log_odds
from spectra.matching.index import Query, build_index
from spectra.matching.mixtures import MIN_SHARE, find_mixture, fit_shares
from spectra.preprocessing import RAMAN_GRID
from spectra.quality import QualityReport
from tests.core.synthetic import columns, draw, matrix_of, query_of, random_bands, random_matrix
from tests.naive import matching as naive

MATRIX = random_matrix(12)
INDEX = build_index(MATRIX)
CALIBRATION = Calibration(
    single=Curve(0.17, 0.8),
    mixture=Curve(6.0, 0.98),
    threshold=0.87,
    mixture_threshold=0.966,
    prior=0.5,
    n_references=12,
    n_simulated=0,
    n_measured=0,
    seed=0,
    pipeline="",
    method="as fitted for the 80 measured references",
    reliability=(),
)
GOOD = QualityReport(snr=100.0, saturated=False, fluorescence=0.1, n_spikes=0, noise=1.0)


def blend(heights, seed=0, noise=0.003, displaced_cm1=0.0):
    """Query of some references of ``MATRIX`` in given heights, and the areas' shares."""
    axis = RAMAN_GRID.axis + displaced_cm1
    parts = {row: height * draw(random_bands(row), axis) for row, height in heights.items()}
    total = sum(parts.values())
    query = query_of(
        total / total.max() + np.random.default_rng(seed).normal(0, noise, axis.size), noise=noise
    )
    inside = columns(RAMAN_GRID, 302, 2200)
    areas = {row: float(part[inside].sum()) for row, part in parts.items()}
    return query, {row: area / sum(areas.values()) for row, area in areas.items()}


def found_in(query, index=INDEX, **options):
    aligned, ranked = rank_candidates(index, query)
    return find_mixture(index, query, aligned, shift=ranked[0].candidate.shift, **options)


def rows_of(mixture):
    return {component.row for component in mixture.components}


class TestFitShares:
    @settings(max_examples=100, deadline=None)
    @given(seed=st.integers(0, 10**6), k=st.integers(1, 5))
    def test_is_scipys_nnls(self, seed, k):
        rng = np.random.default_rng(seed)
        spectra, target = rng.random((k, 40)), rng.random(40)
        assert fit_shares(spectra, target) == pytest.approx(nnls(spectra.T, target)[0], abs=1e-9)

    @settings(max_examples=50, deadline=None)
    @given(seed=st.integers(0, 10**6), k=st.integers(2, 4), scale=st.sampled_from([1e-6, 1.0, 1e6]))
    def test_also_where_components_are_almost_one(self, seed, k, scale):
        """Heights are then open; the residual is not."""
        rng = np.random.default_rng(seed)
        spectra = scale * (rng.random(40) + 1e-5 * rng.random((k, 40)))
        target = rng.random(40)
        heights = fit_shares(spectra, target)
        assert np.all(heights >= 0)
        residual = np.linalg.norm(target - heights @ spectra)
        assert residual == pytest.approx(nnls(spectra.T, target)[1], rel=1e-6)

    def test_nothing_fits_an_opposite(self):
        assert fit_shares(np.ones((2, 10)), -np.ones(10)).tolist() == [0, 0]

    def test_a_component_without_signal_gets_nothing(self):
        spectra = np.stack([np.zeros(10), np.arange(10.0)])
        assert fit_shares(spectra, 3 * np.arange(10.0)) == pytest.approx([0, 3])


class TestBestPair:
    @settings(max_examples=60, deadline=None)
    @given(seed=st.integers(0, 10**6), n=st.integers(2, 9))
    def test_is_the_best_of_all_pairs(self, seed, n):
        rng = np.random.default_rng(seed)
        spectra = rng.random((n, 30)) ** 4
        target = rng.normal(0.3, 1, n) @ spectra + 0.1 * rng.random(30)  # some would be negative
        pairs = mixtures._best_pairs(spectra, target)
        best = naive.best_pair(spectra, target)
        assert (pairs[0] if pairs else None) == best

    def test_rows_of_any_height_are_compared_alike(self):
        rng = np.random.default_rng(1)
        spectra = rng.random((6, 30)) ** 4
        target = 2 * spectra[1] + spectra[4]
        heights = np.array([1e-6, 1e6, 1.0, 1e3, 1e-3, 1e5])[:, None]
        assert mixtures._best_pairs(spectra * heights, target)[0] == (1, 4)


class TestFindMixture:
    @pytest.mark.parametrize("seed", range(6))
    @pytest.mark.parametrize("fraction", [0.3, 0.5])
    def test_two_components_and_their_shares(self, seed, fraction):
        first, second = np.random.default_rng(seed).choice(12, 2, replace=False).tolist()
        query, shares = blend({first: 1 - fraction, second: fraction}, seed)
        mixture = found_in(query)
        assert rows_of(mixture) == {first, second}
        assert naive.best_pair(MATRIX.intensity.astype(float), query.intensity) == tuple(
            sorted((first, second))
        )
        for component in mixture.components:
            assert component.share == pytest.approx(shares[component.row], abs=0.02)
            assert log_odds(component.evidence) > 2
        assert sum(component.share for component in mixture.components) == pytest.approx(1)
        assert mixture.components[0].share >= mixture.components[1].share
        assert mixture.whole.query_explained > 0.9

    def test_three_components(self):
        query, shares = blend({1: 0.4, 5: 0.3, 8: 0.3})
        mixture = found_in(query)
        assert rows_of(mixture) == {1, 5, 8}
        for component in mixture.components:
            assert component.share == pytest.approx(shares[component.row], abs=0.03)

    @pytest.mark.parametrize("displaced", [-6.0, 4.0])
    def test_on_a_displaced_axis(self, displaced):
        query, shares = blend({2: 0.6, 9: 0.4}, displaced_cm1=displaced)
        mixture = found_in(query)
        assert rows_of(mixture) == {2, 9}
        assert mixture.components[0].share == pytest.approx(max(shares.values()), abs=0.05)
        assert mixture.whole.shift_cm1 == pytest.approx(displaced, abs=1)

    def test_a_trace_is_not_named(self):
        query, _ = blend({1: 1.0, 5: 0.01}, noise=0.0)
        mixture = found_in(query)
        assert mixture is None or 5 not in rows_of(mixture)
        assert mixture is None or min(component.share for component in mixture.components) >= MIN_SHARE

    def test_excluded_rows_are_no_components(self):
        query, _ = blend({1: 0.5, 5: 0.5})
        mixture = found_in(query, exclude=frozenset({5}))
        assert mixture is None or 5 not in rows_of(mixture)
        assert found_in(query, exclude=frozenset(range(11))) is None

    def test_the_weakest_is_the_least_of_the_components(self):
        mixture = found_in(blend({1: 0.8, 5: 0.2})[0])
        assert mixture.weakest == min(log_odds(component.evidence) for component in mixture.components)

    def test_a_smaller_pool_keeps_the_components(self, monkeypatch):
        query, _ = blend({3: 0.6, 10: 0.4})
        whole = found_in(query)
        monkeypatch.setattr(mixtures, "POOL", 6)
        assert rows_of(found_in(query)) == rows_of(whole) == {3, 10}

    def test_row_order_does_not_matter(self):
        order = np.random.default_rng(3).permutation(12)
        ids = tuple(MATRIX.ids[row] for row in order)
        turned = build_index(matrix_of(MATRIX.intensity[order], MATRIX.mask[order], ids))
        query, _ = blend({3: 0.6, 10: 0.4})
        results = [
            [
                (index.ids[component.row], round(component.share, 9))
                for component in found_in(query, index).components
            ]
            for index in (INDEX, turned)
        ]
        assert results[0] == results[1]

    @pytest.mark.parametrize(
        ("heights", "scale"),
        [
            *[({2: 0.6, 9: 0.4}, scale) for scale in (1e-9, 1e-3, 1e6, 1e12)],
            *[({1: 0.4, 5: 0.3, 8: 0.3}, scale) for scale in (1e-9, 1e-3, 1e6, 1e12)],
        ],
    )
    def test_the_unit_of_the_references_does_not_matter(self, heights, scale):
        index = build_index(matrix_of(MATRIX.intensity * scale, MATRIX.mask))
        query, _ = blend(heights)
        plain, scaled = found_in(query), found_in(query, index)
        assert rows_of(scaled) == rows_of(plain) == set(heights)
        assert scaled.weakest == pytest.approx(plain.weakest, abs=1e-3)


class TestNoComponent:
    def test_without_bands_of_its_own(self):
        """The second has the first's bands in other heights, so it mends any fit of the first."""
        strong = [
            Band(place, 12, 0.3, height) for place, height in ((500, 1), (800, 0.8), (1100, 0.5), (1400, 0.9))
        ]
        weak = [Band(place, 12, 0.3, height) for place, height in ((500, 0.3), (800, 1), (1100, 1))]
        rows = [draw(bands, RAMAN_GRID.axis) for bands in (strong, weak)]
        index = build_index(matrix_of(rows))
        query = query_of(0.5 * rows[0] + 0.5 * rows[1])
        aligned = align(query)
        centre = int(np.flatnonzero(aligned.shifts_cm1 == 0)[0])
        assert find_mixture(index, query, aligned, shift=centre) is None

    def test_with_bands_of_its_own_the_same_pair_is_one(self):
        strong = [
            Band(place, 12, 0.3, height) for place, height in ((500, 1), (800, 0.8), (1100, 0.5), (1400, 0.9))
        ]
        weak = [Band(place, 12, 0.3, height) for place, height in ((500, 0.3), (950, 1), (1250, 1))]
        rows = [draw(bands, RAMAN_GRID.axis) for bands in (strong, weak)]
        mixture = found_in(query_of(0.5 * rows[0] + 0.5 * rows[1]), build_index(matrix_of(rows)))
        assert rows_of(mixture) == {0, 1}

    @pytest.mark.parametrize("row", range(12))
    @pytest.mark.parametrize("seed", range(2))
    def test_a_pure_spectrum_is_no_mixture(self, row, seed):
        """Seen by another instrument: another axis, resolution, response, noise."""
        rng = np.random.default_rng([row, seed])
        intensity, noise = perturb(MATRIX.intensity[row].astype(float), RAMAN_GRID, rng)
        (first, last) = INDEX.stretches[row].tolist()
        inside = columns(RAMAN_GRID, 302, 2200)
        query = Query(RAMAN_GRID, np.where(inside, intensity, 0.0), first, last, noise)
        aligned, ranked = rank_candidates(INDEX, query)
        mixture = find_mixture(INDEX, query, aligned, shift=ranked[0].candidate.shift)
        labels = [Label(reference_id, f"substance {reference_id}") for reference_id in INDEX.ids]
        answer = decide(Ranking(ranked, labels, mixture, CALIBRATION), GOOD)
        assert answer.verdict == "match"
        assert answer.substances[0].label.id == INDEX.ids[row]

    def test_a_true_mixture_is_one_there(self):
        query, _ = blend({2: 0.6, 9: 0.4})
        aligned, ranked = rank_candidates(INDEX, query)
        mixture = find_mixture(INDEX, query, aligned, shift=ranked[0].candidate.shift)
        labels = [Label(reference_id, f"substance {reference_id}") for reference_id in INDEX.ids]
        answer = decide(Ranking(ranked, labels, mixture, CALIBRATION), GOOD)
        assert answer.verdict == "mixture"
        assert [entry.label.id for entry in answer.substances] == [INDEX.ids[2], INDEX.ids[9]]
