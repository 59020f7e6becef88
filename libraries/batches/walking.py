"""Which files a batch means: folders with all that is below them, patterns, and files by name."""

import glob
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_TEMPORARY: Final = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")
"""What a write that was cut short leaves; nobody's scan."""


@dataclass(frozen=True)
class Place:
    """One file of a batch.

    Attributes
    ----------
    root : int
        Which of the inputs it comes from, from 0.
    file : str
        What results call it: below the folder given, with forward slashes; as typed for a file.
    path : str
        What opens it.
    typed : str
        What results call it where another input has a file of that name.
    """

    root: int
    file: str
    path: str
    typed: str


@dataclass(frozen=True)
class Own:
    """What a batch writes itself, which is never its input.

    Attributes
    ----------
    files, folders : frozenset of str
        Absolute paths.
    endings : tuple of str
        Of names.
    """

    files: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: Iterable[str], folders: Iterable[str] = (), *, endings: tuple[str, ...] = ()) -> "Own":
        """Collect paths as typed."""
        absolute = [frozenset(map(os.path.abspath, paths)) for paths in (files, folders)]
        return cls(absolute[0], absolute[1], endings)

    def holds(self, path: str) -> bool:
        """Whether a path is one of them, or what is left of writing one."""
        absolute = os.path.abspath(path)
        return (
            absolute in self.files
            or absolute in self.folders
            or (bool(self.endings) and path.endswith(self.endings))
            or _TEMPORARY.fullmatch(os.path.basename(path)) is not None
        )


def find_places(inputs: Iterable[str], own: Own) -> Iterator[Place]:
    """Every file of every input, in no order below a folder.

    A folder that cannot be listed, or that has no file at all, is a place itself: reading it tells why.
    So is a name or pattern that no file has.

    Parameters
    ----------
    inputs : iterable of str
        Folders, files and patterns with ``*`` or ``?``, as typed.
    own : Own
        What to leave out.
    """
    for root, typed in enumerate(inputs):
        if os.path.isdir(typed):
            yield from _below(root, typed, own)
        elif os.path.lexists(typed) or not ("*" in typed or "?" in typed):
            yield _named(root, typed)
        else:
            found = glob.glob(typed.replace("[", "[[]"), recursive=True)
            files = [path for path in found if not os.path.isdir(path) and not own.holds(path)]
            yield from (_named(root, path) for path in files or [typed])


def read_list(path: str) -> Iterator[str]:
    """Read the inputs that a list names, one a line; blank lines and those with a # in front are none.

    Raises
    ------
    OSError, UnicodeDecodeError
        When it cannot be read as UTF-8 text.
    """
    with open(path, encoding="utf-8-sig") as lines:
        for line in lines:
            name = line.strip()
            if name and not name.startswith("#"):
                yield name


def _below(root: int, folder: str, own: Own) -> Iterator[Place]:
    """Files below a folder; links to folders are followed, but never in a circle."""
    pending, empty = [(folder, "", frozenset({os.path.realpath(folder)}))], True
    while pending:
        here, prefix, above = pending.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if own.holds(entry.path):
                        continue
                    file = f"{prefix}{entry.name}"
                    if not entry.is_dir():
                        empty = False
                        yield Place(root, file, entry.path, _slashed(os.path.join(folder, file)))
                        continue
                    real = os.path.realpath(entry.path)
                    if real not in above:
                        pending.append((entry.path, f"{file}/", above | {real}))
        except OSError:
            empty = False
            yield Place(root, prefix.rstrip("/") or _slashed(folder), here, _slashed(here))
    if empty:
        yield _named(root, folder)


def _named(root: int, path: str) -> Place:
    return Place(root, _slashed(path), path, _slashed(path))


def _slashed(path: str) -> str:
    """Forward slashes on every system, so that the same batch gives the same rows."""
    return path.replace(os.sep, "/")
