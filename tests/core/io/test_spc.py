"""GRAMS SPC: every layout and kind of ordinate, against an independent writer."""

import numpy as np
import pytest

from spectra.errors import ReadError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.measurement import Measurement, measure
from spectra.io.spc.reader import FORMAT, read, sniff
from tests.core.io.samples import N, axis, band
from tests.core.io.spc_file import FLOAT, LABELS, LOG, MULTI, OWN_X, SHORT, X_VALUES, Spc, old

UNEVEN = axis() + np.linspace(0, 3, N) ** 2
YS = (band(axis()), 2 * band(axis(), 700.0), 3 * band(axis(), 300.0))


def drafts(data: bytes, name: str = "a.spc"):
    return read(Source(name, data))


def measured(data: bytes) -> Measurement:
    source = Source("a.spc", data)
    return measure(read(source)[0], source, {})


def check(data: bytes, xs, ys, *, rtol: float = 1e-6) -> None:
    found = drafts(data)
    assert len(found) == len(ys)
    for draft, x, y in zip(found, xs, ys, strict=True):
        np.testing.assert_allclose(draft.axis, x, rtol=1e-6)
        np.testing.assert_allclose(draft.intensity, y, rtol=rtol, atol=rtol * np.max(np.abs(y)))
        assert draft.counted


@pytest.mark.parametrize("order", ["<", ">"])
class TestNew:
    def test_even_float(self, order: str) -> None:
        check(Spc(order=order).bytes(), [axis()], [band(axis())])

    def test_descending(self, order: str) -> None:
        check(Spc(order=order, xs=(axis()[::-1],)).bytes(), [axis()[::-1]], [band(axis())])

    @pytest.mark.parametrize("exponent", [11, 14, 20])
    def test_fixed_point_of_32_bits(self, order: str, exponent: int) -> None:
        check(Spc(order=order, exponent=exponent).bytes(), [axis()], [band(axis())])

    def test_fixed_point_of_16_bits(self, order: str) -> None:
        check(Spc(order=order, exponent=11, flags=SHORT).bytes(), [axis()], [band(axis())], rtol=1e-4)

    def test_negative_values(self, order: str) -> None:
        check(Spc(order=order, exponent=12, ys=(-band(axis()),)).bytes(), [axis()], [-band(axis())])

    def test_stored_axis(self, order: str) -> None:
        check(Spc(order=order, flags=X_VALUES, xs=(UNEVEN,)).bytes(), [UNEVEN], [band(axis())])

    def test_subfiles_with_one_even_axis(self, order: str) -> None:
        check(Spc(order=order, flags=MULTI, ys=YS).bytes(), [axis()] * 3, YS)

    def test_each_subfile_has_its_exponent(self, order: str) -> None:
        spc = Spc(order=order, flags=MULTI, ys=YS, exponent=11, sub_exponents=(11, 12, 14))
        check(spc.bytes(), [axis()] * 3, YS)

    def test_an_exponent_of_zero_counts_among_others(self, order: str) -> None:
        small = (YS[0], YS[1] / 1e5)
        check(
            Spc(order=order, flags=MULTI, ys=small, exponent=11, sub_exponents=(11, 0)).bytes(),
            [axis()] * 2,
            small,
        )

    def test_subfiles_with_one_stored_axis(self, order: str) -> None:
        check(Spc(order=order, flags=MULTI | X_VALUES, ys=YS, xs=(UNEVEN,)).bytes(), [UNEVEN] * 3, YS)

    @pytest.mark.parametrize("flags", [MULTI, MULTI | SHORT, 0])
    def test_subfiles_with_their_own_axes(self, order: str, flags: int) -> None:
        xs, ys = (axis(40), axis(50), axis(60)), (band(axis(40)), band(axis(50)), band(axis(60)))
        if not flags & MULTI:
            xs, ys = xs[:1], ys[:1]
        spc = Spc(order=order, flags=flags | OWN_X | X_VALUES, xs=xs, ys=ys, exponent=11)
        check(spc.bytes(), xs, ys, rtol=1e-4)

    def test_own_axes_without_directory(self, order: str) -> None:
        spc = Spc(order=order, flags=OWN_X | X_VALUES, xs=(axis(), UNEVEN), ys=YS[:2], n_points=0)
        check(spc.bytes(), [axis(), UNEVEN], YS[:2])

    def test_log(self, order: str) -> None:
        found = measured(Spc(order=order, log=LOG, comment=b"a remark").bytes()).metadata
        expected = {
            "laser_wavelength_nm": 785.0, "instrument": "BOX 1", "integration_time_s": 2.5, "averages": 4,
            "label": "a remark", "x_column": "Raman shift (cm-1)", "y_column": "Counts",
        }  # fmt: skip
        assert {key: found.get(key) for key in expected} == expected
        assert "note" not in found


