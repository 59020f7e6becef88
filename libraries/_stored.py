"""What a library file holds as plain values, and the hash of it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ._pieces import as_bytes, n_bytes, pieces

FORMAT: Final = "contraspec.library"
VERSION: Final = 1
HASH_ATTRIBUTE: Final = "content_sha256"
UNHASHED: Final = frozenset({HASH_ATTRIBUTE, "created"})
"""Root attributes outside the content hash; the seal of the file covers them."""

UNHASHED_DATASETS: Final = frozenset({"/changes"})
"""Datasets outside the content hash; the seal covers them, and the change log its own chain."""

Scalar = str | int | float


@dataclass(frozen=True, eq=False)
class StoredTree:
    """Content of a library file as plain values.

    Attributes
    ----------
    attributes : mapping of path to mapping of name to str, int or float
        By group; "/" is the root.
    datasets : mapping of path to array or Joined
        Of dtype uint8, int64, float32 or float64; arrays in what was read.
    """

    attributes: Mapping[str, Mapping[str, Scalar]]
    datasets: Mapping[str, Any]


def content_sha256(tree: StoredTree) -> str:
    """Hash of all attributes and datasets in a canonical order, as docs/library-format.md defines it.

    Parameters
    ----------
    tree : StoredTree
        Root attributes named in ``UNHASHED`` and ``UNHASHED_DATASETS`` do not count.
    """
    digest = hashlib.sha256()

    def add(*parts: bytes | memoryview) -> None:
        for part in parts:
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)

    for group, attributes in sorted(tree.attributes.items()):
        for name, value in sorted(attributes.items()):
            if group != "/" or name not in UNHASHED:
                text = value if isinstance(value, str) else repr(value)
                add(b"attribute", group.encode(), name.encode(), type(value).__name__.encode(), text.encode())
    for path, dataset in sorted(tree.datasets.items(), key=lambda item: item[0]):
        if path in UNHASHED_DATASETS:
            continue
        shape = ",".join(str(length) for length in dataset.shape)
        add(b"dataset", path.encode(), dataset.dtype.str.encode(), shape.encode())
        digest.update(n_bytes(dataset).to_bytes(8, "little"))
        for piece in pieces(dataset):
            digest.update(as_bytes(piece))
    return digest.hexdigest()
