"""The C interface through its functions: answers, error codes, deaths, threads, how it is built."""

import ctypes
import json
import os
import re
import signal
import stat
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cli._records import result_record
from cli._version import engine_version
from cli.native import building, worker
from cli.native.building import BuildError, build_library, compile_command, find_compiler
from libraries.embedded import Config, Embedded
from libraries.library import save_library
from tests.commands.native_lab import (
    EXAMPLES,
    STATUS,
    ConfigStruct,
    Native,
    NativeError,
    QueryStruct,
    api,
    built,
    needs_compiler,
    read_scan,
)
from tests.core.synthetic import library

pytestmark = needs_compiler
SCANS = sorted(EXAMPLES.glob("*.csv"))
N = 12


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("native") / "läb.h5"
    save_library(library(N), path)
    return path


@pytest.fixture(scope="module")
def engine(file):
    with Native() as own:
        yield own


@pytest.fixture(scope="module")
def plain():
    return Embedded()


def wanted(embedded, axis, intensity, **more):
    """What the Python API says, in the words of C."""
    outcome = embedded.identify(axis, intensity, **more)
    record = result_record(
        "",
        0,
        spectrum=outcome.spectrum,
        answer=outcome.answer,
        engine=embedded.engine,
        version=engine_version(),
    )
    return json.loads(json.dumps(record))


def check(said, record):
    assert said["record"] == record
    for name in ("verdict", "alert", "probability", "reasons", "next_action"):
        assert said[name] == record[name]
    for got, expected in zip(said["substances"], record["substances"], strict=True):
        assert got == {name: expected[name] for name in got}


class TestAnswers:
    def test_they_are_those_of_the_python_api(self, engine, plain):
        verdicts = set()
        for scan in SCANS:
            record = wanted(plain, *read_scan(scan))
            check(engine.identify(*read_scan(scan)), record)
            verdicts.add((record["verdict"], record["alert"]))
        assert verdicts >= {("match", False), ("mixture", False), ("inconclusive", True), ("unusable", False)}

    def test_a_library_reaches_the_engine(self, file):
        one = library(N).references[3].spectrum
        with Native(file) as own:
            said = own.identify(one.axis, one.intensity)
        check(said, wanted(Embedded([file]), one.axis, one.intensity))
        assert [each["name"] for each in said["substances"]] == ["substance 3"]
        assert said["record"]["provenance"]["library"][0]["name"] == "synthetic"

    def test_a_configuration_reaches_the_engine(self, plain):
        scan, config = read_scan(EXAMPLES / "synthetic_caffeine.csv"), Config(prior=0.1, watch=("lactose",))
        record = wanted(Embedded(config=config), *scan)
        with Native(prior=config.prior, watch=config.watch) as own:
            check(own.identify(*scan), record)
        assert record["prior"] == 0.1
        assert record["probability"] < wanted(plain, *scan)["probability"]

    def test_technique_unit_metadata_and_name_reach_the_engine(self, engine, plain):
        axis, intensity = np.linspace(900.0, 1700.0, 200), np.linspace(0.1, 0.9, 200)
        said = engine.identify(axis, intensity, technique=b"nir", name="Prübe 1".encode())
        record = wanted(plain, axis, intensity, technique="nir")
        assert said["record"] == {**record, "file": "Prübe 1"}
        assert said["record"]["technique"] == "nir"
        scan, digest = read_scan(SCANS[0]), "ab" * 32
        metadata = json.dumps(
            {"source_sha256": digest, "laser_wavelength_nm": 785.0, "operator": None}
        ).encode()
        said = engine.identify(*scan, metadata_json=metadata)
        assert said["record"]["provenance"]["input_sha256"] == digest

    def test_a_descending_axis(self, engine):
        axis, intensity = read_scan(SCANS[1])
        assert (
            engine.identify(axis[::-1], intensity[::-1])["record"]
            == engine.identify(axis, intensity)["record"]
        )

    def test_a_deadline_degrades_and_says_so(self, engine):
        scan = read_scan(EXAMPLES / "synthetic_mixture_caffeine_paracetamol.csv")
        said = engine.identify(*scan, deadline_s=0.004)
        assert said["overrun_s"] > 0
        assert said["degraded"]
        assert set(said["degraded"]) <= set(said["reasons"])
        assert said["verdict"] != "no_match"
        whole = engine.identify(*scan, deadline_s=100.0)
        assert (whole["degraded"], whole["overrun_s"]) == ([], 0.0)
        assert 0 < whole["elapsed_s"] < 100

    def test_many_threads_on_one_engine_and_two_engines(self, engine, plain):
        scans = [read_scan(scan) for scan in SCANS]
        records = [wanted(plain, *scan) for scan in scans]
        with Native() as other, ThreadPoolExecutor(4) as pool:
            asked = [(own, i) for _ in range(4) for i in range(len(scans)) for own in (engine, other)]
            said = list(pool.map(lambda pair: pair[0].identify(*scans[pair[1]])["record"], asked))
        assert said == [records[i] for _, i in asked]

    def test_close_and_open_again(self, engine):
        scan = read_scan(SCANS[0])
        records = []
        for _ in range(2):
            with Native() as own:
                records.append(own.identify(*scan)["record"])
        assert records == [engine.identify(*scan)["record"]] * 2


