"""Ocean Optics text of four programs."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.ocean_file import BEGIN, N, X, Y, jaz, suite, view


def read(text: str, name: str = "scan.txt", codec: str = "utf-8", **wishes):
    return read_spectra_from_bytes(text.encode(codec), name, **wishes)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("end", [True, False])
def test_spectrasuite(decimal: str, end: bool) -> None:
    (spectrum,) = read(suite(decimal=decimal, end=end))
    np.testing.assert_allclose(spectrum.axis, X)
    np.testing.assert_allclose(spectrum.intensity, Y)
    expected = {
        "format": "ocean_txt", "serial": "QEX0001", "integration_time_s": 0.14, "averages": 3,
        "date": "Tue Sep 01 16:24:36 EST 2015", "quantity": "unknown", "y_column": "P",
    }  # fmt: skip
    assert {key: spectrum.metadata[key] for key in expected} == expected
    assert (spectrum.unit, spectrum.technique, spectrum.warnings) == ("wavelength_nm", "other", ())


@pytest.mark.parametrize(
    ("label", "quantity"),
    [
        ("a_Absorbance_0.txt", "absorbance"), ("a_Transmission_0.txt", "transmittance"),
        ("reflectance tile_Absorbance_0.txt", "absorbance"), ("a_Reflection_02.txt", "reflectance"),
        ("a_AbsoluteIrradiance__0.txt", "counts"), ("Subt2_14-36.txt", "unknown"),
    ],
)  # fmt: skip
def test_oceanview_names_its_view(label: str, quantity: str) -> None:
    (spectrum,) = read(view(label))
    values = np.array([float(f"{y:g}") for y in Y])
    values[4] = 0.0
    np.testing.assert_allclose(spectrum.intensity, values)
    assert spectrum.metadata["quantity"] == quantity
    assert spectrum.metadata["label"] == label
    assert spectrum.metadata["integration_time_s"] == pytest.approx(0.1)
    assert spectrum.warnings == ()


def test_raman_axis() -> None:
    (spectrum,) = read(view(mode="Raman Shifts"))
    assert (spectrum.technique, spectrum.unit) == ("raman", "raman_shift_cm-1")
    np.testing.assert_allclose(spectrum.axis, [float(f"{x:g}") for x in X])


def test_pixel_axis_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="counts 'pixels'"):
        read(view(mode="Pixels"))


def test_jaz_takes_the_processed_column() -> None:
    (spectrum,) = read(jaz())
    np.testing.assert_allclose(spectrum.intensity, Y)
    (sample,) = read(jaz(), column="S")
    np.testing.assert_allclose(sample.intensity, Y + 900)
    assert sample.metadata["quantity"] == "counts"
    (dark,) = read(jaz("W\tD\tS\tP", "Jaz Absolute Irradiance File"), column="2")
    assert set(dark.intensity) == {900.0}


def test_columns_without_a_processed_one() -> None:
    assert read(jaz("W\tD\tS"))[0].metadata["y_column"] == "S"
    with pytest.raises(UnsupportedError, match="expected one called P"):
        read(jaz("W\tD\tR"))
    with pytest.raises(UnsupportedError, match="5 columns"):
        read(jaz().replace("W\tD\tR\tS\tP\n", ""))


def test_quantity_by_the_ending_of_the_name() -> None:
    text = suite().replace("SpectraSuite Data File", "OOIBase32 Version 2.0.0.5 Data File")
    for name, quantity in (("a.Master.Transmission", "transmittance"), ("b.Master.Scope", "counts")):
        assert read(text, name)[0].metadata["quantity"] == quantity
    assert read(jaz(first="Jaz Absolute Irradiance File"))[0].metadata["quantity"] == "counts"


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_spanish_words(codec: str) -> None:
    text = suite(end=False)
    for english, spanish in (
        ("Date:", "Fecha:"), ("Spectrometers:", "Espectrómetros:"),
        ("Integration Time (usec)", "Tiempo de integración (usec)"),
        ("Spectra Averaged", "Promedio de Espectros Hechos un"), ("++++++", "++++++"),
        ("Number of Pixels in Processed Spectrum", "Número de píxeles en el espectro"),
        (BEGIN, ">>>>> Comienza Data<<<<< Espectral Procesado Del EL"),
    ):  # fmt: skip
        text = text.replace(english, spanish)
    (spectrum,) = read(text, codec=codec)
    assert spectrum.metadata["serial"] == "QEX0001"
    assert spectrum.metadata["integration_time_s"] == 0.14
    assert spectrum.metadata["averages"] == 3
    with pytest.raises(DamagedError, match="header promises 50"):
        read("\n".join(text.split("\n")[:-5]), codec=codec)


@pytest.mark.parametrize("pixels", [N - 1, N + 1, "x", 0, ""])
def test_wrong_number_of_pixels_is_damaged(pixels: object) -> None:
    with pytest.raises(DamagedError):
        read(suite(pixels=pixels))


@pytest.mark.parametrize("left", [2, 9, 13, 14, 200, 780])
def test_cut_is_damaged(left: int) -> None:
    with pytest.raises(DamagedError):
        read(suite(end=False)[:-left])
    with pytest.raises(DamagedError):
        read(view()[: -left - 20])


@pytest.mark.parametrize("left", range(2, 7))
def test_a_last_number_of_oceanview_that_may_be_torn_is_noted(left: int) -> None:
    assert read(view())[0].warnings == ()
    assert "may be cut short" in read(view()[:-1])[0].warnings[0]
    try:
        (spectrum,) = read(view()[:-left])
    except DamagedError:
        return
    assert "may be cut short" in spectrum.warnings[0]


def test_header_only_is_damaged() -> None:
    for text in (suite(), view(), jaz()):
        with pytest.raises(DamagedError, match="without its table"):
            read(text.split(">>>>>")[0])


def test_neither_count_nor_end_is_noted() -> None:
    text = suite(end=False).replace("Number of Pixels in Processed Spectrum", "Something")
    assert "may be cut short" in read(text)[0].warnings[0]


def test_two_tables_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="one table"):
        read(suite() + suite())


def test_laser_makes_a_raman_spectrum_of_wavelengths() -> None:
    (spectrum,) = read(view("a.txt"), laser_nm=440.0)
    assert (spectrum.technique, spectrum.unit) == ("raman", "raman_shift_cm-1")
