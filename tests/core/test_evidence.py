"""Evidence: invariances from the raw spectrum on, and how the pieces add up."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.matching.candidates import rank_candidates
from spectra.matching.evidence import SEGMENT_POINTS, Evidence, Side, log_odds, score, weigh
from spectra.matching.index import build_index, prepare_query
from spectra.matching.metrics import pearson
from spectra.preprocessing import RAMAN_GRID, RAMAN_PIPELINE
from spectra.spectrum import Spectrum
from tests.core.synthetic import (
    AXIS,
    SMALL_GRID,
    draw,
    measured,
    query_of,
    random_bands,
    random_matrix,
)
from tests.naive import matching as naive

GOOD = Evidence(
    correlation=0.95,
    derivative=0.9,
    hqi=0.9,
    query_explained=0.9,
    reference_explained=0.9,
    coverage=0.9,
    structure=6.0,
    shift_cm1=1.0,
)
INDEX = build_index(random_matrix(8))


def rank(spectrum, noise=0.0):
    query = prepare_query(RAMAN_PIPELINE.apply(spectrum), RAMAN_GRID, noise=noise)
    return rank_candidates(INDEX, query)[1]


def same(found, expected, tolerance):
    """Whether two rankings are one, all evidence compared."""
    assert [entry.candidate.row for entry in found] == [entry.candidate.row for entry in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert vars(ours.evidence) == pytest.approx(vars(theirs.evidence), abs=tolerance)
        assert ours.log_odds == pytest.approx(theirs.log_odds, abs=20 * tolerance)


class TestInvariance:
    @settings(max_examples=12, deadline=None)
    @given(seed=st.integers(0, 7), scale=st.sampled_from([1e-12, 1e-3, 7.0, 1e6, 1e12]))
    def test_scale(self, seed, scale):
        spectrum = measured(random_bands(seed), seed)
        same(rank(Spectrum(AXIS, spectrum.intensity * scale)), rank(spectrum), 1e-6)

    @settings(max_examples=12, deadline=None)
    @given(seed=st.integers(0, 7), offset=st.floats(-1e4, 1e4))
    def test_offset(self, seed, offset):
        """A dark offset as large as the spectrum: the baseline takes it whole."""
        spectrum = measured(random_bands(seed), seed)
        same(rank(Spectrum(AXIS, spectrum.intensity + offset)), rank(spectrum), 1e-5)

    @pytest.mark.parametrize("seed", range(4))
    def test_direction_of_the_axis(self, seed):
        spectrum = measured(random_bands(seed), seed)
        turned = Spectrum(AXIS[::-1], spectrum.intensity[::-1])
        same(rank(turned), rank(spectrum), 0)

    @pytest.mark.parametrize("step", [1.0, 2.5, 4.0])
    def test_point_distance(self, step):
        """Not exact, for the noise is drawn anew; the answer and the evidence are as good."""
        axis = np.arange(200.0, 2200.0, step)
        best = rank(measured(random_bands(3), 0, axis=axis, snr=300))[0]
        assert best.candidate.row == 3
        assert best.evidence.correlation > 0.95


class TestSelf:
    @pytest.mark.parametrize("row", range(8))
    def test_nothing_beats_a_spectrum_itself(self, row):
        ranked = rank_candidates(INDEX, query_of(random_matrix(8).intensity[row]))[1]
        assert ranked[0].candidate.row == row
        own = ranked[0].evidence
        assert own.correlation == pytest.approx(1, abs=1e-6)
        assert own.derivative == pytest.approx(1, abs=1e-6)
        assert own.hqi == pytest.approx(1, abs=1e-6)
        assert (own.query_explained, own.reference_explained) == pytest.approx((1, 1))
        assert own.shift_cm1 == 0
        for other in ranked[1:]:
            assert other.log_odds < ranked[0].log_odds - 3

    @pytest.mark.parametrize("row", range(8))
    def test_nor_as_another_instrument_sees_it(self, row):
        ranked = rank(measured(random_bands(row), row, snr=40, displaced_cm1=2.0, fluorescence=3000.0))
        assert ranked[0].candidate.row == row


class TestWeigh:
    def side(self, bands, low=400.0, high=918.0, noise=0.0):
        inside = (SMALL_GRID.axis >= low) & (SMALL_GRID.axis <= high)
        root = np.where(inside, np.sqrt(draw(bands, SMALL_GRID.axis)), 0)
        return Side(root, int(inside.argmax()), int(inside.argmax() + inside.sum()), noise)

    def test_correlations_are_numpys(self):
        query, reference = self.side(random_bands(1, 4, 420, 900)), self.side(random_bands(2, 4, 420, 900))
        found = weigh(query, reference, penalty=0.01)
        a, b = query.root, reference.root
        assert found.correlation == pytest.approx(np.corrcoef(a, b)[0, 1] - 0.01)
        assert found.hqi == pytest.approx(max(np.corrcoef(a**2, b**2)[0, 1], 0) ** 2)

    def test_derivatives_are_compared_around_the_bands_of_either(self):
        """Between bands there is only noise, which would dilute them."""
        bands = random_bands(1, 3, 450, 900)
        query, reference = self.side(bands), self.side(bands)
        noisy = query.root + 0.08 * np.random.default_rng(0).random(query.root.size)
        query = Side(noisy, query.first, query.last, noise=0.05)
        slopes = np.diff(query.root), np.diff(reference.root)
        places = [*query.bands(0, 260).position, *reference.bands(0, 260).position]
        middle = np.arange(259) + 0.5
        near = np.min([np.abs(middle - place) for place in places], axis=0) <= SEGMENT_POINTS
        found = weigh(query, reference).derivative
        assert found == pytest.approx(naive.pearson(slopes[0][near], slopes[1][near]), abs=0.02)
        assert found > naive.pearson(*slopes) + 0.05

    def test_anti_correlation_has_no_quality(self):
        ramp = np.linspace(0, 1, SMALL_GRID.n_points)
        found = weigh(Side(ramp, 0, ramp.size), Side(1 - ramp, 0, ramp.size))
        assert found.correlation == pytest.approx(-1)
        assert found.hqi == 0

    def test_coverage_is_the_share_of_the_signal(self):
        reference = self.side(random_bands(1, 4, 420, 900))
        seen = self.side(random_bands(1, 4, 420, 900), 400, 600)
        assert weigh(reference, reference).coverage == pytest.approx(1)
        part = float((reference.root[seen.first : seen.last] ** 2).sum() / (reference.root**2).sum())
        assert 0.05 < part < 0.95
        assert weigh(seen, reference).coverage == pytest.approx(part)

    def test_bands_outside_the_common_range_are_nobodys_fault(self):
        bands = random_bands(1, 4, 420, 600) + random_bands(2, 4, 700, 900)
        found = weigh(self.side(bands, 400, 650), self.side(bands, 400, 918))
        assert (found.query_explained, found.reference_explained) == pytest.approx((1, 1), abs=0.01)
        assert found.coverage < 0.8

    def test_noise_raises_the_floor_of_the_querys_bands(self):
        bands = [
            *random_bands(1, 3, 420, 700),
            *[replace(b, height=0.1) for b in random_bands(3, 1, 800, 900)],
        ]
        quiet, loud = (self.side(bands, noise=noise) for noise in (0.0, 0.2))
        assert len(quiet.bands(0, 260)) == 4
        assert len(loud.bands(0, 260)) < 4


class TestLogOdds:
    @pytest.mark.parametrize(
        ("piece", "worse", "better"),
        [
            ("derivative", 0.2, 0.8),
            ("query_explained", 0.1, 0.9),
            ("reference_explained", 0.1, 0.9),
            ("coverage", 0.1, 0.9),
            ("structure", 1.0, 10.0),
            ("shift_cm1", 8.0, 0.0),
            ("shift_cm1", -8.0, -1.0),
        ],
    )
    def test_each_piece_moves_it_its_own_way(self, piece, worse, better):
        values = [
            log_odds(replace(GOOD, **{piece: value})) for value in np.linspace(worse, better, 12).tolist()
        ]
        assert np.all(np.diff(values) > 0)

    @given(
        piece=st.sampled_from(
            ["correlation", "derivative", "hqi", "query_explained", "reference_explained", "coverage"]
        ),
        values=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    )
    def test_more_of_any_piece_never_lowers_it(self, piece, values):
        low, high = (log_odds(replace(GOOD, **{piece: value})) for value in sorted(values))
        assert high >= low

    def test_the_sign_of_a_shift_does_not_matter(self):
        assert log_odds(replace(GOOD, shift_cm1=-5.0)) == log_odds(replace(GOOD, shift_cm1=5.0))

    def test_one_band_proves_less_than_ten(self):
        perfect = replace(GOOD, derivative=1.0, query_explained=1.0, reference_explained=1.0, coverage=1.0)
        one, ten = replace(perfect, structure=1.0), replace(perfect, structure=10.0)
        assert log_odds(one) < log_odds(ten)
        # and a shift, which one band follows for nothing, costs it more
        lost = [log_odds(entry) - log_odds(replace(entry, shift_cm1=8.0)) for entry in (one, ten)]
        assert lost[0] > 5 * lost[1]

    def test_that_holds_from_the_spectrum_on(self):
        axis = RAMAN_GRID.axis
        rows = [draw(random_bands(1, n_bands), axis) for n_bands in (1, 10)]
        ranked = [
            weigh(Side(np.sqrt(row), 0, axis.size), Side(np.sqrt(row), 0, axis.size), shift_cm1=3.0)
            for row in rows
        ]
        assert ranked[0].structure == pytest.approx(1)
        assert ranked[1].structure > 6
        assert log_odds(ranked[0]) < log_odds(ranked[1])

    def test_a_perfect_agreement_is_convincing_and_a_chance_one_is_not(self):
        perfect = Evidence(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 10.0, 0.0)
        chance = Evidence(0.5, 0.1, 0.2, 0.3, 0.3, 1.0, 8.0, 4.0)
        assert score(perfect) > 0.99
        assert score(chance) < 0.01

    @given(x=st.floats(-1, 1), y=st.floats(-1, 1))
    def test_score_is_a_rising_function_of_it_within_0_and_1(self, x, y):
        low, high = (replace(GOOD, derivative=value) for value in sorted((x, y)))
        assert 0 < score(low) <= score(high) < 1


class TestPearson:
    @given(seed=st.integers(0, 10**6), n=st.integers(2, 60))
    def test_is_the_naive_twin(self, seed, n):
        a, b = np.random.default_rng(seed).normal(size=(2, n))
        assert pearson(a, b) == pytest.approx(naive.pearson(a, b), abs=1e-12)

    @given(seed=st.integers(0, 10**6), scale=st.sampled_from([1e-6, 3.0, 1e6]), offset=st.floats(-100, 100))
    def test_scale_and_offset_free(self, seed, scale, offset):
        a, b = np.random.default_rng(seed).normal(size=(2, 40))
        assert pearson(scale * (a + offset), b) == pytest.approx(pearson(a, b), abs=1e-9)

    @pytest.mark.parametrize("a", [[], [1.0], [2.0, 2.0, 2.0]])
    def test_none_where_there_is_none(self, a):
        assert pearson(np.array(a), np.arange(float(len(a)))) == 0
