"""Two techniques on one item: agreement, disagreement or nothing added, and never less feared."""

from itertools import product

import pytest

from libraries.combining import OUTCOMES, Heard, combine
from spectra.confidence.identification import Identification, NamedSubstance
from spectra.errors import SpectrumError
from spectra.label import ALERT_ROLES, Label
from spectra.matching.hints import Hint, HintTable
from spectra.quality import QualityReport

QUALITY = QualityReport(snr=100.0, saturated=False, fluorescence=0.0, n_spikes=0, noise=1.0)
CAFFEINE = Label("1", "caffeine", form="anhydrous", cas="58-08-2", role="cutting agent")
HYDRATE = Label("2", "Caffeine", form="hydrate", role="cutting agent")
LACTOSE = Label("3", "lactose", role="benign")
COCAINE = Label("4", "cocaine", role="controlled")
BAG = Label("5", "polyethylene", role="packaging")
HINT = Hint(HintTable("heroin", "", "", (1.0,), (True,), "recalled"), (1.0,))


def says(verdict, *labels, reasons=(), hints=(), action="send_to_lab"):
    named = tuple(NamedSubstance(label, 0.9, 1.0, 0.9) for label in labels)
    alert = any(label.role in ALERT_ROLES for label in labels)
    return Identification(verdict, alert, 0.9, named, (), hints, reasons, action, QUALITY)


def both(raman, nir):
    return combine(Heard("raman", raman), Heard("nir", nir))


