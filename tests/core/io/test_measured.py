"""Every measured file beside the checkout: read right, or refused with a reason."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectra.errors import ReadError, SpectraError
from spectra.io import Measurement, read_measurements, read_spectra

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
pytestmark = [
    pytest.mark.measured,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no measured data at {DATA}"),
]

SHARE = 2e-4
"""Tolerance as a share of the range, as the expected values state it."""
BETTER_KNOWN = {
    # The file's own label says cm-1; the expected values leave the kind open.
    "perkinelmer_sp/spectra.sp": "wavenumber_cm-1",
}
NO_SPECTRA = {".json", ".md", ".tsv", ""}
"""Endings of the files in the data folders that hold no spectrum: facts, licences, notes."""


def expected() -> dict[str, dict[str, Any]]:
    path = DATA / "formats" / "expected.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def figures(measured: Measurement) -> dict[str, float]:
    y = measured.intensity
    return {"y_first": y[0], "y_last": y[-1], "y_min": y.min(), "y_max": y.max()}


@pytest.mark.parametrize("name", sorted(expected()))
def test_formats_against_expected(name: str) -> None:
    entry, path = expected()[name], DATA / "formats" / name
    if entry["outcome"] == "refuse":
        with pytest.raises(ReadError, match=r"\. \w.*\.$"):
            read_measurements(path)
        return
    measured = read_measurements(path)[0]
    assert isinstance(measured, Measurement)
    assert measured.metadata["format"] == name.split("/")[0] or name.startswith(TEXT_FOLDERS)
    assert measured.axis.size == entry["npoints"]
    x_range = abs(entry["x_last"] - entry["x_first"])
    for key, got in (("x_first", measured.axis[0]), ("x_last", measured.axis[-1])):
        assert got == pytest.approx(entry[key], rel=0, abs=SHARE * x_range), key
    right = [values for values in (entry, entry.get("accept_alt")) if values]
    assert any(all(near(values, key, got) for key, got in figures(measured).items()) for values in right)
    kind = entry["x_kind"] if entry["x_kind"] != "other/unknown" else BETTER_KNOWN.get(name, "other")
    assert measured.unit == kind
    if entry["modality"] in ("raman", "nir", "mir"):
        assert measured.technique == entry["modality"]


TEXT_FOLDERS = ("generic_csv", "horiba", "bwtek", "wasatch", "text_vendor", "nir_handheld", "nexus_rod")


def near(values: dict[str, Any], key: str, got: float) -> bool:
    return bool(abs(got - values[key]) <= SHARE * abs(values["y_max"] - values["y_min"]))


def test_number_of_spectra() -> None:
    """One a file where one measurement is one file (OPUS blocks are results of the same scan)."""
    entries = {name: entry for name, entry in expected().items() if entry["outcome"] == "ok"}
    for name, entry in entries.items():
        if not name.startswith("bruker_opus/"):
            assert len(read_measurements(DATA / "formats" / name)) == entry["nspectra"], name


@pytest.mark.parametrize(
    ("folder", "pattern", "form", "n_files"),
    [
        ("wp785xs-library", "*.csv", "enlighten_csv", 80),
        ("wp785x-queries", "*.csv", "enlighten_csv", 30),
        ("portable-customs", "*.txt", "pairs", 7),
        ("calibration-standards", "*BW*/*.txt", "bwtek_txt", 19),
        ("calibration-standards", "*Ho*/*.txt", "table", 9),
    ],
)
def test_raman_folders(folder: str, pattern: str, form: str, n_files: int) -> None:
    paths = sorted((DATA / "raman" / folder).glob(pattern))
    assert len(paths) == n_files
    for path in paths:
        (spectrum,) = read_spectra(path)
        assert (spectrum.technique, spectrum.unit) == ("raman", "raman_shift_cm-1")
        assert spectrum.metadata["format"] == form


def test_amino_acid_scans() -> None:
    folder = DATA / "raman" / "amino-acid-mixtures"
    pure = [read_spectra(path) for path in sorted((folder / "pure").glob("*.csv"))]
    vials = [read_spectra(path) for path in sorted((folder / "vials").glob("*.csv"))]
    assert [len(spectra) for spectra in pure] == [10] * 6
    assert [len(spectra) for spectra in vials] == [60] * 12
    computed = [spectra for spectra in vials if spectra[0].metadata["x_column"] == "Wavelength"]
    assert len(computed) == 9
    for spectra in computed:
        np.testing.assert_allclose(spectra[0].axis, pure[0][0].axis, rtol=0, atol=0.1)
        assert len({spectrum.metadata["date"] for spectrum in spectra}) > 30


def test_nirscan_takes_the_absorbance() -> None:
    paths = sorted((DATA / "nir" / "nirscan-nano").glob("group*/*.csv"))
    assert len(paths) == 440
    for path in paths[::8]:
        (spectrum,) = read_spectra(path)
        assert (spectrum.technique, spectrum.unit, spectrum.n_points) == ("nir", "wavelength_nm", 228)
        assert spectrum.metadata["quantity"] == "absorbance"
        assert str(spectrum.metadata["y_column"]).startswith("Absorbance")


@pytest.mark.parametrize(
    ("path", "n_spectra", "n_points"),
    [
        ("idrc-2002/Pharma_Instrument1.csv", 655, 650),
        ("usgs-splib07/splib07_subset.csv", 144, None),
        ("uva-casework/micronir_forensic_K_avg.xlsx", 88, 125),
        ("uva-casework/neospectra_forensic_K_avg.xlsx", 88, None),
    ],
)
def test_wide_tables(path: str, n_spectra: int, n_points: int | None) -> None:
    spectra = read_spectra(DATA / "nir" / path)
    assert len(spectra) == n_spectra
    assert {(spectrum.technique, spectrum.unit) for spectrum in spectra} == {("nir", "wavelength_nm")}
    assert n_points in (None, *{spectrum.n_points for spectrum in spectra})


def test_everything_is_read_or_refused_with_a_reason() -> None:
    refused = {name for name, entry in expected().items() if entry["outcome"] == "refuse"}
    for path in sorted(p for p in DATA.rglob("*") if p.is_file()):
        known = path.relative_to(DATA / "formats").as_posix() if (DATA / "formats") in path.parents else ""
        if path.suffix in NO_SPECTRA or path.name == "proportions.csv" or known in refused:
            with pytest.raises(SpectraError) as caught:
                read_measurements(path)
            assert caught.value.code in ("unrecognised", "unsupported", "empty")
            assert path.name in str(caught.value)
        elif path.parent.name[:5] != "group":
            assert read_measurements(path)
