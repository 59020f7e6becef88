"""Indexes as arrays: what was stored comes back, what does not fit is refused, and changed code shows."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from spectra.errors import LibraryError
from spectra.grid import Grid
from spectra.matching import stored
from spectra.matching.cascade import build_cascade
from spectra.matching.cascade import index as cascade_module
from spectra.matching.cascade._tables import BLOCK
from spectra.matching.index import build_index
from spectra.matrix import SpectralMatrix

FOLDER = Path(stored.__file__).parent
GRID = Grid(200.0, 2.0, 96)


@pytest.mark.parametrize("code", [stored.SEARCH_CODE, stored.CASCADE_CODE])
def test_the_fingerprints_are_those_of_todays_code(code):
    """Otherwise an index that older code built would be taken for one of today's."""
    now = {
        name: hashlib.sha256((FOLDER / name).read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:8]
        for name in code
    }
    assert code == now, f"write {now} into {stored.__name__}: indexes that are stored so far are then stale"


def test_the_block_is_the_cascades():
    assert stored._BLOCK == BLOCK


def index(n: int = 70):
    rng = np.random.default_rng(n)
    mask = np.ones((n, GRID.n_points), dtype=bool)
    mask[: n // 2, 80:] = False
    return build_index(SpectralMatrix(GRID, rng.random(mask.shape), mask, tuple(f"{i:04}" for i in range(n))))


def test_search_index_comes_back():
    ours = index()
    theirs = stored.restore_search(stored.search_arrays(ours), ours.grid, ours.ids)
    assert theirs.root is ours.root
    np.testing.assert_array_equal(theirs.totals, index().totals)


@pytest.mark.parametrize("n", [64, 70])
@pytest.mark.parametrize("codes", [True, False])
def test_cascade_comes_back(n, codes, monkeypatch):
    monkeypatch.setattr(cascade_module, "MIN_ROWS", 1 if codes else 10**9)
    monkeypatch.setattr(cascade_module, "MAX_SHARE", 1e9)
    monkeypatch.setattr(cascade_module, "_pays", lambda *_: True)
    root = index(n).root
    ours = build_cascade(root, head=8)
    assert ours.compressed == codes
    theirs = stored.checked_codes(ours.arrays, root.shape)
    assert theirs.keys() == ours.arrays.keys()
    assert all(theirs[name] is array for name, array in ours.arrays.items())


@pytest.mark.parametrize("name", ["root", "stretches", "totals"])
@pytest.mark.parametrize("change", [lambda a: a[1:], lambda a: a.astype(np.float16), lambda a: a[:, :-1]])
def test_search_arrays_of_something_else(name, change):
    ours = index()
    arrays = stored.search_arrays(ours)
    with pytest.raises(LibraryError, match=f"{name} of the stored index"):
        stored.restore_search(arrays | {name: change(arrays[name])}, ours.grid, ours.ids)


@pytest.mark.parametrize("name", list(cascade_module.CascadeIndex.__dataclass_fields__))
@pytest.mark.parametrize("change", [lambda a: a[:-1], lambda a: a.astype(np.complex64)])
def test_cascade_arrays_of_something_else(name, change, monkeypatch):
    monkeypatch.setattr(cascade_module, "MIN_ROWS", 1)
    monkeypatch.setattr(cascade_module, "MAX_SHARE", 1e9)
    monkeypatch.setattr(cascade_module, "_pays", lambda *_: True)
    root = index().root
    arrays = build_cascade(root, head=8).arrays
    with pytest.raises(LibraryError, match="of the stored index"):
        stored.checked_codes(arrays | {name: change(arrays[name])}, root.shape)
