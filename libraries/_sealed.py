"""Container 2: a sealed head that says where each dataset lies and what its hash is.

The head is verified when a file is opened, each dataset when somebody asks for it verified, and
all of them by ``verify``. So a library is opened without reading it, by memory map, and without
HDF5 seeing a byte: the HDF5 image behind the head is for other programs.
"""

import hashlib
import json
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError

from ._container import REBUILD, SEAL_BYTES, check_length, damaged, pad_seal, stated_number
from ._pieces import Dataset, as_bytes, n_bytes, pieces
from ._stored import FORMAT, Scalar, StoredTree

MAX_HEAD_BYTES: Final = 16 * 2**20
DTYPES: Final = frozenset({"|u1", "|i1", "<u4", "<i8", "<f4", "<f8"})
ALIGNMENT: Final = 64
"""Every dataset begins at a multiple of so many bytes, so that a map of it is an aligned array."""
_MAX_DIMENSIONS: Final = 3
_PIECE: Final = 2**22


@dataclass(frozen=True)
class Entry:
    """Where a dataset lies.

    Attributes
    ----------
    dtype : str
        One of ``DTYPES``.
    shape : tuple of int
    offset : int
        From the start of the file; 0 for a dataset without values.
    sha256 : str
        Of its bytes.
    """

    dtype: str
    shape: tuple[int, ...]
    offset: int
    sha256: str

    @property
    def n_values(self) -> int:
        """Number of values; Python's numbers don't overflow."""
        n = 1
        for length in self.shape:
            n *= length
        return n

    @property
    def n_bytes(self) -> int:
        """Length in the file."""
        return self.n_values * np.dtype(self.dtype).itemsize


class SealedFile:
    """A file of container 2, its head verified.

    Parameters
    ----------
    buffer : mmap or bytes
        The whole file.
    path : str
        What messages call it.

    Attributes
    ----------
    attributes : dict
        Of the groups.
    entries : dict of path to Entry
        The datasets.
    end : int
        Where the sealed bytes end.

    Raises
    ------
    LibraryError
        When seal or head are damaged, or the file is shorter than they say.
    """

    def __init__(self, buffer: mmap.mmap | bytes, path: str) -> None:
        self._buffer, self._path = buffer, path
        self._start, self.end, head = _read_head(buffer, path)
        try:
            self.attributes: dict[str, dict[str, Scalar]] = head["attributes"]
            self.entries = {name: _entry(*fields) for name, fields in head["datasets"].items()}
            self._image_sha256: str = head["image"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LibraryError(f"{path}: its head is no table of datasets ({error}); {REBUILD}") from error
        for name, entry in self.entries.items():
            inside = self._start <= entry.offset <= entry.offset + entry.n_bytes <= self.end
            if entry.n_values and not (inside and entry.offset % ALIGNMENT == 0):
                raise LibraryError(f"{path}: {name} claims to lie outside the file; {REBUILD}")
        self._verified: set[str] = set()

    def behind(self, limit: int) -> bytes:
        """Bytes behind the sealed ones, at most ``limit``."""
        return bytes(self._buffer[self.end : self.end + limit])

    @classmethod
    def map(cls, file: BinaryIO, path: str) -> "SealedFile":
        """Map a file that is open for reading; it may be closed, renamed or replaced then."""
        return cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), path)

    def mapped(self, name: str) -> NDArray[Any]:
        """Return a dataset where it lies, read-only, its values not verified."""
        entry = self.entries[name]
        array: NDArray[Any] = (
            np.zeros(entry.shape, dtype=entry.dtype)[...]
            if not entry.n_values
            else (np.frombuffer(self._buffer, entry.dtype, entry.n_values, entry.offset).reshape(entry.shape))
        )
        array.flags.writeable = False
        return array

    def verified(self, name: str) -> NDArray[Any]:
        """Return a dataset where it lies, after its hash was checked once.

        Raises
        ------
        LibraryError
            When its bytes are others.
        """
        array = self.mapped(name)
        if name not in self._verified:
            if sha256_of(array.reshape(-1).view(np.uint8).data) != self.entries[name].sha256:
                raise LibraryError(
                    f"{self._path}: is damaged or was changed, {name} doesn't fit its seal; {REBUILD}"
                )
            self._verified.add(name)
        return array

    def verify(self) -> None:
        """Check every sealed byte of the file.

        Raises
        ------
        LibraryError
            When one is another.
        """
        if sha256_of(memoryview(self._buffer)[self._start : self.end]) != self._image_sha256:
            for name in self.entries:
                self.verified(name)  # names what is damaged, where it is a dataset
            raise damaged(self._path)
        self._verified = set(self.entries)


