"""Whatever stands at the path: the library as written, or one LibraryError; never less."""

import builtins
import io
import json
import os
import sys

import h5py
import numpy as np
import pytest

from libraries import Library, Naming, _container, _hdf5, make_reference, save_library
from libraries._stored import HASH_ATTRIBUTE, StoredTree, content_sha256
from spectra.errors import LibraryError
from spectra.preprocessing import Pipeline, Step
from spectra.spectrum import Spectrum

PIPELINE = Pipeline((Step("resample", {"start": 200.0, "step": 2.0, "n_points": 40}),))


def library(n: int = 3) -> Library:
    rng = np.random.default_rng(5)
    axis = np.arange(200.0, 290.0)
    return Library(
        "small",
        "raman",
        tuple(make_reference(Spectrum(axis, rng.random(90)), Naming(f"s{i}")) for i in range(n)),
        created="2026-01-01T00:00:00+00:00",
    )


@pytest.fixture
def path(tmp_path):
    save_library(library(), tmp_path / "l.h5", pipelines=[PIPELINE])
    return tmp_path / "l.h5"


class TestNotALibrary:
    def refuses(self, path, match):
        with pytest.raises(LibraryError, match=match) as caught:
            Library.open(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_missing(self, tmp_path):
        self.refuses(tmp_path / "none.h5", "no file is there")

    def test_folder(self, tmp_path):
        self.refuses(tmp_path, "is a folder")

    def test_empty(self, tmp_path):
        (tmp_path / "l.h5").write_bytes(b"")
        self.refuses(tmp_path / "l.h5", "is empty")

    @pytest.mark.parametrize(
        "content", [b"a", b"200,1\n" * 500, b"\0" * 5000, b"contraspec.library x\n" * 99]
    )
    def test_other_content(self, tmp_path, content):
        (tmp_path / "l.h5").write_bytes(content)
        self.refuses(tmp_path / "l.h5", "not a contraspec library")

    def test_foreign_hdf5(self, tmp_path):
        with h5py.File(tmp_path / "l.h5", "w") as file:
            file["x"] = np.arange(3)
        self.refuses(tmp_path / "l.h5", "another program's HDF5")

    def test_newer(self, path):
        path.write_bytes(path.read_bytes().replace(b"contraspec.library 1\n", b"contraspec.library 3\n", 1))
        self.refuses(path, "format version 3.*update contraspec")

    def test_changed_by_another_program(self, path):
        with h5py.File(path, "r+") as file:
            file["intensity"][0] += 1.0
        self.refuses(path, "damaged or was changed")

    @pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
    def test_pipe_does_not_hang(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        self.refuses(tmp_path / "pipe", "not a regular file")

    def test_impossible_path(self):
        with pytest.raises(LibraryError, match="cannot be read"):
            Library.open("a\0b")

    def test_too_large(self, path, monkeypatch):
        monkeypatch.setattr(_container, "MAX_FILE_BYTES", 1000)
        self.refuses(path, "at most 1000")


class TestBrokenBytes:
    def test_every_flipped_bit_is_noticed(self, path):
        whole = path.read_bytes()
        rng = np.random.default_rng(11)
        for offset in [*range(120), *rng.integers(0, len(whole), 400).tolist()]:
            broken = bytearray(whole)
            broken[offset] ^= 1 << int(rng.integers(8))
            path.write_bytes(broken)
            with pytest.raises(LibraryError):
                Library.open(path)

    def test_every_cut_is_noticed(self, path):
        whole = path.read_bytes()
        for length in [*range(1, 600, 7), *range(600, len(whole), 97), len(whole) - 1]:
            path.write_bytes(whole[:length])
            with pytest.raises(LibraryError):
                Library.open(path)

    def test_a_cut_says_so(self, path):
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(LibraryError, match="100 bytes are missing"):
            Library.open(path)

    def test_appended_and_shuffled_blocks(self, path):
        whole = path.read_bytes()
        for broken in (whole + b"\0", whole[:600] + whole[700:800] + whole[600:700] + whole[800:], whole * 2):
            path.write_bytes(broken)
            with pytest.raises(LibraryError, match="damaged"):
                Library.open(path)


def reseal(path, edit) -> None:
    """Edit the HDF5 inside and seal it again, as someone would who knows the format."""
    image = io.BytesIO(path.read_bytes())
    with h5py.File(image, "r+") as file:
        edit(file)
    inner = image.getvalue()[512:]
    path.write_bytes(_container.seal(inner) + inner)


def rehash(path, edit) -> None:
    """As `reseal`, with a content hash that fits: only the consistency checks are left."""

    def both(file):
        edit(file)
        nodes = list(_hdf5._walk(file, "/", 10**9))
        attributes = {group: values for group, values, _ in nodes}
        datasets = {name: array for _, _, arrays in nodes for name, array in arrays.items()}
        file.attrs[HASH_ATTRIBUTE] = content_sha256(StoredTree(attributes, datasets))

    reseal(path, both)


def replace(name, array):
    def edit(file):
        del file[name]
        file[name] = array

    return edit


def change_records(change):
    def edit(file):
        records = json.loads(file["records"][...].tobytes())
        change(records)
        replace("records", np.frombuffer(json.dumps(records).encode(), np.uint8))(file)

    return edit


PREPARED = f"prepared/{PIPELINE.fingerprint}"


class TestInnerDamage:
    """Files whose seal fits, though nobody but an attacker makes such a one."""

    @pytest.mark.parametrize(
        "edit",
        [
            lambda file: file["intensity"].__setitem__(3, 7.0),
            lambda file: file.attrs.__setitem__("name", "other"),
            lambda file: file.attrs.__setitem__("content_sha256", "0" * 64),
            lambda file: file.attrs.__delitem__("content_sha256"),
            lambda file: file[PREPARED].attrs.__setitem__("grid_start", 201.0),
            lambda file: file.__delitem__("prepared"),
        ],
    )
    def test_content_that_is_not_what_was_hashed(self, path, edit):
        reseal(path, edit)
        with pytest.raises(LibraryError, match="was changed"):
            Library.open(path)

    @pytest.mark.parametrize(
        "edit",
        [
            lambda file: file.__setitem__("soft", h5py.SoftLink("/axis")),
            lambda file: file.__setitem__("outside", h5py.ExternalLink("/etc/passwd", "/x")),
            lambda file: file["prepared"].__setitem__("round", file["/"]),
            lambda file: file.create_dataset("packed", data=np.zeros(9000), compression="gzip"),
            lambda file: file.create_dataset("huge", shape=(2**40,), dtype="f8"),
            lambda file: file.create_dataset("text", data=["a"], dtype=h5py.string_dtype()),
            lambda file: file.create_dataset("scalar", data=1.0),
            lambda file: file.create_dataset("null", data=h5py.Empty("f8")),
            lambda file: file.__setitem__("type", np.dtype("f8")),
            lambda file: file.attrs.__setitem__("array", np.arange(3)),
            lambda file: file.attrs.__setitem__(b"\xff", 1),
            lambda file: file.__setitem__("naïve", np.zeros(3)),
            lambda file: file["axis"].attrs.__setitem__("x", 1),
        ],
    )
    def test_things_this_format_never_holds(self, path, edit):
        reseal(path, edit)
        with pytest.raises(LibraryError, match=r"expected|not stored|claims|neither|damaged"):
            Library.open(path)

    @pytest.mark.parametrize(
        "edit",
        [
            replace("offsets", np.array([0, 90, 180, 271])),
            replace("offsets", np.array([0, 90, 90, 270])),
            replace("offsets", np.array([0, 90, 270])),
            replace("offsets", np.array([0.0, 90, 180, 270])),
            replace("offsets", np.array([0, 85, 180, 270])),
            replace("axis", np.zeros(270)),
            replace("axis", np.arange(270, dtype=np.float32)),
            replace("intensity", np.full(270, np.nan)),
            replace("intensity", np.zeros(269)),
            replace("records", np.frombuffer(b"{}", np.uint8)),
            replace("records", np.frombuffer(b"[" * 100_000, np.uint8)),
            replace("records", np.frombuffer(b"[1,2,3]", np.uint8)),
            replace("records", np.frombuffer(b"\xff\xfe", np.uint8)),
            replace("records", np.zeros((2, 2))),
            replace("hints", np.frombuffer(b'[{"substance":"x"}]', np.uint8)),
            replace("hints", np.frombuffer(b"7", np.uint8)),
            replace("calibration", np.frombuffer(b"[1", np.uint8)),
            replace(f"{PREPARED}/intensity", np.zeros((2, 40), np.float32)),
            replace(f"{PREPARED}/intensity", np.zeros((3, 40))),
            replace(f"{PREPARED}/intensity", np.full((3, 40), np.nan, np.float32)),
            replace(f"{PREPARED}/mask", np.zeros((3, 4), np.uint8)),
            replace(f"{PREPARED}/pipeline", np.frombuffer(b"\xff", np.uint8)),
            lambda file: file[PREPARED].attrs.__setitem__("grid_step", -1.0),
            lambda file: file[PREPARED].attrs.__setitem__("grid_n_points", 2**62),
            lambda file: file[PREPARED].attrs.__delitem__("grid_unit"),
            lambda file: file.move(PREPARED, "prepared/not a fingerprint"),
            lambda file: file.__delitem__("hints"),
            lambda file: file.__setitem__("extra", np.zeros(3)),
            lambda file: file.create_group("more"),
            lambda file: file.attrs.__setitem__("version", 2),
            lambda file: file.attrs.__setitem__("format", "other"),
            lambda file: file.attrs.__setitem__("technique", "nir"),
            lambda file: file.attrs.__setitem__("technique", "xrf"),
            lambda file: file.attrs.__setitem__("name", 3),
            lambda file: file.attrs.__delitem__("banner"),
            change_records(lambda records: records[0].update(substance="another")),
            change_records(lambda records: records[0].update(role="villain")),
            change_records(lambda records: records[0].update(grade=2)),
            change_records(lambda records: records[0].update(metadata={"x": [1]})),
            change_records(lambda records: records[0].update(metadata=3)),
            change_records(lambda records: records[0]["provenance"].update(extra=1)),
            change_records(lambda records: records[0]["provenance"].update(laser_nm="785")),
            change_records(lambda records: records[0]["provenance"].update(file=["x"])),
            change_records(lambda records: records[0].pop("id")),
            change_records(lambda records: records.reverse()),
            change_records(lambda records: records.pop()),
            change_records(lambda records: records.clear()),
        ],
    )
    def test_content_that_contradicts_itself(self, path, edit):
        rehash(path, edit)
        with pytest.raises(LibraryError):
            Library.open(path)


class TestAtomicWrite:
    def unchanged(self, path):
        assert Library.open(path).name == "small"
        assert os.listdir(path.parent) == [path.name]

    @pytest.mark.parametrize("call", ["fsync", "replace"])
    def test_failure_leaves_the_old_library(self, path, monkeypatch, call):
        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, call, fail)
        with pytest.raises(LibraryError, match=r"No space.*unchanged"):
            save_library(library(2), path)
        monkeypatch.undo()
        self.unchanged(path)
        assert len(Library.open(path)) == 3

    def test_failure_while_writing_bytes(self, path, monkeypatch):
        real = builtins.open

        class Full:
            def __init__(self, file):
                self.file = file

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.file.close()

            def write(self, data):
                self.file.write(data[:100])
                raise OSError(28, "No space left on device")

        monkeypatch.setattr(
            builtins,
            "open",
            lambda name, mode="r": Full(real(name, mode)) if "x" in mode else real(name, mode),
        )
        with pytest.raises(LibraryError, match="No space"):
            save_library(library(2), path)
        monkeypatch.undo()
        self.unchanged(path)

    def test_interrupt_leaves_nothing_behind(self, path, monkeypatch):
        def interrupt(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            save_library(library(2), path)
        monkeypatch.undo()
        self.unchanged(path)

    def test_file_in_use_as_on_windows(self, path, monkeypatch):
        def in_use(*_):
            raise PermissionError(13, "The process cannot access the file because it is being used")

        monkeypatch.setattr(os, "replace", in_use)
        with pytest.raises(LibraryError, match="another program has it open"):
            save_library(library(2), path)
        monkeypatch.undo()
        self.unchanged(path)

    def test_image_that_does_not_verify_is_not_written(self, path, monkeypatch):
        real = _hdf5.to_bytes
        monkeypatch.setattr(_hdf5, "to_bytes", lambda tree: real(tree)[:-50])
        with pytest.raises(LibraryError):
            save_library(library(2), path)
        monkeypatch.undo()
        self.unchanged(path)

    @pytest.mark.parametrize("target", ["no/such/folder/l.h5", ".", "a\0b", "x" * 300])
    def test_targets_that_cannot_be(self, tmp_path, target):
        with pytest.raises(LibraryError, match=r"cannot be written|may not be written"):
            save_library(library(), os.path.join(tmp_path, target))
        assert os.listdir(tmp_path) == []

    def test_replaces_what_stood_there(self, path):
        save_library(library(2), path)
        assert len(Library.open(path)) == 2

    @pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
    def test_a_link_stays_a_link(self, path):
        link = path.with_name("link.h5")
        link.symlink_to(path)
        save_library(library(2), link)
        assert link.is_symlink()
        assert len(Library.open(path)) == 2
