"""The engine process behind the C library: one engine, one host, frames in and frames out.

It ends when its host does: the end of its input is the only order to stop that it needs.
"""

import gc
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from . import wire
from .wire import Frame, Reader, WireError, Writer

if TYPE_CHECKING:
    from libraries.embedded import Config, Embedded, Outcome

BAD_ARGUMENT: Final = 1
NOT_STARTED: Final = 3
LIBRARY: Final = 4
CALIBRATION: Final = 5
EXTRA: Final = 6
SPECTRUM: Final = 7
FAULT: Final = 8
"""Those numbers of ``contraspec_status`` that are said here; a test compares them with the header."""

POLICIES: Final = ("integrity", "signed")
TIDY_EVERY: Final = 100
"""Answers between two collections of garbage."""

_MAX_TEXT: Final = 1000


class ArgumentError(ValueError):
    """Something that the host passed is not what the header asks for."""


@dataclass(frozen=True, eq=False)
class Query:
    """One spectrum, as it came over the wire."""

    name: str
    axis: Any
    intensity: Any
    metadata: Mapping[str, Any]
    technique: str
    unit: str | None
    deadline_s: float | None


def main() -> None:
    """Answer the process that started this one until it ends or closes."""
    inbound, outbound = _own_streams()
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # one spectrum is a small job
    code = 0
    try:
        serve(inbound, outbound)
    except OSError:
        pass  # the host has gone
    except WireError as error:
        sys.stderr.write(f"contraspec: {error}\n")
        code = 1
    sys.stderr.flush()
    os._exit(code)  # nothing is left to save, and a host that closes should not wait for the interpreter


def serve(inbound: BinaryIO, outbound: BinaryIO) -> None:
    """Load what the first frame asks for, then answer each that follows.

    Parameters
    ----------
    inbound, outbound : binary stream
        From and to the host.

    Raises
    ------
    WireError
        Frames that the C library would not write.
    """
    first = wire.read_frame(inbound)
    if first is None:
        return
    engine, reply = _opened(first)
    wire.write_frame(outbound, reply)
    if engine is None:
        return
    _silence()
    _settle()
    answered = 0
    while (frame := wire.read_frame(inbound)) is not None:
        wire.write_frame(outbound, answer(engine, frame))
        answered += 1
        if answered % TIDY_EVERY == 0:
            gc.collect()  # empties the interpreter's lists of free objects too: else they fill for days


def answer(engine: "Embedded", frame: Frame) -> Frame:
    """Answer one frame: a result, or an error and never a verdict.

    Parameters
    ----------
    engine : Embedded
        Loaded and warm.
    frame : Frame
        Of kind ``IDENTIFY``.

    Raises
    ------
    WireError
        A frame that the C library would not write.
    """
    if frame.kind != wire.IDENTIFY:
        raise WireError(f"a frame of kind {frame.kind}: expected {wire.IDENTIFY}")
    try:
        query = _query(Reader(frame.body))
        technique: Any = query.technique
        unit: Any = query.unit
        outcome = engine.identify(
            query.axis,
            query.intensity,
            query.metadata,
            technique=technique,
            unit=unit,
            deadline_s=query.deadline_s,
        )
        return _result(query.name, engine, outcome)
    except WireError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is becomes a code and a text
        return _failure(error)


def _opened(first: Frame) -> "tuple[Embedded | None, Frame]":
    """Engine that the first frame asks for and what to say of it; no engine where that is an error."""
    reader = Reader(first.body)
    theirs = reader.count()
    if first.kind != wire.OPEN or theirs != wire.WIRE:
        text = f"the C library speaks wire {theirs}, this contraspec {wire.WIRE}: build the library anew"
        return None, _error(NOT_STARTED, text)
    try:
        from libraries.embedded import Embedded

        from .._version import engine_version

        libraries, config = _asked(reader)
        engine = Embedded(libraries, config)
    except WireError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is becomes a code and a text
        return None, _failure(error)
    return engine, Writer().text(engine_version()).frame(wire.READY)


