"""RRUFF, Renishaw WiRE, JASCO and PerkinElmer ASCII."""

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnsupportedError
from spectra.io import Measurement, read_measurements
from tests.core.io.samples import N, axis, band
from tests.core.io.vendor_text_files import jasco, perkinelmer, rruff, wire


@pytest.fixture
def read(tmp_path):
    def all_of(text: str, name: str = "scan.txt", **kwargs) -> list[Measurement]:
        path = tmp_path / name
        path.write_bytes(text.encode())
        found = read_measurements(path, **kwargs)
        assert all(isinstance(one, Measurement) for one in found)
        return [one for one in found if isinstance(one, Measurement)]

    return all_of


class TestRruff:
    @pytest.mark.parametrize("comma", [", ", ","])
    def test_values(self, read, comma: str) -> None:
        (found,) = read(rruff("##RAMAN WAVELENGTH=514").replace(", ", comma))
        np.testing.assert_allclose(found.axis, axis())
        np.testing.assert_allclose(found.intensity, band(axis()))
        assert (found.metadata["format"], found.metadata["label"]) == ("rruff_txt", "Tea")
        assert (found.technique, found.metadata["laser_wavelength_nm"]) == ("raman", 514.0)

    @pytest.mark.parametrize(
        ("key", "name", "technique", "unit"),
        [
            ("##FILETYPE=Raman Processed", "a.txt", "raman", "raman_shift_cm-1"),
            ("##FILETYPE=Infrared Processed", "a.txt", "mir", "wavenumber_cm-1"),
            ("##X-RAY WAVELENGTH=1.5", "a.txt", "other", "other"),
            ("##OWNER=me", "Tea__Raman_Data_RAW.txt", "raman", "raman_shift_cm-1"),
            ("##OWNER=me", "Tea__Infrared_Data.txt", "mir", "wavenumber_cm-1"),
            ("##OWNER=me", "Tea__Powder__Xray_Data_XY.txt", "other", "other"),
            ("##OWNER=me", "a.txt", "raman", "raman_shift_cm-1"),
        ],
    )
    def test_what_it_is(self, read, key: str, name: str, technique: str, unit: str) -> None:
        (found,) = read(rruff(key), name)
        assert (found.technique, found.unit) == (technique, unit)

    def test_title_makes_it_jcamp(self, read) -> None:
        with pytest.raises(ReadError):
            read("##TITLE=Tea\n" + rruff())

    @pytest.mark.parametrize("keep", [0.5, 0.9, 0.999])
    def test_cut(self, read, keep: float) -> None:
        text = rruff(end="##END=")
        with pytest.raises(DamagedError, match=r"no ##END|expected a pair"):
            read(text[: int(keep * (len(text) - 6))])

    @pytest.mark.parametrize("row", ["12", "1, 2, 3", "a, b"])
    def test_damaged_row(self, read, row: str) -> None:
        lines = rruff().split("\n")
        lines[20] = row
        with pytest.raises(DamagedError, match="expected"):
            read("\n".join(lines))


class TestRenishaw:
    def test_one_spectrum(self, read) -> None:
        (found,) = read(wire())
        np.testing.assert_allclose(found.axis, axis()[::-1])
        assert (found.unit, found.metadata["format"]) == ("raman_shift_cm-1", "renishaw_txt")

    def test_map(self, read) -> None:
        found = read(wire(("-1.5\t2.0\t", "-1.5\t3.0\t", "0.5\t3.0\t"), n_columns=4))
        assert [one.metadata["label"] for one in found] == ["X -1.5, Y 2", "X -1.5, Y 3", "X 0.5, Y 3"]
        for at, one in enumerate(found):
            np.testing.assert_allclose(one.axis, axis()[::-1])
            np.testing.assert_allclose(one.intensity, band(axis()) + at)

    @pytest.mark.parametrize("n_lost", [1, 17])
    def test_map_cut(self, read, n_lost: int) -> None:
        lines = wire(("1\t2\t", "1\t3\t"), n_columns=4).split("\r\n")
        with pytest.raises(DamagedError, match=f"has {N - n_lost} points, the first has {N}"):
            read("\r\n".join([*lines[: -1 - n_lost], ""]))

    def test_map_with_a_damaged_axis(self, read) -> None:
        lines = wire(("1\t2\t", "1\t3\t"), n_columns=4).split("\r\n")
        lines[-5] = lines[-5].replace("237.5", "937.5").replace("2", "3", 1)
        with pytest.raises(DamagedError, match="again"):
            read("\r\n".join(lines))

    @pytest.mark.parametrize("n_lost", [3, 9, 12])
    def test_cut_within_a_row(self, read, n_lost: int) -> None:
        with pytest.raises(DamagedError, match="cut short"):
            read(wire()[:-n_lost])

    def test_two_columns_of_intensity(self, read) -> None:
        with pytest.raises(UnsupportedError, match="several columns"):
            read(wire().replace("#Intensity", "#Intensity\t#Intensity"))


