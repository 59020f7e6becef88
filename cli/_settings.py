"""Which configuration file stands behind the results that are being made: its fingerprint.

Kept here, and not handed from function to function, because a result says it wherever it is made: in a
command, in a worker process, and again in a replay, which says that of then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_NOTED: Final[ContextVar[str]] = ContextVar("settings", default="")


def settings_fingerprint() -> str:
    """Fingerprint of the configuration file in effect; empty without one."""
    return _NOTED.get()


def note_settings(fingerprint: str) -> None:
    """Say from now on that a configuration file is in effect."""
    _NOTED.set(fingerprint)


@contextmanager
def noted_settings(fingerprint: str) -> Iterator[None]:
    """Say within the block that a configuration file is in effect."""
    token = _NOTED.set(fingerprint)
    try:
        yield
    finally:
        _NOTED.reset(token)
