"""Style, types and import rules are tests, so that one command checks all."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, bare_environment

LINT_IMPORTS = str(Path(sysconfig.get_path("scripts")) / "lint-imports")
CHECKS = {
    "ruff check": [sys.executable, "-m", "ruff", "check", "."],
    "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "--diff", "."],
    "mypy": [sys.executable, "-m", "mypy"],
    "lint-imports": [LINT_IMPORTS],
}


@pytest.mark.parametrize("name", CHECKS)
def test_is_clean(name: str) -> None:
    done = subprocess.run(
        CHECKS[name],
        cwd=ROOT,
        env=bare_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"{name}\n{done.stdout}\n{done.stderr}"
