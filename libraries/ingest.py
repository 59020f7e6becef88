"""From a folder of measurements to a library: reads what can be read and says what was left out."""

import dataclasses
import datetime
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from spectra.errors import LibraryError, SpectraError
from spectra.io import read_spectra
from spectra.label import ALERT_ROLES
from spectra.quality import assess_quality
from spectra.spectrum import Spectrum
from spectra.units import Technique

from .library import Library, PreparingPipeline, prepare
from .manifest import ManifestRow, read_manifest
from .reference import Naming, Provenance, Reference, make_reference
from .substances import find_by_cas, find_substance, normalise_name, states_form

_REPLICATE: Final = re.compile(r"(.+)_[0-9]+")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Skipped:
    """A file, or one spectrum of it, that is not in the library.

    Attributes
    ----------
    file : str
        Path inside the folder.
    reason : str
        Why, in one sentence.
    """

    file: str
    reason: str


@dataclass(frozen=True)
class BuildResult:
    """A built library and what is not in it.

    Attributes
    ----------
    library : Library
        Not yet saved.
    skipped : tuple of Skipped
        In the order of the files.
    warnings : tuple of str
        What the maker should look at, though nothing was left out for it.
    """

    library: Library
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Task:
    """One file to read and what it is of."""

    file: str
    naming: Naming
    row: ManifestRow | None = None


@dataclass(frozen=True)
class _Measured:
    """One spectrum that was read."""

    task: _Task
    spectrum: Spectrum
    where: str


@dataclass
class _Log:
    """What was noticed on the way."""

    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def skip(self, file: str, reason: str) -> None:
        self.skipped.append(Skipped(file, reason))


