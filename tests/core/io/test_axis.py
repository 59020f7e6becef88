"""What an axis is taken for when the columns' names leave it open."""

import numpy as np
import pytest

from spectra.io import Measurement, read_measurements, read_spectra_from_bytes


@pytest.fixture
def measured(tmp_path):
    def one(text: str, **kwargs) -> Measurement:
        path = tmp_path / "scan.csv"
        path.write_text(text)
        (found,) = read_measurements(path, **kwargs)
        assert isinstance(found, Measurement)
        return found

    return one


def rows(low: float, high: float, top: float, n: int = 200) -> str:
    x = np.linspace(low, high, n)
    y = top * np.exp(-(((x - x.mean()) / (0.1 * np.ptp(x))) ** 2))
    return "".join(f"{a:.4f},{b:.5f}\n" for a, b in zip(x, y, strict=True))


RAMAN = ("raman", "raman_shift_cm-1")
MIR = ("mir", "wavenumber_cm-1")
NIR_CM = ("nir", "wavenumber_cm-1")
NIR_NM = ("nir", "wavelength_nm")
OPEN = ("other", "other")

RANGES = [
    (3998.0, 399.0, 0.8, MIR),
    (650.0, 4000.0, 99.0, MIR),
    (4500.0, 600.0, 0.8, MIR),
    (7498.0, 599.9, 0.8, MIR),
    (650.0, 4000.0, 5000.0, OPEN),
    (9997.0, 499.0, 0.8, MIR),
    (10000.0, 4000.0, 1.2, NIR_CM),
    (12489.0, 3598.0, 1.2, NIR_CM),
    (4000.0, 10000.0, 9000.0, OPEN),
    (1100.0, 2498.0, 0.7, NIR_NM),
    (1350.0, 2550.0, 0.7, NIR_NM),
    (900.0, 1700.0, 0.7, OPEN),
    (740.0, 1070.0, 0.7, OPEN),
    (350.0, 2500.0, 0.7, OPEN),
    (250.0, 850.0, 40000.0, RAMAN),
    (200.0, 800.0, 1.5, OPEN),
    (100.0, 3200.0, 40000.0, RAMAN),
    (100.0, 3200.0, 1.0, RAMAN),
    (-600.0, 3500.0, 1.0, RAMAN),
    (300.0, 3200.0, 1.0, RAMAN),
    (400.0, 1800.0, 20000.0, RAMAN),
    (400.0, 1800.0, 1.0, OPEN),
    (500.0, 3500.0, 99.0, OPEN),
    (800.0, 1800.0, 20000.0, OPEN),
    (5.0, 90.0, 20000.0, OPEN),
    (1e5, 5e5, 1.0, OPEN),
]


@pytest.mark.parametrize(("low", "high", "top", "expected"), RANGES)
def test_range_decides_where_nothing_names_the_axis(measured, low, high, top, expected) -> None:
    found = measured(rows(low, high, top))
    assert (found.technique, found.unit) == expected
    assert any("axis" in warning for warning in found.warnings)


def test_detector_of_the_visible_may_be_nm(measured) -> None:
    assert measured(rows(340.0, 1025.0, 4000.0, n=2048)).unit == "other"


def test_grid_of_a_field_spectrometer(measured) -> None:
    text = "".join(f"{x},{0.3 + x / 1e4}\n" for x in range(350, 2501))
    found = measured(text)
    assert (found.technique, found.unit) == NIR_NM


@pytest.mark.parametrize(
    ("low", "high", "step", "top", "expected"),
    [
        (250, 2450, 1.0, 55.0, OPEN),
        (251, 2510, 1.0, 1.0, OPEN),
        (250, 2450, 1.0, 400.0, RAMAN),
        (250, 2450, 2.0, 55.0, RAMAN),
        (200, 2450, 1.0, 55.0, RAMAN),
        (250, 2300, 1.0, 55.0, RAMAN),
        (250, 2450, 1.01, 55.0, RAMAN),
    ],
)
def test_shares_over_whole_numbers_may_be_a_reflectance_in_nm(
    measured, low, high, step, top, expected
) -> None:
    x = np.arange(low, high + 0.5, step)
    found = measured("".join(f"{a:g},{top * (0.5 + 0.4 * np.sin(a / 90)):.5f}\n" for a in x))
    assert (found.technique, found.unit) == expected


