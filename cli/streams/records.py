"""Events as ``contraspec.stream/1``: plain values, six significant digits."""

from typing import TYPE_CHECKING, Any, Final

from libraries.streams import (
    BackgroundReady,
    Decided,
    Event,
    Fault,
    FrameRejected,
    ItemBegun,
    ItemEnded,
    Looked,
    Started,
)

from .._records import result_record, rounded

if TYPE_CHECKING:
    from libraries.engine import Engine
    from libraries.methods.method import Answer
    from spectra.spectrum import Spectrum

STREAM_SCHEMA: Final = "contraspec.stream/1"


def event_record(event: Event, *, engine: "Engine", version: str) -> dict[str, Any]:
    """Build the record of one event.

    Parameters
    ----------
    event : Event
        As the stream gave it.
    engine : Engine
        Who judged.
    version : str
        Of contraspec.

    Returns
    -------
    dict
        In the order of the schemas.
    """
    named = {"schema": STREAM_SCHEMA, "type": _name(event), "time_s": _time(event.time_s)}
    if isinstance(event, Started):
        return named | {
            "reason": event.reason,
            "channels": event.channels,
            "blocks": event.blocks,
            "false_start_frames": rounded(event.false_start_frames),
            "alpha": rounded(event.alpha),
            "looks": list(event.looks),
        }
    if isinstance(event, BackgroundReady | Decided):
        return named | _judged(event, engine, version)
    if isinstance(event, Looked):
        return named | {
            "item": event.item,
            "look": event.look,
            "frames": event.frames,
            "verdict": event.verdict,
            "alert": event.alert,
            "probability": rounded(event.probability),
            "error_bound": rounded(event.error_bound),
        }
    return named | _plain(event)


def error_event(error: str, message: str, *, line: int) -> dict[str, Any]:
    """Build the record of a line that cannot be used.

    Parameters
    ----------
    error : str
        ``malformed``, ``too_large``, ``bad_request``, ``no_axis`` or ``axis_changed``.
    message : str
        What was expected.
    line : int
        Its number, from 1; empty lines do not count.
    """
    return {
        "schema": STREAM_SCHEMA,
        "type": "error",
        "time_s": None,
        "item": None,
        "line": line,
        "error": error,
        "message": message,
    }


def _judged(event: BackgroundReady | Decided, engine: "Engine", version: str) -> dict[str, Any]:
    if isinstance(event, BackgroundReady):
        answer, said = event.answer, None if event.answer is None else event.answer.identification
        return {
            "reason": event.reason,
            "frames": event.frames,
            "verdict": None if said is None else said.verdict,
            "alert": said is not None and said.alert,
            "subtracted": event.subtracted,
            "substances": [] if said is None else [each.label.substance for each in said.substances],
        }
    answer = event.answer
    return {
        "item": event.item,
        "verdict": event.verdict,
        "alert": event.alert,
        "reasons": list(event.reasons),
        "frames": event.frames,
        "averaged_s": rounded(event.averaged_s),
        "looks": event.looks,
        "alpha": rounded(event.alpha),
        "error_bound": rounded(event.error_bound),
        "background_share": rounded(event.background_share),
        "result": _result(f"item-{event.item}", event.spectrum, answer, engine=engine, version=version),
    }


def _result(
    name: str, spectrum: "Spectrum | None", answer: "Answer | None", *, engine: "Engine", version: str
) -> Any:
    if spectrum is None or answer is None:
        return None
    return result_record(name, 0, spectrum=spectrum, answer=answer, engine=engine, version=version)


def _plain(event: Event) -> dict[str, Any]:
    if isinstance(event, ItemBegun):
        return {"item": event.item, "by": event.by, "since_s": _time(event.since_s)}
    if isinstance(event, ItemEnded):
        return {
            "item": event.item,
            "by": event.by,
            "until_s": _time(event.until_s),
            "reasons": list(event.reasons),
            "frames": event.frames,
            "rejected": event.rejected,
            "lost": event.lost,
        }
    if isinstance(event, FrameRejected):
        return {"reason": event.reason, "rejected": event.rejected}
    if isinstance(event, Fault):
        return {"item": event.item, "line": None, "error": event.error, "message": event.message}
    return {"what": event.what, "item": event.item, "for_s": rounded(event.for_s)}  # type: ignore[union-attr]


def _name(event: Event) -> str:
    names = {
        "BackgroundReady": "background_ready",
        "ItemBegun": "item_begun",
        "ItemEnded": "item_ended",
        "FrameRejected": "frame_rejected",
        "Looked": "look",
        "Fault": "error",
    }
    kind = type(event).__name__
    return names.get(kind, kind.lower())


def _time(time_s: float | None) -> float | None:
    """Time as the sender gave it: six digits are too few for a clock."""
    return None if time_s is None else float(time_s)