def _asked(reader: Reader) -> "tuple[list[str], Config]":
    """Libraries and configuration of an OPEN frame."""
    from libraries.embedded import Config

    libraries = [os.fsdecode(path) for path in reader.texts()]
    watched = tuple(_decoded(each, "watch") for each in reader.texts())
    policy: Any = _decoded(reader.text(), "policy") or "integrity"
    trust = os.fsdecode(reader.text()) or None
    prior, deadline = reader.number() or None, reader.number() or None
    reader.end()
    if policy not in POLICIES:
        raise ArgumentError(f"policy {policy!r:.60}: expected one of {', '.join(POLICIES)}")
    return libraries, Config(prior, watched, policy, trust, deadline)


def _query(reader: Reader) -> Query:
    """Spectrum of an IDENTIFY frame."""
    deadline = reader.number() or None
    points = reader.count()
    axis, intensity = reader.numbers(points), reader.numbers(points)
    name, technique, unit, metadata = (
        _decoded(reader.text(), field) for field in ("name", "technique", "unit", "metadata_json")
    )
    reader.end()
    return Query(
        name=name,
        axis=axis,
        intensity=intensity,
        metadata=_metadata(metadata),
        technique=technique or "raman",
        unit=unit or None,
        deadline_s=deadline,
    )


def _metadata(text: str) -> dict[str, Any]:
    """Plain values of a JSON object."""
    try:
        found = json.loads(text or "{}", parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"metadata_json: not JSON ({error})") from error
    if not isinstance(found, dict):
        raise ArgumentError(f"metadata_json: a {type(found).__name__}, expected an object")
    for key, value in found.items():
        if not (value is None or isinstance(value, str | bool | int | float)):
            raise ArgumentError(f"metadata_json: {key!r:.60} is no number, text, true, false or null")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def _decoded(data: bytes, field: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{field}: not UTF-8 ({error.reason} at byte {error.start})") from error


def _result(name: str, engine: "Embedded", outcome: "Outcome") -> Frame:
    """Put into a frame what C wants to have at hand, then the whole record."""
    from .._records import json_line, result_record
    from .._version import engine_version

    record = result_record(
        name,
        0,
        spectrum=outcome.spectrum,
        answer=outcome.answer,
        engine=engine.engine,
        version=engine_version(),
    )
    writer = Writer().text(record["verdict"]).count(int(record["alert"])).number(record["probability"])
    writer.number(outcome.elapsed_s).number(outcome.overrun_s).text(record["next_action"])
    writer.texts(record["reasons"]).texts(outcome.degraded).count(len(record["substances"]))
    for each in record["substances"]:
        for text in (each["name"], each["form"], each["id"], each["cas"], each["role"], each["grade"]):
            writer.text(text)
        for number in (each["probability"], each["share"], each["hqi"]):
            writer.number(number)
    return writer.text(json_line(record)).frame(wire.RESULT)


def _failure(error: Exception) -> Frame:
    """ERROR frame of an exception."""
    from spectra.errors import CalibrationError, ExtraError, LibraryError, SpectraError, SpectrumError

    table: tuple[tuple[type[Exception], int], ...] = (
        (ArgumentError, BAD_ARGUMENT),
        (LibraryError, LIBRARY),
        (CalibrationError, CALIBRATION),
        (ExtraError, EXTRA),
        (SpectrumError, SPECTRUM),
    )
    for kind, status in table:
        if isinstance(error, kind):
            return _error(status, str(error))
    text = str(error) if isinstance(error, SpectraError) else f"{type(error).__name__}: {error}: report this"
    return _error(FAULT, text)


def _error(status: int, text: str) -> Frame:
    return Writer().count(status).text(text[:_MAX_TEXT]).frame(wire.ERROR)


def _settle() -> None:
    """Take what is there for good out of the garbage collector's sight: collecting the rest is then quick."""
    gc.collect()
    gc.freeze()


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Input and output of this process, where nothing else can read or print any more."""
    if os.name == "posix":
        os.closerange(3, 65536)  # the host's other files are none of ours
    inbound, outbound = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return inbound, outbound


def _silence() -> None:
    """Let go of the pipe on stderr that the host reads while this process starts; a log file stays."""
    import stat

    try:
        piped = stat.S_ISFIFO(os.fstat(2).st_mode)
    except OSError:
        return
    if piped:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 2)
        os.close(nowhere)
