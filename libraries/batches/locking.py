"""One run at a time: a lock that the death of its holder frees."""

import contextlib
from collections.abc import Iterator

from spectra.errors import BatchError, WriteError


@contextlib.contextmanager
def held(journal: str) -> Iterator[None]:
    """Hold a journal for this process.

    Parameters
    ----------
    journal : str
        The lock stands beside it.

    Raises
    ------
    BatchError
        When another process holds it.
    WriteError
        When the lock cannot be written.
    """
    from filelock import FileLock, Timeout  # only where a journal is written

    lock = FileLock(f"{journal}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BatchError(
            f"{journal}: another contraspec works on it: let that end, or choose another output"
        ) from error
    except OSError as error:
        raise WriteError(f"{journal}: cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
