"""The command line as a process of its own: imports, encodings, pipes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RUN_FAKE = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("fakes", sys.argv[1])
fakes = importlib.util.module_from_spec(spec)
sys.modules["fakes"] = fakes
spec.loader.exec_module(fakes)
from cli import _engine
from cli.main import main
_engine.open_engine = fakes.open_fake_engine
main(sys.argv[2:])
"""
RUN_LIGHT = """
import sys
before = set(sys.modules)
from cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as left:
    assert left.code == 0, left.code
print("\\n".join(sorted({name.partition(".")[0] for name in set(sys.modules) - before})), file=sys.stderr)
"""


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CONTRASPEC_DEBUG")}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **more}


def run_fake(cwd: Path, *args: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    fakes = str(Path(__file__).with_name("conftest.py"))
    return subprocess.run(
        [sys.executable, "-c", RUN_FAKE, fakes, *args],
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("args", [["--help"], ["library", "--help"], ["--version"]])
def test_help_loads_click_and_the_standard_library_only(args: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN_LIGHT, *args],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    loaded = set(done.stderr.split())
    foreign = {name for name in loaded if name not in sys.stdlib_module_names} - {"click", "cli"}
    assert not foreign
    assert "cli" in loaded


def test_identify_help_needs_no_numerics() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN_LIGHT, "identify", "--help"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert not {"numpy", "h5py", "numba", "scipy"} & set(done.stderr.split())


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_every_verdict_on_every_console(scans: Path, encoding: str) -> None:
    done = run_fake(
        scans,
        "identify",
        *(
            f"{name}.csv"
            for name in ("match", "alert", "mixture", "group", "inconclusive", "no_match", "unusable")
        ),
        PYTHONIOENCODING=encoding,
    )
    text = done.stdout.decode(encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "?" not in text
    assert ("β-alanine" if encoding == "utf-8" else "beta-alanine") in text


def test_machine_output_is_the_same_on_every_console(scans: Path) -> None:
    for output_format in ("json", "csv"):
        outputs = {
            run_fake(
                scans, "identify", "group.csv", "--format", output_format, PYTHONIOENCODING=encoding
            ).stdout
            for encoding in ("cp1252", "ascii", "utf-8", "utf-16")
        }
        assert len(outputs) == 1
    done = run_fake(scans, "identify", "group.csv", "--format", "json", PYTHONIOENCODING="cp1252")
    assert json.loads(done.stdout.decode("ascii"))["substances"][1]["name"] == "β-alanine"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no shell pipe to close early here")
def test_a_reader_that_goes_away_is_no_traceback(scans: Path) -> None:
    files = [f"{name}.csv" for name in ("match", "alert")] * 50
    fakes = str(Path(__file__).with_name("conftest.py"))
    with subprocess.Popen(
        [sys.executable, "-c", RUN_FAKE, fakes, "identify", "--format", "json", *files],
        cwd=scans,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["verdict"] == "match"
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=120) == 141
    assert errors == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such file names")
def test_a_file_name_that_is_not_utf8_gets_its_record(scans: Path) -> None:
    name = os.fsdecode(b"scan\xff.csv")
    for output_format in ("text", "json", "csv"):
        done = run_fake(scans, "identify", name, "match.csv", "--format", output_format)
        assert done.returncode == 3
        assert b"Traceback" not in done.stderr


def test_python_dash_m() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--version"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.startswith("contraspec ")
