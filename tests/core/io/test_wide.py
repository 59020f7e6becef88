"""Text tables with one spectrum a row."""

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.tables import wide
from tests.core.io.wide_file import AXIS, ROWS, KeyOf, N, plain, wide_text


def source(text: str, **told) -> Source:
    return Source("w.csv", text.encode(), **told)


def read(text: str, **told):
    return wide.read(source(text, **told))


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) >= 1
    return text.replace(old, new, 1)


class TestAxis:
    @pytest.mark.parametrize(
        "key",
        [
            plain,
            lambda v: f"{v:.2f}",
            lambda v: f"{v:g}nm",
            lambda v: f"{v:g} nm",
            lambda v: f"{v:g} (nm)",
            lambda v: f"nm_{v:.1f}",
            lambda v: f"X{v:.1f}",
            lambda v: f"wl_{v:g}",
            lambda v: f'"band{v:g}"',
            lambda v: f" spectrum_{v:.1f}",
            lambda v: f"scan.{v:g}_ref",
        ],
        ids=lambda key: key(950.0),
    )
    def test_numbers_with_words_around_them(self, key: KeyOf) -> None:
        drafts = read(wide_text(key))
        assert [draft.metadata["label"] for draft in drafts] == ["s0", "s1", "s2"]
        for draft, row in zip(drafts, ROWS, strict=True):
            np.testing.assert_allclose(draft.axis, AXIS)
            np.testing.assert_allclose(draft.intensity, row)
            assert (draft.unit, draft.technique) == ("wavelength_nm", "nir")

    @pytest.mark.parametrize(
        ("key", "axis"),
        [
            (lambda v: f"{v:g} cm-1", 10_000.0 - 100.0 * np.arange(N)),
            (lambda v: f"cm-1_{v:g}", 10_000.0 - 100.0 * np.arange(N)),
            (plain, 10_000.0 - 100.0 * np.arange(N)),
        ],
    )
    def test_wavenumbers_keep_their_order(self, key: KeyOf, axis: np.ndarray) -> None:
        draft = read(wide_text(key, axis=axis))[0]
        np.testing.assert_allclose(draft.axis, axis)
        assert (draft.unit, draft.technique) == ("wavenumber_cm-1", "nir")

    def test_micrometres_become_nanometres(self) -> None:
        draft = read(wide_text(lambda v: f"{v / 1000:.3f} µm"))[0]
        np.testing.assert_allclose(draft.axis, AXIS)
        assert "wavelengths converted from µm to nm" in draft.warnings

    def test_an_instrument_called_micro_is_no_unit(self) -> None:
        draft = read(wide_text(above="Instrument,VIAVI MicroNIR 1700\nSerial,M1-123\n"))[0]
        np.testing.assert_allclose(draft.axis, AXIS)
        assert draft.metadata["instrument"] == "VIAVI MicroNIR 1700"
        assert draft.metadata["serial"] == "M1-123"

    def test_corner_names_axis_and_ordinate(self) -> None:
        corner = "axis: wavelength (nm) / data: absorbance (a.u.)"
        draft = read(wide_text(lead=(corner,)))[0]
        assert (draft.unit, draft.quantity) == ("wavelength_nm", "absorbance")
        assert draft.metadata["x_column"] == "wavelength (nm)"
        assert draft.metadata["y_column"] == "absorbance (a.u.)"
        assert not draft.warnings

    def test_detectors_that_overlap_are_one_axis(self) -> None:
        axis = np.concatenate((np.linspace(900, 1100, 41), np.linspace(1090, 1500, 83)))
        draft = read(wide_text(axis=axis, rows=np.ones((2, axis.size))))[0]
        np.testing.assert_allclose(draft.axis, axis)

    def test_years_beside_the_axis_are_no_axis(self) -> None:
        draft = read(wide_text(lead=("ID", "1999"), trail=("2023", "2024")))[0]
        np.testing.assert_allclose(draft.axis, AXIS)
        assert any("'2023', '2024'" in note for note in draft.warnings)
        assert draft.metadata["note"] == "1999=m01; 2023=t0; 2024=t0"

    @pytest.mark.parametrize(
        "text",
        [
            wide_text(lambda v: f"P{(v - 895) / 5:g}"),
            wide_text(axis=np.arange(1.0, N + 1)),
            "\n".join(",".join(f"{y:.5f}" for y in row) for row in ROWS),
            "a,b\n1,2\n",
        ],
        ids=["numbered points", "counted columns", "no heading", "two columns"],
    )
    def test_no_axis(self, text: str) -> None:
        assert wide.sniff(source(text)) is Sniff.NO

    def test_samples_with_numbers_for_names_are_no_axis(self) -> None:
        rows = ["Wavelength (nm)," + ",".join(str(100 + i) for i in range(30))]
        rows += [f"{value:g}," + ",".join("0.5" for _ in range(30)) for value in AXIS]
        assert wide.sniff(source("\n".join(rows))) is Sniff.NO
        rows[0] = rows[0].replace("Wavelength (nm)", "Sample")
        assert wide.sniff(source("\n".join(rows))) is Sniff.POSSIBLE

    def test_a_row_in_order_is_no_heading(self) -> None:
        ordered = [f"{value:g}," + ",".join(f"{value + i:g}" for i in range(30)) for value in AXIS]
        for first in ("shift," + ",".join(f"name {i}" for i in range(30)), "1," + "0.5," * 29 + "0.5"):
            assert wide.sniff(source("\n".join([first, *ordered]))) is Sniff.NO

    def test_counted_columns_above_the_axis(self) -> None:
        text = wide_text(above="," + ",".join(str(i + 1) for i in range(N)) + "\n")
        np.testing.assert_allclose(read(text)[0].axis, AXIS)


