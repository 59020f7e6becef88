"""From measurements to references: reads what can be read and says what was left out."""

import dataclasses
import datetime
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spectra.errors import LibraryError, SpectraError
from spectra.io import read_spectra
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum
from spectra.units import Technique

from .ingest_plan import (
    Fault,
    Log,
    Skipped,
    Source,
    Task,
    known_naming,
    list_files,
    plan,
    stated_naming,
    titled,
)
from .library import Library
from .manifest import ManifestRow
from .preparing import PreparingPipeline, prepare
from .reference import Naming, Provenance, Reference, make_reference

__all__ = [
    "BuildResult",
    "Fault",
    "Log",
    "Skipped",
    "Source",
    "build_from",
    "build_library",
    "read_references",
    "told",
]

_SHA256: Final = re.compile(r"[0-9a-f]{64}")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BuildResult:
    """A library and what is not in it.

    Attributes
    ----------
    library : Library
        Not yet saved.
    skipped : tuple of Skipped
        In the order of the files.
    warnings : tuple of str
        What the maker should look at, though nothing was left out for it.
    faults : tuple of Fault
        What a manifest stated and the library does not have.
    """

    library: Library
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def details(self) -> dict[str, Any]:
        """Say for the change log how many references there are and which measurements were refused."""
        return told(len(self.library), self.skipped, self.faults)


def told(n_references: int, skipped: Iterable[Skipped], faults: Iterable[Fault] = ()) -> dict[str, Any]:
    """Details of a change that read measurements: counts, what was refused, what was not taken over."""
    entries = tuple(skipped)
    refused = [
        {"file": entry.file, "name": entry.name, "reason": entry.reason}
        for entry in entries
        if entry.unusable
    ]
    details: dict[str, Any] = {"references": n_references, "skipped": len(entries), "unusable": refused}
    not_taken = [dataclasses.asdict(fault) for fault in faults]
    return {**details, "not_taken": not_taken} if not_taken else details


@dataclass(frozen=True)
class _Measured:
    """One spectrum that was read, and what it is of."""

    file: str
    naming: Naming
    row: ManifestRow | None
    spectrum: Spectrum
    where: str


def build_library(
    folder: str | os.PathLike[str],
    *,
    manifest: str | os.PathLike[str] | None = None,
    name: str | None = None,
    pipelines: Iterable[PreparingPipeline] = (),
    progress: Progress | None = None,
    created: str | None = None,
) -> BuildResult:
    """Build a library from the measurements in a folder and those below it.

    Files are read in sorted order. Without a manifest the substance is the file's stem,
    verbatim; a trailing ``_`` and digits that several stems share marks replicates, whose
    name is the stem without it. Role, form and identifiers then come from the shipped
    substance table. With a manifest only the files it lists are read.

    Parameters
    ----------
    folder : str or path-like
        Holds the measurements.
    manifest : str or path-like, optional
        Table of ``libraries.manifest``.
    name : str, optional
        Of the library; the folder's name when left out.
    pipelines : iterable of Pipeline
        Whose matrices the library shall hold; a spectrum that one of them refuses is skipped.
    progress : callable, optional
        Called with the number of files done and of all.
    created : str, optional
        ISO time to record; now when left out.

    Raises
    ------
    LibraryError
        No folder, a wrong manifest, or not one usable spectrum.
    """
    source = Source(Path(folder), manifest=None if manifest is None else Path(manifest))
    return build_from(source, name=name, pipelines=pipelines, progress=progress, created=created)


