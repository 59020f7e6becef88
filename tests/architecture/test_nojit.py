"""The kernels are plain Python too: the same tests hold with numba switched off."""

import pytest

from tests.architecture.tree import ROOT, run_python

KERNEL_TESTS = "tests/core/test_search.py"


def test_the_kernel_tests_exist() -> None:
    assert (ROOT / KERNEL_TESTS).is_file()


def test_kernels_without_numba() -> None:
    done = run_python("-m", "pytest", "-q", "-p", "no:cacheprovider", KERNEL_TESTS, NUMBA_DISABLE_JIT="1")
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    assert " passed" in done.stdout.splitlines()[-1]
