"""OMNIC spectra and groups: units by their codes, parts that must lie within the file."""

import struct

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary.omnic_spa import FORMAT
from tests.core.io.omnic_file import FIRST, LAST, STEP, N, Spectrum, omnic, values
from tests.core.io.vendor_reading import damaged_copies, put, read_all, read_one, read_or_refuse


class TestValues:
    def test_absorbance(self) -> None:
        one = read_one(FORMAT, omnic(Spectrum()))
        np.testing.assert_allclose(one.axis, np.linspace(FIRST, LAST, N), rtol=1e-7)
        np.testing.assert_array_equal(one.intensity, values().astype(float))
        assert (one.unit, one.technique, one.quantity) == ("wavenumber_cm-1", "nir", "absorbance")
        assert one.warnings == ()
        one.spectrum()

    @pytest.mark.parametrize(
        ("code", "quantity"),
        [
            (11, "reflectance"),
            (12, "absorbance"),
            (16, "transmittance"),
            (20, "kubelka_munk"),
            (15, "counts"),
        ],
    )
    def test_ordinates(self, code: int, quantity: str) -> None:
        assert read_one(FORMAT, omnic(Spectrum(y_code=code))).quantity == quantity

    def test_raman(self) -> None:
        ends = (3500.0, 3500.0 - STEP * (N - 1))
        one = read_one(FORMAT, omnic(Spectrum(32, 31, ends, shift_laser_cm1=9394.0)))
        assert (one.unit, one.technique, one.quantity) == ("raman_shift_cm-1", "raman", "counts")
        assert one.metadata["laser_wavelength_nm"] == pytest.approx(1e7 / 9394.0, rel=1e-6)

    @pytest.mark.parametrize(("code", "factor"), [(3, 1.0), (4, 1000.0)])
    def test_wavelengths_become_nm(self, code: int, factor: float) -> None:
        one = read_one(FORMAT, omnic(Spectrum(code, ends=(2.5, 1.5))))
        assert one.unit == "wavelength_nm"
        assert (one.axis[0], one.axis[-1]) == (2.5 * factor, 1.5 * factor)

    def test_metadata(self) -> None:
        found = read_one(FORMAT, omnic(Spectrum())).metadata
        expected = {
            "label": "powder 7",
            "note": "in KBr",
            "serial": "AB12",
            "averages": 32,
            "date": "2024-01-01T00:00:00+00:00",
            "x_column": "Wavenumbers (cm-1)",
            "y_column": "absorbance",
        }
        assert {name: found[name] for name in expected} == expected

    def test_group(self) -> None:
        data = omnic(Spectrum(), Spectrum(y=values(1.0), title=b"second"), group=True)
        first, second = read_all(FORMAT, data)
        np.testing.assert_array_equal(second.intensity, values(1.0).astype(float))
        assert (first.metadata["label"], second.metadata["label"]) == ("powder 7", "second")

    def test_single_beam_is_noted(self) -> None:
        assert "single beam" in read_one(FORMAT, omnic(Spectrum(y_code=15))).warnings[0]

    @pytest.mark.parametrize("codes", [(2, 22), (2, 17), (1, 22)])
    def test_nothing_can_be_identified_from_an_interferogram(self, codes: tuple[int, int]) -> None:
        one = read_one(FORMAT, omnic(Spectrum(*codes)))
        assert one.technique == "other"
        assert "an interferogram" in one.warnings[0]

    def test_unknown_ordinate_is_noted(self) -> None:
        one = read_one(FORMAT, omnic(Spectrum(y_code=99)))
        assert (one.quantity, one.warnings) == ("unknown", ("unknown unit 99 of the ordinates",))

    def test_resampled_axis_is_noted(self) -> None:
        one = read_one(FORMAT, omnic(Spectrum(ends=(4000.0, 3000.0))))
        assert "not that of the interferometer" in one.warnings[0]


class TestRefusals:
    def test_series(self) -> None:
        with pytest.raises(UnsupportedError, match="an OMNIC series"):
            read_all(FORMAT, b"Spectral Exte File\r\n" + b"\0" * 400)

    def test_unknown_axis(self) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 9"):
            read_one(FORMAT, omnic(Spectrum(9)))


class TestDamage:
    def test_every_cut_is_refused(self) -> None:
        data = omnic(Spectrum())
        for end in [*range(20, len(data), 31), len(data) - 1]:
            with pytest.raises(DamagedError, match=r"scan\.bin"):
                read_one(FORMAT, data[:end])

    @pytest.mark.parametrize("count", [N - 1, N + 1, 2**32 - 1, 0])
    def test_count_that_contradicts_the_ordinates(self, count: int) -> None:
        with pytest.raises(DamagedError, match="the header calls for"):
            read_one(FORMAT, omnic(Spectrum(n_points=count)))

    @pytest.mark.parametrize("ends", [(float("nan"), 1.0), (1.0, float("nan")), (5.0, 5.0), (1e9, 0.0)])
    def test_impossible_axis(self, ends: tuple[float, float]) -> None:
        with pytest.raises(DamagedError, match="80 points from"):
            read_one(FORMAT, omnic(Spectrum(ends=ends)))

    def test_wavelengths_with_the_steps_of_wavenumbers(self) -> None:
        with pytest.raises(DamagedError, match="steps of a Fourier transform"):
            read_one(FORMAT, omnic(Spectrum(3)))

    def test_header_without_ordinates(self) -> None:
        data = omnic(Spectrum())
        with pytest.raises(DamagedError, match="1 headers for 0 lists"):
            read_one(FORMAT, put(data, 304 + 16 * 3, "<B", 99))

    def test_part_beyond_the_file(self) -> None:
        with pytest.raises(DamagedError, match="a part of"):
            read_one(FORMAT, put(omnic(Spectrum()), 304 + 2, "<I", 2**31))

    def test_ordinates_that_lie_in_another_part(self) -> None:
        """A place changed by a few bytes would read the neighbour's numbers."""
        data = omnic(Spectrum())
        entry = 304 + 16 * 3
        start = struct.unpack_from("<I", data, entry + 2)[0]
        for wrong in (start + 16, start - 16):
            with pytest.raises(DamagedError, match="overlap"):
                read_one(FORMAT, put(data, entry + 2, "<I", wrong))

    def test_impossible_ordinate(self) -> None:
        y = values()
        y[3] = 1e30
        with pytest.raises(DamagedError, match="which no detector gives"):
            read_one(FORMAT, omnic(Spectrum(y=y)))

    def test_bytes_after_the_end_are_noted(self) -> None:
        one = read_one(FORMAT, omnic(Spectrum()) + b"12345")
        assert one.warnings == ("5 bytes after the last part left out",)

    def test_nothing_else_escapes(self) -> None:
        data = omnic(Spectrum(), Spectrum(), group=True)
        outcomes = [read_or_refuse(FORMAT, copy) for copy in damaged_copies(data, seed=3, count=400)]
        assert outcomes.count("refused") > 100


def test_sniff() -> None:
    assert FORMAT.sniff(Source("a.spa", b"Spectral data of my sample\n1 2\n")) is Sniff.NO
