"""AvaSoft text and its two binary generations."""

import struct

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnsupportedError
from spectra.io import read_spectra_from_bytes

N = 60
PIXEL = 12 + np.arange(N)
FIT = np.array([900.0, 3.25, -0.5e-3, 0.0, 0.0])
X = np.polynomial.polynomial.polyval(PIXEL, FIT)
SAMPLE = 800.0 + 300.0 * np.sin(X / 40.0)
DARK = 50.0 + np.cos(X)
REFERENCE = 4000.0 + 500.0 * np.cos(X / 90.0)
SHARE = (SAMPLE - DARK) / (REFERENCE - DARK)


def read(data: bytes, name: str, **wishes):
    return read_spectra_from_bytes(data, name, **wishes)


def float32(values: np.ndarray) -> bytes:
    return np.asarray(values).astype("<f4").tobytes()


class TestText:
    def text(self, *, new: bool = False, decimal: str = ".", names: str = "", units: str = "") -> str:
        head = ["", "Integration time [ms]:  84.900", "Averaging Nr. [scans]: 10",
                "Smoothing Nr. [pixels]: 1", "Data measured with spectrometer [name]: 1501154U1"]  # fmt: skip
        old = ["M- leaf", "Integration time: 175 ms", "Average: 20 scans",
               "Nr of pixels used for smoothing: 0",
               "Data measured with spectrometer serial number: 0411041S1"]  # fmt: skip
        names = names or "Wave   ;Sample   ;Dark     ;Reference;Reflectance"
        units = units or "[nm]   ;[counts] ;[counts] ;[counts] ;[%]"
        rows = [
            ";".join(f"{value:8.3f}" for value in row) + f";{100 * share:.5f}"
            for row, share in zip(np.transpose([X, SAMPLE, DARK, REFERENCE]), SHARE, strict=True)
        ]
        rows = [row.replace(".", decimal) for row in rows]
        lines = [*(head if new else old), names, units, *([""] if new else []), *rows, ""]
        return "\r\n".join(lines)

    @pytest.mark.parametrize("decimal", [".", ","])
    @pytest.mark.parametrize("new", [False, True])
    def test_values_and_metadata(self, new: bool, decimal: str) -> None:
        (spectrum,) = read(self.text(new=new, decimal=decimal).encode(), "a.ttt")
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
        (spectrum,) = read(self.text(names=names).encode(), "a.txt")
        assert str(spectrum.metadata["y_column"]).startswith(column)
        assert spectrum.metadata["quantity"] == quantity

    def test_column_overrules(self) -> None:
        (spectrum,) = read(self.text().encode(), "a.txt", column="dark")
        np.testing.assert_allclose(spectrum.intensity, DARK, atol=6e-4)
        assert spectrum.metadata["quantity"] == "counts"

    def test_raman_shift(self) -> None:
        text = self.text(names="Raman shift;Sample;Dark;Ref;Scope", units="[cm-1];[c];[c];[c];[c]")
        assert read(text.encode(), "a.txt")[0].unit == "raman_shift_cm-1"

    def test_unknown_axis_and_several_axes_are_refused(self) -> None:
        for units in ("[cm-1];[c];[c];[c];[%]", "[nm];[c];[nm];[c];[%]"):
            with pytest.raises(UnsupportedError):
                read(self.text(units=units).encode(), "a.txt")

    @pytest.mark.parametrize("left", [4, 9, 30, 200])
    def test_cut_is_damaged(self, left: int) -> None:
        with pytest.raises(DamagedError):
            read(self.text()[:-left].encode(), "a.ttt")

    def test_header_only_is_damaged(self) -> None:
        for new in (False, True):
            with pytest.raises(DamagedError, match="without its table"):
                read(self.text(new=new).split("Wave")[0].encode(), "a.ttt")

    def test_names_that_do_not_fit_are_damaged(self) -> None:
        with pytest.raises(DamagedError, match="5 columns under 4 names"):
            read(self.text(names="Wave;Sample;Dark;Reference").encode(), "a.txt")