def test_open_axis_says_what_to_do(measured) -> None:
    found = measured(rows(900.0, 1700.0, 0.7))
    assert any("--technique" in warning for warning in found.warnings)
    for technique, unit in (
        ("raman", "raman_shift_cm-1"),
        ("nir", "wavelength_nm"),
        ("mir", "wavenumber_cm-1"),
    ):
        (spectrum,) = read_spectra_from_bytes(rows(900.0, 1700.0, 0.7).encode(), "a.csv", technique=technique)
        assert spectrum.unit == unit


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Raman spectrum of tea", RAMAN),
        ("Laser: 785 nm", RAMAN),
        ("LaserWavelength_nm\t785", RAMAN),
        ("measured on Tuesday", OPEN),
        ("FTIR of tea", OPEN),
        ("Raman and FTIR", OPEN),
    ],
)
def test_words_above_the_table(measured, line: str, expected) -> None:
    found = measured(f"{line}\n" + rows(700.0, 1800.0, 20000.0))
    assert (found.technique, found.unit) == expected


def test_settings_above_the_table(measured) -> None:
    lines = "DeviceSN\t77\nLaserWavelength_nm\t785\nExposure_ms\t500\nRepetitionCount\t5\nTags\t\n"
    found = measured(lines + rows(100.0, 3200.0, 20.0).replace(",", "\t"))
    expected = {"serial": "77", "laser_wavelength_nm": 785.0, "integration_time_s": 0.5, "averages": 5}
    assert {key: found.metadata[key] for key in expected} == expected
    assert (found.technique, found.unit) == RAMAN


def test_wavelength_with_a_laser_is_raman(measured) -> None:
    text = "Laser wavelength: 785 nm\nWavelength (nm),Intensity\n" + rows(790.0, 1000.0, 20000.0)
    found = measured(text)
    assert (found.technique, found.unit) == ("raman", "wavelength_nm")
    np.testing.assert_allclose(found.spectrum().axis[0], 1e7 / 785 - 1e7 / 790)
    found = measured(text.replace("Intensity", "Absorbance"))
    assert found.technique == "nir"


NAMED = [
    ("Wavenumber (cm-1),PVA", 400.0, 4000.0, 0.8, MIR),
    ("wavenumber,intensity", 650.0, 4000.0, 0.8, MIR),
    ("wavenumber,intensity", 650.0, 4000.0, 30000.0, RAMAN),
    ("wavenumber,intensity", 300.0, 3200.0, 0.8, RAMAN),
    ("cm-1,%T", 700.0, 1800.0, 99.0, MIR),
    ("cm-1,A", 700.0, 1800.0, 0.8, MIR),
    ("cm-1,Abs", 700.0, 1800.0, 0.8, MIR),
    ("wavenumber,%R", 4000.0, 10000.0, 80.0, NIR_CM),
    ("Wavelength nm.,Abs.", 900.0, 1700.0, 0.8, NIR_NM),
    ("wvl,refl", 400.0, 2400.0, 0.8, NIR_NM),
    ("Wavelength (nm),counts", 400.0, 800.0, 0.8, ("other", "wavelength_nm")),
]


@pytest.mark.parametrize(("names", "low", "high", "top", "expected"), NAMED)
def test_names_with_the_range(measured, names, low, high, top, expected) -> None:
    found = measured(f"{names}\n" + rows(low, high, top))
    assert (found.technique, found.unit) == expected


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("Absorbance", "absorbance"),
        ("Corrected absorbance", "absorbance"),
        ("%T", "transmittance"),
        ("% R", "reflectance"),
        ("Kubelka-Munk", "kubelka_munk"),
        ("log(1/R)", "absorbance"),
        ("Intensity (counts)", "counts"),
        ("tea", "unknown"),
    ],
)
def test_quantity(measured, name: str, quantity: str) -> None:
    assert measured(f"Wavelength (nm),{name}\n" + rows(900.0, 1700.0, 0.8)).quantity == quantity


def test_quantity_of_a_raman_spectrum(measured) -> None:
    assert measured("Raman shift,tea\n" + rows(100.0, 1700.0, 0.8)).quantity == "counts"


def test_falling_wavenumbers_over_small_ordinates_are_infrared(measured) -> None:
    """Raman is written upwards or in counts; a falling axis over ratios is the infrared's convention."""
    heading = "Wavenumber (cm-1),sample A\n"
    falling = measured(heading + rows(3010.0, 1000.0, 0.8))
    assert (falling.technique, falling.unit) == MIR
    assert any("taken as infrared" in note for note in falling.warnings)
    for text in (rows(1000.0, 3010.0, 0.8), rows(3010.0, 1000.0, 5000.0)):
        assert measured(heading + text).technique == "raman"
    assert measured(heading + rows(3010.0, 1000.0, 0.8), technique="raman").technique == "raman"
