"""Which columns of a table are read: several of one kind, row numbers, pixels, what the caller asks for."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnrecognisedError, UnsupportedError
from spectra.io import Measurement, read_measurements, read_spectra_from_bytes
from tests.core.io.samples import axis, band


def read(text: str, **kwargs):
    return read_spectra_from_bytes(text.encode(), "scan.csv", **kwargs)


def rows(*columns, separator: str = ",") -> str:
    return "\n".join(separator.join(str(c) for c in row) for row in zip(*columns, strict=True)) + "\n"


@pytest.fixture
def measured(tmp_path):
    def one(text: str, **kwargs) -> Measurement:
        path = tmp_path / "scan.csv"
        path.write_text(text)
        (found,) = read_measurements(path, **kwargs)
        assert isinstance(found, Measurement)
        return found

    return one


@pytest.mark.parametrize("names", ["Sample A,Sample B", "Intensity 1,Intensity 2", "1,2"])
def test_one_spectrum_per_column(names: str) -> None:
    first, second = read(f"Raman shift,{names}\n" + rows(axis(), band(axis()), axis()))
    assert [spectrum.metadata["label"] for spectrum in (first, second)] == names.split(",")
    np.testing.assert_allclose(first.intensity, band(axis()))
    np.testing.assert_allclose(second.intensity, axis())
    assert (first.metadata["index"], second.metadata["index"]) == (0, 1)


def test_many_columns() -> None:
    names = ",".join(f"sample {i}" for i in range(90))
    factors = [1 + (7 * i % 90) for i in range(90)]
    spectra = read(f"Raman shift,{names}\n" + rows(axis(), *(k * band(axis()) for k in factors)))
    assert len(spectra) == 90
    np.testing.assert_allclose(spectra[57].intensity, factors[57] * band(axis()))


def test_the_most_finished_of_several_kinds() -> None:
    (spectrum,) = read("Raman shift,Raw,Dark,Processed\n" + rows(axis(), axis(), axis(), band(axis())))
    np.testing.assert_allclose(spectrum.intensity, band(axis()))
    assert spectrum.warnings == ("of 4 columns 'Raman shift' taken as axis, 'Processed' as intensity",)


def test_axis_and_signal_in_turn() -> None:
    text = "wavenumber,tea,wavenumber,salt\n" + rows(axis(), band(axis()), axis() + 5, axis())
    first, second = read(text)
    assert (first.metadata["label"], second.metadata["label"]) == ("tea", "salt")
    np.testing.assert_allclose(first.axis, axis())
    np.testing.assert_allclose(second.axis, axis() + 5)


@pytest.mark.parametrize("names", ["Raman shift,Reference,Dark", "Raman shift,Intensity,Raman shift"])
def test_no_choice(names: str) -> None:
    with pytest.raises(UnsupportedError, match=r"Export|--column"):
        read(f"{names}\n" + rows(axis(), band(axis()), band(axis())))


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "Column1"])
def test_row_numbers_are_no_signal(name: str) -> None:
    (spectrum,) = read(f"{name},Raman shift,tea\n" + rows(np.arange(60), axis(), band(axis())))
    np.testing.assert_allclose(spectrum.intensity, band(axis()))


def test_row_numbers_without_names() -> None:
    (spectrum,) = read(rows(np.arange(60), axis(), band(axis())))
    np.testing.assert_allclose(spectrum.intensity, band(axis()))
    assert any("column 1 counts pixels" in warning for warning in spectrum.warnings)
    with pytest.raises(UnsupportedError, match="3 columns without names"):
        read(rows(axis(), band(axis()), band(axis())))


@pytest.mark.parametrize(
    "names", ["", "Pixel,Intensity\n", "Pixels #,Intensity (a.u.)\n", "Column1,counts\n"]
)
def test_pixels_are_shown_but_no_axis(measured, names: str) -> None:
    found = measured(names + rows(np.arange(60.0), band(axis())))
    assert (found.technique, found.unit) == ("other", "other")
    assert any("only counts pixels" in warning for warning in found.warnings)
    np.testing.assert_allclose(found.axis, np.arange(60))


def test_shifts_under_the_name_of_the_pixels() -> None:
    (spectrum,) = read("Pixel,Intensity\n" + rows(axis() - 600.5, band(axis())))
    assert (spectrum.technique, spectrum.unit) == ("raman", "raman_shift_cm-1")
    assert any("'Pixel' holds no pixel numbers" in warning for warning in spectrum.warnings)


class TestColumnOfTheCaller:
    TEXT = "Raman shift,Raw,Dark,Processed\n" + rows(axis(), axis() + 1, axis() + 2, band(axis()))

    @pytest.mark.parametrize("column", ["Dark", "dark", " DARK ", "3"])
    def test_by_name_or_number(self, column: str) -> None:
        (spectrum,) = read(self.TEXT, column=column)
        np.testing.assert_allclose(spectrum.intensity, axis() + 2)
        assert any("'Dark' taken as the caller says" in warning for warning in spectrum.warnings)

    @pytest.mark.parametrize("column", ["Darkness", "0", "5", "-1", "1", "Raman shift", "", "²"])
    def test_unknown(self, column: str) -> None:
        with pytest.raises(UnsupportedError, match="'Raw', 'Dark', 'Processed'"):
            read(self.TEXT, column=column)

    def test_without_names(self) -> None:
        (spectrum,) = read(rows(axis(), axis() + 1.5, band(axis())), column="3")
        np.testing.assert_allclose(spectrum.intensity, band(axis()))
        with pytest.raises(UnsupportedError, match="among 3 columns"):
            read(rows(axis(), axis() + 1.5, band(axis())), column="Dark")

    def test_a_name_that_is_a_number(self) -> None:
        (spectrum,) = read("Raman shift,3,2\n" + rows(axis(), axis() + 1, axis() + 2), column="3")
        np.testing.assert_allclose(spectrum.intensity, axis() + 1)


def test_neither_axis_nor_pixels() -> None:
    with pytest.raises(UnrecognisedError, match="expected one called Raman shift"):
        read("sample,moisture,fat\n" + rows(axis(), axis(), axis()))


def test_a_torn_row_among_many_columns() -> None:
    text = "Raman shift,A,B\n" + rows(axis(), axis(), axis())
    with pytest.raises(DamagedError, match="has 2 cells"):
        read(text.replace("\n325.0,325.0,325.0\n", "\n325.0,325.0\n"))
