"""What a command may write over: never what it reads, and only files of the kind that it writes."""

import os
from collections.abc import Iterable, Sequence
from typing import Final

from ._usage import WordedUsageError

LIBRARY_ENDINGS: Final = (".h5", ".hdf5")

_JCAMP: Final = (".jdx", ".dx", ".jcm", ".jcamp")
SPECTRUM_ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "jcamp": _JCAMP,
    "jcamp_dx": _JCAMP,
    "jcamp_difdup": _JCAMP,
    "csv": (".csv", ".txt"),
    "nexus": (".nxs", ".nx"),
}
"""Endings of files that spectra of each form may replace; an ``.h5`` may be a library and never is."""


def spectrum_endings(output: str) -> tuple[str, ...]:
    """Return the endings that say the same kind as the output's own; none for what no spectra go into."""
    for endings in SPECTRUM_ENDINGS.values():
        if output.lower().endswith(endings):
            return endings
    return ()


def refuse_to_replace(output: str, inputs: Iterable[str | None]) -> None:
    """Refuse an output that is one of the inputs, under whatever name.

    Files that both exist are compared with ``os.path.samefile``, which sees through links and
    spelling; others by their absolute, normalised paths.

    Parameters
    ----------
    output : str
        What is to be written, as typed; a folder, which several outputs may share, is never refused.
    inputs : iterable of str or None
        What the command reads, as typed; None and empty ones are passed over.

    Raises
    ------
    click.UsageError
        The output is one of them.
    """
    if os.path.isdir(output):  # files get names of their own in it
        return
    for each in inputs:
        if each and _same(output, each):
            raise WordedUsageError("usage.replaces_input", {"output": output, "input": each})


def refuse_inside(output: str, folders: Iterable[str | None]) -> None:
    """Refuse an output that exists inside a folder that the command reads.

    Parameters
    ----------
    output : str
        What is to be written, as typed.
    folders : iterable of str or None
        What the command reads; None, empty ones and those that are no folder are passed over.

    Raises
    ------
    click.UsageError
        The output is a file of one of them, or of a folder below.
    """
    if not os.path.lexists(output):
        return
    for folder in folders:
        if folder and os.path.isdir(folder) and _inside(output, folder):
            raise WordedUsageError("usage.inside", {"output": output, "folder": folder})


def refuse_other_kind(output: str, endings: Sequence[str]) -> None:
    """Refuse an output where a file of another kind stands.

    Parameters
    ----------
    output : str
        What is to be written, as typed; a folder or nothing may stand there.
    endings : sequence of str
        Endings, in small letters and with their dot, of files that may be replaced.

    Raises
    ------
    click.UsageError
        A file with another ending stands there, be it behind a link.
    """
    if not os.path.lexists(output) or os.path.isdir(output):
        return
    key = "usage.other_kind" if endings else "usage.never_replaced"
    for name in (output, os.path.realpath(output)):
        if not name.lower().endswith(tuple(endings)):
            raise WordedUsageError(key, {"output": output, "endings": ", ".join(endings)})


def _same(one: str, other: str) -> bool:
    try:
        if os.path.samefile(one, other):
            return True
    except (OSError, ValueError):  # one of them is not there, or is no path at all
        pass
    return _normal(one) == _normal(other)


def _normal(path: str) -> str:
    """Absolute path as the system compares names; links followed as far as there are any."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except (OSError, ValueError):
        return path


def _inside(output: str, folder: str) -> bool:
    file, parent = _normal(output), _normal(folder)
    named = os.path.normcase(os.path.abspath(output))
    return _under(file, parent) or _under(named, parent)


def _under(path: str, folder: str) -> bool:
    try:
        return os.path.commonpath([path, folder]) == folder
    except ValueError:  # on another drive
        return False
