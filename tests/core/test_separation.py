"""Whether noise tells two candidates apart: against a dense inverse and against draws of the model."""

import math

import numpy as np
import pytest
from scipy import stats

from spectra.grid import Grid
from spectra.matching.candidates import rank_candidates
from spectra.matching.index import Query, build_index
from spectra.matching.separation import WITHIN, compare, covariance, separation
from spectra.matrix import SpectralMatrix

GRID = Grid(200.0, 2.0, 500, "raman_shift_cm-1")
STEP = GRID.step


def bands(*positions, height=1.0, width=6.0, axis=GRID.axis):
    found = [height * np.exp(-0.5 * ((axis - position) / width) ** 2) for position in positions]
    return np.sum(found, axis=0)


BASE = bands(350, 520, 800, 1010)
MORE = BASE + bands(650, height=0.15)


def dense(query, towards, null, noise):
    a = towards * (query @ towards) / (towards @ towards)
    b = null * (query @ null) / (null @ null)
    spread, variance = covariance(query, b, noise=noise, step_cm1=STEP)
    inverse = np.linalg.inv(np.diag(variance) + spread @ spread.T)
    return a @ inverse @ query / np.sqrt(a @ inverse @ a)


class TestSeparation:
    @pytest.mark.parametrize("noise", [0.3, 0.03, 0.003])
    @pytest.mark.parametrize(("truth", "towards", "null"), [(MORE, MORE, BASE), (BASE, BASE, MORE)])
    def test_is_the_dense_formula(self, truth, towards, null, noise):
        query = truth + np.random.default_rng(1).normal(0, noise, truth.size)
        found = separation(query, towards, null, noise=noise, step_cm1=STEP)
        assert found == pytest.approx(dense(query, towards, null, noise), rel=1e-6, abs=1e-6)

    def test_is_standard_normal_where_the_null_is_the_truth(self):
        rng = np.random.default_rng(5)
        spread, variance = covariance(BASE, BASE, noise=0.02, step_cm1=STEP)
        spread[:, 0] = 0.0  # the free height is not drawn
        found = []
        for _ in range(400):
            query = BASE + spread @ rng.normal(size=spread.shape[1]) + rng.normal(0, np.sqrt(variance))
            found.append(separation(query, MORE, BASE, noise=0.02, step_cm1=STEP))
        # the height is estimated and the query's own intensity enters the variance: near, not exact
        assert stats.kstest(found, stats.norm.cdf).statistic < 0.1
        assert np.mean(np.abs(found) > 3) < 0.02

    @pytest.mark.parametrize(("truth", "other"), [(MORE, BASE), (BASE, MORE)])
    def test_grows_as_the_noise_falls(self, truth, other):
        found = [
            separation(truth, truth, other, noise=noise, step_cm1=STEP) for noise in (1.0, 0.1, 0.03, 0.01)
        ]
        assert found == sorted(found)
        assert found[0] < 3 < found[-1]

    @pytest.mark.parametrize(
        "seen",
        [
            BASE * 3.0,
            BASE * np.exp(0.2 * np.sin(GRID.axis / 200.0)),  # another relative response
            bands(350.7, 520.7, 800.7, 1010.7),  # an axis off by less than 1 cm⁻¹
            bands(350, 520, 800, 1010, width=6.3),  # another resolution
            BASE + 0.02 * np.cos(GRID.axis / 300.0),  # residue of a baseline
        ],
    )
    def test_what_instruments_change_is_no_departure(self, seen):
        assert separation(seen, MORE, BASE, noise=0.01, step_cm1=STEP) < 3

    def test_a_spectrum_is_not_separated_from_itself(self):
        assert abs(separation(BASE, BASE, BASE, noise=0.01, step_cm1=STEP)) < 1.0

    @pytest.mark.parametrize("factor", [1e-3, 1.0, 1e4])
    def test_is_free_of_the_scale(self, factor):
        plain = separation(MORE, MORE, BASE, noise=0.02, step_cm1=STEP)
        scaled = separation(factor * MORE, MORE, BASE, noise=factor * 0.02, step_cm1=STEP)
        assert scaled == pytest.approx(plain, rel=1e-6)

    @pytest.mark.parametrize("towards", [np.zeros(GRID.n_points), bands(5000)])
    def test_nothing_points_nowhere(self, towards):
        assert separation(BASE, towards, BASE, noise=0.01, step_cm1=STEP) == 0.0


def asked(noise, *, offset_cm1=0.0, last=GRID.n_points, spectra=(MORE, BASE)):
    """Query of the first row, seen with an offset, against a library of all."""
    rows = np.array(spectra, dtype=np.float32)
    matrix = SpectralMatrix(GRID, rows, np.ones(rows.shape, bool), tuple("abcdef")[: len(rows)])
    seen = np.interp(GRID.axis + offset_cm1, GRID.axis, spectra[0])
    seen = np.maximum(seen + np.random.default_rng(2).normal(0, noise, seen.size), 0.0)
    seen[last:] = 0.0
    query = Query(GRID, seen / seen.max(), 0, last, noise / seen.max())
    index = build_index(matrix)
    aligned, ranked = rank_candidates(index, query)
    # towards the truth, also where noise puts the other first
    ranked = sorted(ranked, key=lambda entry: entry.candidate.row)
    return ranked, compare(index, query, aligned, ranked)


class TestCompare:
    def test_the_best_is_not_separated_from_itself(self):
        _, compared = asked(0.01)
        assert compared[0].separation == 0.0

    @pytest.mark.parametrize("offset_cm1", [0.0, 5.0, -5.0])
    def test_a_small_band_separates_once_it_is_above_the_noise(self, offset_cm1):
        _, quiet = asked(0.005, offset_cm1=offset_cm1)
        assert quiet[1].separation > 3
        _, noisy = asked(0.15, offset_cm1=offset_cm1)
        assert noisy[1].separation < 3

    def test_a_band_outside_the_common_range_separates_nothing(self):
        tail = BASE + bands(1150, height=0.5)
        _, compared = asked(0.005, spectra=(tail, BASE), last=440)
        assert compared[1].separation < 3
        _, compared = asked(0.005, spectra=(tail, BASE))
        assert compared[1].separation > 3

    def test_what_the_evidence_tells_apart_is_not_looked_at(self):
        ranked, compared = asked(0.005, spectra=(BASE, bands(300, 600, 900)))
        assert ranked[0].log_odds - ranked[1].log_odds > WITHIN
        assert math.isinf(compared[1].separation)

    @pytest.mark.parametrize("offset_cm1", [0.0, 5.0])
    def test_bands_that_agree_stand_on_the_references_axis(self, offset_cm1):
        _, compared = asked(0.002, offset_cm1=offset_cm1)
        assert compared[0].agreed_cm1 == pytest.approx((350, 520, 650, 800, 1010), abs=1.0)
        assert compared[1].agreed_cm1 == pytest.approx((350, 520, 800, 1010), abs=1.0)

    def test_a_band_that_the_query_lacks_does_not_agree(self):
        other = bands(350, 520, 800) + bands(950)
        _, compared = asked(0.002, spectra=(BASE, other))
        assert compared[1].agreed_cm1 == pytest.approx((350, 520, 800), abs=1.0)