class TestMeaning:
    @pytest.mark.parametrize(
        ("axis", "scale"),
        [
            (np.linspace(200, 3200, N), 1.0),
            (np.linspace(600, 1800, N), 4000.0),
            (np.linspace(2500, 1100, N), 1.0),
            (np.linspace(160, 1100, N), 1.0),
        ],
        ids=["Raman or infrared", "counts", "falling", "too low"],
    )
    def test_an_axis_that_may_be_two_things_stays_open(self, axis: np.ndarray, scale: float) -> None:
        text = wide_text(axis=axis, rows=ROWS * scale)
        open_draft = read(text)[0]
        assert (open_draft.unit, open_draft.technique) == ("other", "other")
        assert any("--technique" in note for note in open_draft.warnings)
        draft = read(text, technique="raman")[0]
        assert (draft.unit, draft.technique) == ("raman_shift_cm-1", "raman")

    def test_an_axis_that_begins_where_only_raman_does(self) -> None:
        draft = read(wide_text(lambda v: f"{v:.2f}", axis=np.linspace(47.0, 990.0, N)))[0]
        assert (draft.unit, draft.technique) == ("raman_shift_cm-1", "raman")
        with pytest.raises(DamagedError, match="no heading with the axis"):
            read(wide_text(lambda v: f"{v:.0f}", axis=np.arange(1.0, 501.0), rows=np.ones((2, 500))))

    def test_a_laser_column_says_raman(self) -> None:
        text = wide_text(lead=("Sample", "Laser (nm)"), axis=np.linspace(200, 2000, N)).replace("m01", "785")
        draft = read(text)[0]
        assert (draft.unit, draft.metadata["laser_wavelength_nm"]) == ("raman_shift_cm-1", 785.0)

    @pytest.mark.parametrize(("step", "unit"), [(3.857, "wavenumber_cm-1"), (6.25, "wavelength_nm")])
    def test_steps_of_a_fourier_spectrometer(self, step: float, unit: str) -> None:
        axis = 900.0 + step * np.arange(N)
        assert read(wide_text(lambda v: f"{v:.3f}", axis=axis))[0].unit == unit

    def test_wavenumbers_of_unknown_kind_are_refused(self) -> None:
        axis = np.linspace(500, 1800, N)
        with pytest.raises(UnsupportedError, match="may be a Raman shift or infrared"):
            read(wide_text(lead=("wavenumber (cm-1)",), axis=axis))
        named = read(wide_text(lead=("axis: wavenumber (cm-1) / data: absorbance",), axis=axis))[0]
        assert (named.unit, named.technique) == ("wavenumber_cm-1", "mir")


