"""The examples in C: strict compiling, right answers, flat memory, valgrind; the bridge's client."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from libraries.embedded import Embedded
from libraries.library import save_library
from tests.architecture.tree import run_python
from tests.commands.native_lab import (
    EXAMPLES,
    STRICT,
    needs_compiler,
    program,
    read_scan,
    run_program,
    write_scan,
)
from tests.commands.test_bridge_process import served
from tests.core.synthetic import library

pytestmark = needs_compiler
SCANS = sorted(EXAMPLES.glob("*.csv"))
CALLS = 10_000
PAGE_KIB = 4.0
ENGINE_KIB_PER_1000 = 40.0
"""Of the engine process: far above what is measured, and still 40 bytes a call."""

needs_valgrind = pytest.mark.skipif(not shutil.which("valgrind"), reason="needs valgrind")
needs_proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


@pytest.fixture(scope="module")
def plain():
    return Embedded()


def lines_of(told, word):
    return [line.partition(": ")[2] for line in told.splitlines() if line.startswith(f"{word}: ")]


class TestIdentify:
    @pytest.mark.parametrize(
        "scan", [scan for scan in SCANS if "bag" not in scan.name], ids=lambda path: path.stem
    )
    def test_it_says_what_the_python_api_says(self, plain, scan):
        said = plain.identify(*read_scan(scan)).answer.identification
        done = run_program(program("identify"), scan)
        assert (done.returncode, done.stderr) == (int(said.alert), "")
        assert lines_of(done.stdout, "verdict") == [said.verdict + (" ALERT" if said.alert else "")]
        assert lines_of(done.stdout, "reason") == list(said.reasons)
        assert lines_of(done.stdout, "next") == [said.next_action]
        told = lines_of(done.stdout, "substance")
        for line, named in zip(told, said.substances, strict=True):
            assert line.startswith(f"{named.label.substance} ({named.label.cas}), {named.label.role}")
        probability = [] if said.probability is None else [f"{said.probability:.6g}"]
        assert lines_of(done.stdout, "probability") == probability
        record = json.loads(done.stdout.splitlines()[-1])
        assert (record["schema"], record["file"]) == ("contraspec.result/1", str(scan))

    def test_it_says_what_the_command_says(self):
        told = run_python("-m", "cli", "identify", str(SCANS[2]), "--format", "json").stdout
        record, own = (
            json.loads(told),
            json.loads(run_program(program("identify"), SCANS[2]).stdout.splitlines()[-1]),
        )
        for name in (
            "verdict",
            "alert",
            "probability",
            "substances",
            "hits",
            "reasons",
            "next_action",
            "quality",
        ):
            assert own[name] == record[name]

    def test_exit_codes(self, tmp_path):
        few = write_scan(tmp_path / "few.csv", range(10), range(10))
        for args, code, word in (
            ([], 2, "usage"),
            ([tmp_path / "absent.csv"], 3, "absent.csv"),
            ([few], 3, "spectrum: 10 points"),
            ([SCANS[0], tmp_path / "absent.h5"], 4, "library: "),
        ):
            done = run_program(program("identify"), *args)
            assert (done.returncode, word in done.stderr, done.stdout) == (code, True, ""), done.stderr
        done = run_program(program("identify"), SCANS[0], CONTRASPEC_PYTHON="/absent/python")
        assert (done.returncode, done.stderr[:11]) == (70, "not_started")

    def test_a_library_of_ones_own(self, tmp_path):
        path, one = tmp_path / "lab.h5", library(12).references[5].spectrum
        save_library(library(12), path)
        scan = write_scan(tmp_path / "scan.csv", one.axis, one.intensity)
        done = run_program(program("identify"), scan, path)
        assert lines_of(done.stdout, "verdict") == ["match"]
        assert lines_of(done.stdout, "substance")[0].startswith("substance 5 (")


class TestSoak:
    @needs_proc
    def test_memory_is_flat_over_ten_thousand_calls(self, tmp_path):
        flat = write_scan(tmp_path / "flat.csv", np.arange(200.0, 2000.0, 6.0), np.ones(300))
        weak, mixed = (
            EXAMPLES / "synthetic_too_weak.csv",
            EXAMPLES / "synthetic_mixture_caffeine_paracetamol.csv",
        )
        files = [flat] * 31 + [mixed] + [flat] * 15 + [weak]  # quick ones, and some in full
        figures = soaked(CALLS, 1, *files)
        assert (figures["calls"], figures["failed"], figures["differed"], figures["starts"]) == (
            CALLS,
            0,
            0,
            1,
        )
        assert abs(figures["own_kib_per_1000"]) <= PAGE_KIB
        assert abs(figures["engine_kib_per_1000"]) <= ENGINE_KIB_PER_1000
        assert figures["own_kib"] < 20_000

    def test_four_threads_get_what_one_gets(self):
        figures = soaked(80, 4, *SCANS)
        assert (figures["calls"], figures["failed"], figures["differed"], figures["starts"]) == (80, 0, 0, 1)

    def test_a_wrong_answer_would_be_seen(self, tmp_path):
        few = write_scan(tmp_path / "few.csv", range(10), range(10))
        done = run_program(program("native_soak"), 4, 1, few)
        assert done.returncode == 1
        assert json.loads(done.stdout)["failed"] == 4
        assert "10 points" in done.stderr

    @needs_valgrind
    def test_fifty_calls_are_clean_under_valgrind(self):
        done = valgrind(
            "--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all", program=(50, 1)
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["calls"] == 50

    @needs_valgrind
    def test_threads_share_nothing_unguarded(self):
        done = valgrind("--tool=helgrind", program=(24, 4))
        assert done.returncode == 0, done.stderr

    @needs_valgrind
    @pytest.mark.parametrize("python", [None, "/absent/python", "/bin/false", "/bin/cat"])
    def test_failures_leave_nothing_behind(self, python, tmp_path):
        few = write_scan(tmp_path / "few.csv", range(10), range(10))
        more = {} if python is None else {"CONTRASPEC_PYTHON": python}
        done = valgrind("--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all",
                        program=(5, 1), files=[few], **more)  # fmt: skip
        assert done.returncode == (1 if python is None else 2), done.stderr
        assert "==" not in done.stderr, done.stderr


def soaked(calls, threads, *files):
    done = run_program(program("native_soak"), calls, threads, *files)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def valgrind(*args, program=(50, 1), files=SCANS, **more):
    """Run the soak under valgrind; no suppressions. What it starts is not looked at: that is Python."""
    from tests.commands import native_lab

    own = native_lab.program("native_soak")
    return run_program(
        "valgrind",
        "-q",
        "--child-silent-after-fork=yes",
        "--error-exitcode=9",
        *args,
        own,
        *program,
        *files,
        **more,
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    source, out = EXAMPLES / "bridge_client.c", tmp_path_factory.mktemp("client") / "bridge_client"
    compiler = "gcc" if shutil.which("gcc") else "cc"
    done = subprocess.run(
        [compiler, *STRICT, source, "-o", out], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return out


class TestBridgeClient:
    def test_it_is_short(self):
        assert len((EXAMPLES / "bridge_client.c").read_text(encoding="utf-8").splitlines()) <= 60

    def test_it_asks_a_bridge(self, client, plain):
        with served("--tcp", "127.0.0.1:0") as (process, addresses):
            host, _, port = addresses["tcp"].rpartition(":")
            for scan in SCANS:
                done = run_program(client, host, port, scan)
                verdict, _, reply = done.stdout.partition("\n")
                said = plain.identify(*read_scan(scan)).answer.identification
                assert (done.returncode, verdict) == (0, said.verdict), done.stderr
                assert json.loads(reply)["result"]["reasons"] == list(said.reasons)
            process.kill()
        assert run_program(client, host, port, SCANS[0]).returncode == 70

    def test_no_answer_is_no_verdict(self, client, tmp_path):
        few = write_scan(tmp_path / "few.csv", range(10), range(10))
        with served("--tcp", "127.0.0.1:0") as (_, addresses):
            host, _, port = addresses["tcp"].rpartition(":")
            done = run_program(client, host, port, few)
        assert (done.returncode, done.stdout.splitlines()[0]) == (3, "no answer")
        assert run_program(client).returncode == 2

    @needs_valgrind
    def test_it_is_clean_under_valgrind(self, client):
        with served("--tcp", "127.0.0.1:0") as (_, addresses):
            host, _, port = addresses["tcp"].rpartition(":")
            done = run_program(
                "valgrind", "-q", "--leak-check=full", "--error-exitcode=9", client, host, port, SCANS[0]
            )
        assert done.returncode == 0, done.stderr


def test_the_libraries_example_programs_need_nothing_else():
    """What a program links beside the C library: nothing that would have to be installed with it."""
    if not shutil.which("readelf") or os.name != "posix" or not sys.platform.startswith("linux"):
        pytest.skip("needs readelf")
    from tests.commands.native_lab import built

    listed = subprocess.run(
        ["readelf", "-d", built().library], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    needed = [line.rpartition("[")[2].rstrip("]") for line in listed.splitlines() if "(NEEDED)" in line]
    assert all(name.startswith(("libc.", "libpthread", "ld-")) for name in needed), needed
