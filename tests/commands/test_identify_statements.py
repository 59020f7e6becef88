"""Text an officer reads: how sure, which members, what is not excluded; of answers made for the test."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli import _engine
from spectra.confidence.identification import DetectionLimit, NamedSubstance, PredictionSet
from spectra.io import read_spectra
from spectra.label import Label

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture
def say(run: Callable[..., Any], scans: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Text, on one line, of a scenario of which some fields of the answer are others."""

    def text_of(scenario: str, **changes: Any) -> str:
        engine = _engine.open_engine(())
        answer: Any = engine.identify(read_spectra(f"{scenario}.csv")[0])
        said = replace(answer.identification, **changes)
        with monkeypatch.context() as patch:
            patch.setattr(type(engine), "identify", lambda *_: replace(answer, identification=said))
            ran = run("identify", f"{scenario}.csv")
        assert ran.code == 0, ran.err
        return " ".join(ran.out.split())

    return text_of


def named(substance: str, role: Any, **fields: Any) -> NamedSubstance:
    return NamedSubstance(Label(substance, substance, role=role, **fields), 0.5, None, 0.9)


def limit(substance: str, share: float | None, role: Any = "controlled", form: str = "") -> DetectionLimit:
    return DetectionLimit(Label(f"{substance} {share}", substance, form=form, role=role), share)


@pytest.mark.parametrize(
    ("name", "prior", "shown"),
    [
        ("match", "0.1", "10 of 100"),
        ("match", "0.001", "0.1 of 100"),
        ("inconclusive", "0.25", "25 of 100"),
        ("no_match", "0.25", None),
        ("unusable", "0.25", None),
    ],
)
def test_the_prior_stands_beside_a_probability_and_nowhere_else(
    run: Callable[..., Any], scans: Path, name: str, prior: str, shown: str | None
) -> None:
    out = run("identify", f"{name}.csv", "--prior", prior).out
    assert (f"This assumes that {shown} such items" in " ".join(out.split())) == (shown is not None)
    assert ("This assumes" in out) == (shown is not None)


@pytest.mark.parametrize(
    ("roles", "reason", "alert"),
    [
        (["controlled", "controlled"], "near_identical_members", "ALERT: CONTROLLED SUBSTANCE !!!"),
        (["precursor", "precursor"], "near_identical_members", "ALERT: DRUG PRECURSOR !!!"),
        (["controlled", "benign"], "near_identical_members", "ALERT: CONTROLLED SUBSTANCE POSSIBLE !!!"),
        (["benign", "precursor"], "near_identical_members", "ALERT: DRUG PRECURSOR POSSIBLE !!!"),
        (["controlled", "precursor"], "near_identical_members", "ALERT: CONTROLLED SUBSTANCE POSSIBLE !!!"),
        (["controlled"], "phenyl_only", "ALERT: CONTROLLED SUBSTANCE POSSIBLE !!!"),
        (["precursor"], "one_band_only", "ALERT: DRUG PRECURSOR POSSIBLE !!!"),
        (["controlled", "controlled"], "phenyl_only", "ALERT: CONTROLLED SUBSTANCE POSSIBLE !!!"),
    ],
)
def test_an_alert_of_a_group_is_certain_only_when_all_it_can_be_alarms(
    say: Callable[..., str], roles: list[str], reason: str, alert: str
) -> None:
    members = tuple(named(f"substance {place}", role) for place, role in enumerate(roles))
    out = " ".join(say("group", substances=members, reasons=(reason,)).split())
    assert alert in " ".join(out.replace("!!!!", "").split())


@pytest.mark.parametrize(
    ("reason", "statement"),
    [
        ("one_band_only", "Something with this one band, such as sodium sulfate."),
        ("phenyl_only", "Something with a benzene ring, such as sodium sulfate."),
        ("near_identical_members", "Something like sodium sulfate."),
    ],
)
def test_a_group_of_one_is_told_as_a_class(say: Callable[..., str], reason: str, statement: str) -> None:
    out = say("class", reasons=(reason,))
    assert out.startswith("CLASS ONLY something like sodium sulfate")
    assert statement in out
    assert "FOR EXAMPLE - sodium sulfate" in out
    assert "one of these" not in out.casefold()
    assert out.count("% sure") == 1  # of the statement, never of the example


def test_members_of_a_class_are_but_examples(say: Callable[..., str]) -> None:
    members = (named("sodium sulfate", "benign"), named("potassium sulfate", "benign"))
    out = say("class", substances=members, reasons=("one_band_only", "near_identical_members"))
    assert "Something with this one band, such as sodium sulfate or potassium sulfate." in out
    assert "It is one of these" not in out


def test_a_group_of_several_is_one_of_these(say: Callable[..., str]) -> None:
    assert "It is one of these." in say("group")


