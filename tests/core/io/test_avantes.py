"""AvaSoft text and its two binary generations."""

import struct

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnsupportedError
from spectra.io import read_spectra_from_bytes
from tests.core.io.avantes_file import (
    DARK,
    REFERENCE,
    SAMPLE,
    SHARE,
    N,
    X,
    avasoft6,
    avasoft8,
    avasoft_text,
)


def read(data: bytes, name: str, **wishes):
    return read_spectra_from_bytes(data, name, **wishes)


class TestText:
    @pytest.mark.parametrize("decimal", [".", ","])
    @pytest.mark.parametrize("new", [False, True])
    def test_values_and_metadata(self, new: bool, decimal: str) -> None:
        (spectrum,) = read(avasoft_text(new=new, decimal=decimal).encode(), "a.ttt")
        np.testing.assert_allclose(spectrum.axis, X, atol=6e-4)
        np.testing.assert_allclose(spectrum.intensity, 100 * SHARE, atol=6e-6)
        expected = {
            "format": "avasoft_txt", "quantity": "reflectance", "averages": 10 if new else 20,
            "integration_time_s": 0.0849 if new else 0.175, "serial": "1501154U1" if new else "0411041S1",
            "y_column": "Reflectance [%]",
        }  # fmt: skip
        assert {key: spectrum.metadata[key] for key in expected} == expected
        assert spectrum.metadata.get("label") == (None if new else "M- leaf")
        assert (spectrum.technique, spectrum.unit) == ("nir", "wavelength_nm")

    @pytest.mark.parametrize(
        ("names", "column", "quantity"),
        [
            ("Wave;Dark;Ref;Sample;Transmittance", "Transmittance", "transmittance"),
            ("Wave;Dark;Ref;Sample;Absorbance", "Absorbance", "absorbance"),
            ("Wave;Dark;Ref;Absolute irradiance;Photon counts", "Absolute irradiance", "counts"),
            ("Wave;Sample;Dark;Reference;Scope corrected for dark", "Scope corrected for dark", "counts"),
            ("Wave;Sample;Dark;Ref;Other", "Sample", "counts"),
        ],
    )
    def test_the_most_finished_column(self, names: str, column: str, quantity: str) -> None:
        (spectrum,) = read(avasoft_text(names=names).encode(), "a.txt")
        assert str(spectrum.metadata["y_column"]).startswith(column)
        assert spectrum.metadata["quantity"] == quantity

    @pytest.mark.parametrize(
        "name", ["Ref0ectance", "Reflectanc", "eflectance", "Abs0rbance", "Trannsmittance"]
    )
    def test_a_damaged_name_of_the_best_column(self, name: str) -> None:
        text = avasoft_text(names=f"Wave;Sample;Dark;Reference;{name}").encode()
        if name == "Reflectanc":
            assert read(text, "a.txt")[0].metadata["quantity"] == "reflectance"
            return
        with pytest.raises(DamagedError, match=f"{name}', perhaps a better one than 'Sample'"):
            read(text, "a.txt")
        np.testing.assert_allclose(read(text, "a.txt", column="5")[0].intensity, 100 * SHARE, atol=6e-6)

    def test_a_column_of_unknown_meaning_is_noted(self) -> None:
        (spectrum,) = read(avasoft_text(names="Wave;Sample;Dark;Reference;R#fl#ct").encode(), "a.txt")
        assert spectrum.warnings == ("columns of unknown meaning ('R#fl#ct') left out: 'Sample' taken",)
        assert read(avasoft_text().encode(), "a.txt")[0].warnings == ()

    def test_column_overrules(self) -> None:
        (spectrum,) = read(avasoft_text().encode(), "a.txt", column="dark")
        np.testing.assert_allclose(spectrum.intensity, DARK, atol=6e-4)
        assert spectrum.metadata["quantity"] == "counts"

    def test_raman_shift(self) -> None:
        text = avasoft_text(names="Raman shift;Sample;Dark;Ref;Scope", units="[cm-1];[c];[c];[c];[c]")
        assert read(text.encode(), "a.txt")[0].unit == "raman_shift_cm-1"

    def test_unknown_axis_and_several_axes_are_refused(self) -> None:
        for units in ("[cm-1];[c];[c];[c];[%]", "[nm];[c];[nm];[c];[%]"):
            with pytest.raises(UnsupportedError):
                read(avasoft_text(units=units).encode(), "a.txt")

    @pytest.mark.parametrize("left", [4, 9, 30, 200])
    def test_cut_is_damaged(self, left: int) -> None:
        with pytest.raises(DamagedError):
            read(avasoft_text()[:-left].encode(), "a.ttt")

    def test_header_only_is_damaged(self) -> None:
        for new in (False, True):
            with pytest.raises(DamagedError, match="without its table"):
                read(avasoft_text(new=new).split("Wave")[0].encode(), "a.ttt")

    def test_names_that_do_not_fit_are_damaged(self) -> None:
        with pytest.raises(DamagedError, match="5 columns under 4 names"):
            read(avasoft_text(names="Wave;Sample;Dark;Reference").encode(), "a.txt")


