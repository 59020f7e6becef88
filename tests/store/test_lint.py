"""Lint finds what is wrong, names it, and leaves clean entries alone."""

import dataclasses

import numpy as np
import pytest

from libraries import Library, Naming, Provenance, make_reference
from libraries._shelf import STARTER_PARTS
from libraries.changes import record
from libraries.curation.changing import deprecate_references
from libraries.curation.findings import SEVERITIES, in_order
from libraries.curation.likeness import expected_correlation
from libraries.curation.lint import CHECKS, lint_library, shipped
from libraries.curation.robust import centre_and_spread, reached_by_most
from libraries.curation.survey import alike_rows, prepared_rows
from libraries.curation.traits import measure
from libraries.engine import open_starter
from libraries.ingest import build_library
from spectra.spectrum import Spectrum
from tests.store.planting import FAULTS, ONE, RECORD, judge, plant

CODES = {code for check in CHECKS for code in check.codes}
ABOUT_RECORD = {code for check in CHECKS if check.about_record for code in check.codes}
AXIS = 300.0 + np.arange(1800.0)


def bands(seed, n=10):
    rng = np.random.default_rng(seed)
    y = np.zeros(AXIS.size)
    for centre in rng.uniform(AXIS[40], AXIS[-40], n):
        y += rng.uniform(0.2, 1.0) * np.exp(-(((AXIS - centre) / rng.uniform(5.0, 8.0)) ** 2))
    return y / y.max()


def reference(seed, name=None, *, noise=2e-3, metadata=None, **naming):
    rng = np.random.default_rng([seed, 1])
    y = 30_000 * (bands(seed) + rng.normal(0, noise, AXIS.size))
    spectrum = Spectrum(AXIS, y, metadata=metadata or {"instrument": "probe", "serial": "7"})
    provenance = Provenance(instrument="probe", laser_nm=785.0, file=f"{seed}.csv")
    return make_reference(spectrum, Naming(name or f"powder {seed}", **naming), provenance=provenance)


def library(*extra, n=16):
    return Library("lab", "raman", (*(reference(seed) for seed in range(n)), *extra))


def measured_findings(checked):
    return [each for each in lint_library(checked) if each.code not in ABOUT_RECORD]


@pytest.fixture
def second(monkeypatch):
    """The clean library itself as the shipped references."""
    clean = library()
    monkeypatch.setattr("libraries.curation.lint.shipped", lambda _: clean)
    return clean


def test_a_clean_library_has_nothing_but_gaps_in_its_record():
    findings = lint_library(library())
    assert [each for each in findings if each.code not in RECORD] == []
    assert {each.code for each in findings} == RECORD
    assert {each.severity for each in findings} == {"info"}
    assert all(len(each.references) == 16 for each in findings)


def test_the_table_of_checks_is_whole():
    assert RECORD < CODES
    assert {code for _, codes in ONE.values() for code in codes} < CODES
    assert all(check.find.__doc__ for check in CHECKS)


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_fault_is_found_and_nothing_else(second, kind, seed):
    copy, planted = plant(second, [kind], np.random.default_rng(seed))
    found, missed, false = judge(planted, lint_library(copy), ())
    assert (found, missed, false) == ([kind], [], [])


def test_ten_faults_at_once_do_not_hide_each_other(second):
    kinds = list(np.random.default_rng(5).permutation(list(FAULTS)))[:10]
    copy, planted = plant(library(n=40), kinds, np.random.default_rng(5))
    _, missed, false = judge(planted, lint_library(copy), ())
    assert len(missed) <= 1
    assert len(false) <= 2


def test_one_spectrum_under_two_names_names_both():
    twin = reference(3, "other name", noise=3e-3)
    (finding,) = measured_findings(library(twin))
    assert (finding.code, finding.severity) == ("same_spectrum", "warning")
    assert finding.names == ("powder 3", "other name")
    assert finding.references == (reference(3).id, twin.id)
    assert finding.remedy