class TestErrors:
    @pytest.mark.parametrize(
        ("more", "status", "text"),
        [
            ({"axis": None}, "bad_argument", "axis is NULL"),
            ({"intensity": None}, "bad_argument", "intensity is NULL"),
            ({"points": 0}, "bad_argument", "0 points"),
            ({"points": 2**64 - 1}, "bad_argument", "points: expected"),
            ({"points": 19}, "spectrum", "at least 20"),
            ({"deadline_s": -1.0}, "bad_argument", "deadline"),
            ({"deadline_s": float("nan")}, "bad_argument", "deadline"),
            ({"deadline_s": float("inf")}, "bad_argument", "deadline"),
            ({"struct_size": 0}, "bad_argument", "CONTRASPEC_QUERY_INIT"),
            ({"struct_size": 3}, "bad_argument", "CONTRASPEC_QUERY_INIT"),
            ({"struct_size": 2**60}, "bad_argument", "CONTRASPEC_QUERY_INIT"),
            ({"technique": b"smell"}, "spectrum", "smell"),
            ({"unit": b"furlong"}, "spectrum", "furlong"),
            ({"technique": b"\xff\xfe"}, "bad_argument", "technique: not UTF-8"),
            ({"metadata_json": b"\xff"}, "bad_argument", "metadata_json: not UTF-8"),
            ({"metadata_json": b"{"}, "bad_argument", "not JSON"),
            ({"metadata_json": b"[1]"}, "bad_argument", "expected an object"),
            ({"metadata_json": b'{"a": NaN}'}, "bad_argument", "NaN is no number"),
            ({"metadata_json": b'{"a": {}}'}, "bad_argument", "'a' is no number"),
            ({"metadata_json": b"[" * 100_000}, "bad_argument", "not JSON"),
        ],
    )
    def test_what_is_wrong_with_a_query_is_said(self, engine, more, status, text):
        axis, intensity = read_scan(SCANS[0])
        with pytest.raises(NativeError, match=re.escape(text)) as caught:
            engine.identify(axis, intensity, **more)
        assert caught.value.status == status
        assert engine.identify(axis, intensity)["verdict"]
        assert engine.starts == 1

    def test_arrays_that_are_no_spectrum(self, engine):
        for values in (np.full(30, np.nan), np.full(30, np.inf)):
            with pytest.raises(NativeError) as caught:
                engine.identify(np.arange(30.0), values)
            assert caught.value.status == "spectrum"
        with pytest.raises(NativeError, match="ascending"):
            engine.identify(np.ones(30), np.ones(30))

    @pytest.mark.parametrize(
        ("libraries", "config", "status", "text"),
        [
            (["absent.h5"], {}, "library", "absent.h5"),
            ([], {"policy": b"signed"}, "library", "sign"),
            ([], {"policy": b"none"}, "bad_argument", "integrity, signed"),
            ([], {"policy": b"\xff"}, "bad_argument", "not UTF-8"),
            ([], {"watch": ["unobtainium"]}, "library", "unobtainium"),
            ([], {"watch": [""]}, "bad_argument", "NULL or empty"),
            ([""], {}, "bad_argument", "NULL or empty"),
            ([], {"prior": 2.0}, "calibration", "prior"),
            ([], {"prior": float("nan")}, "calibration", "prior"),
            ([], {"trust": b"absent.json"}, "library", "absent.json"),
            ([], {"deadline_s": -1.0}, "bad_argument", "seconds"),
            ([], {"call_timeout_s": float("nan")}, "bad_argument", "seconds"),
            ([], {"python": b"/absent/python"}, "not_started", "/absent/python"),
            ([], {"python": b"/bin/false"}, "not_started", "said nothing"),
            ([], {"python": b"/bin/cat"}, "not_started", "cat"),
            ([], {"log": b"/absent/folder/log"}, "not_started", "/absent/folder/log"),
            ([], {"open_timeout_s": 0.01}, "not_started", "open_timeout_s"),
        ],
    )
    def test_an_engine_that_cannot_be_opened(self, libraries, config, status, text):
        with pytest.raises(NativeError, match=re.escape(text)) as caught:
            Native(*libraries, **config)
        assert caught.value.status == status

    def test_a_python_without_contraspec_says_what_python_says(self, tmp_path):
        fake = tmp_path / "python"
        fake.write_text("#!/bin/sh\necho first >&2\necho 'No module named cli' >&2\nexit 1\n")
        fake.chmod(0o755)
        with pytest.raises(NativeError, match="No module named cli"):
            Native(python=os.fsencode(fake))

    def test_the_environment_names_the_python_and_the_option_wins(self, monkeypatch):
        monkeypatch.setenv("CONTRASPEC_PYTHON", "/absent/python")
        with pytest.raises(NativeError, match="/absent/python"):
            Native()
        with Native(python=os.fsencode(sys.executable)) as own:
            assert own.identify(*read_scan(SCANS[0]))["verdict"] == "inconclusive"

    def test_null_is_an_error_or_nothing(self, engine):
        own, query, handle = api(), QueryStruct(), ctypes.c_void_p()
        assert STATUS[own.open(None, 0, None, None)] == "bad_argument"
        assert STATUS[own.open(None, 1, None, ctypes.byref(handle))] == "bad_argument"
        assert STATUS[own.identify(None, ctypes.byref(query), ctypes.byref(handle))] == "bad_argument"
        assert STATUS[own.identify(engine.handle, None, ctypes.byref(handle))] == "bad_argument"
        assert STATUS[own.identify(engine.handle, ctypes.byref(query), None)] == "bad_argument"
        assert own.error() == b"result is NULL: there is nowhere to put one"
        own.close(None)
        own.result_free(None)
        for name in ("verdict", "next_action", "record"):
            assert getattr(own, f"result_{name}")(None) == b""
        for name in ("reason", "degraded"):
            assert getattr(own, f"result_{name}")(None, 0) == b""
            assert getattr(own, f"result_{name}_count")(None) == 0
        for name in ("probability", "elapsed_s", "overrun_s"):
            assert np.isnan(getattr(own, f"result_{name}")(None))
        assert own.result_alert(None) == -1  # "if (alert)" holds: no answer is not clear
        assert not own.result_substance(None, 0)
        assert (own.engine_version(None), own.engine_process(None), own.engine_starts(None)) == (b"", 0, 0)
        assert own.status_name(99) == own.status_name(-1) == b"unknown"

    def test_structs_of_newer_headers(self, engine):
        scan = read_scan(SCANS[0])

        class Newer(ctypes.Structure):
            _fields_ = (("known", ConfigStruct), ("more", ctypes.c_double))

        for more, status in ((0.0, "ok"), (1.0, "bad_argument")):
            config, handle = Newer(more=more), ctypes.c_void_p()
            config.known.struct_size = ctypes.sizeof(Newer)
            found = api().open(None, 0, ctypes.byref(config), ctypes.byref(handle))
            assert STATUS[found] == status
            api().close(handle)
        assert engine.identify(*scan)["verdict"]

    def test_each_thread_has_its_own_error(self, engine):
        kept = {}

        def ask(number):
            try:
                engine.identify(np.arange(number + 1.0), np.ones(number + 1))
            except NativeError as error:
                kept[number] = error.text

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {number: text.split()[0] for number, text in kept.items()} == {n: str(n + 1) for n in range(4)}