class TestAvaSoft6:
    @pytest.mark.parametrize("version", [60, 70])
    @pytest.mark.parametrize(("ending", "quantity"), [("TRM", "transmittance"), ("abs", "absorbance")])
    def test_ratios(self, version: int, ending: str, quantity: str) -> None:
        (spectrum,) = read(avasoft6(version), f"a.{ending}")
        expected = 100 * SHARE if quantity == "transmittance" else -np.log10(SHARE)
        np.testing.assert_allclose(spectrum.axis, X, rtol=1e-6)
        np.testing.assert_allclose(spectrum.intensity, expected, rtol=1e-5)
        assert spectrum.metadata["quantity"] == quantity
        assert spectrum.metadata["serial"] == "1305084U1"
        assert spectrum.metadata["integration_time_s"] == pytest.approx(0.0849, abs=1e-8)
        assert spectrum.metadata["averages"] == 10

    @pytest.mark.parametrize("version", [60, 70])
    @pytest.mark.parametrize(("ending", "column"), [("ROH", "sample"), ("DRK", "dark"), ("x", "sample")])
    def test_counts(self, version: int, ending: str, column: str) -> None:
        (spectrum,) = read(avasoft6(version, columns=1), f"a.{ending}")
        np.testing.assert_allclose(spectrum.intensity, SAMPLE, rtol=1e-6)
        assert (spectrum.metadata["quantity"], spectrum.metadata["y_column"]) == ("counts", column)

    def test_column(self) -> None:
        for column, values in (("dark", DARK), ("reference", REFERENCE), ("3", SAMPLE)):
            np.testing.assert_allclose(
                read(avasoft6(), "a.trm", column=column)[0].intensity, values, rtol=1e-6
            )

    @pytest.mark.parametrize("columns", [1, 3])
    @pytest.mark.parametrize("left", [1, 4, 100, 300, 500])
    def test_cut_is_damaged(self, columns: int, left: int) -> None:
        with pytest.raises(DamagedError):
            read(avasoft6(columns=columns)[:-left], "a.trm")

    @pytest.mark.parametrize("name", ["a.trm", "a.roh", "a.x"])
    @pytest.mark.parametrize("whole", [False, True])
    def test_three_columns_cut_to_the_length_of_one(self, name: str, whole: bool) -> None:
        data = avasoft6(whole=whole)[: -4 * 2 * N]
        with pytest.raises(DamagedError, match=r"at the end|expected sample, reference and dark"):
            read(data, name)

    @pytest.mark.parametrize(
        "end",
        [(0, 10, 0), (np.nan, 10, 0), (84.9, 10.5, 0), (84.9, 0, 0), (84.9, 1e6, 0), (84.9, 10, np.inf)],
    )
    def test_impossible_numbers_at_the_end_are_damaged(self, end: tuple[float, float, float]) -> None:
        assert read(avasoft6(columns=1, end=(84.9, 1, 5)), "a.roh")[0].metadata["averages"] == 1
        for columns in (1, 3):
            with pytest.raises(DamagedError, match="at the end"):
                read(avasoft6(columns=columns, end=end), "a.x")

    def test_one_column_in_a_file_of_ratios_is_damaged(self) -> None:
        with pytest.raises(DamagedError, match="expected sample, reference and dark"):
            read(avasoft6(columns=1), "a.TRM")

    def test_longer_is_damaged(self) -> None:
        with pytest.raises(DamagedError, match="neither one nor three columns"):
            read(avasoft6() + bytes(400), "a.trm")

    @pytest.mark.parametrize(
        "fit", [[0, 0, 0, 0, 0], [900, np.nan, 0, 0, 0], [9e5, 1, 0, 0, 0], [900, 40, -1, 0, 0]]
    )
    def test_impossible_wavelengths_are_damaged(self, fit: list[float]) -> None:
        with pytest.raises(DamagedError, match="make no wavelengths"):
            read(avasoft6(fit=np.array(fit)), "a.trm")

    @pytest.mark.parametrize(
        ("first", "last"), [(12, 70), (12.5, 71.5), (-1, 58), (80, 20), (0, 2e9), (np.nan, 71)]
    )
    def test_wrong_pixels_are_damaged(self, first: float, last: float) -> None:
        data = bytearray(avasoft6())
        data[4 * 79 : 4 * 81] = struct.pack("<2f", first, last)
        with pytest.raises(DamagedError):
            read(bytes(data), "a.trm")

    def test_irradiance_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="as text"):
            read(avasoft6(), "a.IRR")


