"""Two who save one library: nobody's change is lost without a word, and nothing is left behind."""

import dataclasses
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from libraries import Library, Naming, _replacing, make_reference, save_library, verify_library
from libraries._hdf5 import to_bytes, write_image
from libraries._pieces import Joined, n_bytes, pieces
from libraries._sealed import ALIGNMENT
from libraries._stored import StoredTree, content_sha256
from libraries._storing import INDEXED_FROM
from libraries.curation.changing import add_references
from libraries.releases.signing import approve, draft_release, open_draft, write_release
from spectra.errors import LibraryError
from spectra.spectrum import Spectrum
from tests.architecture.tree import ROOT
from tests.store.releases import TERMS, Lab
from tests.store.test_library import PIPELINE, library, reference

CHANGED = "was changed by another since it was read"
SAVER = """
import sys, time
from pathlib import Path
from libraries import Library, save_library
from libraries.curation.changing import add_references
from spectra.errors import LibraryError
from tests.store.test_library import reference

path, me, together = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
for attempt in range(20):
    opened = Library.open(path, mapped=False)
    changed = add_references(opened, [reference(100 + me, f"added by {me}")]).library
    if attempt == 0:
        (together / str(me)).touch()
        while len(list(together.iterdir())) < 2:
            time.sleep(0.001)
    try:
        save_library(changed, path)
    except LibraryError as error:
        print(error)
    else:
        break
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_library(library(), tmp_path / "l.h5")
    return tmp_path / "l.h5"


def added(opened: Library, seed: int) -> Library:
    return add_references(opened, [reference(seed, f"added {seed}")]).library


def test_two_processes_that_read_the_same_file_both_get_their_reference_in(path: Path) -> None:
    together = path.parent / "together"
    together.mkdir()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path), str(me), str(together)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for me in (1, 2)
    ]
    told = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    substances = {each.label.substance for each in verify_library(path).references}
    assert {"added by 1", "added by 2", "caffeine"} <= substances
    # both had read it before either wrote: exactly one was told to read it again
    assert sum(out.count(CHANGED) for out, _ in told) == 1


def test_the_second_of_two_is_told_and_the_first_stays(path: Path) -> None:
    first, second = Library.open(path), Library.open(path)
    save_library(added(first, 10), path)
    before = path.read_bytes()
    with pytest.raises(LibraryError, match=CHANGED):
        save_library(added(second, 11), path)
    assert path.read_bytes() == before
    save_library(added(Library.open(path), 11), path)
    assert {"added 10", "added 11"} <= {each.label.substance for each in Library.open(path).references}


def test_a_change_outside_the_content_counts_too(path: Path) -> None:
    opened = Library.open(path)
    save_library(dataclasses.replace(opened, created="2027-01-01T00:00:00+00:00"), path)
    assert Library.open(path).content_sha256 == opened.content_sha256
    with pytest.raises(LibraryError, match=CHANGED):
        save_library(added(opened, 10), path)


def test_what_was_saved_can_be_changed_and_saved_again(path: Path) -> None:
    saved = save_library(added(Library.open(path), 10), path)
    again = save_library(added(saved, 11), path)
    assert Library.open(path).content_sha256 == again.content_sha256


@pytest.mark.parametrize("as_typed", [os.path.realpath, os.path.relpath])
def test_the_same_file_by_another_name_is_the_same(path: Path, as_typed) -> None:
    opened = Library.open(path)
    save_library(added(Library.open(path), 10), path)
    with pytest.raises(LibraryError, match=CHANGED):
        save_library(added(opened, 11), as_typed(path))


def test_another_file_and_a_library_of_nobody_are_not_compared(path: Path) -> None:
    opened = Library.open(path)
    save_library(added(opened, 10), path)
    save_library(added(opened, 11), path.with_name("other.h5"))
    save_library(library(name="built anew"), path)
    assert Library.open(path).name == "built anew"


def test_a_file_that_was_taken_away_is_made_again(path: Path) -> None:
    opened = Library.open(path)
    path.unlink()
    save_library(added(opened, 10), path)
    assert len(Library.open(path)) == len(opened) + 1


def test_a_large_library_is_compared_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libraries._storing.INDEXED_FROM", 1)
    path = tmp_path / "l.h5"
    save_library(library(), path, pipelines=[PIPELINE])
    first, second = Library.open(path, mapped=False), Library.open(path, mapped=False)
    save_library(added(first, 10), path)
    with pytest.raises(LibraryError, match=CHANGED):
        save_library(added(second, 11), path)


def test_no_lock_and_no_half_file_stay(path: Path) -> None:
    save_library(added(Library.open(path), 10), path)
    stale = Library.open(path)
    save_library(added(stale, 11), path)
    with pytest.raises(LibraryError, match=CHANGED):
        save_library(added(stale, 12), path)
    assert {name for name in os.listdir(path.parent) if not name.endswith(".lock")} == {"l.h5"}


def test_a_lock_that_somebody_keeps_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_replacing, "WAIT_S", 0.05)
    before = path.read_bytes()
    with FileLock(path.with_name(".l.h5.lock")), pytest.raises(LibraryError, match="has been replacing it"):
        save_library(added(Library.open(path), 10), path)
    assert path.read_bytes() == before


FULL_DISK = """
import resource, signal, sys
from libraries import Library, _storing, save_library
from spectra.errors import LibraryError
from tests.store.test_library import library

