"""What to do next: one action for each reason, and which reason an answer goes by."""

from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectra.confidence.actions import ACTIONS, DECIDING, REMARKS, next_action, safety_of
from spectra.confidence.identification import ENERGETIC, SAFETY_CODES, STATEMENTS, VERDICTS, NextAction

SCANS = {
    "scan_again_longer", "scan_again_weaker", "move_spot", "scan_through_less_plastic", "use_vial_holder",
    "check_instrument",
}  # fmt: skip
reasons_of = st.lists(st.sampled_from(sorted(ACTIONS)), max_size=6, unique=True)


def action(verdict="match", reasons=(), *, alert=False, hinted=False, safety=()):
    return next_action(verdict, reasons, alert=alert, hinted=hinted, safety=safety)


def test_every_reason_stands_in_the_table_once() -> None:
    assert not set(DECIDING) & set(REMARKS)
    assert set(DECIDING) | set(REMARKS) == set(ACTIONS)


def test_every_action_is_one_that_answers_may_have_and_each_is_somebodys() -> None:
    assert set(ACTIONS.values()) == set(get_args(NextAction))


@given(
    st.sampled_from(VERDICTS),
    reasons_of,
    st.booleans(),
    st.booleans(),
    st.sets(st.sampled_from(SAFETY_CODES)),
)
def test_any_answer_gets_one_action_and_an_explosive_never_another_scan(
    verdict, reasons, alert, hinted, safety
) -> None:
    found = action(verdict, reasons, alert=alert, hinted=hinted, safety=safety)
    assert found in get_args(NextAction)
    if ENERGETIC & safety:
        assert found == "call_reach_back"
    elif (alert or hinted) and verdict != "unusable":
        assert found in ("send_to_lab", "call_reach_back")
    if alert and verdict in STATEMENTS and not ENERGETIC & safety:
        assert found == "send_to_lab"


@given(reasons_of, st.randoms())
def test_the_order_of_the_reasons_does_not_matter_where_something_was_judged(reasons, random) -> None:
    mixed = list(reasons)
    random.shuffle(mixed)
    assert action("inconclusive", reasons) == action("inconclusive", mixed)


@pytest.mark.parametrize(("first", "second"), list(permutations(["too_weak", "saturated", "fluorescent"], 2)))
def test_an_unusable_scan_goes_by_its_first_reason(first, second) -> None:
    assert action("unusable", (first, second)) == ACTIONS[first]


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ((), "send_to_lab"),
        (tuple(REMARKS), "send_to_lab"),
        (("brand_new",), "send_to_lab"),
        (("container_only", "axis_offset"), "move_spot"),
        (("mixture_components", "axis_offset"), "check_instrument"),
        (("low_probability", "packaging_in_scan"), "scan_through_less_plastic"),
        (("low_probability", "instrument_check_missing"), "scan_again_longer"),
        (("no_candidate", "instrument_check_missing"), "check_instrument"),
        (("no_candidate", "starter_library"), "use_second_technique"),
        (("one_band_only", "near_identical_members"), "send_to_lab"),
    ],
)
def test_the_most_important_reason_decides(reasons, expected) -> None:
    assert action("inconclusive", reasons) == expected


@pytest.mark.parametrize(
    "code", ["grade_d", "ambiguous_candidates", "replicates_disagree", "techniques_disagree"]
)
def test_a_specialist_is_called_for_a_drug_that_is_feared_and_not_stated(code) -> None:
    assert action("inconclusive", (code,), alert=True) == "call_reach_back"
    assert action("group", (code,), alert=True) == "send_to_lab"
    assert action("inconclusive", (code,), hinted=True) == "send_to_lab"


@pytest.mark.parametrize("code", sorted(ENERGETIC))
@pytest.mark.parametrize("technique", ["raman", "nir"])
def test_what_may_explode_gets_no_laser_whatever_is_done(code, technique) -> None:
    for each in get_args(NextAction):
        assert safety_of((code,), each, (technique,)) == (code, "no_laser")


@pytest.mark.parametrize("each", get_args(NextAction))
def test_no_laser_stands_wherever_one_may_be_used_next(each) -> None:
    raman, nir = safety_of((), each, ("raman",)), safety_of((), each, ("nir",))
    assert raman == (("no_laser",) if each in SCANS | {"use_second_technique"} else ())
    assert nir == (("no_laser",) if each == "use_second_technique" else ())
    assert safety_of((), each, ("nir", "raman")) == raman
