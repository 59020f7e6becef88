"""The checked-in starter library is what its tables, the pipeline and the calibration give."""

import pytest

from libraries.engine import Engine, open_starter
from libraries.starter.build import BANNER, RELEASE, build_starter
from spectra.preprocessing import RAMAN_PIPELINE


@pytest.fixture(scope="module")
def shipped():
    return open_starter()


@pytest.fixture(scope="module")
def drawn():
    return build_starter()


def test_the_references_and_hints_are_those_of_the_tables(shipped, drawn):
    # ids are hashes of content: other processors may round the last bit of exp differently
    assert [r.label.substance for r in shipped.references] == [r.label.substance for r in drawn.references]
    for ours, fresh in zip(shipped.references, drawn.references, strict=True):
        assert ours.provenance == fresh.provenance
        assert ours.spectrum.axis.tolist() == fresh.spectrum.axis.tolist()
        assert ours.spectrum.intensity == pytest.approx(fresh.spectrum.intensity, abs=1e-9)
    assert shipped.hints == drawn.hints


def test_it_was_prepared_and_calibrated_by_this_engine(shipped, drawn):
    ours, fresh = shipped.candidates(RAMAN_PIPELINE), drawn.candidates(RAMAN_PIPELINE)
    assert any(entry.fingerprint == RAMAN_PIPELINE.fingerprint for entry in shipped.prepared), (
        "the preprocessing changed: run python -m libraries.starter.build"
    )
    assert ours.intensity == pytest.approx(fresh.intensity, abs=1e-3)
    for curve in ("single", "mixture"):
        assert shipped.calibration[curve] == pytest.approx(drawn.calibration[curve], rel=0.02), (
            "the evidence or the simulation changed: run python -m libraries.starter.build"
        )
    assert shipped.calibration["threshold"] == pytest.approx(drawn.calibration["threshold"], abs=0.01)


def test_it_says_what_it_is(shipped):
    assert (shipped.banner, shipped.release) == (BANNER, RELEASE)
    assert {reference.label.grade for reference in shipped.references} == {"C", "D"}
    assert all(r.provenance.source and r.provenance.licence for r in shipped.references)


def test_the_five_main_drugs_are_hints_only(shipped):
    drugs = {"cocaine", "MDMA", "methamphetamine", "ketamine", "heroin"}
    assert drugs.isdisjoint(reference.label.substance for reference in shipped.references)
    assert drugs <= {hint.substance for hint in shipped.hints}


@pytest.mark.measured
def test_benign_spectra_raise_hardly_any_alert_or_hint(shared_data):
    """None of the shared spectra is of a drug: at most 1 % may raise an alert or a hint."""
    from spectra.io import read_spectra

    engine = Engine.open()
    folders = ("wp785xs-library", "wp785x-queries", "portable-customs", "calibration-standards/*")
    files = sorted(f for folder in folders for f in (shared_data / "raman").glob(f"{folder}/*.[ct][sx][vt]"))
    assert len(files) > 140
    raised = []
    for file in files:
        answer = engine.identify(read_spectra(file)[0]).identification
        if answer.alert or answer.hints:
            raised.append(file.name)
    assert len(raised) <= 0.01 * len(files), raised
