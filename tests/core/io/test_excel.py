"""Workbooks."""

import datetime
import io
import struct
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spectra.errors import DamagedError, ReadError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.tables import excel
from tests.core.io.excel_file import AXIS, ROWS, N, book, simple, wide_sheet


def read(data: bytes, **told):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return excel.read(Source("b.xlsx", data, **told))


class TestWide:
    def test_values(self) -> None:
        drafts = read(simple())
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS, rtol=0, atol=0)
        np.testing.assert_allclose(drafts[0].axis, AXIS, rtol=0, atol=0)
        assert (drafts[2].metadata["label"], drafts[2].unit) == ("Sheet 2", "wavelength_nm")

    def test_corner(self) -> None:
        corner = "axis: wavenumber (cm-1) / data: reflectance (-)"
        draft = read(book(lambda workbook: wide_sheet(workbook.active, corner=corner)))[0]
        assert (draft.unit, draft.quantity) == ("wavenumber_cm-1", "reflectance")

    def test_merged_heading_dates_and_empty_margins(self) -> None:
        def fill(workbook: Any) -> None:
            sheet = workbook.active
            sheet["C3"], sheet["D3"], sheet["E3"] = "Sample", "Date", "Wavelength (nm)"
            sheet.merge_cells(start_row=3, start_column=5, end_row=3, end_column=4 + N)
            for i, value in enumerate(AXIS):
                sheet.cell(4, 5 + i, value)
            for at, row in enumerate(ROWS):
                sheet.cell(5 + at, 3, f"s{at}")
                sheet.cell(5 + at, 4, datetime.datetime(2024, 1, 2 + at))
                for i, value in enumerate(row):
                    sheet.cell(5 + at, 5 + i, value)

        drafts = read(book(fill))
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS)
        assert drafts[1].metadata["label"] == "s1"
        assert drafts[1].metadata["date"] == "2024-01-03T00:00:00"
        assert drafts[0].warnings == ()

    def test_missing_cells_at_the_end_of_a_row(self) -> None:
        def fill(workbook: Any) -> None:
            wide_sheet(workbook.active)
            workbook.active.cell(3, N + 1).value = None
            workbook.active.cell(3, N, "#N/A")

        drafts = read(book(fill))
        assert np.isnan(drafts[1].intensity[-2:]).all()
        np.testing.assert_allclose(drafts[1].intensity[:-2], ROWS[1, :-2])
        np.testing.assert_allclose(drafts[2].intensity, ROWS[2])

    def test_numbers_written_as_text_with_commas(self) -> None:
        def fill(workbook: Any) -> None:
            workbook.active.append(["Sample", *(f"{value:.1f}".replace(".", ",") for value in AXIS)])
            workbook.active.append(["s0", *(f"{value:.5f}".replace(".", ",") for value in ROWS[0])])

        (draft,) = read(book(fill))
        np.testing.assert_allclose(draft.intensity, ROWS[0])
        np.testing.assert_allclose(draft.axis, AXIS)

    def test_a_date_in_the_heading_is_damage(self) -> None:
        def fill(workbook: Any) -> None:
            wide_sheet(workbook.active)
            workbook.active.cell(1, 22, datetime.datetime(1902, 9, 26))

        with pytest.raises(DamagedError, match=r"b.xlsx \(sheet 'Sheet'\): heading cell '1902"):
            read(book(fill))


class TestTall:
    def test_two_columns_below_empty_rows(self) -> None:
        def fill(workbook: Any) -> None:
            sheet = workbook.active
            sheet["C4"], sheet["D4"] = "Wavelength (nm)", "Absorbance"
            for i, (x, y) in enumerate(zip(AXIS, ROWS[0], strict=True)):
                sheet.cell(5 + i, 3, x)
                sheet.cell(5 + i, 4, y if i != 7 else None)

        (draft,) = read(book(fill))
        np.testing.assert_allclose(draft.axis, AXIS)
        assert np.flatnonzero(np.isnan(draft.intensity)).tolist() == [7]
        assert draft.unit == "wavelength_nm"


class TestSheets:
    def test_the_first_with_spectra_in_view(self) -> None:
        def fill(workbook: Any) -> None:
            workbook.active.title = "hidden"
            workbook.active.sheet_state = "hidden"
            wide_sheet(workbook.active)
            targets = workbook.create_sheet("targets")
            targets.append(["sample", "protein", "moisture"])
            for i in range(40):
                targets.append([i, 10 + i / 10, 5.5])
            workbook.create_chartsheet("chart")
            wide_sheet(workbook.create_sheet("first"))
            wide_sheet(workbook.create_sheet("second"), scale=2.0)

        data = book(fill)
        drafts = read(data)
        assert drafts[0].metadata["label"] == "first 0"
        assert "'second', 'hidden' hold spectra too" in drafts[0].warnings[0]
        named = read(data, column="Second")
        np.testing.assert_allclose([draft.intensity for draft in named], 2 * ROWS)

    def test_no_spectra(self) -> None:
        with pytest.raises(UnsupportedError, match=r"no sheet with a table of spectra among 'Sheet'"):
            read(book(lambda workbook: workbook.active.append(["only", "words"])))

    def test_a_damaged_table_is_not_passed_over(self) -> None:
        def fill(workbook: Any) -> None:
            wide_sheet(workbook.active)
            workbook.active.cell(1, 22, 1999.0)
            wide_sheet(workbook.create_sheet("second"))

        with pytest.raises(DamagedError, match="breaks the axis"):
            read(book(fill))

    def test_formulas_without_values(self) -> None:
        def fill(workbook: Any) -> None:
            workbook.active.append(["Sample", *AXIS.tolist()])
            workbook.active.append(["s0", *(f"=A{i}" for i in range(1, N + 1))])

        with pytest.raises(UnsupportedError, match="formulas without their values"):
            read(book(fill))


