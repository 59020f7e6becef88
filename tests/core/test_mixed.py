"""What components say to the decision: which are named, which alarm, what a container hides."""

from dataclasses import replace

import pytest

from spectra.confidence.decision import decide
from spectra.confidence.mixed import feared_instead, judge
from spectra.label import ALERT_ROLES
from tests.core.decision_cases import (
    CALIBRATION,
    HOPELESS,
    LIKELY,
    PHENYL,
    QUALITY,
    SURE,
    UNLIKELY,
    A,
    B,
    C,
    evidence_of,
    label,
    mixture,
    ranking,
)


def test_the_evidence_of_these_tests_has_the_log_odds_asked_for():
    for odds in (-6.0, 0.0, 5.0):
        assert evidence_of(odds, structure=2.0).log_odds == pytest.approx(odds)


@pytest.mark.parametrize(
    ("odds", "stands", "alarms"), [(2.95, 1, 1), (2.94, 0, 1), (0.01, 0, 1), (-0.01, 0, 0)]
)
def test_thresholds_are_those_of_the_calibration_at_any_prior(odds, stands, alarms):
    found = mixture((0, 1.0, odds))
    for prior in (0.5, 0.05, 0.9):
        made = ranking(
            (replace(A, role="controlled"), SURE), mixture=found, calibration=CALIBRATION.at_prior(prior)
        )
        judged = judge(made)
        assert (len(judged.standing), len(judged.alarming)) == (stands, alarms)


def test_nothing_is_judged_or_feared_without_a_mixture():
    made = ranking((A, SURE))
    assert judge(made).standing == ()
    assert feared_instead(made, ()) == []
    assert feared_instead(ranking(), ()) == []


