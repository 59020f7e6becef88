"""No cell of a manifest takes an alert away: name, identifiers and role are held against each other."""

import numpy as np
import pytest

from libraries import Library, Naming, make_reference
from libraries.changes import record
from libraries.curation.lint import lint_library
from libraries.ingest import build_library
from libraries.starter.tables import load_substances
from libraries.substances_schedules import statements_on
from libraries.substances_stated import find_stated, settled_role
from spectra.io.writers import write_spectra
from spectra.label import ALERT_ROLES, Label
from spectra.spectrum import Spectrum

CAFFEINE = "58-08-2"
CAFFEINE_KEY = "RYYVLZVUVIJVGH-UHFFFAOYSA-N"
CODES = {"bad_identifier", "identifier_conflict", "role_conflict"}


def scan(seed):
    rng = np.random.default_rng(seed)
    axis = 300.0 + np.arange(1500.0)
    y = rng.normal(100.0, 1.0, axis.size)
    for centre in rng.uniform(400, 1700, 8):
        y += rng.uniform(500, 2000) * np.exp(-(((axis - centre) / 6.0) ** 2))
    return Spectrum(axis, y)


@pytest.fixture
def build(tmp_path):
    def built(*rows, header="substance,cas,inchikey,role"):
        folder = tmp_path / "in"
        folder.mkdir()
        lines = [f"file,{header}"]
        for place, row in enumerate(rows):
            write_spectra([scan(place)], folder / f"{place}.csv")
            lines.append(f"{place}.csv,{row}")
        manifest = tmp_path / "m.csv"
        manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return build_library(folder, manifest=manifest)

    return built


def findings(result) -> list[tuple[str, str, str]]:
    library: Library = record(result.library, "build", details=result.details())
    return [(each.code, each.severity, each.message) for each in lint_library(library) if each.code in CODES]


@pytest.mark.parametrize("row", [f"Ketamine,{CAFFEINE},,", f"Ketamine,,{CAFFEINE_KEY},", "Ketamine,,,benign"])
def test_no_cell_takes_an_alert_away(build, row):
    result = build(row)
    (label,) = result.library.labels
    assert (label.role, label.identity) == ("controlled", "ketamine")
    (warning,) = result.warnings
    assert "'Ketamine'" in warning
    assert "line 2" in warning
    ((code, severity, message),) = findings(result)
    assert severity == "error"
    assert code == ("role_conflict" if "benign" in row else "bad_identifier")
    assert "Ketamine" in message
    assert ("'benign'" if "benign" in row else "that of caffeine") in message


def test_an_alert_of_the_identifier_counts_under_a_harmless_name(build):
    result = build("caffeine,50-36-2,,benign")
    (label,) = result.library.labels
    assert (label.role, label.identity) == ("controlled", "caffeine")
    assert {code for code, _, _ in findings(result)} == {"bad_identifier", "role_conflict"}


def test_a_library_of_before_is_told_too(build):
    result = build("powder,,,benign")
    (reference,) = result.library.references
    old = make_reference(
        reference.spectrum, Naming("Ketamine", cas=CAFFEINE, role="cutting agent", identity="caffeine")
    )
    codes = {(each.code, each.severity) for each in lint_library(Library("old", "raman", (old,)))}
    assert {("bad_identifier", "error"), ("role_conflict", "error")} <= codes


def test_a_borrowed_identifier_is_told(build):
    result = build("acetone,71-43-2,,", "benzene,71-43-2,,", "propanone,67-64-1,,", "2-Propanone,67-64-1,,")
    assert [label.identity for label in result.library.labels] == ["acetone", "benzene", "acetone", "acetone"]
    told = findings(result)
    assert [(code, severity) for code, severity, _ in told] == [
        ("identifier_conflict", "error"),
        ("identifier_conflict", "warning"),
    ]
    assert "71-43-2 stands under 2 names: acetone, benzene" in told[0][2]
    assert "has 67-64-1 for that name" in told[1][2]


def test_two_names_the_table_does_not_know_are_a_warning(build):
    key = "AAAAAAAAAAAAAA-AAAAAAAAAA-N"
    ((code, severity, message),) = findings(build(f"lot 7,,{key},", f"lot 8,,{key},", f"Lot-8,,{key},"))
    assert (code, severity) == ("identifier_conflict", "warning")
    assert "lot 7, lot 8" in message


def test_wrong_identifiers_stop_nothing_and_are_found_again(build):
    result = build("caffeine,58-08-3,,", "urea,57-13-6,,", "glycine,,RYYVLZ,")
    assert [label.cas for label in result.library.labels] == ["", "57-13-6", ""]
    assert [entry["value"] for entry in result.details()["not_taken"]] == ["58-08-3", "RYYVLZ"]
    assert len(result.warnings) == 2
    told = findings(result)
    assert [(code, severity) for code, severity, _ in told] == [("bad_identifier", "error")] * 2
    assert "caffeine [0.csv]: cas '58-08-3'" in told[0][2]
    assert "glycine [2.csv]: inchikey 'RYYVLZ'" in told[1][2]


def test_a_right_manifest_has_no_such_finding_and_no_detail(build):
    result = build(
        f"caffeine,{CAFFEINE},{CAFFEINE_KEY},cutting agent", "cocaine,,,controlled", "flour,,,benign"
    )
    assert findings(result) == []
    assert result.warnings == ()
    assert "not_taken" not in result.details()


@pytest.mark.parametrize("record", [each for each in load_substances() if each.cas or each.inchikey])
def test_the_table_agrees_with_itself(record):
    known = find_stated(record.substance, form=record.form, cas=record.cas, inchikey=record.inchikey)
    assert (known.identity, known.conflicts) == (record.identity, ())
    assert (known.role in ALERT_ROLES) == (record.role in ALERT_ROLES)


@pytest.mark.parametrize(
    ("stated", "known", "expected"),
    [
        (None, "solvent", "solvent"),
        ("benign", "controlled", "controlled"),
        ("precursor", "controlled", "controlled"),
        ("controlled", "precursor", "controlled"),
        ("benign", "solvent", "benign"),
        ("unknown", "precursor", "precursor"),
        ("controlled", "unknown", "controlled"),
    ],
)
def test_only_alerts_of_the_table_are_kept(stated, known, expected):
    assert settled_role(stated, known) == expected


def test_schedules_follow_the_name_where_the_number_is_anothers():
    honest = statements_on(Label("1", "Ketamine", identity="ketamine"))
    assert honest
    assert statements_on(Label("1", "Ketamine", cas=CAFFEINE, identity="ketamine")) == honest
