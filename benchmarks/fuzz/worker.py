"""The process that reads damaged files, one after another, until it dies or is told to stop."""

import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any, Final

from benchmarks.fuzz.mutations import mutate
from spectra.errors import ReadError, SpectraError
from spectra.io import reading

_MEMORY_BYTES: Final = 6 * 2**30


def work(names: Sequence[str], seeds: Sequence[bytes], pipe: Connection) -> None:
    """Answer each case number with its outcome, until a None comes.

    Parameters
    ----------
    names, seeds : sequence
        Intact files.
    pipe : Connection
        Case numbers in, outcomes out.
    """
    _limit_memory()
    while (case := pipe.recv()) is not None:
        pipe.send(outcome(names, seeds, case))


def outcome(names: Sequence[str], seeds: Sequence[bytes], case: int) -> dict[str, Any]:
    """Read one damaged file.

    Returns
    -------
    dict
        ``file``, ``said`` ("read", the code of the refusal, or what escaped), ``bug``, ``seconds``.
    """
    which, data = mutate(seeds, case)
    begun = time.perf_counter()
    said, bug = "read", False
    try:
        read = reading.read_measurements_from_bytes(data, names[which])
        for one in read:
            if not isinstance(one, ReadError) and not isinstance(one.made, ReadError):
                one.spectrum()
    except SpectraError as error:
        said = error.code
        bug = not str(error)
    except BaseException as error:  # noqa: BLE001  # whatever escapes is what is looked for
        said, bug = f"{type(error).__name__}: {error}"[:200], True
    return {
        "case": case,
        "file": names[which],
        "said": said,
        "bug": bug,
        "seconds": time.perf_counter() - begun,
        "peak_mb": _peak_mb(),
    }


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:
        return 0.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