def build_library(
    folder: str | os.PathLike[str],
    *,
    manifest: str | os.PathLike[str] | None = None,
    name: str | None = None,
    pipelines: Iterable[PreparingPipeline] = (),
    progress: Callable[[int, int], None] | None = None,
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
    root = Path(folder)
    if not root.is_dir():
        raise LibraryError(f"{root}: is not a folder, expected one with measurements; check the path")
    log = _Log()
    files = list(_walk(root, log))
    tasks = _plan(files, log) if manifest is None else _plan_listed(Path(manifest), root, files, log)
    measured = _one_technique(_read_all(root, tasks, log, progress), log)
    references = _references(root, measured, log)
    if not references:
        first = f"; the first: {log.skipped[0].file}: {log.skipped[0].reason}" if log.skipped else ""
        raise LibraryError(f"{root}: no usable spectrum in {len(files)} files{first}")
    library = Library(
        name=name or _folder_name(root),
        technique=references[0].spectrum.technique,
        references=references,
        created=created or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    library = _with_prepared(library, tuple(pipelines), log)
    order = {file: place for place, file in enumerate(files)}
    skipped = sorted(log.skipped, key=lambda entry: (order.get(entry.file, -1), entry.file))
    return BuildResult(library, tuple(skipped), tuple(log.warnings))


def _folder_name(root: Path) -> str:
    return root.resolve().name.encode("utf-8", "replace").decode("utf-8") or "library"


def _walk(root: Path, log: _Log) -> Iterator[str]:
    """Files below ``root`` in sorted order, with forward slashes."""

    def unreadable(error: OSError) -> None:
        place = Path(error.filename).relative_to(root).as_posix()
        log.skip(place, f"the folder cannot be read ({error.strerror})")

    found: list[str] = []
    for folder, folders, names in os.walk(root, onerror=unreadable):
        here = Path(folder).relative_to(root)
        for entry in sorted(folders):
            place = (here / entry).as_posix()
            if entry.startswith("."):
                log.skip(place, "hidden folder")
            elif (Path(folder) / entry).is_symlink():
                log.skip(place, "link to a folder, not followed")
            else:
                continue
            folders.remove(entry)
        found.extend((here / entry).as_posix() for entry in names)
    for file in sorted(found):
        if file.rpartition("/")[2].startswith("."):
            log.skip(file, "hidden file")
        else:
            yield file


def _plan(files: Sequence[str], log: _Log) -> list[_Task]:
    """Tasks of all files, named by their stems."""
    stems = {Path(file).stem for file in files}
    shared = Counter(match.group(1) for stem in stems if (match := _REPLICATE.fullmatch(stem)))
    tasks = []
    for file in files:
        if Path(file).name.casefold() == "manifest.csv":
            log.skip(file, "looks like a manifest; give it with --manifest to use it")
            continue
        stem = Path(file).stem
        match = _REPLICATE.fullmatch(stem)
        tasks.append(_Task(file, _naming(match.group(1) if match and shared[match.group(1)] > 1 else stem)))
    return tasks


def _naming(substance: str) -> Naming:
    """Name a reference by what the shipped table knows of a bare name.

    A file called ``glucose`` does not say which solid form was measured, so neither does the
    reference; where forms have identifiers of their own, those stay empty too.
    """
    record = find_substance(substance)
    if record is None:
        return Naming(substance, identity=normalise_name(substance))
    form = record.form if states_form(substance) else ""
    known = record if form else find_substance(record.substance) or record
    return Naming(
        substance,
        form=form,
        cas=known.cas,
        inchikey=known.inchikey,
        role=record.role,
        identity=record.identity,
    )


def _plan_listed(manifest: Path, root: Path, files: Sequence[str], log: _Log) -> list[_Task]:
    """Tasks of the files that the manifest lists and the folder has."""
    checked = read_manifest(manifest)
    log.warnings.extend(checked.warnings)
    listed = {row.file: row for row in checked.rows}
    for row in checked.rows:
        if not (root / row.file).is_file():
            log.skip(
                row.file, f"listed on line {row.line} of the manifest, but no such file is in the folder"
            )
    own = manifest.resolve()
    for file in files:
        if file not in listed and (root / file).resolve() != own:
            log.skip(file, "not in the manifest")
    present = [row for row in checked.rows if (root / row.file).is_file()]
    return [
        _Task(row.file, _stated_naming(row, log), row) for row in sorted(present, key=lambda row: row.file)
    ]


def _stated_naming(row: ManifestRow, log: _Log) -> Naming:
    """Name a reference as the manifest does; the table only adds role and identity."""
    record = (
        find_by_cas(row.cas) or find_substance(f"{row.substance} {row.form}") or find_substance(row.substance)
    )
    known = record.role if record else "unknown"
    if row.role is not None and row.role not in ALERT_ROLES and known in ALERT_ROLES:
        log.warnings.append(
            f"manifest line {row.line}: {row.substance!r} has role {row.role!r}, "
            f"the substance table says {known!r}"
        )
    return Naming(
        row.substance,
        form=row.form,
        cas=row.cas,
        inchikey=row.inchikey,
        role=row.role or known,
        grade=row.grade,
        identity=record.identity if record else normalise_name(row.substance),
    )


def _read_all(
    root: Path, tasks: Sequence[_Task], log: _Log, progress: Callable[[int, int], None] | None
) -> list[_Measured]:
    """Every spectrum that can be read and passes the quality gate."""
    measured = []
    for done, task in enumerate(tasks, start=1):
        spectra = _read(root, task, log)
        for index, spectrum in enumerate(spectra):
            where = f"spectrum {index + 1}: " if len(spectra) > 1 else ""
            unusable = assess_quality(spectrum).unusable
            if unusable:
                log.skip(task.file, f"{where}unusable: {', '.join(unusable)}")
            else:
                measured.append(_Measured(task, spectrum, where))
        if progress is not None:
            progress(done, len(tasks))
    return measured


def _read(root: Path, task: _Task, log: _Log) -> tuple[Spectrum, ...]:
    technique = task.row.technique if task.row else None
    try:
        if not (root / task.file).is_file():  # a pipe would never end
            log.skip(task.file, "not a regular file, or a link to nothing")
            return ()
        return read_spectra(root / task.file, technique=technique)
    except (SpectraError, OSError) as error:
        log.skip(task.file, str(error))
        return ()


def _one_technique(measured: Sequence[_Measured], log: _Log) -> list[_Measured]:
    """Keep the technique that most spectra have; of equals, the one that came first."""
    counts = Counter(entry.spectrum.technique for entry in measured)
    if not counts:
        return []
    technique: Technique = counts.most_common(1)[0][0]
    for entry in measured:
        if entry.spectrum.technique != technique:
            log.skip(
                entry.task.file,
                f"{entry.where}technique {entry.spectrum.technique}, the library is {technique}: "
                f"build a library for each technique",
            )
    return [entry for entry in measured if entry.spectrum.technique == technique]


def _references(root: Path, measured: Sequence[_Measured], log: _Log) -> tuple[Reference, ...]:
    """Make the references, true duplicates once."""
    references: dict[str, Reference] = {}
    for entry in measured:
        provenance = _provenance(root, entry.task, entry.spectrum)
        reference = make_reference(entry.spectrum, entry.task.naming, provenance=provenance)
        earlier = references.get(reference.id)
        if earlier is None:
            references[reference.id] = reference
        else:
            log.skip(entry.task.file, f"{entry.where}the same spectrum and name as {earlier.provenance.file}")
    return tuple(references.values())


def _provenance(root: Path, task: _Task, spectrum: Spectrum) -> Provenance:
    row = task.row
    instrument, laser_nm = spectrum.metadata.get("instrument"), spectrum.metadata.get("laser_wavelength_nm")
    known_laser = isinstance(laser_nm, int | float) and 0 < laser_nm < float("inf")
    measured = Provenance(
        instrument=str(instrument or ""),
        laser_nm=float(laser_nm) if known_laser and laser_nm is not None else None,
        file=task.file,
        file_sha256=_file_sha256(root / task.file, spectrum),
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


def _with_prepared(library: Library, pipelines: Sequence[PreparingPipeline], log: _Log) -> Library:
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


def _prepares(reference: Reference, pipelines: Sequence[PreparingPipeline], log: _Log) -> bool:
    try:
        for pipeline in pipelines:
            prepare([reference], pipeline)
    except LibraryError as error:
        log.skip(reference.provenance.file, str(error))
        return False
    return True