def build_from(
    source: Source,
    *,
    name: str | None = None,
    pipelines: Iterable[PreparingPipeline] = (),
    progress: Progress | None = None,
    created: str | None = None,
) -> BuildResult:
    """Build a library from any source; otherwise as ``build_library``.

    Parameters
    ----------
    source : Source
        Folder, files, manifest, and where names come from.
    name, pipelines, progress, created
        As for ``build_library``.

    Raises
    ------
    LibraryError
        No folder, a wrong manifest, or not one usable spectrum.
    """
    log = Log()
    files = list_files(source, log)
    references = _read_references(source, files, log, progress)
    if not references:
        first = f"; the first: {log.skipped[0].file}: {log.skipped[0].reason}" if log.skipped else ""
        raise LibraryError(f"{source.folder}: no usable spectrum in {len(files)} files{first}")
    library = Library(
        name=name or _folder_name(source.folder),
        technique=references[0].spectrum.technique,
        references=references,
        created=created or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    library = _with_prepared(library, tuple(pipelines), log)
    return BuildResult(library, _in_order(log.skipped, files), tuple(log.warnings), tuple(log.faults))


def read_references(
    source: Source,
    *,
    technique: Technique | None = None,
    progress: Progress | None = None,
    log: Log | None = None,
) -> tuple[tuple[Reference, ...], tuple[Skipped, ...], tuple[str, ...]]:
    """Read the references of a source.

    Parameters
    ----------
    source : Source
        Folder, files, manifest, and where names come from.
    technique : str, optional
        The only one that is taken; when left out, the one that most spectra have.
    progress : callable, optional
        Called with the number of files done and of all.
    log : Log, optional
        A new one of the caller's, who wants to know what was not taken over too.

    Returns
    -------
    references : tuple of Reference
        In the order of the files, true duplicates once.
    skipped : tuple of Skipped
        What was left out.
    warnings : tuple of str
        What the maker should look at.

    Raises
    ------
    LibraryError
        No folder or a wrong manifest.
    """
    log = Log() if log is None else log
    files = list_files(source, log)
    references = _read_references(source, files, log, progress, technique)
    return references, _in_order(log.skipped, files), tuple(log.warnings)


def _read_references(
    source: Source,
    files: Sequence[str],
    log: Log,
    progress: Progress | None,
    technique: Technique | None = None,
) -> tuple[Reference, ...]:
    measured = _read_all(source.folder, plan(source, files, log), log, progress)
    return _references(source.folder, _one_technique(measured, log, technique), log)


def _in_order(skipped: Iterable[Skipped], files: Sequence[str]) -> tuple[Skipped, ...]:
    order = {file: place for place, file in enumerate(files)}
    return tuple(sorted(skipped, key=lambda entry: (order.get(entry.file, -1), entry.file)))


def _folder_name(root: Path) -> str:
    return root.resolve().name.encode("utf-8", "replace").decode("utf-8") or "library"


def _read_all(root: Path, tasks: Sequence[Task], log: Log, progress: Progress | None) -> list[_Measured]:
    """Every spectrum that can be read and passes the quality gate."""
    measured = []
    for done, task in enumerate(tasks, start=1):
        for entry in _named(task, _read(root, task, log), log):
            unusable = assess_quality(entry.spectrum).unusable
            if unusable:
                reason = f"{entry.where}unusable: {', '.join(unusable)}"
                log.skip(entry.file, reason, name=entry.naming.substance, unusable=True)
            else:
                measured.append(entry)
        if progress is not None:
            progress(done, len(tasks))
    return measured


def _named(task: Task, spectra: Sequence[Spectrum], log: Log) -> Iterator[_Measured]:
    """Spectra of a file with their names, those that the manifest leaves out skipped."""
    for index, row in sorted(task.rows.items()):
        if spectra and index >= len(spectra):
            reason = (
                f"line {row.line} of the manifest asks for index {index}, the file has {len(spectra)} spectra"
            )
            log.skip(task.file, reason, name=row.substance)
    for index, spectrum in enumerate(spectra):
        where = f"spectrum {index + 1}: " if len(spectra) > 1 else ""
        if task.rows:
            own = task.rows.get(index)
            if own is None:
                log.skip(task.file, f"{where}not in the manifest")
            else:
                yield _Measured(task.file, stated_naming(own, log), own, spectrum, where)
        elif task.names == "title":
            naming = known_naming(titled(spectrum, index, task.file))
            yield _Measured(task.file, naming, None, spectrum, where)
        else:
            yield _Measured(task.file, task.naming, task.row, spectrum, where)


def _read(root: Path, task: Task, log: Log) -> tuple[Spectrum, ...]:
    rows = [row for row in (task.row, *task.rows.values()) if row is not None]
    technique = next((row.technique for row in rows if row.technique), None)
    try:
        if not (root / task.file).is_file():  # a pipe would never end
            log.skip(task.file, "not a regular file, or a link to nothing")
            return ()
        return read_spectra(root / task.file, technique=technique)
    except (SpectraError, OSError) as error:
        log.skip(task.file, str(error), name=task.row.substance if task.row else "")
        return ()


def _one_technique(
    measured: Sequence[_Measured], log: Log, wanted: Technique | None = None
) -> list[_Measured]:
    """Keep the technique that is wanted, or that most spectra have; of equals, the one that came first."""
    counts = Counter(entry.spectrum.technique for entry in measured)
    if not counts:
        return []
    technique: Technique = wanted or counts.most_common(1)[0][0]
    for entry in measured:
        if entry.spectrum.technique != technique:
            log.skip(
                entry.file,
                f"{entry.where}technique {entry.spectrum.technique}, the library is {technique}: "
                f"build a library for each technique",
                name=entry.naming.substance,
            )
    return [entry for entry in measured if entry.spectrum.technique == technique]


def _references(root: Path, measured: Sequence[_Measured], log: Log) -> tuple[Reference, ...]:
    """Make the references, true duplicates once."""
    references: dict[str, Reference] = {}
    for entry in measured:
        provenance = _provenance(root, entry)
        reference = make_reference(entry.spectrum, entry.naming, provenance=provenance)
        earlier = references.get(reference.id)
        if earlier is None:
            references[reference.id] = reference
        else:
            reason = f"{entry.where}the same spectrum and name as {earlier.provenance.file}"
            log.skip(entry.file, reason, name=entry.naming.substance)
    return tuple(references.values())


def _provenance(root: Path, entry: _Measured) -> Provenance:
    row, spectrum = entry.row, entry.spectrum
    instrument, laser_nm = spectrum.metadata.get("instrument"), spectrum.metadata.get("laser_wavelength_nm")
    known_laser = isinstance(laser_nm, int | float) and 0 < laser_nm < float("inf")
    measured = Provenance(
        instrument=str(instrument or ""),
        laser_nm=float(laser_nm) if known_laser and laser_nm is not None else None,
        file=entry.file,
        file_sha256=_file_sha256(root / entry.file, spectrum),
    )
    if row is None:
        return measured
    return dataclasses.replace(
        measured,
        instrument=row.instrument or measured.instrument,
        laser_nm=row.laser_nm or measured.laser_nm,
        licence=row.licence,
        source=row.source,
        identity_assurance=row.identity_assurance,
    )


def _file_sha256(path: Path, spectrum: Spectrum) -> str:
    stated = spectrum.metadata.get("source_sha256")
    if isinstance(stated, str) and _SHA256.fullmatch(stated):
        return stated
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _with_prepared(library: Library, pipelines: Sequence[PreparingPipeline], log: Log) -> Library:
    """Library with its matrices, without the references that a pipeline refuses."""
    try:
        return library.with_prepared(pipelines)
    except LibraryError:
        kept = tuple(reference for reference in library.references if _prepares(reference, pipelines, log))
    if not kept:
        raise LibraryError(
            f"library {library.name!r}: no reference can be prepared; first: {log.skipped[-1].reason}"
        )
    return dataclasses.replace(library, references=kept).with_prepared(pipelines)


def _prepares(reference: Reference, pipelines: Sequence[PreparingPipeline], log: Log) -> bool:
    try:
        for pipeline in pipelines:
            prepare([reference], pipeline)
    except LibraryError as error:
        log.skip(reference.provenance.file, str(error), name=reference.label.substance)
        return False
    return True
