"""Libraries that grow and lose references: nothing is ever deleted."""

import dataclasses
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

from spectra.errors import LibraryError

from .._layout import is_candidate
from ..library import Library
from ..reference import Reference

MIN_PREFIX: Final = 6
"""Digits of an id that are enough to name a reference."""


@dataclasses.dataclass(frozen=True)
class Added:
    """A library with further references.

    Attributes
    ----------
    library : Library
        Not prepared, not calibrated, not saved.
    added : tuple of Reference
        What is new in it, in the order they were given.
    present : tuple of Reference
        What it held already, deprecated ones included: the same spectrum under the same name.
    """

    library: Library
    added: tuple[Reference, ...]
    present: tuple[Reference, ...]


def add_references(library: Library, references: Sequence[Reference]) -> Added:
    """Add references behind those that are there.

    Parameters
    ----------
    library : Library
        Keeps its order, its hints and its log; matrices and calibration are of other references now
        and go, and so does the name of the release.
    references : sequence of Reference
        Of the same technique.

    Raises
    ------
    LibraryError
        When a reference is of another technique.
    """
    known = set(library.by_id)
    added: list[Reference] = []
    present: list[Reference] = []
    for reference in references:
        (present if reference.id in known else added).append(reference)
        known.add(reference.id)
    return Added(_changed(library, (*library.references, *added)), tuple(added), tuple(present))


def deprecate_references(library: Library, ids: Iterable[str], reason: str) -> Library:
    """Take references out of use: they stay in the file, and no search sees them.

    Parameters
    ----------
    library : Library
        Matrices and calibration go, as in ``add_references``.
    ids : iterable of str
        Of ``find_ids``.
    reason : str
        Why; stands with each reference.

    Raises
    ------
    LibraryError
        An id that is unknown or deprecated already, no reason, or nothing left to search.
    """
    if not reason.strip():
        raise LibraryError("no reason given: say why the reference is no longer used")
    wanted = set(ids)
    for reference_id in wanted:
        reference = library.by_id.get(reference_id)
        if reference is None:
            raise LibraryError(f"reference {reference_id}: library {library.name!r} has none of that id")
        if reference.deprecated:
            raise LibraryError(f"reference {reference_id} is deprecated already ({reference.deprecated})")
    references = tuple(
        dataclasses.replace(each, label=dataclasses.replace(each.label, deprecated=reason.strip()))
        if each.id in wanted
        else each
        for each in library.references
    )
    if not any(is_candidate(each.label) for each in references):
        raise LibraryError(f"library {library.name!r} would have no reference left to search; keep one")
    return _changed(library, references)


def find_ids(library: Library, wanted: Sequence[str]) -> tuple[str, ...]:
    """Ids by themselves or by their first digits.

    Parameters
    ----------
    library : Library
        Whose references are meant.
    wanted : sequence of str
        Each an id, or at least ``MIN_PREFIX`` digits of one.

    Raises
    ------
    LibraryError
        When one fits no reference, or several; names them.
    """
    found = []
    for text in wanted:
        fitting = [label for label in library.labels if label.id == text]
        if not fitting and len(text) >= MIN_PREFIX:
            fitting = [label for label in library.labels if label.id.startswith(text.casefold())]
        if len(fitting) != 1:
            names = ", ".join(f"{label.id} ({label.substance})" for label in fitting[:5])
            why = f"fits several: {names}" if fitting else "fits none"
            raise LibraryError(
                f"id {text!r} {why} of library {library.name!r}; 'contraspec library show' lists the ids"
            )
        found.append(fitting[0].id)
    return tuple(dict.fromkeys(found))


def select_references(library: Library, patterns: Sequence[str]) -> tuple[Reference, ...]:
    """Find the references in use that a pattern names.

    Parameters
    ----------
    library : Library
        Where they come from.
    patterns : sequence of str
        Ids, or names with ``*`` and ``?`` as in file names; case doesn't count. None of them selects all.

    Raises
    ------
    LibraryError
        When a pattern selects nothing.
    """
    used = [reference for reference in library.references if not reference.deprecated]
    if not patterns:
        return tuple(used)
    chosen: set[str] = set()
    for pattern in patterns:
        hits = [each.id for each in used if _fits(each, pattern.casefold())]
        if not hits:
            raise LibraryError(f"{pattern!r} selects no reference of library {library.name!r}")
        chosen.update(hits)
    return tuple(reference for reference in used if reference.id in chosen)


def _fits(reference: Reference, pattern: str) -> bool:
    label = reference.label
    full = f"{label.substance} {label.form}".strip().casefold()
    return label.id == pattern or any(
        fnmatchcase(name, pattern) for name in (label.substance.casefold(), full)
    )


def _changed(library: Library, references: tuple[Reference, ...]) -> Library:
    """Library of other references, without what was made of the old ones."""
    return dataclasses.replace(
        library, references=references, prepared=(), calibration=None, release="", path=None
    )
