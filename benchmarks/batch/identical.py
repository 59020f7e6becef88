"""Whether one batch gives the same bytes on one process, on several and on a Dask cluster.

::

    python -m benchmarks.batch --identical [--files 2000] [--workers 2] [--data ../shared/data] [--json FILE]

Nine batches over the same spectra: each of the three ways of answering writes each kind of table, in a
process of its own and from nothing.
"""

import contextlib
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
ENDINGS: Final = (".jsonl", ".csv", ".parquet")
CLUSTER: Final = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(
        n_workers=int(sys.argv[1]), threads_per_worker=1, processes=True, dashboard_address=None,
        host="127.0.0.1",
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@dataclass(frozen=True)
class Compared:
    """What came of it.

    Attributes
    ----------
    files, measured, workers : int
        Files; different measured spectra among them, 0 for made-up ones; processes of the several.
    sha256 : mapping
        For each ending the sum of each way, which are all the same where the bytes are.
    seconds : mapping
        Of each way, all its endings together.
    verdicts : mapping
        How many rows of each verdict or error.
    identical : bool
        Whether for each ending there is one sum.
    machine : str
        Where.
    """

    files: int
    measured: int
    workers: int
    sha256: dict[str, dict[str, str]]
    seconds: dict[str, float]
    verdicts: dict[str, int]
    identical: bool
    machine: str


def compare(folder: Path, *, measured: int, workers: int = 2, endings: Sequence[str] = ENDINGS) -> Compared:
    """Answer ``folder/scans`` in each way and hash what each wrote.

    Parameters
    ----------
    folder : Path
        Outputs go here too.
    measured : int
        Different measured spectra among the scans, to be told.
    workers : int
        Processes of the several, and of the cluster.
    endings : sequence of str
        Kinds of table.

    Raises
    ------
    subprocess.CalledProcessError
        A batch that ended without its table.
    """
    told: dict[str, Any] = {}
    sums: dict[str, dict[str, str]] = {ending: {} for ending in endings}
    seconds: dict[str, float] = {}
    with local_cluster(workers) as address:
        ways = {
            "1 worker": ("--workers", "1"),
            f"{workers} workers": ("--workers", str(workers)),
            f"Dask cluster of {workers}": ("--scheduler", address),
        }
        for number, (way, options) in enumerate(ways.items()):
            started = time.perf_counter()
            for ending in endings:
                output = folder / f"way-{number}{ending}"
                told = run_batch(folder, output.name, *options)
                sums[ending][way] = hashlib.sha256(output.read_bytes()).hexdigest()
            seconds[way] = round(time.perf_counter() - started, 1)
    return Compared(
        measured=measured,
        workers=workers,
        sha256=sums,
        seconds=seconds,
        files=told["files"],
        verdicts={**told["verdicts"], **told["failures"]},
        identical=all(len(set(each.values())) == 1 for each in sums.values()),
        machine=f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
    )


def run_batch(folder: Path, output: str, *options: str) -> dict[str, Any]:
    """Run ``contraspec batch scans`` in a process of its own; what it came to.

    Raises
    ------
    subprocess.CalledProcessError
        When it ends otherwise than with 0, or 3 for a scan that gives no answer.
    """
    command = [sys.executable, "-m", "cli", "batch", "scans", "-o", output, "--format", "json", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CONTRASPEC_CONFIG": os.devnull}
    ran = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True)
    if ran.returncode not in (0, 3):
        raise subprocess.CalledProcessError(ran.returncode, command, ran.stdout, ran.stderr)
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


@contextlib.contextmanager
def local_cluster(n: int) -> Iterator[str]:
    """Scheduler and ``n`` worker processes on this machine; its address."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER, str(n)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        address = process.stdout.readline().strip() if process.stdout else ""
        if not address:
            raise SystemExit('no Dask cluster: pip install "contraspec[cluster]"')
        try:
            yield address
        finally:
            process.communicate()
