"""What may be loaded when: a cold start must not pay for what it does not use."""

import json
import math
import os
from pathlib import Path

import pytest

from libraries import save_library
from libraries.engine import open_starter
from tests.architecture.tree import ROOT, run_python

HEAVY = (
    "numba",
    "llvmlite",
    "pybaselines",
    "matplotlib",
    "pandas",
    "sklearn",
    "scipy.signal",
    "scipy.ndimage",
)
UNUSED = (
    *("importlib.metadata", "importlib.resources", "email", "tempfile", "numpy.ma", "scipy.special"),
    *("spectra.io.text", "spectra.io.jcamp", "spectra.io.spc", "spectra.io.tables._wide"),
    *(
        "spectra.matching.branching",
        "spectra.matching.cascade",
        "libraries.starter.build",
        "libraries.ingest",
        "libraries.methods.nir",
        "libraries.methods.preparing",
        "libraries.calibrating",
        "libraries.releases.block",
        "libraries.releases.trust",
        "libraries._writing",
        "filelock",
        "spectra.matching.nir",
        "spectra.confidence.nir",
    ),
)
"""What one plain table against the starter has no use for."""
ONLY_TO_IDENTIFY = (
    "libraries",
    "spectra.matching",
    "spectra.confidence",
    "spectra.preprocessing",
    "scipy",
    "h5py",
)
MAX_IMPORT_S = 0.150

REPORT = """
import json, sys, time
before, start = set(sys.modules), time.perf_counter()
{code}
seconds = time.perf_counter() - start
print(json.dumps({{"seconds": seconds, "modules": sorted(set(sys.modules) - before)}}), file=sys.stderr)
"""
COMMAND = """
from cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as left:
    if left.code:
        raise
"""


def measure(code: str, *args: str) -> tuple[float, list[str]]:
    done = run_python("-c", REPORT.format(code=code), *args)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stderr.splitlines()[-1])
    return report["seconds"], report["modules"]


def among(modules: list[str], unwanted: tuple[str, ...]) -> set[str]:
    return {name for name in modules if any(name == one or name.startswith(f"{one}.") for one in unwanted)}


def heavy(modules: list[str]) -> set[str]:
    return among(modules, HEAVY)


@pytest.mark.parametrize(
    "code",
    [
        "import spectra",
        "import spectra; [getattr(spectra, name) for name in spectra.__all__]",
        "import spectra.io",
        "import libraries",
        "import libraries.engine",
    ],
)
def test_import_loads_nothing_heavy(code: str) -> None:
    assert not heavy(measure(code)[1])


def test_import_spectra_loads_nothing_foreign_and_is_quick() -> None:
    seconds, modules = min(measure("import spectra") for _ in range(3))
    assert [name for name in modules if name.startswith(("spectra", "numpy", "scipy"))] == ["spectra"]
    assert seconds <= MAX_IMPORT_S


SCAN = str(next(iter(sorted((ROOT / "examples").glob("*.csv")))))


def test_cold_identify_loads_nothing_heavy() -> None:
    _, modules = measure(COMMAND, "identify", "--format", "json", SCAN)
    assert "libraries.engine" in modules
    assert not heavy(modules)
    assert not among(modules, UNUSED)


@pytest.mark.skipif(os.name == "nt", reason="there scipy itself says where its shared libraries are")
def test_cold_identify_takes_a_solver_without_scipy() -> None:
    _, modules = measure(COMMAND, "identify", "--format", "json", SCAN)
    assert among(modules, ("scipy",)) == {"scipy.linalg._flapack"}


def test_a_library_of_sealed_parts_is_opened_without_hdf5(tmp_path: Path) -> None:
    parts = tmp_path / "parts.h5"
    save_library(open_starter(), parts, apart=True)
    _, modules = measure(COMMAND, "identify", "--format", "json", "-l", str(parts), SCAN)
    assert "libraries._sealed" in modules
    assert not among(modules, (*HEAVY, *UNUSED, "h5py", "libraries._hdf5"))


def test_a_near_infrared_scan_does_not_pay_for_raman(tmp_path: Path) -> None:
    axis = [900.0 + 4.0 * step for step in range(200)]
    rows = [f"{x},{0.5 + 0.1 * math.sin(x / 40):.6f}" for x in axis]
    scan = tmp_path / "scan.csv"
    scan.write_text("\n".join(["Wavelength (nm),Absorbance (AU)", *rows]), encoding="utf-8")
    _, modules = measure(COMMAND, "identify", "--format", "json", str(scan))
    assert "libraries.methods.nir" in modules
    assert not heavy(modules)
    assert not among(modules, ("libraries.methods.raman", "libraries.containers"))


def test_cold_info_loads_what_reads() -> None:
    _, modules = measure(COMMAND, "info", SCAN)
    assert "spectra.io.tables.table" in modules
    assert not among(modules, (*HEAVY, *UNUSED, *ONLY_TO_IDENTIFY))


def test_the_check_sees() -> None:
    assert heavy(["numba", "scipy", "scipy.signal._x"]) == {"numba", "scipy.signal._x"}
    assert heavy(measure("import scipy.ndimage")[1])
