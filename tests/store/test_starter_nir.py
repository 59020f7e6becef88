"""The near infrared starter: tables well-formed and honest, the file what they give, the answers right."""

import re
from pathlib import Path

import numpy as np
import pytest

from libraries.calibrating import pipeline_of
from libraries.engine import Engine
from libraries.library import Library
from libraries.starter import tables
from libraries.starter.build import BANNER, NIR_FILE, RELEASE, build_nir_starter
from libraries.starter.nir import NirBand, NirReference, draw_absorbance, load_nir_references
from libraries.starter.tables import load_substances
from libraries.substances import identity_key
from spectra.confidence.identification import STATEMENTS
from spectra.errors import LibraryError
from spectra.label import ALERT_ROLES

REFERENCES = load_nir_references()
AXIS = np.arange(900.0, 2500.0, 2.0)
MIN_PACKAGING = 6


def key_of(reference: NirReference) -> str:
    return reference.key


@pytest.mark.parametrize("reference", REFERENCES, ids=key_of)
def test_reference_is_well_formed(reference: NirReference) -> None:
    assert reference.grade in {"C", "D"}
    assert 4 <= len(reference.bands) <= 40
    assert all(10.0 <= band.fwhm_nm <= 160.0 for band in reference.bands)
    assert 740.0 <= reference.range_lo_nm < reference.range_hi_nm <= 2600.0
    assert reference.source
    assert reference.source_licence in {"MIT", "US public domain"}
    assert re.fullmatch(r"[a-z0-9-]+", reference.key)


@pytest.mark.parametrize("reference", [one for one in REFERENCES if "assumed" not in one.note], ids=key_of)
def test_fitted_reference_redraws_its_second_derivative(reference: NirReference) -> None:
    assert reference.fit_r is not None
    assert 0.99 <= reference.fit_r <= 1.0


@pytest.mark.parametrize("reference", [one for one in REFERENCES if one.fit_r is None], ids=key_of)
def test_table_reference_says_that_its_widths_are_assumed(reference: NirReference) -> None:
    assert reference.grade == "D"
    assert "assumed" in reference.note
    assert len({band.fwhm_nm for band in reference.bands}) == 1


def test_what_two_sources_name_differently_is_possible_at_best() -> None:
    doubted = [one for one in REFERENCES if one.substance in {"glucose", "lactose"}]
    assert {one.substance for one in doubted} == {"glucose", "lactose"}
    assert all(one.grade == "D" and "exchanged" in one.note for one in doubted)


def test_every_reference_is_a_substance_of_the_table_in_its_role() -> None:
    roles = {(record.substance, record.role) for record in load_substances()}
    for reference in REFERENCES:
        assert (reference.substance, reference.role) in roles
        assert identity_key(reference.substance) == reference.substance.casefold()


def test_packaging_is_there_and_nothing_that_alarms() -> None:
    packaging = {one.substance for one in REFERENCES if one.role == "packaging"}
    assert {"polyethylene", "PET", "PVC", "polystyrene", "nylon", "paper or cardboard"} == packaging
    assert len(packaging) >= MIN_PACKAGING
    assert not {one.role for one in REFERENCES} & ALERT_ROLES


def test_a_band_is_drawn_as_its_table_says() -> None:
    drawn = draw_absorbance([NirBand(1200.0, 40.0, 50.0), NirBand(2000.0, 60.0, 100.0)], AXIS)
    assert drawn[AXIS == 1200.0] == pytest.approx(0.5)
    assert drawn[AXIS == 1220.0] == pytest.approx(0.25)
    assert drawn[AXIS == 2030.0] == pytest.approx(0.5)
    assert drawn[AXIS == 1600.0] == pytest.approx(0.0, abs=1e-12)
    assert draw_absorbance([], AXIS).tolist() == [0.0] * AXIS.size


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("nir_bands.tsv", "\t33.", "\t-33.", "width"),
        ("nir_bands.tsv", "fwhm_nm", "width", "columns"),
        ("nir_references.tsv", "\tC\t906\t", "\tF\t906\t", "grade"),
        ("nir_references.tsv", "\t906\t1694\t", "\t1500\t1694\t", "within"),
        ("nir_references.tsv", "\t906\t", "\tx\t", "range_lo_nm"),
    ],
)
def test_a_malformed_table_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, old: str, new: str, complaint: str
) -> None:
    for name in ("nir_bands.tsv", "nir_references.tsv"):
        text = (tables.FOLDER / name).read_text(encoding="utf-8")
        assert name != file or old in text
        (tmp_path / name).write_text(text.replace(old, new, 1) if name == file else text, encoding="utf-8")
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    load_nir_references.cache_clear()
    try:
        with pytest.raises(LibraryError, match=complaint):
            load_nir_references()
    finally:
        load_nir_references.cache_clear()


