"""Bands that nothing explains: where they are, and what counts as explained."""

import numpy as np
import pytest

from libraries.starter.tables import Band
from spectra.matching.candidates import rank_candidates
from spectra.matching.evidence import BROADENED_NOISE, MIN_BAND_SHARE, NOISE_FACTOR
from spectra.matching.index import build_index
from spectra.matching.unexplained import TOLERANCE_POINTS, unexplained_bands, unexplained_by_best
from spectra.preprocessing import RAMAN_GRID
from tests.core.synthetic import draw, query_of, random_bands, random_matrix

AXIS = RAMAN_GRID.axis[101:1051]
KNOWN = [Band(500, 20, 0.0, 1.0), Band(1000, 20, 0.0, 0.5), Band(1500, 20, 0.0, 0.8)]
EXPLANATION = draw(KNOWN, AXIS)


def left(query, explanation=EXPLANATION, noise=0.0):
    return unexplained_bands(query, explanation, noise=noise, axis=AXIS)


def with_band(place, height=0.4, width=20):
    return EXPLANATION + draw([Band(place, width, 0.0, height)], AXIS)


class TestUnexplainedBands:
    def test_none_where_all_is_explained(self):
        assert left(EXPLANATION) == ()
        assert left(0.1 * EXPLANATION) == ()
        assert left(np.zeros(AXIS.size)) == ()

    @pytest.mark.parametrize("places", [[705.3], [640.0, 1231.7], [1900.2, 745.0]])
    def test_foreign_bands_where_they_are(self, places):
        query = EXPLANATION + draw([Band(place, 20, 0.0, 0.4) for place in places], AXIS)
        assert left(query) == pytest.approx(sorted(places), abs=0.3)

    def test_all_where_there_is_no_explanation(self):
        for nothing in (np.zeros(AXIS.size), np.ones(AXIS.size)):
            assert left(EXPLANATION, nothing) == pytest.approx([500, 1000, 1500], abs=0.1)

    @pytest.mark.parametrize(("share", "seen"), [(0.8, False), (1.2, True)])
    def test_a_band_counts_from_a_share_of_the_highest(self, share, seen):
        found = left(with_band(1800, share * MIN_BAND_SHARE * EXPLANATION.max()))
        assert found == (pytest.approx((1800,), abs=0.5) if seen else ())

    @pytest.mark.parametrize(("times", "seen"), [(0.8, False), (1.2, True)])
    def test_a_band_counts_from_what_noise_does_not_reach(self, times, seen):
        query = with_band(1800, times * NOISE_FACTOR * BROADENED_NOISE * 0.1)
        assert bool(left(query, noise=0.1)) is seen

    @pytest.mark.parametrize(("points", "explained"), [(-1, True), (1, False)])
    def test_a_band_of_the_explanation_may_be_somewhat_off(self, points, explained):
        place = 1800 + (TOLERANCE_POINTS + points) * RAMAN_GRID.step
        assert (left(with_band(1800), with_band(place)) == ()) is explained

    @pytest.mark.parametrize(("height", "explained"), [(0.02, True), (0.005, False)])
    def test_a_faint_band_explains_but_not_the_faintest(self, height, explained):
        assert (left(with_band(1800), with_band(1800, height)) == ()) is explained

    @pytest.mark.parametrize("scale", [1e-9, 1e9])
    def test_neither_unit_matters(self, scale):
        query = with_band(1800)
        assert left(query, scale * EXPLANATION) == left(query)
        assert left(scale * query, noise=scale * 0.01) == left(query, noise=0.01)

    def test_noise_alone_has_no_band(self):
        rng = np.random.default_rng(0)
        weights = np.exp(-0.5 * (np.arange(-8, 9) / 2) ** 2)
        for _ in range(20):
            noise = np.convolve(rng.normal(0, 1, AXIS.size), weights / weights.sum(), "same")
            assert len(left(noise, noise=1.0)) <= 1


class TestByBest:
    INDEX = build_index(random_matrix(8))

    def found(self, intensity, noise=0.003):
        query = query_of(intensity + np.random.default_rng(1).normal(0, noise, intensity.size), noise=noise)
        aligned, ranked = rank_candidates(self.INDEX, query)
        return unexplained_by_best(self.INDEX, query, aligned, ranked)

    @pytest.mark.parametrize("row", range(8))
    def test_a_pure_spectrum_has_none(self, row):
        assert self.found(draw(random_bands(row), RAMAN_GRID.axis)) == ()

    @pytest.mark.parametrize("displaced", [0.0, 5.0])
    def test_a_foreign_band_on_the_reference_axis(self, displaced):
        """What the device wrote is off by the shift; what is said is not."""
        foreign = Band(1960.0, 12, 0.3, 0.5)
        axis = RAMAN_GRID.axis + displaced
        assert self.found(draw([*random_bands(3), foreign], axis)) == pytest.approx([1960.0], abs=1.0)

    def test_without_a_candidate_there_is_nothing_to_say(self):
        query = query_of(draw(random_bands(3), RAMAN_GRID.axis))
        aligned, _ = rank_candidates(self.INDEX, query)
        assert unexplained_by_best(self.INDEX, query, aligned, ()) == ()
