"""The calibration as a document: what must be refused, and what it says for another prior or library."""

import json
import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.confidence.calibration import (
    PRIOR,
    SCHEMA,
    Calibration,
    Curve,
    ReliabilityBin,
    growth_of_maximum,
)
from spectra.errors import CalibrationError

INSIDE = st.floats(0.01, 0.99)


def fitted(**changes):
    options = {
        "single": Curve(-0.7, 1.1, 0.998),
        "mixture": Curve(6.0, 0.9, 0.99),
        "threshold": 0.75,
        "mixture_threshold": 0.92,
        "prior": PRIOR,
        "n_references": 80,
        "n_simulated": 640,
        "n_measured": 1339,
        "seed": 3,
        "pipeline": "ab" * 32,
        "method": "by hand",
        "reliability": (ReliabilityBin(0.1, 0.2, 30), ReliabilityBin(0.9, 0.8, 30)),
        "n_substances": 77,
        "n_replicates": 4,
        "set_gap": 1.55,
        "evidence": "cd" * 32,
    }
    return Calibration(**options | changes)


class TestAtPrior:
    @given(prior=INSIDE, z=st.floats(-10, 10))
    def test_what_is_a_match_stays_one(self, prior, z):
        before, after = fitted(), fitted().at_prior(prior)
        margin = before.single.probability(z) - before.threshold
        if abs(margin) > 1e-9:
            assert (after.single.probability(z) >= after.threshold) == (margin > 0)
        margin = before.mixture.probability(z) - before.mixture_threshold
        if abs(margin) > 1e-9:
            assert (after.mixture.probability(z) >= after.mixture_threshold) == (margin > 0)

    @given(prior=INSIDE, z=st.floats(-10, 10), floor=st.sampled_from([0.1, 0.5]))
    def test_a_bound_stays_at_the_same_evidence(self, prior, z, floor):
        before, after = fitted(), fitted().at_prior(prior)
        margin = before.single.probability(z) - before.bound(floor)
        if abs(margin) > 1e-9:
            assert (after.single.probability(z) >= after.bound(floor)) == (margin > 0)
        assert before.bound(floor) == pytest.approx(floor)

    def test_less_expected_is_less_probable(self):
        rare, even, frequent = (fitted().at_prior(prior) for prior in (0.01, 0.5, 0.9))
        for z in (-2.0, 0.0, 3.0, 50.0):
            rising = [each.single.probability(z) for each in (rare, even, frequent)]
            assert rising == sorted(rising)
            assert len(set(rising)) == 3

    @given(prior=INSIDE)
    def test_it_says_so_and_can_be_undone(self, prior):
        there = fitted().at_prior(prior)
        assert there.prior == prior
        back = there.at_prior(PRIOR)
        assert back.single.intercept == pytest.approx(fitted().single.intercept)
        assert back.threshold == pytest.approx(fitted().threshold)
        assert back.prior == PRIOR

    @pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, 1.5, math.nan])
    def test_no_prior_that_nothing_can_change(self, prior):
        with pytest.raises(CalibrationError, match="prior"):
            fitted().at_prior(prior)


class TestForSubstances:
    def test_more_substances_take_more_evidence(self):
        many = fitted().for_substances(770)
        delay = growth_of_maximum(770) - growth_of_maximum(77)
        assert delay > 2
        for z in (-2.0, 0.0, 3.0):
            assert many.single.probability(z + delay) == pytest.approx(fitted().single.probability(z))
            assert many.mixture.probability(z + delay) == pytest.approx(fitted().mixture.probability(z))
        assert (many.threshold, many.mixture_threshold) == (0.75, 0.92)

    def test_fewer_take_no_less(self):
        assert fitted().for_substances(3) == fitted()
        assert fitted(n_substances=500).for_substances(400) == fitted(n_substances=500)


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
            {"prior": 0.0},
            {"prior": 1.0},
            {"set_level": 1.0},
            {"set_gap": -1.0},
            {"set_gap": math.nan},
            {"set_gap": "1"},
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

    def test_too_few_cases_for_a_set_survive_json(self):
        calibration = fitted(set_gap=math.inf)
        document = json.loads(json.dumps(calibration.to_dict(), allow_nan=False))
        assert document["set_gap"] is None
        assert Calibration.from_dict(document) == calibration

    def test_one_of_an_older_release_says_what_to_run(self):
        with pytest.raises(CalibrationError, match="contraspec library calibrate"):
            Calibration.from_dict(fitted().to_dict() | {"schema": "contraspec.calibration/1"})
