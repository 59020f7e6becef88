"""A large library is opened by its sealed head and mapped: the same library, and damage is still found."""

import builtins
import dataclasses
import hashlib
import io
import json
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from libraries import Library, _sealed, _storing, save_library, verify_library
from libraries._stored import HASH_ATTRIBUTE, StoredTree
from libraries.engine import Engine, open_starter
from spectra.errors import LibraryError
from spectra.matching import stored
from spectra.matching.alignment import align
from spectra.matching.cascade import build_cascade
from spectra.matching.cascade import index as cascade_module
from spectra.matching.cascade.pearson import cascade_of
from spectra.matching.index import build_index, prepare_query
from spectra.matching.search import search
from spectra.preprocessing import RAMAN_PIPELINE
from tests.store.test_library import OTHER, PIPELINE, assert_same, library


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch):
    """Four references are stored as a thousand are, with codes as four thousand have."""
    monkeypatch.setattr(_storing, "INDEXED_FROM", 1)
    monkeypatch.setattr(_storing, "VERIFIED_BYTES", 0)
    monkeypatch.setattr(cascade_module, "MIN_ROWS", 1)
    monkeypatch.setattr(cascade_module, "MAX_SHARE", 1e9)
    monkeypatch.setattr(cascade_module, "HEAD", 8)
    monkeypatch.setattr(cascade_module, "_pays", lambda *_: True)


@pytest.fixture
def path(tmp_path):
    save_library(library(), tmp_path / "l.h5", pipelines=[PIPELINE])
    return tmp_path / "l.h5"


def sealed_of(path) -> _sealed.SealedFile:
    return _sealed.SealedFile(path.read_bytes(), str(path))


@pytest.mark.parametrize("pipelines", [(), (PIPELINE,), (PIPELINE, OTHER)], ids=["raw", "one", "two"])
class TestSameEverywhere:
    def test_saved_and_reopened(self, tmp_path, pipelines):
        path = tmp_path / "l.h5"
        built = library().with_prepared(pipelines)
        saved = save_library(built, path)
        assert path.read_bytes().startswith(b"contraspec.library 2\n")
        for opened in (Library.open(path), Library.open(path, mapped=False), verify_library(path)):
            assert len(opened) == len(built)
            assert opened.path == path
            assert_same(built, saved)
            assert_same(built, opened)
            assert dataclasses.replace(opened).content_sha256 == built.content_sha256
            assert len(opened.prepared) == len(pipelines)

    def test_indexes_are_those_that_would_be_built(self, tmp_path, pipelines):
        built = save_library(library(), tmp_path / "l.h5", pipelines=pipelines)
        opened = Library.open(tmp_path / "l.h5")
        for pipeline in (PIPELINE, OTHER):
            ours, theirs = built.index(pipeline), opened.index(pipeline)
            assert (ours.grid, ours.ids) == (theirs.grid, theirs.ids)
            for name in ("root", "stretches", "totals"):
                np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
                assert not getattr(theirs, name).flags.writeable
            if pipeline not in pipelines:
                assert theirs.codes is None
                continue
            fresh = build_cascade(ours.root)
            assert fresh.compressed
            assert theirs.codes.keys() == fresh.arrays.keys()
            for name, array in fresh.arrays.items():
                np.testing.assert_array_equal(array, theirs.codes[name])

    def test_a_library_that_codes_do_not_help(self, tmp_path, pipelines, monkeypatch):
        monkeypatch.setattr(cascade_module, "MIN_ROWS", 10**9)
        save_library(library(), tmp_path / "l.h5", pipelines=[PIPELINE, *pipelines])
        index = verify_library(tmp_path / "l.h5").index(PIPELINE)
        cascade = cascade_of(index).cascade
        assert not cascade.compressed
        np.testing.assert_allclose(cascade.norms, np.linalg.norm(index.root, axis=1), rtol=1e-6)

    def test_twice_gives_the_same_bytes_and_so_does_resaving(self, tmp_path, pipelines):
        save_library(library(), tmp_path / "a.h5", pipelines=pipelines)
        save_library(library(), tmp_path / "b.h5", pipelines=reversed(pipelines))
        save_library(Library.open(tmp_path / "a.h5"), tmp_path / "a.h5")
        assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