class TestJasco:
    def test_values(self, read) -> None:
        (found,) = read(jasco())
        np.testing.assert_allclose(found.axis, axis())
        np.testing.assert_allclose(found.intensity, band(axis()) / 1000, atol=1e-5)
        assert (found.technique, found.unit, found.quantity) == ("mir", "wavenumber_cm-1", "absorbance")
        assert (found.metadata["label"], found.metadata["x_column"]) == ("tea", "1/CM")

    @pytest.mark.parametrize(
        ("units", "kind", "technique", "unit"),
        [
            ("NANOMETERS", "ABSORBANCE", "other", "wavelength_nm"),
            ("Raman Shift [cm-1]", "RAMAN SPECTRUM", "raman", "raman_shift_cm-1"),
            ("1/CM", "RAMAN SPECTRUM", "raman", "raman_shift_cm-1"),
            ("Wavenumber [cm-1]", "", "mir", "wavenumber_cm-1"),
        ],
    )
    def test_units(self, read, units: str, kind: str, technique: str, unit: str) -> None:
        (found,) = read(jasco(XUNITS=units, DATA_TYPE=kind))
        assert (found.technique, found.unit) == (technique, unit)

    def test_decimal_comma(self, read) -> None:
        (found,) = read(jasco().replace(".", ","))
        np.testing.assert_allclose(found.axis, axis())

    def test_second_ordinate(self, read) -> None:
        text = "\r\n".join(f"{line}\t7" if line[:1].isdigit() else line for line in jasco().split("\r\n"))
        (found,) = read(text)
        assert any("the first, 'ABSORBANCE', taken" in warning for warning in found.warnings)
        (found,) = read(text, column="3")
        assert set(found.intensity) == {7.0}

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"NPOINTS": "61"}, "the header promises 61"),
            ({"FIRSTX": "210"}, "FIRSTX 210"),
            ({"LASTX": "930"}, "LASTX 930"),
        ],
    )
    def test_contradictions(self, read, changes: dict[str, str], message: str) -> None:
        with pytest.raises(DamagedError, match=message):
            read(jasco(**changes))

    def test_other_unit(self, read) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 'SECONDS'"):
            read(jasco(XUNITS="SECONDS"))

    def test_torn_row(self, read) -> None:
        with pytest.raises(DamagedError, match="has 1 cells"):
            read(jasco().replace("250.0000\t", "250.0000"))


class TestPerkinElmer:
    def test_values(self, read) -> None:
        (found,) = read(perkinelmer(), "tea.asc")
        np.testing.assert_allclose(found.axis, axis()[::-1])
        np.testing.assert_allclose(found.intensity, band(axis()) / 10, atol=1e-4)
        assert (found.technique, found.unit, found.quantity) == ("mir", "wavenumber_cm-1", "transmittance")
        assert found.metadata["label"] == "tea, black"

    def test_nanometres(self, read) -> None:
        (found,) = read(perkinelmer(unit="NM"))
        assert found.unit == "wavelength_nm"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (perkinelmer(n=61), "the header promises 61"),
            (perkinelmer(first="980.0"), "not the one the header states"),
            (perkinelmer().rsplit("\t", 1)[0], "other than two numbers"),
            (perkinelmer().partition("#DATA")[0], "no #DATA"),
        ],
    )
    def test_damage(self, read, text: str, message: str) -> None:
        with pytest.raises(DamagedError, match=message):
            read(text)

    def test_other_unit(self, read) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 'MIN'"):
            read(perkinelmer(unit="MIN"))