def test_two_forms_with_one_spectrum_are_told_and_replicates_are_not():
    forms = reference(20, "salt", form="hydrate"), reference(20, "salt", form="anhydrous", noise=3e-3)
    assert [each.code for each in measured_findings(library(*forms))] == ["same_spectrum"]
    replicates = reference(20, "salt"), reference(20, "salt", noise=3e-3)
    assert measured_findings(library(*replicates)) == []


def test_the_odd_one_of_several_replicates_is_blamed_alone():
    good = [reference(20, "salt", noise=noise) for noise in (2e-3, 3e-3, 4e-3)]
    odd = reference(21, "salt")
    (finding,) = [each for each in measured_findings(library(*good, odd)) if each.code == "dissimilar_name"]
    assert finding.references == (odd.id,)


def test_a_replicate_that_sits_with_another_substance_is_mislabelled():
    ours = [reference(20, "salt", noise=noise) for noise in (2e-3, 3e-3)]
    theirs = [reference(21, "sugar", noise=noise) for noise in (2e-3, 3e-3)]
    stray = reference(21, "salt", noise=4e-3)
    findings = [
        each for each in measured_findings(library(*ours, *theirs, stray)) if each.code == "mislabelled"
    ]
    assert [each.references for each in findings] == [(stray.id,)]


def test_an_instrument_that_reads_low_is_told_once_and_not_for_each(second):
    moved = [
        make_reference(
            dataclasses.replace(each.spectrum, axis=each.spectrum.axis - 5.0),
            Naming(each.label.substance, identity=each.label.identity),
            provenance=each.provenance,
        )
        for each in second.references
    ]
    (finding,) = measured_findings(dataclasses.replace(second, references=tuple(moved)))
    assert finding.code == "instrument_axis_offset"
    assert "5.0 cm-1 too low" in finding.message


def test_identifiers():
    wrong = [
        reference(20, "caffeine", cas="58-08-3"),
        reference(21, "b", inchikey="RYYVLZVUVIJVGH"),
        reference(22, "glucose", cas="58-08-2", identity="glucose"),
        reference(23, "caffeine pure", cas="58-08-2", identity="caffeine"),
    ]
    found = [each for each in measured_findings(library(*wrong)) if each.code == "bad_identifier"]
    assert [each.names for each in found] == [("b",), ("caffeine",), ("glucose",)]
    assert "check digit" in found[1].message
    assert "that of caffeine" in found[2].message


def test_deprecated_references_are_left_out():
    twin = reference(3, "other name")
    assert measured_findings(library(twin))
    assert measured_findings(deprecate_references(library(twin), [twin.id], "twin")) == []


def test_what_building_refused_and_nobody_recorded_is_told():
    refused = {"unusable": [{"file": "x.csv", "name": "urea", "reason": "unusable: saturated"}]}
    logged = record(library(), "build", details=refused)
    (finding,) = measured_findings(logged)
    assert (finding.code, finding.names, finding.severity) == ("saturation", ("urea",), "error")
    changed = dataclasses.replace(logged, banner="changed by hand")
    assert "unrecorded_change" in {each.code for each in lint_library(changed)}


def test_a_small_library_has_no_usual():
    noisy = reference(0, noise=0.012)  # signal-to-noise about 100
    few = Library("few", "raman", (noisy, reference(1)))
    assert measured_findings(few) == []
    assert [each.code for each in measured_findings(library(reference(20, noise=0.012)))] == ["low_snr"]


def test_findings_stand_in_one_order():
    copy, _ = plant(library(), ["plateau", "spikes", "wrong_cas"], np.random.default_rng(0))
    findings = lint_library(copy)
    assert findings == in_order(reversed(findings))
    assert [SEVERITIES.index(each.severity) for each in findings] == sorted(
        SEVERITIES.index(each.severity) for each in findings
    )
    assert findings == lint_library(copy)


def test_the_starter_is_not_its_own_second_opinion():
    assert shipped(library()) is not None
    assert shipped(open_starter()) is None