class TestAvaSoft8:
    @pytest.mark.parametrize(
        ("name", "mode", "values", "quantity"),
        [
            ("a.RAW8", 0, SAMPLE, "counts"), ("a", 0, SAMPLE, "counts"),
            ("a.RWD8", 1, SAMPLE - DARK, "counts"), ("a.ABS8", 2, -np.log10(SHARE), "absorbance"),
            ("a.trm8", 3, 100 * SHARE, "transmittance"), ("a.RFL8", 4, 100 * SHARE, "reflectance"),
            ("a.bin", 4, 100 * SHARE, "reflectance"),
        ],
    )  # fmt: skip
    def test_values(self, name: str, mode: int, values: np.ndarray, quantity: str) -> None:
        (spectrum,) = read(avasoft8(mode), name)
        np.testing.assert_allclose(spectrum.axis, X, rtol=1e-6)
        np.testing.assert_allclose(spectrum.intensity, values, rtol=1e-4)
        expected = {
            "format": "avasoft8", "quantity": quantity, "serial": "1904090M1", "label": "leaf",
            "averages": 10, "date": "2023-05-17T13:45",
        }  # fmt: skip
        assert {key: spectrum.metadata[key] for key in expected} == expected
        assert spectrum.metadata["integration_time_s"] == pytest.approx(0.0849)
        assert spectrum.warnings == ()

    def test_irradiance_reads_the_counts_and_says_so(self) -> None:
        (spectrum,) = read(avasoft8(5), "a.IRR8")
        np.testing.assert_allclose(spectrum.intensity, SAMPLE, rtol=1e-6)
        assert "calibration" in spectrum.warnings[0]

    def test_kind_that_nothing_tells_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="ending back"):
            read(avasoft8(1), "a.dat")
        np.testing.assert_allclose(read(avasoft8(1), "a.dat", column="dark")[0].intensity, DARK, rtol=1e-6)

    def test_ending_against_header_is_noted(self) -> None:
        assert "its header scope" in read(avasoft8(0), "a.RFL8")[0].warnings[0]

    @pytest.mark.parametrize("gap", [0, 3779])
    def test_several_channels(self, gap: int) -> None:
        found = read(avasoft8(0, parts=3, gap=gap), "a.RAW8")
        assert len(found) == 3
        for spectrum in found:
            np.testing.assert_allclose(spectrum.intensity, SAMPLE, rtol=1e-6)

    def test_length_of_which_only_16_bits_count(self) -> None:
        data = bytearray(avasoft8(0, parts=2))
        data[8:10] = b"\x07\x09"
        assert len(read(bytes(data), "a.RAW8")) == 2

    @pytest.mark.parametrize("more", [-20, -3, -1, 1, 3])
    def test_wrong_number_of_pixels_is_damaged(self, more: int) -> None:
        with pytest.raises(DamagedError):
            read(avasoft8(0, pixels=(12, 12 + N - 1 + more)), "a.RAW8")

    @pytest.mark.parametrize("left", [11, 200, 900, 1200])
    def test_cut_is_damaged(self, left: int) -> None:
        with pytest.raises(ReadError):
            read(avasoft8()[:-left], "a.RAW8")
        with pytest.raises(DamagedError):
            read(avasoft8(parts=2)[:-left], "a.RAW8")

    def test_more_channels_promised_is_damaged(self) -> None:
        data = bytearray(avasoft8())
        data[5] = 2
        with pytest.raises(DamagedError):
            read(bytes(data), "a.RAW8")

    def test_series_of_frames_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="series of frames"):
            read(avasoft8(version=b"STR84"), "a.STR8")
