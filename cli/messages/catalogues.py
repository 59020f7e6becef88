"""Brings the catalogues up to date with the English sentences and compiles them.

``python -m cli.messages.catalogues`` (needs Babel, extra ``dev``). New sentences come in without a
translation, changed ones keep the old translation marked fuzzy; both fail the tests until somebody has
translated them. Sentences that are gone leave.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from spectra._atomic import write_atomically

from . import DOMAIN, FALLBACK, LANGUAGES, LOCALE
from .en import SENTENCES

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

_HEADER: Final = """\
# contraspec: sentences for officers. The context of each is the key by which the program asks for it.
# Words in braces are filled in and must stay. See docs/translating.md."""


def read_catalogue(language: str) -> "Catalog":
    """Read the translations of one language; empty where there are none yet."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    path = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return Catalog(language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def updated(language: str) -> "Catalog":
    """Catalogue with one entry for each English sentence, in their order."""
    from babel.messages.catalog import Catalog

    old = {entry.context: entry for entry in read_catalogue(language) if entry.id}
    # no dates: the same sentences give the same file
    catalogue = Catalog(language, header_comment=_HEADER, project=DOMAIN, charset="utf-8", fuzzy=False)
    for key, english in SENTENCES.items():
        before = old.get(key)
        changed = before is not None and before.string and before.id != english
        flags = {"fuzzy"} if changed or (before is not None and before.fuzzy) else set()
        catalogue.add(english, before.string if before else "", context=key, flags=flags)
    return catalogue


def written(catalogue: "Catalog") -> bytes:
    """Text of a catalogue's file: entries only, without dates and places."""
    from babel.messages.pofile import write_po

    entries = io.BytesIO()
    write_po(entries, catalogue, width=100, omit_header=True)
    head = (
        f'{_HEADER}\nmsgid ""\nmsgstr ""\n"Language: {catalogue.locale}\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return head.encode("utf-8") + entries.getvalue()


def compiled(catalogue: "Catalog") -> bytes:
    """Binary form that the program reads; fuzzy entries stay out."""
    from babel.messages.catalog import Message
    from babel.messages.mofile import write_mo

    head = Message("", f"Language: {catalogue.locale}\nContent-Type: text/plain; charset=utf-8\n")
    binary = io.BytesIO()
    # Babel's own head holds its version and the minute: the same sentences would give another file
    write_mo(binary, cast("Catalog", _Bare((head, *(entry for entry in catalogue if entry.id)))))
    return binary.getvalue()


@dataclass(frozen=True)
class _Bare:
    """As much of a catalogue as is compiled: the first entry is the head."""

    entries: "tuple[Message, ...]"
    charset: str = "utf-8"

    def __iter__(self) -> "Iterator[Message]":
        return iter(self.entries)


def main() -> None:
    """Write every catalogue anew."""
    for language in LANGUAGES:
        if language == FALLBACK:
            continue
        catalogue = updated(language)
        stem = LOCALE / language / "LC_MESSAGES" / DOMAIN
        stem.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(f"{stem}.po", written(catalogue))
        # from the file, as a test compares it: nothing that the file does not say
        write_atomically(f"{stem}.mo", compiled(read_catalogue(language)))


if __name__ == "__main__":
    main()
