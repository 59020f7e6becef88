"""Fitting a calibration: which cases count, what is shipped with them, and what a large library needs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from spectra.confidence import measured
from spectra.confidence.calibration import PRIOR, evidence_fingerprint, growth_of_maximum
from spectra.confidence.fitting import Cases, fit_calibration


def cases(seed=0, n=120, gap=3.0):
    rng = np.random.default_rng(seed)
    right, wrong = rng.normal(gap, 2, n), rng.normal(-gap, 2, 2 * n)
    return Cases(tuple(right.tolist()), tuple(wrong.tolist()), gaps=(0.0,) * n)


def fitted(seed=0, **changes):
    options = {"n_references": 80, "pipeline": "ab" * 32, "seed": seed} | changes
    return fit_calibration(cases(seed), cases(seed + 1, 40), **options)


def needed(calibration):
    """Log odds at which the threshold is reached."""
    return (logit(calibration.threshold) - calibration.single.intercept) / calibration.single.slope


class TestFitCalibration:
    def test_the_same_cases_give_the_same_calibration(self):
        assert fitted() == fitted()
        assert fitted().to_dict() == fitted().to_dict()
        assert fitted(seed=5) != fitted(seed=6)

    def test_it_says_what_it_rests_on(self):
        calibration = fitted()
        assert calibration.prior == PRIOR
        assert calibration.n_references == 80
        assert calibration.pipeline == "ab" * 32
        assert calibration.n_simulated == 360 + 120
        assert calibration.n_measured == (
            measured.RIGHT_CASES + measured.LEFT_OUT_CASES + measured.STRANGER_CASES
        )
        assert calibration.evidence == evidence_fingerprint()
        assert "77 substances" in calibration.method

    def test_reliability_bins_hold_every_simulated_case_once(self):
        single = cases(3)
        calibration = fit_calibration(single, cases(4), n_references=80, pipeline="", seed=3)
        n = len(single.right) + len(single.wrong)
        bins = calibration.reliability
        assert sum(entry.n for entry in bins) == n
        assert sum(entry.n * entry.came_true for entry in bins) == pytest.approx(len(single.right), abs=0.1)
        claimed = [entry.claimed for entry in bins]
        assert claimed == sorted(claimed)
        assert 0 <= min(claimed) <= max(claimed) <= 1

    def test_one_measured_stranger_in_a_hundred_stays_below_the_threshold(self):
        calibration = fitted(n_substances=measured.SUBSTANCES)
        for statistic in (measured.STRANGERS_99, measured.WRONG_99):
            assert calibration.threshold >= calibration.single.probability(statistic)
        assert calibration.mixture_threshold >= calibration.mixture.probability(measured.MIXTURE_998)
        assert 0.5 <= calibration.threshold < 1
        assert 0.5 <= calibration.mixture_threshold < 1

    def test_simulated_cases_alone_do_not_decide(self):
        """However far apart the simulator puts the sides, the measured half keeps its say."""
        sure = Cases((30.0,) * 200, (-30.0,) * 200)
        calibration = fit_calibration(sure, sure, n_references=80, pipeline="", seed=0)
        assert calibration.single.probability(0.0) < 0.9
        assert calibration.single.probability(measured.STRANGERS_99) < 0.99

    def test_without_a_mixture_ever_found_a_library_still_gets_one(self):
        """Two references, or a library of one family: no simulated mixture stands its test."""
        calibration = fit_calibration(cases(0), Cases((), (-5.0,)), n_references=2, pipeline="", seed=0)
        assert calibration.single.slope > 0

    def test_a_match_is_never_less_likely_than_not(self):
        """Wrong simulated statements far up: the point that strangers reach is then no match."""
        look_alikes = Cases((5.0,) * 50, (6.0,) * 400)
        calibration = fit_calibration(look_alikes, cases(4), n_references=80, pipeline="", seed=0)
        assert calibration.single.probability(measured.WRONG_99) < 0.5
        assert calibration.threshold == 0.5

    def test_a_larger_library_needs_more_evidence_and_a_smaller_one_no_less(self):
        small, same, large = (
            fitted(n_references=n, n_substances=n) for n in (5, measured.SUBSTANCES, 10 * measured.SUBSTANCES)
        )
        assert (small.single, small.threshold) == (same.single, same.threshold)
        growth = measured.GROWTH * math.log(10)
        assert needed(large) == pytest.approx(needed(same) + growth, abs=0.05)
        for z in (0.0, 2.0, 4.0):
            assert large.single.probability(z) < same.single.probability(z)

    def test_simulated_right_ones_are_moved_by_what_instruments_differ(self, monkeypatch):
        single = cases(0)
        monkeypatch.setattr(measured, "DISCREPANCY", (0.0, 0.0))
        without = fit_calibration(single, single, n_references=80, pipeline="", seed=0)
        monkeypatch.setattr(measured, "DISCREPANCY", (0.0, 3.0))
        spread_out = fit_calibration(single, single, n_references=80, pipeline="", seed=0)
        assert spread_out.single.slope < without.single.slope
        monkeypatch.setattr(measured, "DISCREPANCY", (-3.0, 0.0))
        lowered = fit_calibration(single, single, n_references=80, pipeline="", seed=0)
        assert lowered.single.probability(0.0) > without.single.probability(0.0)

    @pytest.mark.parametrize("n", [5, 40])
    def test_replicates_count_among_the_right_ones(self, n):
        plain = cases(0)
        own = replace(plain, replicates=(-2.0,) * n, n_replicates=n)
        options = {"n_references": 80, "pipeline": "", "seed": 0}
        before, after = (fit_calibration(each, cases(1), **options) for each in (plain, own))
        assert after.n_replicates == n
        assert after.n_simulated == before.n_simulated
        assert f"{n} of the library's own replicates" in after.method
        assert after.single.probability(-2.0) > before.single.probability(-2.0)

    def test_the_set_is_as_wide_as_the_worse_of_simulated_and_measured_cases(self):
        def gap(gaps):
            return fit_calibration(
                replace(cases(0), gaps=gaps), cases(1), n_references=80, pipeline="", seed=0
            ).set_gap

        known = sorted([*measured.GAPS, *[0.0] * measured.RIGHT_CASES])
        by_hand = known[math.ceil((len(known) + 1) * 0.95) - 1]
        assert gap((0.0,) * 200) == by_hand
        assert gap((0.0,) * 180 + (by_hand + 5.0,) * 20) == by_hand + 5.0
        assert gap((0.0,) * 5) == math.inf  # too few to promise anything


class TestMeasuredStatistics:
    @pytest.mark.parametrize("name", ["RIGHT", "LEFT_OUT", "STRANGERS", "MIXTURE_WRONG"])
    def test_quantiles_rise_at_the_same_levels(self, name):
        quantiles = getattr(measured, name)
        assert len(quantiles) == len(measured.LEVELS)
        assert list(quantiles) == sorted(quantiles)

    def test_thresholds_lie_among_them(self):
        at_95_percent = measured.STRANGERS[19]
        assert at_95_percent < measured.STRANGERS_99 < measured.STRANGERS[-1]
        assert measured.MIXTURE_WRONG[0] < measured.MIXTURE_998 < measured.MIXTURE_WRONG[-1]
        assert measured.MIXTURE_WRONG_CASES <= measured.MIXTURE_ASKED

    def test_wrong_ones_of_both_kinds_are_thresholded(self):
        """Half strangers and half left out: at most one in a hundred beyond ``WRONG_99``."""

        def beyond(table):
            return 1.0 - np.interp(measured.WRONG_99, table, measured.LEVELS)

        assert (beyond(measured.STRANGERS) + beyond(measured.LEFT_OUT)) / 2 < 0.02

    def test_gaps_are_those_of_statements_that_were_wrong(self):
        assert all(gap > 0 for gap in measured.GAPS)
        assert list(measured.GAPS) == sorted(measured.GAPS)


class TestGrowth:
    def test_the_maximum_of_independent_exponential_draws_grows_like_this(self):
        """Gumbel: every quantile of the maximum moves by scale · ln N."""
        rng = np.random.default_rng(0)
        n = measured.SUBSTANCES
        few, many = (
            np.quantile(rng.exponential(measured.GROWTH, (4000, size)).max(axis=1), 0.9)
            for size in (n, 10 * n)
        )
        assert growth_of_maximum(10 * n) == pytest.approx(many - few, abs=0.35)

    def test_upwards_only(self):
        assert growth_of_maximum(2) == growth_of_maximum(measured.SUBSTANCES) == 0.0
        assert growth_of_maximum(25_000) > growth_of_maximum(1_000) > 0.0