@pytest.mark.parametrize(
    ("share", "interval", "shown"),
    [
        (0.3, (0.208, 0.406), "about 30 % of the spectrum (20 to 41 %)"),
        (0.3, (0.2, 0.4), "about 30 % of the spectrum (20 to 40 %)"),
        (0.3, (float("nan"), 0.4), "about 30 % of the spectrum;"),
        (0.3, None, "about 30 % of the spectrum;"),
        (0.07, (0.001, 0.999), "about 7 % of the spectrum (0 to 100 %)"),
    ],
)
def test_an_interval_is_rounded_outwards(
    say: Callable[..., str], share: float, interval: tuple[float, float] | None, shown: str
) -> None:
    one = replace(named("a", "benign"), share=share, share_interval=interval)
    assert shown in say("mixture", substances=(one, named("b", "benign")))


def test_unexplained_bands_are_listed_with_or_without_a_reason(say: Callable[..., str]) -> None:
    assert "WHY - Unexplained bands at 1234, 1310 cm⁻¹." in say(
        "match", reasons=(), unexplained_cm1=(1234.4, 1309.6)
    )
    many = say("match", unexplained_cm1=tuple(float(100 * i) for i in range(1, 12)))
    assert "Unexplained bands at 100, 200, 300, 400, 500, 600, 700, 800 cm⁻¹ and 3 more." in many
    assert "Unexplained" not in say("match")


def test_what_is_excluded_least_stands_first_and_each_substance_once(say: Callable[..., str]) -> None:
    out = say(
        "match",
        detection_limits=(
            limit("A", 0.05),
            limit("B", 0.1201),
            limit("B", 0.02),
            limit("C", None),
            limit("C", 0.3),
            limit("D", 0.31, form="base"),
            limit("E", 0.9999),
        ),
    )
    excluded = out.split("NOT EXCLUDED ")[1].split(" WHY")[0]
    assert excluded == (
        "- Cannot exclude C at all. - Cannot exclude E at all. "
        "- Cannot exclude D (base) below about 31 % of the spectrum at this spot. "
        "- Cannot exclude B below about 13 % of the spectrum at this spot. "
        "- Cannot exclude A below about 5 % of the spectrum at this spot. "
        "At that share this scan would show it 95 times in 100. "
        "A share of the spectrum is not a share of the weight."
    )


def test_a_long_list_is_cut_at_what_is_excluded_best(say: Callable[..., str]) -> None:
    out = say("match", detection_limits=tuple(limit(f"S{i}", 0.01 * i) for i in range(1, 10)))
    assert out.count("Cannot exclude") == 6
    assert "S4 below about 4 %" in out
    assert "S3 below" not in out
    assert "and 3 more (--format json lists all)" in out
    assert "more (--format" not in say("match", detection_limits=tuple(limit(f"S{i}", 0.1) for i in range(6)))


def test_no_rate_where_no_share_is_given(say: Callable[..., str]) -> None:
    assert "times in 100" not in say("match", detection_limits=(limit("A", None),))


@pytest.mark.parametrize(
    ("scenario", "changes", "told"),
    [
        ("match", {}, "holds no measured reference of a controlled substance, so nothing can be excluded."),
        ("match", {"reasons": ("uncalibrated",)}, "has no calibration, so nothing can be excluded."),
        (
            "match",
            {"detection_limits": (limit("levamisole", 0.1, role="cutting agent"),)},
            "so no controlled substance can be excluded. - Cannot exclude levamisole below about 10 %",
        ),
        ("alert", {}, None),
        ("container", {}, None),
        ("container", {"detection_limits": (limit("cocaine", 0.1),)}, None),
        ("mixture", {}, None),
        ("no_match", {}, None),
        ("unusable", {}, None),
        ("inconclusive", {}, None),
    ],
)
def test_what_a_library_cannot_exclude_is_said_of_benign_answers_only(
    say: Callable[..., str], scenario: str, changes: dict[str, Any], told: str | None
) -> None:
    out = say(scenario, **changes)
    assert ("NOT EXCLUDED" in out) == (told is not None)
    assert told is None or told in out


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["a"], None),
        (["a", "a"], None),
        (["a", "b"], "one of these in 95 of 100 cases: a, b."),
        (list("abcdefg"), "one of these in 95 of 100 cases: a, b, c, d, e and 2 more."),
    ],
)
def test_a_prediction_set_of_one_says_nothing_new(
    say: Callable[..., str], names: list[str], shown: str | None
) -> None:
    found = PredictionSet(0.95, tuple(Label(f"{i}", name) for i, name in enumerate(names)))
    out = say("match", prediction_set=found)
    assert ("If the library knows this item" in out) == (shown is not None)
    assert shown is None or shown in out
    assert "If the library knows" not in say("container", prediction_set=found)


def test_a_container_states_no_prior_for_a_probability_that_it_does_not_show(say: Callable[..., str]) -> None:
    assert "This assumes" not in say("container")
