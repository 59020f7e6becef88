"""The starter library's tables are well-formed, honest and complete."""

import csv
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import voigt_profile

from libraries.starter import tables
from libraries.starter.synthesis import synthesise
from libraries.starter.tables import (
    Band,
    StarterReference,
    SubstanceRecord,
    load_hints,
    load_plastics,
    load_references,
    load_substances,
)
from libraries.substances import find_substance, identity_key, normalise_name
from spectra.errors import LibraryError
from spectra.label import ROLES

DATA = Path(__file__).parents[3] / "shared" / "data"
REFERENCES = load_references()
SUBSTANCES = load_substances()
INCHIKEY = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
AXIS = np.arange(200.0, 2400.0, 1.0)


def cas_is_valid(cas: str) -> bool:
    digits = cas.replace("-", "")
    if not re.fullmatch(r"[1-9]\d{1,6}-\d\d-\d", cas):
        return False
    return sum(n * int(digit) for n, digit in enumerate(reversed(digits[:-1]), 1)) % 10 == int(digits[-1])


def key_of(reference: StarterReference) -> str:
    return reference.key


def name_of(record: SubstanceRecord) -> str:
    return f"{record.substance}/{record.form}"


@pytest.mark.parametrize("reference", REFERENCES, ids=key_of)
def test_reference_is_well_formed(reference: StarterReference) -> None:
    positions = [band.position_cm1 for band in reference.bands]
    assert reference.grade in {"C", "D"}
    assert reference.role in ROLES
    assert positions == sorted(positions)
    assert reference.range_lo_cm1 <= positions[0]
    assert positions[-1] <= reference.range_hi_cm1
    assert 4 <= len(positions) <= 60
    assert all(3.0 <= band.fwhm_cm1 <= 120.0 for band in reference.bands)
    assert max(band.height for band in reference.bands) <= 130.0
    assert reference.source
    assert reference.source_licence
    assert not any(text in reference.source for text in ("/work", "/home", "/root", "/tmp"))


@pytest.mark.parametrize("reference", [ref for ref in REFERENCES if ref.grade == "C"], ids=key_of)
def test_fitted_reference_redraws_its_spectrum(reference: StarterReference) -> None:
    assert reference.fit_r is not None
    assert 0.97 <= reference.fit_r <= 1.0
    assert reference.source_licence == "MIT"


@pytest.mark.parametrize("reference", [ref for ref in REFERENCES if ref.grade == "D"], ids=key_of)
def test_table_reference_says_that_its_widths_are_assumed(reference: StarterReference) -> None:
    assert reference.fit_r is None
    assert "assumed" in reference.note
    assert len({band.fwhm_cm1 for band in reference.bands}) == 1


def test_every_reference_agrees_with_the_substance_table() -> None:
    known = {(r.substance, r.form): (r.cas, r.inchikey, r.role) for r in SUBSTANCES}
    for ref in REFERENCES:
        assert known[ref.substance, ref.form] == (ref.cas, ref.inchikey, ref.role)


@pytest.mark.parametrize("reference", REFERENCES, ids=key_of)
def test_a_reference_has_the_identity_of_its_name(reference: StarterReference) -> None:
    assert reference.identity == identity_key(reference.substance)


def test_plastics_are_the_fitted_packaging() -> None:
    assert load_plastics() == tuple(ref for ref in REFERENCES if (ref.role, ref.grade) == ("packaging", "C"))


def test_keys_and_forms_are_unique() -> None:
    assert len({ref.key for ref in REFERENCES}) == len(REFERENCES)
    assert len({(ref.substance, ref.form) for ref in REFERENCES}) == len(REFERENCES)
    assert len({(record.substance, record.form) for record in SUBSTANCES}) == len(SUBSTANCES)


@pytest.mark.parametrize("record", SUBSTANCES, ids=name_of)
def test_substance_identifiers(record: SubstanceRecord) -> None:
    assert not record.cas or cas_is_valid(record.cas)
    assert not record.inchikey or INCHIKEY.fullmatch(record.inchikey)
    assert not (record.verified and not record.cas)
    assert record.identity == record.substance.casefold()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *(
            ("cocaine", "controlled"),
            ("MDMA", "controlled"),
            ("ketamine", "controlled"),
            ("heroin", "controlled"),
        ),
        *(("tramadol", "controlled"), ("codeine", "controlled"), ("GBL", "precursor"), ("BMK", "precursor")),
        *(("ephedrine", "precursor"), ("acetone", "solvent"), ("toluene", "solvent"), ("MEK", "solvent")),
        *(("sulfuric acid", "solvent"), ("xylazine", "cutting agent"), ("caffeine", "cutting agent")),
        *(("PET", "packaging"), ("polystyrene", "packaging"), ("silicon", "calibration"), ("CBD", "unknown")),
    ],
)
def test_roles(name: str, role: str) -> None:
    record = find_substance(name)
    assert record is not None
    assert record.role == role


