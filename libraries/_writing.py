"""Trees to files of either container: whole or not at all, and never over what another has written since."""

import contextlib
from collections.abc import Iterator
from typing import BinaryIO

from spectra._atomic import file_in_whole
from spectra.errors import LibraryError, WriteError

from . import _sealed
from ._replacing import Origin, origin_of, replacing
from ._stored import StoredTree


def write_whole(tree: StoredTree, path: str, origin: Origin | None) -> Origin:
    """Write container 1."""
    from . import _hdf5  # h5py loads only when a library is written

    data = _hdf5.to_bytes(tree)
    _hdf5.from_bytes(data, path)  # what HDF5 made of it must verify before the old file goes
    return write_sealed(path, origin, data)


def write_apart(tree: StoredTree, path: str, origin: Origin | None) -> Origin:
    """Write container 2, never more of it in memory than a piece."""
    from . import _hdf5  # h5py loads only when a library is written

    block = _sealed.block_bytes(tree)
    with _written(path, origin) as file:
        offsets = _hdf5.write_image(tree, file, block, alignment=_sealed.ALIGNMENT)
        file.flush()
        with open(file.name, "rb") as image:
            front = _sealed.make_front(tree, image, offsets, block)
        file.seek(0)
        file.write(front)
    return origin_of(path, front, b"")


def write_sealed(path: str, origin: Origin | None, data: bytes, release: bytes = b"") -> Origin:
    """Write the bytes of a library whole or not at all.

    Parameters
    ----------
    path : str
        Where.
    origin : Origin or None
        What they were made from.
    data : bytes
        The sealed ones.
    release : bytes
        What goes behind them.

    Raises
    ------
    LibraryError
        As ``write_library``.
    """
    with _written(path, origin) as file:
        file.write(data)
        file.write(release)
    return origin_of(path, data, release)


@contextlib.contextmanager
def _written(path: str, origin: Origin | None) -> Iterator[BinaryIO]:
    """File that takes its name when it is written and nobody was quicker."""
    with contextlib.ExitStack() as held:  # until the file has its name
        try:
            with file_in_whole(path) as file:
                yield file
                held.enter_context(replacing(path, origin))
        except WriteError as error:
            raise LibraryError(str(error)) from error
