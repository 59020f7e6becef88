import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.samples import SHIFT, N, band, enlighten, enlighten_scans


def read(text: str):
    return read_spectra_from_bytes(text.encode(), "scan.csv")


def test_metadata() -> None:
    (spectrum,) = read(enlighten("Pixel,Wavelength,Wavenumber,Processed,Raw,Dark"))
    expected = {
        "instrument": "WP-785X",
        "serial": "WP-00001",
        "label": "sugar, white",
        "laser_wavelength_nm": 785.0,
        "integration_time_s": 1.5,
        "averages": 3,
        "date": "2024-01-01 10:00:00.000",
        "x_column": "Wavenumber",
        "y_column": "Processed",
        "baseline_corrected": True,
        "intensity_corrected": False,
        "deconvolved": True,
        "detector_max": 65535.0,
        "raw_max": float((band(SHIFT) + 50).max().round(2)),
    }
    assert {key: spectrum.metadata[key] for key in expected} == expected
    assert spectrum.warnings == ("2 rows without a finite value dropped",)


@pytest.mark.parametrize("algorithm", ["", "None"])
def test_no_baseline_algorithm(algorithm: str) -> None:
    (spectrum,) = read(enlighten(Baseline_Correction_Algo=algorithm))
    assert spectrum.metadata["baseline_corrected"] is False


@pytest.mark.parametrize(
    "names",
    [
        "Pixel,Wavenumber,Processed",
        "Wavenumber,Processed",
        "Processed,Wavenumber",
        "Raw,Processed,Pixel,Wavenumber",
    ],
)
def test_columns_in_any_order(names: str) -> None:
    (spectrum,) = read(enlighten(names))
    np.testing.assert_allclose(spectrum.axis, SHIFT[2:].round(2))
    np.testing.assert_allclose(spectrum.intensity, band(SHIFT)[2:])


@pytest.mark.parametrize("correction", [0.0, -3.5])
def test_shift_from_wavelength(correction: float) -> None:
    text = enlighten("Pixel,Wavelength,Processed", Wavenumber_Correction=str(correction))
    (spectrum,) = read(text)
    np.testing.assert_allclose(spectrum.axis, SHIFT[2:] + correction, atol=1e-6)
    assert any("computed from the wavelength" in warning for warning in spectrum.warnings)


def test_shift_from_wavelength_when_the_coefficients_are_another_detectors() -> None:
    (spectrum,) = read(enlighten("Pixel,Wavelength,Processed", CCD_C0="700.0"))
    np.testing.assert_allclose(spectrum.axis, SHIFT[2:], atol=0.1)


def test_shift_from_coefficients() -> None:
    (spectrum,) = read(enlighten("Pixel,Processed"))
    np.testing.assert_allclose(spectrum.axis, SHIFT[2:], atol=1e-6)


def test_rows_that_are_no_pixels_have_no_axis() -> None:
    with pytest.raises(UnsupportedError, match="no Wavenumber column"):
        read(enlighten("Pixel,Processed", Pixel_Count="50"))


def test_pixels_without_coefficients() -> None:
    with pytest.raises(UnsupportedError, match="no Wavenumber column"):
        read(enlighten("Pixel,Processed", CCD_C0="", CCD_C1="", CCD_C2="", CCD_C3=""))


@pytest.mark.parametrize("names", ["Pixel,Wavelength,Processed", "Pixel,Wavelength,Wavenumber,Processed"])
@pytest.mark.parametrize("laser", ["0", "0.0", "-1", "unknown"])
def test_laser_zero(names: str, laser: str) -> None:
    with pytest.raises(UnsupportedError, match="no Raman shift"):
        read(enlighten(names, Laser_Wavelength=laser))


def test_absorbance() -> None:
    with pytest.raises(UnsupportedError, match="measured as absorbance"):
        read(enlighten(Technique="Absorbance"))


def test_axis_that_contradicts_the_laser_is_noted() -> None:
    (spectrum,) = read(enlighten(Laser_Wavelength="785.5"))
    assert any("disagree by up to 8.1 cm⁻¹" in warning for warning in spectrum.warnings)


def test_no_processed_column() -> None:
    with pytest.raises(UnsupportedError, match="no Processed column"):
        read(enlighten("Pixel,Wavelength,Wavenumber,Raw"))


@pytest.mark.parametrize("wavenumber", [True, False])
def test_many_scans(wavenumber: bool) -> None:
    spectra = read(enlighten_scans(4, wavenumber=wavenumber))
    assert [s.metadata["label"] for s in spectra] == ["scan 0", "scan 1", "scan 2", "scan 3"]
    assert [s.metadata["integration_time_s"] for s in spectra] == [0.1, 0.2, 0.3, 0.4]
    assert [s.metadata["index"] for s in spectra] == [0, 1, 2, 3]
    assert all(s.metadata["serial"] == "WP-00001" for s in spectra)
    for scan, spectrum in enumerate(spectra):
        np.testing.assert_allclose(spectrum.axis, SHIFT, atol=0.1)
        np.testing.assert_allclose(spectrum.intensity, 1000 * scan + np.arange(N))


def test_many_scans_without_laser() -> None:
    with pytest.raises(UnsupportedError, match="no Wavenumber column"):
        read(enlighten_scans(2, wavenumber=False, laser=""))


def test_cut_between_rows() -> None:
    lines = enlighten().split("\r\n")
    with pytest.raises(DamagedError, match="stops at pixel 48, the header promises 59"):
        read("\r\n".join([*lines[:-12], ""]))


@pytest.mark.parametrize("n_lost", [2, 3, 4])
def test_cut_inside_a_row(n_lost: int) -> None:
    with pytest.raises(DamagedError, match="cut short"):
        read(enlighten()[:-2][: -n_lost + 1])


def test_saved_again_by_a_spreadsheet() -> None:
    with pytest.raises(UnsupportedError, match="as ENLIGHTEN wrote it"):
        read(enlighten().replace(",", ";"))


def test_cell_that_is_no_number() -> None:
    with pytest.raises(DamagedError, match="expected a number"):
        read(enlighten().replace(f"{band(SHIFT)[9]:.2f}", "1x0", 1))
