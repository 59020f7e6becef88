"""Curves: an independent oracle for the fit, Bayes' rule in closed form for another prior."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit
from scipy.stats import norm

from spectra.confidence.curves import MIN_SLOPE, Curve, fit_curve, restate, spread
from spectra.errors import CalibrationError

INSIDE = st.floats(0.001, 0.999)


def oracle(right, wrong, n_cases=None):
    """Minimise the weighted log loss with Platt's targets, as the publication writes it."""
    n_right, n_wrong = n_cases or (sum(map(len, right)), sum(map(len, wrong)))
    terms = [(group, (n_right + 1) / (n_right + 2), 0.5 / len(right)) for group in right]
    terms += [(group, 1 / (n_wrong + 2), 0.5 / len(wrong)) for group in wrong]

    def loss(parameters):
        intercept, slope = parameters
        total = 0.0
        for group, target, weight in terms:
            exponent = intercept + slope * np.asarray(group)
            log_loss = -(target * log_expit(exponent) + (1 - target) * log_expit(-exponent))
            total += weight * float(np.mean(log_loss))
        return total

    def gradient(parameters):
        intercept, slope = parameters
        total = np.zeros(2)
        for group, target, weight in terms:
            values = np.asarray(group)
            residual = expit(intercept + slope * values) - target
            total += weight * np.array([np.mean(residual), np.mean(residual * values)])
        return total

    result = minimize(loss, (0.0, 0.5), jac=gradient, method="BFGS", options={"gtol": 1e-10})
    return result.x, float(np.abs(gradient(result.x)).max())


class TestFitCurve:
    @pytest.mark.parametrize("seed", range(8))
    @pytest.mark.parametrize("n_cases", [None, (154, 1322)])
    def test_an_independent_minimiser_finds_the_same(self, seed, n_cases):
        rng = np.random.default_rng(seed)
        right = (rng.normal(rng.uniform(0, 5), 2, 50), rng.normal(4, 3, 21))
        wrong = (rng.normal(-rng.uniform(0, 5), 2, 80), rng.normal(-5, 3, 210))
        curve = fit_curve(right, wrong, n_cases=n_cases)
        best, slack = oracle(right, wrong, n_cases)
        assert slack < 1e-7
        assert (curve.intercept, curve.slope) == pytest.approx(best, abs=1e-6)

    def test_wrong_ones_far_above_the_right_ones_do_not_throw_the_minimiser(self):
        right = (np.full(50, 2.0), np.linspace(-1.5, 10, 40))
        wrong = (np.full(400, 12.0), np.linspace(-15, 1, 90), np.linspace(-11, 2, 60))
        curve = fit_curve(right, wrong)
        best, slack = oracle(right, wrong)
        assert slack < 1e-7
        assert best[1] > MIN_SLOPE
        assert (curve.intercept, curve.slope) == pytest.approx(best, abs=1e-5)

    def test_sides_that_do_not_overlap_stay_finite(self):
        right, wrong = (np.linspace(5, 8, 30),), (np.linspace(-9, -6, 30),)
        curve = fit_curve(right, wrong)
        assert (curve.intercept, curve.slope) == pytest.approx(oracle(right, wrong)[0], abs=1e-6)
        assert curve.probability(8) > 0.95
        assert curve.probability(-9) < 0.05

    def test_more_cases_promise_more_where_nothing_overlaps(self):
        right, wrong = (np.full(20, 5.0),), (np.full(20, -5.0),)
        few, many = fit_curve(right, wrong), fit_curve(right, wrong, n_cases=(1020, 1020))
        assert few.probability(5) == pytest.approx(21 / 22)
        assert many.probability(5) == pytest.approx(1021 / 1022)

    @settings(max_examples=40, deadline=None)
    @given(
        right=st.lists(st.floats(-20, 20), min_size=1, max_size=30),
        wrong=st.lists(st.floats(-20, 20), min_size=1, max_size=30),
    )
    def test_whatever_the_cases_the_curve_rises(self, right, wrong):
        curve = fit_curve((np.array(right),), (np.array(wrong),))
        assert math.isfinite(curve.intercept)
        values = [curve.probability(z) for z in np.linspace(-25, 25, 60).tolist()]
        assert np.all(np.diff(values) >= 0)
        assert curve.slope > 0

    def test_both_sides_weigh_the_same_however_many_they_are(self):
        right, wrong = np.array([1.0, 2.0, 3.0]), np.array([-3.0, -2.0, 1.5])
        # Platt's targets know the numbers: give both fits the same ones
        once = fit_curve((right,), (wrong,), n_cases=(3, 30))
        often = fit_curve((right,), (np.repeat(wrong, 10),))
        assert (once.intercept, once.slope) == pytest.approx((often.intercept, often.slope), abs=1e-9)

    @pytest.mark.parametrize(
        ("right", "wrong"), [((), ([1.0],)), (([1.0],), ()), (([],), ([1.0],)), (([1.0],), ([],))]
    )
    def test_a_side_without_cases_is_refused(self, right, wrong):
        with pytest.raises(CalibrationError, match="no cases"):
            fit_curve([np.array(g) for g in right], [np.array(g) for g in wrong])

    @pytest.mark.parametrize("n", [1, 10, 500])
    def test_no_figure_promises_more_than_the_cases_support(self, n):
        """Never wrong in n cases is no more than (n + 1) / (n + 2)."""
        curve = fit_curve((np.full(n, 5.0),), (np.full(500, -5.0),))
        assert curve.probability(1e6) <= (n + 1) / (n + 2) + 1e-12

    def test_evidence_that_misleads_promises_nothing(self):
        """Right statements with less evidence than wrong ones: no figure may then look sure."""
        rng = np.random.default_rng(0)
        curve = fit_curve((rng.normal(9, 1, 200),), (rng.normal(12, 1, 200),))
        assert curve.probability(9) < 0.75
        assert curve.probability(12) < 0.75