class TestComponents:
    """What a component that alarms does to the answer, and what hides none."""

    @pytest.mark.parametrize("role", sorted(ALERT_ROLES))
    @pytest.mark.parametrize(("odds", "alert"), [(0.1, True), (-0.1, False)])
    def test_one_that_is_likely_forbids_a_mixture_of_the_others(self, role, odds, alert):
        found = mixture((0, 0.5, 5.0), (1, 0.3, 4.0), (2, 0.2, odds))
        entries = (A, UNLIKELY), (B, UNLIKELY), (replace(C, role=role), HOPELESS)
        answer = decide(ranking(*entries, mixture=found), QUALITY)
        assert (answer.verdict, answer.alert) == ("inconclusive" if alert else "mixture", alert)
        if alert:
            assert answer.reasons == ("low_probability", "mixture_components")
            assert [entry.label.substance for entry in answer.substances] == ["alpha", "beta", "gamma"]
            assert answer.probability == pytest.approx(CALIBRATION.mixture.probability(odds))

    def test_a_drawn_one_that_stands_forbids_it_too(self):
        found = mixture((0, 0.5, 5.0), (1, 0.3, 4.0), (2, 0.2, 5.0))
        entries = (A, UNLIKELY), (B, UNLIKELY), (replace(C, role="controlled", grade="D"), HOPELESS)
        answer = decide(ranking(*entries, mixture=found), QUALITY)
        assert (answer.verdict, answer.alert, answer.reasons[0]) == ("inconclusive", True, "grade_d")
        assert answer.probability is None
        assert answer.substances[-1].probability is None

    def test_one_with_no_case_is_ignored(self):
        found = mixture((0, 0.7, 5.0), (1, 0.3, replace(evidence_of(9.0), own=0.0)))
        answer = decide(ranking((A, SURE), (replace(B, role="controlled"), HOPELESS), mixture=found), QUALITY)
        assert (answer.verdict, answer.alert) == ("match", False)

    @pytest.mark.parametrize(
        ("best", "verdict"), [(SURE, "match"), (LIKELY, "inconclusive"), (HOPELESS, "inconclusive")]
    )
    def test_one_that_stands_alone_is_named_whatever_one_substance_says(self, best, verdict):
        """Through glass a substance may stand as a component where alone it is no candidate."""
        glass = label("glass", role="packaging", grade="D")
        drug = label("drug", role="controlled")
        found = mixture((1, 0.6, 5.0), (0, 0.4, 5.0))
        answer = decide(ranking((drug, best), (glass, -9.0), mixture=found), QUALITY)
        assert (answer.verdict, answer.alert, answer.next_action) == (verdict, True, "send_to_lab")
        assert [entry.label.substance for entry in answer.substances] == ["drug"]

    def test_a_sum_of_one_alarms_too(self):
        found = mixture((2, 1.0, 5.0))
        entries = (A, SURE), (B, HOPELESS), (replace(C, role="controlled"), -9.0)
        answer = decide(ranking(*entries, mixture=found), QUALITY)
        assert (answer.verdict, answer.alert) == ("inconclusive", True)

    def test_a_controlled_substance_that_matches_is_not_undone_by_a_doubtful_component(self):
        found = mixture((0, 0.7, 5.0), (1, 0.3, 1.0))
        entries = (replace(A, role="controlled"), SURE), (B, HOPELESS)
        answer = decide(ranking(*entries, mixture=found), QUALITY)
        assert (answer.verdict, answer.alert) == ("match", True)
        feared = (replace(B, role="precursor"), HOPELESS)
        assert decide(ranking(entries[0], feared, mixture=found), QUALITY).verdict == "inconclusive"

    @pytest.mark.parametrize(("odds", "verdict"), [(0.0, "inconclusive"), (-0.7, "match")])
    def test_without_a_calibration_the_evidence_stands_in(self, odds, verdict):
        found = mixture((0, 0.7, 5.0), (1, 0.3, odds))
        entries = (A, SURE), (replace(B, role="controlled"), HOPELESS)
        answer = decide(ranking(*entries, mixture=found, calibration=None), QUALITY)
        assert (answer.verdict, answer.alert) == (verdict, verdict == "inconclusive")
        assert answer.probability is None

    def test_shares_intervals_and_order_are_those_of_the_fit(self):
        found = mixture((0, 0.3, 4.0), (1, 0.7, -0.5), (2, 0.6, 5.0))
        calibration = replace(CALIBRATION, set_gap=1.0)
        entries = (A, UNLIKELY), (B, HOPELESS), (C, HOPELESS)
        answer = decide(ranking(*entries, mixture=found, calibration=calibration), QUALITY)
        assert [entry.label.substance for entry in answer.substances] == ["gamma", "alpha"]
        assert [entry.share for entry in answer.substances] == [0.6, 0.3]
        assert [entry.share_interval for entry in answer.substances] == [
            pytest.approx((0.55, 0.65)),
            pytest.approx((0.25, 0.35)),
        ]
        assert answer.prior == CALIBRATION.prior

    def test_those_that_only_the_calibration_lets_stand_keep_their_place(self):
        found = mixture((0, 0.4, 5.0), (1, 0.6, -0.7))
        calibration = replace(CALIBRATION, mixture_threshold=0.3)
        assert [each.row for each in found.doubtful] == [1]
        answer = decide(ranking((A, LIKELY), (B, LIKELY), mixture=found, calibration=calibration), QUALITY)
        assert [entry.label.substance for entry in answer.substances] == ["beta", "alpha"]

    def test_one_substance_that_matches_does_not_undo_two_that_stand(self):
        """Nor do they undo it: that it is controlled is said either way, and nothing is stated."""
        found = mixture((1, 0.5, 5.0), (2, 0.4, 5.0), (0, 0.1, 1.0))
        entries = (replace(A, role="controlled"), SURE), (B, UNLIKELY), (C, HOPELESS)
        answer = decide(ranking(*entries, mixture=found), QUALITY)
        assert (answer.verdict, answer.alert, answer.reasons[0]) == ("inconclusive", True, "low_probability")

    def test_what_the_sum_lacks_is_said(self):
        found = mixture((0, 0.6, 5.0), (1, 0.4, 5.0), unexplained=(811.0, 1234.0))
        answer = decide(ranking((A, UNLIKELY), (B, UNLIKELY), mixture=found), QUALITY)
        assert answer.unexplained_cm1 == (811.0, 1234.0)
        assert answer.reasons == ("mixture_components", "unexplained_bands")

    @pytest.mark.parametrize("shift", [3.1, -3.1])
    def test_an_axis_that_is_off_leaves_no_form(self, shift):
        found = mixture((0, 0.6, 5.0), (1, 0.4, 5.0), shift=shift)
        answer = decide(ranking((A, UNLIKELY), (B, UNLIKELY), mixture=found), QUALITY)
        assert answer.reasons == ("mixture_components", "axis_offset")
        assert answer.next_action == "check_instrument"
        assert all(entry.label.form == "" for entry in answer.substances)

    @pytest.mark.parametrize("ranked", [True, False])
    def test_a_role_given_with_another_form_holds_where_nothing_told_them_apart(self, ranked):
        """Ranked far below, the other form was told apart; not ranked at all, it was never compared."""
        base, salt = label("base", identity="drug"), label("salt", identity="drug", role="controlled")
        entries = [(A, UNLIKELY), (base, -2.0), (salt, -8.0)]
        found = mixture((0, 0.6, 5.0), (1, 0.4, 5.0))
        made = ranking(*entries, mixture=found)
        answer = decide(made if ranked else replace(made, ranked=made.ranked[:2]), QUALITY)
        assert (answer.verdict, answer.alert) == ("mixture", not ranked)
        assert answer.substances[1].label.role == ("unknown" if ranked else "controlled")


