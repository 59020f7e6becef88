"""Every measured file beside the checkout: read right, or refused with a reason."""

import json
from pathlib import Path

import numpy as np
import pytest

from spectra.errors import ReadError
from spectra.io import read_spectra

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
pytestmark = [
    pytest.mark.measured,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no measured data at {DATA}"),
]

TEXT_FAMILIES = ("generic_csv", "horiba", "bwtek", "wasatch_enlighten", "text_vendor", "jcamp_dx")
REFUSED = {
    "generic_csv/ftir_pva_without_header.csv",  # nothing in it says whether it is infrared or Raman
    "jcamp_dx/BRUKAFFN.DX",
    "jcamp_dx/BRUKDIF.DX",
    "jcamp_dx/compound.jdx",
    "jcamp_dx/pktab1.jdx",
}


def expected() -> dict[str, dict[str, object]]:
    path = DATA / "formats" / "expected.json"
    entries = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {name: entry for name, entry in entries.items() if name.startswith(TEXT_FAMILIES)}


@pytest.mark.parametrize("name", sorted(expected()))
def test_formats_against_expected(name: str) -> None:
    entry, path = expected()[name], DATA / "formats" / name
    if name in REFUSED:
        with pytest.raises(ReadError, match=r"\. \w.*\.$") as caught:
            read_spectra(path)
        assert caught.value.code == "unsupported"
        return
    spectra = read_spectra(path)
    assert len(spectra) == entry["nspectra"]
    spectrum = spectra[0]
    assert spectrum.n_points == entry["npoints"]
    ends = sorted([entry["x_first"], entry["x_last"]])
    np.testing.assert_allclose([spectrum.axis[0], spectrum.axis[-1]], ends, rtol=0, atol=1e-3)
    y_ends = [entry["y_first"], entry["y_last"]]
    flipped = entry["x_first"] > entry["x_last"]
    got = [spectrum.intensity[0], spectrum.intensity[-1]]
    np.testing.assert_allclose(got, y_ends[::-1] if flipped else y_ends, rtol=1e-9)
    limits = [spectrum.intensity.min(), spectrum.intensity.max(), spectrum.intensity.sum()]
    np.testing.assert_allclose(limits, [entry["y_min"], entry["y_max"], entry["y_sum"]], rtol=1e-9)
    assert (spectrum.technique, spectrum.unit) == (entry["modality"], entry["x_kind"])


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


def test_nirscan_is_not_misread() -> None:
    paths = sorted((DATA / "nir" / "nirscan-nano").glob("group01/*.csv"))
    assert len(paths) == 55
    for path in paths:
        (spectrum,) = read_spectra(path)
        assert (spectrum.technique, spectrum.unit, spectrum.n_points) == ("nir", "wavelength_nm", 228)
        assert str(spectrum.metadata["y_column"]).startswith("Absorbance")


def test_everything_else_is_refused_with_a_reason() -> None:
    for path in sorted(p for p in DATA.rglob("*") if p.is_file()):
        if path.suffix in (".csv", ".txt", ".jdx", ".DX", ".rod"):
            continue
        with pytest.raises(ReadError) as caught:
            read_spectra(path)
        assert caught.value.code in ("unrecognised", "unsupported", "empty")
        assert path.name in str(caught.value)
