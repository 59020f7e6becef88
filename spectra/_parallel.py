"""Where threads start: compiled loops over parts of a job, each of which writes its own results.

Results do not depend on the number of threads. Small jobs get one: where another process keeps a core busy, a
second thread makes a millisecond's work slower, not faster.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Part = TypeVar("Part")
Result = TypeVar("Result")

MAX_THREADS: Final = 64


def usable_threads() -> int:
    """Processors that this process may use; no more than ``CONTRASPEC_THREADS`` says."""
    stated = os.environ.get("CONTRASPEC_THREADS", "")
    if stated.isascii() and stated.isdigit() and int(stated):
        return min(int(stated), MAX_THREADS)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MAX_THREADS)


def default_threads(n_jobs: int, *, from_jobs: int) -> int:
    """Threads for a number of jobs, at most one a processor that this process may use.

    Parameters
    ----------
    n_jobs : int
        Independent pieces of work.
    from_jobs : int
        Pieces that are worth a thread of their own.

    Returns
    -------
    int
        At least 1.
    """
    return 1 if n_jobs < 2 * from_jobs else max(1, min(usable_threads(), n_jobs // from_jobs))


def spans(n_rows: int, n_parts: int) -> list[tuple[int, int]]:
    """First row and the one after the last of consecutive parts, which differ by one row at most."""
    n_parts = max(1, min(n_parts, n_rows))
    return list(pairwise(n_rows * part // n_parts for part in range(n_parts + 1)))


def run_parts(call: Callable[[Part], Result], parts: list[Part], threads: int) -> list[Result]:
    """Call once for each part, on up to ``threads`` threads; the results in the order of the parts.

    Parameters
    ----------
    call : callable
        Releases the interpreter lock for most of its time, or nothing is gained.
    parts : list
    threads : int
        With 1 the parts run here, one after the other.

    Raises
    ------
    Exception
        Whatever ``call`` raised, from the first part that failed.
    """
    if threads < 2 or len(parts) < 2:
        return [call(part) for part in parts]
    return list(_pool(min(threads, MAX_THREADS)).map(call, parts))


@lru_cache(maxsize=4)
def _pool(threads: int) -> "ThreadPoolExecutor":
    """Threads that wait for the next job: starting them costs more than a small one."""
    from concurrent.futures import ThreadPoolExecutor  # 10 ms that one thread does not need

    return ThreadPoolExecutor(threads, thread_name_prefix="spectra")
