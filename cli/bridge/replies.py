"""What the bridge says; each message has a schema in ``schemas/``."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

PROTOCOL: Final = "contraspec.bridge/1"

Message = dict[str, Any]


def error(code: str, message: str, request_id: str | None = None) -> Message:
    """Say what was wrong with a request; never a verdict."""
    return {"type": "error", "id": request_id, "error": code, "message": message}


def busy(request_id: str, retry_after_ms: int) -> Message:
    """Say that the queue is full: ask again later, with the same id."""
    return {"type": "busy", "id": request_id, "retry_after_ms": retry_after_ms}


def result(
    request_id: str, record: Mapping[str, Any], *, elapsed_s: float, overrun_s: float, degraded: Sequence[str]
) -> Message:
    """Answer to one spectrum."""
    return {
        "type": "result",
        "id": request_id,
        "result": dict(record),
        "elapsed_ms": round(1000.0 * elapsed_s, 3),
        "overrun_ms": round(1000.0 * overrun_s, 3),
        "degraded": list(degraded),
    }


def reloaded(request_id: str | None, ok: bool, message: str, libraries: Sequence[Message]) -> Message:
    """Say which libraries are in use after an attempt to load them anew."""
    return {"type": "reloaded", "id": request_id, "ok": ok, "message": message, "libraries": list(libraries)}


def heartbeat(uptime_s: float, waiting: int) -> Message:
    """Say that the bridge lives."""
    return {"type": "heartbeat", "uptime_s": round(uptime_s, 3), "waiting": waiting}


def stopping() -> Message:
    """Say that no request is taken any more."""
    return {"type": "stopping"}


def metrics(request_id: str, text: str) -> Message:
    """Counters in the text form of Prometheus."""
    return {"type": "metrics", "id": request_id, "text": text}