class TestOld:
    def test_single(self) -> None:
        check(old((band(axis()),), axis()), [axis()], [band(axis())])

    def test_negative(self) -> None:
        check(old((-band(axis()),), axis()), [axis()], [-band(axis())])

    def test_subfiles_to_the_end_of_the_file(self) -> None:
        check(old(YS, axis(), flags=MULTI, exponent=13), [axis()] * 3, YS)

    def test_16_bits(self) -> None:
        check(old((band(axis()),), axis(), flags=SHORT, exponent=11), [axis()], [band(axis())], rtol=1e-4)

    def test_meaning(self) -> None:
        found = measured(old((band(axis()),), axis()))
        assert (found.unit, found.technique, found.quantity) == ("wavenumber_cm-1", "mir", "absorbance")
        assert (found.metadata["date"], found.metadata["label"]) == ("1992-06-14 20:19", "old")

    def test_labels(self) -> None:
        found = measured(old((band(axis()),), axis(), x_type=15, labels=b"Raman shift\0Counts\0"))
        assert (found.unit, found.metadata["x_column"]) == ("raman_shift_cm-1", "Raman shift")


class TestExponent:
    def test_header_for_a_lone_subfile_that_states_none(self) -> None:
        data = Spc(exponent=12, sub_exponents=(0,)).bytes()
        check(data, [axis()], [band(axis())])
        assert drafts(data)[0].warnings == ("no subfile states an exponent: the header's 12 used",)

    def test_header_says_float_and_the_subfile_nothing(self) -> None:
        check(Spc(sub_exponents=(0,)).bytes(), [axis()], [band(axis())])

    def test_subfile_alone_says_float(self) -> None:
        check(Spc(exponent=5, sub_exponents=(FLOAT,)).bytes(), [axis()], [band(axis())])

    def test_no_subfile_states_one(self) -> None:
        spc = Spc(flags=MULTI, ys=YS, exponent=13)
        zeroed = bytearray(spc.bytes())
        for index in range(3):
            zeroed[512 + index * (32 + 4 * N) + 1] = 0
        check(bytes(zeroed), [axis()] * 3, YS)
        assert drafts(bytes(zeroed))[0].warnings == ("no subfile states an exponent: the header's 13 used",)

    def test_two_that_disagree(self) -> None:
        data = bytearray(Spc(exponent=12).bytes())
        data[512 + 1] = 9
        with pytest.raises(ReadError, match="exponent 12 in the header and 9 in subfile 1"):
            drafts(bytes(data))

    def test_integers_called_float(self) -> None:
        integers = bytearray(Spc(exponent=3, ys=(-band(axis()) / 1e4,)).bytes())
        integers[3] = FLOAT & 0xFF
        with pytest.raises(ReadError, match="exponent -128 in the header and 3"):
            drafts(bytes(integers))


class TestSniff:
    @pytest.mark.parametrize(
        "data", [Spc().bytes(), Spc(order=">").bytes(), old((band(axis()),), axis())], ids=["4B", "4C", "4D"]
    )
    def test_certain(self, data: bytes) -> None:
        assert sniff(Source("x.bin", data)) is Sniff.CERTAIN

    def test_not_text(self) -> None:
        for second in "KLM":
            assert sniff(Source("a.spc", f"1{second}".encode() + b" 1.0 2.0\n" * 200)) is Sniff.NO

    def test_not_zip_nor_bitmap(self) -> None:
        for start in (b"PK\x03\x04", b"BM"):
            assert sniff(Source("a.spc", start + bytes(2000))) is Sniff.NO

    def test_short_or_other_version(self) -> None:
        assert sniff(Source("a.spc", Spc().bytes()[:255])) is Sniff.NO
        assert sniff(Source("a.spc", b"\0\x4e" + Spc().bytes()[2:])) is Sniff.NO

    def test_damaged_header_is_possible(self) -> None:
        data = bytearray(Spc().bytes())
        data[3] = 100
        assert sniff(Source("a.spc", bytes(data))) is Sniff.POSSIBLE

    def test_format(self) -> None:
        assert (FORMAT.name, FORMAT.extensions) == ("galactic_spc", (".spc",))


def test_empty_subfiles_are_left_out() -> None:
    xs, ys = (axis(30), axis(0), axis(40)), (band(axis(30)), np.array([]), band(axis(40)))
    found = drafts(Spc(flags=MULTI | OWN_X | X_VALUES, xs=xs, ys=ys).bytes())
    assert [draft.axis.size for draft in found] == [30, 40]


def test_labels_of_a_series() -> None:
    log = 'SUBFILE1 = 5/3/1995, "sugar"\r\nSUBFILE3 = 5/4/1995, "salt"\r\n'
    found = drafts(Spc(flags=MULTI, ys=YS, log=log, comment=b"series").bytes())
    assert [draft.metadata["label"] for draft in found] == ['5/3/1995, "sugar"', "series", '5/4/1995, "salt"']


def test_labels_flag() -> None:
    found = measured(
        Spc(
            flags=LABELS, x_type=0, y_type=0, labels=b"Wavelength (nm)\0Reflectance\0", xs=(axis() + 800,)
        ).bytes()
    )
    assert (found.unit, found.quantity, found.technique) == ("wavelength_nm", "reflectance", "nir")