class TestRows:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
    def test_separators(self, separator: str) -> None:
        drafts = read(wide_text(separator=separator))
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS)

    @pytest.mark.parametrize("separator", [";", "\t"])
    def test_decimal_commas(self, separator: str) -> None:
        drafts = read(wide_text(lambda v: f"{v:.1f}", separator=separator).replace(".", ","))
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS)
        np.testing.assert_allclose(drafts[0].axis, AXIS)

    @pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
    def test_line_ends_and_bom(self, end: str) -> None:
        data = wide_text().replace("\n", end).encode("utf-8-sig")
        drafts = wide.read(Source("w.csv", data))
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS)

    def test_columns_beside_the_axis(self) -> None:
        lead = ("Cereal", "Sample ID", "Date", "Spectrometer", "Device_ID")
        metadata = read(wide_text(lead=lead, trail=("DM",)))[1].metadata
        assert metadata["label"] == "m11"
        assert metadata["note"] == "Cereal=s1; DM=t1"
        assert (metadata["date"], metadata["instrument"], metadata["serial"]) == ("m12", "m13", "m14")

    def test_notes_are_bounded(self) -> None:
        lead = ("ID", *(f"property number {chr(97 + i)}" for i in range(26)))
        text = wide_text(lead=lead).replace("m01", "x" * 5000)
        assert len(str(read(text)[0].metadata["note"])) <= 500

    def test_r_writes_no_name_above_the_first_column(self) -> None:
        drafts = read(wide_text(lead=("ID",)).replace("ID,", "", 1))
        assert [draft.metadata["label"] for draft in drafts] == ["s0", "s1", "s2"]
        np.testing.assert_allclose(drafts[2].intensity, ROWS[2])

    def test_axis_on_a_line_of_its_own(self) -> None:
        rows = "".join(f"s{i} 9.5 {' '.join(f'{y:.5f}' for y in row)}\n" for i, row in enumerate(ROWS))
        names = "Sample Protein " + " ".join(f"P{i + 1}" for i in range(N))
        text = f"Number of samples: 3\nWavelengths:\n{' '.join(f'{v:g}' for v in AXIS)}\n\n{names}\n{rows}"
        drafts = read(text)
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS)
        assert (drafts[0].metadata["label"], drafts[0].metadata["note"]) == ("s0", "Protein=9.5")

    def test_row_names_of_r(self) -> None:
        heading, *rows = wide_text(lambda v: f"X{v:g}", lead=()).strip().split("\n")
        for names in (("a", "b", "c"), ("1", "2", "3"), ('"4"', '"7"', '"9"')):
            text = "\n".join([heading, *(f"{name},{row}" for name, row in zip(names, rows, strict=True)), ""])
            drafts = read(text)
            np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS)
            np.testing.assert_allclose(drafts[0].axis, AXIS)
        lines = [f"Kind,{heading}", *(f"{i},k{i},{row}" for i, row in enumerate(rows))]
        drafts = read("\n".join([*lines, ""]))
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS)

    def test_rows_longer_than_the_heading_have_lost_no_name(self) -> None:
        heading, *rows = wide_text(lead=()).strip().split("\n")
        for first in ("0.5", "Kind"):
            words = f"Kind,{heading}" if first == "Kind" else heading
            lines = [
                words,
                *(f"{i},0.5,{row}" if first == "Kind" else f"0.5,{row}" for i, row in enumerate(rows)),
            ]
            with pytest.raises(DamagedError, match="cells, the heading has"):
                read("\n".join([*lines, ""]))

    def test_empty_and_missing_cells_are_nan(self) -> None:
        text = changed(wide_text(), f"s0,{ROWS[0, 0]:.5f},{ROWS[0, 1]:.5f}", "s0,,NA")
        first, second, _ = read(text)
        assert np.isnan(first.intensity[:2]).all()
        np.testing.assert_allclose(first.intensity[2:], ROWS[0, 2:])
        np.testing.assert_allclose(second.intensity, ROWS[1])

    def test_words_are_counted(self) -> None:
        draft = read(changed(wide_text(), f"s0,{ROWS[0, 0]:.5f}", "s0,saturated"))[0]
        assert np.isnan(draft.intensity[0])
        assert "1 cells with a word in place of a number left out" in draft.warnings

    def test_a_line_of_types_is_left_out(self) -> None:
        heading, rest = wide_text().split("\n", 1)
        drafts = read(f"{heading}\nstr,{','.join(['float'] * N)}\n{rest}")
        assert len(drafts) == 3
        assert "1 lines of the table without numbers left out" in drafts[0].warnings

    def test_blocks(self) -> None:
        def line(first: str, cells: list[str]) -> str:
            return ",".join([first, *cells]) + "\n"

        kinds = ("spectrum", "wr_raw", "sample_raw")
        text = line("id", [f"{kind}_{value:.1f}" for kind in kinds for value in AXIS])
        text += line("s0", [f"{y + k:.5f}" for k in range(3) for y in ROWS[0]])
        (draft,) = read(text)
        np.testing.assert_allclose(draft.intensity, ROWS[0])
        assert any("'wr_raw', 'sample_raw'" in note for note in draft.warnings)
        (raw,) = read(text, column="sample_raw")
        np.testing.assert_allclose(raw.intensity, ROWS[0] + 2)

    def test_one_row_by_its_label(self) -> None:
        (draft,) = read(wide_text(), column="s1")
        np.testing.assert_allclose(draft.intensity, ROWS[1])
        with pytest.raises(UnsupportedError, match=r"no spectrum called 'x'.*'s0', 's1'"):
            read(wide_text(), column="x")


