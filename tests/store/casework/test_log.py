"""The case log: whatever was changed shows, a crash loses nothing that was whole."""

import errno
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.casework import log
from libraries.casework.log import Head, append, read_head, read_log, verify_log
from spectra.errors import CaseError

ROOT = Path(__file__).parents[3]


def filled(folder: Path, n: int = 5) -> Path:
    path = folder / "case.log"
    for i in range(n):
        append(path, "result", {"item": f"K{i}", "verdict": "match", "probability": 0.1 * i})
    return path


def test_what_is_appended_comes_back_in_order(tmp_path: Path) -> None:
    path = filled(tmp_path)
    entries = list(read_log(path))
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.details["item"] for entry in entries] == ["K0", "K1", "K2", "K3", "K4"]
    assert verify_log(path) == read_head(path) == Head(5, entries[-1].sha256)


def test_an_old_report_is_found_in_a_log_that_went_on(tmp_path: Path) -> None:
    path = filled(tmp_path, 2)
    printed = verify_log(path).sha256
    append(path, "result", {})
    assert verify_log(path, expected=printed[:16].upper()).number == 3
    with pytest.raises(CaseError, match="no entry has the hash"):
        verify_log(path, expected="0" * 16)


@pytest.fixture(scope="module")
def a_log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return filled(tmp_path_factory.mktemp("log"), 3).read_bytes()


@given(data=st.data())
def test_any_changed_byte_shows(
    a_log: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log") / "case.log"
    whole = bytearray(a_log)
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    with pytest.raises(CaseError):
        verify_log(path)


@pytest.mark.parametrize("changed", ["removed", "moved", "doubled", "first", "last", "all"])
def test_lines_removed_moved_or_doubled_show(tmp_path: Path, changed: str) -> None:
    path = filled(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines = {
        "removed": lines[:2] + lines[3:],
        "moved": [lines[1], lines[0], *lines[2:]],
        "doubled": [*lines, lines[-1]],
        "first": lines[1:],
        "last": lines[:-1],
        "all": [],
    }[changed]
    path.write_bytes(b"".join(lines))
    with pytest.raises(CaseError, match=r"altered|taken off the end"):
        verify_log(path)


def test_an_entry_rewritten_with_its_hash_breaks_the_next(tmp_path: Path) -> None:
    path = filled(tmp_path)
    lines = path.read_bytes().splitlines()
    plain = json.loads(lines[2])
    plain["details"]["verdict"] = "no_match"
    del plain["sha256"]
    plain["sha256"] = log.sha256_of(plain)
    lines[2] = log.canonical(plain)
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(CaseError, match="entry 4 does not follow"):
        verify_log(path)


def test_a_tail_cut_with_its_head_file_shows_on_the_report(tmp_path: Path) -> None:
    path = filled(tmp_path)
    printed = verify_log(path).sha256
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    path.with_name("case.log.head").unlink()
    assert verify_log(path).number == 3
    with pytest.raises(CaseError, match="taken off the end"):
        verify_log(path, expected=printed)


def test_nothing_is_appended_to_a_log_that_was_cut(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    with pytest.raises(CaseError, match="was the last when it was written"):
        append(path, "result", {})
    path.unlink()
    with pytest.raises(CaseError, match="is gone, but it had 5 entries"):
        append(path, "result", {})


@pytest.mark.parametrize("kept_bytes", [1, 30, -1])
def test_a_torn_last_line_is_taken_out_and_told(tmp_path: Path, kept_bytes: int) -> None:
    path = filled(tmp_path, 2)
    fragment = path.read_bytes().splitlines(keepends=True)[-1][:kept_bytes]
    with open(path, "ab") as file:
        file.write(fragment)
    with pytest.raises(CaseError, match="cut short"):
        verify_log(path)
    append(path, "result", {"item": "K9"})
    entries = list(read_log(path))
    assert [entry.what for entry in entries] == ["result", "result", "recovered", "result"]
    assert entries[2].details["bytes"] == len(fragment)
    verify_log(path)


def test_what_is_no_json_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = filled(tmp_path, 1)
    before = path.read_bytes()
    for bad in ({"p": float("nan")}, {"p": object()}, {"text": "x" * 1_100_000}):
        with pytest.raises(CaseError):
            append(path, "result", bad)
    with pytest.raises(CaseError, match="expected one of"):
        append(path, "gossip", {})
    assert path.read_bytes() == before


def _append_many(path: str, who: int, n: int) -> None:
    for i in range(n):
        append(path, "result", {"who": who, "i": i})


def test_several_processes_write_one_log(tmp_path: Path) -> None:
    path = tmp_path / "case.log"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(str(path), who, 20)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert verify_log(path).number == 60
    told = [(entry.details["who"], entry.details["i"]) for entry in read_log(path)]
    assert sorted(told) == [(who, i) for who in range(3) for i in range(20)]


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_a_writer_killed_at_any_instant_leaves_a_log_that_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "case.log"
    code = (
        "import sys, itertools\nfrom libraries.casework.log import append\n"
        "for i in itertools.count():\n"
        "    append(sys.argv[1], 'result', {'i': i, 'fill': 'x' * 20000})\n"
        "    print(i, flush=True)\n"
    )
    for round_ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, cwd=ROOT, text=True
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.013 * (round_ + 1))
            writer.send_signal(signal.SIGKILL)
            said = writer.stdout.read().split()
        append(path, "result", {"round": round_})
        kept = [entry.details.get("i") for entry in read_log(path)]
        assert not said or int(said[-1]) in kept  # what was promised is there
    verify_log(path)


class _Refusing:
    """Stands in for a lock that is never had."""

    error: Exception = OSError()

    def __init__(self, path: str, timeout: float) -> None:
        self.path = path

    def acquire(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (filelock.Timeout("x"), "cannot lock files (it refuses every lock)"),
        (OSError(errno.ENOLCK, "No locks available"), "cannot lock files (No locks available)"),
        (OSError(errno.EOPNOTSUPP, "Operation not supported"), "cannot lock files (Operation not supported)"),
        (OSError(errno.EROFS, "Read-only file system"), "cannot be written: Read-only file system"),
    ],
)
def test_a_file_system_that_cannot_lock_is_not_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    monkeypatch.setattr(_Refusing, "error", error)
    monkeypatch.setattr(filelock, "FileLock", _Refusing)
    with pytest.raises(CaseError, match=re.escape(told)) as raised:
        log.append(tmp_path / "case.log", "result", {})
    assert "another process" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_log_that_another_holds_is_said_to_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LOCK_SECONDS", 0.05)
    other = filelock.FileLock(str(tmp_path / "case.log.lock"), is_singleton=False)
    with other, pytest.raises(CaseError, match="another process has held the case log"):
        log.append(tmp_path / "case.log", "result", {})
