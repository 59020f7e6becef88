"""Files: how long, where, and what may not stand in them."""

import re
from pathlib import PurePosixPath
from statistics import median

import pytest

from tests.architecture.tree import OUR_TREES, PACKAGES, ROOT, package_modules, project_files, text

MAX_LINES = 400
MAX_MEDIAN_LINES = 200
MACHINE_PATH = re.compile(
    rb"(?<![\w.\-/])/(?:work|root)/|/tmp/venv|(?<![\w.\-/])/home/\w+/|\b[A-Z]:\\Users\\", re.IGNORECASE
)
PACKAGE_INDEX = re.compile(rb"--(?:extra-)?index-url|pythonhosted\.org|PIP_INDEX_URL", re.IGNORECASE)
THIS = PurePosixPath("tests/architecture/test_tree.py")


def n_lines(path: PurePosixPath) -> int:
    return len(text(path).splitlines())


def local(path: PurePosixPath) -> list[bytes]:
    """What in a file holds on one machine only."""
    content = (ROOT / path).read_bytes()
    return [match.group() for pattern in (MACHINE_PATH, PACKAGE_INDEX) for match in pattern.finditer(content)]


def test_no_file_is_too_long() -> None:
    long = {str(path): n_lines(path) for path in package_modules() if n_lines(path) > MAX_LINES}
    assert not long, "one idea a file: split it"


def test_most_files_are_short() -> None:
    middle = median(n_lines(path) for path in package_modules())
    assert middle <= MAX_MEDIAN_LINES, f"median of {middle:g} lines"


def test_no_test_folder_shadows_a_package() -> None:
    modules = [path for path in project_files() if path.parts[0] == "tests" and path.suffix == ".py"]
    folders = {part for path in modules for part in path.parts[1:-1]}
    assert not folders & {*OUR_TREES, "numpy", "scipy", "numba", "click", "h5py"}


def test_tests_and_packages_are_where_they_are_expected() -> None:
    tops = {path.parts[0] for path in project_files() if path.suffix == ".py" and len(path.parts) > 1}
    assert tops <= {*OUR_TREES, "docs"}
    assert set(PACKAGES) <= tops


def test_tests_stand_in_tests_only() -> None:
    strays = [path for path in project_files() if path.name.startswith("test_") and path.parts[0] != "tests"]
    assert not strays


def test_no_path_of_one_machine() -> None:
    found = {str(path): local(path) for path in project_files() if path != THIS}
    assert not {path: matches for path, matches in found.items() if matches}


@pytest.mark.parametrize(
    "line", [b"open('/work/x')", b"PATH=/root/.cache", b"/tmp/venv/bin", b"/home/ann/x", rb"C:\Users\ann"]
)
def test_the_path_check_sees(line: bytes) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize(
    "line", [b"https://example.org/work/1", b"../work/x", b"at work/home", b"example.org/home/ann/"]
)
def test_the_path_check_lets_pass(line: bytes) -> None:
    assert not MACHINE_PATH.search(line)
