"""What package code may import and use, by its syntax tree: imports inside functions too."""

import ast
import sys
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import PurePosixPath

import pytest

from tests.architecture.tree import PACKAGES, find_calls, find_imports, package_modules, tree

ALLOWED = {
    "asyncua": ("cli/bridge/peers/opcua*.py",),
    "babel": ("cli/messages/catalogues.py", "cli/reports/sources.py"),
    "bcrypt": ("libraries/releases/_ed25519.py",),
    "brukeropus": ("spectra/io/binary/*bruker_opus*.py",),
    "click": ("cli/*",),
    "cryptography": ("cli/bridge/peers/opcua_certificates.py", "libraries/releases/_ed25519.py"),
    "distributed": ("cli/batch/cluster.py",),
    "filelock": ("libraries/_replacing.py", "libraries/batches/locking.py", "libraries/casework/log.py"),
    "google": ("cli/bridge/peers/sapient_*.py",),
    "h5py": ("libraries/_hdf5.py", "spectra/io/binary/nexus.py", "spectra/io/writers/nexus.py"),
    "jinja2": ("cli/workbench/*.py",),
    "llvmlite": ("spectra/_vector.py",),
    "matplotlib": ("cli/_drift.py",),
    "msgpack": ("cli/bridge/framing.py",),
    "numba": ("spectra/_jit.py", "spectra/_vector.py", "spectra/*/_kernels.py"),
    "numpy": ("*",),
    "openpyxl": ("spectra/io/tables/excel.py", "spectra/io/tables/_sheet.py"),
    "paho": ("cli/bridge/peers/mqtt_link.py",),
    "plotly": ("cli/workbench/app.py",),
    "pyarrow": ("cli/batch/parquet.py",),
    "pybaselines": ("spectra/preprocessing/baseline.py",),
    "rdkit": ("libraries/structures.py",),
    "sapient_msg": ("cli/bridge/peers/sapient_*.py",),
    "scipy": ("spectra/*",),
    "sklearn": ("spectra/confidence/nir/pls.py",),
    "starlette": ("cli/workbench/*.py",),
    "typst": ("cli/reports/pdf.py",),
    "uvicorn": ("cli/workbench/serving.py",),
    "watchfiles": ("cli/batch/watching.py",),
    "wdf": ("spectra/io/binary/*renishaw_wdf*.py",),
    "xlrd": ("spectra/io/tables/excel.py", "spectra/io/tables/_sheet.py"),
}
"""Where each third-party package may be imported. One that is not here is not a dependency."""

FORBIDDEN_MODULES = {
    "cloudpickle": "runs code from a file",
    "dill": "runs code from a file",
    "joblib": "runs code from a file",
    "marshal": "runs code from a file",
    "pickle": "runs code from a file",
    "shelve": "runs code from a file",
    "tests": "is not installed",
    "benchmarks": "is not installed",
}
FORBIDDEN_CALLS = {"eval", "exec", "__import__"}


def misplaced(path: PurePosixPath, module: ast.Module) -> list[str]:
    """Third-party imports that may not stand in this file."""
    wrong = []
    for one in find_imports(module):
        if one.level or one.root in PACKAGES or one.root in sys.stdlib_module_names:
            continue
        if not any(fnmatch(str(path), pattern) for pattern in ALLOWED.get(one.root, ())):
            wrong.append(f"line {one.line}: {one.root}")
    return wrong


def forbidden(_path: PurePosixPath, module: ast.Module) -> list[str]:
    """Modules, calls and statements that no package code may contain."""
    found = [
        f"line {one.line}: {one.root} {FORBIDDEN_MODULES[one.root]}"
        for one in find_imports(module)
        if one.root in FORBIDDEN_MODULES
    ]
    found += [f"line {line}: {name}()" for line, name in find_calls(module) if name in FORBIDDEN_CALLS]
    for node in ast.walk(module):
        if isinstance(node, ast.Assert):
            found.append(f"line {node.lineno}: assert vanishes with -O; raise an error that says what to do")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and not _is_false(node.value):
            found.append(f"line {node.value.lineno}: allow_pickle runs code from a file")
    return found


def crossing(path: PurePosixPath, module: ast.Module) -> list[str]:
    """Imports that are absolute inside a package, or relative out of it."""
    depth = len(path.parts) - 1
    return [
        f"line {one.line}: {'.' * one.level}{one.module}"
        for one in find_imports(module)
        if one.root == path.parts[0] or one.level > depth
    ]


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def offenders(check: Callable[[PurePosixPath, ast.Module], list[str]]) -> dict[str, list[str]]:
    """Modules of the packages in which a check finds something."""
    found = {str(path): check(path, tree(path)) for path in package_modules()}
    return {path: wrong for path, wrong in found.items() if wrong}


def test_third_party_packages_stay_in_their_rooms() -> None:
    assert not offenders(misplaced)


def test_nothing_dangerous() -> None:
    assert not offenders(forbidden)


def test_relative_inside_a_package_absolute_between() -> None:
    assert not offenders(crossing)


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("spectra/quality.py", "import h5py"),
        ("libraries/library.py", "def f():\n    from h5py import File"),
        ("spectra/matching/search.py", "if True:\n    import numba.core"),
        ("libraries/engine.py", "import scipy.signal"),
        ("spectra/quality.py", "import importlib\nimportlib.import_module('pybaselines')"),
        ("cli/main.py", "import requests"),
        ("spectra/quality.py", "import click"),
    ],
)
def test_the_room_check_sees(where: str, code: str) -> None:
    assert misplaced(PurePosixPath(where), ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "def f():\n    from marshal import loads",
        "eval('1')",
        "import builtins\nbuiltins.exec('1')",
        "def f(x):\n    assert x",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
        "from tests.core import samples",
    ],
)
def test_the_danger_check_sees(code: str) -> None:
    assert forbidden(PurePosixPath("spectra/quality.py"), ast.parse(code))


@pytest.mark.parametrize("code", ["from spectra import grid", "from ....libraries import library"])
def test_the_crossing_check_sees(code: str) -> None:
    assert crossing(PurePosixPath("spectra/io/tables/table.py"), ast.parse(code))


def test_the_kernel_module_has_no_python_twin_of_the_decorator() -> None:
    users = {
        str(path)
        for path in package_modules()
        if path.name == "_kernels.py" and any(one.root == "numba" for one in find_imports(tree(path)))
    }
    assert not users, f"{users}: use spectra._jit.kernel, which holds every numba option"
