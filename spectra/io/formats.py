"""The table of formats: a new one is a file in one of the folders and a line below.

The order only breaks ties between formats that are equally sure and share an extension, so those that
any text may fit stand last. A format's module loads when a content may be its own: most files need few.
So a line may say what every text of the format has; it says so of what `sniff` asks for, never of more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal

from ._draft import Draft
from ._format import Format, Sniff
from ._source import Source

Content = Literal["text", "binary", "any"]
Sign = Callable[[Source], bool]

_HEAD_LINES: Final = 100
_AXIS_CELLS: Final = 20


def _says(*words: str) -> Sign:
    """Test for a text that has one of the words, in any case."""
    return lambda source: any(word in source.folded for word in words)


def _begins_with_count(source: Source) -> bool:
    return any(line.strip().isdecimal() for line in source.lines[:1])


def _has_wide_line(source: Source) -> bool:
    """Whether a line near the top has as many cells as an axis in a line at least."""
    head = [line for line in source.lines[:_HEAD_LINES] if len(line) >= 2 * _AXIS_CELLS - 1]
    return any(len(line.split(cut)) >= _AXIS_CELLS for line in head for cut in ("\t", ";", ",", "|", None))


@dataclass(frozen=True)
class Entry:
    """One line of the table, with the attributes of the `Format` in its module.

    Attributes
    ----------
    module : str
        Below ``spectra.io``; holds ``FORMAT``.
    content : str
        ``text`` or ``binary`` where no other content can be of this format.
    sign : callable
        False for a text that is surely not of this format, whatever else it is.
    """

    module: str
    content: Content
    sign: Sign = lambda _: True

    @property
    def form(self) -> Format:
        """The format itself, its module loaded."""
        form = import_module(f".{self.module}", __package__).FORMAT
        if not isinstance(form, Format):
            raise TypeError(f"{self.module}.FORMAT is {form!r}: expected a Format")
        return form

    @property
    def name(self) -> str:
        """Short word."""
        return self.form.name

    @property
    def title(self) -> str:
        """What a user would call it."""
        return self.form.title

    @property
    def extensions(self) -> tuple[str, ...]:
        """Usual endings."""
        return self.form.extensions

    @property
    def sniff(self) -> Callable[[Source], Sniff]:
        """Says from the content how sure it is."""
        return self.form.sniff

    @property
    def read(self) -> Callable[[Source], tuple[Draft, ...]]:
        """Turns the content into drafts."""
        return self.form.read

    @property
    def version(self) -> int:
        """Of the reader."""
        return self.form.version


FORMATS: Final[tuple[Entry, ...]] = (
    Entry("text.enlighten", "text", _says("enlighten version", "measurement id", "ccd c", "scan averaging")),
    Entry("text.bwtek", "text", _says("file version")),
    Entry("text.labspec", "text", _says("=\t")),
    Entry("text.witec", "text", _says("//exported ascii-file")),
    Entry("text.renishaw_txt", "text", _says("#wave")),
    Entry("jcamp.reader", "text", _says("##")),
    Entry("text.contraspec_csv", "text", _says("# contraspec spectrum")),
    Entry("text.nirscan", "text", _says("scan config information", "host date-time:", "signal (unitless)")),
    Entry("text.rruff", "text", _says("##")),
    Entry("text.ocean", "text", _says(">>>>>", "spectrasuite", "ooibase32", "jaz ", "data from")),
    Entry("text.avantes_text", "text", _says("[nm]", "measured with", "used for smoothing", "smoothing nr.")),
    Entry("text.svc", "text", _says("spectra vista", "ger signatur", "wavelength range:")),
    Entry("text.jasco_txt", "text", _says("xydata")),
    Entry("text.perkinelmer_txt", "text", _says("ascii")),
    Entry("tables.rod", "text", _says("data_")),
    Entry("binary.agilent_asp", "text", _begins_with_count),
    Entry("spc.reader", "binary"),
    Entry("binary.bruker_opus", "binary"),
    Entry("binary.renishaw_wdf", "binary"),
    Entry("binary.omnic_spa", "binary"),
    Entry("binary.asd", "binary"),
    Entry("binary.perkinelmer_sp", "binary"),
    Entry("binary.avantes8", "binary"),
    Entry("binary.avantes6", "binary"),
    Entry("binary.procspec", "binary"),
    Entry("tables.excel", "binary"),
    Entry("binary.nexus", "binary"),
    Entry("binary.foreign", "any"),
    Entry("tables.pairs", "text"),
    Entry("tables.wide", "text", _has_wide_line),
    Entry("tables.table", "text"),
)
