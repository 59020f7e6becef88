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
from ..spectrum import MetadataValue, Spectrum
from ..units import TECHNIQUES, Technique
from ._draft import Draft
from ._format import Format, Sniff
from ._source import Source
from .formats import FORMATS
from .measurement import Measurement, measure

MAX_BYTES: Final = 200_000_000
_LASERS_NM: Final = (200.0, 2000.0)


def read_spectra(
    path: str | os.PathLike[str],
    *,
    technique: Technique | None = None,
    column: str | None = None,
    laser_nm: float | None = None,
) -> tuple[Spectrum, ...]:
    """Read every spectrum of a file.

    Parameters
    ----------
    path : str or path-like
        The exported file.
    technique : str, optional
        What the spectrum is, one of ``spectra.units.TECHNIQUES``; decides where the file
        does not say and overrules where it does.
    column : str, optional
        Name or number (from 1) of the column to take as ordinate, instead of the reader's rule.
    laser_nm : float, optional
        Wavelength of the laser, nm, for a Raman spectrum whose axis is in nm.

    Returns
    -------
    tuple of Spectrum
        At least one, in the order of the file.

    Raises
    ------
    NotFoundError, EmptyFileError, UnrecognisedError, UnsupportedError, DamagedError
        As their names say; all are `ReadError`. One spectrum of the file that cannot be had is enough.
    ReadError
        When the file cannot be opened.
    """
    return _spectra(read_measurements(path, technique=technique, column=column, laser_nm=laser_nm))


def read_spectra_from_bytes(
    data: bytes,
    name: str,
    *,
    technique: Technique | None = None,
    column: str | None = None,
    laser_nm: float | None = None,
) -> tuple[Spectrum, ...]:
    """Read every spectrum of a file whose bytes are at hand.

    Parameters
    ----------
    data : bytes
        The whole content.
    name : str
        The file's name, for messages, metadata and as a hint to the format.
    technique, column, laser_nm : optional
        As for `read_spectra`.

    Raises
    ------
    ReadError
        As for `read_spectra`.
    """
    return _spectra(
        read_measurements_from_bytes(data, name, technique=technique, column=column, laser_nm=laser_nm)
    )


def read_measurements(
    path: str | os.PathLike[str],
    *,
    technique: Technique | None = None,
    column: str | None = None,
    laser_nm: float | None = None,
) -> tuple[Measurement | ReadError, ...]:
    """Read everything a file holds, peak lists too, in the file's own order and units.

    Parameters
    ----------
    path, technique, column, laser_nm
        As for `read_spectra`.

    Returns
    -------
    tuple of Measurement or ReadError
        In the order of the file; an error stands in the place of one that is damaged while others are not.

    Raises
    ------
    ReadError
        When the file cannot be opened, is of no known format, or nothing in it can be read.
    """
    try:
        data = _read_bytes(Path(path))
    except (OSError, ValueError) as error:
        # A ReadError is a ValueError too; one about the file itself goes on.
        if isinstance(error, ReadError):
            raise
        raise NotFoundError(f"{os.fspath(path)!r} is no possible path. Check the name.") from error
    return _measurements(_source(data, Path(path).name, technique, column=column, laser_nm=laser_nm))


def read_measurements_from_bytes(
    data: bytes,
    name: str,
    *,
    technique: Technique | None = None,
    column: str | None = None,
    laser_nm: float | None = None,
) -> tuple[Measurement | ReadError, ...]:
    """Read everything a file holds whose bytes are at hand.

    Parameters
    ----------
    data, name, technique, column, laser_nm
        As for `read_spectra_from_bytes`.

    Raises
    ------
    ReadError
        As for `read_measurements`.
    """
    return _measurements(_source(data, name, technique, column=column, laser_nm=laser_nm))


def _source(
    data: bytes, name: str, technique: Technique | None, *, column: str | None, laser_nm: float | None
) -> Source:
    if technique is not None and technique not in TECHNIQUES:
        raise SpectrumError(f"technique {technique!r}: expected one of {', '.join(TECHNIQUES)}")
    if laser_nm is not None and not _LASERS_NM[0] <= laser_nm <= _LASERS_NM[1]:
        raise SpectrumError(
            f"laser wavelength {laser_nm:g} nm: expected {_LASERS_NM[0]:g} to {_LASERS_NM[1]:g}"
        )
    if len(data) > MAX_BYTES:
        raise UnsupportedError(_too_large(name, len(data)))
    if not data or (data[:1].isspace() and not data.strip()):
        raise EmptyFileError(f"{name} is empty. Copy or export it again.")
    return Source(name, data, technique, column, laser_nm)


def _measurements(source: Source) -> tuple[Measurement | ReadError, ...]:
    form = detect(source)
    drafts = form.read(source)
    if not drafts:
        raise DamagedError(f"{source.name}: no spectrum in this {form.title} file. Export it again.")
    known = {
        "source_file": source.name,
        "source_sha256": hashlib.sha256(source.data).hexdigest(),
        "format": form.name,
        "reader": f"{form.name}/{form.version}",
    }
    found = [_measure(draft, source, known | {"index": index}) for index, draft in enumerate(drafts)]
    failures = [one for one in found if isinstance(one, ReadError)]
    if len(failures) == len(found):
        raise failures[0]
    return tuple(found)


def _measure(draft: Draft, source: Source, known: dict[str, MetadataValue]) -> Measurement | ReadError:
    try:
        return measure(draft, source, known)
    except ReadError as error:
        return error


def _spectra(measurements: tuple[Measurement | ReadError, ...]) -> tuple[Spectrum, ...]:
    for one in measurements:
        if isinstance(one, ReadError):
            raise one
    return tuple(one.spectrum() for one in measurements if isinstance(one, Measurement))


def detect(source: Source) -> Format:
    """Format of a content: the surest one, then the one the extension hints at, then the first.

    Raises
    ------
    UnrecognisedError
        When no format knows the content.
    """
    possible = []
    content = "binary" if source.looks_like else "text"
    for entry in FORMATS:
        if entry.content not in (content, "any") or not entry.sign(source):
            continue
        form = entry.form
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