class TestContainers:
    def test_the_old_container_opens_and_becomes_the_new_one(self, tmp_path, monkeypatch):
        path = tmp_path / "l.h5"
        with monkeypatch.context() as small:
            small.setattr(_storing, "INDEXED_FROM", 10)
            old = save_library(library(), path, pipelines=[PIPELINE])
        assert path.read_bytes().startswith(b"contraspec.library 1\n")
        opened = Library.open(path)
        assert_same(old, opened)
        save_library(opened, path)
        assert path.read_bytes().startswith(b"contraspec.library 2\n")
        assert_same(old, Library.open(path))

    def test_the_starter_is_a_small_library(self, monkeypatch):
        monkeypatch.undo()
        assert len(open_starter()) < _storing.INDEXED_FROM

    def test_plain_hdf5_tools_can_read_it(self, path):
        with h5py.File(path, "r") as file:
            assert file.attrs["content_sha256"] == Library.open(path).content_sha256
            root = file[f"index/{PIPELINE.fingerprint}/search/root"]
            np.testing.assert_array_equal(root, library().index(PIPELINE).root)
            assert root.id.get_offset() % _sealed.ALIGNMENT == 0

    def test_opened_without_hdf5_or_numba_and_nothing_is_copied(self, path):
        code = (
            "import sys; from libraries import Library; from tests.store.test_library import PIPELINE\n"
            "for name in ('h5py', 'numba'): sys.modules[name] = None\n"  # an import would raise
            f"index = Library.open({str(path)!r}).index(PIPELINE)\n"
            "base = index.root\n"
            "while getattr(base, 'base', None) is not None: base = base.base\n"
            "print(type(getattr(base, 'obj', base)).__name__)"
        )
        shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert shown.stdout.strip() == "mmap"

    @pytest.mark.skipif(sys.platform == "win32", reason="a mapped file cannot be replaced there")
    def test_an_opened_library_outlives_its_file(self, path):
        opened = Library.open(path)
        save_library(library(name="another"), path, pipelines=[PIPELINE])
        assert Library.open(path).name == "another"
        path.unlink()
        assert_same(library().with_prepared([PIPELINE]), opened)

    def test_unmapped_holds_no_file(self, path):
        opened = Library.open(path, mapped=False)
        assert isinstance(opened._unread["index"](PIPELINE).root.base, np.ndarray | bytes)
        path.write_bytes(b"")
        assert_same(library().with_prepared([PIPELINE]), opened)


class TestStaleIndex:
    def rebuilt(self, path, monkeypatch, pipeline=PIPELINE) -> bool:
        calls = []
        real = build_index
        monkeypatch.setattr("spectra.matching.index.build_index", lambda m: calls.append(1) or real(m))
        index = Library.open(path).index(pipeline)
        np.testing.assert_array_equal(index.root, library().index(pipeline).root)
        return len(calls) > 1  # the second is the one that is compared with

    def test_fresh_is_taken(self, path, monkeypatch):
        assert not self.rebuilt(path, monkeypatch)

    @pytest.mark.parametrize("code", [stored.SEARCH_CODE, stored.CASCADE_CODE])
    def test_of_other_code_is_built_again(self, path, monkeypatch, code):
        monkeypatch.setitem(code, next(iter(code)), "another0")
        edit_data(path, f"/index/{PIPELINE.fingerprint}/search/root", 0.25)
        edit_data(path, f"/index/{PIPELINE.fingerprint}/cascade/gains", 0.25)
        assert Library.open(path).index(PIPELINE).codes is None
        if code is stored.SEARCH_CODE:
            assert self.rebuilt(path, monkeypatch)
        else:  # the root is still that of today's code
            assert np.all(Library.open(path).index(PIPELINE).root == 0.25)

    def test_of_arrays_that_today_are_unknown_is_ignored(self, path, monkeypatch):
        group = f"/index/{PIPELINE.fingerprint}/search"

        def change(head):
            head["attributes"][group]["code"] = "of another release"
            head["datasets"][f"{group}/other"] = head["datasets"].pop(f"{group}/totals")

        edit_head(path, change)
        assert self.rebuilt(path, monkeypatch)

    def test_of_another_pipeline_under_the_same_fingerprint_is_not_taken(self, path):
        class Liar:
            fingerprint, apply, output_grid = PIPELINE.fingerprint, OTHER.apply, OTHER.output_grid
            to_json = OTHER.to_json

        np.testing.assert_array_equal(Library.open(path).index(Liar()).root, library().index(OTHER).root)

    def test_the_fingerprint_changes_with_the_code(self, monkeypatch):
        before = stored.search_fingerprint(), stored.cascade_fingerprint()
        monkeypatch.setitem(stored.CASCADE_CODE, "cascade/bounds.py", "another0")
        assert stored.search_fingerprint() == before[0]
        assert stored.cascade_fingerprint() != before[1]
        monkeypatch.setitem(stored.SEARCH_CODE, "index.py", "another0")
        assert stored.search_fingerprint() != before[0]


