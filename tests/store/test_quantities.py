"""Models of a mass fraction: tables of samples, fitting from files, saving, damage, where they apply."""

import dataclasses
import json

import numpy as np
import pytest

from libraries.quantities import fit_mass_fraction, open_mass_fraction, quantify, save_mass_fraction
from libraries.samples import read_samples
from spectra.errors import LibraryError
from spectra.io import read_spectra
from spectra.io.writers import write_spectra
from spectra.spectrum import Spectrum

pytest.importorskip("sklearn")

AXIS = np.arange(908.0, 1676.0, 6.2)


def band(centre, width):
    return np.exp(-0.5 * ((AXIS - centre) / width) ** 2)


PURE, OTHER = band(1150, 30) + 0.7 * band(1420, 25), band(1210, 50) + 0.5 * band(1550, 40)


def scan(share, rng, **metadata):
    """Reflectance of a mixture with a path length and an offset of its own."""
    absorbed = 0.3 + share * PURE + (1 - share) * OTHER
    absorbed = rng.uniform(0.8, 1.2) * absorbed + rng.uniform(0, 0.1) + rng.normal(0, 3e-4, AXIS.size)
    facts = {"quantity": "reflectance", "instrument": "handheld one", **metadata}
    return Spectrum(AXIS, 10**-absorbed, "nir", "wavelength_nm", facts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Thirty samples of two scans, in two files each, and the table."""
    place = tmp_path_factory.mktemp("samples")
    rng = np.random.default_rng(1)
    lines = ["file;mass_fraction;sample"]
    for number, share in enumerate(np.linspace(0.2, 0.7, 30)):
        for again in "ab":
            name = f"s{number:02d}{again}.csv"
            write_spectra([scan(share, rng)], place / name)
            lines.append(f"{name};{share:.6f};s{number:02d}".replace(".", ",", 2).replace(",csv", ".csv"))
    (place / "samples.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def fitted(folder):
    return fit_mass_fraction(folder, folder / "samples.csv", substance="lactose")


def test_fitted_from_files_it_states_the_fraction_of_new_scans(fitted):
    assert fitted.model.n_samples == 30
    assert fitted.n_spectra == 60
    assert fitted.instruments == ("handheld one",)
    assert fitted.range_nm == (908.0, 1670.0)
    rng = np.random.default_rng(2)
    shares = np.linspace(0.25, 0.65, 40)
    found = [quantify(fitted, scan(share, rng)).prediction for share in shares]
    stated = [(each, share) for each, share in zip(found, shares, strict=True) if each.value is not None]
    assert len(stated) >= 38
    assert np.mean([each.low <= share <= each.high for each, share in stated]) >= 0.9
    assert max(abs(each.value - share) for each, share in stated) < 0.02


def test_the_axis_in_wavenumbers_and_absorbance_say_the_same(fitted):
    given = scan(0.4, np.random.default_rng(3))
    absorbed = -np.log10(given.intensity)
    turned = Spectrum(1e7 / AXIS, absorbed, "nir", "wavenumber_cm-1", {"quantity": "absorbance"})
    ours, theirs = quantify(fitted, given).prediction, quantify(fitted, turned).prediction
    assert ours.value == pytest.approx(theirs.value, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"technique": "raman"}, "wrong_technique"),
        ({"unit": "raman_shift_cm-1"}, "wrong_technique"),
        ({"axis": AXIS + 60}, "too_little_overlap"),
        ({"metadata": {"quantity": "counts"}}, "unusable_ordinate"),
        ({"intensity": 10 ** -(0.3 + 1.5 * PURE - 0.5 * OTHER)}, "value_outside"),
        ({"intensity": 10 ** -(0.3 + 0.4 * PURE + 0.6 * OTHER + 0.3 * band(1300, 20))}, "residual_outside"),
    ],
)
def test_where_it_does_not_apply_it_says_why(fitted, change, reason):
    given = dataclasses.replace(scan(0.4, np.random.default_rng(4)), **change)
    found = quantify(fitted, given)
    assert reason in found.reasons
    assert found.prediction is None or found.prediction.value is None


def test_another_instrument_is_noted(fitted):
    found = quantify(fitted, scan(0.4, np.random.default_rng(5), instrument="handheld two"))
    assert "handheld two, calibrated on handheld one" in found.notes[0]


def test_intervals_end_at_nothing_and_at_everything(fitted):
    model = dataclasses.replace(fitted.model, residuals=fitted.model.residuals + 5)
    wide = quantify(dataclasses.replace(fitted, model=model), scan(0.4, np.random.default_rng(6)))
    assert (wide.prediction.low, wide.prediction.high) == (0.0, 1.0)


def test_saved_and_opened_it_says_the_same(fitted, tmp_path):
    save_mass_fraction(fitted, tmp_path / "model.json")
    again = open_mass_fraction(tmp_path / "model.json")
    given = scan(0.4, np.random.default_rng(7))
    assert quantify(again, given) == quantify(fitted, given)
    assert again.sha256 == fitted.sha256
    save_mass_fraction(again, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: text.replace('"n_spectra":60', '"n_spectra":61'), "changed since"),
        (
            lambda text: text.replace("contraspec.model/1", "contraspec.model/9"),
            "expected contraspec.model/1",
        ),
        (lambda text: text[:-100], "no model"),
        (lambda text: "[]", "no model"),
        (lambda text: "", "no model"),
        (lambda text: text.replace('"alpha":0.01', '"alpha":NaN'), "NaN"),
        (lambda text: text.replace('"n_points":382', '"n_points":381'), "other points"),
        (lambda text: text.replace('"derivative_nm"', '"derivation"'), "derivation"),
    ],
)
def test_damaged_models_are_refused(fitted, tmp_path, spoil, message):
    path = tmp_path / "model.json"
    save_mass_fraction(fitted, path)
    whole = path.read_text(encoding="ascii")
    assert spoil(whole) != whole
    path.write_text(spoil(whole), encoding="ascii")
    with pytest.raises(LibraryError, match=message):
        open_mass_fraction(path)


def test_a_missing_model_is_said_to_be(tmp_path):
    with pytest.raises(LibraryError, match="no such model"):
        open_mass_fraction(tmp_path / "none.json")


def test_every_number_of_a_model_counts(fitted, tmp_path):
    path = tmp_path / "model.json"
    save_mass_fraction(fitted, path)
    plain = json.loads(path.read_text(encoding="ascii"))
    plain["model"]["residuals"][3] *= 0.5
    path.write_text(json.dumps(plain), encoding="ascii")
    with pytest.raises(LibraryError, match="changed since"):
        open_mass_fraction(path)


def test_a_part_of_the_range_and_one_spectrum_of_a_file(folder, tmp_path):
    spectra = [read_spectra(folder / f"s{number:02d}a.csv")[0] for number in range(30)]
    write_spectra(spectra, tmp_path / "all.nxs")
    lines = [f"all.nxs,{0.2 + 0.5 * number / 29:.6f},{number}" for number in range(30)]
    (tmp_path / "table.csv").write_text("file,mass_fraction,index\n" + "\n".join(lines), encoding="utf-8")
    model = fit_mass_fraction(
        tmp_path, tmp_path / "table.csv", substance="x", range_nm=(1000, 1600), n_components=1
    )
    assert model.range_nm == (1000.0, 1600.0)
    assert (model.model.n_components, model.model.n_samples) == (1, 30)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("", "column 'file'"),
        ("file,mass_fraction\n", "lists no sample"),
        ("file,share\na.csv,0.1\n", "column 'mass_fraction'"),
        ("file,mass_fraction\na.csv,45\n", "line 2: mass_fraction '45'; expected a share"),
        ("file,mass_fraction\na.csv,\n", "'mass_fraction' is empty"),
        ("file,mass_fraction\n../a.csv,0.1\n", "leaves the folder"),
        ("file,mass_fraction\na.csv,0.1\na.csv,0.1\n", "line 3: 'a.csv' is listed on line 2"),
        ("file,mass_fraction,index\na.csv,0.1,0\na.csv,0.1,\n", "listed on line 2"),
        ("file,mass_fraction,index\na.csv,0.1,\na.csv,0.1,1\n", "listed on line 2"),
        ("file,mass_fraction,index\na.csv,0.1,-1\n", "whole number"),
        ("file,mass_fraction,sample\na.csv,0.1,s\nb.csv,0.2,s\n", "mass fractions 0.1 and 0.2"),
        ('file,mass_fraction\n"a.csv,0.1\n', "mend that line"),
    ],
)
def test_wrong_tables_name_the_line(tmp_path, table, message):
    path = tmp_path / "samples.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(LibraryError, match=message):
        read_samples(path)


def test_samples_that_cannot_be_used_are_named(folder, tmp_path):
    table = tmp_path / "samples.csv"

    def refused(lines, message, **options):
        table.write_text("file,mass_fraction\n" + "\n".join(lines), encoding="utf-8")
        with pytest.raises(LibraryError, match=message):
            fit_mass_fraction(folder, table, **{"substance": "lactose", **options})

    some = [f"s{number:02d}a.csv,{0.2 + number / 60:.4f}" for number in range(30)]
    refused(["none.csv,0.1"], "none.csv")
    refused(some[:5], "5 calibration samples")
    refused(some, "name whose", substance=" ")
    refused(some, "share", range_nm=(1600, 1610))
    raman = dataclasses.replace(
        scan(0.3, np.random.default_rng(8)), technique="raman", unit="raman_shift_cm-1"
    )
    write_spectra([raman], folder / "raman.csv")
    refused([*some, "raman.csv,0.3"], "raman.csv .*expected near infrared")
