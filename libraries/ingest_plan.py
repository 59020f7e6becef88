"""What is to be read, and what each spectrum of it is called: folders, single files, manifests, titles."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from spectra.errors import LibraryError
from spectra.spectrum import Spectrum

from .manifest import ManifestRow, read_manifest
from .reference import Naming
from .substances import find_substance, normalise_name, states_form
from .substances_stated import find_stated, settled_role

Names = Literal["file", "title"]
NAMES: Final[tuple[Names, ...]] = ("file", "title")
"""Where a spectrum without a manifest row has its name from: the file's name, or its own title or column."""

_REPLICATE: Final = re.compile(r"(.+)_[0-9]+")


@dataclass(frozen=True)
class Skipped:
    """A file, or one spectrum of it, that is not in the library.

    Attributes
    ----------
    file : str
        Path inside the folder.
    reason : str
        Why, in one sentence.
    name : str
        Substance that it was to be a reference of; empty where that is not known.
    unusable : bool
        True where it is a measurement that the quality gate refused.
    """

    file: str
    reason: str
    name: str = ""
    unusable: bool = False


@dataclass(frozen=True)
class Fault:
    """Something that was stated of a reference and is not in the library.

    Attributes
    ----------
    file : str
        Path inside the folder.
    name : str
        Substance it was stated of.
    column : str
        Of the manifest.
    value : str
        What was stated.
    taken : str
        What stands in the library instead; empty for nothing.
    """

    file: str
    name: str
    column: str
    value: str
    taken: str = ""


@dataclass
class Log:
    """What was noticed on the way."""

    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def warn(self, text: str) -> None:
        """Note what the maker should look at, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def fault(self, fault: Fault) -> None:
        """Note what was stated and not taken over, once."""
        if fault not in self.faults:
            self.faults.append(fault)

    def skip(self, file: str, reason: str, *, name: str = "", unusable: bool = False) -> None:
        """Note what was left out."""
        self.skipped.append(Skipped(file, reason, name, unusable))


@dataclass(frozen=True)
class Source:
    """Where measurements come from.

    Attributes
    ----------
    folder : Path
        Holds them; names of files are relative to it.
    files : tuple of str or None
        The files to read; None for all in the folder and those below it.
    manifest : Path or None
        Table of ``libraries.manifest``.
    names : str
        One of ``NAMES``.
    stated : ManifestRow or None
        What the caller says of all of them instead of a manifest; its ``file`` does not count.
    """

    folder: Path
    files: tuple[str, ...] | None = None
    manifest: Path | None = None
    names: Names = "file"
    stated: ManifestRow | None = None


@dataclass(frozen=True)
class Task:
    """One file to read and what its spectra are of.

    Attributes
    ----------
    file : str
        Path inside the folder, with forward slashes.
    naming : Naming
        Of every spectrum of it, unless ``rows`` or ``names`` say more.
    row : ManifestRow or None
        What was stated of the whole file.
    rows : mapping of int to ManifestRow
        What was stated of single spectra, by their index from 0; then the others are left out.
    names : str
        One of ``NAMES``.
    """

    file: str
    naming: Naming
    row: ManifestRow | None = None
    rows: Mapping[int, ManifestRow] = field(default_factory=dict)
    names: Names = "file"


def plan(source: Source, files: Sequence[str], log: Log) -> list[Task]:
    """Tasks of a source, in the order of its files.

    Parameters
    ----------
    source : Source
        Folder, files or both with a manifest.
    files : sequence of str
        What there is, of ``list_files``.
    log : Log
        Told what is left out.

    Raises
    ------
    LibraryError
        On a wrong manifest.
    """
    if source.manifest is not None:
        return _listed(source.manifest, source.folder, files, log)
    if source.stated is not None:
        rows = [replace(source.stated, file=file) for file in files]
        return [Task(row.file, stated_naming(row, log), row) for row in rows]
    return _by_names(files, source.names, log)


def list_files(source: Source, log: Log) -> list[str]:
    """Files of a source with forward slashes: those named, or all of the folder in sorted order.

    Raises
    ------
    LibraryError
        When the folder is none.
    """
    if not source.folder.is_dir():
        raise LibraryError(
            f"{source.folder}: is not a folder, expected one with measurements; check the path"
        )
    return list(_walk(source.folder, log)) if source.files is None else list(source.files)


def _walk(root: Path, log: Log) -> Iterator[str]:
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


def _by_names(files: Sequence[str], names: Names, log: Log) -> list[Task]:
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
        name = match.group(1) if match and shared[match.group(1)] > 1 else stem
        tasks.append(Task(file, known_naming(name), names=names))
    return tasks


def known_naming(substance: str) -> Naming:
    """Name a reference by what the shipped table knows of a bare name.

    A file called ``glucose`` does not say which solid form was measured, so neither does the
    reference; where forms have identifiers of their own, those stay empty too.

    Parameters
    ----------
    substance : str
        As it stands in the file's name or title.
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


def titled(spectrum: Spectrum, index: int, file: str) -> str:
    """Name of one spectrum by its own title or column, or by file and number where it has none."""
    for key in ("label", "y_column"):
        title = str(spectrum.metadata.get(key) or "").strip()
        if title:
            return title
    return f"{Path(file).stem} {index + 1}"


def _listed(manifest: Path, root: Path, files: Sequence[str], log: Log) -> list[Task]:
    """Tasks of the files that the manifest lists and the folder has."""
    checked = read_manifest(manifest)
    log.warnings.extend(checked.warnings)
    listed = {row.file for row in checked.rows}
    by_file: dict[str, list[ManifestRow]] = {}
    for row in checked.rows:
        if (root / row.file).is_file():
            by_file.setdefault(row.file, []).append(row)
        else:
            reason = f"listed on line {row.line} of the manifest, but no such file is in the folder"
            log.skip(row.file, reason, name=row.substance)
    own = manifest.resolve()
    for file in files:
        if file not in listed and (root / file).resolve() != own:
            log.skip(file, "not in the manifest")
    tasks = []
    for file, rows in sorted(by_file.items()):
        first = rows[0]
        whole = None if first.index is not None else first
        single = {row.index: row for row in rows if row.index is not None}
        tasks.append(Task(file, stated_naming(first, log), whole, single))
    return tasks


def stated_naming(row: ManifestRow, log: Log) -> Naming:
    """Name a reference as the maker states; the table adds role and identity.

    Where name and identifiers are of different substances, the name says which it is and the gravest
    role counts. A role of the table that alerts is never weakened by a stated one.

    Parameters
    ----------
    row : ManifestRow
        What was stated.
    log : Log
        Told of identifiers of another substance, and of what was stated and not taken over.
    """
    known = find_stated(row.substance, form=row.form, cas=row.cas, inchikey=row.inchikey)
    role = settled_role(row.role, known.role)
    where = f"manifest line {row.line}: " if row.line else ""
    for conflict in known.conflicts:
        log.warn(f"{where}{row.substance!r}: {conflict}; taken as {row.substance!r} with role {role!r}")
    for column, value in row.refused:
        log.fault(Fault(row.file, row.substance, column, value))
    if row.role is not None and role != row.role:
        log.fault(Fault(row.file, row.substance, "role", row.role, role))
        log.warn(
            f"{where}{row.substance!r} has role {row.role!r}, the substance table says {known.role!r}: "
            f"{role!r} is kept, since a table's alert is never taken away"
        )
    return Naming(
        row.substance,
        form=row.form,
        cas=row.cas,
        inchikey=row.inchikey,
        role=role,
        grade=row.grade,
        identity=known.identity,
    )
