"""The record that describes one format to write, the table of them, and writing a file."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ..._atomic import write_atomically
from ...errors import WriteError
from ...spectrum import Spectrum
from . import csv, jcamp, nexus


@dataclass(frozen=True)
class Writer:
    """One format to write.

    Attributes
    ----------
    name, title : str
        Short word, and what a user would call it.
    extensions : tuple of str
        Endings that choose it, lower case with a dot.
    write : callable
        Turns spectra into the bytes of one file.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    write: Callable[[Sequence[Spectrum]], bytes]


WRITERS: Final[tuple[Writer, ...]] = (
    Writer("jcamp_dx", "JCAMP-DX, plain numbers", (".jdx", ".dx", ".jcm", ".jcamp"), jcamp.write_affn),
    Writer("jcamp_difdup", "JCAMP-DX, compressed differences", (), jcamp.write_difdup),
    Writer("csv", "CSV", (".csv", ".txt"), csv.write),
    Writer("nexus", "NeXus (NXraman)", (".nxs", ".nx", ".h5", ".hdf5"), nexus.write),
)


def writer_for(path: str | os.PathLike[str], name: str | None = None) -> Writer:
    """Writer by its name, or else by the path's ending.

    Raises
    ------
    WriteError
        For a name or ending that no writer has.
    """
    ending = os.path.splitext(os.fspath(path))[1].lower()
    for writer in WRITERS:
        if writer.name == name or (name is None and ending in writer.extensions):
            return writer
    wanted = f"format {name!r}" if name else f"ending {ending!r}"
    known = ", ".join(
        writer.name if name else "/".join(writer.extensions)
        for writer in WRITERS
        if name or writer.extensions
    )
    raise WriteError(f"{os.fspath(path)}: {wanted} is not written, expected one of {known}")


def write_spectra(
    spectra: Sequence[Spectrum], path: str | os.PathLike[str], *, form: str | None = None
) -> None:
    """Write spectra into one file, whole or not at all.

    Parameters
    ----------
    spectra : sequence of Spectrum
        At least one.
    path : str or path-like
        Its ending chooses the format unless ``form`` does.
    form : str, optional
        Name of a writer.

    Raises
    ------
    WriteError
        When the format cannot hold the spectra, or the file cannot be written.
    """
    if not spectra:
        raise WriteError(f"{os.fspath(path)}: no spectrum to write")
    write_atomically(os.fspath(path), writer_for(path, form).write(spectra))
