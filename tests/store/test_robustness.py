"""Killed writers, readers beside a writer, flipped bits, newer and older versions, files in use."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from libraries import Library, _migrations, _stored, _storing, save_library, verify_library
from libraries._stored import HASH_ATTRIBUTE, StoredTree
from libraries.releases.policy import Gate
from spectra.errors import LibraryError
from tests.store.releases import Lab
from tests.store.test_library import PIPELINE, library
from tests.store.test_mapped import edit_head

ROOT = Path(__file__).resolve().parents[2]
KILLS = 40
READING_S = 2.0

WRITER = """
import sys
from libraries import _storing, save_library
from tests.store.test_library import PIPELINE, library
_storing.INDEXED_FROM = int(sys.argv[2])
first, second = library(), library(banner="x" * 8000)
for each in (first, second):
    save_library(each, sys.argv[1], pipelines=[PIPELINE])
print("ready", flush=True)
while True:
    for each in (first, second):
        save_library(each, sys.argv[1], pipelines=[PIPELINE])
"""
KILLER = """
import os, random, signal, sys, time
from libraries import _storing, save_library, verify_library
from tests.store.test_library import PIPELINE, library
path = sys.argv[1]
_storing.INDEXED_FROM = int(sys.argv[2])
libraries = library(), library(banner="x" * 8000)
for _ in range(2):
    for each in libraries:
        started = time.perf_counter()
        save_library(each, path, pipelines=[PIPELINE])
        one_save = time.perf_counter() - started
instants = random.Random(7)
for number in range(int(sys.argv[3])):
    writer = os.fork()
    if writer == 0:
        while True:
            number += 1
            save_library(libraries[number % 2], path, pipelines=[PIPELINE])
    time.sleep(instants.uniform(0.0, 3.0 * one_save))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    opened = verify_library(path)
    assert len(opened.references) == 4
    print(opened.content_sha256, flush=True)
"""
READER = """
import sys, time
from libraries import Library, verify_library
end, seen = time.monotonic() + float(sys.argv[2]), set()
print("ready", flush=True)
while time.monotonic() < end:
    for read in (Library.open, verify_library):
        library = read(sys.argv[1])
        seen.add(library.content_sha256)
        assert len(library.references) == 4
        del library
print(*seen)
"""


def start(code: str, *args: object) -> subprocess.Popen[str]:
    """Run code in a process of its own, and wait until it is at it."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def both() -> set[str]:
    """Hashes of the two libraries that the writer saves."""
    return {each.with_prepared([PIPELINE]).content_sha256 for each in (library(), library(banner="x" * 8000))}


@pytest.fixture(params=[1000, 1], ids=["container 1", "container 2"])
def indexed_from(request, monkeypatch):
    monkeypatch.setattr(_storing, "INDEXED_FROM", request.param)
    return request.param


def test_a_terminated_writer_leaves_the_old_or_the_new_library(tmp_path):
    """On any system; Windows has TerminateProcess for it."""
    path = tmp_path / "l.h5"
    writer = start(WRITER, path, 1000)
    time.sleep(0.02)
    writer.kill()
    writer.communicate()
    assert verify_library(path).content_sha256 in both()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="takes fork to be quick")
