"""B&W Tek, LabSpec, WITec and the pairs of portable instruments."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnrecognisedError, UnsupportedError
from spectra.io import Measurement, read_measurements, read_spectra_from_bytes
from tests.core.io.samples import N, axis, band, bwtek, labspec, pairs, witec


def read(text: str, codec: str = "utf-8", **kwargs):
    return read_spectra_from_bytes(text.encode(codec), "scan.txt", **kwargs)


@pytest.fixture
def measured(tmp_path):
    """Read a text as it stands in the file, in its own units."""

    def one(text: str, **kwargs) -> Measurement:
        path = tmp_path / "scan.txt"
        path.write_bytes(text.encode())
        (found,) = read_measurements(path, **kwargs)
        assert isinstance(found, Measurement)
        return found

    return one


class TestBwtek:
    @pytest.mark.parametrize("decimal", [".", ","])
    def test_blank_shifts_are_dropped(self, decimal: str) -> None:
        (spectrum,) = read(bwtek(decimal, n_blank=5))
        np.testing.assert_allclose(spectrum.axis, axis())
        np.testing.assert_allclose(spectrum.intensity, band(axis()))
        assert spectrum.warnings == ("5 rows without a finite value dropped",)

    def test_metadata(self) -> None:
        (spectrum,) = read(bwtek(","))
        expected = {
            "instrument": "BTC000",
            "serial": "XYZ",
            "laser_wavelength_nm": 784.82,
            "integration_time_s": 0.55,
            "averages": 2,
            "x_column": "Raman Shift",
            "y_column": "Dark Subtracted #1",
            "detector_max": 65535.0,
            "intensity_corrected": False,
            "raw_max": float(band(axis()).max()) + 900,
        }
        assert {key: spectrum.metadata[key] for key in expected} == expected

    def test_two_spectra(self) -> None:
        text = bwtek().replace("Dark Subtracted #1;%TR #1", "Dark Subtracted #1;Dark Subtracted #2")
        first, second = read(text)
        assert [s.metadata["y_column"] for s in (first, second)] == [
            "Dark Subtracted #1",
            "Dark Subtracted #2",
        ]
        assert not second.intensity.any()

    def test_raw_only_is_noted(self) -> None:
        (spectrum,) = read(bwtek().replace("Dark Subtracted", "Irradiance"))
        assert spectrum.metadata["y_column"] == "Raw data #1"
        assert any("raw data used" in warning for warning in spectrum.warnings)

    @pytest.mark.parametrize("separator", [",", "\t"])
    def test_other_separators(self, separator: str) -> None:
        first, _, rest = bwtek().partition("\n")
        (spectrum,) = read(f"{first}\n{rest.replace(';', separator)}")
        np.testing.assert_allclose(spectrum.intensity, band(axis()))
        assert spectrum.metadata["laser_wavelength_nm"] == 784.82

    def test_no_shift_and_no_wavelength(self) -> None:
        with pytest.raises(UnsupportedError, match="no Raman Shift column"):
            read(bwtek().replace("Raman Shift", "Something").replace("Wavelength", "Else"))

    @pytest.mark.parametrize("blank", [True, False])
    def test_shift_from_the_wavelength(self, measured, blank: bool) -> None:
        lines = bwtek().split("\n")
        start = next(i for i, line in enumerate(lines) if line.startswith("Pixel"))
        for at in range(start + 1, len(lines) - 1):
            cells = lines[at].split(";")
            cells[1:4] = [f"{800 + 0.5 * (at - start - 1)}", "", " " if blank else "-"]
            lines[at] = ";".join(cells)
        if not blank:
            lines[start] = lines[start].replace("Raman Shift", "Other")
        found = measured("\n".join(lines))
        assert (found.unit, found.technique) == ("wavelength_nm", "raman")
        np.testing.assert_allclose(found.axis, 800 + 0.5 * np.arange(N))
        expected = 1e7 / 784.82 - 1e7 / (800 + 0.5 * np.arange(N))
        np.testing.assert_allclose(found.spectrum().axis, expected)

    @pytest.mark.parametrize("column", ["raw data #1", "7"])
    def test_column_of_the_caller(self, column: str) -> None:
        (spectrum,) = read(bwtek(), column=column)
        np.testing.assert_allclose(spectrum.intensity, band(axis()) + 900)
        assert spectrum.metadata["y_column"] == "Raw data #1"

    def test_unknown_column(self) -> None:
        with pytest.raises(UnsupportedError, match=r"no column 'Nonsense'.*'Dark Subtracted #1'"):
            read(bwtek(), column="Nonsense")

    def test_row_lost(self) -> None:
        lines = bwtek().split("\n")
        del lines[-20]
        with pytest.raises(DamagedError, match="does not count on"):
            read("\n".join(lines))

    def test_last_separator_lost(self) -> None:
        with pytest.raises(DamagedError, match="cells"):
            read(bwtek().rstrip("\n;0"))

    def test_cut(self) -> None:
        lines = bwtek().split("\n")
        with pytest.raises(DamagedError, match="stops at pixel 49, the header promises 59"):
            read("\n".join(lines[:-11]))
        with pytest.raises(DamagedError, match="has 5 cells"):
            read("\n".join([*lines[:-2], "59;1;2;3;4"]))


class TestLabspec:
    def test_metadata(self) -> None:
        (spectrum,) = read(labspec(), "cp1252")
        expected = {
            "instrument": "Macro",
            "laser_wavelength_nm": 785.0,
            "integration_time_s": 10.0,
            "averages": 5,
            "label": "sugar",
            "date": "04.10.2024 11:29",
            "intensity_corrected": False,
        }
        assert {key: spectrum.metadata[key] for key in expected} == expected
        assert spectrum.warnings == ()

    def test_wavelength_with_laser(self) -> None:
        wavelength = 1e7 / (1e7 / 785 - axis()[::-1])
        (spectrum,) = read(labspec("nm", values=wavelength))
        np.testing.assert_allclose(spectrum.axis, axis(), atol=2e-3)
        assert "computed from the wavelength" in spectrum.warnings[0]

    def test_wavelength_without_laser(self, measured) -> None:
        wavelength = 1e7 / (1e7 / 785 - axis()[::-1])
        text = labspec("nm", "", values=wavelength)
        found = measured(text)
        assert (found.unit, found.technique) == ("wavelength_nm", "raman")
        np.testing.assert_allclose(found.axis, wavelength, atol=1e-4)
        with pytest.raises(UnsupportedError, match="laser is not stated"):
            read(text)
        (spectrum,) = read(text, laser_nm=785.0)
        np.testing.assert_allclose(spectrum.axis, axis(), atol=2e-3)

    def test_other_unit(self) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 'ev'"):
            read(labspec("eV"))

    def test_columns_without_an_axis_above(self) -> None:
        head, mark, body = labspec().partition("AxisUnit[1]=1/cm\n")
        with pytest.raises(UnsupportedError, match="map or series"):
            read(head + mark + body.replace("\r\n", "\t5\r\n"))

    def test_map(self) -> None:
        head, mark, _ = labspec().partition("AxisUnit[1]=1/cm\n")
        x, y = axis(), band(axis())
        rows = ["\t\t" + "\t".join(f"{value:.3f}" for value in x)]
        rows += [f"{k}\t-{k}\t" + "\t".join(f"{k * value:.3f}" for value in y) for k in (1, 2)]
        spectra = read(head + mark + "\r\n".join([*rows, ""]))
        assert [spectrum.metadata["label"] for spectrum in spectra] == ["1, -1", "2, -2"]
        for k, spectrum in enumerate(spectra, start=1):
            np.testing.assert_allclose(spectrum.axis, x, atol=1e-3)
            np.testing.assert_allclose(spectrum.intensity, k * y, atol=1e-3)
        with pytest.raises(DamagedError, match="expected the same"):
            read(head + mark + "\r\n".join([*rows, ""])[:-30])

    def test_cut_in_the_last_number(self) -> None:
        with pytest.raises(DamagedError, match="within its last line"):
            read(labspec().rstrip("\r\n")[:-5])

    def test_decimal_comma(self) -> None:
        head, _, body = labspec().partition("AxisUnit[1]=1/cm\n")
        (spectrum,) = read(head + "AxisUnit[1]=1/cm\n" + body.replace(".", ","))
        np.testing.assert_allclose(spectrum.intensity, band(axis()))


class TestWitec:
    def test_wavelength(self, measured) -> None:
        found = measured(witec("nm"))
        assert (found.unit, found.technique, found.quantity) == ("wavelength_nm", "raman", "counts")
        with pytest.raises(UnsupportedError, match="laser is not stated"):
            found.spectrum()

    def test_several_columns(self) -> None:
        head, mark, body = witec().partition("[Data]\r\n")
        names, units, *rows = body.rstrip("\r\n").split("\r\n")
        text = [f"{names},other", f"{units},CCD cts", *(f"{row}, {i}" for i, row in enumerate(rows)), ""]
        first, second = read(head + mark + "\r\n".join(text))
        np.testing.assert_allclose(first.intensity, band(axis()))
        np.testing.assert_allclose(second.intensity, np.arange(N))
        assert second.metadata["label"] == "other"
        (chosen,) = read(head + mark + "\r\n".join(text), column="other")
        np.testing.assert_allclose(chosen.intensity, np.arange(N))

    def test_several_graphs(self) -> None:
        first, second = read(witec() + "\r\n" + witec().replace("GraphName = sugar", "GraphName = salt"))
        assert (first.metadata["label"], second.metadata["label"]) == ("sugar", "salt")
        np.testing.assert_allclose(second.intensity, band(axis()))

    def test_number_of_points(self) -> None:
        text = witec().replace("GraphName", f"SizeGraph = {N}\r\nGraphName")
        assert read(text)[0].n_points == N
        with pytest.raises(DamagedError, match=f"the header promises {N}"):
            read("\r\n".join(text.split("\r\n")[:-3]) + "\r\n")

    def test_other_unit(self) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 'eV'"):
            read(witec("eV"))


class TestPairs:
    def test_axis_is_assumed(self) -> None:
        (spectrum,) = read(pairs())
        assert spectrum.warnings == ("the axis has no name: axis taken as Raman shift in cm⁻¹",)

    def test_rows_after_a_restart_are_left_out(self) -> None:
        (spectrum,) = read(pairs(extra=31))
        np.testing.assert_allclose(spectrum.intensity, band(axis()))
        assert (
            f"the axis starts again after row {N}: 31 rows left out, they are not this spectrum"
            in spectrum.warnings
        )

    def test_several_restarts(self) -> None:
        (spectrum,) = read(pairs(extra=60) + pairs())
        assert spectrum.n_points == N
        assert any(f"{60 + N} rows left out" in warning for warning in spectrum.warnings)

    def test_small_step_back_is_no_restart(self) -> None:
        lines = pairs().split("\n")
        lines[30], lines[31] = lines[31], lines[30]
        with pytest.raises(DamagedError, match="falls 1 times, expected one direction"):
            read("\n".join(lines))

    def test_zigzag(self) -> None:
        lines = pairs().split("\n")[:-1]
        mixed = [line for both in zip(lines[:30], lines[30:], strict=True) for line in both]
        with pytest.raises(DamagedError, match="expected one direction"):
            read("\n".join(mixed))

    @pytest.mark.parametrize("row", [40, 58, 59])
    def test_one_damaged_value_is_no_restart(self, row: int) -> None:
        lines = pairs().split("\n")
        lines[row] = "2" + lines[row][3:]
        if row == N - 1:
            (spectrum,) = read("\n".join(lines))
            assert any("1 rows left out" in warning for warning in spectrum.warnings)
        else:
            with pytest.raises(DamagedError, match="expected one direction"):
                read("\n".join(lines))

    def test_restart_too_early(self) -> None:
        with pytest.raises(DamagedError, match="expected one direction"):
            read("\n".join(pairs().split("\n")[:10]) + "\n" + pairs())

    def test_one_column(self) -> None:
        with pytest.raises(UnrecognisedError, match="one column of numbers"):
            read("\n".join(str(i) for i in range(50)))