class TestExpiry:
    def test_under_signed_every_call_is_a_library_error_from_then_on(self, tmp_path):
        flag, script, python = (tmp_path / name for name in ("expired", "engine.py", "python"))
        script.write_text(EXPIRING.format(flag=str(flag)))
        python.write_text(f"#!/bin/sh\nexec '{sys.executable}' -I '{script}'\n")
        python.chmod(0o755)
        scan = read_scan(SCANS[1])
        with Native(python=os.fsencode(python)) as own:
            assert own.identify(*scan)["verdict"] == "match"
            flag.touch()
            for _ in range(2):
                with pytest.raises(NativeError, match="its release has expired") as caught:
                    own.identify(*scan)
                assert caught.value.status == "library"
            flag.unlink()  # a clock that was wrong, and is set right
            assert own.identify(*scan)["verdict"] == "match"
            assert own.starts == 1


EXPIRING = """
from datetime import date
from pathlib import Path
from cli.native import worker
from libraries import embedded, expiring

class Signed(embedded.Embedded):
    def __init__(self, libraries, config):
        super().__init__(libraries, config)
        self.config = embedded.Config(policy="signed")

embedded.Embedded = Signed
expiring._last_day = lambda _: date(2020, 2, 29) if Path({flag!r}).exists() else None
worker.main()
"""


