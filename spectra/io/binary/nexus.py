"""NeXus files, which are HDF5: NXraman, NXoptical_spectroscopy and any default NXdata plot of one dimension.

The HDF5 library crashes or never returns when the structure of a file is damaged. It therefore
works in a process of its own, which may die: then the file is damaged, and nothing else is.
"""

import io
import json
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DamagedError, ReadError, UnsupportedError
from .._draft import Draft
from .._format import Format, Sniff
from .._source import Source
from ._nexus_data import Found, to_draft
from ._nexus_file import NO_PLOT, RefusalError, find_plots, read_signal

_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_LIBRARY: Final = b"contraspec.library"
_MATLAB: Final = b"MATLAB 7.3"
_MAX_USER_BLOCK: Final = 65_536
_SECONDS: Final = 60
_CHILD_BYTES: Final = 4 * 2**30
_H5PY_ERRORS: Final = (
    OSError, LookupError, RuntimeError, TypeError, ValueError, AttributeError, ArithmeticError, MemoryError,
)  # fmt: skip
_CHILD: Final = f"from {__name__} import serve; serve()"


def sniff(source: Source) -> Sniff:
    """Certain for HDF5, at the beginning or behind a user block, and for what begins like our libraries."""
    data = source.data
    if data.startswith((_SIGNATURE, _LIBRARY, _MATLAB)):
        return Sniff.CERTAIN
    offset = 512
    while offset <= min(_MAX_USER_BLOCK, len(data)):
        if data.startswith(_SIGNATURE, offset):
            return Sniff.CERTAIN
        offset *= 2
    return Sniff.NO


def read(source: Source) -> tuple[Draft, ...]:
    """One draft for each entry, or for each row of an entry's table of spectra.

    Raises
    ------
    DamagedError
        When HDF5 cannot read the file, or axis and signal do not fit.
    UnsupportedError
        For HDF5 that is no NeXus, MATLAB files, and libraries.
    """
    if source.data.startswith(_LIBRARY):
        raise UnsupportedError(
            f"{source.name} is a library of references, expected a measured spectrum. Give it with -l."
        )
    if source.data.startswith(_MATLAB):
        raise UnsupportedError(
            f"{source.name} is a MATLAB file, expected a spectrum. Export axis and intensity as CSV."
        )
    return tuple(to_draft(one) for one in _decode(_answer(source), source))


def _answer(source: Source) -> bytes:
    """Ask the other process for the file's signals."""
    import os
    import subprocess

    if not sys.executable or getattr(sys, "frozen", False):
        return encode(source.data, source.column)
    paths = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": paths} if paths else dict(os.environ)
    column = (source.column or "").encode()
    request = struct.pack("<?I", source.column is not None, len(column)) + column + source.data
    try:
        done = subprocess.run(
            # -P: no module from the current folder, where the scans lie
            [sys.executable, "-P", "-c", _CHILD],
            input=request, capture_output=True, timeout=_SECONDS, env=environment, check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no console flashes on Windows
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise _damaged(source, f"HDF5 did not come to an end in {_SECONDS} s") from error
    except OSError as error:
        raise ReadError(
            f"{source.name}: no process for HDF5 could be started ({error}). Try again."
        ) from error
    if done.returncode != 0:
        raise _damaged(source, f"HDF5 failed on it, exit {done.returncode}")
    return done.stdout


def _damaged(source: Source, found: str) -> DamagedError:
    return DamagedError(
        f"{source.name}: {found}. The HDF5 file is damaged or cut short: copy or export it again."
    )


def _decode(answer: bytes, source: Source) -> Iterator[Found]:
    """Signals from an answer; raises what it says instead."""
    (size,) = struct.unpack_from("<I", answer) if len(answer) >= 4 else (0,)
    try:
        told = json.loads(answer[4 : 4 + size])
    except ValueError as error:
        raise _damaged(source, "HDF5 gave no answer") from error
    if told.get("error"):
        kind, text = told["error"]
        raise (UnsupportedError if kind == "unsupported" else DamagedError)(f"{source.name}: {text}")
    numbers = np.frombuffer(answer, dtype="<f8", offset=4 + size)
    at = 0
    for one in told["found"]:
        axis = numbers[at : at + one["n"]]
        at += one["n"]
        for row in range(one["rows"]):
            facts = dict(one["facts"])
            if one["rows"] > 1:
                facts["label"] = f"{facts.get('label') or 'row'} {row + 1}"
            yield Found(axis, numbers[at : at + one["n"]], one["texts"], facts, tuple(one["warnings"]))
            at += one["n"]


def serve() -> None:
    """Answer one request on standard input: the life of the other process."""
    try:
        import resource
    except ImportError:
        pass  # Windows has no such limit
    else:
        resource.setrlimit(resource.RLIMIT_AS, (_CHILD_BYTES, _CHILD_BYTES))
    stream: BinaryIO = sys.stdin.buffer
    given, size = struct.unpack("<?I", stream.read(5))
    column = stream.read(size).decode()
    sys.stdout.buffer.write(encode(stream.read(), column if given else None))


def encode(data: bytes, column: str | None) -> bytes:
    """Signals of a NeXus file as bytes: a JSON head, and the numbers behind it.

    Parameters
    ----------
    data : bytes
        The file.
    column : str or None
        Name of the signal, for another than the default one.
    """
    import h5py  # only when such a file is read

    arrays: list[NDArray[np.float64]] = []
    told: dict[str, Any] = {"found": []}
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            for entry, group in find_plots(file):
                told["found"].append(read_signal(entry, group, arrays, column=column, n_bytes=len(data)))
    except RefusalError as refusal:
        told = {"error": refusal.args}
        arrays = []
    except _H5PY_ERRORS as error:
        text = " ".join(str(error).split())[:120]
        told = {"error": ("damaged", f"HDF5 cannot read it ({text}). Copy or export the file again.")}
        arrays = []
    if not told.get("error") and not told["found"]:
        told = {"error": ("unsupported", NO_PLOT)}
    head = json.dumps(told).encode()
    return b"".join((struct.pack("<I", len(head)), head, *(array.tobytes() for array in arrays)))


FORMAT: Final = Format("nexus", "NeXus (HDF5)", (".nxs", ".h5", ".hdf5", ".hdf", ".nx5"), sniff, read)
