"""PerkinElmer: blocks within one data set, whose range, step and count must agree."""

import struct

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary.perkinelmer_sp import FORMAT
from tests.core.io.perkinelmer_sp_file import (
    DATA,
    N_POINTS,
    RANGE,
    STEP,
    N,
    block,
    sp,
    values,
)
from tests.core.io.vendor_reading import damaged_copies, put, read_one, read_or_refuse


class TestValues:
    def test_absorbance(self) -> None:
        one = read_one(FORMAT, sp())
        np.testing.assert_allclose(one.axis, 4000.0 - 4.0 * np.arange(N))
        np.testing.assert_array_equal(one.intensity, values())
        assert (one.unit, one.technique, one.quantity) == ("wavenumber_cm-1", "nir", "absorbance")
        assert one.warnings == ()
        assert one.metadata["label"] == "powder.sp"
        assert one.metadata["date"] == "Mon Jan 01 10:00:00 2024"
        one.spectrum()

    @pytest.mark.parametrize(
        ("label", "quantity"),
        [("%T", "transmittance"), ("%R", "reflectance"), ("EGY", "counts"), ("?", "unknown")],
    )
    def test_ordinates(self, label: str, quantity: str) -> None:
        assert read_one(FORMAT, sp(y_label=label)).quantity == quantity

    @pytest.mark.parametrize(("label", "factor"), [("nm", 1.0), ("µm", 1000.0)])
    def test_wavelengths_become_nm(self, label: str, factor: float) -> None:
        one = read_one(FORMAT, sp(x_label=label, first=2.5, last=2.5 - 0.01 * (N - 1), step=-0.01))
        assert one.unit == "wavelength_nm"
        assert one.axis[0] == 2.5 * factor

    def test_raman_instrument(self) -> None:
        one = read_one(FORMAT, sp(y_label="INT", note="RamanStation Instrument Serial Number: 1"))
        assert (one.unit, one.technique) == ("raman_shift_cm-1", "raman")

    def test_intensity_over_wavenumbers_is_noted(self) -> None:
        assert "--technique raman" in read_one(FORMAT, sp(y_label="INT")).warnings[0]

    def test_blocks_after_the_data_set(self) -> None:
        """Newer programs append records of their own."""
        one = read_one(FORMAT, sp(after=block(200, b"audit") + b"\1\2\3"))
        np.testing.assert_array_equal(one.intensity, values())

    def test_unknown_history_costs_only_the_date(self) -> None:
        data = sp()
        one = read_one(FORMAT, put(data, data.index(struct.pack("<H", 121)) + 2, "<i", 10**6))
        assert "date" not in one.metadata

    def test_values_beyond_the_stated_limits_are_noted(self) -> None:
        assert "beyond the stated" in read_one(FORMAT, sp(limits=(0.1, 0.29))).warnings[0]


class TestRefusals:
    def test_image(self) -> None:
        data = b"PEPEDataSet - 4DConst3DInterval".ljust(400, b"\0")
        with pytest.raises(UnsupportedError, match="DataSet - 4DConst3DInterval"):
            read_one(FORMAT, data)

    def test_unknown_axis(self) -> None:
        with pytest.raises(UnsupportedError, match="axis unit 'min'"):
            read_one(FORMAT, sp(x_label="min"))


class TestDamage:
    def test_every_cut_is_refused(self) -> None:
        data = sp()
        for end in [*range(60, len(data), 23), len(data) - 1]:
            with pytest.raises(DamagedError, match=r"scan\.bin"):
                read_one(FORMAT, data[:end])

    @pytest.mark.parametrize(
        "change",
        [
            {"n": N - 1},
            {"n": -1},
            {"n": 2**31 - 1},
            {"step": -3.0},
            {"first": 4100.0},
            {"last": float("nan")},
            {"first": 1e9, "last": 1e9 - 4.0 * (N - 1)},
            {"y": values()[:-1]},
            {"limits": (100.0, 101.0)},
        ],
    )
    def test_contradictions(self, change: dict[str, object]) -> None:
        with pytest.raises(DamagedError):
            read_one(FORMAT, sp(**change))

    @pytest.mark.parametrize("number", [RANGE, STEP, N_POINTS, DATA])
    def test_member_that_is_missing(self, number: int) -> None:
        with pytest.raises(DamagedError, match=f"in block {number}"):
            read_one(FORMAT, sp(leave_out=number))

    @pytest.mark.parametrize("size", [-1, 2**31 - 1])
    def test_block_of_impossible_size(self, size: int) -> None:
        with pytest.raises(DamagedError, match=f"{size} bytes"):
            read_one(FORMAT, put(sp(), 46, "<i", size))

    def test_nothing_else_escapes(self) -> None:
        outcomes = [read_or_refuse(FORMAT, copy) for copy in damaged_copies(sp(), seed=5, count=400)]
        assert outcomes.count("refused") > 100


def test_sniff() -> None:
    assert FORMAT.sniff(Source("a.sp", b"PEP 1\n")) is Sniff.NO