class TestDeath:
    def test_one_that_died_between_calls_is_started_anew(self, engine):
        scan = read_scan(SCANS[1])
        with Native() as own:
            before = own.identify(*scan)["record"]
            first = own.process
            kill(own)
            assert own.identify(*scan)["record"] == before
            assert own.starts == 2
            assert own.process != first

    def test_one_that_dies_over_a_call_is_an_error_and_the_next_call_is_answered(self):
        scan = read_scan(SCANS[1])
        with Native() as own:
            os.kill(own.process, signal.SIGSTOP)
            threading.Timer(0.3, os.kill, (own.process, signal.SIGKILL)).start()
            with pytest.raises(NativeError, match="ended") as caught:
                own.identify(*scan)
            assert caught.value.status == "died"
            assert own.identify(*scan)["verdict"] == "match"

    def test_one_that_hangs_is_ended(self):
        with Native(call_timeout_s=1.0) as own:
            hung = own.process
            os.kill(hung, signal.SIGSTOP)
            with pytest.raises(NativeError, match="said nothing for 1 s") as caught:
                own.identify(*read_scan(SCANS[1]))
            assert caught.value.status == "died"
            assert not alive(hung)

    def test_a_deadline_that_passed_before_its_turn(self):
        scan = read_scan(SCANS[1])
        with Native() as own:
            kill(own)
            with pytest.raises(NativeError, match="nothing was identified") as caught:
                own.identify(*scan, deadline_s=0.05)  # starting takes longer
            assert caught.value.status == "deadline"
            assert own.identify(*scan)["verdict"] == "match"

    def test_a_library_that_has_gone_when_it_is_started_anew(self, tmp_path):
        path = tmp_path / "lab.h5"
        save_library(library(N), path)
        one = library(N).references[0].spectrum
        with Native(path) as own:
            path.unlink()
            assert own.identify(one.axis, one.intensity)["verdict"] == "match"
            kill(own)
            with pytest.raises(NativeError) as caught:
                own.identify(one.axis, one.intensity)
            assert caught.value.status == "library"
            assert own.process == 0

    def test_no_process_is_left(self):
        with Native() as own:
            process = own.process
            assert alive(process)
        assert not alive(process)

    def test_a_fork_may_not_use_its_parents_engine(self, engine):
        scan = read_scan(SCANS[0])
        query = QueryStruct(struct_size=ctypes.sizeof(QueryStruct), points=scan[0].size)
        query.axis, query.intensity = (each.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for each in scan)
        own, result = api(), ctypes.c_void_p()
        child = os.fork()
        if child == 0:
            os._exit(own.identify(engine.handle, ctypes.byref(query), ctypes.byref(result)))
        assert STATUS[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])] == "bad_argument"
        assert engine.identify(*scan)["verdict"]

    def test_what_the_engine_writes_goes_to_its_log(self, tmp_path):
        log = tmp_path / "log"
        with Native(log=os.fsencode(log)) as own:
            assert own.identify(*read_scan(SCANS[0]))["verdict"]
        assert log.exists()
        assert stat.S_IMODE(log.stat().st_mode) == 0o600

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
    def test_the_hosts_files_and_streams_stay_its_own(self, engine):
        process = engine.process
        targets = {path.name: os.readlink(path) for path in Path(f"/proc/{process}/fd").iterdir()}
        assert {targets[name] for name in ("0", "1", "2")} == {os.devnull}
        assert (
            sorted(target.split(":")[0] for name, target in targets.items() if int(name) > 2)
            == ["socket"] * 2
        )
        assert os.getpgid(process) != os.getpgid(0)  # Ctrl-C is for the host


