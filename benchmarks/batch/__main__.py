"""Times ``contraspec batch`` over made-up scans: one process beside several, and the share of the disk.

::

    python -m benchmarks.batch [--files 2000] [--workers 2] [--repeats 3] [--json FILE]
    python -m benchmarks.batch --identical [--files 2000] [--workers 2] [--data ../shared/data] [--json FILE]

Whole processes are timed, start and opening of the library included; the ratio is of the medians. Every
run must give the same bytes. The share of reading and writing is that of one process: reading files,
writing journal and table, as a part of all its time.

The second line does not time: it answers the same scans on one process, on several and on a Dask cluster,
into each kind of table, and compares the bytes. With --data the scans are measured spectra and disturbed
copies of them.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from .identical import Compared, compare
from .scans import write_measured, write_scans

ROOT: Final = Path(__file__).resolve().parents[2]
LOOKED_AT: Final = 300
"""Files of which the shares are measured."""


@dataclass(frozen=True)
class Outcome:
    """What was measured.

    Attributes
    ----------
    files, workers, repeats : int
        Scans; processes of the several; runs of each.
    one_s, several_s : float
        Median seconds of a whole run.
    one_files_s, several_files_s : float
        Files a second.
    ratio : float
        Throughput of several over that of one.
    read_share, write_share : float
        Parts of the time of one process.
    same : bool
        Whether all runs gave the same bytes.
    machine : str
        Where.
    """

    files: int
    workers: int
    repeats: int
    one_s: float
    several_s: float
    one_files_s: float
    several_files_s: float
    ratio: float
    read_share: float
    write_share: float
    same: bool
    machine: str


def run(folder: Path, workers: int, name: str) -> tuple[float, str]:
    """Seconds of a batch in a process of its own, and the hash of what it wrote."""
    output = folder / f"{name}.jsonl"
    command = [sys.executable, "-m", "cli", "batch", "scans", "-o", output.name, "--workers", str(workers)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CONTRASPEC_CONFIG": os.devnull}
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started, hashlib.sha256(output.read_bytes()).hexdigest()


def shares(folder: Path) -> tuple[float, float]:
    """Parts of the time that reading files and writing journal and table take, in this process."""
    from cli._question import Question
    from cli.batch import answering
    from cli.batch.answering import Answerer, Task
    from cli.batch.writing import write_output
    from libraries.batches.journal import Done, open_journal
    from libraries.batches.walking import Own, find_places
    from libraries.batches.worklist import WorkList
    from spectra.io import reading

    answerer = Answerer(Question())
    spent = {"read": 0.0, "write": 0.0}
    parse = "read_measurements_from_bytes"
    with (
        patch.object(answering, "read_content", _timed(answering.read_content, spent, "read")),
        patch.object(reading, parse, _timed(reading.read_measurements_from_bytes, spent, "read")),
        open_journal(folder / "shares.journal", {}) as journal,
        WorkList() as work,
    ):
        work.add(find_places([str(folder / "scans")], Own()))
        items = list(work.items())[:LOOKED_AT]
        answerer.answer(Task(0, 0, items[0].file, items[0].path or ""))  # opens what opens late
        spent["read"], started = 0.0, time.perf_counter()
        for item in items:
            answered = answerer.answer(Task(0, 0, item.file, item.path or ""))
            begun = time.perf_counter()
            done = Done(0, item.file, answered.identity, answered.rows)
            work.note(done, journal.append(done))
            spent["write"] += time.perf_counter() - begun
        begun = time.perf_counter()
        with WorkList() as finished:
            finished.recall(journal)
            write_output(str(folder / "shares.jsonl"), finished, journal)
        spent["write"] += time.perf_counter() - begun
        total = time.perf_counter() - started
    return spent["read"] / total, spent["write"] / total


def _timed(call: Any, spent: dict[str, float], what: str) -> Any:
    def timed(*args: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return call(*args, **options)
        finally:
            spent[what] += time.perf_counter() - begun

    return timed


def measure(folder: Path, *, files: int, workers: int, repeats: int) -> Outcome:
    """Measure all of it; runs of one and of several take turns."""
    write_scans(folder / "scans", files)
    times: dict[int, list[float]] = {1: [], workers: []}
    hashes = set()
    for repeat in range(repeats):
        for n in (1, workers):
            seconds, digest = run(folder, n, f"run-{n}-{repeat}")
            times[n].append(seconds)
            hashes.add(digest)
    one, several = statistics.median(times[1]), statistics.median(times[workers])
    read, write = shares(folder)
    return Outcome(
        files=files,
        workers=workers,
        repeats=repeats,
        one_s=round(one, 2),
        several_s=round(several, 2),
        one_files_s=round(files / one, 1),
        several_files_s=round(files / several, 1),
        ratio=round(one / several, 2),
        read_share=round(read, 3),
        write_share=round(write, 3),
        same=len(hashes) == 1,
        machine=f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
    )


def compared(folder: Path, *, files: int, workers: int, data: Path | None) -> Compared:
    """Write scans, made up where there is no folder of measured ones, and compare the ways."""
    if data is None:
        write_scans(folder / "scans", files)
    measured = write_measured(folder / "scans", files, data) if data else 0
    return compare(folder, measured=measured, workers=workers)


def main(arguments: list[str] | None = None) -> int:
    """Print what was measured; exit code 1 when runs differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--identical", action="store_true", help="compare bytes instead of timing")
    parser.add_argument("--data", type=Path, help="with --identical: folder with raman/ and nir/")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args(arguments)
    found: Outcome | Compared
    with tempfile.TemporaryDirectory() as name:
        folder, files, workers = Path(name), options.files, options.workers
        if options.identical:
            found = compared(folder, files=files, workers=workers, data=options.data)
        else:
            found = measure(folder, files=files, workers=workers, repeats=options.repeats)
    told = asdict(found)
    for key, value in told.items():
        print(f"{key:16} {json.dumps(value, indent=1) if isinstance(value, dict) else value}")
    if options.json:
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    same = found.identical if isinstance(found, Compared) else found.same
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