class TestAvaSoft6:
    def data(self, version: int = 70, *, columns: int = 3, fit: np.ndarray = FIT) -> bytes:
        serial = np.array([ord(c) for c in "1305084U1"], dtype=float)
        pixels = [PIXEL[0], PIXEL[-1]]
        if version == 70:
            head = np.concatenate([[70], serial, np.zeros(64), fit, pixels, [1], np.zeros(18)])
        else:
            head = np.concatenate([[60], fit, serial, pixels, [1, 0]])
        triples = np.transpose([SAMPLE, REFERENCE, DARK])
        body = triples.ravel() if columns == 3 else SAMPLE
        return float32(np.concatenate([head, body, [84.9, 10, 0]]))

    @pytest.mark.parametrize("version", [60, 70])
    @pytest.mark.parametrize(("ending", "quantity"), [("TRM", "transmittance"), ("abs", "absorbance")])
    def test_ratios(self, version: int, ending: str, quantity: str) -> None:
        (spectrum,) = read(self.data(version), f"a.{ending}")
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
        (spectrum,) = read(self.data(version, columns=1), f"a.{ending}")
        np.testing.assert_allclose(spectrum.intensity, SAMPLE, rtol=1e-6)
        assert (spectrum.metadata["quantity"], spectrum.metadata["y_column"]) == ("counts", column)

    def test_column(self) -> None:
        for column, values in (("dark", DARK), ("reference", REFERENCE), ("3", SAMPLE)):
            np.testing.assert_allclose(
                read(self.data(), "a.trm", column=column)[0].intensity, values, rtol=1e-6
            )

    @pytest.mark.parametrize("columns", [1, 3])
    @pytest.mark.parametrize("left", [1, 4, 100, 300, 500])
    def test_cut_is_damaged(self, columns: int, left: int) -> None:
        with pytest.raises(DamagedError):
            read(self.data(columns=columns)[:-left], "a.trm")

    def test_longer_is_damaged(self) -> None:
        with pytest.raises(DamagedError, match="neither one nor three columns"):
            read(self.data() + bytes(400), "a.trm")

    @pytest.mark.parametrize(
        "fit", [[0, 0, 0, 0, 0], [900, np.nan, 0, 0, 0], [9e5, 1, 0, 0, 0], [900, 40, -1, 0, 0]]
    )
    def test_impossible_wavelengths_are_damaged(self, fit: list[float]) -> None:
        with pytest.raises(DamagedError, match="make no wavelengths"):
            read(self.data(fit=np.array(fit)), "a.trm")

    @pytest.mark.parametrize(
        ("first", "last"), [(12, 70), (12.5, 71.5), (-1, 58), (80, 20), (0, 2e9), (np.nan, 71)]
    )
    def test_wrong_pixels_are_damaged(self, first: float, last: float) -> None:
        data = bytearray(self.data())
        data[4 * 79 : 4 * 81] = struct.pack("<2f", first, last)
        with pytest.raises(DamagedError):
            read(bytes(data), "a.trm")

    def test_irradiance_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="as text"):
            read(self.data(), "a.IRR")


class TestAvaSoft8:
    def part(self, mode: int, *, pixels: tuple[int, int] = (12, 12 + N - 1), gap: int = 0) -> bytes:
        ident = b"1904090M1\0" + b"me".ljust(64, b"\0") + b"\1"
        config = struct.pack("<HHfII", *pixels, 84.9, 0, 10) + bytes(25)
        date = 2023 << 20 | 5 << 16 | 17 << 11 | 13 << 6 | 45
        misc = struct.pack("<II5f5d", 0, date, *[0.0] * 5, *FIT)
        body = b"".join(float32(column) for column in (X, SAMPLE, DARK, REFERENCE)) + bytes(gap)
        rest = bytes([0, mode, 16, 0]) + ident + config + misc + b"leaf".ljust(130, b"\0") + body
        return struct.pack("<I", len(rest) + 4) + rest + bytes(10)

    def data(self, mode: int = 0, *, parts: int = 1, version: bytes = b"AVS84", **changes) -> bytes:
        return version + bytes([parts]) + self.part(mode, **changes) * parts

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
        (spectrum,) = read(self.data(mode), name)
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
        (spectrum,) = read(self.data(5), "a.IRR8")
        np.testing.assert_allclose(spectrum.intensity, SAMPLE, rtol=1e-6)
        assert "calibration" in spectrum.warnings[0]

    def test_kind_that_nothing_tells_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="ending back"):
            read(self.data(1), "a.dat")
        np.testing.assert_allclose(read(self.data(1), "a.dat", column="dark")[0].intensity, DARK, rtol=1e-6)

    def test_ending_against_header_is_noted(self) -> None:
        assert "its header scope" in read(self.data(0), "a.RFL8")[0].warnings[0]

    @pytest.mark.parametrize("gap", [0, 3779])
    def test_several_channels(self, gap: int) -> None:
        found = read(self.data(0, parts=3, gap=gap), "a.RAW8")
        assert len(found) == 3
        for spectrum in found:
            np.testing.assert_allclose(spectrum.intensity, SAMPLE, rtol=1e-6)

    def test_length_of_which_only_16_bits_count(self) -> None:
        data = bytearray(self.data(0, parts=2))
        data[8:10] = b"\x07\x09"
        assert len(read(bytes(data), "a.RAW8")) == 2

    @pytest.mark.parametrize("more", [-20, -3, -1, 1, 3])
    def test_wrong_number_of_pixels_is_damaged(self, more: int) -> None:
        with pytest.raises(DamagedError):
            read(self.data(0, pixels=(12, 12 + N - 1 + more)), "a.RAW8")

    @pytest.mark.parametrize("left", [11, 200, 900, 1200])
    def test_cut_is_damaged(self, left: int) -> None:
        with pytest.raises(ReadError):
            read(self.data()[:-left], "a.RAW8")
        with pytest.raises(DamagedError):
            read(self.data(parts=2)[:-left], "a.RAW8")

    def test_more_channels_promised_is_damaged(self) -> None:
        data = bytearray(self.data())
        data[5] = 2
        with pytest.raises(DamagedError):
            read(bytes(data), "a.RAW8")

    def test_series_of_frames_is_refused(self) -> None:
        with pytest.raises(UnsupportedError, match="series of frames"):
            read(self.data(version=b"STR84"), "a.STR8")