def kill(own):
    """Kill an engine and wait until that is noticed."""
    os.kill(own.process, signal.SIGKILL)
    while own.process:
        time.sleep(0.01)


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class TestBuilding:
    def test_library_and_header_are_put_down(self, run, tmp_path):
        ran = run("native", "build", "--out", str(tmp_path / "a b"), "--format", "json", "--python", 'q"\\u?')
        record = json.loads(ran.out)
        assert (ran.code, record["schema"], record["python"]) == (0, "contraspec.native/1", 'q"\\u?')
        assert sorted(path.name for path in (tmp_path / "a b").iterdir()) == sorted(
            ["contraspec.h", building.library_name()]
        )
        own = ctypes.CDLL(record["library"])
        own.contraspec_error.restype = ctypes.c_char_p
        assert own.contraspec_open(None, 0, None, ctypes.byref(ctypes.c_void_p())) == STATUS.index(
            "not_started"
        )
        assert own.contraspec_error().startswith(b'q"\\u? could not be started')

    def test_text_names_what_was_written(self, run, tmp_path):
        ran = run("native", "build", "--out", str(tmp_path))
        assert ran.out.splitlines() == [
            str(tmp_path / building.library_name()),
            str(tmp_path / "contraspec.h"),
            f"starts {sys.executable}",
        ]

    def test_no_compiler_is_one_clear_line(self, run, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("CC", raising=False)
        ran = run("native", "build", "--out", str(tmp_path / "out"))
        assert (ran.code, ran.out) == (5, "")
        assert ran.err.splitlines() == [
            "contraspec: error: no C compiler found (looked for cc, gcc, clang): install one, as by "
            "'apt install gcc libc6-dev', or name it with --cc"
        ]

    def test_the_compiler_that_is_named(self, monkeypatch):
        monkeypatch.setenv("CC", "absent-cc")
        with pytest.raises(BuildError, match="absent-cc"):
            find_compiler()
        assert find_compiler("cc").endswith("cc")

    def test_what_the_compiler_says(self, tmp_path):
        with pytest.raises(BuildError, match="false failed: exit code 1"):
            build_library(tmp_path, compiler="false")
        (tmp_path / "file").write_text("")
        with pytest.raises(BuildError, match="name another folder"):
            build_library(tmp_path / "file")

    def test_the_library_compiles_without_a_warning(self, tmp_path):
        import subprocess

        command = compile_command(find_compiler(), tmp_path / "lib.so", python="python3")
        strict = ["-Wall", "-Wextra", "-Werror", "-pedantic", "-Wshadow", "-Wconversion", "-Wvla"]
        done = subprocess.run([*command, *strict], capture_output=True, text=True, check=False, timeout=120)
        assert (done.returncode, done.stderr) == (0, "")

    def test_only_the_interface_is_visible(self):
        header = building.HEADER.read_text(encoding="utf-8")
        declared = set(re.findall(r"\b(contraspec_\w+)\(", header))
        import shutil
        import subprocess

        if not shutil.which("nm"):
            pytest.skip("needs nm")
        listed = subprocess.run(
            ["nm", "-D", "--defined-only", built().library],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert {line.split()[-1] for line in listed.stdout.splitlines()} == declared

    def test_header_and_worker_agree(self):
        header = building.HEADER.read_text(encoding="utf-8")
        numbers = {name: int(value) for name, value in re.findall(r"CONTRASPEC_(\w+) = (\d+)", header)}
        assert [name.lower() for name in numbers] == list(STATUS)
        assert list(numbers.values()) == list(range(len(STATUS)))
        for name in ("BAD_ARGUMENT", "NOT_STARTED", "LIBRARY", "CALIBRATION", "EXTRA", "SPECTRUM", "FAULT"):
            assert getattr(worker, name) == numbers[name]

    def test_versions(self, engine):
        assert api().abi() == int(re.search(r"CONTRASPEC_ABI (\d+)", building.HEADER.read_text())[1])
        assert api().version().decode() == api().engine_version(engine.handle).decode() == engine_version()

    def test_the_header_is_c_plus_plus_too(self, tmp_path):
        import shutil
        import subprocess

        if not shutil.which("g++"):
            pytest.skip("needs g++")
        source = tmp_path / "a.cpp"
        source.write_text(
            "#include <contraspec.h>\nint main() { contraspec_config c = CONTRASPEC_CONFIG_INIT;"
            " contraspec_query q = CONTRASPEC_QUERY_INIT; return c.struct_size == q.struct_size; }\n"
        )
        own = built().library.parent
        command = ["g++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{own}", "-c", source]
        subprocess.run([*command, "-o", tmp_path / "a.o"], check=True, timeout=60)