@pytest.fixture(scope="module")
def shipped() -> Library:
    return Library.open(NIR_FILE)


@pytest.fixture(scope="module")
def drawn() -> Library:
    return build_nir_starter()


def test_the_file_is_what_the_tables_give(shipped: Library, drawn: Library) -> None:
    # ids are hashes of content: other processors may round the last bit of exp differently
    assert [one.label.substance for one in shipped.references] == [
        one.label.substance for one in drawn.references
    ]
    for ours, fresh in zip(shipped.references, drawn.references, strict=True):
        assert ours.provenance == fresh.provenance
        assert ours.spectrum.axis.tolist() == fresh.spectrum.axis.tolist()
        assert ours.spectrum.intensity == pytest.approx(fresh.spectrum.intensity, abs=1e-9)
    assert (shipped.banner, shipped.release, shipped.technique) == (BANNER, RELEASE, "nir")


def test_it_was_prepared_and_calibrated_by_this_engine(shipped: Library, drawn: Library) -> None:
    fingerprint = pipeline_of("nir").fingerprint
    assert any(entry.fingerprint == fingerprint for entry in shipped.prepared), (
        "the preprocessing changed: run python -m libraries.starter.build nir"
    )
    assert shipped.calibration is not None
    assert drawn.calibration is not None
    assert shipped.calibration.keys() == drawn.calibration.keys(), (
        "the calibration changed: run python -m libraries.starter.build nir"
    )
    assert shipped.calibration["threshold"] == pytest.approx(drawn.calibration["threshold"], abs=0.01)


def test_each_reference_is_found_by_its_own_spectrum(shipped: Library) -> None:
    engine = Engine([shipped])
    for reference in shipped.references:
        answer = engine.identify(reference.spectrum).identification
        named = {each.label.identity for each in answer.substances}
        assert reference.label.identity in named, (reference.label.substance, answer.verdict, answer.reasons)
        assert reference.label.grade == "C" or answer.verdict not in STATEMENTS
        assert not answer.alert


HANDHELD = {
    "acetaminophen": "paracetamol (acetaminophen)",
    "asa": "aspirin",
    "caffeine_citrate": "caffeine citrate",
    "salicylic_acid": "salicylic acid",
}


@pytest.mark.measured
def test_the_handheld_is_answered_rightly_and_without_alert(shared_data: Path, shipped: Library) -> None:
    from spectra.io import read_spectra

    engine = Engine([shipped])
    files = sorted((shared_data / "nir" / "nirscan-nano").glob("group*/*_03.csv"))
    assert len(files) == 88
    wrong, stated = [], 0
    for file in files:
        answer = engine.identify(read_spectra(file)[0]).identification
        truth = HANDHELD.get(file.stem[:-3], file.stem[:-3])
        named = {each.label.substance for each in answer.substances}
        stated += answer.verdict in STATEMENTS
        if answer.alert or (answer.verdict in STATEMENTS and named != {truth}):
            wrong.append((file.stem, answer.verdict, named))
    assert not wrong
    assert stated == 9 * 8


@pytest.mark.measured
def test_the_depths_of_the_facts_are_minima_of_what_is_drawn(shared_data: Path) -> None:
    from scipy.signal import argrelmin, savgol_filter

    lines = (shared_data / "facts" / "nir_bands.tsv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    rows = [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
    by_name = {(one.substance, one.range_lo_nm): one for one in REFERENCES}
    far = []
    for row in rows:
        key = row["substance"], 906.0
        if key not in by_name or row["feature"] != "2nd-derivative minimum" or row["confidence"] != "high":
            continue
        if float(row["rel_intensity"]) < 20.0 or not 930.0 <= float(row["band_nm"]) <= 1675.0:
            continue
        axis = np.arange(906.0, 1695.0, 1.0)
        curved = savgol_filter(draw_absorbance(by_name[key].bands, axis), 15, 2, deriv=2)
        minima = axis[argrelmin(curved)[0]]
        far.append(float(np.abs(minima - float(row["band_nm"])).min()))
    assert len(far) >= 25
    assert np.median(far) <= 2.0
    assert np.quantile(far, 0.9) <= 5.0
