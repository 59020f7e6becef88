"""Compiles the C library: one call of the system's compiler, nothing but the C library behind it."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .._version import engine_version

FOLDER: Final = Path(__file__).parent / "c"
HEADER: Final = FOLDER / "contraspec.h"
COMPILERS: Final = ("cc", "gcc", "clang")
FLAGS: Final = ("-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread")

_LINUX_FLAGS: Final = ("-Wl,-soname,libcontraspec.so", "-Wl,-z,defs")
_TIMEOUT_S: Final = 300


class BuildError(RuntimeError):
    """No library could be built: no compiler, a system it is not for, or what the compiler said."""


@dataclass(frozen=True)
class Built:
    """What was written.

    Attributes
    ----------
    library : Path
        Shared library.
    header : Path
        ``contraspec.h`` beside it.
    python : str
        Interpreter that it starts unless told otherwise.
    """

    library: Path
    header: Path
    python: str


def build_library(folder: Path, *, compiler: str | None = None, python: str | None = None) -> Built:
    """Compile the C library and put its header beside it.

    Parameters
    ----------
    folder : Path
        Made where it is missing. What stood there under the same names is replaced at once.
    compiler : str, optional
        Program; by default that of the environment variable ``CC``, else the first of ``cc``, ``gcc`` and
        ``clang``.
    python : str, optional
        Interpreter that the library is to start; this one by default.

    Raises
    ------
    BuildError
        No compiler, a compiler that fails, a system other than Linux and macOS, or a folder that cannot be
        written.
    """
    if os.name != "posix":
        raise BuildError("the C interface is for Linux and macOS: elsewhere use contraspec serve --tcp")
    program = find_compiler(compiler)
    own = python or sys.executable
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch, library_name())
            _run(compile_command(program, made, python=own))
            copied = Path(shutil.copy(HEADER, scratch))
            library, header = made.replace(folder / made.name), copied.replace(folder / copied.name)
    except OSError as error:
        raise BuildError(f"{folder}: {error.strerror or error}: name another folder") from error
    return Built(library, header, own)


def find_compiler(wanted: str | None = None) -> str:
    """Path of a C compiler.

    Parameters
    ----------
    wanted : str, optional
        As for ``build_library``.

    Raises
    ------
    BuildError
        There is none.
    """
    names = [name for name in (wanted, os.environ.get("CC")) if name][:1] or list(COMPILERS)
    for name in names:
        if found := shutil.which(name):
            return found
    raise BuildError(
        f"no C compiler found (looked for {', '.join(names)}): install one, as by "
        "'apt install gcc libc6-dev', or name it with --cc"
    )


def compile_command(compiler: str, out: Path, *, python: str) -> list[str]:
    """Command that compiles the library, for ``subprocess.run``."""
    defined = {"CONTRASPEC_PYTHON": python, "CONTRASPEC_VERSION": engine_version()}
    return [
        compiler,
        *FLAGS,
        *(f"-D{name}={_quoted(value)}" for name, value in defined.items()),
        *(str(path) for path in sorted(FOLDER.glob("*.c"))),
        *(_LINUX_FLAGS if sys.platform.startswith("linux") else ()),
        "-o",
        str(out),
    ]


def library_name() -> str:
    """File name of a shared library on this system."""
    return "libcontraspec.dylib" if sys.platform == "darwin" else "libcontraspec.so"


def _quoted(text: str) -> str:
    """C string of a text: octal where C might read something else."""
    plain = "".join(
        chr(each) if 32 <= each < 127 and each not in b'"\\?' else f"\\{each:03o}"
        for each in os.fsencode(text)
    )
    return f'"{plain}"'


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{command[0]} took longer than {_TIMEOUT_S} s") from error
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise BuildError(f"{command[0]} failed: {said[0] if said else f'exit code {done.returncode}'}")
