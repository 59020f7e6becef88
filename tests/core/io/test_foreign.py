"""Contents that are known and not read: recognised by their bytes, refused with advice."""

import bz2
import gzip
import io
import lzma
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectra.errors import ReadError, UnrecognisedError, UnsupportedError
from spectra.io._format import Sniff
from spectra.io._source import Source
from spectra.io.binary.foreign import KINDS, find, read, sniff
from spectra.io.parts.containers import first_bytes, has_stream, zip_names
from tests.core.io.all_samples import SAMPLES
from tests.core.io.spc_file import Spc

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def compound(*names: str) -> bytes:
    """Compound file's header and a sector of directory entries."""
    entries = b""
    for name in ("Root Entry", *names):
        word = name.encode("utf-16-le") + b"\0\0"
        entries += (word.ljust(64, b"\0") + struct.pack("<H", len(word))).ljust(128, b"\0")
    return OLE.ljust(512, b"\0") + entries.ljust(1024, b"\0")


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "content " * 50)
    return buffer.getvalue()


def spe() -> bytes:
    data = bytearray(4100 + 200)
    struct.pack_into("<I", data, 2996, 0x01234567)
    struct.pack_into("<H", data, 4098, 0x5555)
    return bytes(data)


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, x=np.arange(30.0), y=np.arange(30.0))
    return buffer.getvalue()


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(30.0))
    return buffer.getvalue()


