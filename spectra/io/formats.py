"""The table of formats: a new one is a file in one of the folders and a line below.

The order only breaks ties between formats that are equally sure and share an extension, so those that
any text may fit stand last. A format's module loads when a content may be its own: most files need few.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal

from ._draft import Draft
from ._format import Format, Sniff
from ._source import Source

Content = Literal["text", "binary", "any"]


@dataclass(frozen=True)
class Entry:
    """One line of the table, with the attributes of the `Format` in its module.

    Attributes
    ----------
    module : str
        Below ``spectra.io``; holds ``FORMAT``.
    content : str
        ``text`` or ``binary`` where no other content can be of this format.
    """

    module: str
    content: Content

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
    Entry("text.enlighten", "text"),
    Entry("text.bwtek", "text"),
    Entry("text.labspec", "text"),
    Entry("text.witec", "text"),
    Entry("text.renishaw_txt", "text"),
    Entry("jcamp.reader", "text"),
    Entry("text.contraspec_csv", "text"),
    Entry("text.nirscan", "text"),
    Entry("text.rruff", "text"),
    Entry("text.ocean", "text"),
    Entry("text.avantes_text", "text"),
    Entry("text.svc", "text"),
    Entry("text.jasco_txt", "text"),
    Entry("text.perkinelmer_txt", "text"),
    Entry("tables.rod", "text"),
    Entry("binary.agilent_asp", "text"),
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
    Entry("tables.wide", "text"),
    Entry("tables.table", "text"),
)
