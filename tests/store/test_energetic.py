"""What may burn or explode is never scanned again, whatever library names it."""

from dataclasses import replace
from pathlib import Path

import pytest

from libraries.combining import Heard, combine
from libraries.engine import Engine, open_starter
from libraries.instruments.standing import Standing, apply_policy
from libraries.library import Library
from libraries.reference import reference_id
from libraries.substances import find_substance, is_cas, normalise_name
from libraries.substances_energetic import energetic_code, load_energetic, made_safe, safety_codes
from spectra.confidence.identification import ENERGETIC
from spectra.io import read_measurements
from spectra.spectrum import Spectrum

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EXPLOSIVE, PRECURSOR = "possible_explosive", "explosive_precursor"


def test_every_row_has_a_source_and_a_right_number() -> None:
    rows = load_energetic()
    assert len(rows) > 50
    assert all(row.source for row in rows)
    assert all(is_cas(row.cas) for row in rows if row.cas)
    numbers = [row.cas for row in rows if row.cas]
    assert len(numbers) == len(set(numbers))
    names = [normalise_name(name) for row in rows for name in {row.substance, *row.synonyms}]
    assert len(names) == len(set(names))


def test_nothing_in_the_table_is_a_drug_or_a_solvent_of_the_substance_table() -> None:
    assert not [row.substance for row in load_energetic() if find_substance(row.substance)]


@pytest.mark.parametrize(
    ("name", "cas", "code"),
    [
        ("TATP", "", EXPLOSIVE),
        ("Triacetone triperoxide", "", EXPLOSIVE),
        ("RDX", "", EXPLOSIVE),
        ("PETN", "", EXPLOSIVE),
        ("2,4,6-Trinitrotoluene", "", EXPLOSIVE),
        ("tnt crystalline", "", EXPLOSIVE),
        ("sample 7", "118-96-7", EXPLOSIVE),
        ("Ammonium Nitrate", "", PRECURSOR),
        ("potassium permanganate", "", PRECURSOR),
        ("ammonium nitrate", "78-11-5", EXPLOSIVE),
        ("acetone", "67-64-1", None),
        ("hexamine", "100-97-0", None),
        ("cocaine", "53-21-4", None),
        ("miconazole nitrate", "", None),
        ("", "", None),
    ],
)
def test_names_and_numbers(name: str, cas: str, code: str | None) -> None:
    assert energetic_code(name, cas=cas) == code


def test_the_more_urgent_code_comes_first() -> None:
    assert safety_codes([("ammonium nitrate", ""), ("TNT", "")]) == (EXPLOSIVE, PRECURSOR)


def scan(name: str) -> Spectrum:
    first = read_measurements(EXAMPLES / f"synthetic_{name}.csv")[0]
    assert not isinstance(first, Exception)
    return first.spectrum()


def engine(**renamed: str) -> Engine:
    """Starter library whose references bear other names."""
    library = open_starter()
    references = []
    for each in library.references:
        name = renamed.get(each.label.substance)
        if name:
            key = reference_id(each.spectrum, name, form=each.label.form)
            label = replace(each.label, id=key, substance=name, cas="", identity="renamed")
            each = replace(each, label=label)
        references.append(each)
    return Engine([Library(library.name, "raman", tuple(references), calibration=library.calibration)])


@pytest.mark.parametrize(("name", "code"), [("TATP", EXPLOSIVE), ("ammonium nitrate", PRECURSOR)])
@pytest.mark.parametrize("shown", ["caffeine", "mixture_caffeine_paracetamol"])
def test_the_engine_calls_reach_back(name: str, code: str, shown: str) -> None:
    said = engine(caffeine=name).identify(scan(shown)).identification
    assert name in {entry.label.substance for entry in said.substances}
    assert (said.safety, said.next_action) == ((code,), "call_reach_back")


def test_also_for_a_candidate_that_would_be_scanned_again() -> None:
    said = engine(amphetamine="TNT").identify(scan("amphetamine_sulfate")).identification
    assert said.verdict == "inconclusive"
    assert (said.safety, said.next_action) == ((EXPLOSIVE,), "call_reach_back")


def test_nothing_else_is_changed() -> None:
    said = Engine.open().identify(scan("caffeine")).identification
    assert (said.safety, said.next_action) == ((), "send_to_lab")
    assert made_safe(said) == said


@pytest.mark.parametrize("policy", ["warn", "refuse"])
def test_no_instrument_that_was_not_checked_takes_it_away(policy: str) -> None:
    answer = engine(caffeine="TATP").identify(scan("caffeine"))
    said = apply_policy(answer, Standing("missing", "SN1", policy)).identification  # type: ignore[arg-type]
    assert (said.safety, said.next_action) == ((EXPLOSIVE,), "call_reach_back")
    assert said.verdict == ("unusable" if policy == "refuse" else "match")


def test_nor_does_another_technique() -> None:
    said = engine(caffeine="TATP").identify(scan("caffeine")).identification
    blind = replace(said, verdict="unusable", substances=(), reasons=("too_weak",), safety=(), alert=False)
    for first, second in ((said, blind), (blind, said), (said, said)):
        found = combine(Heard("raman", first), Heard("nir", second))
        assert found.next_action == "call_reach_back"
        assert found.safety == (EXPLOSIVE, "no_laser")
        assert found.blocks_release
    assert set(found.safety) & ENERGETIC