def test_scheduled_substances_raise_the_alert() -> None:
    for record in SUBSTANCES:
        scheduled = record.un_schedule.startswith(("1961", "1971")) or record.eu_precursor_category in {
            "1",
            "2",
        }
        if scheduled or record.un_schedule == "1988 Table I":
            assert record.role in {"controlled", "precursor"}, record


def test_no_benign_role_for_what_is_not_identified() -> None:
    record = find_substance("Alanine")
    assert record is not None
    assert record.role == "unknown"


@pytest.mark.parametrize(
    ("names", "substance"),
    [
        (("2-Propanol", "isopropanol", "IPA"), "isopropanol"),
        (("2-Butanone", "methyl ethyl ketone", "Methyl_Ethyl_Ketone"), "methyl ethyl ketone"),
        (("Acetaminophen", "paracetamol"), "paracetamol (acetaminophen)"),
        (("metamizol Mg", "Metamizole"), "metamizole"),
        (("2-amino butane", "2-Aminobutane"), "2-aminobutane"),
        (("potassium hydrogen phosphate", "K2HPO4"), "dipotassium hydrogen phosphate"),
        (("KH2PO4",), "potassium dihydrogen phosphate"),
        (("Citric Acid Anhydrate", "Citric Acid", "citric acid monohydrate"), "citric acid"),
    ],
)
def test_synonyms_are_one_identity(names: tuple[str, ...], substance: str) -> None:
    found = [find_substance(name) for name in names]
    assert {record.substance if record else None for record in found} == {substance}


def test_other_salts_and_hydrates_are_other_forms() -> None:
    forms = [
        find_substance(name)
        for name in ("metamizol Mg", "metamizole", "citric acid", "citric acid monohydrate")
    ]
    assert len({record.form for record in forms if record}) == 4


def test_no_synonym_means_two_rows() -> None:
    rows: dict[str, set[tuple[str, str]]] = {}
    for record in SUBSTANCES:
        for synonym in record.synonyms:
            rows.setdefault(normalise_name(synonym), set()).add((record.substance, record.form))
    assert [name for name, meant in rows.items() if len(meant) > 1] == []


def test_a_bare_name_of_several_forms_claims_no_form() -> None:
    record = find_substance("Cocaine")
    assert record is not None
    assert (record.form, record.cas, record.inchikey) == ("", "", "")
    assert find_substance("no such substance") is None


def test_hints_are_of_substances_only() -> None:
    hints = load_hints()
    assert len(hints) >= 20
    assert not any(word in hint.substance for hint in hints for word in ("GROUP", "glass"))
    assert {"cocaine", "MDMA", "methamphetamine", "ketamine", "heroin", "mephedrone (4-MMC)", "GBL"} <= {
        hint.substance for hint in hints
    }
    for hint in hints:
        assert hint.bands_cm1 == tuple(sorted(hint.bands_cm1))
        assert len(hint.bands_cm1) == len(hint.strong)
        assert not hint.cas or cas_is_valid(hint.cas)
        assert "unverified" in hint.source


def test_pure_gaussian_and_lorentzian_bands() -> None:
    """The limits of the Voigt profile are the oracle: scipy's, by area and width."""
    sigma, gamma = 12.0 / (2.0 * np.sqrt(2.0 * np.log(2.0))), 6.0
    gauss = synthesise([Band(1000.0, 12.0, 0.0, 7.0)], AXIS)
    lorentz = synthesise([Band(1000.0, 12.0, 1.0, 7.0)], AXIS)
    x = AXIS - 1000.0
    np.testing.assert_allclose(
        gauss, 7.0 * voigt_profile(x, sigma, 0) / voigt_profile(0, sigma, 0), atol=1e-12
    )
    np.testing.assert_allclose(
        lorentz, 7.0 * voigt_profile(x, 0, gamma) / voigt_profile(0, 0, gamma), rtol=1e-10
    )


