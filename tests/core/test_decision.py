"""From ranked evidence to a verdict: every rule of it, on rankings built by hand."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.confidence import decision, groups
from spectra.confidence import ranking as ranking_module
from spectra.confidence.decision import decide, refuse, wants_comparison, wants_mixture
from spectra.confidence.identification import VERDICTS
from spectra.label import ALERT_ROLES, ROLES
from tests.core.decision_cases import (
    BY_NAME,
    CALIBRATION,
    CASES,
    HINT,
    HOPELESS,
    LIKELY,
    PHENYL,
    QUALITY,
    SURE,
    UNLIKELY,
    A,
    B,
    C,
    label,
    mixture,
    ranking,
)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
def test_verdict_substances_reason_and_action(case):
    answer = decide(case.given, QUALITY)
    assert answer.verdict == case.verdict
    assert tuple(entry.label.substance for entry in answer.substances) == case.names
    assert (answer.reasons[0] if answer.reasons else None) == case.first_reason
    assert answer.next_action == case.action
    assert answer.quality is QUALITY
    assert answer.hints == ()
    assert not answer.alert


def test_every_verdict_has_a_case():
    assert {case.verdict for case in CASES} == set(VERDICTS) - {"unusable"}


def assert_consistent(answer):
    """What holds for any answer, whatever led to it."""
    n = len(answer.substances)
    low, high = {
        "match": (1, 1), "mixture": (2, 6), "group": (1, 5), "inconclusive": (1, 3),
        "no_match": (0, 0), "unusable": (0, 0),
    }[answer.verdict]  # fmt: skip
    assert low <= n <= high
    if answer.verdict == "group" and n == 1:
        assert {"one_band_only", "phenyl_only"} & set(answer.reasons)
    identities = [entry.label.identity for entry in answer.substances]
    assert len(set(identities)) == n
    assert answer.alert == any(entry.label.role in ALERT_ROLES for entry in answer.substances)
    if answer.alert or answer.hints:
        assert answer.next_action == "send_to_lab"
    for probability in (answer.probability, *(entry.probability for entry in answer.substances)):
        assert probability is None or 0 <= probability <= 1
    if answer.verdict in ("no_match", "unusable"):
        assert answer.probability is None
    if answer.verdict in ("match", "mixture"):
        # what is doubtful or drawn takes part in the fit and is not named
        together = sum(entry.share for entry in answer.substances)
        assert together <= 1 + 1e-9
        assert together == 1 or answer.verdict == "mixture"
        assert all(entry.label.grade != "D" for entry in answer.substances)
    else:
        assert all(entry.share is None for entry in answer.substances)
    if answer.verdict in ("inconclusive", "no_match", "unusable", "group", "mixture"):
        assert answer.reasons
    assert len(set(answer.reasons)) == len(answer.reasons)
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))


roles, grades = st.sampled_from(ROLES), st.sampled_from("ABCD")
shared = st.sampled_from([(), PHENYL, (*PHENYL, 800.0), (1031.0,)])
entry_of = st.tuples(
    roles, grades, st.integers(0, 3), st.floats(-9, 9), st.floats(-8, 8), st.floats(0.5, 9),
    st.floats(-4, 9), shared,
)  # fmt: skip
parts_of = st.lists(st.floats(-3, 6), max_size=4)
gap_of = st.sampled_from([0.0, 1.0, 5.0, float("inf")])


def ranking_of(entries, *, calibration, parts=()):
    """Ranking of drawn entries, most evidence first; ``parts`` are log odds of the first as components.

    A substance is a component once only, as the basis has it.
    """
    rows = [
        (
            label(f"s{place}", role=role, grade=grade, identity=f"i{identity}"),
            odds,
            {"shift_cm1": shift, "structure": structure},
        )
        for place, (role, grade, identity, odds, shift, structure, _, _) in enumerate(entries)
    ]
    compared = [(z if place else 0.0, agreed) for place, (*_, z, agreed) in enumerate(entries)]
    once: dict[str, tuple[int, float]] = {}
    for place, odds in enumerate(parts[: len(rows)]):
        once.setdefault(rows[place][0].identity, (place, odds))
    found = mixture(*((row, 1 / len(once), odds) for row, odds in once.values())) if once else None
    return ranking(*rows, mixture=found, calibration=calibration, compared=compared)


def ordered(entries):
    return sorted(entries, key=lambda entry: -entry[3])


@settings(max_examples=300, deadline=None)
@given(
    entries=st.lists(entry_of, max_size=9).map(ordered),
    parts=parts_of,
    set_gap=gap_of,
    calibrated=st.booleans(),
    hinted=st.booleans(),
)
def test_any_ranking_gives_a_consistent_answer(entries, parts, set_gap, calibrated, hinted):
    calibration = replace(CALIBRATION, set_gap=set_gap) if calibrated else None
    given_ranking = ranking_of(entries, calibration=calibration, parts=parts)
    hints = (HINT,) if hinted else ()
    answer = decide(given_ranking, QUALITY, hints=hints, reasons=["starter_library"])
    assert_consistent(answer)
    assert_hides_no_alarm(answer, given_ranking)
    assert ("uncalibrated" in answer.reasons) == (not calibrated)
    assert ("hint" in answer.reasons) == hinted
    assert "starter_library" in answer.reasons
    assert answer.prior == (CALIBRATION.prior if calibrated else None)
    single = answer.verdict in ("match", "group", "inconclusive")
    assert (answer.prediction_set is not None) == (single and calibrated and set_gap < float("inf"))
    if not calibrated:
        assert answer.probability is None
        assert all(entry.probability is None for entry in answer.substances)
        assert answer.verdict != "mixture"


def assert_hides_no_alarm(answer, given_ranking):
    """A candidate about as good as the best, or likely and not far below, is named if it alarms.

    So is a component that is more likely there than not, at any verdict.
    """
    if answer.alert:
        return
    found = given_ranking.mixture
    for component in (*found.components, *found.doubtful) if found else ():
        if given_ranking.labels[component.row].role in ALERT_ROLES:
            assert component.log_odds < 0  # P 0.5, by the calibration of these tests
    if answer.verdict == "no_match":
        return
    best = given_ranking.ranked[0].log_odds
    for entry in given_ranking.ranked:
        below = best - entry.log_odds
        likely = entry.log_odds >= 0
        if given_ranking.labels[entry.candidate.row].role in ALERT_ROLES:
            assert below > (4.0 if likely else 0.0)
            # a mixture of two explains what neither of them does alone
            assert below > 2.0 or answer.verdict == "mixture"


@settings(max_examples=300, deadline=None)
@given(
    entries=st.lists(entry_of, min_size=1, max_size=6).map(ordered),
    parts=parts_of,
    more=st.floats(0, 9),
    set_gap=gap_of,
)
def test_more_evidence_for_the_best_never_takes_a_name_away(entries, parts, more, set_gap):
    calibration = replace(CALIBRATION, set_gap=set_gap)
    (role, grade, identity, odds, *rest), *others = entries
    raised = [(role, grade, identity, odds + more, *rest), *others]
    before, after = (
        decide(ranking_of(each, calibration=calibration, parts=parts), QUALITY) for each in (entries, raised)
    )
    if before.verdict in ("match", "group"):
        assert after.verdict in ("match", "group")
        assert after.probability >= before.probability


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
        assert answer.next_action == "send_to_lab" or not answer.alert
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


class TestProbability:
    @pytest.mark.parametrize("odds", [2.3, 3.0, 6.0])
    def test_of_a_match_is_the_curves(self, odds):
        answer = decide(ranking((A, odds)), QUALITY)
        assert answer.probability == CALIBRATION.single.probability(odds)
        assert answer.substances[0].probability == answer.probability

    def test_of_a_mixture_is_that_of_its_weakest_statement(self):
        found = mixture((0, 0.7, 5.0), (1, 0.3, 4.0))
        answer = decide(ranking((A, UNLIKELY), (B, UNLIKELY), mixture=found), QUALITY)
        assert answer.probability == pytest.approx(CALIBRATION.mixture.probability(4.0), abs=1e-6)
        assert [entry.probability for entry in answer.substances] == pytest.approx(
            [CALIBRATION.mixture.probability(5.0), CALIBRATION.mixture.probability(4.0)], abs=1e-6
        )

    @pytest.mark.parametrize(
        "case", [case for case in CASES if case.verdict != "mixture"], ids=lambda case: case.name
    )
    def test_there_is_none_without_a_calibration(self, case):
        answer = decide(replace(case.given, calibration=None), QUALITY)
        assert answer.probability is None
        assert all(entry.probability is None for entry in answer.substances)
        assert "uncalibrated" in answer.reasons

    @pytest.mark.parametrize(
        ("odds", "verdict"), [(SURE, "match"), (0.0, "inconclusive"), (HOPELESS, "no_match")]
    )
    def test_the_score_stands_in_for_it(self, odds, verdict):
        assert decide(ranking((A, odds), calibration=None), QUALITY).verdict == verdict

    def test_no_mixture_without_a_calibration(self):
        given_ranking = replace(BY_NAME["two together"].given, calibration=None)
        assert decide(given_ranking, QUALITY).verdict == "inconclusive"

    def test_a_drawn_reference_has_none(self):
        answer = decide(ranking((replace(A, grade="D"), SURE)), QUALITY)
        assert answer.probability is None
        assert answer.substances[0].probability is None

    def test_a_higher_threshold_asks_for_more(self):
        strict = replace(CALIBRATION, threshold=0.999)
        assert decide(ranking((A, SURE)), QUALITY).verdict == "match"
        assert decide(ranking((A, SURE), calibration=strict), QUALITY).verdict == "inconclusive"


class TestRemarks:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"query_explained": 0.6}, "unexplained_bands"),
            ({"coverage": 0.5}, "low_coverage"),
            ({"shift_cm1": 5.0}, "axis_offset"),
            ({"shift_cm1": -5.0}, "axis_offset"),
        ],
    )
    @pytest.mark.parametrize("odds", [SURE, LIKELY])
    def test_what_is_odd_is_said_and_undoes_no_match(self, change, reason, odds):
        answer = decide(ranking((A, odds, change)), QUALITY)
        assert reason in answer.reasons
        assert answer.verdict == ("match" if odds == SURE else "inconclusive")

    def test_a_clean_match_has_no_remark(self):
        assert decide(ranking((A, SURE)), QUALITY).reasons == ()

    @pytest.mark.parametrize("shift", [3.1, -3.1, 8.0])
    def test_an_axis_that_is_off_leaves_no_form_and_asks_for_a_check(self, shift):
        answer = decide(ranking((A, SURE, {"shift_cm1": shift})), QUALITY)
        assert answer.substances[0].label == replace(A, form="")
        assert answer.next_action == "check_instrument"

    @pytest.mark.parametrize("shift", [0.0, 3.0, -3.0])
    def test_a_small_shift_is_no_remark(self, shift):
        answer = decide(ranking((A, SURE, {"shift_cm1": shift})), QUALITY)
        assert answer.substances[0].label == A
        assert "axis_offset" not in answer.reasons

    def test_two_forms_that_cannot_be_told_apart_are_one_substance_without_a_form(self):
        anhydrous, hydrate = (
            label("alpha", form="anhydrous"),
            replace(label("alpha"), id="other", form="hydrate"),
        )
        answer = decide(ranking((anhydrous, SURE), (hydrate, SURE - 1)), QUALITY)
        assert answer.verdict == "match"
        assert answer.substances[0].label.form == ""
        assert "form_uncertain" in answer.reasons

    def test_forms_that_can_be_told_apart_keep_theirs(self):
        anhydrous, hydrate = (
            label("alpha", form="anhydrous"),
            replace(label("alpha"), id="other", form="hydrate"),
        )
        answer = decide(ranking((anhydrous, SURE), (hydrate, SURE - 3)), QUALITY)
        assert answer.substances[0].label.form == "anhydrous"

    def test_the_callers_codes_come_last_and_once(self):
        answer = decide(ranking((A, LIKELY)), QUALITY, reasons=["starter_library", "low_probability"])
        assert answer.reasons == ("low_probability", "starter_library")


class TestContainer:
    def test_a_controlled_substance_in_it_is_no_container_only(self):
        bag, drug = label("polyethylene", role="packaging"), label("drug", role="controlled")
        found = mixture((0, 0.6, 5.0), (1, 0.4, 5.0))
        answer = decide(ranking((bag, SURE), (drug, HOPELESS), mixture=found), QUALITY)
        assert (answer.verdict, answer.alert, answer.next_action) == ("mixture", True, "send_to_lab")
        assert "container_only" not in answer.reasons

    def test_that_it_is_only_a_container_is_said_first(self):
        bag = label("polyethylene", role="packaging")
        answer = decide(ranking((bag, SURE, {"coverage": 0.5, "shift_cm1": 5.0})), QUALITY)
        assert answer.reasons == ("container_only", "low_coverage", "axis_offset")
        assert answer.next_action == "move_spot"

    def test_a_hint_overrides_moving_the_spot(self):
        answer = decide(BY_NAME["a container"].given, QUALITY, hints=[HINT])
        assert answer.verdict == "match"
        assert answer.reasons[0] == "container_only"
        assert answer.next_action == "send_to_lab"


class TestHints:
    @every_case
    def test_change_no_verdict_and_are_no_alert_but_send_to_the_laboratory(self, case):
        plain, hinted = decide(case.given, QUALITY), decide(case.given, QUALITY, hints=[HINT])
        assert hinted.next_action == "send_to_lab"
        assert not hinted.alert
        assert hinted.hints == (HINT,)
        assert hinted.reasons == (*plain.reasons, "hint")
        unchanged = ("verdict", "probability", "substances", "hits")
        assert [getattr(hinted, name) for name in unchanged] == [getattr(plain, name) for name in unchanged]


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


class TestHits:
    def test_five_at_most_in_order_with_scores_that_are_no_probability(self):
        entries = [(label(f"s{place}"), SURE - place, {"hqi": 0.9 - place / 10}) for place in range(8)]
        hits = decide(ranking(*entries), QUALITY).hits
        assert [hit.reference_id for hit in hits] == [f"id-s{place}" for place in range(5)]
        assert [hit.hqi for hit in hits] == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5])
        assert all(0 < hit.score < 1 for hit in hits)

    def test_are_there_at_no_match_too(self):
        assert len(decide(BY_NAME["none likely"].given, QUALITY).hits) == 2


class TestRefuse:
    @pytest.mark.parametrize(
        "reason", ["flat", "too_weak", "saturated", "too_little_overlap", "wrong_technique"]
    )
    def test_unusable_names_nothing(self, reason):
        answer = refuse(QUALITY, [reason], "scan_again_longer")
        assert answer.verdict == "unusable"
        assert answer.reasons == (reason,)
        assert answer.hits == ()
        assert_consistent(answer)


class TestWantsMixture:
    @pytest.mark.parametrize(
        ("change", "wanted"),
        [
            ({}, False),
            ({"query_explained": 0.9}, True),
            ({"reference_explained": 0.9}, True),
            ({"hqi": 0.9}, True),
            ({"coverage": 0.3}, False),
        ],
    )
    def test_when_the_best_leaves_something(self, change, wanted):
        assert wants_mixture(ranking((A, SURE, change), (B, HOPELESS)).ranked) == wanted

    def test_not_without_candidates(self):
        assert not wants_mixture(())


@pytest.mark.parametrize(("odds", "wanted"), [(-2.2, True), (-2.3, False)])
def test_rivals_are_compared_where_there_may_be_a_statement(odds, wanted):
    assert wants_comparison(ranking((A, odds)).ranked) == wanted
    assert not wants_comparison(())


def test_thresholds_that_the_document_states():
    assert (decision.MAX_GROUP, decision.MAX_CANDIDATES) == (5, 3)
    assert (decision.GROUP_GAP, ranking_module.ALARM_GAP, groups.MIN_SEPARATION) == (2.0, 4.0, 3.0)


def test_what_stands_alone_in_a_sum_is_named_as_possible():
    """Part of an item that nothing explains as a whole: neither silence nor a statement."""
    parts = mixture((0, 0.6, 5.0), (1, 0.4, -5.0))
    found = decide(ranking((A, HOPELESS), (B, HOPELESS), mixture=parts), QUALITY)
    assert found.verdict == "inconclusive"
    assert [each.label.id for each in found.substances] == [A.id]
    assert found.substances[0].share is None
    assert "low_probability" in found.reasons
