"""Older layouts of the content, one step at a time: any version opens and is rewritten when saved."""

from collections.abc import Callable, Mapping
from typing import Final

from spectra.errors import LibraryError

from . import _stored
from ._stored import StoredTree

Step = Callable[[StoredTree], StoredTree]

MIGRATIONS: Final[Mapping[int, Step]] = {}
"""What makes version n + 1 of version n, by n. Version 1 is the first."""


def migrated(tree: StoredTree) -> StoredTree:
    """Bring a verified tree to today's version.

    Parameters
    ----------
    tree : StoredTree
        Of version 1 to today's; its hash was compared before, and is not computed anew.

    Raises
    ------
    LibraryError
        When it is of a newer version, or of none.
    """
    version, newest = tree.attributes["/"]["version"], _stored.VERSION
    if not isinstance(version, int) or version < 1:
        raise LibraryError(f"content version {version!r}, expected 1 to {newest}")
    if version > newest:
        raise LibraryError(f"content version {version}, expected at most {newest}: update contraspec")
    for each in range(version, newest):
        tree = MIGRATIONS[each](tree)
        root = {**tree.attributes["/"], "version": each + 1}
        tree = StoredTree({**tree.attributes, "/": root}, tree.datasets)
    return tree
