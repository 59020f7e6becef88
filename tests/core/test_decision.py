"""From ranked evidence to a verdict: every rule of it, on rankings built by hand."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.confidence import decision, groups
from spectra.confidence import ranking as ranking_module
from spectra.confidence.actions import ACTIONS
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
    label,
    mixture,
    ranking,
)

SETTLED = {"grade_d", "ambiguous_candidates"}
"""Why a specialist is called about what is feared but not stated."""
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
    if answer.alert and answer.verdict == "inconclusive" and SETTLED & set(answer.reasons):
        assert answer.next_action == "call_reach_back"
    elif answer.alert or answer.hints:
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
        answer = refuse(QUALITY, [reason])
        assert answer.verdict == "unusable"
        assert answer.reasons == (reason,)
        assert answer.next_action == ACTIONS[reason]
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
