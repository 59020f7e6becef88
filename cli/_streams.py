"""Standard streams that never fail on a character, a closed pipe or a locale."""

import contextlib
import io
import os
import sys


def prepare_streams() -> None:
    """Make stdout and stderr write what their encoding has and replace the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def machine_stdout() -> None:
    """Make stdout the same bytes on every system: UTF-8 and the line ends we write."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def silence_stdout() -> None:
    """Send stdout nowhere, so that the interpreter's last flush into a closed pipe is quiet."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def printable(text: str) -> str:
    """Return the text with control characters and broken bytes made visible.

    A file name or a library may carry terminal escapes; none of them reaches the terminal.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