def rezip(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as archive,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in archive.namelist():
            copy.writestr(name, change(name, archive.read(name)))
    return stream.getvalue()


class TestDamage:
    def test_cut_anywhere(self) -> None:
        data = simple()
        for end in range(40, len(data) - 1, len(data) // 23):
            source = Source("b.xlsx", data[:end])
            if excel.sniff(source):
                with pytest.raises(DamagedError, match="damaged or cut short"):
                    excel.read(source)

    def test_bombs_are_not_unpacked(self) -> None:
        def blow(name: str, content: bytes) -> bytes:
            return content.replace(b"<sheetData>", b" " * 60_000_000 + b"<sheetData>")

        with pytest.raises(UnsupportedError, match="unpacks to 60 MB"):
            read(rezip(simple(), blow))

    def test_entities_are_refused(self) -> None:
        def declare(name: str, content: bytes) -> bytes:
            declared = b'<!DOCTYPE a [<!ENTITY b "c">]>' + content.partition(b"?>")[2]
            return declared if "sheet1" in name else content

        with pytest.raises(DamagedError, match="declares entities"):
            read(rezip(simple(), declare))

    def test_far_away_cells_take_no_time(self) -> None:
        def fill(workbook: Any) -> None:
            wide_sheet(workbook.active)
            workbook.active["XFD1048576"] = 1

        assert len(read(book(fill))) == 3

    def test_bytes_changed(self) -> None:
        data = simple()
        rng = np.random.default_rng(5)

        def change(name: str, content: bytes) -> bytes:
            copy = bytearray(content)
            for at in rng.integers(0, len(copy), 3):
                copy[at] = rng.integers(0, 256)
            return bytes(copy) if "sheet1" in name or rng.random() < 0.2 else content

        for _ in range(60):
            try:
                drafts = read(rezip(data, change))
            except ReadError:
                continue
            assert all(draft.axis.size == draft.intensity.size for draft in drafts)


class TestKinds:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"PK\x03\x04 xl/workbook.bin xl/workbook", "binary workbook"),
            (b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "OpenDocument"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        ],
    )
    def test_other_workbooks(self, data: bytes, message: str) -> None:
        source = Source("b.x", data)
        assert excel.sniff(source) is Sniff.CERTAIN
        with pytest.raises(UnsupportedError, match=message):
            excel.read(source)

    @pytest.mark.parametrize(
        "data", [b"PK\x03\x04 word/document.xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"a,b"]
    )
    def test_what_is_no_workbook(self, data: bytes) -> None:
        assert excel.sniff(Source("b", data)) is Sniff.NO


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def xls(stream_name: str = "Workbook") -> bytes:
    """Write a workbook of BIFF8 records in an OLE2 file by hand: nothing we depend on writes them."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    sheet_begin = struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6)
    cells = [(0, 0, "Sample"), *((0, 1 + i, value) for i, value in enumerate(AXIS))]
    for at, row in enumerate(ROWS):
        cells += [(1 + at, 0, f"s{at}"), *((1 + at, 1 + i, value) for i, value in enumerate(row))]
    sheet = record(0x0809, sheet_begin)
    for row, column, value in cells:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            text = struct.pack("<HB", len(value), 0) + value.encode("latin-1")
            sheet += record(0x0204, place + text)
        else:
            sheet += record(0x0203, place + struct.pack("<d", value))
    sheet += record(0x000A, b"")
    name = struct.pack("<BB", 5, 0) + b"Table"
    head = record(0x0809, begin) + record(0x0042, struct.pack("<H", 1200))
    at = len(head) + 4 + 6 + len(name) + 4
    globals_ = head + record(0x0085, struct.pack("<IBB", at, 0, 0) + name) + record(0x000A, b"")
    return ole2(stream_name, (globals_ + sheet).ljust(4096, b"\0"))


def ole2(name: str, stream: bytes) -> bytes:
    stream = stream.ljust(-(-len(stream) // 512) * 512, b"\0")
    n_sectors = len(stream) // 512
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\0" * 10 + struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * (108 * 4)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + n_sectors), 0xFFFFFFFE]
    table = b"".join(struct.pack("<I", one) for one in chain).ljust(512, b"\xff")

    def entry(text: str, kind: int, child: int, first: int, size: int) -> bytes:
        encoded = (text + "\0").encode("utf-16-le")
        fields = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded) if text else 0, kind, 1)
        return fields + struct.pack("<iii", -1, -1, child) + b"\0" * 36 + struct.pack("<IQ", first, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(name, 2, -1, 2, len(stream))
    directory += 2 * entry("", 0, -1, 0, 0)
    return header + table + directory + stream


class TestXls:
    def test_values(self) -> None:
        pytest.importorskip("xlrd")
        drafts = read(xls())
        np.testing.assert_allclose([draft.intensity for draft in drafts], ROWS, rtol=0, atol=0)
        np.testing.assert_allclose(drafts[0].axis, AXIS, rtol=0, atol=0)
        assert drafts[1].metadata["label"] == "s1"

    def test_cut_and_changed(self) -> None:
        pytest.importorskip("xlrd")
        data = xls()
        rng = np.random.default_rng(8)
        for _ in range(150):
            copy = bytearray(data[: rng.integers(600, len(data) + 1)])
            for at in rng.integers(0, len(copy), rng.integers(0, 4)):
                copy[at] = rng.integers(0, 256)
            source = Source("b.xls", bytes(copy))
            try:
                drafts = excel.read(source) if excel.sniff(source) else ()
            except ReadError:
                continue
            assert all(draft.axis.size == draft.intensity.size for draft in drafts)
