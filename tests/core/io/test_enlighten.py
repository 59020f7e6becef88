import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io import Measurement, read_measurements, read_spectra_from_bytes
from tests.core.io.samples import PIXEL, SHIFT, WAVELENGTH, N, band, enlighten, enlighten_scans


def read(text: str, **kwargs):
    return read_spectra_from_bytes(text.encode(), "scan.csv", **kwargs)


@pytest.fixture
def measured(tmp_path):
    """Read a text as it stands in the file, in its own units."""

    def one(text: str) -> Measurement:
        path = tmp_path / "scan.csv"
        path.write_text(text)
        (found,) = read_measurements(path)
        assert isinstance(found, Measurement)
        return found

    return one


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
def test_laser_zero(measured, names: str, laser: str) -> None:
    text = enlighten(names, Laser_Wavelength=laser)
    found = measured(text)
    assert (found.technique, found.unit) == ("raman", "wavelength_nm")
    assert any("no Raman shift" in warning for warning in found.warnings)
    np.testing.assert_allclose(found.axis, WAVELENGTH[2:].round(2))
    with pytest.raises(UnsupportedError, match="laser is not stated"):
        read(text)
    (spectrum,) = read(text, laser_nm=785.0)
    np.testing.assert_allclose(spectrum.axis, SHIFT[2:], atol=0.1)


def test_laser_zero_on_a_spectrometer_of_no_stated_technique(measured) -> None:
    found = measured(enlighten(Laser_Wavelength="0", Technique=""))
    assert (found.technique, found.unit) == ("other", "wavelength_nm")


def test_laser_zero_without_a_wavelength() -> None:
    with pytest.raises(UnsupportedError, match="no Wavenumber column"):
        read(enlighten("Wavenumber,Processed", Laser_Wavelength="0"))


def test_absorbance(measured) -> None:
    found = measured(enlighten(Technique="Absorbance"))
    assert (found.unit, found.quantity) == ("wavelength_nm", "absorbance")
    assert found.technique != "raman"


@pytest.mark.parametrize("column", ["Raw", "raw", "5"])
def test_column_of_the_caller(column: str) -> None:
    (spectrum,) = read(enlighten("Pixel,Wavelength,Wavenumber,Processed,Raw,Dark"), column=column)
    np.testing.assert_allclose(spectrum.intensity, band(SHIFT) + 50)
    assert spectrum.metadata["y_column"] == "Raw"


def test_column_of_the_caller_in_every_scan() -> None:
    spectra = read(enlighten_scans(3, wavenumber=True), column="Raw")
    assert [spectrum.metadata["label"] for spectrum in spectra] == ["scan 0", "scan 1", "scan 2"]
    np.testing.assert_allclose(spectra[2].intensity, np.arange(N))


def test_columns_called_after_their_scans() -> None:
    lines = enlighten("Pixel,Wavelength,Wavenumber,Raw,Dark").replace(
        "Wavenumber,Raw,Dark", "Wavenumber,Tea,Salt"
    )
    first, second = read(lines)
    assert [spectrum.metadata["label"] for spectrum in (first, second)] == ["Tea", "Salt"]
    np.testing.assert_allclose(first.intensity, band(SHIFT) + 50)
    assert first.metadata["serial"] == "WP-00001"


def test_row_lost_in_the_middle() -> None:
    lines = enlighten().split("\r\n")
    del lines[-20]
    with pytest.raises(DamagedError, match=f"pixel {PIXEL[40]:g} is followed by {PIXEL[42]:g}"):
        read("\r\n".join(lines))


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
    for spectrum in read(enlighten_scans(2, wavenumber=False, laser="")):
        assert (spectrum.technique, spectrum.unit) == ("other", "wavelength_nm")
        np.testing.assert_allclose(spectrum.axis, WAVELENGTH, atol=0.01)


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
