"""Read a file: bytes once, format by content, spectra with their provenance."""

import hashlib
import os
from pathlib import Path
from typing import Final

from ..errors import (
    DamagedError,
    EmptyFileError,
    NotFoundError,
    ReadError,
    SpectrumError,
    UnrecognisedError,
    UnsupportedError,
)
from ..spectrum import Spectrum
from ..units import TECHNIQUES, Technique
from ._draft import finish
from ._format import Format, Sniff
from ._source import Source
from .formats import FORMATS

MAX_BYTES: Final = 200_000_000


def read_spectra(path: str | os.PathLike[str], *, technique: Technique | None = None) -> tuple[Spectrum, ...]:
    """Read every spectrum of a file.

    Parameters
    ----------
    path : str or path-like
        The exported file.
    technique : str, optional
        What the spectrum is, one of ``spectra.units.TECHNIQUES``; decides where the file
        does not say and overrules where it does.

    Returns
    -------
    tuple of Spectrum
        At least one, in the order of the file.

    Raises
    ------
    NotFoundError, EmptyFileError, UnrecognisedError, UnsupportedError, DamagedError
        As their names say; all are `ReadError`.
    ReadError
        When the file cannot be opened.
    """
    try:
        data = _read_bytes(Path(path))
    except ValueError as error:
        # A NUL in a path, and whatever else the platform refuses as a name.
        if isinstance(error, ReadError):
            raise
        raise NotFoundError(f"{os.fspath(path)!r} is no possible path. Check the name.") from error
    return read_spectra_from_bytes(data, Path(path).name, technique=technique)


def read_spectra_from_bytes(
    data: bytes, name: str, *, technique: Technique | None = None
) -> tuple[Spectrum, ...]:
    """Read every spectrum of a file whose bytes are at hand.

    Parameters
    ----------
    data : bytes
        The whole content.
    name : str
        The file's name, for messages, metadata and as a hint to the format.
    technique : str, optional
        As for `read_spectra`.

    Raises
    ------
    ReadError
        As for `read_spectra`.
    """
    if technique is not None and technique not in TECHNIQUES:
        raise SpectrumError(f"technique {technique!r}: expected one of {', '.join(TECHNIQUES)}")
    if len(data) > MAX_BYTES:
        raise UnsupportedError(_too_large(name, len(data)))
    if not data or (data[:1].isspace() and not data.strip()):
        raise EmptyFileError(f"{name} is empty. Copy or export it again.")
    source = Source(name, data, technique)
    form = detect(source)
    drafts = form.read(source)
    if not drafts:
        raise DamagedError(f"{name}: no spectrum in this {form.title} file. Export it again.")
    known = {"source_file": name, "source_sha256": hashlib.sha256(data).hexdigest(), "format": form.name}
    return tuple(finish(draft, source, known | {"index": i}) for i, draft in enumerate(drafts))


def detect(source: Source) -> Format:
    """Format of a content: the surest one, then the one the extension hints at, then the first.

    Raises
    ------
    UnrecognisedError
        When no format knows the content.
    """
    possible = []
    for form in FORMATS:
        sure = form.sniff(source)
        # A signature belongs to one format only: the slower looks at the whole text are spared.
        if sure is Sniff.CERTAIN:
            return form
        if sure is Sniff.POSSIBLE:
            possible.append(form)
    if possible:
        return next((form for form in possible if source.extension in form.extensions), possible[0])
    if not source.looks_like and not source.text.strip("\x00 \t\n\r\x0b\x0c\x1a\ufeff"):
        raise EmptyFileError(f"{source.name} is empty. Copy or export it again.")
    what = source.looks_like or "text without a table of numbers"
    raise UnrecognisedError(
        f"{source.name} is {what}, not a known spectrum file. Export the spectrum as CSV, text or JCAMP-DX."
    )


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise NotFoundError(f"{path} is a folder, expected a file. Name the file in it.")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise UnsupportedError(_too_large(path.name, size))
            # One byte more than allowed, so that a pipe without a size is bounded too.
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if isinstance(error, ReadError):
            raise
        raise NotFoundError(f"{path} does not exist. Check the name and the folder.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReadError(f"{path} cannot be opened: {reason}. Check that you may read it.") from error


def _too_large(name: str, size: int) -> str:
    return (
        f"{name} has {size / 1e6:.0f} MB, expected at most {MAX_BYTES // 1_000_000} MB. "
        "Export fewer spectra per file."
    )