_storing.INDEXED_FROM = 1
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    save_library(library(name="another"), sys.argv[1])
except LibraryError as error:
    print(error)
"""


@pytest.mark.parametrize("n_bytes", [0, 3000, 12000])
def test_a_disk_that_is_full_leaves_the_old_library(path: Path, n_bytes: int) -> None:
    pytest.importorskip("resource", reason="only there a process can be given so little room")
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), str(n_bytes)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "cannot be written" in done.stdout, done.stdout + done.stderr
    assert "what stood there is unchanged" in done.stdout
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


class TestReleases:
    def test_a_signature_given_in_the_meantime_is_not_dropped(self, lab: Lab) -> None:
        path = lab.folder / "l.h5"
        opened = Library.open(path)
        draft = draft_release(str(path), TERMS, creator=lab.anna)
        write_release(str(path), draft, draft.release)
        with pytest.raises(LibraryError, match=CHANGED):
            save_library(added(opened, 10), path)

    def test_a_reference_added_in_the_meantime_is_not_signed_away(self, lab: Lab) -> None:
        path = lab.folder / "l.h5"
        draft = draft_release(str(path), TERMS, creator=lab.anna)
        save_library(added(Library.open(path), 10), path)
        with pytest.raises(LibraryError, match=CHANGED):
            write_release(str(path), draft, draft.release)
        write_release(str(path.with_name("out.h5")), draft, draft.release)

    def test_a_draft_is_approved_where_it_lies(self, lab: Lab) -> None:
        path = lab.folder / "l.h5"
        draft = draft_release(str(path), TERMS, creator=lab.anna)
        write_release(str(path), draft, draft.release)
        first, second = (open_draft(str(path), trust=lab.trust) for _ in range(2))
        write_release(str(path), first, approve(first, approver=lab.ben))
        with pytest.raises(LibraryError, match=CHANGED):
            write_release(str(path), second, approve(second, approver=lab.ben))


class TestPieces:
    PARTS = tuple(np.random.default_rng(3).normal(size=n) for n in (5, 1, 400, 7))

    @pytest.mark.parametrize("size", [8, 64, 2**22])
    def test_joined_is_what_concatenate_makes(self, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("libraries._pieces.PIECE", size)
        whole, joined = np.concatenate(self.PARTS), Joined(self.PARTS)
        assert (joined.shape, joined.dtype, n_bytes(joined)) == (whole.shape, whole.dtype, whole.nbytes)
        assert np.array_equal(np.concatenate(list(pieces(joined))), whole)
        assert np.array_equal(np.concatenate(list(pieces(whole))), whole)

    @pytest.mark.parametrize("size", [8, 100, 2**22])
    def test_hash_and_file_are_those_of_the_whole(
        self, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        table = np.arange(60, dtype=np.float32).reshape(20, 3)
        shared = {"/m": table, "/t": table.T, "/none": np.zeros(0, np.uint8)}
        whole = StoredTree({"/": {"a": 1}}, {**shared, "/x": np.concatenate(self.PARTS)})
        joined = StoredTree({"/": {"a": 1}}, {**shared, "/x": Joined(self.PARTS)})
        expected = content_sha256(whole), to_bytes(whole)
        with open(tmp_path / "a", "xb") as file:
            offsets = write_image(whole, file, 512, alignment=ALIGNMENT)
        monkeypatch.setattr("libraries._pieces.PIECE", size)
        assert (content_sha256(joined), to_bytes(joined)) == expected
        with open(tmp_path / "b", "xb") as file:
            assert write_image(joined, file, 512, alignment=ALIGNMENT) == offsets
        assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()

    def test_saving_takes_little_memory_beside_the_library(self, tmp_path: Path) -> None:
        n, rng = INDEXED_FROM + 200, np.random.default_rng(1)
        axis = np.linspace(200.0, 3000.0, 2000)
        spectra = (Spectrum(axis, rng.normal(size=axis.size)) for _ in range(n))
        references = tuple(make_reference(each, Naming(f"s{row}")) for row, each in enumerate(spectra))
        made = Library(name="many", technique="raman", references=references)
        save_library(library(), tmp_path / "warm.h5")
        tracemalloc.start()
        try:
            save_library(made, tmp_path / "l.h5")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (tmp_path / "l.h5").stat().st_size > 35e6
        assert peak < 20e6  # it was twice the file and more