def test_width_is_the_full_width_at_half_maximum_and_bands_add() -> None:
    for eta in (0.0, 0.3, 1.0):
        half = synthesise([Band(1000.0, 10.0, eta, 8.0)], np.array([995.0, 1000.0, 1005.0]))
        np.testing.assert_allclose(half, [4.0, 8.0, 4.0])
    first, second = Band(700.0, 9.0, 0.4, 30.0), Band(720.0, 14.0, 0.1, 60.0)
    both = synthesise([first, second], AXIS)
    np.testing.assert_allclose(both, synthesise([first], AXIS) + synthesise([second], AXIS))
    assert not synthesise([], AXIS).any()


@pytest.mark.parametrize(
    ("name", "old", "new", "load", "message"),
    [
        (
            "references.tsv",
            "\tC\t302\t",
            "\tZ\t302\t",
            load_references,
            r"references\.tsv line \d+: grade 'Z'",
        ),
        ("references.tsv", "\tsolvent\t", "\tsolvant\t", load_references, r"line \d+: role 'solvant'"),
        ("references.tsv", "\tC\t302\t", "\tC\tlow\t", load_references, r"line \d+: range_lo_cm1 'low'"),
        ("references.tsv", "caffeine-anhydrous\t", "coffee\t", load_references, "0"),
        (
            "bands.tsv",
            "caffeine\tanhydrous",
            "caffeine",
            load_references,
            r"bands\.tsv line \d+: 7 cells, expected 8",
        ),
        ("bands.tsv", "fwhm_cm1", "width", load_references, r"bands\.tsv line 2: columns"),
        ("hints.tsv", "\tvs\t", "\tvery\t", load_hints, r"hints\.tsv line \d+: strength 'very'"),
        (
            "substances.tsv",
            "\ttrue",
            "\tyes",
            load_substances,
            r"substances\.tsv line \d+: expected .* true or false",
        ),
    ],
)
def test_malformed_tables_are_refused_with_their_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    old: str,
    new: str,
    load: Callable[[], object],
    message: str,
) -> None:
    folder = Path(tables.__file__).parent
    for path in folder.glob("*.tsv"):
        text = path.read_text(encoding="utf-8")
        assert path.name != name or old in text
        (tmp_path / path.name).write_text(
            text.replace(old, new, 1) if path.name == name else text, encoding="utf-8"
        )
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    uncached = load.__wrapped__  # type: ignore[attr-defined]
    with pytest.raises(LibraryError, match=message):
        uncached()


def test_importing_the_starter_package_loads_no_table() -> None:
    code = "import libraries.starter, sys; sys.exit('libraries.starter.tables' in sys.modules)"
    root = Path(tables.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


@pytest.mark.measured
@pytest.mark.parametrize(
    ("pattern", "trim"),
    [
        ("raman/wp785xs-library/*.csv", 0),
        ("raman/wp785x-queries/*.csv", 0),
        ("raman/amino-acid-mixtures/pure/*.csv", 0),
        ("nir/nirscan-nano/*/*.csv", 3),
    ],
)
def test_every_shared_file_name_resolves(pattern: str, trim: int) -> None:
    if not DATA.is_dir():
        pytest.skip("needs the measured files of ../shared/data")
    stems = sorted({path.stem[: len(path.stem) - trim] for path in DATA.glob(pattern)})
    assert len(stems) >= 6
    found = {stem: find_substance(stem) for stem in stems}
    assert [stem for stem, record in found.items() if record is None or not record.form] == []


@pytest.mark.measured
def test_the_substance_table_says_what_the_facts_say() -> None:
    facts = DATA / "facts" / "substances.tsv"
    if not facts.is_file():
        pytest.skip("needs ../shared/data/facts/substances.tsv")
    with facts.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    ours = {(record.substance, record.form): record for record in SUBSTANCES}
    for row in rows:
        record = ours[row["substance"], row["form"]]
        assert (record.cas, record.inchikey) == (row["cas"], row["inchikey"])
        assert (record.un_schedule, record.nl_opiumwet) == (row["un_schedule"], row["nl_opiumwet"])
        assert record.eu_precursor_category == row["eu_precursor_category"]
        assert not (
            record.verified and "recalled" in row["un_source"] + row["nl_source"] + row["verification"]
        )
