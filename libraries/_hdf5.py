"""Bytes on the disk to plain arrays and back: the only place that knows HDF5.

A library file is a seal of 512 bytes (the HDF5 user block) and an HDF5 image. The seal
states the length and the SHA-256 of the image, and both are checked before the HDF5
library sees a byte: given damaged metadata it crashes or never returns (measured, see
docs/library-format.md), and a crash is no message.
What the datasets mean stands in ``_layout``.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from spectra._atomic import write_atomically
from spectra.errors import LibraryError, WriteError

from ._stored import FORMAT, HASH_ATTRIBUTE, VERSION, Scalar, StoredTree, content_sha256

MAX_FILE_BYTES: Final = 8 * 2**30

_SEAL_BYTES: Final = 512
_HDF5_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_DTYPES: Final = frozenset({"|u1", "<i8", "<f4", "<f8"})
_MAX_DEPTH: Final = 3
_H5PY_ERRORS: Final = (
    OSError, KeyError, RuntimeError, TypeError, ValueError, AttributeError, OverflowError, MemoryError,
)  # fmt: skip

_Node = tuple[str, dict[str, Scalar], dict[str, NDArray[Any]]]
_REBUILD: Final = "build the library again or take it from its release"


def to_bytes(tree: StoredTree) -> bytes:
    """Sealed file image of a tree; the same tree always gives the same bytes.

    Raises
    ------
    LibraryError
        When HDF5 cannot hold the tree.
    """
    try:
        with h5py.File(
            "library.h5", "w", driver="core", backing_store=False, userblock_size=_SEAL_BYTES
        ) as file:
            for group, attributes in sorted(tree.attributes.items()):
                node = file.require_group(group)
                for name, value in sorted(attributes.items()):
                    node.attrs[name] = value
            for path, array in sorted(tree.datasets.items()):
                file.create_dataset(path, data=array, track_times=False)
            file.flush()
            image: bytes = file.id.get_file_image()
    except _H5PY_ERRORS as error:
        raise LibraryError(f"the library could not be put into HDF5 ({error}): shorten its texts") from error
    return _seal(image) + image


def from_bytes(data: bytes, path: str) -> StoredTree:
    """Verify a library file and return its content.

    Parameters
    ----------
    data : bytes
        The whole file.
    path : str
        What messages call the file.

    Raises
    ------
    LibraryError
        When the bytes are not an intact library of a known version.
    """
    _check_seal(data, path)
    attributes: dict[str, dict[str, Scalar]] = {}
    datasets: dict[str, NDArray[Any]] = {}
    try:
        with h5py.File(h5py.h5f.open_file_image(data), "r") as file:
            for group, values, arrays in _walk(file, "/", len(data)):
                attributes[group] = values
                datasets.update(arrays)
        tree = StoredTree(attributes, datasets)
        actual, stated = content_sha256(tree), attributes["/"].get(HASH_ATTRIBUTE)
    except LibraryError as error:
        raise LibraryError(f"{path}: {error}; {_REBUILD}") from error
    except _H5PY_ERRORS as error:
        detail = " ".join(str(error).split())
        raise LibraryError(f"{path}: the HDF5 inside is damaged ({detail}); {_REBUILD}") from error
    if stated != actual:
        raise LibraryError(
            f"{path}: the content was changed, its hash is {actual[:16]}…, expected {str(stated)[:16]}…; "
            f"{_REBUILD}"
        )
    return tree


def read_bytes(path: str) -> bytes:
    """Bytes of a regular file of at most ``MAX_FILE_BYTES``.

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
            return file.read(MAX_FILE_BYTES + 1)
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


def write_file(path: str, data: bytes) -> None:
    """Put ``data`` at ``path`` whole or not at all.

    Raises
    ------
    LibraryError
        When the folder or file cannot be written.
    """
    try:
        write_atomically(path, data)
    except WriteError as error:
        raise LibraryError(str(error)) from error