class TestTwins:
    """A controlled substance that cannot be told from a benign component forbids naming that one."""

    @pytest.mark.parametrize(
        ("odds", "theirs", "alert"),
        [
            (-2.0, (*PHENYL, 800.0), True),
            (-2.0, tuple(x + 5 for x in PHENYL), True),
            (-2.0, PHENYL[1:], False),  # lacks a band of the component
            (-2.3, PHENYL, False),  # not worth naming
        ],
    )
    def test_by_evidence_and_bands(self, odds, theirs, alert):
        found = mixture((0, 0.6, 5.0), (1, 0.4, 5.0))
        entries = (A, 3.0), (B, -1.0), (replace(C, role="controlled"), odds)
        compared = [(0.0, (841.0,)), (9.0, PHENYL), (9.0, theirs)]
        answer = decide(ranking(*entries, mixture=found, compared=compared), QUALITY)
        assert (answer.verdict, answer.alert) == ("inconclusive" if alert else "mixture", alert)
        if alert:
            assert answer.reasons[0] == "ambiguous_candidates"
            assert [entry.label.substance for entry in answer.substances] == ["alpha", "beta", "gamma"]

    def test_only_of_a_component_that_stands(self):
        found = mixture((0, 0.5, 5.0), (3, 0.3, 5.0), (1, 0.2, -0.5))
        entries = (A, 3.0), (B, -1.0), (replace(C, role="controlled"), -2.0), (label("delta"), HOPELESS)
        compared = [(0.0, (841.0,)), (9.0, PHENYL), (9.0, PHENYL), (9.0, (1700.0,))]
        assert decide(ranking(*entries, mixture=found, compared=compared), QUALITY).verdict == "mixture"

    @pytest.mark.parametrize(("z", "verdict"), [(2.9, "inconclusive"), (3.1, "mixture")])
    def test_of_the_best_by_the_noise(self, z, verdict):
        found = mixture((0, 0.6, 5.0), (2, 0.4, 5.0))
        entries = (A, 3.0), (replace(C, role="controlled"), -1.5), (B, -3.0)
        compared = [(0.0, PHENYL), (z, PHENYL), (9.0, ())]
        assert decide(ranking(*entries, mixture=found, compared=compared), QUALITY).verdict == verdict

    def test_benign_twins_change_nothing(self):
        found = mixture((0, 0.6, 5.0), (1, 0.4, 5.0))
        entries = (A, 3.0), (B, -1.0), (C, -1.0)
        compared = [(0.0, (841.0,)), (9.0, PHENYL), (9.0, PHENYL)]
        assert decide(ranking(*entries, mixture=found, compared=compared), QUALITY).verdict == "mixture"


class TestContainers:
    @pytest.mark.parametrize("grade", ["C", "D"])
    def test_glass_is_neither_named_nor_in_the_way(self, grade):
        """Drawn glass is dropped; a plastic drawn from a measured spectrum's bands is named."""
        wall = label("wall", role="packaging", grade=grade)
        found = mixture((2, 0.5, 5.0), (0, 0.3, 5.0), (1, 0.2, 5.0))
        answer = decide(ranking((A, UNLIKELY), (B, UNLIKELY), (wall, HOPELESS), mixture=found), QUALITY)
        assert answer.verdict == "mixture"
        names = ["wall", "alpha", "beta"] if grade == "C" else ["alpha", "beta"]
        assert [entry.label.substance for entry in answer.substances] == names
        assert answer.reasons == ("mixture_components",)

    def test_a_plastic_behind_glass_is_only_a_container(self):
        bag, glass = label("bag", role="packaging"), label("glass", role="packaging", grade="D")
        found = mixture((1, 0.6, 5.0), (0, 0.4, 5.0))
        answer = decide(ranking((bag, SURE), (glass, HOPELESS), mixture=found), QUALITY)
        assert (answer.verdict, answer.reasons, answer.next_action) == (
            "match",
            ("container_only",),
            "move_spot",
        )

    def test_two_plastics_with_something_controlled_are_no_container_only(self):
        bag, box = label("bag", role="packaging"), label("box", role="packaging")
        drug = label("drug", role="controlled")
        for odds, verdict in ((5.0, "mixture"), (1.0, "inconclusive")):
            found = mixture((0, 0.5, 5.0), (1, 0.4, 5.0), (2, 0.1, odds))
            entries = (bag, LIKELY), (box, HOPELESS), (drug, HOPELESS)
            answer = decide(ranking(*entries, mixture=found), QUALITY)
            assert (answer.verdict, answer.alert, answer.next_action) == (verdict, True, "send_to_lab")
            assert "container_only" not in answer.reasons
