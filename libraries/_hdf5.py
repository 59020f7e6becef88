"""Plain arrays to HDF5 images and back: the only place that knows HDF5.

Container 1 is a seal of 512 bytes (the HDF5 user block) and an HDF5 image. The seal
states the length and the SHA-256 of the image, and both are checked before the HDF5
library sees a byte: given damaged metadata it crashes or never returns (measured, see
docs/library-format.md), and a crash is no message. Of container 2 it sees none (``_sealed``).
What the datasets mean stands in ``_layout``.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError

from ._container import REBUILD, SEAL_BYTES, check_seal, damaged, seal
from ._pieces import pieces
from ._sink import Sink
from ._stored import HASH_ATTRIBUTE, Scalar, StoredTree, content_sha256

_DTYPES: Final = frozenset({"|u1", "<i8", "<f4", "<f8"})
_MAX_DEPTH: Final = 3
_H5PY_ERRORS: Final = (
    OSError, KeyError, RuntimeError, TypeError, ValueError, AttributeError, OverflowError, MemoryError,
)  # fmt: skip

_Node = tuple[str, dict[str, Scalar], dict[str, NDArray[Any]]]


def to_bytes(tree: StoredTree) -> bytes:
    """Sealed file of container 1; the same tree always gives the same bytes.

    Raises
    ------
    LibraryError
        When HDF5 cannot hold the tree.
    """
    try:
        with h5py.File(
            "library.h5", "w", driver="core", backing_store=False, userblock_size=SEAL_BYTES
        ) as file:
            _fill(file, tree)
            file.flush()
            image: bytes = file.id.get_file_image()
    except _H5PY_ERRORS as error:
        raise _unfit(error) from error
    return seal(image) + image


def write_image(tree: StoredTree, file: BinaryIO, block: int, *, alignment: int) -> dict[str, int]:
    """Write an HDF5 file that holds a tree behind ``block`` bytes, piece by piece.

    Parameters
    ----------
    tree : StoredTree
        What to write.
    file : binary file
        Empty, open for writing under its ``name``.
    block : int
        Length of the user block, which is left out.
    alignment : int
        Bytes that the place of every dataset is a multiple of.

    Returns
    -------
    dict of path to int
        Where in the file each dataset lies.

    Raises
    ------
    LibraryError
        When HDF5 cannot hold the tree.
    OSError
        When it cannot be written.
    """
    options = {"alignment_threshold": 1, "alignment_interval": alignment}
    with Sink(file) as sink:
        try:
            with h5py.File(sink, "w", userblock_size=block, **options) as image:
                return _fill(image, tree)
        except _H5PY_ERRORS as error:
            raise _unfit(error) from error


def _fill(file: Any, tree: StoredTree) -> dict[str, int]:
    """Put a tree into an open file and say where each dataset lies."""
    for group, attributes in sorted(tree.attributes.items()):
        node = file.require_group(group)
        for name, value in sorted(attributes.items()):
            node.attrs[name] = value
    offsets = {}
    for path, values in sorted(tree.datasets.items(), key=lambda item: item[0]):
        dataset = file.create_dataset(path, shape=values.shape, dtype=values.dtype, track_times=False)
        first = 0
        for piece in pieces(values):
            dataset[first : first + len(piece)] = piece
            first += len(piece)
        offsets[path] = dataset.id.get_offset() or 0
    return offsets


def _unfit(error: Exception) -> LibraryError:
    return LibraryError(f"the library could not be put into HDF5 ({error}): shorten its texts")


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
    if check_seal(data, path) != len(data):
        raise damaged(path)
    return from_sealed(data, path)


def from_sealed(data: bytes, path: str) -> StoredTree:
    """Content of a library file whose seal was verified, and nothing behind it.

    Parameters
    ----------
    data : bytes
        Seal and image.
    path : str
        What messages call the file.

    Raises
    ------
    LibraryError
        When the content is not that of a library.
    """
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
        raise LibraryError(f"{path}: {error}; {REBUILD}") from error
    except _H5PY_ERRORS as error:
        detail = " ".join(str(error).split())
        raise LibraryError(f"{path}: the HDF5 inside is damaged ({detail}); {REBUILD}") from error
    if stated != actual:
        raise LibraryError(
            f"{path}: the content was changed, its hash is {actual[:16]}…, expected {str(stated)[:16]}…; "
            f"{REBUILD}"
        )
    return tree


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
