"""Indexes as plain arrays, to be stored with a library and opened again by memory map.

An index is derived from the prepared matrix, so a stored one is only ever a saving. It is bound to
the code that built it by a fingerprint: any other fingerprint, and the index is built afresh.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import LibraryError
from ..grid import Grid
from .index import SearchIndex

SEARCH_CODE: Final[dict[str, str]] = {"index.py": "f5c49977"}
"""Files that decide what a ``SearchIndex`` holds, in this folder, and the start of their SHA-256.

A test compares them, so that no change of the code can be forgotten here: every index that was
stored before then counts as stale.
"""

CASCADE_CODE: Final[dict[str, str]] = {
    "cascade/index.py": "865fe3d4",
    "cascade/_tables.py": "e84edab7",
    "cascade/bounds.py": "53e5d28c",
    "cascade/encoding/_kernels.py": "8ba1f19b",
}
"""The same for a ``CascadeIndex``, which is built from a ``SearchIndex``."""

_BLOCK: Final = 64
"""Rows to a block of codes; ``cascade._tables.BLOCK``, which cannot be had without numba."""
_TAILS: Final = 8
"""Bytes of the two tails among a row's middle codes."""


def search_fingerprint() -> str:
    """Return what is the same for code that builds the same ``SearchIndex`` from the same matrix."""
    return _digest(SEARCH_CODE)


def cascade_fingerprint() -> str:
    """Return what is the same for code that builds and reads the same ``CascadeIndex``."""
    return _digest(SEARCH_CODE | CASCADE_CODE)


def search_arrays(index: SearchIndex) -> dict[str, NDArray[Any]]:
    """Arrays of an index by name; ``restore_search`` takes them."""
    return {"root": index.root, "stretches": index.stretches, "totals": index.totals}


def restore_search(
    arrays: Mapping[str, NDArray[Any]],
    grid: Grid,
    ids: tuple[str, ...],
    *,
    codes: Mapping[str, NDArray[Any]] | None = None,
) -> SearchIndex:
    """Put an index together from stored arrays, which stay where they are.

    Parameters
    ----------
    arrays : mapping of str to array
        As ``search_arrays`` names them.
    grid : Grid
        Of the library.
    ids : tuple of str
        One per row.
    codes : mapping of str to array, optional
        Of the ``CascadeIndex``, from ``checked_codes``.

    Raises
    ------
    LibraryError
        When an array has another dtype or shape than the library asks for, or a stretch leaves the grid.
    """
    n, m = len(ids), grid.n_points
    expected = {"root": ("<f4", (n, m)), "stretches": ("<i8", (n, 2)), "totals": ("<f8", (n, 2))}
    _check(arrays, expected)
    first, last = arrays["stretches"].T
    if bool(np.any(first < 0) or np.any(last < first) or np.any(last > m)):
        raise LibraryError(f"a stretch of the stored index leaves the grid of {m} points")
    index = SearchIndex(grid, ids, arrays["root"], arrays["stretches"], codes)
    index.__dict__["totals"] = arrays["totals"]  # as if it had been computed
    return index


def checked_codes(arrays: Mapping[str, NDArray[Any]], shape: tuple[int, int]) -> dict[str, NDArray[Any]]:
    """Give back the stored arrays of a ``CascadeIndex`` if the kernels may trust their shapes.

    Parameters
    ----------
    arrays : mapping of str to array
        As ``CascadeIndex.arrays`` names them.
    shape : tuple of int
        Of the matrix it was built from.

    Raises
    ------
    LibraryError
        When an array has another dtype or shape than the matrix asks for.
    """
    n, m = shape
    head, middle = arrays["head"], arrays["middle"]
    if head.ndim != 3 or middle.ndim != 2:
        raise LibraryError(f"codes of the stored index have shapes {head.shape} and {middle.shape}")
    n_blocks, h, w = -(-n // _BLOCK), 4 * head.shape[1], middle.shape[1] - _TAILS
    if not head.size:  # a library that codes don't help has none
        n_blocks, m, w, middle_rows = 0, 0, 0, 0
    else:
        middle_rows = n
    padded = (n_blocks * _BLOCK,)
    expected = {
        "basis": ("<f4", (m, h + w)),
        "scales": ("<f4", (h + w,)),
        "head": ("<u4", (n_blocks, h // 4, _BLOCK)),
        "tail_head": ("<f4", padded),
        "middle": ("|i1", (middle_rows, w + _TAILS if middle_rows else w)),
        "gains": ("<f8", padded),
        "margins": ("<f8", (8,)),
        "norms": ("<f8", (n,)),
    }
    _check(arrays, expected)
    return {name: arrays[name] for name in expected}


def _check(arrays: Mapping[str, NDArray[Any]], expected: Mapping[str, tuple[str, tuple[int, ...]]]) -> None:
    for name, (dtype, shape) in expected.items():
        array = arrays[name]
        if array.dtype.str != dtype or array.shape != shape:
            raise LibraryError(
                f"{name} of the stored index is {array.dtype.str} {array.shape}, not {dtype} {shape}"
            )


def _digest(code: Mapping[str, str]) -> str:
    text = ",".join(f"{name} {digest}" for name, digest in sorted(code.items()))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