def flip(path, offset: int) -> None:
    whole = bytearray(path.read_bytes())
    whole[offset] ^= 4
    path.write_bytes(whole)


def edit_data(path, name: str, value: float) -> None:
    """Overwrite a dataset behind the seal's back."""
    entry = sealed_of(path).entries[name]
    whole = bytearray(path.read_bytes())
    whole[entry.offset : entry.offset + entry.n_bytes] = np.full(entry.shape, value, entry.dtype).tobytes()
    path.write_bytes(whole)


def edit_head(path, change) -> None:
    """Change the head and seal it again, as someone would who knows the format."""
    whole = path.read_bytes()
    sealed = sealed_of(path)
    n_head = int(whole[:512].split(b"\nhead ")[1].split(b"\n")[0])
    head = json.loads(whole[512 : 512 + n_head])
    change(head)
    text = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    front, image = sealed._start, whole[sealed._start :]
    path.write_bytes((_sealed._seal(front, len(image), text) + text).ljust(front, b"\0") + image)


def use_all(opened: Library) -> None:
    opened.index(PIPELINE), opened.references, opened.prepared


class TestDamage:
    def test_every_flipped_bit_is_found_by_verify(self, path):
        whole = path.read_bytes()
        rng = np.random.default_rng(3)
        for offset in [*range(150), *rng.integers(0, len(whole), 250).tolist()]:
            broken = bytearray(whole)
            broken[offset] ^= 1 << int(rng.integers(8))
            path.write_bytes(broken)
            with pytest.raises(LibraryError):
                verify_library(path)
            with pytest.raises(LibraryError):
                Library.open(path, mapped=False)

    def test_every_flipped_bit_of_seal_and_head_is_found_at_once(self, path):
        whole, front = path.read_bytes(), sealed_of(path)._start
        for offset in range(0, front, 11):
            broken = bytearray(whole)
            broken[offset] ^= 1
            path.write_bytes(broken)
            with pytest.raises(LibraryError):
                Library.open(path)

    def test_what_is_read_is_verified_when_it_is_read(self, path):
        whole = path.read_bytes()
        for name, entry in sealed_of(path).entries.items():
            path.write_bytes(whole)
            flip(path, entry.offset + entry.n_bytes // 2)
            if name.endswith(("search/root", "cascade/head", "cascade/middle")):
                use_all(Library.open(path))  # only scanned, never handed out as a reference
                with pytest.raises(LibraryError, match=rf"{name} doesn't fit"):
                    verify_library(path)
            else:
                with pytest.raises(LibraryError, match=rf"{name} doesn't fit") as caught:
                    use_all(Library.open(path))
                assert str(caught.value).count(str(path)) == 1

    def test_what_is_scanned_is_verified_too_where_it_is_small(self, path, monkeypatch):
        monkeypatch.undo()
        for name in ("search/root", "cascade/head"):
            flip(path, sealed_of(path).entries[f"/index/{PIPELINE.fingerprint}/{name}"].offset)
            with pytest.raises(LibraryError, match=r"(root|head) doesn't fit"):
                Library.open(path).index(PIPELINE)

    def test_every_cut_is_noticed(self, path):
        whole = path.read_bytes()
        for length in [*range(1, 700, 7), *range(700, len(whole), 797), len(whole) - 1]:
            path.write_bytes(whole[:length])
            with pytest.raises(LibraryError):
                Library.open(path)
        path.write_bytes(whole[:-100])
        with pytest.raises(LibraryError, match="100 bytes are missing"):
            Library.open(path)

    def test_appended(self, path):
        path.write_bytes(path.read_bytes() + b"\0")
        with pytest.raises(LibraryError, match="damaged"):
            Library.open(path)

    def test_content_that_is_not_what_was_hashed(self, path):
        edit_head(path, lambda head: head["attributes"]["/"].__setitem__("name", "other"))
        assert Library.open(path).name == "other"  # a seal is no signature
        with pytest.raises(LibraryError, match="the content's hash"):
            verify_library(path)

    def test_engine_verifies_when_it_is_told_to(self, tmp_path, monkeypatch):
        path = tmp_path / "starter.h5"
        monkeypatch.setattr(_storing, "build_index", build_index)
        save_library(open_starter(), path, pipelines=[RAMAN_PIPELINE])
        Engine.open([path], verify=True)
        flip(path, sealed_of(path).entries[f"/index/{RAMAN_PIPELINE.fingerprint}/search/root"].offset)
        Engine.open([path])
        with pytest.raises(LibraryError, match="doesn't fit its seal"):
            Engine.open([path], verify=True)


GROUP = f"/index/{PIPELINE.fingerprint}"


def entry(name, **changes):
    fields = ("dtype", "shape", "offset", "sha256")

    def change(head):
        for key, value in changes.items():
            head["datasets"][name][fields.index(key)] = value

    return change


class TestHeadsThatContradictThemselves:
    """Sealed again by someone who knows the format: an error, never a read outside the file."""

    @pytest.mark.parametrize(
        "change",
        [
            entry("/labels", offset=2**40),
            entry("/labels", offset=-512),
            entry("/labels", offset=0),
            entry("/labels", offset=True),
            entry("/labels", shape=[2**62, 2**62]),
            entry("/labels", shape=[-1]),
            entry("/labels", shape=[]),
            entry("/labels", shape=[1.5]),
            entry("/labels", shape=[1, 1, 1, 1]),
            entry("/labels", dtype="|O"),
            entry("/labels", dtype="<f8"),
            entry(f"{GROUP}/search/root", shape=[2, 101]),
            entry(f"{GROUP}/search/root", dtype="<u4"),
            entry(f"{GROUP}/search/stretches", shape=[6]),
            entry(f"{GROUP}/search/stretches", dtype="<f8"),
            entry(f"{GROUP}/cascade/head", shape=[1, 1, 64]),
            entry(f"{GROUP}/cascade/head", shape=[64]),
            entry(f"{GROUP}/cascade/middle", shape=[2, 64]),
            entry(f"{GROUP}/cascade/gains", shape=[63]),
            lambda head: head["datasets"].pop("/labels"),
            lambda head: head["datasets"].pop("/axis"),
            lambda head: head["datasets"].pop(f"{GROUP}/search/totals"),
            lambda head: head["datasets"].pop(f"{GROUP}/cascade/norms"),
            lambda head: head["datasets"].__setitem__("/more", head["datasets"]["/labels"]),
            lambda head: head["datasets"].__setitem__("/labels", 7),
            lambda head: head["datasets"].__setitem__("/labels", head["datasets"]["/records"]),
            lambda head: head["attributes"].pop("/"),
            lambda head: head["attributes"]["/"].__setitem__("version", 2),
            lambda head: head["attributes"]["/"].__setitem__("name", 2),
            lambda head: head["attributes"]["/"].__setitem__("technique", "xrf"),
            lambda head: head["attributes"]["/"].pop(HASH_ATTRIBUTE),
            lambda head: head["attributes"].__setitem__("/strange", {}),
            lambda head: head["attributes"][f"/prepared/{PIPELINE.fingerprint}"].pop("grid_unit"),
            lambda head: head.pop("image"),
            lambda head: head.pop("datasets"),
            lambda head: head.__setitem__("datasets", []),
        ],
    )
    def test_is_refused(self, path, change):
        edit_head(path, change)
        with pytest.raises(LibraryError):
            use_all(Library.open(path))

    def test_a_stretch_that_leaves_the_grid(self, path):
        for value in (-1, 10**6):
            edit_data(path, f"{GROUP}/search/stretches", value)
            digest = sealed_of(path).mapped(f"{GROUP}/search/stretches").tobytes()
            edit_head(
                path,
                entry(f"{GROUP}/search/stretches", sha256=hashlib.sha256(digest).hexdigest()),
            )
            with pytest.raises(LibraryError, match="leaves the grid"):
                Library.open(path).index(PIPELINE)


class TestWriting:
    def test_failure_between_the_parts_leaves_the_old_library(self, path, monkeypatch):
        real = builtins.open

        class Full:
            def __init__(self, file):
                self.file = file

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.file.close()

            def __getattr__(self, name):
                return getattr(self.file, name)

            def write(self, data):
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(
            builtins,
            "open",
            lambda name, mode="r": Full(real(name, mode)) if "x" in mode else real(name, mode),
        )
        with pytest.raises(LibraryError, match="No space"):
            save_library(library(name="another"), path)
        monkeypatch.setattr(builtins, "open", real)
        assert verify_library(path).name == "proef"
        assert os.listdir(path.parent) == [path.name]

    def test_an_image_that_lacks_its_data_is_not_sealed(self):
        tree = StoredTree({"/": {}}, {"/x": np.arange(9.0)})
        block = _sealed.block_bytes(tree)
        file = io.BytesIO(bytes(block) + np.arange(1.0, 10.0).tobytes())
        with pytest.raises(LibraryError, match="not where HDF5 says"):
            _sealed.make_front(tree, file, {"/x": block}, block)
        with pytest.raises(LibraryError, match="not where HDF5 says"):
            _sealed.make_front(tree, io.BytesIO(bytes(block)), {"/x": block}, block)
        inside = io.BytesIO(np.arange(9.0).tobytes().ljust(2 * block, b"\0"))
        with pytest.raises(LibraryError, match="not where HDF5 says"):
            _sealed.make_front(tree, inside, {"/x": 0}, block)

    def test_a_small_library_of_sealed_parts_says_the_same_without_an_index(self, tmp_path, monkeypatch):
        monkeypatch.undo()
        whole = save_library(library(), tmp_path / "whole.h5", pipelines=[PIPELINE])
        save_library(library(), tmp_path / "parts.h5", pipelines=[PIPELINE], apart=True)
        opened = Library.open(tmp_path / "parts.h5")
        assert not {"references", "prepared"} & set(opened.__dict__)
        assert not [name for name in sealed_of(tmp_path / "parts.h5").entries if name.startswith("/index")]
        assert opened.content_sha256 == whole.content_sha256
        assert_same(opened, Library.open(tmp_path / "whole.h5"))
        assert np.array_equal(opened.index(PIPELINE).root, whole.index(PIPELINE).root)
        verify_library(tmp_path / "parts.h5")

    def test_a_head_of_many_matrices_still_fits_before_the_image(self, tmp_path):
        long = library(banner="x" * 8000)
        save_library(long, tmp_path / "l.h5", pipelines=[PIPELINE, OTHER])
        assert sealed_of(tmp_path / "l.h5")._start >= 8192
        with h5py.File(tmp_path / "l.h5", "r") as file:
            assert file.userblock_size == sealed_of(tmp_path / "l.h5")._start
        assert verify_library(tmp_path / "l.h5").banner == long.banner


def test_a_search_finds_the_same(tmp_path):
    saved = save_library(open_starter(), tmp_path / "l.h5", pipelines=[RAMAN_PIPELINE])
    opened = Library.open(tmp_path / "l.h5")
    spectrum = RAMAN_PIPELINE.apply(saved.references[3].spectrum)
    built = saved.index(RAMAN_PIPELINE)
    query = align(prepare_query(spectrum, built.grid))
    assert search(built, query) == search(opened.index(RAMAN_PIPELINE), query)
