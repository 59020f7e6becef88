"""Times whole cold processes, byte code and compiled kernels being cached, beside eager imports.

The rival is the same command in a process that first imports what ours puts off. Equal means: both write
the same, and the identification names what the file holds.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from ._common import Row, four_digits

ROOT: Final = Path(__file__).resolve().parents[2]
EXAMPLE: Final = ROOT / "examples" / "synthetic_caffeine.csv"
EAGER: Final = "numba, scipy.signal, pybaselines and all kernels"
_EAGERLY: Final = """
import numba, scipy.signal, scipy.linalg, pybaselines, h5py, openpyxl, xlrd
import spectra.matching._kernels, spectra.matching.cascade, spectra.preprocessing._kernels
import libraries, cli.commands.identify
from cli.main import main
main()
"""
# An installed program keeps its byte code: without it a third of a cold start is compiling.
_PINS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")


def time_processes(repeats: int, rivals: int) -> list[Row]:
    """Time ``identify`` against the starter library, and ``--help``.

    Parameters
    ----------
    repeats : int
        Processes of ours, after one that is not counted.
    rivals : int
        Processes of the rival; at least 1.
    """
    return [
        _row("cold_identify", ["identify", "--format", "json", str(EXAMPLE)], repeats, rivals),
        _row("help", ["--help"], repeats, rivals),
    ]


def _row(job: str, arguments: list[str], repeats: int, rivals: int) -> Row:
    ours, eager = [sys.executable, "-m", "cli", *arguments], [sys.executable, "-c", _EAGERLY, *arguments]
    _, said = _run(ours)
    equal = _right(job, said)
    times: list[float] = []
    theirs: list[float] = []
    for number in range(max(repeats, rivals)):
        if number < rivals:
            taken, answer = _run(eager)
            equal = equal and answer == said
            theirs.append(taken)
        if number < repeats:
            times.append(_run(ours)[0])
    return Row(
        job=job,
        n=_references(said),
        threads=1,
        ours_ms=four_digits(statistics.median(times)),
        rival=f"eager imports: {EAGER}",
        rival_ms=four_digits(statistics.median(theirs)),
        equal=equal,
        note="a whole process; its threads are not held to one",
    )


def _run(command: list[str]) -> tuple[float, str]:
    """Milliseconds of a process with an officer's environment, and what it writes."""
    environment = {name: value for name, value in os.environ.items() if name not in _PINS}
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, encoding="utf-8"
    )
    return 1_000 * (time.perf_counter() - started), done.stdout


def _right(job: str, said: str) -> bool:
    if job == "help":
        return "identify" in said
    return [each["name"] for each in json.loads(said)["substances"]] == ["caffeine"]


def _references(said: str) -> int:
    """Count the references of the library that was asked; 1 where none was."""
    if not said.startswith("{"):
        return 1
    return int(json.loads(said)["provenance"]["calibration"][0]["n_references"])
