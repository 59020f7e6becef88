"""Agilent's column of numbers, told from other columns by its own count."""

import numpy as np
import pytest

from spectra.errors import DamagedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary.agilent_asp import FORMAT
from spectra.io.measurement import measure
from tests.core.io.agilent_asp_file import N, asp, values
from tests.core.io.vendor_reading import read_one


def sniff(text: str) -> Sniff:
    return FORMAT.sniff(Source("a.asp", text.encode()))


class TestValues:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_values(self, end: str) -> None:
        one = read_one(FORMAT, asp(end=end).encode())
        np.testing.assert_allclose(one.axis, np.linspace(3999.75, 650.25, N))
        np.testing.assert_allclose(one.intensity, [float(value) for value in values()])
        assert (one.unit, one.technique, one.quantity) == ("wavenumber_cm-1", "mir", "unknown")
        assert one.warnings == (
            "the file does not say whether its ordinates are absorbance or transmittance",
        )
        one.spectrum()

    def test_decimal_comma(self) -> None:
        one = read_one(FORMAT, asp().replace(".", ",").encode())
        np.testing.assert_allclose(one.intensity, [float(value) for value in values()])

    def test_last_line_without_an_end_is_noted(self) -> None:
        one = read_one(FORMAT, asp().encode()[:-4])
        assert one.warnings[-1] == "the last line has no end: its number may be cut short"


class TestDamage:
    @pytest.mark.parametrize("count", [N - 1, N + 1, 9_999_999])
    def test_another_count(self, count: int) -> None:
        text = asp(head=(str(count), "3999.75", "650.25", "1", "2", "4"))
        assert sniff(text) is Sniff.POSSIBLE
        with pytest.raises(DamagedError, match=f"90 ordinates, the first line announces {count}"):
            FORMAT.read(Source("a.asp", text.encode()))

    def test_every_cut_of_a_line_is_refused(self) -> None:
        lines = asp(end="\n").split("\n")
        for kept in range(8, N + 6):
            with pytest.raises(DamagedError, match="ordinates"):
                FORMAT.read(Source("a.asp", "\n".join(lines[:kept]).encode()))

    def test_line_that_is_no_number(self) -> None:
        with pytest.raises(DamagedError, match="'0,3x' where a number was expected"):
            read_one(FORMAT, asp().replace(values()[40], "0,3x").encode())

    def test_axis_without_extent(self) -> None:
        with pytest.raises(DamagedError, match="begins and ends at 650"):
            read_one(FORMAT, asp(head=(str(N), "650.0", "650.0", "1", "2", "4")).encode())


class TestSniff:
    @pytest.mark.parametrize(
        "head",
        [
            ("0.5", "3999.75", "650.25", "1", "2", "4"),
            ("90", "4000", "650", "1", "2", "4"),
            ("90", "3999.75", "650.25", "0.1", "2", "4"),
            ("90", "3.5", "650.25", "1", "2", "4"),
            ("5", "3999.75", "650.25", "1", "2", "4"),
            ("90", "3999.75,1", "650.25,2", "1", "2", "4"),
        ],
    )
    def test_other_columns_are_left_alone(self, head: tuple[str, ...]) -> None:
        assert sniff(asp(head=head)) is Sniff.NO

    def test_plain_column_of_numbers(self) -> None:
        assert sniff("\n".join(str(index) for index in range(200))) is Sniff.NO
        assert sniff("90\n3999.75\n") is Sniff.NO


def test_measured_file(shared_data) -> None:
    path = shared_data / "formats" / "agilent_asp" / "ftir_ldpe_soil.asp"
    source = Source(path.name, path.read_bytes())
    (draft,) = FORMAT.read(source)
    assert measure(draft, source, {}).axis.size == 1798
