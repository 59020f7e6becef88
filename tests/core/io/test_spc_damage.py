"""GRAMS SPC: what does not add up is refused, what writers are known to do is read with a warning."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.errors import DamagedError, SpectraError, UnsupportedError
from spectra.io._source import Source
from spectra.io.measurement import measure
from spectra.io.spc.reader import read, sniff
from tests.core.io.samples import N, axis, band
from tests.core.io.spc_file import LOG, MULTI, OWN_X, X_VALUES, Spc, old

YS = (band(axis()), 2 * band(axis()), 3 * band(axis()))
OWN = MULTI | OWN_X | X_VALUES
FILES = {
    "even": Spc(),
    "stored": Spc(flags=X_VALUES),
    "fixed": Spc(exponent=12),
    "subfiles": Spc(flags=MULTI, ys=YS),
    "own": Spc(flags=OWN, ys=YS, xs=(axis(),) * 3),
}


def drafts(data: bytes):
    return read(Source("a.spc", data))


def refused(data: bytes, match: str) -> None:
    with pytest.raises(DamagedError, match=match):
        drafts(data)


def changed(data: bytes, at: int, form: str, value: float) -> bytes:
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


@pytest.mark.parametrize("name", FILES)
class TestEveryLayout:
    def test_cut_anywhere(self, name: str) -> None:
        data = FILES[name].bytes()
        for size in sorted({*range(1, len(data), 97), 255, 256, 511, 512, 543, 544, len(data) - 1}):
            with pytest.raises(DamagedError, match=r"a\.spc"):
                drafts(data[:size])

    def test_garbage_at_the_end(self, name: str) -> None:
        refused(FILES[name].bytes() + b"garbage" * 40, "end at byte|bytes at byte")

    @pytest.mark.parametrize("points", [1, N - 1, N + 1, 2**31, 2**32 - 1])
    def test_wrong_count_of_points(self, name: str, points: int) -> None:
        refused(changed(FILES[name].bytes(), 4, "<I", points), "a.spc")

    @pytest.mark.parametrize("subfiles", [2, 4, 2**31, 2**32 - 1])
    def test_wrong_count_of_subfiles(self, name: str, subfiles: int) -> None:
        refused(changed(FILES[name].bytes(), 24, "<I", subfiles), "a.spc")

    @pytest.mark.parametrize(
        ("at", "form", "value"),
        [(3, "b", 65), (8, "<d", np.nan), (16, "<d", 1e300), (28, "B", 99), (2, "B", 200)],
    )
    def test_impossible_field(self, name: str, at: int, form: str, value: float) -> None:
        refused(changed(FILES[name].bytes(), at, form, value), "header with")

    def test_log_offset_within_the_data(self, name: str) -> None:
        data = FILES[name].with_(log=LOG).bytes()
        refused(changed(data, 248, "<I", 600) + b"x", "a log at byte 600, within the data")

    def test_log_is_cut(self, name: str) -> None:
        data = FILES[name].with_(log=LOG).bytes()
        whole, cut, none = (drafts(data[: len(data) - n]) for n in (0, 20, 64 + len(LOG)))
        assert (whole[0].warnings, cut[0].warnings[0]) == ((), "the log is cut short")
        assert "laser_wavelength_nm" in whole[0].metadata
        assert none[0].warnings == ("the log is cut short",)
        np.testing.assert_array_equal(cut[0].intensity, whole[0].intensity)
        np.testing.assert_array_equal(none[-1].intensity, whole[-1].intensity)


class TestTolerated:
    def test_log_the_header_does_not_mention(self) -> None:
        (draft,) = drafts(Spc(log=LOG, log_offset=0).bytes())
        assert draft.warnings == ("a log the header does not mention was found",)
        assert draft.metadata["laser_wavelength_nm"] == 785.0

    def test_log_offset_too_small(self) -> None:
        (draft,) = drafts(Spc(log=LOG, log_offset=100).bytes())
        assert draft.warnings[0] == "the header's place of the log is wrong"
        assert draft.metadata["instrument"] == "BOX 1"

    def test_filled_up_with_zeros(self) -> None:
        data = Spc().bytes()
        padded = data + bytes(-len(data) % 128)
        assert drafts(padded)[0].warnings == (
            f"{len(padded) - len(data)} bytes after the data left out: filled up to a whole block",
        )
        refused(data + bytes(100), "file ends at byte")

    def test_rest_smaller_than_a_subfile_when_both_headers_agree(self) -> None:
        (draft,) = drafts(Spc(stated=N, tail=b"peaks 123").bytes())
        assert draft.warnings == ("9 bytes after the data left out: no part of the spectrum",)
        refused(Spc(stated=N, tail=b"x" * (32 + 4 * N)).bytes(), "file ends at byte")

    def test_header_states_no_points(self) -> None:
        (draft,) = drafts(Spc(stated=N, n_points=0).bytes())
        assert draft.axis.size == N
        assert draft.warnings == ("the header states no points: the subfile's own count used",)
        refused(Spc(n_points=0).bytes(), "without points")

    def test_several_subfiles_without_the_flag(self) -> None:
        assert len(drafts(Spc(ys=YS).bytes())) == 3

    def test_one_axis_although_each_is_promised(self) -> None:
        data = bytearray(Spc(flags=MULTI | X_VALUES, ys=YS).bytes())
        data[0] |= OWN_X
        found = drafts(bytes(data))
        np.testing.assert_allclose(found[2].intensity, YS[2], rtol=1e-6)
        np.testing.assert_allclose(found[2].axis, axis(), rtol=1e-6)
        assert "the file holds one for all" in found[0].warnings[-1]

    def test_directory_with_room_to_spare(self) -> None:
        found = drafts(Spc(flags=OWN, ys=YS, xs=(axis(),) * 3, spare=16).bytes())
        np.testing.assert_allclose(found[1].intensity, YS[1], rtol=1e-6)

    def test_header_without_first_and_last(self) -> None:
        (draft,) = drafts(Spc(flags=X_VALUES, first=0.0, last=0.0).bytes())
        assert "not those of the axis" in draft.warnings[0]
        refused(Spc(first=0.0, last=0.0).bytes(), "first and last x both 0")

    def test_header_slightly_off(self) -> None:
        (draft,) = drafts(Spc(flags=X_VALUES, first=axis()[0] + 0.1).bytes())
        assert "not quite those of the axis" in draft.warnings[0]

    def test_header_the_other_way_round(self) -> None:
        assert drafts(Spc(flags=X_VALUES, first=axis()[-1], last=axis()[0]).bytes())[0].warnings == ()


class TestContradictions:
    def test_one_end_of_the_axis(self) -> None:
        refused(Spc(flags=X_VALUES, first=150.0).bytes(), "the header says 150 to")

    def test_x_that_is_no_number(self) -> None:
        refused(
            changed(Spc(flags=X_VALUES).bytes(), 512 + 40, "<f", np.nan), "1 x values that are no numbers"
        )

    def test_axis_that_goes_back(self) -> None:
        source = Source("a.spc", changed(Spc(flags=X_VALUES).bytes(), 512 + 40, "<f", 900.0))
        with pytest.raises(DamagedError, match="one direction"):
            measure(read(source)[0], source, {})

    def test_value_nothing_measures(self) -> None:
        refused(changed(Spc().bytes(), 544 + 40, "<f", 3e35), r"a value of 3e\+35")

    def test_value_that_is_no_number_is_dropped(self) -> None:
        source = Source("a.spc", changed(Spc().bytes(), 544 + 40, "<f", np.nan))
        found = measure(read(source)[0], source, {})
        assert (found.axis.size, found.warnings) == (N - 1, ("1 rows without a finite value dropped",))

    def test_own_count_of_a_lone_subfile(self) -> None:
        data = Spc(flags=OWN_X | X_VALUES).bytes()
        refused(changed(data, 512 + 16, "<I", N - 1), "a.spc")

    def test_directory_that_lies(self) -> None:
        spc = FILES["own"]
        data = spc.bytes()
        directory = len(data) - 36
        refused(changed(data, directory, "<I", 100), "subfile 1 of")
        refused(changed(data, directory + 4, "<I", 2**31), "subfile 1 of")
        # The second entry says what the first says.
        twice = data[: directory + 12] + data[directory : directory + 12] + data[directory + 24 :]
        refused(twice, "subfiles that overlap")

    def test_old_format_with_axis_values(self) -> None:
        refused(old((band(axis()),), axis(), flags=X_VALUES), "x values, which the old format does not have")

    @pytest.mark.parametrize("points", [0.5, -4.0, np.nan, N + 1, N - 1, 1e30])
    def test_old_count(self, points: float) -> None:
        refused(old((band(axis()),), axis(), n_points=points), "a.spc")

    def test_old_cut(self) -> None:
        data = old(YS, axis(), flags=MULTI, exponent=13)
        for size in (200, 255, 256, 300, len(data) - 1, len(data) - 4 * N):
            refused(data[:size], "a.spc")

    def test_impossible_axis(self) -> None:
        refused(Spc(x_type=3, first=-300.0).bytes(), "an axis from -300")


def test_too_many_spectra() -> None:
    data = Spc(flags=MULTI, ys=(np.array([1.0, 2.0]),), n_points=2, n_subfiles=60_000).bytes()
    with pytest.raises(UnsupportedError, match="60000 spectra, expected at most 50000"):
        drafts(data + bytes(40 * 60_000))


@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
@settings(max_examples=300, deadline=None)
def test_any_change(name: str, changes: list[tuple[float, int]], share: float) -> None:
    data = bytearray(FILES[name].with_(log=LOG).bytes())
    for place, value in changes:
        # Half of them in the header, where they do most.
        data[int(place * (600 if value % 2 else len(data)))] = value
    source = Source("a.spc", bytes(data[: max(int(share * 2 * len(data)), 1)]))
    sniff(source)
    try:
        for draft in read(source):
            assert draft.axis.shape == draft.intensity.shape
            measure(draft, source, {})
    except SpectraError as error:
        assert str(error).startswith("a.spc")  # noqa: PT017