def sha256_of(view: memoryview) -> str:
    """Hash of bytes, piece by piece, so that a map need not be in memory at once."""
    digest = hashlib.sha256()
    for start in range(0, len(view), _PIECE):
        digest.update(view[start : start + _PIECE])
    return digest.hexdigest()


def block_bytes(tree: StoredTree) -> int:
    """Room for seal and head of a tree: the HDF5 user block, a power of two."""
    unknown = {name: Entry(a.dtype.str, a.shape, 2**53, "0" * 64) for name, a in tree.datasets.items()}
    needed = SEAL_BYTES + len(_head(tree.attributes, unknown, "0" * 64))
    return int(max(SEAL_BYTES, 1 << (needed - 1).bit_length()))


def make_front(tree: StoredTree, file: BinaryIO, offsets: Mapping[str, int], block: int) -> bytes:
    """Seal and head for a file that has its HDF5 image already, read piece by piece.

    Parameters
    ----------
    tree : StoredTree
        What the image holds.
    file : binary file
        Readable; everything behind the first ``block`` bytes is the image.
    offsets : mapping of path to int
        Of the datasets, from the start of the file.
    block : int
        Length of the front, from ``block_bytes``.

    Raises
    ------
    LibraryError
        When the image does not hold the tree at these places.
    """
    entries = {}
    for name, dataset in tree.datasets.items():
        place = offsets[name] if n_bytes(dataset) else 0
        digest = _digest_where_it_lies(dataset, file, place)
        if digest is None or (place < block and n_bytes(dataset)):
            raise LibraryError(f"{name} is not where HDF5 says: nothing was written")
        entries[name] = Entry(dataset.dtype.str, dataset.shape, place, digest)
    length, image = _digest_from(file, block)
    head = _head(tree.attributes, entries, image)
    sealed = _seal(block, length, head) + head
    if len(sealed) > block or len(head) > MAX_HEAD_BYTES:
        raise LibraryError(f"the library's head has {len(head)} bytes: store fewer prepared matrices")
    return sealed.ljust(block, b"\0")


def _digest_where_it_lies(dataset: Dataset, file: BinaryIO, place: int) -> str | None:
    """Hash of a dataset; None where the file holds other bytes at its place."""
    digest = hashlib.sha256()
    file.seek(place)
    for piece in pieces(dataset):
        own = as_bytes(piece)
        if file.read(len(own)) != own:
            return None
        digest.update(own)
    return digest.hexdigest()


def _digest_from(file: BinaryIO, first: int) -> tuple[int, str]:
    """Length and hash of all bytes of a file from one of them on."""
    digest = hashlib.sha256()
    length = 0
    file.seek(first)
    while piece := file.read(_PIECE):
        digest.update(piece)
        length += len(piece)
    return length, digest.hexdigest()


def _head(attributes: Mapping[str, Mapping[str, Scalar]], entries: Mapping[str, Entry], image: str) -> bytes:
    datasets = {name: [e.dtype, list(e.shape), e.offset, e.sha256] for name, e in entries.items()}
    whole = {"attributes": attributes, "datasets": datasets, "image": image}
    return json.dumps(whole, sort_keys=True, allow_nan=False, separators=(",", ":")).encode("ascii")


def _seal(front: int, length: int, head: bytes) -> bytes:
    digest = hashlib.sha256(head).hexdigest()
    return pad_seal(f"{FORMAT} 2\nfront {front}\nlength {length}\nhead {len(head)}\nsha256 {digest}\n")


def _read_head(buffer: mmap.mmap | bytes, path: str) -> tuple[int, int, dict[str, Any]]:
    """Where the image begins and ends, and the head, every byte up to there verified."""
    seal = bytes(buffer[:SEAL_BYTES])
    front, length, n_head = (stated_number(seal, word) for word in (b"front", b"length", b"head"))
    if front is None or length is None or n_head is None or n_head > min(front - SEAL_BYTES, MAX_HEAD_BYTES):
        raise damaged(path)
    check_length(len(buffer), front + length, path)
    text = bytes(buffer[SEAL_BYTES : SEAL_BYTES + n_head])
    spare = bytes(buffer[SEAL_BYTES + n_head : min(front, 4 * MAX_HEAD_BYTES)])
    if seal != _seal(front, length, text) or any(spare):
        raise damaged(path)
    try:
        head: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LibraryError(f"{path}: its head is no JSON ({error}); {REBUILD}") from error
    return front, front + length, head


def _entry(dtype: str, shape: Sequence[int], offset: int, sha256: str) -> Entry:
    lengths = tuple(shape)
    whole = all(isinstance(number, int) and number >= 0 for number in (*lengths, offset))
    if dtype not in DTYPES or not whole or not 1 <= len(lengths) <= _MAX_DIMENSIONS:
        raise ValueError(f"dtype {dtype!r} of shape {shape!r} at {offset!r}")
    return Entry(dtype, lengths, offset, sha256)
