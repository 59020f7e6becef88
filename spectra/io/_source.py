"""One file's bytes, and the text in them: read once, decoded once, never by locale."""

import codecs
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ..errors import UnsupportedError
from ..units import Technique
from .parts.rows import find_rows

MAX_TEXT_BYTES: Final = 64_000_000
MAX_LINES: Final = 2_000_000
MAX_LINE_CHARS: Final = 1_000_000

# What else people pick by mistake; shown to the officer, so in everyday words.
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "a zip archive or an Office document"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BOMS: Final[tuple[tuple[bytes, str], ...]] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PROBE_BYTES: Final = 4096
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\x0b\x0c\x1a")


@dataclass(frozen=True, eq=False)
class Source:
    """The bytes of one file.

    Attributes
    ----------
    name : str
        File name without folders, for messages and metadata.
    data : bytes
        The whole content.
    technique : str or None
        What the caller says the spectrum is; None when the file is to tell.
    column : str or None
        Name or number (from 1) of the column the caller wants as ordinate; None for the reader's rule.
    laser_nm : float or None
        Laser wavelength the caller states, nm; None when the file is to tell.
    """

    name: str
    data: bytes
    technique: Technique | None = None
    column: str | None = None
    laser_nm: float | None = None

    @property
    def extension(self) -> str:
        """Lower-case ending with its dot, empty without one."""
        _, dot, ending = self.name.rpartition(".")
        return f".{ending.lower()}" if dot else ""

    @cached_property
    def looks_like(self) -> str:
        """What a binary content looks like; empty when it may be text."""
        for magic, what in _MAGIC:
            if self.data.startswith(magic):
                return what
        return "" if self._encoding else "a binary file"

    @cached_property
    def text(self) -> str:
        r"""Decoded content, line ends made ``\n``; empty when the content is binary.

        Raises
        ------
        UnsupportedError
            When the text is too long to be an export of a detector.
        """
        if self.looks_like:
            return ""
        if len(self.data) > MAX_TEXT_BYTES:
            raise UnsupportedError(
                f"{self.name}: a text of {len(self.data) / 1e6:.0f} MB, expected at most "
                f"{MAX_TEXT_BYTES / 1e6:.0f} MB. Export fewer spectra per file."
            )
        text = self.data.decode(self._encoding, errors="replace")
        # Half a line end is the mark of a cut, no line end.
        if text.endswith("\r") and "\r\n" in text:
            text = text.rstrip("\r")
        # Two-step tools that write "\r\r\n" would else show an empty line between any two.
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
        if text.count("\n") > MAX_LINES:
            raise UnsupportedError(
                f"{self.name}: more than {MAX_LINES} lines, expected one spectrum or a few. "
                "Export fewer spectra per file."
            )
        return text.lstrip("\ufeff")

    @cached_property
    def folded(self) -> str:
        """The text in lower case; empty when the content is binary."""
        return self.text.lower()

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines; empty when the content is binary."""
        lines = self.text.split("\n") if self.text else []
        if any(len(line) > MAX_LINE_CHARS for line in lines):
            raise UnsupportedError(
                f"{self.name}: a line of more than {MAX_LINE_CHARS} characters, expected rows of numbers. "
                "Export fewer spectra per file."
            )
        return lines

    @cached_property
    def rows(self) -> tuple[int, int, int]:
        """First line of the table of numbers, one past its last, and its rows; see `find_rows`."""
        return find_rows(self.lines)

    @cached_property
    def _encoding(self) -> str:
        """Codec of the content, empty when it is not text."""
        for mark, codec in _BOMS:
            if self.data.startswith(mark):
                return codec
        probe = self.data[:_PROBE_BYTES]
        if 0 in self.data:
            return _utf16_without_mark(probe)
        odd = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in probe)
        if odd > len(probe) // 100:
            return ""
        if len(self.data) > MAX_TEXT_BYTES:
            return "utf-8"
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            # Windows instruments write ° and µ in the old code page.
            return "cp1252"
        return "utf-8"


def _utf16_without_mark(probe: bytes) -> str:
    """UTF-16 of mostly Latin text has a zero in every other byte, and only there."""
    probe = probe[: len(probe) // 2 * 2]
    even, odd = probe[0::2].count(0), probe[1::2].count(0)
    half = len(probe) // 2
    if half and not even and odd >= 0.9 * half:
        return "utf-16-le"
    if half and not odd and even >= 0.9 * half:
        return "utf-16-be"
    return ""
