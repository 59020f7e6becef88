"""Two who change one library: the second is told, and nothing of the first is lost."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spectra.errors import LibraryError

from ._container import SEAL_BYTES, opened, sealed_length

WAIT_S: Final = 30.0
"""For another who is about to replace the same file: that takes milliseconds."""


@dataclass(frozen=True)
class Origin:
    """The file that a library came from, as it was then.

    Attributes
    ----------
    path : str
        Absolute.
    mark : str
        Hash of its seal, which covers all sealed bytes, and of the release behind them.
    """

    path: str
    mark: str


def origin_of(path: str, seal: bytes, release: bytes) -> Origin:
    """Origin of a library whose file was read.

    Parameters
    ----------
    path : str
        As typed.
    seal : bytes
        The first bytes of the file.
    release : bytes
        All that stands behind the sealed ones.
    """
    return Origin(os.path.realpath(path), _mark(seal, release))


def read_origin(path: str) -> Origin:
    """Origin of a library that is there, without reading its content.

    Raises
    ------
    LibraryError
        When it cannot be read.
    """
    with opened(path) as file:
        seal = file.read(SEAL_BYTES)
        file.seek(sealed_length(seal))
        return origin_of(path, seal, file.read())


@contextlib.contextmanager
def replacing(path: str, origin: Origin | None) -> Iterator[None]:
    """Be the only one to replace a library, and only the one that was read.

    Parameters
    ----------
    path : str
        What is to be replaced.
    origin : Origin or None
        What the new content was made from; of another file, or None, nothing is compared.

    Raises
    ------
    LibraryError
        When another stands there by now, or somebody else keeps the lock.
    """
    if origin is None or _same(origin.path) != _same(path):
        yield
        return
    with _locked(path):
        # what was taken away cannot be lost: the file is made again
        if os.path.exists(path) and read_origin(path).mark != origin.mark:
            raise LibraryError(
                f"{path}: was changed by another since it was read, and nothing was written; read it again "
                f"and repeat the change"
            )
        yield


def _mark(seal: bytes, release: bytes) -> str:
    return hashlib.sha256(seal[:SEAL_BYTES] + release).hexdigest()


def _same(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


@contextlib.contextmanager
def _locked(path: str) -> Iterator[None]:
    """Hold the lock beside a library, which the death of its holder frees."""
    from filelock import FileLock, Timeout  # only where a library is replaced

    target = Path(os.path.realpath(path))
    lock = FileLock(target.with_name(f".{target.name[:100]}.lock"))
    try:
        lock.acquire(timeout=WAIT_S)
    except Timeout as error:
        raise LibraryError(
            f"{path}: another program has been replacing it for {WAIT_S:g} s; let that end, then repeat"
        ) from error
    except OSError as error:
        raise LibraryError(
            f"{path}: cannot be locked ({error.strerror or error}), so another's change might be lost; "
            f"write to another folder with -o"
        ) from error
    try:
        yield
    finally:
        lock.release()