class TestCurve:
    @given(x=st.floats(-40, 40), y=st.floats(-40, 40))
    def test_monotone(self, x, y):
        low, high = (Curve(0.2, 0.8).probability(z) for z in sorted((x, y)))
        assert low <= high

    @given(z=st.floats(-30, 30))
    def test_inside_0_and_1_for_any_evidence_there_is(self, z):
        assert 0 < Curve(0.2, 0.8).probability(z) < 1

    @pytest.mark.parametrize("z", [-1e308, -1e4, 1e4, 1e308])
    def test_no_overflow(self, z):
        assert 0 <= Curve(0.0, 1.0).probability(z) <= 1

    def test_the_closed_form(self):
        assert Curve(0.0, 1.0).probability(math.log(4)) == pytest.approx(0.8)
        assert Curve(-2.0, 1.0).probability(2.0) == pytest.approx(0.5)

    @given(z=st.floats(-8, 8), before=INSIDE, after=INSIDE)
    def test_another_prior_moves_the_log_odds_by_its_own(self, z, before, after):
        """Bayes: posterior log odds = log Bayes factor + prior log odds."""
        curve = Curve(0.3, 0.9)
        moved = curve.at_prior(before, after).probability(z)
        assert logit(moved) == pytest.approx(logit(curve.probability(z)) + logit(after) - logit(before))

    @given(before=INSIDE, after=INSIDE)
    def test_there_and_back_is_where_it_was(self, before, after):
        curve = Curve(0.3, 0.9, 0.98)
        again = curve.at_prior(before, after).at_prior(after, before)
        assert (again.intercept, again.slope) == pytest.approx((0.3, 0.9))
        assert again.ceiling == pytest.approx(0.98)

    def test_the_ceiling_is_restated_too(self):
        """Never wrong in 98 cases at even odds: 99 to 1; at one to nine before, 11 to 1."""
        curve = Curve(0.0, 1.0, 0.99)
        assert curve.at_prior(0.5, 0.1).probability(50.0) == pytest.approx(11 / 12)
        assert Curve(0.0, 1.0, 1.0).at_prior(0.5, 0.1).ceiling == 1.0

    def test_delayed_promises_the_same_for_more(self):
        curve = Curve(0.2, 0.8, 0.99)
        assert curve.delayed(1.5).probability(2.5) == pytest.approx(curve.probability(1.0))
        assert curve.delayed(1.5).ceiling == 0.99


class TestRestate:
    def test_a_value_by_hand(self):
        """0.8 at even odds is a Bayes factor of 4; before it 1 to 9 gives 4 to 9."""
        assert restate(0.8, 0.5, 0.1) == pytest.approx(4 / 13)

    @given(p=st.floats(0, 1), before=INSIDE, after=INSIDE)
    def test_stays_a_probability_and_keeps_the_ends(self, p, before, after):
        assert 0 <= restate(p, before, after) <= 1
        assert restate(0.0, before, after) == 0
        assert restate(1.0, before, after) == 1


class TestSpread:
    def test_mean_and_deviation(self):
        """Middles of equal parts of a normal: its mean, and nearly its deviation."""
        values = spread(np.zeros(1), 0.7, 2.0)
        assert values == pytest.approx(norm.ppf((np.arange(9) + 0.5) / 9, 0.7, 2.0))
        assert values.mean() == pytest.approx(0.7)
        assert 1.7 < values.std() < 2.0

    def test_every_case_is_moved(self):
        values = spread(np.array([1.0, 5.0]), 0.0, 1.0)
        assert np.sort(values[:9] - 1.0) == pytest.approx(np.sort(values[9:] - 5.0))
