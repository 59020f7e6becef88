"""B&W Tek, LabSpec, WITec and the pairs of portable instruments."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnrecognisedError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.samples import N, axis, band, bwtek, labspec, pairs, witec


def read(text: str, codec: str = "utf-8"):
    return read_spectra_from_bytes(text.encode(codec), "scan.txt")


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

    def test_no_shift(self) -> None:
        with pytest.raises(UnsupportedError, match="no Raman Shift column"):
            read(bwtek().replace("Raman Shift", "Something"))

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

    def test_wavelength_without_laser(self) -> None:
        wavelength = 1e7 / (1e7 / 785 - axis()[::-1])
        (spectrum,) = read(labspec("nm", "", values=wavelength))
        assert (spectrum.unit, spectrum.technique) == ("wavelength_nm", "raman")
        assert "laser is not stated" in spectrum.warnings[0]

    def test_other_unit(self) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 'ev'"):
            read(labspec("eV"))

    def test_map(self) -> None:
        with pytest.raises(UnsupportedError, match="map or series"):
            read(labspec().replace("\t100.00\r\n", "\t100.00\t5\r\n"))

    def test_decimal_comma(self) -> None:
        head, _, body = labspec().partition("AxisUnit[1]=1/cm\n")
        (spectrum,) = read(head + "AxisUnit[1]=1/cm\n" + body.replace(".", ","))
        np.testing.assert_allclose(spectrum.intensity, band(axis()))


class TestWitec:
    def test_wavelength(self) -> None:
        (spectrum,) = read(witec("nm"))
        assert (spectrum.unit, spectrum.technique) == ("wavelength_nm", "raman")

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
