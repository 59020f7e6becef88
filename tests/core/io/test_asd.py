"""ASD: numbers of three formats, and the ratio to the stored white reference."""

import numpy as np
import pytest

from spectra.errors import DamagedError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary.asd import FORMAT
from tests.core.io.asd_file import (
    CHANNELS,
    DOUBLE,
    FLOAT,
    FORM,
    INTEGER,
    RADIANCE,
    RAW,
    SATURATION,
    START,
    STEP,
    TRANSMITTANCE,
    TYPE,
    File,
    N,
    counts,
)
from tests.core.io.vendor_reading import damaged_copies, put, read_one, read_or_refuse


class TestValues:
    @pytest.mark.parametrize("form", [FLOAT, INTEGER, DOUBLE])
    def test_ratio_where_the_type_says_so(self, form: int) -> None:
        one = read_one(FORMAT, File(form=form).data())
        np.testing.assert_allclose(one.axis, 1000.0 + 2.0 * np.arange(N))
        np.testing.assert_allclose(one.intensity, counts() / counts(500.0), rtol=1e-12)
        assert (one.unit, one.technique, one.quantity) == ("wavelength_nm", "nir", "reflectance")
        assert one.warnings == ("reflectance: raw sample divided by the white reference of the file",)
        one.spectrum()

    def test_transmittance(self) -> None:
        assert read_one(FORMAT, File(kind=TRANSMITTANCE).data()).quantity == "transmittance"

    @pytest.mark.parametrize(
        "file", [File(kind=RAW), File(kind=RADIANCE), File(taken=False)], ids=lambda file: str(file.kind)
    )
    def test_raw_numbers_else(self, file: File) -> None:
        one = read_one(FORMAT, file.data())
        np.testing.assert_array_equal(one.intensity, counts())
        assert one.quantity == "counts"
        assert "raw digital numbers" in one.warnings[0]

    @pytest.mark.parametrize("version", [b"ASD", b"as2"])
    def test_without_reference_the_ratio_itself_is_stored(self, version: bytes) -> None:
        one = read_one(FORMAT, File(version, form=FLOAT, ratio=True).data())
        np.testing.assert_allclose(one.intensity, counts() / 4000.0, rtol=1e-6)
        assert (one.quantity, one.warnings) == ("reflectance", ())

    @pytest.mark.parametrize("version", [b"as3", b"as6", b"as8"])
    def test_versions(self, version: bytes) -> None:
        assert read_one(FORMAT, File(version).data()).quantity == "reflectance"

    @pytest.mark.parametrize(
        ("column", "expected"),
        [
            ("reflectance", counts() / counts(500.0)),
            ("1", counts() / counts(500.0)),
            ("sample", counts()),
            ("reference", counts(500.0)),
        ],
    )
    def test_column(self, column: str, expected: np.ndarray) -> None:
        one = read_one(FORMAT, File(kind=RAW).data(), column=column)
        np.testing.assert_allclose(one.intensity, expected)

    def test_column_that_is_not_there(self) -> None:
        with pytest.raises(UnsupportedError, match="no column 'reflectance', the file holds sample"):
            read_one(FORMAT, File(b"ASD", ratio=True).data(), column="reflectance")

    def test_metadata(self) -> None:
        found = read_one(FORMAT, File().data()).metadata
        expected = {
            "note": "behind the glass",
            "date": "2024-01-02 03:04:05",
            "serial": "6321",
            "instrument": "ASD FieldSpec FR",
            "averages": 25,
            "integration_time_s": 0.136,
            "software": "ASD 5.7",
        }
        assert {name: found[name] for name in expected} == expected

    def test_reference_of_zero_drops_the_row(self) -> None:
        one = read_one(FORMAT, File(zero_at=7).data())
        assert one.axis.size == N - 1
        assert "1 rows without a finite value dropped" in one.warnings

    def test_saturation_is_noted(self) -> None:
        one = read_one(FORMAT, put(File().data(), SATURATION, "<B", 5))
        assert one.warnings[-1] == "the file says that VNIR and SWIR2 is saturated"


class TestDamage:
    @pytest.mark.parametrize("version", [b"ASD", b"as6", b"as7"])
    def test_every_cut_is_refused(self, version: bytes) -> None:
        data = File(version).data()
        for end in [*range(30, len(data), 53), len(data) - 1]:
            with pytest.raises(DamagedError, match=r"scan\.bin"):
                read_one(FORMAT, data[:end])

    @pytest.mark.parametrize(
        ("at", "form", "value"),
        [
            (CHANNELS, "<H", N - 1),
            (CHANNELS, "<H", 65535),
            (CHANNELS, "<H", 0),
            (START, "<f", float("nan")),
            (START, "<f", -5.0),
            (STEP, "<f", 0.0),
            (STEP, "<f", 1e9),
            (FORM, "<B", FLOAT),
            (FORM, "<B", 3),
            (TYPE, "<B", 77),
        ],
    )
    def test_header_that_contradicts_the_file(self, at: int, form: str, value: float) -> None:
        with pytest.raises(DamagedError):
            read_one(FORMAT, put(File().data(), at, form, value))

    def test_axis_other_than_the_one_shown_is_noted(self) -> None:
        one = read_one(FORMAT, put(File().data(), START, "<f", 1100.0))
        assert one.warnings[-1] == "the axis runs from 1100 to 1698 nm, the file shows 1000 to 1598"

    def test_impossible_value(self) -> None:
        with pytest.raises(DamagedError, match="which no detector gives"):
            read_one(FORMAT, put(File().data(), 484 + 80, "<d", 1e200))

    def test_nothing_else_escapes(self) -> None:
        data = File().data()
        outcomes = [read_or_refuse(FORMAT, copy) for copy in damaged_copies(data, seed=4, count=400)]
        assert outcomes.count("refused") > 80


def test_sniff_leaves_text_alone() -> None:
    text = b"as7 is a version\n" + b"350 0.1\n" * 90
    assert FORMAT.sniff(Source("a.asd", text)) is Sniff.NO
    assert FORMAT.sniff(Source("a.asd", b"ASD")) is Sniff.NO