class TestDamage:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("1000,", "10o0,", "'10o0' breaks the axis"),
            ("1000,", "1900,", "'1900' breaks the axis"),
            ("1000,", "1001,", "1001 is beside the regular axis"),
            ("1000,", "", "cells, the heading has"),
            ("1000,", ",", "breaks the axis"),
            ("1000,1005,1010", "1000,5,1010", "'5' breaks the axis"),
            ("1195\n", "1195,3,7,11,15\n", "pieces of an axis"),
            ("1185,1190,", "1185.1190,", "1195 is beside the regular axis"),
            ("1190,1195", "1190.1195", "cells, the heading has 60"),
            ("ID,900,", "ID5900,", "cells, the heading has 60"),
            ("900,905,", "900;905,", "cells, the heading has 60"),
            ("905,910,", "905-910,", "cells, the heading has 60"),
            ("1190,1195", "11901195", "cells, the heading has 60"),
            (",900,", ",9o0,", "'9o0' breaks the axis"),
            (",900,", ",910,", "breaks the axis"),
            (",900,", ",100,", "'100' breaks the axis"),
            (",900,", ",902,", "902 is beside the regular axis"),
            (",900,905,", ",900,9o5,", "'9o5' breaks the axis"),
            (",900,905,", ",900,,", "'' breaks the axis"),
            (",1195", ",119", "'119' breaks the axis"),
            (",1195", ",1194", "1194 is beside the regular axis"),
            (",1195", ",1l95", "'1l95' breaks the axis"),
        ],
    )
    def test_heading(self, old: str, new: str, message: str) -> None:
        with pytest.raises(DamagedError, match=message):
            read(changed(wide_text(), old, new))

    def test_heading_of_words_and_numbers(self) -> None:
        text = wide_text(lambda v: f"X{v:.1f}")
        for old, new in (("X900.0", "Y900.0"), ("X900.0", "X9000"), ("X1195.0", "1195.0")):
            with pytest.raises(DamagedError, match=f"'{new}' breaks the axis"):
                read(changed(text, old, new))

    def test_values_beside_a_rounded_grid(self) -> None:
        axis = 908.1 + 6.194 * np.arange(N)
        text = wide_text(lambda v: f"{v:.1f}", axis=axis)
        np.testing.assert_allclose(read(text)[0].axis, axis.round(1))
        for old, new in (("908.1", "909.1"), ("970.0", "971.0"), ("1273.5", "1275.5")):
            with pytest.raises(DamagedError, match="beside the regular axis"):
                read(changed(text, f",{old}", f",{new}"))

    def test_torn_number(self) -> None:
        with pytest.raises(DamagedError, match=r"'0\.4x3' in row 2"):
            read(changed(wide_text(), f"s1,{ROWS[1, 0]:.5f}", "s1,0.4x3"))

    def test_row_with_a_cell_too_many(self) -> None:
        with pytest.raises(DamagedError, match=r"line 3 has 62 cells, the heading has 61"):
            read(changed(wide_text(), "s1,", "s1,0.5,"))

    def test_cut_anywhere_in_a_row(self) -> None:
        text = wide_text()
        start = text.index("\ns2,") + 5
        for end in range(start + 8, len(text) - 12, 37):
            with pytest.raises(DamagedError, match="cut short"):
                read(text[:end])

    def test_heading_only(self) -> None:
        with pytest.raises(DamagedError, match="no row of numbers"):
            read(wide_text().split("\n")[0] + "\n")

    @pytest.mark.parametrize("line", ["num_records,4\n", "num_wavelengths,61\n", "Number of samples: 2\n"])
    def test_stated_counts_are_checked(self, line: str) -> None:
        with pytest.raises(DamagedError, match="the file states"):
            read(wide_text(above=line))

    def test_too_many_rows(self) -> None:
        rows = "s,1" + ",1" * (N - 1) + "\n"
        with pytest.raises(UnsupportedError, match="more than 10000 spectra"):
            read(wide_text(rows=ROWS[:1]) + rows * 10_001)

    def test_no_change_of_a_byte_breaks_the_reader(self) -> None:
        data = wide_text(lambda v: f"{v:.1f} nm", lead=("ID", "Date"), separator=";").encode()
        rng = np.random.default_rng(3)
        for _ in range(300):
            copy = bytearray(data)
            for at in rng.integers(0, len(data), rng.integers(1, 4)):
                copy[at] = rng.integers(0, 256)
            one = Source("w.csv", bytes(copy[: rng.integers(1, len(data) + 1)]))
            try:
                drafts = wide.read(one) if wide.sniff(one) else ()
            except ReadError:
                continue
            assert all(draft.axis.size == draft.intensity.size for draft in drafts)