def test_killed_at_any_instant_the_old_or_the_new_library_stands(tmp_path, indexed_from):
    path = tmp_path / "l.h5"
    command = [sys.executable, "-c", KILLER, path, str(indexed_from), str(KILLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    stood = done.stdout.split()
    assert len(stood) == KILLS
    assert set(stood) == both()  # the kills did come before, between and after
    left = [each for each in tmp_path.iterdir() if each != path]
    assert left, "no kill came while a file was being written: the test tries nothing"
    save_library(library(), path, pipelines=[PIPELINE])  # what killed writers left does not disturb
    verify_library(path)


@pytest.mark.skipif(sys.platform == "win32", reason="a file in use cannot be replaced there, and says so")
def test_two_readers_beside_a_writer(tmp_path, indexed_from):
    path = tmp_path / "l.h5"
    writer = start(WRITER, path, indexed_from)
    try:
        readers = [start(READER, path, READING_S) for _ in range(2)]
        told = [reader.communicate(timeout=60)[0] for reader in readers]
    finally:
        writer.kill()
        writer.communicate()
    assert [reader.returncode for reader in readers] == [0, 0]
    assert all(set(each.split()) <= both() for each in told)
    assert {one for each in told for one in each.split()} == both()  # they did see both


class TestFlippedBits:
    def test_each_of_200_is_refused(self, lab: Lab, indexed_from):
        """Everywhere: seal, head, its padding, HDF5's own bytes, data, release."""
        save_library(library(), lab.folder / "l.h5", pipelines=[PIPELINE])
        path = lab.release()
        whole, rng = path.read_bytes(), np.random.default_rng(20)
        sealed = len((lab.folder / "l.h5").read_bytes())
        offsets = [*rng.integers(0, len(whole), 200), *rng.integers(sealed, len(whole), 50)]
        for offset in map(int, offsets):
            broken = bytearray(whole)
            broken[offset] ^= 1 << int(rng.integers(8))
            path.write_bytes(broken)
            with pytest.raises(LibraryError):
                verify_library(path)
        path.write_bytes(whole)
        assert verify_library(path, gate=Gate("signed", lab.trust)).standing.reasons == ()

    def test_an_opened_library_answers_the_same_or_is_refused(self, tmp_path, monkeypatch):
        """What opening does not read may be another bit; what is handed out may not."""
        monkeypatch.setattr(_storing, "INDEXED_FROM", 1)
        path = tmp_path / "l.h5"
        built = save_library(library(), path, pipelines=[PIPELINE])
        root, whole, rng = built.index(PIPELINE).root, path.read_bytes(), np.random.default_rng(21)
        passed = 0
        for offset in map(int, rng.integers(0, len(whole), 200)):
            broken = bytearray(whole)
            broken[offset] ^= 1 << int(rng.integers(8))
            path.write_bytes(broken)
            try:
                opened = Library.open(path)
                assert np.array_equal(opened.index(PIPELINE).root, root)
                assert opened.labels == built.labels
                for ours, theirs in zip(built.references, opened.references, strict=True):
                    assert np.array_equal(ours.spectrum.intensity, theirs.spectrum.intensity)
                passed += 1
            except LibraryError:
                continue
            with pytest.raises(LibraryError):
                verify_library(path)
        assert passed > 0  # HDF5's own bytes are for other programs


class TestCuts:
    def test_a_cut_release_is_refused_and_a_library_without_one_is_unsigned(self, lab: Lab, indexed_from):
        save_library(library(), lab.folder / "l.h5", pipelines=[PIPELINE])
        path = lab.release()
        whole, sealed = path.read_bytes(), len((lab.folder / "l.h5").read_bytes())
        for length in [
            *range(0, sealed, 1 + sealed // 40),
            *range(sealed + 1, len(whole), 37),
            len(whole) - 1,
        ]:
            path.write_bytes(whole[:length])
            with pytest.raises(LibraryError):
                Library.open(path)
        path.write_bytes(whole[:sealed])
        assert Library.open(path, gate=Gate()).standing.state == "unsigned"


class TestVersions:
    def test_a_newer_container(self, tmp_path, indexed_from):
        path = tmp_path / "l.h5"
        save_library(library(), path)
        data = path.read_bytes()
        path.write_bytes(data.replace(data[:21], b"contraspec.library 3\n", 1))
        with pytest.raises(LibraryError, match="version 3, expected at most 2; update contraspec"):
            Library.open(path)

    def test_newer_content(self, tmp_path, indexed_from, monkeypatch):
        path = tmp_path / "l.h5"
        with monkeypatch.context() as patch:
            patch.setattr(_stored, "VERSION", 2)
            save_library(library(), path)
        with pytest.raises(LibraryError, match="content version 2, expected at most 1: update contraspec"):
            Library.open(path)

    @pytest.mark.parametrize("version", [0, -1, "1", 1.0])
    def test_no_version(self, tmp_path, monkeypatch, version):
        monkeypatch.setattr(_storing, "INDEXED_FROM", 1)
        path = tmp_path / "l.h5"
        save_library(library(), path)
        edit_head(path, lambda head: head["attributes"]["/"].__setitem__("version", version))
        if version != 1:
            with pytest.raises(LibraryError):
                Library.open(path)

    def test_older_content_opens_and_is_rewritten_when_saved(self, tmp_path, indexed_from, monkeypatch):
        """As if version 2 had put the release into the banner."""
        path = tmp_path / "l.h5"
        old = save_library(library(), path, pipelines=[PIPELINE])

        def step(tree: StoredTree) -> StoredTree:
            root = {**tree.attributes["/"], "banner": f"of {tree.attributes['/']['release']}"}
            return StoredTree({**tree.attributes, "/": root}, tree.datasets)

        monkeypatch.setattr(_stored, "VERSION", 2)
        monkeypatch.setattr(_migrations, "MIGRATIONS", {1: step})
        for read in (Library.open, verify_library, lambda each: Library.open(each, mapped=False)):
            opened = read(path)
            assert (opened.banner, opened.labels) == ("of 2026.1", old.labels)
            assert opened.content_sha256 == old.content_sha256  # the file's, as it was released
            assert opened.references[0].spectrum.n_points == 150
        saved = save_library(opened, path)
        assert Library.open(path).content_sha256 == saved.content_sha256 != old.content_sha256
        assert Library.open(path).banner == "of 2026.1"

    def test_damage_in_an_older_library_is_found(self, tmp_path, monkeypatch):
        monkeypatch.setattr(_storing, "INDEXED_FROM", 1)
        path = tmp_path / "l.h5"
        save_library(library(), path)
        edit_head(path, lambda head: head["attributes"]["/"].__setitem__(HASH_ATTRIBUTE, "00" * 32))
        monkeypatch.setattr(_stored, "VERSION", 2)
        monkeypatch.setattr(_migrations, "MIGRATIONS", {1: lambda tree: tree})
        with pytest.raises(LibraryError, match="content's hash"):
            Library.open(path)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_a_file_in_use_is_told_and_left_as_it_is(tmp_path, monkeypatch, code):
    """What Windows does with a library that another program has open."""
    path = tmp_path / "l.h5"
    save_library(library(), path)
    before = path.read_bytes()

    def replace(*_: object) -> None:
        raise PermissionError(code, "The process cannot access the file")

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(LibraryError, match=r"l\.h5: may not be written, or another program has it open"):
        save_library(library(banner="new"), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["l.h5"]
