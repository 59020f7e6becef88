"""Answers that name a set, or a class of substances."""

from dataclasses import replace

import pytest

from spectra.confidence.decision import decide
from tests.core.decision_cases import (
    BY_NAME,
    CALIBRATION,
    HOPELESS,
    LIKELY,
    PHENYL,
    QUALITY,
    SURE,
    A,
    B,
    C,
    label,
    ranking,
)


class TestGroup:
    def test_shows_five_at_most_one_per_identity(self):
        members = [(label(f"m{place}", identity=f"i{place // 2}"), SURE - place / 10) for place in range(12)]
        answer = decide(ranking(*members), QUALITY)
        assert answer.verdict == "group"
        assert [entry.label.substance for entry in answer.substances] == ["m0", "m2", "m4", "m6", "m8"]

    def test_a_controlled_member_beyond_the_fifth_still_alarms(self):
        members = [(label(f"m{place}"), SURE - place / 10) for place in range(6)]
        members.append((label("drug", role="controlled"), SURE - 1.0))
        assert decide(ranking(*members), QUALITY).alert

    def test_nor_do_many_of_them_push_out_the_best(self):
        members = [(label("m0"), SURE)]
        members += [(label(f"drug {n}", role="controlled"), SURE - (n + 1) / 10) for n in range(7)]
        shown = [entry.label.substance for entry in decide(ranking(*members), QUALITY).substances]
        assert shown == ["m0", "drug 0", "drug 1", "drug 2", "drug 3"]

    def test_a_controlled_candidate_beyond_the_third_is_named(self):
        entries = [(label(f"s{place}"), LIKELY - place / 10) for place in range(4)]
        entries.append((label("drug", role="precursor"), LIKELY - 1))
        answer = decide(ranking(*entries), QUALITY)
        assert [entry.label.substance for entry in answer.substances] == ["s0", "s1", "drug"]
        assert (answer.verdict, answer.alert) == ("inconclusive", True)

    def test_members_are_no_components(self):
        answer = decide(BY_NAME["two as good"].given, QUALITY)
        assert all(entry.share is None for entry in answer.substances)

    @pytest.mark.parametrize(
        ("verdict", "odds"), [("match", SURE), ("inconclusive", LIKELY), ("no_match", HOPELESS)]
    )
    def test_a_prediction_set_and_the_prior_come_from_the_calibration(self, verdict, odds):
        calibration = replace(CALIBRATION, set_gap=0.5, set_level=0.9)
        answer = decide(ranking((A, odds), (B, odds - 0.4), (C, odds - 4), calibration=calibration), QUALITY)
        assert answer.prior == CALIBRATION.prior
        if verdict == "no_match":
            assert answer.prediction_set is None
        else:
            assert answer.prediction_set.level == 0.9
            assert answer.prediction_set.labels == (A, B)

    def test_where_the_axis_is_off_a_prediction_set_has_no_form_either(self):
        calibration = replace(CALIBRATION, set_gap=0.0)
        answer = decide(ranking((A, SURE, {"shift_cm1": 5.0}), calibration=calibration), QUALITY)
        assert answer.prediction_set.labels == (replace(A, form=""),)

    def test_no_prediction_set_for_a_mixture(self):
        given_ranking = replace(BY_NAME["two together"].given, calibration=replace(CALIBRATION, set_gap=1.0))
        answer = decide(given_ranking, QUALITY)
        assert (answer.verdict, answer.prediction_set) == ("mixture", None)


class TestClass:
    """One band, or a phenyl ring, names a class."""

    def test_a_class_that_is_not_sure_is_inconclusive(self):
        answer = decide(ranking((A, LIKELY, {"structure": 1.4})), QUALITY)
        assert answer.verdict == "inconclusive"
        assert answer.reasons == ("low_probability", "one_band_only")

    def test_a_member_that_is_only_drawn_does_not_undo_it(self):
        answer = decide(ranking((A, SURE, {"structure": 1.4}), (replace(B, grade="D"), HOPELESS)), QUALITY)
        assert (answer.verdict, len(answer.substances)) == ("group", 1)
        answer = decide(ranking((replace(A, grade="D"), SURE, {"structure": 1.4})), QUALITY)
        assert (answer.verdict, answer.reasons) == ("inconclusive", ("grade_d", "one_band_only"))

    def test_nor_does_a_drawn_one_that_the_noise_does_not_separate(self):
        compared = [(0.0, ()), (1.0, ())]
        drawn = replace(B, grade="D")
        assert decide(ranking((A, SURE), (drawn, 1.0), compared=compared), QUALITY).verdict == "match"
        feared = replace(drawn, role="controlled")
        answer = decide(ranking((A, SURE), (feared, 1.0), compared=compared), QUALITY)
        assert (answer.verdict, answer.alert) == ("inconclusive", True)

    def test_nor_does_a_feared_one_that_was_measured_too(self):
        drug, drawn = label("drug", role="controlled"), label("drawn", identity="drug", role="controlled")
        compared = [(0.0, ()), (9.0, ()), (1.0, ())]
        entries = (A, SURE), (drug, 0.5), (replace(drawn, grade="D"), 0.4)
        assert decide(ranking(*entries, compared=compared), QUALITY).verdict == "match"

    def test_the_class_is_said_before_what_else_is_alike(self):
        answer = decide(ranking((A, SURE, {"structure": 1.4}), (B, SURE - 1)), QUALITY)
        assert answer.reasons == ("one_band_only", "near_identical_members")

    def test_a_container_of_a_class_is_no_container_only(self):
        bag = label("polystyrene", role="packaging")
        answer = decide(ranking((bag, SURE), compared=[(0.0, PHENYL)]), QUALITY)
        assert (answer.verdict, answer.reasons) == ("group", ("phenyl_only",))
        assert answer.next_action == "send_to_lab"

    def test_at_most_five_and_the_alarming_one_among_them(self):
        entries = [(label(f"m{n}"), SURE - 3 * n, {"structure": 1.4}) for n in range(7)]
        entries.append((label("drug", role="controlled"), -20.0))
        answer = decide(ranking(*entries), QUALITY)
        assert [entry.label.substance for entry in answer.substances] == ["m0", "m1", "m2", "m3", "drug"]
        assert answer.alert