@pytest.mark.parametrize("part", STARTER_PARTS, ids=lambda part: part.technique)
def test_the_second_opinion_is_of_the_library_s_technique(part):
    starter = part.open()
    own = dataclasses.replace(starter, references=starter.references[:3], prepared=(), calibration=None)
    assert shipped(own).technique == part.technique
    assert shipped(starter) is None
    assert {each.code for each in lint_library(own)} & {"bad_identifier", "role_conflict"} == set()


def test_a_technique_without_shipped_references_has_no_second_opinion():
    infrared = Spectrum(AXIS, bands(0), unit="wavenumber_cm-1", technique="mir")
    assert shipped(Library("ir", "mir", (make_reference(infrared, Naming("powder")),))) is None


def test_quantiles_of_small_groups_say_nothing():
    assert reached_by_most([1.0] * 5, least=True) is None
    assert reached_by_most(list(range(11)), least=True) == pytest.approx(1.0)
    assert reached_by_most(list(range(11)), least=False) == pytest.approx(9.0)
    assert centre_and_spread([0.0] * 9 + [100.0], least=0.5) == (0.0, 0.5)
    rng = np.random.default_rng(0)
    _, spread = centre_and_spread(list(rng.normal(3.0, 2.0, 20_000)), least=0.0)
    assert spread == pytest.approx(2.0, rel=0.05)


def test_width_of_a_gaussian_band_is_its_own():
    y = 1000 * np.exp(-4 * np.log(2) * ((AXIS - 900.3) / 11.0) ** 2)
    y = y + np.random.default_rng(0).normal(0, 0.2, AXIS.size)
    single = make_reference(Spectrum(AXIS, y), Naming("one band"))
    assert measure(single).finest_cm1 == pytest.approx(11.0, rel=0.03)


def test_pairs_are_those_of_a_plain_correlation():
    checked = library(reference(3, "twin", noise=0.01))
    rows, failures = prepared_rows(checked, checked.references)
    assert not failures
    inside = slice(rows[0].first, rows[0].last)
    roots = np.array([rows[place].compared[inside] for place in range(len(checked))])
    plain = np.corrcoef(roots)
    for least in (0.3, 0.85):
        expected = [(i, j) for i in range(17) for j in range(i + 1, 17) if plain[i, j] >= least]
        assert alike_rows(rows, least) == expected


def test_expected_correlation_is_that_of_two_noisy_measurements():
    checked = library(reference(3, "again", noise=0.03))
    rows, _ = prepared_rows(checked, checked.references)
    noise = 0.03
    actual = np.corrcoef(rows[3].compared, rows[16].compared)[0, 1]
    assert expected_correlation(rows[3], noise, seed=0) == pytest.approx(actual, abs=0.02)


@pytest.mark.measured
def test_the_duplicates_of_a_measured_library_and_no_others(shared_data):
    findings = lint_library(build_library(shared_data / "raman" / "wp785xs-library").library)
    told = [each for each in findings if each.code not in RECORD]
    assert {each.code for each in told} == {"same_spectrum"}
    assert {frozenset(each.names) for each in told} == {
        frozenset({"2-Propanol", "isopropanol"}),
        frozenset({"2-Butanone", "Methyl Ethyl Ketone"}),
        frozenset({"Citric Acid", "Citric Acid Anhydrate"}),
        frozenset({"coconut oil", "Coconate Ester"}),
    }


@pytest.mark.measured
@pytest.mark.parametrize(("folder", "least"), [("wp785xs-library", 9.5), ("wp785x-queries", 9.0)])
def test_ten_faults_in_a_measured_library(shared_data, folder, least):
    library = build_library(shared_data / "raman" / folder).library
    clean, hits = lint_library(library), []
    for seed in (101, 102):
        rng = np.random.default_rng(seed)
        copy, planted = plant(library, list(rng.permutation(list(FAULTS)))[:10], rng)
        found, _, false = judge(planted, lint_library(copy), clean)
        assert len(false) <= 2
        hits.append(len(found))
    assert np.mean(hits) >= least
    assert min(hits) >= 9