PROGRAMS = {
    "LabSpec 6": (b"LabSpec6" + bytes(100), "LabSpec", "text"),
    "LabSpec 5": (b"NGSNextGen\x01\0\0\0\x01\0\0\0\nDataMatrix", "LabSpec", "text"),
    "LabSpec XML": (b'<?xml version="1.0"?>\n<LSX_Data Format="1">', "LabSpec XML", "text"),
    "WITec project": (b"WIT_PR06\x0d\0\0\0WITec Project", "WITec", "ASCII"),
    "WITec data": (b"WIT_DA06\x0a\0\0\0WITec Data", "WITec", "ASCII"),
    "WITec before": (b"WIT_PRCT" + bytes(50), "WITec", "ASCII"),
    "JASCO": (compound("DataInfo", "Y-Data", "SampleInfo"), "JASCO", "Spectra Manager"),
    "JASCO before": (b"L~S " + bytes(100), "JASCO", "Spectra Manager"),
    "Shimadzu": (compound("Contents", "DataStorage1", "DataSetGroup"), "Shimadzu", "no GRAMS SPC file"),
    "compound file": (compound("Something"), "compound file", "WiRE"),
    "Princeton": (spe(), "Princeton", "LightField"),
    "Andor": (b"Andor Technology Multi-Channel File\n65538 1\n", "Andor", "Solis"),
    "TriVista": ('<?xml version="1.0"?><XmlMain Fileformat="TriVista">'.encode("utf-16"), "TriVista", "text"),
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform".ljust(200), "MATLAB", "writematrix"),
    "R": (gzip.compress(b"X\n\0\0\0\x03" + bytes(100)), "R file", "write.csv"),
    "R workspace": (lzma.compress(b"RDX3\nX\n" + bytes(100)), "R file", "write.csv"),
    "R, bzip": (bz2.compress(b"RDX2\nX\n" + bytes(100)), "R file", "write.csv"),
    "NumPy": (npy(), "NumPy array", "savetxt"),
    "NumPy archive": (npz(), "NumPy archive", "savetxt"),
    "Parquet": (b"PAR1" + bytes(100) + b"PAR1", "Parquet", "CSV"),
    "NetCDF": (b"CDF\x01" + bytes(100), "NetCDF", "CSV"),
    "ENVI": (b"ENVI\nsamples = 10\nlines = 1\nbands = 200\n", "ENVI", "ASCII"),
    "Origin": (b"CPYA 4.2673 552#\n", "Origin", "ASCII"),
    "NIRCal": (b"NIRCAL Project File" + bytes(100), "NIRCal", "JCAMP-DX"),
}
OTHERS = {
    "PDF": b"%PDF-1.7\n",
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(50),
    "GIF": b"GIF89a" + bytes(50),
    "TIFF": b"II*\0" + bytes(50),
    "BMP": b"BM" + bytes(100),
    "RTF": b"{\\rtf1 text}",
    "old Word": compound("WordDocument"),
    "old PowerPoint": compound("PowerPoint Document"),
    "e-mail": compound("__properties_version1.0"),
    "Word": archive("[Content_Types].xml", "word/document.xml"),
    "PowerPoint": archive("ppt/presentation.xml"),
    "zip": archive("spectrum.csv"),
    "compressed": gzip.compress(b"x,y\n1,2\n" * 30),
    "SQLite": b"SQLite format 3\0" + bytes(50),
    "mass spectrum": b'<?xml version="1.0"?><indexedmzML xmlns="x"><mzML>',
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    data, what, advice = PROGRAMS[name]
    source = Source("a.dat", data)
    assert sniff(source) is (Sniff.POSSIBLE if name == "compound file" else Sniff.CERTAIN)
    with pytest.raises(UnsupportedError, match=rf"^a\.dat is an? .*{what}.*, which is not read\. .*{advice}"):
        read(source)


@pytest.mark.parametrize("name", OTHERS)
def test_no_spectrum(name: str) -> None:
    source = Source("a.dat", OTHERS[name])
    assert sniff(source) is not Sniff.NO
    with pytest.raises(UnrecognisedError, match=rf"is an? {name}.*, not a known spectrum file\. [A-Z]"):
        read(source)


@pytest.mark.parametrize(
    "data",
    [
        # An archive is nobody's until its own reader is sure of it.
        *(sample.data for sample in SAMPLES if sample.format != "ocean_procspec"),
        Spc().bytes(),
        compound("Workbook"),
        compound("Book"),
        archive("[Content_Types].xml", "xl/workbook.xml"),
        b"\x89HDF\r\n\x1a\n" + bytes(100),
        b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n",
        b"LabSpec\n100,5\n200,6\n",
        b"A\n2\n3\n4\n",
        b"X\n100\n200\n",
        b"Raman <mzML and <LSX in a text\n",
        bytes(5000),
    ],
)  # fmt: skip
def test_left_to_others(data: bytes) -> None:
    assert sniff(Source("a.dat", data)) is Sniff.NO


def test_unknown_content_is_refused_all_the_same() -> None:
    with pytest.raises(UnrecognisedError, match="no known kind"):
        read(Source("a.dat", b"1,2\n"))


def test_table() -> None:
    assert len({kind.what for kind in KINDS}) == len(KINDS)
    assert all(kind.what.startswith(("a ", "an ")) and kind.advice.endswith(".") for kind in KINDS)


class TestContainers:
    def test_stream_names_are_entries_not_words(self) -> None:
        assert has_stream(compound("Y-Data"), "Y-Data")
        assert not has_stream(compound("Y-Data2"), "Y-Data")
        text = compound("Text") + b"see " + "Y-Data".encode("utf-16-le") + bytes(200)
        assert not has_stream(text, "Y-Data")
        assert not has_stream(b"\0" * 8 + compound("Y-Data")[8:], "Y-Data")

    def test_zip_names(self) -> None:
        names = ["a.txt", "b/ü.csv", "c"]
        assert zip_names(archive(*names)) == names
        assert zip_names(b"PK\x05\x06" + bytes(18)) == []
        assert zip_names(b"no archive") == []

    def test_zip_names_are_bounded(self) -> None:
        entry = b"PK\x01\x02" + bytes(42)
        data = b"PK\x03\x04" + entry * 50_000 + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0, 0, 0, 4, 0)
        assert len(zip_names(data)) == 10_000

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_first_bytes(self, pack) -> None:
        bomb = pack(b"x" * 5_000_000)
        assert first_bytes(bomb) == b"x" * 256
        assert first_bytes(bomb[:6]) == b""
        assert first_bytes(bomb[:6] + b"\xff" * 40) == b""


@given(
    st.sampled_from(sorted(PROGRAMS)),
    st.lists(st.tuples(st.floats(0, 0.9999), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
@settings(max_examples=200, deadline=None)
def test_any_change(name: str, changes: list[tuple[float, int]], share: float) -> None:
    data = bytearray(PROGRAMS[name][0])
    for place, value in changes:
        data[int(place * len(data))] = value
    source = Source("a.dat", bytes(data[: int(share * 2 * len(data))]))
    assert (sniff(source) is Sniff.NO) is (find(source.data) is None)
    with pytest.raises(ReadError, match=r"^a\.dat is "):
        read(source)
