"""The file around the data: opened safely, recognised by its first line, sealed.

Container 1 is verified whole before anything of it is used; ``_sealed`` has container 2.
Nothing here loads HDF5.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO, Final

from spectra.errors import LibraryError

from ._stored import FORMAT

MAX_FILE_BYTES: Final = 8 * 2**30
SEAL_BYTES: Final = 512
CONTAINERS: Final = (1, 2)
"""Versions that can be read."""
REBUILD: Final = "build the library again or take it from its release"

_HDF5_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"


@contextlib.contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a regular file of at most ``MAX_FILE_BYTES``; what goes wrong while it is read is told.

    Raises
    ------
    LibraryError
        When nothing stands there, or something else than a readable file of that size.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise LibraryError(
                f"{path}: is a folder, expected a library file; build one from it with 'library build'"
            )
        if not stat.S_ISREG(status.st_mode):
            raise LibraryError(f"{path}: is not a regular file, expected a library file; check the path")
        if status.st_size > MAX_FILE_BYTES:
            raise LibraryError(
                f"{path}: has {status.st_size} bytes, expected at most {MAX_FILE_BYTES}; split the library"
            )
        with open(path, "rb") as file:
            yield file
    except FileNotFoundError as error:
        raise LibraryError(
            f"{path}: no file is there, expected a library; check the path or build one"
        ) from error
    except (OSError, ValueError, MemoryError) as error:
        if isinstance(error, LibraryError):
            raise
        raise LibraryError(
            f"{path}: cannot be read ({error}), expected a library; check path and rights"
        ) from error


def version_of(start: bytes, path: str) -> int:
    """Container version that the first bytes of a file state.

    Raises
    ------
    LibraryError
        When it is no library or a newer one than is known.
    """
    if not start:
        raise LibraryError(f"{path}: is empty, expected a library; {REBUILD}")
    if start.startswith(_HDF5_SIGNATURE):
        raise LibraryError(
            f"{path}: is another program's HDF5 file, expected a contraspec library; check the path"
        )
    head, _, _ = start[:SEAL_BYTES].partition(b"\n")
    name, _, version = head.partition(b" ")
    if name != FORMAT.encode() or not version.isdigit():
        raise LibraryError(
            f"{path}: is not a contraspec library; build one with 'library build' or check the path"
        )
    if len(version) > 9 or int(version) > max(CONTAINERS):
        raise LibraryError(
            f"{path}: has library format version {version[:9].decode()}, expected at most "
            f"{max(CONTAINERS)}; update contraspec"
        )
    return int(version)


def seal(image: bytes | memoryview) -> bytes:
    """Seal of container 1: length and hash of all that follows."""
    digest = hashlib.sha256(image).hexdigest()
    return pad_seal(f"{FORMAT} 1\nlength {len(image)}\nsha256 {digest}\n")


def pad_seal(text: str) -> bytes:
    """Fill up with zero bytes to the length of a seal."""
    return text.encode("ascii").ljust(SEAL_BYTES, b"\0")


def check_seal(data: bytes, path: str) -> int:
    """Verify the sealed bytes of a whole file of container 1.

    Returns
    -------
    int
        Where they end; what stands behind them is not verified (``releases.block``).

    Raises
    ------
    LibraryError
        When a byte is missing or is another.
    """
    version_of(data, path)
    length = stated_number(data, b"length")
    if length is None:
        raise damaged(path)
    end = SEAL_BYTES + length
    check_length(len(data), end, path)
    if data[:SEAL_BYTES] != seal(memoryview(data)[SEAL_BYTES:end]):
        raise damaged(path)
    return end


def check_length(actual: int, stated: int, path: str) -> None:
    """Refuse a file that is shorter than its seal says.

    Raises
    ------
    LibraryError
        How many bytes are missing.
    """
    if actual < stated:
        raise LibraryError(
            f"{path}: is cut short, {stated - actual} bytes are missing; copy it again or {REBUILD}"
        )


def damaged(path: str) -> LibraryError:
    """Error for bytes that are not those that were sealed."""
    return LibraryError(f"{path}: is damaged or was changed, its bytes don't fit its seal; {REBUILD}")


def stated_number(data: bytes, keyword: bytes) -> int | None:
    """Whole number that a line of the seal states."""
    for line in data[:SEAL_BYTES].split(b"\n"):
        word, _, value = line.partition(b" ")
        if word == keyword and value.isdigit() and len(value) < 20:
            return int(value)
    return None


def sealed_length(start: bytes) -> int:
    """Bytes that a seal of either container covers, itself included; nothing of them is verified."""
    front, length = stated_number(start, b"front"), stated_number(start, b"length")
    return (SEAL_BYTES if front is None else front) + (length or 0)
