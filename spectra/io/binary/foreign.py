"""Contents that are known and not read: each is refused with what to export instead.

A program's own file is often closed or needs the program; what the officer needs to hear is what to do in
that program. One table holds the test, the words and the advice.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ...errors import UnrecognisedError, UnsupportedError
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ..parts.containers import BZIP, GZIP, OLE, XZ, ZIP, first_bytes, has_stream, zip_names

_HEAD: Final = 4096
_SPE_MARK: Final = (2996, 0x01234567)
_SPE_END: Final = (4098, 0x5555)
_R_STARTS: Final = (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\0\0\0")

_TEXT: Final = "text (two columns) or JCAMP-DX"
_PLAIN: Final = "Save the spectrum as CSV."
_PICTURE: Final = "A picture holds no values: export the spectrum as CSV, text or JCAMP-DX."
_DOCUMENT: Final = "A document holds no spectrum: export it as CSV, text or JCAMP-DX."


@dataclass(frozen=True)
class Foreign:
    """One kind of content that is not read.

    Attributes
    ----------
    what : str
        In a user's words, with its article.
    advice : str
        What to do instead, one or two sentences.
    test : callable
        Whether a content is of this kind; cheap, raises nothing.
    sure : bool
        False for a container whose content another reader may know.
    spectral : bool
        False for what holds no spectrum in any program.
    """

    what: str
    advice: str
    test: Callable[[bytes], bool]
    sure: bool = True
    spectral: bool = True


def find(data: bytes) -> Foreign | None:
    """First kind in the table that a content is of."""
    return next((kind for kind in KINDS if kind.test(data)), None)


def sniff(source: Source) -> Sniff:
    """Certain for a signature of the table, possible for a container of unknown content."""
    kind = find(source.data)
    if kind is None:
        return Sniff.NO
    return Sniff.CERTAIN if kind.sure else Sniff.POSSIBLE


def read(source: Source) -> tuple[Draft, ...]:
    """Refuse.

    Raises
    ------
    UnsupportedError
        For the file of a program that writes spectra, with what to export instead.
    UnrecognisedError
        For anything else.
    """
    kind = find(source.data)
    if kind is None:
        raise UnrecognisedError(f"{source.name} is of no known kind. {_PLAIN}")
    if kind.spectral:
        raise UnsupportedError(f"{source.name} is {kind.what}, which is not read. {kind.advice}")
    raise UnrecognisedError(f"{source.name} is {kind.what}, not a known spectrum file. {kind.advice}")


def _other(what: str, advice: str, test: Callable[[bytes], bool], *, sure: bool = True) -> Foreign:
    return Foreign(what, advice, test, sure, spectral=False)


def _starts(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magic)


def _contains(*words: bytes) -> Callable[[bytes], bool]:
    """Test for words near the beginning of a text, in UTF-8 or UTF-16."""

    def test(data: bytes) -> bool:
        head = data[:_HEAD].replace(b"\0", b"")
        is_markup = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
        return is_markup and any(word in head for word in words)

    return test


def _is_labspec(data: bytes) -> bool:
    return data.startswith((b"NGSNextGen", b"LabSpec")) and 0 in data[:_HEAD]


def _is_spe(data: bytes) -> bool:
    if len(data) < _SPE_END[0] + 2:
        return False
    (mark,), (end,) = (
        struct.unpack_from("<I", data, _SPE_MARK[0]),
        struct.unpack_from("<H", data, _SPE_END[0]),
    )
    return (mark, end) == (_SPE_MARK[1], _SPE_END[1])


def _is_bitmap(data: bytes) -> bool:
    return data.startswith(b"BM") and len(data) > 54 and struct.unpack_from("<I", data, 6)[0] == 0


def _is_envi(data: bytes) -> bool:
    head = data[:_HEAD]
    return head.startswith(b"ENVI") and head[4:5] in b"\r\n \t" and b"samples" in head and b"bands" in head


def _has_streams(*names: str) -> Callable[[bytes], bool]:
    """Test for a compound file (OLE2) with a stream or storage of one of the names."""
    return lambda data: any(has_stream(data, name) for name in names)


def _is_jasco(data: bytes) -> bool:
    return data.startswith(b"L~S ") or (has_stream(data, "Y-Data") and has_stream(data, "DataInfo"))


def _is_other_ole(data: bytes) -> bool:
    return data.startswith(OLE) and not any(has_stream(data, name) for name in ("Workbook", "Book"))


def _holds(*starts: str) -> Callable[[bytes], bool]:
    return lambda data: any(name.startswith(starts) for name in zip_names(data))


def _is_npz(data: bytes) -> bool:
    names = zip_names(data)
    return bool(names) and all(name.endswith(".npy") for name in names)


def _is_other_zip(data: bytes) -> bool:
    """Whether it is an archive that is no workbook: those have a reader."""
    return data.startswith(ZIP) and not _holds("xl/")(data) and b"xl/" not in data[:_HEAD]


def _is_r(data: bytes) -> bool:
    return first_bytes(data).startswith(_R_STARTS)


KINDS: Final[tuple[Foreign, ...]] = (
    Foreign(
        "a LabSpec file (Horiba)",
        "In LabSpec save the spectrum as text (.txt) or SPC.",
        _is_labspec,
    ),
    Foreign("a LabSpec XML file (Horiba)", "In LabSpec save the spectrum as text.", _contains(b"<LSX")),
    Foreign(
        "a WITec project (.wip, .wid)",
        "In WITec Project export the spectrum: Export > Table (ASCII) or SPC.",
        _starts(b"WIT_PR", b"WIT_DA", b"WIT^"),
    ),
    Foreign(
        "a JASCO Spectra Manager file (.jws)",
        f"In Spectra Manager export it as {_TEXT}.",
        _is_jasco,
    ),
    Foreign(
        "a Shimadzu spectrum file (.spc, .unk)",
        "In UVProbe or LabSolutions save it as text or JCAMP-DX: it is no GRAMS SPC file despite its ending.",
        _has_streams("DataStorageHeaderInfo", "DataSetGroup", "DataStorage1", "DataSpectrumStorage"),
    ),
    _other("an old Word document", _DOCUMENT, _has_streams("WordDocument")),
    _other("an old PowerPoint document", _DOCUMENT, _has_streams("PowerPoint Document")),
    _other(
        "an e-mail message", "Save its attachment and open that.", _has_streams("__properties_version1.0")
    ),
    Foreign(
        "a compound file of another program",
        "If it is a Renishaw .wxd or .wxc file, save it in WiRE as .wdf or text; otherwise export the "
        "spectrum as text or JCAMP-DX.",
        _is_other_ole,
        sure=False,
    ),
    Foreign(
        "a Princeton Instruments SPE file",
        "In LightField or WinSpec export the spectrum as CSV or text.",
        _is_spe,
    ),
    Foreign(
        "an Andor SIF file",
        "In Andor Solis export the spectrum as ASCII text.",
        _starts(b"Andor Technology Multi-Channel File", b"Oriel Instruments Multi-Channel File"),
    ),
    Foreign("a TriVista file (.tvf)", "In TriVista export the spectrum as text.", _contains(b"<XmlMain")),
    Foreign("a NIRCal project (Buchi)", "Export the spectra as JCAMP-DX.", _starts(b"NIRCAL Project File")),
    _other(
        "a mass spectrum (mzML or mzXML)", "Mass spectra are not compared.", _contains(b"<mzML", b"<mzXML")
    ),
    Foreign(
        "a MATLAB file",
        "Save axis and spectrum in MATLAB with writematrix as CSV.",
        _starts(b"MATLAB 5.0 MAT-file"),
    ),
    Foreign("an R file (.rds, .rda)", "Save axis and spectrum in R with write.csv.", _is_r),
    Foreign("a NumPy array", "Save axis and spectrum with numpy.savetxt as CSV.", _starts(b"\x93NUMPY")),
    Foreign("a NumPy archive (.npz)", "Save axis and spectrum with numpy.savetxt as CSV.", _is_npz),
    Foreign("a Parquet table", _PLAIN, _starts(b"PAR1")),
    Foreign("a Feather or Arrow table", _PLAIN, _starts(b"FEA1", b"ARROW1")),
    _other("an SQLite database", _PLAIN, _starts(b"SQLite format 3\0")),
    Foreign("a NetCDF file", _PLAIN, _starts(b"CDF\x01", b"CDF\x02", b"CDF\x05")),
    Foreign("an Origin project", "In Origin export the worksheet as ASCII.", _starts(b"CPYA ", b"CPYUA")),
    Foreign(
        "a header of an ENVI image or library",
        "Export the single spectrum as text (ASCII) in ENVI.",
        _is_envi,
    ),
    _other("a PDF document", _DOCUMENT, _starts(b"%PDF")),
    _other("an RTF document", _DOCUMENT, _starts(b"{\\rtf")),
    _other("a PNG picture", _PICTURE, _starts(b"\x89PNG\r\n\x1a\n")),
    _other("a JPEG picture", _PICTURE, _starts(b"\xff\xd8\xff")),
    _other("a GIF picture", _PICTURE, _starts(b"GIF87a", b"GIF89a")),
    _other("a TIFF picture", _PICTURE, _starts(b"II*\0", b"MM\0*")),
    _other("a BMP picture", _PICTURE, _is_bitmap),
    _other("a Word document", _DOCUMENT, _holds("word/")),
    _other("a PowerPoint document", _DOCUMENT, _holds("ppt/")),
    _other("a zip archive", "Unpack it and open the file in it.", _is_other_zip, sure=False),
    _other(
        "a compressed file",
        "Unpack it and open the file in it.",
        _starts(GZIP, BZIP, XZ, b"7z\xbc\xaf", b"Rar!\x1a"),
        sure=False,
    ),
)

FORMAT: Final = Format("foreign", "file of a program that is not read", (), sniff, read)
