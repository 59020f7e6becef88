"""Labelled cases: scans in a folder, and what each of them is of."""

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spectra.errors import LibraryError, SpectraError
from spectra.io import read_spectra
from spectra.spectrum import Spectrum

from ..manifest import inside_folder, read_table_text
from ..substances import identity_key, normalise_name

COLUMNS: Final = ("file", "substance", "form")
_REPLICATE: Final = re.compile(r"(.+)_\d+", re.DOTALL)


@dataclass(frozen=True)
class CaseFile:
    """A file and what it is of.

    Attributes
    ----------
    file : str
        Path inside the folder, with forward slashes.
    substance : str
        What it is of; empty for a stranger whose name does not matter.
    form : str
        Solid form; empty where it is not known.
    """

    file: str
    substance: str
    form: str = ""


@dataclass(frozen=True)
class Case:
    """A spectrum of a case, or why there is none.

    Attributes
    ----------
    of : CaseFile
        Its file and label.
    index : int
        Which spectrum of the file, from 0.
    spectrum : Spectrum or None
        As read.
    problem : str
        Why it could not be read; empty where it could.
    """

    of: CaseFile
    index: int
    spectrum: Spectrum | None
    problem: str = ""


def list_cases(
    folder: str | os.PathLike[str], *, manifest: str | os.PathLike[str] | None = None
) -> tuple[CaseFile, ...]:
    """Find the case files of a folder and of those below it, sorted by path.

    Without a manifest the file's stem is the substance, without a trailing ``_`` and digits.

    Parameters
    ----------
    folder : str or path-like
        Holds the scans.
    manifest : str or path-like, optional
        CSV with the columns ``file``, ``substance`` and, where known, ``form``. Only listed files count;
        an empty substance is that of a stranger.

    Raises
    ------
    LibraryError
        No folder, no case in it, or a wrong manifest; names the line.
    """
    root = Path(folder)
    if not root.is_dir():
        raise LibraryError(f"{root}: is not a folder, expected one with cases; check the path")
    if manifest is not None:
        return _listed(Path(manifest))
    found = []
    for here, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        place = Path(here).relative_to(root)
        found += [(place / name).as_posix() for name in names if not name.startswith(".")]
    cases = tuple(
        CaseFile(file, _stem(file)) for file in sorted(found) if not file.casefold().endswith(_NO_SCANS)
    )
    if not cases:
        raise LibraryError(f"{root}: holds no file; expected scans to try the library on")
    return cases


_NO_SCANS: Final = ("cases.csv", "manifest.csv", "readme.md", "readme.txt")


def read_cases(
    folder: str | os.PathLike[str],
    files: Sequence[CaseFile],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Case]:
    """Read case files one after the other.

    Parameters
    ----------
    folder : str or path-like
        Where they lie.
    files : sequence of CaseFile
        What to read.
    progress : callable, optional
        Called with what is done and what there is to do.

    Yields
    ------
    Case
        One per spectrum; one with a problem per file that cannot be read.
    """
    for done, each in enumerate(files):
        path = Path(folder) / each.file
        try:
            if not path.is_file():  # a pipe would never end
                yield Case(each, 0, None, "there is no such file")
            else:
                for index, spectrum in enumerate(read_spectra(path)):
                    yield Case(each, index, spectrum)
        except (SpectraError, OSError) as error:
            yield Case(each, 0, None, str(error))
        if progress is not None:
            progress(done + 1, len(files))


def identities_of(names: Mapping[str, str], substance: str) -> str | None:
    """Identity that a library gives a substance, None when it has it not.

    Parameters
    ----------
    names : mapping of str to str
        Identity by each name that the library knows, from ``known_names``.
    substance : str
        As labelled.
    """
    if not substance:
        return None
    return names.get(identity_key(substance)) or names.get(normalise_name(substance))


def known_names(labels: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Identity by identity and by name of a library's references.

    Parameters
    ----------
    labels : sequence of tuple of str
        Substance and identity of each.
    """
    names = {normalise_name(substance): identity for substance, identity in labels}
    return names | {identity: identity for _, identity in labels}


def _stem(file: str) -> str:
    stem = Path(file).stem
    match = _REPLICATE.fullmatch(stem)
    return match.group(1) if match else stem


def _listed(path: Path) -> tuple[CaseFile, ...]:
    text = read_table_text(path)
    header, _, _ = text.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise LibraryError(f"{path} line {reader.line_num}: {error}; expected CSV, mend that line") from error
    columns = [cell.casefold().replace(" ", "_") for cell in rows[0][1]] if rows else []
    for required in COLUMNS[:2]:
        if columns.count(required) != 1:
            raise LibraryError(f"{path} line 1: expected one column {required!r}, and file,substance[,form]")
    cases: dict[str, CaseFile] = {}
    for line, cells in rows[1:]:
        values = dict(zip(columns, cells, strict=False))
        if not any(cells):
            continue
        if not values.get("file"):
            raise LibraryError(f"{path} line {line}: file is empty; expected a path inside the folder")
        file = inside_folder(f"{path} line {line}", values["file"])
        if file in cases:
            raise LibraryError(f"{path} line {line}: {file!r} stands twice; keep one")
        cases[file] = CaseFile(file, values.get("substance", ""), values.get("form", ""))
    if not cases:
        raise LibraryError(f"{path}: lists no case; expected one row per file")
    return tuple(cases[file] for file in sorted(cases))
