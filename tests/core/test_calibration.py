"""The calibration: an independent oracle for the fit, and documents that must be refused."""

import json
import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from spectra.confidence import measured
from spectra.confidence.calibration import (
    PRIOR,
    SCHEMA,
    Calibration,
    Cases,
    Curve,
    fit_calibration,
    fit_curve,
)
from spectra.errors import CalibrationError


def cases(seed=0, n=120, gap=3.0):
    rng = np.random.default_rng(seed)
    return Cases(tuple(rng.normal(gap, 2, n).tolist()), tuple(rng.normal(-gap, 2, 2 * n).tolist()))


def fitted(seed=0, **changes):
    options = {"n_references": 80, "pipeline": "ab" * 32, "seed": seed} | changes
    return fit_calibration(cases(seed), cases(seed + 1, 40), **options)


def oracle(right, wrong, n_measured=(0, 0)):
    """Minimise the weighted log loss with Platt's targets, as the publication writes it."""
    n_right, n_wrong = len(right[0]) + n_measured[0], len(wrong[0]) + n_measured[1]
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
    @pytest.mark.parametrize("n_measured", [(0, 0), (104, 1242)])
    def test_an_independent_minimiser_finds_the_same(self, seed, n_measured):
        rng = np.random.default_rng(seed)
        right = (rng.normal(rng.uniform(0, 5), 2, 50), rng.normal(4, 3, 21))
        wrong = (rng.normal(-rng.uniform(0, 5), 2, 80), rng.normal(-5, 3, 210))
        curve = fit_curve(right, wrong, n_measured=n_measured)
        best, slack = oracle(right, wrong, n_measured)
        assert slack < 1e-7
        assert (curve.intercept, curve.slope) == pytest.approx(best, abs=1e-6)

    def test_sides_that_do_not_overlap_stay_finite(self):
        right, wrong = (np.linspace(5, 8, 30),), (np.linspace(-9, -6, 30),)
        curve = fit_curve(right, wrong)
        assert (curve.intercept, curve.slope) == pytest.approx(oracle(right, wrong)[0], abs=1e-6)
        assert curve.probability(8) > 0.95
        assert curve.probability(-9) < 0.05

    def test_more_cases_promise_more_where_nothing_overlaps(self):
        right, wrong = (np.full(20, 5.0),), (np.full(20, -5.0),)
        few, many = fit_curve(right, wrong), fit_curve(right, wrong, n_measured=(1000, 1000))
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
        once = fit_curve((right,), (wrong,), n_measured=(0, 27))
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
        calibration = fitted()
        assert calibration.threshold >= calibration.single.probability(measured.STRANGERS_99)
        assert calibration.mixture_threshold >= calibration.mixture.probability(measured.MIXTURE_WORST)
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


class TestMeasuredStatistics:
    @pytest.mark.parametrize("name", ["RIGHT", "LEFT_OUT", "STRANGERS", "MIXTURE_WRONG"])
    def test_quantiles_rise_at_the_same_levels(self, name):
        quantiles = getattr(measured, name)
        assert len(quantiles) == len(measured.LEVELS)
        assert list(quantiles) == sorted(quantiles)

    def test_thresholds_lie_among_them(self):
        at_95_percent = measured.STRANGERS[19]
        assert at_95_percent < measured.STRANGERS_99 < measured.STRANGERS[-1]
        assert measured.MIXTURE_WRONG[-1] <= measured.MIXTURE_WORST


class TestDocument:
    def test_round_trip_through_json(self):
        calibration = fitted()
        assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration

    def test_the_document_is_plain_json(self):
        text = json.dumps(fitted().to_dict(), allow_nan=False)
        assert json.loads(text)["schema"] == SCHEMA

    @pytest.mark.parametrize("schema", [None, "", "contraspec.calibration/0", "contraspec.library/1", 1])
    def test_another_schema_is_refused(self, schema):
        with pytest.raises(CalibrationError, match="schema"):
            Calibration.from_dict(fitted().to_dict() | {"schema": schema})

    def test_no_schema_is_refused(self):
        with pytest.raises(CalibrationError, match="schema"):
            Calibration.from_dict({})

    @pytest.mark.parametrize("name", [field.name for field in fields(Calibration)])
    def test_a_missing_field_is_refused(self, name):
        document = fitted().to_dict()
        del document[name]
        with pytest.raises(CalibrationError, match="calibrate the library again"):
            Calibration.from_dict(document)

    @pytest.mark.parametrize(
        "change",
        [
            {"single": {"intercept": 0.0, "slope": -0.5}},
            {"single": {"intercept": 0.0, "slope": 0.0}},
            {"mixture": {"intercept": 0.0, "slope": -0.5}},
            {"single": {"intercept": 0.0, "slope": math.nan}},
            {"single": {"intercept": 0.0}},
            {"single": {"intercept": 0.0, "slope": math.inf}},
            {"single": {"intercept": 0.0, "slope": 0.5, "ceiling": 0.0}},
            {"mixture": {"intercept": 0.0, "slope": 0.5, "ceiling": 1.5}},
            {"mixture": {"intercept": 0.0, "slope": 0.5, "ceiling": math.nan}},
            {"single": {"intercept": 0.0, "slope": 0.5, "offset": 1.0}},
            {"single": None},
            {"single": [0.0, 0.5]},
            {"threshold": 0.0},
            {"threshold": 1.0},
            {"threshold": -3.0},
            {"threshold": math.nan},
            {"threshold": "0.9"},
            {"mixture_threshold": 0.0},
            {"mixture_threshold": 1.5},
            {"mixture_threshold": None},
            {"reliability": None},
            {"reliability": [{"claimed": 0.5}]},
            {"reliability": [1, 2]},
        ],
        ids=str,
    )
    def test_impossible_values_are_refused(self, change):
        with pytest.raises(CalibrationError, match="calibrate the library again"):
            Calibration.from_dict(fitted().to_dict() | change)

    @pytest.mark.parametrize("intercept", [math.nan, math.inf, "0"])
    def test_so_is_an_impossible_intercept(self, intercept):
        with pytest.raises(CalibrationError, match="calibrate the library again"):
            Calibration.from_dict(fitted().to_dict() | {"single": {"intercept": intercept, "slope": 0.5}})

    def test_what_was_changed_is_what_was_read(self):
        changed = replace(fitted(), threshold=0.77, single=Curve(0.1, 0.2))
        assert Calibration.from_dict(changed.to_dict()).threshold == 0.77
        assert Calibration.from_dict(changed.to_dict()).single == Curve(0.1, 0.2)
