"""What may be controlled is never hidden by an answer."""

from dataclasses import replace

import pytest

from spectra.confidence.decision import decide
from spectra.label import ALERT_ROLES, ROLES
from tests.core.decision_cases import (
    CALIBRATION,
    CASES,
    HOPELESS,
    QUALITY,
    SURE,
    A,
    B,
    C,
    label,
    mixture,
    ranking,
)


class TestAlert:
    @pytest.mark.parametrize("role", ROLES)
    @pytest.mark.parametrize("case", [case for case in CASES if case.names], ids=lambda case: case.name)
    def test_a_controlled_substance_or_precursor_at_any_verdict_that_names_one(self, case, role):
        labels = [
            replace(entry, role=role) if entry.substance == case.names[-1] else entry
            for entry in case.given.labels
        ]
        answer = decide(replace(case.given, labels=labels), QUALITY)
        assert answer.alert == (role in ALERT_ROLES)
        drawn = answer.verdict == "inconclusive" and "grade_d" in answer.reasons
        expected = "call_reach_back" if drawn else "send_to_lab"
        assert answer.next_action == expected or not answer.alert
        assert answer.verdict == case.verdict

    def test_a_hit_that_is_not_named_raises_none(self):
        answer = decide(ranking((A, SURE), (replace(B, role="controlled"), HOPELESS)), QUALITY)
        assert answer.hits[1].name == "beta"
        assert not answer.alert

    @pytest.mark.parametrize("role", sorted(ALERT_ROLES))
    @pytest.mark.parametrize(
        ("odds", "verdict"), [(2.5, "inconclusive"), (0.1, "inconclusive"), (-0.1, "match")]
    )
    def test_a_doubtful_controlled_component_forbids_a_match_to_its_carrier(self, role, odds, verdict):
        """More likely there than not: a match to the cutting agent alone would look like a clear."""
        found = mixture((0, 0.7, 5.0), (1, 0.3, odds))
        answer = decide(ranking((A, SURE), (replace(B, role=role), HOPELESS), mixture=found), QUALITY)
        assert answer.verdict == verdict
        assert answer.alert == (verdict == "inconclusive")
        if answer.alert:
            assert [entry.label.substance for entry in answer.substances] == ["alpha", "beta"]
            assert answer.reasons[0] == "low_probability"
            assert all(entry.share is None for entry in answer.substances)

    @pytest.mark.parametrize("role", sorted(ALERT_ROLES))
    @pytest.mark.parametrize(
        ("best", "other", "verdict"),
        [
            (SURE, 2.1, "group"),  # 3.9 below, P 0.89
            (SURE, 1.9, "match"),  # 4.1 below
            (3.0, 0.1, "group"),  # P 0.52
            (3.0, -0.1, "match"),  # P 0.48
            (2.3, 0.4, "group"),  # below the threshold, but as like as any
        ],
    )
    def test_a_likely_controlled_candidate_is_not_hidden_by_a_better_benign_one(
        self, best, other, verdict, role
    ):
        answer = decide(ranking((A, best), (replace(B, role=role), other)), QUALITY)
        assert answer.verdict == verdict
        assert answer.alert == (verdict == "group")

    def test_nor_is_one_in_the_prediction_set(self):
        wide = replace(CALIBRATION, set_gap=5.0)
        entries = (A, 4.0), (replace(B, role="controlled"), -0.5)
        assert decide(ranking(*entries, calibration=wide), QUALITY).alert
        assert not decide(ranking(*entries), QUALITY).alert

    def test_nor_by_benign_ones_together(self):
        found = mixture((1, 0.7, 5.0), (2, 0.3, 4.0))
        entries = (replace(A, role="controlled"), 0.5), (B, 0.4), (C, 0.3)
        answer = decide(ranking(*entries, mixture=found), QUALITY)
        assert (answer.verdict, answer.alert) == ("inconclusive", True)
        assert [entry.label.substance for entry in answer.substances] == ["beta", "gamma", "alpha"]
        assert answer.reasons[0] == "ambiguous_candidates"
        assert answer.probability is None
        benign = decide(ranking((A, 0.5), *entries[1:], mixture=found), QUALITY)
        assert benign.verdict == "mixture"

    def test_nor_by_three_benign_ones(self):
        found = mixture((1, 0.5, 5.0), (2, 0.3, 4.0), (3, 0.2, 4.0))
        entries = (replace(A, role="controlled"), 0.5), (B, 0.4), (C, 0.3), (label("delta"), 0.2)
        answer = decide(ranking(*entries, mixture=found), QUALITY)
        assert [entry.label.substance for entry in answer.substances] == ["beta", "gamma", "alpha"]
        assert answer.alert

    @pytest.mark.parametrize(("below", "alert"), [(3.9, True), (4.1, False)])
    def test_a_role_given_with_one_form_only_holds_for_those_that_fit_as_well(self, below, alert):
        base = label("drug base", identity="drug", form="base")
        salt = label("drug salt", identity="drug", form="salt", role="controlled")
        answer = decide(ranking((base, SURE), (salt, SURE - below)), QUALITY)
        assert (answer.verdict, answer.alert) == ("match", alert)

    @pytest.mark.parametrize("grade", ["B", "D"])
    def test_a_class_does_not_hide_a_member_that_the_band_fits(self, grade):
        entries = (A, SURE, {"structure": 1.4}), (replace(B, role="precursor", grade=grade), HOPELESS)
        answer = decide(ranking(*entries), QUALITY)
        assert (answer.verdict, answer.alert) == ("group" if grade == "B" else "inconclusive", True)

    def test_so_does_a_drawn_controlled_component(self):
        found = mixture((0, 0.7, 5.0), (1, 0.3, 5.0))
        drawn = replace(B, role="controlled", grade="D")
        answer = decide(ranking((A, SURE), (drawn, HOPELESS), mixture=found), QUALITY)
        assert (answer.verdict, answer.alert, answer.reasons[0]) == ("inconclusive", True, "grade_d")
        assert answer.probability is None