NOTHING = "no_added_information"
BAG_ONLY = says("match", BAG, reasons=("container_only",), action="move_spot")
UNUSABLE = says("unusable", reasons=("too_weak",), action="scan_again_longer")
CASES = {
    "the same": (says("match", CAFFEINE), says("match", CAFFEINE), "agreement", "match"),
    "group and one of it": (says("group", CAFFEINE, LACTOSE), says("match", LACTOSE), "agreement", "match"),
    "two groups": (
        says("group", CAFFEINE, LACTOSE, BAG), says("group", LACTOSE, CAFFEINE), "agreement", "group"
    ),
    "two mixtures": (
        says("mixture", CAFFEINE, COCAINE), says("mixture", COCAINE, CAFFEINE), "agreement", "mixture"
    ),
    "mixture and part": (says("mixture", CAFFEINE, LACTOSE), says("match", LACTOSE), "agreement", "mixture"),
    "two substances": (says("match", CAFFEINE), says("match", LACTOSE), "disagreement", "inconclusive"),
    "one explains nothing": (says("match", CAFFEINE), says("no_match"), "disagreement", "inconclusive"),
    "one fears a candidate": (
        says("match", LACTOSE), says("inconclusive", COCAINE), "disagreement", "inconclusive"
    ),
    "one sees it in a mixture": (
        says("match", LACTOSE), says("mixture", LACTOSE, COCAINE), "disagreement", "inconclusive"
    ),
    "candidates": (says("match", CAFFEINE), says("inconclusive", CAFFEINE), NOTHING, "match"),
    "other candidates": (says("match", CAFFEINE), says("inconclusive", LACTOSE), NOTHING, "match"),
    "unusable": (says("match", CAFFEINE), UNUSABLE, NOTHING, "match"),
    "the bag": (says("match", CAFFEINE), BAG_ONLY, NOTHING, "match"),
    "the bag and nothing": (BAG_ONLY, says("no_match"), NOTHING, "match"),
    "nothing twice": (says("no_match"), says("no_match"), NOTHING, "no_match"),
    "unusable twice": (UNUSABLE, UNUSABLE, NOTHING, "unusable"),
    "candidates and nothing": (
        says("inconclusive", CAFFEINE), says("no_match"), NOTHING, "inconclusive"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raman", "nir", "outcome", "verdict"), CASES.values(), ids=CASES)
def test_the_rule(raman, nir, outcome, verdict):
    found, turned = both(raman, nir), both(nir, raman)
    assert (found.outcome, found.verdict) == (outcome, verdict)
    assert (turned.outcome, turned.verdict, turned.alert) == (found.outcome, found.verdict, found.alert)
    assert {one.label.identity for one in turned.substances} == {
        one.label.identity for one in found.substances
    }


ANSWERS = [
    *(says("match", label) for label in (CAFFEINE, LACTOSE, COCAINE)),
    *(says("mixture", LACTOSE, COCAINE), says("mixture", CAFFEINE, LACTOSE), says("group", LACTOSE, COCAINE)),
    *(says("inconclusive", COCAINE), says("inconclusive", LACTOSE), says("inconclusive")),
    *(says("no_match"), says("no_match", hints=(HINT,), reasons=("hint",)), UNUSABLE, BAG_ONLY),
]


@pytest.mark.parametrize(("raman", "nir"), list(product(ANSWERS, ANSWERS)))
def test_whatever_they_say_nothing_feared_is_lost(raman, nir):
    found = both(raman, nir)
    assert found.outcome in OUTCOMES
    assert found.alert == (raman.alert or nir.alert)
    if found.alert or found.outcome != "agreement" or raman.hints or nir.hints:
        assert found.blocks_release
    settled = {"grade_d", "ambiguous_candidates", "replicates_disagree", "techniques_disagree"}
    if found.alert and found.verdict == "inconclusive" and settled & set(found.reasons):
        assert found.next_action == "call_reach_back"
    elif found.alert or found.outcome == "disagreement" or raman.hints or nir.hints:
        assert found.next_action == "send_to_lab"
    if found.outcome == "disagreement":
        assert found.verdict == "inconclusive"
    named = {one.label.identity for said in (raman, nir) for one in said.substances}
    assert {one.label.identity for one in found.substances} <= named


def test_only_agreement_without_alert_or_hint_blocks_nothing():
    assert not both(says("match", CAFFEINE), says("match", CAFFEINE)).blocks_release
    hinted = says("match", CAFFEINE, hints=(HINT,))
    assert both(hinted, says("match", CAFFEINE)).blocks_release
    assert both(says("match", COCAINE), says("match", COCAINE)).blocks_release


def test_what_is_feared_is_named_first_where_they_disagree():
    found = both(says("match", LACTOSE), says("match", COCAINE))
    assert [one.label.substance for one in found.substances] == ["cocaine", "lactose"]
    assert [one.techniques for one in found.substances] == [("nir",), ("raman",)]
    assert found.reasons[0] == "techniques_disagree"


def test_a_component_that_one_sees_is_kept_and_told():
    found = both(says("mixture", CAFFEINE, LACTOSE), says("match", LACTOSE))
    assert [(one.label.substance, one.techniques) for one in found.substances] == [
        ("lactose", ("raman", "nir")),
        ("caffeine", ("raman",)),
    ]
    assert "seen_by_one_technique" in found.reasons


def test_a_group_is_narrowed_by_what_both_name():
    found = both(says("group", CAFFEINE, LACTOSE), says("match", LACTOSE))
    assert [one.label.substance for one in found.substances] == ["lactose"]


def test_two_forms_of_one_substance_agree_and_leave_the_form_open():
    found = both(says("match", CAFFEINE), says("match", HYDRATE))
    assert (found.outcome, found.substances[0].label.form) == ("agreement", "")
    assert found.substances[0].label.cas == ""
    assert "form_uncertain" in found.reasons


def test_a_form_that_one_leaves_open_is_kept():
    open_form = Label("6", "caffeine", role="cutting agent")
    found = both(says("match", CAFFEINE), says("match", open_form))
    assert found.substances[0].label.form == "anhydrous"
    assert "form_uncertain" not in found.reasons


def test_reasons_about_the_library_stay():
    found = both(says("match", CAFFEINE, reasons=("starter_library",)), says("match", CAFFEINE))
    assert found.reasons == ("techniques_agree", "starter_library")


def test_where_one_speaks_its_reasons_and_action_stand():
    found = both(
        says("inconclusive", LACTOSE, reasons=("low_probability",), action="scan_again_longer"), UNUSABLE
    )
    assert found.reasons == (NOTHING, "low_probability")
    assert found.next_action == "scan_again_longer"


def test_who_used_a_second_technique_is_not_sent_to_use_one():
    found = both(
        says("no_match", action="use_second_technique"), says("no_match", action="use_second_technique")
    )
    assert found.next_action == "send_to_lab"


def test_one_technique_twice_is_refused():
    with pytest.raises(SpectrumError, match=r"two techniques.*--replicates"):
        combine(Heard("nir", says("no_match")), Heard("nir", says("no_match")))