def _seal(image: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(image).hexdigest()
    text = f"{FORMAT} {VERSION}\nlength {len(image)}\nsha256 {digest}\n"
    return text.encode("ascii").ljust(_SEAL_BYTES, b"\0")


def _check_seal(data: bytes, path: str) -> None:
    if not data:
        raise LibraryError(f"{path}: is empty, expected a library; {_REBUILD}")
    if data.startswith(_HDF5_SIGNATURE):
        raise LibraryError(
            f"{path}: is another program's HDF5 file, expected a contraspec library; check the path"
        )
    head, _, _ = data[:_SEAL_BYTES].partition(b"\n")
    name, _, version = head.partition(b" ")
    if name != FORMAT.encode() or not version.isdigit():
        raise LibraryError(
            f"{path}: is not a contraspec library; build one with 'library build' or check the path"
        )
    if len(version) > 9 or int(version) > VERSION:
        raise LibraryError(
            f"{path}: has library format version {version[:9].decode()}, expected at most {VERSION}; "
            f"update contraspec"
        )
    image = memoryview(data)[_SEAL_BYTES:]
    stated_length = _stated_length(data)
    if stated_length is not None and len(image) < stated_length:
        missing = stated_length - len(image)
        raise LibraryError(f"{path}: is cut short, {missing} bytes are missing; copy it again or {_REBUILD}")
    if data[:_SEAL_BYTES] != _seal(image):
        raise LibraryError(f"{path}: is damaged or was changed, its bytes don't fit its seal; {_REBUILD}")


def _stated_length(data: bytes) -> int | None:
    for line in data[:_SEAL_BYTES].split(b"\n"):
        keyword, _, value = line.partition(b" ")
        if keyword == b"length" and value.isdigit() and len(value) < 20:
            return int(value)
    return None


def _walk(group: Any, path: str, file_bytes: int) -> Iterator[_Node]:
    """Path, attributes and datasets of a group and those below, refusing what this format never writes."""
    for name in (*group.attrs, *group):
        if not (isinstance(name, str) and name.isascii()):
            raise LibraryError(f"{path} holds the name {name!r}, expected ASCII")
    attributes = {name: _scalar(name, group.attrs[name]) for name in group.attrs}
    datasets: dict[str, NDArray[Any]] = {}
    groups: list[tuple[Any, str]] = []
    for name in group:
        child_path = f"{path.rstrip('/')}/{name}"
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise LibraryError(f"{child_path} is a link, expected data")
        child = group[name]
        if isinstance(child, h5py.Dataset):
            datasets[child_path] = _array(child, child_path, file_bytes)
        elif isinstance(child, h5py.Group) and child_path.count("/") < _MAX_DEPTH:
            groups.append((child, child_path))
        else:
            raise LibraryError(f"{child_path} is neither a dataset nor a group of this format")
    yield path, attributes, datasets
    for child, child_path in groups:
        yield from _walk(child, child_path, file_bytes)


def _scalar(name: str, value: Any) -> Scalar:
    if isinstance(value, str):
        return value
    if isinstance(value, np.int64):
        return int(value)
    if isinstance(value, np.float64):
        return float(value)
    raise LibraryError(f"attribute {name} is a {type(value).__name__}, expected text or a number")


def _array(dataset: Any, path: str, file_bytes: int) -> NDArray[Any]:
    if dataset.dtype.str not in _DTYPES or dataset.ndim not in (1, 2):
        raise LibraryError(
            f"{path} has dtype {dataset.dtype} and {dataset.ndim} dimensions, expected plain numbers"
        )
    if dataset.chunks is not None or dataset.external or dataset.is_virtual or len(dataset.attrs):
        raise LibraryError(f"{path} is not stored in one piece in this file")
    n_bytes = dataset.dtype.itemsize
    for length in dataset.shape:
        n_bytes *= int(length)
    if n_bytes > file_bytes or dataset.id.get_storage_size() != n_bytes:
        raise LibraryError(f"{path} claims {n_bytes} bytes in a file of {file_bytes}")
    array: NDArray[Any] = dataset[...]
    return array
