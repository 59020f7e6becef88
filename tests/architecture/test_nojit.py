"""The kernels are plain Python too: the same tests hold with numba switched off."""

import pytest

from tests.architecture.tree import ROOT, run_python

KERNEL_TESTS = (
    "tests/core/test_search.py",
    "tests/core/test_branching.py",
    "tests/core/test_cascade.py",
    "tests/core/test_vector.py",
    "tests/core/test_preprocessing_whittaker_kernels.py",
)


@pytest.mark.parametrize("tests", KERNEL_TESTS)
def test_the_kernel_tests_exist(tests: str) -> None:
    assert (ROOT / tests).is_file()


@pytest.mark.parametrize("tests", KERNEL_TESTS)
def test_kernels_without_numba(tests: str) -> None:
    done = run_python("-m", "pytest", "-q", "-p", "no:cacheprovider", tests, NUMBA_DISABLE_JIT="1")
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    assert " passed" in done.stdout.splitlines()[-1]
