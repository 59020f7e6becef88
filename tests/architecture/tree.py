"""The working tree as the architecture tests see it: files, modules and their imports."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("spectra", "libraries", "cli")
OUR_TREES = {*PACKAGES, "tests", "benchmarks", "examples"}

_MADE = {"__pycache__", "build", "dist", "venv", "node_modules"}


@cache
def project_files() -> tuple[PurePosixPath, ...]:
    """Every file of the project, relative to its root: what git keeps or would keep.

    Where git cannot tell, everything but hidden and made folders.
    """
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=False,
            timeout=60,
        )
        if listed.returncode == 0:
            names = sorted({os.fsdecode(name) for name in listed.stdout.split(b"\0") if name})
            return tuple(PurePosixPath(name) for name in names if (ROOT / name).is_file())
    return tuple(sorted(_walked()))


def _walked() -> Iterator[PurePosixPath]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name == ".ci" or not (name.startswith(".") or name in _MADE or name.endswith(".egg-info"))
        ]
        for name in files:
            if not name.endswith((".pyc", ".nbi", ".nbc")):
                yield PurePosixPath(Path(folder, name).relative_to(ROOT).as_posix())


def package_modules() -> tuple[PurePosixPath, ...]:
    """Python files of the three packages."""
    return tuple(path for path in project_files() if path.suffix == ".py" and path.parts[0] in PACKAGES)


def text(path: PurePosixPath) -> str:
    """Contents of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: PurePosixPath) -> ast.Module:
    """Parsed module."""
    return ast.parse(text(path), filename=str(path))


@dataclass(frozen=True)
class Import:
    """One import statement, at whatever depth it stands.

    ``level`` is 0 for an absolute import; ``module`` is empty for ``from . import x``.
    """

    line: int
    module: str
    level: int

    @property
    def root(self) -> str:
        """First part of an absolute import."""
        return "" if self.level else self.module.partition(".")[0]


def find_imports(module: ast.Module) -> list[Import]:
    """Every import of a module, those inside functions and conditions too."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found.extend(Import(node.lineno, alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.append(Import(node.lineno, node.module or "", node.level))
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                name = first.value.lstrip(".")
                found.append(Import(node.lineno, name, len(first.value) - len(name)))
    return found


def find_calls(module: ast.Module) -> list[tuple[int, str]]:
    """Line and name of everything that is called by a plain or dotted name."""
    return [(node.lineno, _called(node)) for node in ast.walk(module) if isinstance(node, ast.Call)]


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def bare_environment(**more: str) -> dict[str, str]:
    """Environment of a child process without what would change how Python or contraspec behaves."""
    dropped = ("PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS", "NO_COLOR", "FORCE_COLOR", "CONTRASPEC_DEBUG")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONUTF8": "1", **more}


def run_python(*args: str, cwd: Path = ROOT, **more: str) -> subprocess.CompletedProcess[str]:
    """Run this interpreter on the working tree."""
    return subprocess.run(
        [sys.executable, *args],
        cwd=cwd,
        env=bare_environment(PYTHONPATH=str(ROOT), **more),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
